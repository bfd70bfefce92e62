/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink that stores whole batches: it holds tuples and settles a hundred of them at once.
 *
 *     numbers --to one--> sink
 *
 * A tuple is acked only when its batch is stored. Every third attempt to store fails, and with it
 * every tuple of the batch: the spout emits them again, in some later batch, until each is stored.
 * The tick stores what there is when no full batch comes together; so does `finish` at the end.
 *
 *     gale run held_batch.so
 *     gale run held_batch.so -c numbers.to=1000000
 */
#include <gale/gale.h>
#include <gale/ready_numbers.h>

#include <inttypes.h>
#include <stdio.h>

#define BATCH_MAX 100

struct sink {
    struct gale_held *held[BATCH_MAX];
    uint32_t held_count;
    uint64_t attempts;
    uint64_t stored_count;
    uint64_t stored_sum;
    struct gale_counter *failures;
};

static enum gale_err sink_open(void *self, struct gale_task *task)
{
    struct sink *sink = self;

    sink->failures = gale_counter(task, "batches_failed");
    return GALE_OK;
}

/* All of the batch or nothing of it. */
static bool store(struct sink *sink)
{
    if (++sink->attempts % 3 == 0) {
        gale_count(sink->failures, 1);
        return false;
    }
    for (uint32_t i = 0; i < sink->held_count; i++)
        sink->stored_sum += gale_read(gale_held_tuple(sink->held[i]), gale_numbers)->value;
    sink->stored_count += sink->held_count;
    return true;
}

static void sink_flush(void *self, struct gale_task *task)
{
    struct sink *sink = self;

    if (sink->held_count == 0)
        return;
    bool stored = store(sink);
    while (sink->held_count > 0) {
        if (!stored)
            (void)gale_fail_with(task, "attempt %" PRIu64 " to store failed", sink->attempts);
        gale_settle(&sink->held[--sink->held_count], stored ? GALE_ACK : GALE_FAIL);
    }
}

static enum gale_verdict sink_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    struct sink *sink = self;

    sink->held[sink->held_count++] = gale_hold(tuple);
    if (sink->held_count == BATCH_MAX)
        sink_flush(sink, task);
    return GALE_HELD;
}

static void sink_close(void *self, struct gale_task *task)
{
    (void)task;
    const struct sink *sink = self;

    printf("stored %" PRIu64 " numbers, their sum is %" PRIu64 "\n", sink->stored_count,
           sink->stored_sum);
    printf("some batches failed: %s\n", sink->attempts >= 3 ? "yes" : "no");
}

static const struct gale_component numbers = {
    .name = "numbers",
    .max_pending = 4 * BATCH_MAX,
    .spout = GALE_NUMBERS_SPOUT,
    .emits = {&gale_numbers.stream},
    .settings = {GALE_NUMBERS_SETTINGS},
};

static const struct gale_component sink = {
    .name = "sink",
    .tick_ms = 100,
    .bolt = {.size = sizeof(struct sink),
             .open = sink_open,
             .execute = sink_execute,
             .tick = sink_flush,
             .finish = sink_flush,
             .close = sink_close},
    .inputs = {{.from = &numbers, .stream = &gale_numbers.stream, .by = GALE_GLOBAL}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "held-batch",
    .components = {&numbers, &sink},
};
