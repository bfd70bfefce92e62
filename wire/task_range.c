/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/task_range.h"

#include "base/assert.h"

uint32_t task_range_first(uint32_t tasks, uint32_t executors, uint32_t index)
{
    ASSERT(executors > 0);

    uint32_t whole = tasks / executors;
    uint32_t bigger = tasks % executors;
    return index * whole + (index < bigger ? index : bigger);
}

uint32_t task_range_executor(uint32_t tasks, uint32_t executors, uint32_t task)
{
    ASSERT(task < tasks);

    uint32_t whole = tasks / executors;
    uint32_t bigger = tasks % executors;
    uint32_t in_bigger = bigger * (whole + 1); /* tasks of the bigger ranges */
    return task < in_bigger ? task / (whole + 1) : bigger + (task - in_bigger) / whole;
}
