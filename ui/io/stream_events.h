/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last events of the cluster, for viewers that come back and ask for those behind one that they have seen. At most
 * STREAMS_EVENTS_MAX are kept. For ui/io/streams.h and its neighbours, inside of their monitor.
 */
#ifndef UI_IO_STREAM_EVENTS_H
#define UI_IO_STREAM_EVENTS_H

#include <jansson.h>
#include <stdint.h>

#include "ui/io/stream_frames.h"

/* The events behind one that a viewer has seen. */
struct stream_news {
    uint64_t after;
    uint64_t last;
    struct frame *frame; /* NULL: none were put together yet */
};

struct stream_events {
    json_t *list; /* oldest first */
    uint64_t first;
    uint64_t last;
    struct stream_news news; /* what was asked for last: nearly all have seen the same */
};

void stream_events_init(struct stream_events *events);
void stream_events_done(struct stream_events *events);

/* An answer to GET /api/v2/events: those behind `after`. Another nimbus counts anew: then all is forgotten. */
void stream_events_take(struct stream_events *events, const json_t *answer, uint64_t after);

/* The events behind one; held for the caller. */
struct frame *stream_events_after(struct stream_events *events, uint64_t after) MUST_USE;

#endif
