/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/symbolize/stack.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "cli/symbolize/modules.h"

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

/* Without debug information: "  at memcpy (libc.so.6+0x9a2f1)". */
static void add_frame(void *context, const struct modules_frame *frame)
{
    struct text *text = context;
    const char *function = frame->function == NULL ? "??" : frame->function;

    if (frame->module == NULL)
        text_add(text, "  at 0x%" PRIx64 " (no code is there)\n", frame->address);
    else if (!frame->is_source)
        text_add(text, "  at %s (%s+0x%" PRIx64 ")\n", function, frame->module, frame->offset);
    else if (frame->file == NULL)
        text_add(text, "  at %s\n", function);
    else
        text_add(text, "  at %s (%s:%d)\n", function, frame->file, frame->line);
}

static void render_frame(struct text *text, Dwfl *dwfl, uint64_t address)
{
    struct modules_visitor visitor = {.visit = add_frame, .context = text};

    modules_look_up(dwfl, address, &visitor);
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
    Dwfl *dwfl = modules_open(input->maps);
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
