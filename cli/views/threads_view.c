/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/threads_view.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/answer.h"
#include "wire/threads_text.h"

enum {
    FUNCTIONS_SHOWN = 25,
};

struct function {
    const char *name;
    uint64_t self;  /* samples in it */
    uint64_t whole; /* and in what it calls */
    size_t last;    /* the stack that was counted last, from 1 */
};

struct functions {
    struct function *items;
    size_t count;
    size_t capacity;
    uint64_t samples;
};

static struct function *find(struct functions *functions, const char *name)
{
    for (size_t i = 0; i < functions->count; i++)
        if (strcmp(functions->items[i].name, name) == 0)
            return &functions->items[i];
    if (functions->count == functions->capacity) {
        functions->capacity = functions->capacity == 0 ? 64 : 2 * functions->capacity;
        functions->items =
            mem_resize(functions->items, functions->capacity, sizeof *functions->items);
    }
    functions->items[functions->count] = (struct function){.name = name};
    return &functions->items[functions->count++];
}

/* A function that calls itself is counted once. */
static void count_stack(struct functions *functions, const json_t *stack, size_t number)
{
    uint64_t count = answer_count(stack, "count");
    size_t depth = answer_size(stack, "frames");

    functions->samples += count;
    for (size_t i = 0; i < depth; i++) {
        struct function *function = find(functions, threads_text_name(stack, i));
        function->self += i + 1 == depth ? count : 0;
        function->whole += function->last == number ? 0 : count;
        function->last = number;
    }
}

static int by_self(const void *a, const void *b)
{
    const struct function *left = a, *right = b;

    if (left->self != right->self)
        return left->self < right->self ? 1 : -1;
    if (left->whole != right->whole)
        return left->whole < right->whole ? 1 : -1;
    return strcmp(left->name, right->name);
}

static double percent(uint64_t part, uint64_t of)
{
    return of == 0 ? 0 : 100.0 * (double)part / (double)of;
}

static void add_functions(const struct functions *functions, struct text *text)
{
    text_add(text, "%6s %6s  %s\n", "self", "all", "function");
    for (size_t i = 0; i < functions->count && i < FUNCTIONS_SHOWN; i++) {
        const struct function *function = &functions->items[i];
        if (function->self == 0)
            break;
        text_add(text, "%5.1f%% %5.1f%%  ", percent(function->self, functions->samples),
                 percent(function->whole, functions->samples));
        answer_add_words(function->name, text);
        text_add(text, "\n");
    }
}

static void add_head(const json_t *answer, struct text *text)
{
    uint64_t samples = answer_count(answer, "samples");
    uint64_t hz = answer_count(answer, "hz");

    text_add(text,
             "%" PRIu64 " samples in %.1f s, %" PRIu64 " in each second of a thread's processor "
             "time",
             samples, (double)answer_count(answer, "ms") / 1000, hz);
    if (answer_count(answer, "dropped") > 0)
        text_add(text, "; %" PRIu64 " were dropped", answer_count(answer, "dropped"));
    text_add(text, "\n");
}

/* What ran, by thread and task. */
static void add_owners(const json_t *answer, struct functions *owners, struct text *text)
{
    for (size_t i = 0; i < owners->count; i++) {
        text_add(text, "%5.1f%%  ",
                 percent(owners->items[i].self, answer_count(answer, "samples")));
        answer_add_words(owners->items[i].name, text);
        text_add(text, "\n");
    }
}

static char *owner_name(const json_t *stack)
{
    const char *component = answer_text(stack, "component");
    struct text text;

    text_init(&text);
    text_add(&text, "%s", answer_text(stack, "thread"));
    if (component[0] != '\0')
        text_add(&text, " %s[%" PRIu64 "]", component, answer_count(stack, "task"));
    return text_take(&text);
}

void threads_view_profile(const json_t *answer, struct text *text)
{
    size_t count = answer_size(answer, "stacks");
    char **names = NEW_ARRAY(char *, count);
    struct functions functions = {.items = NULL};
    struct functions owners = {.items = NULL};

    for (size_t i = 0; i < count; i++) {
        const json_t *stack = answer_item(answer, "stacks", i);
        names[i] = owner_name(stack);
        find(&owners, names[i])->self += answer_count(stack, "count");
        count_stack(&functions, stack, i + 1);
    }
    if (functions.count > 0)
        qsort(functions.items, functions.count, sizeof *functions.items, by_self);
    if (owners.count > 0)
        qsort(owners.items, owners.count, sizeof *owners.items, by_self);
    add_head(answer, text);
    add_owners(answer, &owners, text);
    if (functions.count > 0)
        add_functions(&functions, text);
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    free(functions.items);
    free(owners.items);
}
