/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One depth-first search, downstream from the spouts in component order. A component is open while
 * what lies downstream of it is being searched:
 *
 *     spout --> a --> b --> c        spout, a, b, c are open when the edge c -> a is met:
 *               ^           |        a is open, so this edge closes a cycle
 *               +-----------+
 *
 * Without the edges that close a cycle the graph has none, and the order in which components are
 * left, reversed, has every sender before its receivers. Ranks are filled in along it.
 *
 * Which edge of a cycle closes it depends on the order of the search, so that order is part of the
 * contract: spouts, then receivers and their inputs, in the order in which the topology lists them.
 */
#include "wire/plan_passes.h"

#include <inttypes.h>

enum visit {
    VISIT_NEVER = 0,
    VISIT_OPEN,
    VISIT_LEFT,
};

struct search {
    enum visit visits[PLAN_COMPONENTS_MAX];
    uint32_t stack[PLAN_COMPONENTS_MAX];   /* of components, each one open */
    uint32_t cursors[PLAN_COMPONENTS_MAX]; /* the next edge to look at, for each on the stack */
    uint32_t depth;
    uint32_t left[PLAN_COMPONENTS_MAX]; /* in the order in which they were left */
    uint32_t left_count;
};

static void enter(struct search *search, uint32_t component)
{
    search->visits[component] = VISIT_OPEN;
    search->stack[search->depth] = component;
    search->cursors[search->depth] = 0;
    search->depth++;
}

static void leave(struct search *search)
{
    uint32_t component = search->stack[--search->depth];

    search->visits[component] = VISIT_LEFT;
    search->left[search->left_count++] = component;
}

/* The next edge out of the component on top of the stack, and where it leads. A cursor counts
 * through all inputs of all components; NULL at the end. */
static struct plan_input *next_edge(struct search *search, struct plan *plan, uint32_t *ret_to)
{
    uint32_t *cursor = &search->cursors[search->depth - 1];

    while (*cursor < plan->component_count * PLAN_INPUTS_MAX) {
        uint32_t to = *cursor / PLAN_INPUTS_MAX;
        uint32_t index = *cursor % PLAN_INPUTS_MAX;
        struct plan_component *component = &plan->components[to];

        (*cursor)++;
        if (index >= component->input_count)
            continue;
        if (component->inputs[index].from_index != search->stack[search->depth - 1])
            continue;
        *ret_to = to;
        return &component->inputs[index];
    }
    return NULL;
}

static void search_from(struct search *search, struct plan *plan, uint32_t spout)
{
    enter(search, spout);
    while (search->depth > 0) {
        uint32_t to = 0;
        struct plan_input *edge = next_edge(search, plan, &to);

        if (edge == NULL) {
            leave(search);
            continue;
        }
        edge->closes_cycle = search->visits[to] == VISIT_OPEN;
        if (search->visits[to] == VISIT_NEVER)
            enter(search, to);
    }
}

static enum err check_reached(const struct search *search, const struct plan *plan,
                              struct error *error)
{
    if (search->left_count == 0)
        return error_set(
            error, ERR_INVALID,
            "the topology has no spout: a component with a `next` function must feed it");
    for (uint32_t i = 0; i < plan->component_count; i++) {
        if (search->visits[i] == VISIT_NEVER)
            return error_set(error, ERR_INVALID,
                             "component '%s': no spout reaches it, its inputs only come from each "
                             "other: connect it to a spout or remove it",
                             plan->components[i].name);
    }
    return ERR_OK;
}

static enum err check_reserve(const struct plan_component *component, uint32_t index,
                              struct error *error)
{
    const struct plan_input *input = &component->inputs[index];

    if (input->closes_cycle && input->reserve_bytes == 0)
        return error_set(error, ERR_INVALID,
                         "component '%s': input %" PRIu32 " (stream '%s' of '%s') closes a cycle: "
                         "give it reserve_bytes, how much may wait on it",
                         component->name, index + 1, input->stream, input->from);
    if (!input->closes_cycle && input->reserve_bytes != 0)
        return error_set(error, ERR_INVALID,
                         "component '%s': input %" PRIu32 " (stream '%s' of '%s') has "
                         "reserve_bytes, but closes no cycle: remove them",
                         component->name, index + 1, input->stream, input->from);
    return ERR_OK;
}

static enum err check_reserves(const struct plan *plan, struct error *error)
{
    for (uint32_t i = 0; i < plan->component_count; i++) {
        const struct plan_component *component = &plan->components[i];

        for (uint32_t j = 0; j < component->input_count; j++) {
            enum err err = check_reserve(component, j, error);
            if (err != ERR_OK)
                return err;
        }
    }
    return ERR_OK;
}

static uint32_t rank_of(const struct plan *plan, const struct plan_component *component)
{
    uint32_t rank = 0;

    for (uint32_t i = 0; i < component->input_count; i++) {
        const struct plan_input *input = &component->inputs[i];
        uint32_t above = plan->components[input->from_index].rank + 1;

        if (!input->closes_cycle && above > rank)
            rank = above;
    }
    return rank;
}

enum err plan_graph_check(struct plan *plan, struct error *error)
{
    struct search search = {.depth = 0};

    for (uint32_t i = 0; i < plan->component_count; i++) {
        if (plan->components[i].role == PLAN_SPOUT)
            search_from(&search, plan, i);
    }
    enum err err = check_reached(&search, plan, error);
    if (err == ERR_OK)
        err = check_reserves(plan, error);
    if (err != ERR_OK)
        return err;

    for (uint32_t i = search.left_count; i > 0; i--) {
        struct plan_component *component = &plan->components[search.left[i - 1]];
        component->rank = rank_of(plan, component);
    }
    return ERR_OK;
}
