/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coordination server without its sockets, disk, clock and threads: frames come in, frames and
 * batches go out.
 *
 * A write is checked against the tree and applied to it at once; its reply, and the events that it
 * caused, are held until what it did is durable. Everything that was decided on top of it is held
 * as well, reads included, so nobody ever sees what a crash could take back. Held are two
 * generations: that of the batch that is being committed, and that of the batch which is being
 * filled meanwhile. Only pings overtake: they say nothing about the tree.
 *
 *     service_receive() ... service_seal() -> commit -> service_committed() -> service_next_output()
 *                                                    \-> service_rolled_back()  (the disk is full)
 *
 * After a commit that found the disk full the tree is taken back to what is durable, whoever was
 * owed anything that now never happened is disconnected, and writes are refused with
 * COORD_NOT_READ_ONLY while reads are served, until a commit succeeds again.
 *
 * Pure; belongs to one thread.
 */
#ifndef COORD_SERVER_SERVICE_H
#define COORD_SERVER_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"
#include "base/text.h"
#include "coord/server/acl.h"
#include "coord/server/batch.h"
#include "coord/server/session.h"
#include "coord/server/store.h"
#include "coord/server/tree.h"
#include "coord/server/watch.h"

struct service;
struct service_peer;

struct service_options {
    uint32_t tick_ms;
    uint32_t session_timeout_min_ms;
    uint32_t session_timeout_max_ms;
    size_t frame_max_bytes; /* of a request; a longer one costs its connection */
    size_t sessions_max;
    size_t nodes_max;
    size_t watches_max;
    size_t acls_max;         /* different lists */
    size_t batch_max_rows;   /* beyond it writes wait for the commit */
    size_t batch_max_bytes;  /* the same, of changes that are not durable, and of what came in and
                               will go out with the batch that is being filled */
    size_t output_max_bytes; /* held for one peer: beyond it a peer that watches too much goes */
    uint32_t container_check_ms;
    bool extended_types;      /* nodes with a time to live */
    const char *super_digest; /* "super:base64"; NULL for none. Borrowed for life */
};

/* Generous for one machine; see docs/coord.md. */
struct service_options service_options_default(void);

/* Of the time between a request and its answer. */
struct service_latency {
    uint64_t min_us;
    uint64_t max_us;
    uint64_t total_us;
    uint64_t count;
};

/* What has happened so far; for the four-letter words. */
struct service_counts {
    uint64_t received; /* requests */
    uint64_t sent;     /* answers and events */
    struct service_latency latency;
    size_t outstanding; /* requests whose answers are held */
    uint64_t sessions_expired;
    uint64_t auth_failures;
    uint64_t clients_ahead; /* refused: they had seen a later zxid than there is */
};

struct service *service_new(const struct service_options *options);
void service_destroy(struct service **service);

/* ---- Recovery ------------------------------------------------------------------------------ */

/* Takes what the store has. */
struct store_sink service_sink(struct service *service);

/* After loading: ties the tree together, or plants a new one if the store was empty; all sessions
 * live for a whole timeout from now on. ERR_CORRUPT tells what is wrong with what was loaded. */
enum err service_start(struct service *service, uint64_t now_us, int64_t wall_ms,
                       struct error *error) MUST_USE;

/* ---- Time ---------------------------------------------------------------------------------- */

/* Before anything else in each turn: monotonic time and the wall clock. */
void service_set_time(struct service *service, uint64_t now_us, int64_t wall_ms);

/* Ends sessions that are overdue, and reaps containers and nodes whose time is up; a bounded
 * amount of work, so that others are served in between. */
void service_expire(struct service *service);

/* When service_expire() has something to do; UINT64_MAX for never. */
uint64_t service_deadline_us(const struct service *service);

/* ---- Connections --------------------------------------------------------------------------- */

/* A connection came, from an address without port. `context` is the caller's own. */
struct service_peer *service_connect(struct service *service, const char *address, uint16_t port,
                                     void *context);
void *service_peer_context(const struct service_peer *peer);

/* A whole frame, without its length. */
void service_receive(struct service *service, struct service_peer *peer, const void *frame,
                     size_t size);

/* The connection is gone: frees the peer. Its session lives on. */
void service_disconnect(struct service *service, struct service_peer *peer);

/* The next peer that has bytes to be sent or must be closed, each at most once per change; NULL if
 * there is none. The bytes are to be taken out of *ret_out, which belongs to the peer. */
struct service_peer *service_next_output(struct service *service, struct text **ret_out,
                                         bool *ret_close);

/* Bytes that are held for the peer or ready to be taken. */
size_t service_waiting_bytes(const struct service_peer *peer);

/* Whether so much waits for the disk that writes should wait, too. */
bool service_is_congested(const struct service *service);

/* Whether the frame should wait because of that: reads and pings need not. */
bool service_must_wait(const struct service *service, const void *frame, size_t size);

/* The peer's session is alive though its requests are not being taken. */
void service_touch(struct service *service, struct service_peer *peer);

/* ---- Durability ---------------------------------------------------------------------------- */

/* Whether there is anything to commit. */
bool service_has_batch(const struct service *service);

/* Puts what must be committed into the empty batch. Nothing is being committed at the moment. */
void service_seal(struct service *service, struct batch *batch);

/* What was sealed is durable. */
void service_committed(struct service *service);

/* What was sealed was not written, for the disk is full. */
void service_rolled_back(struct service *service);

/* Writes are refused since a commit found the disk full; service_has_batch() is true then, so that
 * committing is tried again. */
bool service_is_read_only(const struct service *service);

/* ---- Looking in ---------------------------------------------------------------------------- */

const struct tree *service_tree(const struct service *service);
struct sessions *service_sessions(struct service *service);
const struct watches *service_watches(const struct service *service);
int64_t service_zxid(const struct service *service); /* durable */
struct service_counts service_counts(const struct service *service);

/* What `cons` shows of a connection. */
struct service_peer_view {
    uint64_t number;
    const char *address;
    uint16_t port;
    int64_t session_id; /* 0 before the handshake */
    uint32_t timeout_ms;
    uint64_t received;
    uint64_t sent;
    uint64_t queued; /* requests whose replies are held */
    int32_t last_op;
    int32_t last_xid;
    int64_t last_zxid;
    uint64_t established_us;
    uint64_t answered_us; /* the last time */
    uint64_t last_latency_us;
    struct service_latency latency; /* of the last request of each batch */
};

/* In the order of coming; start with NULL; NULL at the end. */
struct service_peer *service_next_peer(const struct service *service,
                                       const struct service_peer *peer);
void service_view_peer(const struct service_peer *peer, struct service_peer_view *ret_view);

/* The connection with the number that a watch or session names; NULL if it is gone. */
struct service_peer *service_find_peer(const struct service *service, uint64_t number);

#endif
