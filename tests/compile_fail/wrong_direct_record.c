/* SPDX-License-Identifier: Apache-2.0 */
/* fails: struct sentence \* */
#include "tests/compile_fail/topology.h"

void emit(struct gale_task *task, struct gale_task_id to);

void emit(struct gale_task *task, struct gale_task_id to)
{
    gale_emit_direct(task, replies, to, &(struct sentence){.text = gale_str("cow")});
}
