/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides which loop runs which tasks.
 *
 * Tasks of a component are cut into executors: contiguous ranges, bigger ones first. An executor
 * belongs to one loop for life. A component with at least as many executors as there are loops gets
 * a like share of each, so that each loop holds a copy of the whole chain; one with fewer goes to
 * the loops that have least to do and, among equals, to where its upstream runs, so that a chain is
 * cut in as few places as possible. Components that block get loops of their own behind the others.
 *
 * The tasks of one component on one loop are a stage: they share an input queue, an acker and a
 * thread.
 *
 * Pure. Read-only once made.
 */
#ifndef WORKER_PLACEMENT_H
#define WORKER_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/plan.h"

#define PLACEMENT_LOOPS_MAX 64
#define PLACEMENT_ELSEWHERE UINT32_MAX

struct placement {
    uint32_t loop_count; /* shared ones first, then own ones */
    uint32_t task_count;
    uint32_t
        *loop_of_task; /* task_count of them; PLACEMENT_ELSEWHERE if no executor of ours has it */
};

/* `loops` is how many shared loops there may be, at least 1. There are never more of them than
 * executors to run. `executors` says for each, numbered through all components, whether it is to be
 * placed; NULL for all. ERR_LIMIT if blocking components need more loops than there may be. */
MUST_USE enum err placement_new(const struct plan *plan, uint32_t loops, const bool executors[],
                                struct placement **ret_placement, struct error *error);
void placement_destroy(struct placement **placement);

#endif
