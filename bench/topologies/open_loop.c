/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Latency at a set rate.
 *
 *     source --shuffle--> id --shuffle--> null
 *
 * The source has a timetable (timetable.h), and the number of a tuple in it is its message id. Every
 * SAMPLE-th tuple is recorded, since reading a clock for each would cost as much as the tuple; what
 * is sent in the first `warmup` seconds is not.
 */
#include <gale/gale.h>

#include "bench/topologies/const_spout.h"
#include "bench/topologies/id_bolt.h"
#include "bench/topologies/timetable.h"

#define SAMPLE 16

struct source {
    struct item item;
    struct gale_histogram *latency_ns;
    struct timetable table;
};

static enum gale_err source_open(void *self, struct gale_task *task)
{
    struct source *source = self;

    source->item.text = gale_str("some data");
    source->latency_ns = gale_histogram(task, "latency_ns");
    return timetable_open(&source->table, task);
}

static enum gale_next source_next(void *self, struct gale_task *task)
{
    struct source *source = self;
    enum gale_next next = timetable_next(&source->table);

    if (next == GALE_MORE)
        gale_emit_tracked(task, items, source->table.sent - 1, &source->item);
    return next;
}

static void source_ack(void *self, struct gale_task *task, uint64_t id)
{
    (void)task;
    const struct source *source = self;
    uint64_t ns;

    if (id % SAMPLE == 0 && timetable_latency(&source->table, id, &ns))
        gale_observe(source->latency_ns, ns);
}

static const struct gale_component source = {
    .name = "source",
    .spout = {.size = sizeof(struct source),
              .open = source_open,
              .next = source_next,
              .ack = source_ack},
    .emits = {&items.stream},
    .settings = {TIMETABLE_SETTINGS},
};

static const struct gale_component id = {
    .name = "id",
    .bolt = {.execute = id_execute},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE}},
    .emits = {&copies.stream},
};

static const struct gale_component null = {
    .name = "null",
    .bolt = {.execute = null_execute},
    .inputs = {{.from = &id, .stream = &copies.stream, .by = GALE_SHUFFLE}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "open-loop",
    .components = {&source, &id, &null},
};
