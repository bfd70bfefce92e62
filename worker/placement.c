/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/placement.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"

uint32_t placement_first_task(uint32_t tasks, uint32_t executors, uint32_t index)
{
    uint32_t whole = tasks / executors;
    uint32_t bigger = tasks % executors;

    return index * whole + (index < bigger ? index : bigger);
}

static void place(struct placement *placement, const struct plan_component *component,
                  uint32_t executor, uint32_t loop)
{
    uint32_t begin = placement_first_task(component->tasks, component->executors, executor);
    uint32_t end = placement_first_task(component->tasks, component->executors, executor + 1);

    for (uint32_t task = begin; task < end; task++)
        placement->loop_of_task[component->first_task + task] = loop;
}

/* The loop of the first task upstream, for a bolt whose upstream has been placed; else loop 0. */
static uint32_t loop_of_upstream(const struct placement *placement, const struct plan *plan,
                                 const struct plan_component *component)
{
    if (component->input_count == 0)
        return 0;
    const struct plan_component *from = &plan->components[component->inputs[0].from_index];
    return from->rank < component->rank ? placement->loop_of_task[from->first_task] : 0;
}

static uint32_t least_loaded(const uint32_t load[], uint32_t loops, uint32_t preferred)
{
    uint32_t best = preferred < loops ? preferred : 0;

    for (uint32_t loop = 0; loop < loops; loop++) {
        if (load[loop] < load[best])
            best = loop;
    }
    return best;
}

static void place_component(struct placement *placement, const struct plan *plan,
                            const struct plan_component *component, uint32_t load[], uint32_t loops)
{
    uint32_t even = component->executors - component->executors % loops;

    for (uint32_t executor = 0; executor < component->executors; executor++) {
        uint32_t loop = executor % loops;
        if (executor >= even)
            loop = least_loaded(load, loops, loop_of_upstream(placement, plan, component));
        place(placement, component, executor, loop);
        load[loop]++;
    }
}

/* Upstream first: a component's rank is above that of everything that feeds it. */
static void place_shared(struct placement *placement, const struct plan *plan, uint32_t loops)
{
    uint32_t load[PLACEMENT_LOOPS_MAX] = {0};

    for (uint32_t rank = 0; rank < plan->component_count; rank++) {
        for (uint32_t i = 0; i < plan->component_count; i++) {
            const struct plan_component *component = &plan->components[i];
            if (component->rank == rank && !component->own_loop)
                place_component(placement, plan, component, load, loops);
        }
    }
}

static void place_own(struct placement *placement, const struct plan *plan, uint32_t first_loop)
{
    uint32_t loop = first_loop;

    for (uint32_t i = 0; i < plan->component_count; i++) {
        const struct plan_component *component = &plan->components[i];
        for (uint32_t executor = 0; component->own_loop && executor < component->executors;
             executor++)
            place(placement, component, executor, loop++);
    }
}

static void count_executors(const struct plan *plan, uint32_t *ret_shared, uint32_t *ret_own)
{
    *ret_shared = *ret_own = 0;
    for (uint32_t i = 0; i < plan->component_count; i++) {
        const struct plan_component *component = &plan->components[i];
        *(component->own_loop ? ret_own : ret_shared) += component->executors;
    }
}

enum err placement_new(const struct plan *plan, uint32_t loops, struct placement **ret_placement,
                       struct error *error)
{
    ASSERT(loops > 0);

    uint32_t shared, own;
    count_executors(plan, &shared, &own);
    uint32_t shared_loops = shared < loops ? shared : loops;
    if (own > PLACEMENT_LOOPS_MAX || shared_loops > PLACEMENT_LOOPS_MAX - own)
        return error_set(error, ERR_LIMIT,
                         "components with own_loop ask for %u threads beside %u shared ones, but a "
                         "worker has at most %d: lower their executors",
                         own, shared_loops, PLACEMENT_LOOPS_MAX);

    struct placement *placement = NEW(struct placement);
    placement->loop_count = shared_loops + own;
    placement->task_count = plan->task_count;
    placement->loop_of_task = NEW_ARRAY(uint32_t, plan->task_count);
    if (shared_loops > 0)
        place_shared(placement, plan, shared_loops);
    place_own(placement, plan, shared_loops);
    *ret_placement = placement;
    return ERR_OK;
}

void placement_destroy(struct placement **placement)
{
    if (*placement == NULL)
        return;
    free((*placement)->loop_of_task);
    free(*placement);
    *placement = NULL;
}
