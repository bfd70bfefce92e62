/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When tuples begin to flow, and when they flow again after a worker was killed.
 *
 *     source --shuffle--> sink
 *
 * The source sends about a tuple a millisecond, with the time at which it was opened: its name. The
 * sink adds a line to the file `path` when it has the first tuple since it was opened, or the first of
 * another source: the time, and the name of the source.
 */
#include <inttypes.h>
#include <stdio.h>

#include <gale/gale.h>

#include "bench/topologies/stopwatch.h"

struct beat {
    uint64_t source;
};

GALE_STREAM(beats, struct beat, GALE_FIELD(struct beat, source));

struct source {
    struct beat beat;
    uint64_t last_ms;
    uint64_t count;
};

static enum gale_err source_open(void *self, struct gale_task *task)
{
    (void)task;
    struct source *source = self;

    source->beat.source = stopwatch_now_ns();
    return GALE_OK;
}

static enum gale_next source_next(void *self, struct gale_task *task)
{
    struct source *source = self;

    if (gale_now_ms(task) == source->last_ms)
        return GALE_IDLE;
    source->last_ms = gale_now_ms(task);
    gale_emit_tracked(task, beats, source->count++, &source->beat);
    return GALE_MORE;
}

struct sink {
    const char *path;
    uint64_t source;
};

static enum gale_err sink_open(void *self, struct gale_task *task)
{
    struct sink *sink = self;

    sink->path = gale_conf_str(task, "path", "");
    return GALE_OK;
}

static enum gale_verdict sink_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    struct sink *sink = self;
    const struct beat *beat = gale_read(tuple, beats);

    if (beat->source == sink->source)
        return GALE_ACK;
    uint64_t now_ns = stopwatch_now_ns();
    FILE *file = fopen(sink->path, "a");
    if (file == NULL)
        return gale_fail_with(task, "cannot write to '%s'", sink->path);
    (void)fprintf(file, "%" PRIu64 " %" PRIu64 "\n", now_ns, beat->source);
    (void)fclose(file);
    sink->source = beat->source;
    return GALE_ACK;
}

static const struct gale_component source = {
    .name = "source",
    .spout = {.size = sizeof(struct source), .open = source_open, .next = source_next},
    .emits = {&beats.stream},
};

static const struct gale_component sink = {
    .name = "sink",
    .bolt = {.size = sizeof(struct sink), .open = sink_open, .execute = sink_execute},
    .inputs = {{.from = &source, .stream = &beats.stream, .by = GALE_SHUFFLE}},
    .settings = {{"path", "", "where the lines go"}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "pulse",
    .components = {&source, &sink},
};
