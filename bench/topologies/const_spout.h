/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two ends of the chains that are measured: a spout that emits the same text `count` times, and
 * a bolt that does nothing but ack. What a run of them costs is what the runtime costs.
 */
#ifndef BENCH_TOPOLOGIES_CONST_SPOUT_H
#define BENCH_TOPOLOGIES_CONST_SPOUT_H

#include <gale/gale.h>

struct item {
    struct gale_str text;
};

GALE_STREAM(items, struct item, GALE_FIELD(struct item, text));

struct const_spout {
    struct item item;
    uint64_t count;
    uint64_t emitted;
    bool is_tracked;
};

/* clang-format off */
#define CONST_SPOUT {.size = sizeof(struct const_spout), .open = const_open, .next = const_next}

#define CONST_SETTINGS                                                                             \
    {"count", "10000000", "tuples to emit"},                                                       \
    {"tracked", "true", "whether each tuple is the root of a tree"}
/* clang-format on */

static inline enum gale_err const_open(void *self, struct gale_task *task)
{
    struct const_spout *spout = self;

    spout->item.text = gale_str("some data");
    spout->count = gale_conf_u64(task, "count", 10000000);
    spout->is_tracked = gale_conf_bool(task, "tracked", true);
    return GALE_OK;
}

static inline enum gale_next const_next(void *self, struct gale_task *task)
{
    struct const_spout *spout = self;

    if (spout->emitted == spout->count)
        return GALE_DONE;
    if (spout->is_tracked)
        gale_emit_tracked(task, items, spout->emitted, &spout->item);
    else
        gale_emit(task, items, &spout->item);
    spout->emitted++;
    return GALE_MORE;
}

static inline enum gale_verdict null_execute(void *self, struct gale_task *task,
                                             const struct gale_tuple *tuple)
{
    (void)self;
    (void)task;
    (void)tuple;
    return GALE_ACK;
}

#endif
