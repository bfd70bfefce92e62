/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elects one leader among candidates. The candidate whose seat (coord/recipes/seat.h) is at the
 * front raises the epoch, which stands in the node whose children the seats are, by compare-and-set
 * in one multi with a check of its own seat, and then leads:
 *
 *     /nimbus/leader                       "7 9f2c...-x-0000000012\n" and what the leader says
 *     /nimbus/leader/9f2c...-x-0000000012  its seat
 *     /nimbus/leader/03aa...-x-0000000013  the next one's, who watches the seat before
 *
 * The epoch only grows. A lost answer is found out by reading whose seat the node names. While
 * disconnected a leader is suspended: the session may end without its knowing. If the session is
 * found alive it leads on in the same epoch, otherwise it has lost and is a candidate again.
 * Whatever it writes as a leader goes through election_fence().
 *
 * Pure. A recipe made while there is a connection is given the last CONNECTED event first.
 */
#ifndef COORD_RECIPES_ELECTION_H
#define COORD_RECIPES_ELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "coord/call.h"
#include "coord/event.h"
#include "coord/fence.h"

struct election;

enum {
    ELECTION_DATA_MAX = 64 * 1024, /* bytes of what the leader says */
    ELECTION_ROUNDS_MAX = 32,      /* of raising the epoch in vain; then it has failed */
};

struct election_options {
    uint32_t number;  /* of the recipe, for its tags */
    const char *path; /* "/nimbus/leader" */
    const char *note; /* in the seat, for people: who this is */
    const void *data; /* what stands behind the epoch while we lead: address and so on */
    size_t size;
    struct rng *rng;
};

enum election_verdict {
    ELECTION_NO_NEWS,
    ELECTION_WON,       /* we lead: election_epoch() */
    ELECTION_SUSPENDED, /* the connection is gone: stop acting */
    ELECTION_RESUMED,   /* the session lives: lead on, same epoch */
    ELECTION_LOST,      /* we led, and do not any more; a candidate again */
    ELECTION_RESIGNED,  /* the seat is given up, as asked; may be started again */
    ELECTION_FAILED,    /* election_error(); a candidate that does nothing until it is retried */
};

struct election *election_new(const struct election_options *options) MUST_USE;
void election_destroy(struct election **election);

/* Becomes a candidate. */
void election_start(struct election *election, struct coord_calls *calls);

/* Gives up seat and leadership; leads no more from now on. Also the answer to FENCE_OUT: resign and
 * start again. True if there was no seat to give up: then no verdict follows. */
bool election_resign(struct election *election, struct coord_calls *calls);

/* Goes on after ELECTION_FAILED; the caller has waited. */
void election_retry(struct election *election, struct coord_calls *calls);

enum election_verdict election_step(struct election *election, const struct coord_event *event,
                                    struct coord_calls *calls);

/* We lead and are not suspended. */
bool election_is_leader(const struct election *election);

/* The key to all that a leader writes; NULL unless election_is_leader(). Borrowed until the next
 * step. */
const struct fence *election_fence(const struct election *election);

/* Of our last win; 0 before the first. */
uint64_t election_epoch(const struct election *election);

enum coord_error election_error(const struct election *election);

/* What the election's node holds; the texts point into the node's data. */
struct election_view {
    uint64_t epoch;   /* 0: nobody has led yet */
    const char *seat; /* of the last who won; whether it still leads is not said here */
    size_t seat_size;
    const char *data; /* of the leader; not ended by a zero byte of ours */
    size_t size;
};

/* False if the bytes are not those of an election's node. Null data is epoch 0. */
bool election_read(const char *data, size_t size, struct election_view *ret_view) MUST_USE;

#endif
