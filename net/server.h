/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TCP server loop that coord and the broker stand on: one thread, many connections, bytes in
 * and bytes out. It knows nothing of what the bytes mean.
 *
 * A turn of the loop: wait until a socket, a deadline or another thread has something; give every
 * readable connection's bytes to `received`; call `turn` once; then write what was put. So an owner
 * that answers many requests in one turn pays for one write per connection, and has one place where
 * it can gather work of many connections into one commit.
 *
 * Limits: connections in all and per address (a further one is closed at once and counted), bytes
 * held for a peer that does not read (then it is closed), time until a connection has said
 * anything, in the middle of a frame, and between two of them, bytes read (256 KiB, or 1 MiB within a
 * large frame) and sent from files (1 MiB) per connection and turn. Input is bounded by its owner,
 * who says how much of it was used: what `received` leaves is kept and offered again with more
 * behind it, up to input_max_bytes. It takes memory as it comes, whatever a peer says will come. An
 * idle connection keeps no buffers.
 *
 * Input of all connections together has a budget. Beyond it a connection is read further only if it
 * holds less than its share (budget / connections_max, 16 KiB at least), or if its frame is the one
 * that began first; the others wait, in the kernel, until there is budget again. So what is held can
 * exceed the budget by the shares and one frame.
 *
 * When a peer closes, or only its sending side, what it sent is offered first and what was put is
 * written; then it is closed. Answers that come in a later turn are too late, unless the connection
 * is paused meanwhile: a paused one does not notice that its peer is gone.
 *
 * Nobody's signals are touched: to write to a peer that is gone raises no SIGPIPE.
 *
 * Everything here belongs to the thread that runs the loop, one at a time, except server_wake() and
 * server_stop(), which any thread, and server_stop() even a signal handler, may call.
 */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct server;
struct connection;

enum server_close_reason {
    SERVER_CLOSE_PEER,     /* it closed, or its network did */
    SERVER_CLOSE_OWNER,    /* connection_close() */
    SERVER_CLOSE_SLOW,     /* more than output_max_bytes waited for it */
    SERVER_CLOSE_INPUT,    /* input_max_bytes are held, and `received` could use none of them */
    SERVER_CLOSE_SILENT,   /* said nothing of use within silence_max_ms of its arrival */
    SERVER_CLOSE_STALLED,  /* within a frame, and too little came of it for frame_max_ms */
    SERVER_CLOSE_IDLE,     /* nothing came, went or waited for idle_max_ms */
    SERVER_CLOSE_FILE,     /* a file that was put is shorter than was said, or cannot be read */
    SERVER_CLOSE_SHUTDOWN, /* the server is being destroyed */
};

/* The owner's side. Called by the loop's thread only, never within each other: what is done to
 * other connections takes effect, and is told, later. All four are there. */
struct server_handlers {
    /* A connection came; may put, pause and close. Returns what connection_context() yields from
     * now on; may be NULL. */
    void *(*opened)(void *owner, struct connection *connection);

    /* Bytes came. Returns how many were used, 0 .. size; the rest is offered again when more has
     * come or connection_resume() was called, be it in here: then in the next turn, at once. May
     * put, pause and close. */
    size_t (*received)(void *owner, struct connection *connection, const void *bytes, size_t size);

    /* The connection is gone and must not be touched after the return. Comes at the end of a turn,
     * exactly once for each `opened`. What is put to others here is written after the next `turn`,
     * which follows at once. */
    void (*closed)(void *owner, struct connection *connection, enum server_close_reason reason);

    /* Once per turn, after all that came was received and before anything is written. Returns when
     * it wants its next turn at the latest, in clock_now_ns()'s time; UINT64_MAX for whenever. A
     * turn may come earlier and find nothing to do. */
    uint64_t (*turn)(void *owner, uint64_t now_ns);
};

struct server_options {
    const char *address; /* "127.0.0.1:2181", "[::1]:0", "*:2181"; port 0 is any free one. Copied */
    size_t connections_max;             /* in all */
    size_t connections_per_address_max; /* 0: no limit. Loopback counts too. */
    size_t input_max_bytes;             /* a frame that is larger than this cannot be received */
    size_t input_budget_bytes; /* input of all that is held; 0: no limit. Needs a frame_max_ms. */
    size_t output_max_bytes;   /* waiting for a peer that does not read */
    uint64_t silence_max_ms;   /* from accept until bytes of it were used; 0: no limit */
    uint64_t frame_max_ms;     /* for 64 KiB of a frame that has begun, or its end; 0: no limit */
    uint64_t idle_max_ms;      /* with nothing received, sent or waiting; 0: no limit */
};

