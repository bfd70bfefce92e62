/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/threads_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "wire/say.h"

/* ---- reading ---- */

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text == NULL ? "" : text;
}

static uint64_t count_of(const json_t *object, const char *member)
{
    json_int_t number = json_integer_value(json_object_get(object, member));

    return number < 0 ? 0 : (uint64_t)number;
}

static bool flag_of(const json_t *object, const char *member)
{
    return json_is_true(json_object_get(object, member));
}

static size_t size_of(const json_t *object, const char *member)
{
    return json_array_size(json_object_get(object, member));
}

static const json_t *item_of(const json_t *object, const char *member, size_t index)
{
    return json_array_get(json_object_get(object, member), index);
}

/* ---- stacks ---- */

static void add_owner(const json_t *thread, struct text *text)
{
    const char *component = text_of(thread, "component");
    const char *doing = text_of(thread, "doing");

    say_words(text_of(thread, "thread"), text);
    if (component[0] != '\0') {
        text_add(text, ": ");
        say_words(component, text);
        text_add(text, "[%" PRIu64 "]", count_of(thread, "task"));
    }
    if (doing[0] != '\0') {
        text_add(text, " in ");
        say_words(doing, text);
    }
    text_add(text, "\n");
}

static void add_frame(const json_t *frame, struct text *text)
{
    const char *function = text_of(frame, "function");
    const char *file = text_of(frame, "file");

    text_add(text, "  at ");
    say_words(function[0] == '\0' ? "??" : function, text);
    text_add(text, " (");
    say_words(file[0] == '\0' ? text_of(frame, "module") : file, text);
    if (file[0] != '\0')
        text_add(text, ":%" PRIu64 ")\n", count_of(frame, "line"));
    else
        text_add(text, "+0x%" PRIx64 ")\n", count_of(frame, "offset"));
}

static void add_stack(const json_t *thread, struct text *text)
{
    size_t count = size_of(thread, "frames");

    add_owner(thread, text);
    for (size_t i = 0; i < count; i++)
        add_frame(item_of(thread, "frames", i), text);
    if (flag_of(thread, "cut"))
        text_add(text, "  (too much to show)\n");
    else if (count == 0)
        text_add(text, "  (it did not answer in time)\n");
}

void threads_text_stacks(const json_t *answer, struct text *text)
{
    for (size_t i = 0; i < size_of(answer, "threads"); i++) {
        text_add(text, "%s", i == 0 ? "" : "\n");
        add_stack(item_of(answer, "threads", i), text);
    }
}

/* ---- folded ---- */

const char *threads_text_name(const json_t *stack, size_t index)
{
    const char *name = json_string_value(json_array_get(json_object_get(stack, "frames"), index));

    return name == NULL ? "??" : name;
}

/* A semicolon ends a name there. */
static void add_folded_name(const char *name, struct text *text)
{
    AUTO(mem_free_text) char *copy = mem_copy_text(name);

    for (char *at = copy; (at = strchr(at, ';')) != NULL;)
        *at = ',';
    say_words(copy, text);
}

static void add_folded(const json_t *stack, struct text *text)
{
    const char *component = text_of(stack, "component");

    add_folded_name(text_of(stack, "thread"), text);
    if (component[0] != '\0') {
        text_add(text, ";");
        add_folded_name(component, text);
        text_add(text, "[%" PRIu64 "]", count_of(stack, "task"));
    }
    for (size_t i = 0; i < size_of(stack, "frames"); i++) {
        text_add(text, ";");
        add_folded_name(threads_text_name(stack, i), text);
    }
    text_add(text, " %" PRIu64 "\n", count_of(stack, "count"));
}

void threads_text_folded(const json_t *answer, struct text *text)
{
    for (size_t i = 0; i < size_of(answer, "stacks"); i++)
        add_folded(item_of(answer, "stacks", i), text);
}
