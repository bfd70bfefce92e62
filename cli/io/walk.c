/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "coord/protocol/path.h"

/* What is still to be read; the last is the next. */
struct step {
    char *path;
    size_t depth;
};

struct stack {
    struct step *steps;
    size_t count;
    size_t capacity;
};

static void push(struct stack *stack, char *path, size_t depth)
{
    if (stack->count == stack->capacity) {
        stack->capacity = stack->capacity == 0 ? 64 : 2 * stack->capacity;
        stack->steps = mem_resize(stack->steps, stack->capacity, sizeof *stack->steps);
    }
    stack->steps[stack->count++] = (struct step){.path = path, .depth = depth};
}

static void done(struct stack *stack)
{
    while (stack->count > 0)
        free(stack->steps[--stack->count].path);
    free(stack->steps);
}

static char *join(const char *path, const char *name)
{
    struct text text;

    text_init(&text);
    text_add(&text, "%s/%s", strcmp(path, "/") == 0 ? "" : path, name);
    return text_take(&text);
}

/* Takes the step's path over. */
static void add(struct coord_nodes *nodes, const struct step *step, const struct message_stat *stat)
{
    if (nodes->count == nodes->capacity) {
        nodes->capacity = nodes->capacity == 0 ? 64 : 2 * nodes->capacity;
        nodes->items = mem_resize(nodes->items, nodes->capacity, sizeof *nodes->items);
    }
    nodes->items[nodes->count++] = (struct coord_node){
        .path = step->path,
        .name = step->path + path_name_begin(step->path, strlen(step->path)),
        .depth = step->depth,
        .stat = *stat,
    };
}

/* Backwards, so that the first is on top. */
static void push_children(struct stack *stack, const struct step *step,
                          const struct coord_event *answer)
{
    for (size_t i = answer->child_count; i-- > 0;)
        push(stack, join(step->path, answer->children[i]), step->depth + 1);
}

/* Of a node whose children we may not read we may know all the rest. */
static enum exit_code read_node(struct link *link, const char *path, bool is_first,
                                struct coord_event *ret_answer)
{
    struct coord_call call = {.kind = COORD_CHILDREN, .path = path};

    enum exit_code code =
        is_first ? link_do(link, &call, ret_answer) : link_ask(link, &call, ret_answer);
    if (code != EXIT_CODE_DONE || ret_answer->error != COORD_NO_AUTH)
        return code;
    coord_event_done(ret_answer);
    call.kind = COORD_EXISTS;
    return link_ask(link, &call, ret_answer);
}

static enum exit_code take_step(struct link *link, struct stack *stack, size_t depth_max,
                                struct coord_nodes *nodes)
{
    struct step step = stack->steps[--stack->count];
    struct coord_event answer = {.error = COORD_OK};

    enum exit_code code = read_node(link, step.path, nodes->count == 0, &answer);
    if (code == EXIT_CODE_DONE && answer.error == COORD_OK) {
        add(nodes, &step, &answer.stat);
        if (step.depth < depth_max)
            push_children(stack, &step, &answer);
    } else {
        free(step.path);
    }
    coord_event_done(&answer);
    return code;
}

enum exit_code walk(struct link *link, const char *path, size_t depth_max, size_t nodes_max,
                    struct coord_nodes *nodes)
{
    struct stack stack = {.count = 0};
    enum exit_code code = EXIT_CODE_DONE;

    *nodes = (struct coord_nodes){.count = 0};
    push(&stack, mem_copy_text(path), 0);
    while (code == EXIT_CODE_DONE && stack.count > 0 && nodes->count < nodes_max)
        code = take_step(link, &stack, depth_max, nodes);
    nodes->is_complete = stack.count == 0;
    done(&stack);
    return code;
}

void walk_done(struct coord_nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++)
        free(nodes->items[i].path);
    free(nodes->items);
    *nodes = (struct coord_nodes){.count = 0};
}
