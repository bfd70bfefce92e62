/* SPDX-License-Identifier: Apache-2.0 */
/* fails: struct sentence \* */
#include "tests/compile_fail/topology.h"

void emit(struct gale_task *task, const struct sentence *sentence);

void emit(struct gale_task *task, const struct sentence *sentence)
{
    gale_emit(task, words, sentence);
}
