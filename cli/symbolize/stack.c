/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/symbolize/stack.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- the modules of the process ---- */

static char *debuginfo_path; /* NOLINT(*-non-const-global-variables): libdw wants its address */

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .debuginfo_path = &debuginfo_path,
};

/* NULL if there is nothing to be known. */
static Dwfl *open_modules(const char *maps)
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

/* ---- whose code it is ---- */

/* The module that exports `gale_topology` is the user's; the one named gale is ours. */
static bool is_topology(Dwfl_Module *module)
{
    GElf_Sym symbol;
    int count = dwfl_module_getsymtab(module);

    for (int i = 1; i < count; i++) {
        const char *name = dwfl_module_getsym(module, i, &symbol, NULL);
        if (name != NULL && symbol.st_shndx != SHN_UNDEF && strcmp(name, "gale_topology") == 0)
            return true;
    }
    return false;
}

/* Just before the return address: the call itself may be the last instruction of its line. Only
 * the innermost frame is where it is. */
static uint64_t look_up_address(const struct input *input, uint32_t index)
{
    uint64_t address = input->frames[index];

    return index == 0 || address == 0 ? address : address - 1;
}

/* How many frames are to be listed: all up to the outermost of the user's, or all if none is. */
static uint32_t interesting(Dwfl *dwfl, const struct input *input)
{
    Dwfl_Module *previous = NULL;
    bool previous_is = false;
    uint32_t count = 0;

    for (uint32_t i = 0; i < input->frame_count; i++) {
        Dwfl_Module *module = dwfl_addrmodule(dwfl, look_up_address(input, i));

        if (module != NULL && module != previous) {
            previous = module;
            previous_is = is_topology(module);
        }
        if (module != NULL && previous_is)
            count = i + 1;
    }
    return count == 0 ? input->frame_count : count;
}

/* ---- one frame ---- */

struct line {
    const char *file; /* NULL if unknown */
    int number;
};

static void add_frame(struct text *text, const char *function, struct line line)
{
    text_add(text, "  at %s", function == NULL ? "??" : function);
    if (line.file != NULL)
        text_add(text, " (%s:%d)", base_name(line.file), line.number);
    text_add(text, "\n");
}

static struct line line_at(Dwfl_Module *module, uint64_t address)
{
    struct line line = {.file = NULL};
    Dwfl_Line *found = dwfl_module_getsrc(module, address);

    if (found != NULL)
        line.file = dwfl_lineinfo(found, NULL, &line.number, NULL, NULL, NULL);
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

/* A line for the function and for each that is inlined around the address. False if the debug
 * information does not know the place. */
static bool add_scopes(struct text *text, Dwfl_Module *module, uint64_t address)
{
    Dwarf_Addr bias;
    Dwarf_Die *unit = dwfl_module_addrdie(module, address, &bias);
    Dwarf_Die *scopes = NULL;
    struct line line = line_at(module, address);
    bool is_known = false;

    int count = unit == NULL ? 0 : scopes_at(unit, address - bias, &scopes);
    for (int i = 0; i < count && !is_known; i++) {
        int tag = dwarf_tag(&scopes[i]);

        if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
            continue;
        add_frame(text, dwarf_diename(&scopes[i]), line);
        if (tag == DW_TAG_inlined_subroutine)
            line = call_line(&scopes[i], unit);
        is_known = tag == DW_TAG_subprogram;
    }
    free(scopes);
    return is_known;
}

/* Without debug information: "  at memcpy (libc.so.6+0x9a2f1)". */
static void add_symbol(struct text *text, Dwfl_Module *module, uint64_t address)
{
    Dwarf_Addr start = 0;
    const char *name = dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
    const char *function = dwfl_module_addrname(module, address);

    text_add(text, "  at %s (%s+0x%" PRIx64 ")\n", function == NULL ? "??" : function,
             name == NULL ? "??" : base_name(name), address - start);
}

static void render_frame(struct text *text, Dwfl *dwfl, uint64_t address)
{
    Dwfl_Module *module = dwfl == NULL ? NULL : dwfl_addrmodule(dwfl, address);

    if (module == NULL)
        text_add(text, "  at 0x%" PRIx64 " (no code is there)\n", address);
    else if (!add_scopes(text, module, address))
        add_symbol(text, module, address);
}

/* ---- all of them ---- */

/* Recursion without end fills a stack with the same line. */
static void add_unless_repeated(struct text *text, const struct text *line, char **previous,
                                uint32_t *repeats)
{
    bool is_repeated = *previous != NULL && strcmp(*previous, text_data(line)) == 0;

    if (!is_repeated && *repeats > 0)
        text_add(text, "  ... %" PRIu32 " times more\n", *repeats);
    *repeats = is_repeated ? *repeats + 1 : 0;
    if (is_repeated)
        return;
    text_add(text, "%s", text_data(line));
    mem_free_text(previous);
    *previous = mem_copy_text(text_data(line));
}

void stack_render(const struct input *input, struct text *text)
{
    Dwfl *dwfl = open_modules(input->maps);
    uint32_t count = dwfl == NULL ? input->frame_count : interesting(dwfl, input);
    char *previous = NULL;
    uint32_t repeats = 0;
    struct text line;

    text_init(&line);
    for (uint32_t i = 0; i < count; i++) {
        text_clear(&line);
        render_frame(&line, dwfl, look_up_address(input, i));
        add_unless_repeated(text, &line, &previous, &repeats);
    }
    if (repeats > 0)
        text_add(text, "  ... %" PRIu32 " times more\n", repeats);
    if (count < input->frame_count)
        text_add(text, "  (gale runtime)\n");
    text_done(&line);
    mem_free_text(&previous);
    dwfl_end(dwfl);
}
