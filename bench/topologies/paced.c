/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Latency at a set rate, between two workers.
 *
 *     source --shuffle--> null
 *
 * As open_loop.c, with one hop, which is the one over the network. When the last tuple has been acked,
 * or failed, the quantiles go to the file `path`, as one JSON object: what user code counts does not
 * leave its worker otherwise.
 */
#include <inttypes.h>
#include <stdio.h>

#include <gale/gale.h>

#include "bench/topologies/const_spout.h"
#include "bench/topologies/quantiles.h"
#include "bench/topologies/timetable.h"

#define SAMPLE 16

struct source {
    struct item item;
    struct timetable table;
    struct quantiles quantiles;
    uint64_t acked;
    uint64_t failed;
    const char *path;
};

static enum gale_err source_open(void *self, struct gale_task *task)
{
    struct source *source = self;

    source->item.text = gale_str("some data");
    source->path = gale_conf_str(task, "path", "");
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

static void tell_if_over(const struct source *source)
{
    if (source->acked + source->failed < source->table.count)
        return;
    FILE *file = fopen(source->path, "w");
    if (file == NULL)
        return; /* bench/cluster.py misses it */
    const struct quantiles *quantiles = &source->quantiles;
    (void)fprintf(file,
                  "{\"count\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"p50\":%" PRIu64
                  ",\"p99\":%" PRIu64 ",\"p999\":%" PRIu64 ",\"max\":%" PRIu64 "}\n",
                  quantiles->count, source->failed, quantiles_at(quantiles, 0.5),
                  quantiles_at(quantiles, 0.99), quantiles_at(quantiles, 0.999), quantiles->max);
    (void)fclose(file);
}

static void source_ack(void *self, struct gale_task *task, uint64_t id)
{
    (void)task;
    struct source *source = self;
    uint64_t ns;

    if (id % SAMPLE == 0 && timetable_latency(&source->table, id, &ns))
        quantiles_add(&source->quantiles, ns);
    source->acked++;
    tell_if_over(source);
}

static void source_fail(void *self, struct gale_task *task, uint64_t id,
                        const struct gale_failure *failure)
{
    (void)task;
    (void)id;
    (void)failure;
    struct source *source = self;

    source->failed++;
    tell_if_over(source);
}

static const struct gale_component source = {
    .name = "source",
    .spout = {.size = sizeof(struct source),
              .open = source_open,
              .next = source_next,
              .ack = source_ack,
              .fail = source_fail},
    .emits = {&items.stream},
    .settings = {TIMETABLE_SETTINGS, {"path", "", "where the quantiles go"}},
};

static const struct gale_component null = {
    .name = "null",
    .bolt = {.execute = null_execute},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "paced",
    .components = {&source, &null},
};
