/* SPDX-License-Identifier: Apache-2.0 */
/* fails: return-type */
#include "tests/compile_fail/topology.h"

enum gale_verdict execute(void *self, struct gale_task *task, const struct gale_tuple *tuple);

enum gale_verdict execute(void *self, struct gale_task *task, const struct gale_tuple *tuple)
{
    (void)self;
    if (gale_is(tuple, words))
        gale_emit(task, words, gale_read(tuple, words));
}
