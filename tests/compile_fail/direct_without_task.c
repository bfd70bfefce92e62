/* SPDX-License-Identifier: Apache-2.0 */
/* fails: gale_emit_direct_record|struct gale_task_id */
#include "tests/compile_fail/topology.h"

void emit(struct gale_task *task, struct word *word);

void emit(struct gale_task *task, struct word *word)
{
    gale_emit_direct(task, replies, word, word);
}
