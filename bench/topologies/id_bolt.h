/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The middle of a chain: a bolt that emits what it reads.
 */
#ifndef BENCH_TOPOLOGIES_ID_BOLT_H
#define BENCH_TOPOLOGIES_ID_BOLT_H

#include <gale/gale.h>

#include "bench/topologies/const_spout.h"

GALE_STREAM(copies, struct item, GALE_FIELD(struct item, text));

static inline enum gale_verdict id_execute(void *self, struct gale_task *task,
                                           const struct gale_tuple *tuple)
{
    (void)self;
    gale_emit(task, copies, gale_read(tuple, items));
    return GALE_ACK;
}

#endif
