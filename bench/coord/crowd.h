/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many clients in one thread, on one epoll. What happens to them comes one event after the other:
 *
 *     crowd_end(crowd, client, begin);                  calls are gathered ...
 *     event = crowd_next(crowd, deadline_ns);           ... and sent here, before it waits
 *
 * A client's calls of one turn leave in one write, and its answers come in one read, so that the
 * load generator costs less than the server that it measures. What the protocol forbids (an answer
 * out of order, a torn frame) ends the program.
 */
#ifndef BENCH_COORD_CROWD_H
#define BENCH_COORD_CROWD_H

#include <stddef.h>
#include <stdint.h>

#include "bench/coord/client.h"
#include "coord/protocol/message.h"

/* How long a server may say nothing. */
#define CROWD_PATIENCE_NS 60000000000u

enum {
    CROWD_BATCH = 40, /* connecting at a time: fewer than ZooKeeper lets wait */
};

enum crowd_event_kind {
    CROWD_OPENED, /* a session is there */
    CROWD_ANSWER, /* to the client's oldest call without one */
    CROWD_PONG,   /* to the oldest ping without one */
    CROWD_WATCH,  /* something that was watched has happened */
    CROWD_CLOSED, /* by the server, or it could not be reached */
    CROWD_TIMEOUT,
};

struct crowd_event {
    enum crowd_event_kind kind;
    struct client *client; /* NULL for a timeout */
    uint64_t now_ns;       /* when it was read */
    int32_t error;         /* of an answer; 0 is none */
    struct jute_in body;   /* of an answer without error; until the next call */
};

struct crowd;

struct crowd *crowd_new(uint16_t port, uint32_t clients) MUST_USE;
void crowd_destroy(struct crowd **crowd);

uint32_t crowd_size(const struct crowd *crowd);
struct client *crowd_client(struct crowd *crowd, uint32_t index);

/* Begins to connect; CROWD_OPENED or CROWD_CLOSED will tell. */
void crowd_connect(struct crowd *crowd, uint32_t index, int32_t timeout_ms);

/* Connects everybody, a few at a time, and waits until all have a session; a failure ends the
 * program. */
void crowd_connect_all(struct crowd *crowd, int32_t timeout_ms);

/* Between the two the body is put into client->out. */
size_t crowd_begin(struct client *client, enum message_op op) MUST_USE;
void crowd_end(struct crowd *crowd, struct client *client, size_t begin);

void crowd_ping(struct crowd *crowd, struct client *client);

/* The next event, or CROWD_TIMEOUT at that time of clock_now_ns(). */
struct crowd_event crowd_next(struct crowd *crowd, uint64_t deadline_ns);

/* The next event, which must be of that kind and without error, and come within a minute. */
struct crowd_event crowd_await(struct crowd *crowd, enum crowd_event_kind kind);

#endif
