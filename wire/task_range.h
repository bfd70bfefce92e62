/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the tasks of a component are shared among its executors: contiguous ranges, as even as can be,
 * bigger ones first (10 tasks over 3 executors: 4, 3, 3). Nimbus and workers must agree about it.
 * Pure.
 */
#ifndef WIRE_TASK_RANGE_H
#define WIRE_TASK_RANGE_H

#include <stdint.h>

/* The first task, within its component, of an executor. For index == executors it is the count of
 * tasks. `executors` is at least 1, and at most 16384 as `tasks` is. */
uint32_t task_range_first(uint32_t tasks, uint32_t executors, uint32_t index);

/* The executor, within its component, that runs the task: index with
 * task_range_first(index) <= task < task_range_first(index + 1). `task` is below `tasks`. */
uint32_t task_range_executor(uint32_t tasks, uint32_t executors, uint32_t task);

#endif
