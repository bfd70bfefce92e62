/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least latency there is: one tuple on its way, the next one only after its ack. And how long
 * it takes until the first tuple has arrived.
 *
 *     source --shuffle--> sink
 */
#include <gale/gale.h>

#include "bench/topologies/const_spout.h"
#include "bench/topologies/stopwatch.h"

struct source {
    struct item item;
    struct gale_histogram *latency_ns;
    uint64_t count;
    uint64_t emitted;
};

static enum gale_err source_open(void *self, struct gale_task *task)
{
    struct source *source = self;

    source->item.text = gale_str("some data");
    source->latency_ns = gale_histogram(task, "latency_ns");
    source->count = gale_conf_u64(task, "count", 100000);
    return GALE_OK;
}

static enum gale_next source_next(void *self, struct gale_task *task)
{
    struct source *source = self;

    if (source->emitted == source->count)
        return GALE_DONE;
    gale_emit_tracked(task, items, stopwatch_now_ns(), &source->item);
    source->emitted++;
    return GALE_MORE;
}

static void source_ack(void *self, struct gale_task *task, uint64_t emitted_ns)
{
    (void)task;
    const struct source *source = self;

    gale_observe(source->latency_ns, stopwatch_now_ns() - emitted_ns);
}

struct sink {
    struct gale_gauge *first_tuple_ns;
    bool has_seen;
};

static enum gale_err sink_open(void *self, struct gale_task *task)
{
    struct sink *sink = self;

    sink->first_tuple_ns = gale_gauge(task, "first_tuple_ns");
    return GALE_OK;
}

static enum gale_verdict sink_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    (void)task;
    (void)tuple;
    struct sink *sink = self;

    if (!sink->has_seen)
        gale_set(sink->first_tuple_ns, (double)stopwatch_now_ns());
    sink->has_seen = true;
    return GALE_ACK;
}

static const struct gale_component source = {
    .name = "source",
    .max_pending = 1,
    .spout = {.size = sizeof(struct source),
              .open = source_open,
              .next = source_next,
              .ack = source_ack},
    .emits = {&items.stream},
    .settings = {{"count", "100000", "tuples to emit, one after another"}},
};

static const struct gale_component sink = {
    .name = "sink",
    .bolt = {.size = sizeof(struct sink), .open = sink_open, .execute = sink_execute},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "one-in-flight",
    .components = {&source, &sink},
};
