/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/wreck.h"

#include <stdlib.h>

#include "base/mem.h"
#include "worker/runtime.h"

void wreck_held(struct task *task)
{
    while (!list_is_empty(&task->held)) {
        struct held *held = CONTAINER_OF(list_pop_first(&task->held), struct held, node);
        free(held->view.record);
        free(held);
    }
    task->held_count = 0;
    count_add(&task->counters.open, -count_read(&task->counters.open));
}
