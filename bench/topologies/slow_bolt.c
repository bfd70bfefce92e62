/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spout that emits as fast as it is let, and a bolt that is a thousand times slower: does the
 * runtime hold the spout back, or does what waits in between grow?
 *
 *     source --shuffle--> slow
 */
#include <gale/gale.h>

#include "bench/topologies/const_spout.h"
#include "bench/topologies/stopwatch.h"

struct source {
    struct item item;
    uint64_t run_ms;
    uint64_t end_ms; /* 0: not known yet */
    bool is_tracked;
};

static enum gale_err source_open(void *self, struct gale_task *task)
{
    struct source *source = self;

    source->item.text = gale_str("some data");
    source->run_ms = gale_conf_u64(task, "seconds", 4) * 1000;
    source->is_tracked = gale_conf_bool(task, "tracked", true);
    return GALE_OK;
}

static enum gale_next source_next(void *self, struct gale_task *task)
{
    struct source *source = self;

    if (source->end_ms == 0)
        source->end_ms = gale_now_ms(task) + source->run_ms;
    if (gale_now_ms(task) >= source->end_ms)
        return GALE_DONE;
    if (source->is_tracked)
        gale_emit_tracked(task, items, 0, &source->item);
    else
        gale_emit(task, items, &source->item);
    return GALE_MORE;
}

struct slow {
    uint64_t work_ns;
};

static enum gale_err slow_open(void *self, struct gale_task *task)
{
    struct slow *slow = self;

    slow->work_ns = gale_conf_u64(task, "work_ns", 50000);
    return GALE_OK;
}

static enum gale_verdict slow_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    (void)task;
    (void)tuple;
    const struct slow *slow = self;
    uint64_t end_ns = stopwatch_now_ns() + slow->work_ns;

    while (stopwatch_now_ns() < end_ns)
        continue;
    return GALE_ACK;
}

static const struct gale_component source = {
    .name = "source",
    .spout = {.size = sizeof(struct source), .open = source_open, .next = source_next},
    .emits = {&items.stream},
    .settings = {{"seconds", "4", "how long to emit"},
                 {"tracked", "true", "whether each tuple is the root of a tree"}},
};

static const struct gale_component slow = {
    .name = "slow",
    .bolt = {.size = sizeof(struct slow), .open = slow_open, .execute = slow_execute},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE}},
    .settings = {{"work_ns", "50000", "what one tuple takes; an emit takes about 50"}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "slow-bolt",
    .components = {&source, &slow},
};
