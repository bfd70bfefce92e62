/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/symbolize/modules.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the modules of the process ---- */

static char *debuginfo_path; /* NOLINT(*-non-const-global-variables): libdw wants its address */

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .debuginfo_path = &debuginfo_path,
};

Dwfl *modules_open(const char *maps)
{
    Dwfl *dwfl = dwfl_begin(&callbacks);
    FILE *file = maps[0] == '\0' ? NULL : fmemopen((void *)(uintptr_t)maps, strlen(maps), "r");

    if (dwfl == NULL || file == NULL || dwfl_linux_proc_maps_report(dwfl, file) != 0 ||
        dwfl_report_end(dwfl, NULL, NULL) != 0) {
        dwfl_end(dwfl);
        dwfl = NULL;
    }
    if (file != NULL)
        (void)fclose(file);
    return dwfl;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* ---- an address ---- */

struct line {
    const char *file; /* NULL if unknown */
    int number;
};

/* clang writes no table of which unit has which addresses, and libdw looks nowhere else. */
static bool has_table(Dwfl_Module *module)
{
    Dwarf_Addr bias;
    Dwarf *dwarf = dwfl_module_getdwarf(module, &bias);
    Dwarf_Aranges *table;
    size_t count = 0;

    return dwarf != NULL && dwarf_getaranges(dwarf, &table, &count) == 0 && count > 0;
}

/* What was compiled as one; NULL if the debug information does not know the place. */
static Dwarf_Die *unit_at(Dwfl_Module *module, uint64_t address, Dwarf_Addr *ret_bias)
{
    Dwarf_Die *unit = dwfl_module_addrdie(module, address, ret_bias);

    if (unit != NULL || has_table(module))
        return unit;
    do
        unit = dwfl_module_nextcu(module, unit, ret_bias);
    while (unit != NULL && dwarf_haspc(unit, address - *ret_bias) <= 0);
    return unit;
}

static struct line line_at(Dwarf_Die *unit, Dwarf_Addr address)
{
    struct line line = {.file = NULL};
    Dwarf_Line *found = unit == NULL ? NULL : dwarf_getsrc_die(unit, address);

    if (found != NULL && dwarf_lineno(found, &line.number) == 0)
        line.file = dwarf_linesrc(found, NULL, NULL);
    return line;
}

static int number_of(Dwarf_Die *die, unsigned attribute)
{
    Dwarf_Attribute value;
    Dwarf_Word word = 0;

    if (dwarf_formudata(dwarf_attr_integrate(die, attribute, &value), &word) != 0)
        return 0;
    return (int)word;
}

/* Where the function of this scope, which was inlined, is called. */
static struct line call_line(Dwarf_Die *scope, Dwarf_Die *unit)
{
    struct line line = {.file = NULL};
    Dwarf_Files *files;
    size_t count;
    int file = number_of(scope, DW_AT_call_file);

    if (dwarf_getsrcfiles(unit, &files, &count) == 0 && file >= 0 && (size_t)file < count)
        line.file = dwarf_filesrc(files, (size_t)file, NULL, NULL);
    line.number = number_of(scope, DW_AT_call_line);
    return line;
}

/* The physical scopes around an address, innermost first; the caller frees them. libdw's search by
 * address goes on in the place where an inlined function is defined, so ask for the die's parents. */
static int scopes_at(Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die **ret_scopes)
{
    Dwarf_Die *found = NULL;
    int count = dwarf_getscopes(unit, address, &found);

    if (count <= 0)
        return 0;
    Dwarf_Die innermost = found[0];
    free(found);
    count = dwarf_getscopes_die(&innermost, ret_scopes);
    return count > 0 ? count : 0;
}

static void tell(const struct modules_visitor *visitor, struct modules_frame *frame,
                 const char *function, struct line line)
{
    frame->function = function;
    frame->file = line.file == NULL ? NULL : base_name(line.file);
    frame->line = line.file == NULL ? 0 : line.number;
    visitor->visit(visitor->context, frame);
}

/* The function and each that is inlined around the address. False if the debug information does not
 * know the place. */
static bool tell_scopes(Dwfl_Module *module, uint64_t address, struct modules_frame *frame,
                        const struct modules_visitor *visitor)
{
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = unit_at(module, address, &bias);
    Dwarf_Die *scopes = NULL;
    struct line line = line_at(unit, address - bias);
    bool is_known = false;

    int count = unit == NULL ? 0 : scopes_at(unit, address - bias, &scopes);
    frame->is_source = true;
    for (int i = 0; i < count && !is_known; i++) {
        int tag = dwarf_tag(&scopes[i]);

        if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
            continue;
        tell(visitor, frame, dwarf_diename(&scopes[i]), line);
        if (tag == DW_TAG_inlined_subroutine)
            line = call_line(&scopes[i], unit);
        is_known = tag == DW_TAG_subprogram;
    }
    free(scopes);
    return is_known;
}

void modules_look_up(Dwfl *dwfl, uint64_t address, const struct modules_visitor *visitor)
{
    Dwfl_Module *module = dwfl == NULL ? NULL : dwfl_addrmodule(dwfl, address);
    struct modules_frame frame = {.address = address};
    struct line nowhere = {.file = NULL};
    Dwarf_Addr start = 0;

    if (module == NULL) {
        visitor->visit(visitor->context, &frame);
        return;
    }
    const char *name = dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
    frame.module = name == NULL ? "??" : base_name(name);
    frame.offset = address - start;
    if (tell_scopes(module, address, &frame, visitor))
        return;
    frame.is_source = false;
    tell(visitor, &frame, dwfl_module_addrname(module, address), nowhere);
}
