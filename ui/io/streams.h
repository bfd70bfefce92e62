/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens, to all who follow it. A thread of its own looks at the cluster each second while there are viewers: what
 * any of them wants to see is asked once, by the route that answers the same to a GET, and given to all.
 *
 *     thread: GET /api/v2/pulse --> each panel: GET its route --> frame --> viewers: what each has not seen yet
 *
 * Nothing queues up for a viewer: when it can take more, it gets the newest state of each panel that has changed since,
 * and the events it has not seen. One that does not read costs what is on its way, and misses what is between. It
 * takes from the panels:
 *
 *     pulse, figures, tasks   with each tick
 *     events                  when there are new ones; at the beginning those after Last-Event-ID, or the last ones
 *     gone                    when the GET says 404 or refuses: its text; once
 *     trouble                 when the cluster does not answer: {"text"}; once, until it does
 *
 * A comment goes to whoever got nothing for 15 s, so that those who have gone away are found out.
 *
 * streams_ and viewer_ functions may be called by any thread, those of one viewer by one at a time.
 */
#ifndef UI_IO_STREAMS_H
#define UI_IO_STREAMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ui/http/dispatch.h"
#include "ui/http/sse.h"

enum {
    STREAMS_EVENTS_MAX = 1000, /* that are kept for viewers that come back */
};

struct streams;
struct viewer;

struct streams_options {
    struct dispatch dispatch;
    void (*forget)(void *context); /* what was asked before is to be asked anew */
    void *context;
    size_t viewers_max;
    uint64_t interval_ns; /* between two looks */
    uint64_t comment_ns;  /* of silence */
};

/* How a viewer is told to wait and to go on. Called inside: no streams_ function may be called by them. */
struct viewer_port {
    void (*pause)(void *context);
    void (*resume)(void *context);
    void *context;
};

enum err streams_start(const struct streams_options *options, struct streams **ret_streams,
                       struct error *error) MUST_USE;

/* Ends the thread, and what viewers read: each is to be closed after that. */
void streams_end(struct streams *streams);

/* No viewer is left. */
void streams_destroy(struct streams **streams);

/* NULL: there are as many viewers as may be. `seen` is what it saw last. */
struct viewer *viewer_open(struct streams *streams, const struct sse_panel *panels, size_t count,
                           struct sse_id seen, const struct viewer_port *port) MUST_USE;
void viewer_close(struct viewer **viewer);

enum {
    VIEWER_PAUSED = 0,
    VIEWER_ENDED = -1,
};

/* How many bytes were written, at most `size`; PAUSED, and port.pause() was called: port.resume() will be; ENDED. */
long viewer_read(struct viewer *viewer, char *bytes, size_t size);

size_t streams_viewers(struct streams *streams);

#endif
