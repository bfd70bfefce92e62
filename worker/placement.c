/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/placement.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "wire/task_range.h"

/* What is being placed. */
struct placing {
    const struct plan *plan;
    const bool *executors; /* NULL: all are ours */
    uint32_t *first;       /* number of the first executor of each component */
    struct placement *placement;
};

static bool is_ours(const struct placing *placing, uint32_t component, uint32_t executor)
{
    return placing->executors == NULL || placing->executors[placing->first[component] + executor];
}

static uint32_t count_ours(const struct placing *placing, uint32_t component)
{
    uint32_t count = 0;

    for (uint32_t e = 0; e < placing->plan->components[component].executors; e++)
        count += is_ours(placing, component, e);
    return count;
}

static void place(const struct placing *placing, uint32_t component, uint32_t executor,
                  uint32_t loop)
{
    const struct plan_component *plan = &placing->plan->components[component];
    uint32_t begin = task_range_first(plan->tasks, plan->executors, executor);
    uint32_t end = task_range_first(plan->tasks, plan->executors, executor + 1);

    for (uint32_t task = begin; task < end; task++)
        placing->placement->loop_of_task[plan->first_task + task] = loop;
}

/* The loop of the first task of ours upstream, for a bolt whose upstream has been placed; else
 * loop 0. */
static uint32_t loop_of_upstream(const struct placing *placing,
                                 const struct plan_component *component)
{
    if (component->input_count == 0)
        return 0;
    const struct plan_component *from = &placing->plan->components[component->inputs[0].from_index];
    for (uint32_t t = 0; from->rank < component->rank && t < from->tasks; t++) {
        uint32_t loop = placing->placement->loop_of_task[from->first_task + t];
        if (loop != PLACEMENT_ELSEWHERE)
            return loop;
    }
    return 0;
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

static void place_component(const struct placing *placing, uint32_t component, uint32_t load[],
                            uint32_t loops)
{
    const struct plan_component *plan = &placing->plan->components[component];
    uint32_t ours = count_ours(placing, component);
    uint32_t even = ours - ours % loops;
    uint32_t done = 0;

    for (uint32_t executor = 0; executor < plan->executors; executor++) {
        if (!is_ours(placing, component, executor))
            continue;
        uint32_t loop = done % loops;
        if (done >= even)
            loop = least_loaded(load, loops, loop_of_upstream(placing, plan));
        place(placing, component, executor, loop);
        load[loop]++;
        done++;
    }
}

/* Upstream first: a component's rank is above that of everything that feeds it. */
static void place_shared(const struct placing *placing, uint32_t loops)
{
    const struct plan *plan = placing->plan;
    uint32_t load[PLACEMENT_LOOPS_MAX] = {0};

    for (uint32_t rank = 0; rank < plan->component_count; rank++) {
        for (uint32_t i = 0; i < plan->component_count; i++) {
            if (plan->components[i].rank == rank && !plan->components[i].own_loop)
                place_component(placing, i, load, loops);
        }
    }
}

static void place_own(const struct placing *placing, uint32_t first_loop)
{
    const struct plan *plan = placing->plan;
    uint32_t loop = first_loop;

    for (uint32_t i = 0; i < plan->component_count; i++) {
        const struct plan_component *component = &plan->components[i];
        for (uint32_t executor = 0; component->own_loop && executor < component->executors;
             executor++) {
            if (is_ours(placing, i, executor))
                place(placing, i, executor, loop++);
        }
    }
}

static void count_executors(const struct placing *placing, uint32_t *ret_shared, uint32_t *ret_own)
{
    *ret_shared = *ret_own = 0;
    for (uint32_t i = 0; i < placing->plan->component_count; i++)
        *(placing->plan->components[i].own_loop ? ret_own : ret_shared) += count_ours(placing, i);
}

static enum err place_all(struct placing *placing, uint32_t loops, struct error *error)
{
    struct placement *placement = placing->placement;
    uint32_t shared, own;

    count_executors(placing, &shared, &own);
    uint32_t shared_loops = shared < loops ? shared : loops;
    if (own > PLACEMENT_LOOPS_MAX || shared_loops > PLACEMENT_LOOPS_MAX - own)
        return error_set(error, ERR_LIMIT,
                         "components with own_loop ask for %u threads beside %u shared ones, but a "
                         "worker has at most %d: lower their executors",
                         own, shared_loops, PLACEMENT_LOOPS_MAX);
    placement->loop_count = shared_loops + own;
    if (shared_loops > 0)
        place_shared(placing, shared_loops);
    place_own(placing, shared_loops);
    return ERR_OK;
}

enum err placement_new(const struct plan *plan, uint32_t loops, const bool executors[],
                       struct placement **ret_placement, struct error *error)
{
    ASSERT(loops > 0);

    AUTO(placement_destroy) struct placement *placement = NEW(struct placement);
    struct placing placing = {.plan = plan, .executors = executors, .placement = placement};
    uint32_t first[PLAN_COMPONENTS_MAX];
    uint32_t count = 0;

    placing.first = first;
    for (uint32_t i = 0; i < plan->component_count; i++) {
        first[i] = count;
        count += plan->components[i].executors;
    }
    placement->task_count = plan->task_count;
    placement->loop_of_task = NEW_ARRAY(uint32_t, plan->task_count);
    for (uint32_t t = 0; t < plan->task_count; t++)
        placement->loop_of_task[t] = PLACEMENT_ELSEWHERE;
    enum err err = place_all(&placing, loops, error);
    if (err == ERR_OK)
        *ret_placement = TAKE(placement);
    return err;
}

void placement_destroy(struct placement **placement)
{
    if (*placement == NULL)
        return;
    free((*placement)->loop_of_task);
    free(*placement);
    *placement = NULL;
}