struct server_counts {
    uint64_t connections;           /* now */
    uint64_t accepted;              /* ever */
    uint64_t refused;               /* for a limit, ever; not among the accepted */
    uint64_t closed_slow;           /* ever */
    uint64_t closed_stalled;        /* ever */
    uint64_t closed_idle;           /* ever */
    uint64_t bytes_received;        /* ever */
    uint64_t bytes_sent;            /* ever */
    uint64_t bytes_sent_from_files; /* of these */
    uint64_t input_held_bytes;      /* now */
};

/* Makes the loop. It does not listen yet, so that an owner can recover first. Aborts where the
 * system has not the three descriptors that a loop needs, as it does without memory. */
struct server *server_new(const struct server_options *options,
                          const struct server_handlers *handlers, void *owner) MUST_USE;

/* Closes every connection (`closed` is called) and frees all. */
void server_destroy(struct server **server);

/* Binds and listens; connections are accepted from the first turn on. Errors name the address and
 * the remedy. Once. */
enum err server_listen(struct server *server, struct error *error) MUST_USE;

/* The port that was bound; 0 before. */
uint16_t server_port(const struct server *server);

/* Runs until server_stop() or server_leave(); what was put is written as far as the sockets take it
 * at once. May be called again, by another thread too, if that comes after the first in the sense of
 * a lock. The first turn comes at once: it sees what was done outside. */
void server_run(struct server *server);

/* Ends server_run() after the turn it is in, in which it is called, by a handler. Costs nothing: it
 * is for an owner who does between two turns what takes long. A stop in the same turn is kept for
 * the next run. */
void server_leave(struct server *server);

/* Ends server_run() after the turn it is in; one that has not begun yet returns without a turn. */
void server_stop(struct server *server);

/* Makes the loop turn soon: what was done before the call is seen by that turn. Cheap when many
 * threads do it. */
void server_wake(struct server *server);

struct server_counts server_counts(const struct server *server);

/* Appends to what is waiting to be written; copies. After connection_close() it does nothing.
 * Beyond output_max_bytes the peer counts as slow, is closed and gets nothing more. One turn's input
 * can ask for a lot: an owner whose answers are larger than the questions watches
 * connection_waiting_bytes(), pauses in time and resumes in `turn`. After something was written to
 * a paused connection there is another turn at once, so that none is missed. */
void connection_put(struct connection *connection, const void *bytes, size_t size);

/* What each piece of a file that waits counts against output_max_bytes: it is noted somewhere. */
#define CONNECTION_FILE_COST ((size_t)128)

/* Appends `size` bytes of a regular file from `position`, behind all that was put before. They
 * never pass through this process (sendfile), take no memory and do not count against
 * output_max_bytes. That pays from some 16 KiB on; fewer are cheaper read and put. If the file ends
 * early the connection is closed (SERVER_CLOSE_FILE), as the peer was promised more.
 *
 * Until `release` is called `fd` stays open; bytes that change meanwhile may arrive in either form.
 * It is called exactly once: when all was sent or is not needed any more, in here (no bytes, or the
 * connection is closing) or later, before `closed` at the latest. It may itself call nothing of this
 * header but server_wake(). */
void connection_put_file(struct connection *connection, int fd, uint64_t position, size_t size,
                         void (*release)(void *context), void *context);

/* Closes it at the end of the turn, after writing what was put. If the socket does not take all of
 * it at once, then when it has, but two seconds later at the latest. Nothing is received any more.
 * Idempotent. */
void connection_close(struct connection *connection);

/* Stops and goes on calling `received`; bytes wait in the kernel. Both are idempotent and cheap. */
void connection_pause(struct connection *connection);
void connection_resume(struct connection *connection);

void *connection_context(const struct connection *connection);

/* The peer's address without port, "127.0.0.1" or "::1"; an IPv4 peer of an IPv6 socket is shown as
 * IPv4. Borrowed. */
const char *connection_address(const struct connection *connection);
uint16_t connection_port(const struct connection *connection);

enum {
    CONNECTION_HOST_MAX = 46, /* an address as text, with the final NUL */
};

/* Our own address on this connection, without port: what the peer reached us by. "" if the system does not
 * tell. Asks it each time. */
void connection_local_address(const struct connection *connection,
                              char ret_host[CONNECTION_HOST_MAX]);

/* Bytes put and not yet taken by the socket: those in memory, and those of files. */
size_t connection_waiting_bytes(const struct connection *connection);
uint64_t connection_waiting_file_bytes(const struct connection *connection);

#endif
