/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection, for connections.c alone; owners see net/server.h.
 *
 *   OPEN --> CLOSING --> LINGERING --> (closed)
 *    |          |            |            ^
 *    `----------+--> BROKEN <'            |
 *                       `-----------------'
 *
 * OPEN reads and offers. CLOSING is for the rest of the turn, while its output is written. What the
 * socket does not take then waits LINGERING, for a bounded time. BROKEN writes nothing more. What
 * comes from a socket or from the owner only moves a connection towards its end and puts it into
 * `ending`; connections_reap() alone calls `closed` and frees. So a connection that is in any list,
 * event or handler of a turn is there until the turn ends.
 *
 * Output waits either in `to_write`, for the end of the turn, or for the socket (waits_to_write).
 *
 * A connection has one timer, or none: for its first words, for the frame that it is in, for the next
 * one, or for its end. Who is not read, be it paused or starving (net/ration.h), has none: it is us
 * who keep it waiting. Loop's thread only.
 */
#ifndef NET_CONNECTION_H
#define NET_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "net/input.h"
#include "net/output.h"
#include "net/peer.h"
#include "net/ration.h"
#include "net/server.h"

struct connections;
struct event;

/* Read per connection and turn, so that no connection starves the others. */
#define CONNECTION_READ_MAX ((size_t)256 * 1024)

/* The same within a large frame, which is the cheaper the fewer the reads. */
#define CONNECTION_READ_LARGE_MAX ((size_t)1024 * 1024)

/* Sent from files per connection and turn. */
#define CONNECTION_FILES_MAX ((size_t)1024 * 1024)

/* Who sends so much of a frame within frame_max_ms does not stall. */
#define CONNECTION_PROGRESS_MIN ((size_t)64 * 1024)

/* So much input at most is copied in front of what comes next, to be read with it in one go. A
 * connection that holds more reads into memory of its own. */
#define CONNECTION_HELD_SMALL_MAX ((size_t)16 * 1024)

/* What connections read into, one at a time. */
#define CONNECTION_SCRATCH_SIZE (CONNECTION_HELD_SMALL_MAX + CONNECTION_READ_MAX)

enum connection_state {
    CONNECTION_OPEN,
    CONNECTION_CLOSING,
    CONNECTION_LINGERING,
    CONNECTION_BROKEN,
};

enum connection_timer {
    CONNECTION_TIMER_SILENCE, /* from its arrival until bytes of it were used */
    CONNECTION_TIMER_FRAME,   /* while it holds a part of one */
    CONNECTION_TIMER_IDLE,    /* between frames */
    CONNECTION_TIMER_LINGER,  /* to the end of LINGERING */
    CONNECTION_TIMER_COUNT,
    CONNECTION_TIMER_NONE = CONNECTION_TIMER_COUNT,
};

struct connection {
    struct connections *shared;
    int fd;
    enum connection_state state;
    enum server_close_reason reason; /* once it is not open */
    bool paused;
    bool reads;          /* `readable` is armed */
    bool waits_to_write; /* `writable` is armed: the socket is full */
    bool is_offering;    /* `received` is running */
    struct event *readable;
    struct event *writable; /* NULL until the socket was full once */
    struct output output;
    struct input input;
    struct ration_part part; /* of what all may hold */
    void *context;
    enum connection_timer timer;
    uint64_t deadline_ns; /* of the timer */
    size_t fresh_bytes;   /* came since the timer was started */
    struct list_node in_all;
    struct list_node in_to_write;
    struct list_node in_to_offer;
    struct list_node in_ending;
    struct list_node in_timed; /* the list of its timer */
    struct peer peer;
};

/* Takes over the socket; is in no list yet. */
struct connection *connection_new(struct connections *shared, int fd,
                                  const struct peer *peer) MUST_USE;

/* Closes the socket and leaves all lists. */
void connection_destroy(struct connection **connection);

/* Moves it on to `state`, never back. The first reason stays. */
void connection_end(struct connection *connection, enum connection_state state,
                    enum server_close_reason reason);

/* From CLOSING: from now on it does nothing but write what waits. */
void connection_linger(struct connection *connection);

/* Starts the timer, in place of what there was; one without a limit is none. */
void connection_start_timer(struct connection *connection, enum connection_timer timer);

/* Gives `received` what is held, if it may. */
void connection_offer(struct connection *connection);

/* There is budget for it again: it is read as before. */
void connection_feed(struct connection *connection);

/* Forgets what was put. */
void connection_drop_output(struct connection *connection);

/* Writes what the socket takes, within reason, and waits for it, or for the next turn, with the
 * rest. */
void connection_write(struct connection *connection);

/* To close a socket with bytes unread would reset it, and what is on the way to the peer may then
 * be lost; so they are read, within reason. */
void connection_discard_unread(const struct connection *connection);

#endif
