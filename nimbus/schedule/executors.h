/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The executors of a topology by number: through all components, in the plan's order, from 0. Which
 * tasks an executor has, and where the new ones start from when a component is cut into another
 * number of them: where most of their tasks have been, so that few tasks lose their place. Tasks
 * are numbered through the topology, too, and their number never changes. Pure.
 */
#ifndef NIMBUS_SCHEDULE_EXECUTORS_H
#define NIMBUS_SCHEDULE_EXECUTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "nimbus/schedule/scheduler.h"

struct executors_component {
    uint32_t tasks;     /* at least 1 */
    uint32_t executors; /* 1 .. tasks */
};

struct executors_range {
    uint32_t component;  /* index */
    uint32_t first_task; /* of the topology */
    uint32_t task_count; /* at least 1 */
};

uint32_t executors_count(const struct executors_component *components, size_t count);

/* False if there is no executor of this number. */
bool executors_find(const struct executors_component *components, size_t count, uint32_t executor,
                    struct executors_range *ret_range) MUST_USE;

/* The places of the executors of `after`, as many as executors_count() says, from those of
 * `before`: the same components with the same tasks. Each gets the place that had most of its
 * tasks, the one of the earliest of them among equals; SCHEDULER_NOWHERE if none of them had one.
 * The caller owns the result. */
struct scheduler_place *executors_carry(const struct executors_component *before,
                                        const struct executors_component *after, size_t count,
                                        const struct scheduler_place *places) MUST_USE;

#endif
