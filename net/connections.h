/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All connections of a server, as its loop sees them: for server.c alone, owners see net/server.h.
 * One connection and its states: net/connection.h. Loop's thread only.
 */
#ifndef NET_CONNECTIONS_H
#define NET_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "net/connection.h"
#include "net/peer.h"
#include "net/ration.h"
#include "net/server.h"

struct census;
struct event_base;

/* What the connections of one server share. */
struct connections {
    struct event_base *base;
    struct census *census;
    struct server_handlers handlers;
    void *owner;
    size_t input_max_bytes;
    size_t output_max_bytes;
    uint64_t timer_max_ns[CONNECTION_TIMER_COUNT]; /* 0: no limit */
    unsigned char *scratch;                        /* what every connection reads into */
    struct ration ration;
    struct server_counts counts;
    bool turn_again; /* a paused connection was written to: its owner may want to resume it */

    struct list all;
    struct list to_write; /* something was put in this turn, or a socket has room again */
    struct list to_offer; /* resumed while they held input */
    struct list ending;   /* CLOSING, BROKEN, or LINGERING with all written */
    struct list timed[CONNECTION_TIMER_COUNT]; /* the first to expire first */
};

void connections_init(struct connections *connections, const struct server_options *options,
                      const struct server_handlers *handlers, void *owner);

/* Closes all, `closed` included. */
void connections_close(struct connections *connections);

/* There is no connection left. */
void connections_done(struct connections *connections);

/* Takes over a socket that was counted in the census. */
void connections_open(struct connections *connections, int fd, const struct peer *peer);

/* The steps of a turn, in this order; the events come after the first. */
void connections_offer(struct connections *connections);
void connections_expire(struct connections *connections, uint64_t now_ns);
void connections_write(struct connections *connections);
void connections_reap(struct connections *connections);
void connections_feed(struct connections *connections);

/* Whether the next turn should not wait. */
bool connections_have_work(const struct connections *connections);

/* When connections_expire() has something to do; UINT64_MAX for never. */
uint64_t connections_deadline_ns(const struct connections *connections);

#endif
