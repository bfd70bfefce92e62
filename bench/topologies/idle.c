/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A topology that has nothing to do: what it costs to wait.
 *
 *     source --shuffle--> null
 */
#include <gale/gale.h>

#include "bench/topologies/const_spout.h"

struct source {
    uint64_t wait_ms;
    uint64_t end_ms; /* 0: not known yet */
};

static enum gale_err source_open(void *self, struct gale_task *task)
{
    struct source *source = self;

    source->wait_ms = gale_conf_u64(task, "seconds", 5) * 1000;
    return GALE_OK;
}

static enum gale_next source_next(void *self, struct gale_task *task)
{
    struct source *source = self;

    if (source->end_ms == 0)
        source->end_ms = gale_now_ms(task) + source->wait_ms;
    return gale_now_ms(task) < source->end_ms ? GALE_IDLE : GALE_DONE;
}

static const struct gale_component source = {
    .name = "source",
    .spout = {.size = sizeof(struct source), .open = source_open, .next = source_next},
    .emits = {&items.stream},
    .settings = {{"seconds", "5", "how long there is nothing"}},
};

static const struct gale_component null = {
    .name = "null",
    .bolt = {.execute = null_execute},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "idle",
    .components = {&source, &null},
};
