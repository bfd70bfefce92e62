/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Latency at a set rate.
 *
 *     source --shuffle--> id --shuffle--> null
 *
 * The source has a timetable: tuple i is to be sent i / rate seconds after the first call, and i is
 * its message id. Its latency lasts from that moment to the ack, whenever it was really sent: if the
 * runtime falls behind, the wait counts, and no slow moment hides itself by sending less. Every
 * SAMPLE-th tuple is recorded, since reading a clock for each would cost as much as the tuple; what
 * is sent in the first `warmup` seconds is not.
 */
#include <gale/gale.h>

#include "bench/topologies/const_spout.h"
#include "bench/topologies/id_bolt.h"
#include "bench/topologies/stopwatch.h"

#define SAMPLE 16

struct source {
    struct item item;
    struct gale_histogram *latency_ns;
    double period_ns;
    double warmup;
    uint64_t start_ns; /* of the timetable; 0: not yet */
    uint64_t record_ns;
    uint64_t count; /* tuples to send in all */
    uint64_t due;   /* tuples that should have been sent when the clock was last read */
    uint64_t sent;
};

static enum gale_err source_open(void *self, struct gale_task *task)
{
    struct source *source = self;
    double rate = gale_conf_f64(task, "rate", 1000000);
    double seconds = gale_conf_f64(task, "seconds", 2);

    if (!(rate >= 1 && rate <= 1e9) || !(seconds >= 0 && seconds <= 1e6))
        return gale_error(task, "rate must be within 1 .. 1e9, seconds within 0 .. 1e6");
    source->item.text = gale_str("some data");
    source->latency_ns = gale_histogram(task, "latency_ns");
    source->period_ns = 1e9 / rate;
    source->warmup = gale_conf_f64(task, "warmup", 0.5);
    source->count = (uint64_t)(rate * seconds);
    return GALE_OK;
}

static void look_at_clock(struct source *source)
{
    uint64_t now_ns = stopwatch_now_ns();

    if (source->start_ns == 0) {
        source->start_ns = now_ns;
        source->record_ns = now_ns + (uint64_t)(source->warmup * 1e9);
    }
    source->due = (uint64_t)((double)(now_ns - source->start_ns) / source->period_ns) + 1;
    if (source->due > source->count)
        source->due = source->count;
}

static enum gale_next source_next(void *self, struct gale_task *task)
{
    struct source *source = self;

    if (source->sent == source->count)
        return GALE_DONE;
    if (source->sent == source->due)
        look_at_clock(source);
    if (source->sent == source->due)
        return GALE_IDLE;

    gale_emit_tracked(task, items, source->sent, &source->item);
    source->sent++;
    return GALE_MORE;
}

static void source_ack(void *self, struct gale_task *task, uint64_t id)
{
    (void)task;
    const struct source *source = self;

    if (id % SAMPLE != 0)
        return;
    uint64_t intended_ns = source->start_ns + (uint64_t)((double)id * source->period_ns);
    if (intended_ns >= source->record_ns)
        gale_observe(source->latency_ns, stopwatch_now_ns() - intended_ns);
}

static const struct gale_component source = {
    .name = "source",
    .spout = {.size = sizeof(struct source),
              .open = source_open,
              .next = source_next,
              .ack = source_ack},
    .emits = {&items.stream},
    .settings = {{"rate", "1000000", "tuples a second"},
                 {"seconds", "2", "how long to send"},
                 {"warmup", "0.5", "seconds at the start that are not recorded"}},
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
