/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A double barrier: parties enter together, when so many are there, and leave together, when all
 * that are still alive want to. It can be used again and again.
 *
 *     <path>/members/<guid>   ephemeral: a party that is in, or waits to get in
 *     <path>/ready            a round runs
 *
 * `ready` is made in one multi that checks as many members, so at that instant all of them were
 * there; a party enters if its own node is older than `ready`. It is removed in one multi that
 * deletes `members` (which fails as long as there is one) and makes it again; so a round ends for
 * good, also when all of its parties have died, and nobody enters by what a former round has left.
 * Who comes while a round runs waits for its end. Pure. A recipe made while there is a connection
 * is given the last CONNECTED event first.
 */
#ifndef COORD_RECIPES_DOUBLE_BARRIER_H
#define COORD_RECIPES_DOUBLE_BARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "coord/call.h"
#include "coord/event.h"

struct double_barrier;

enum {
    DOUBLE_BARRIER_PARTIES_MAX = COORD_PARTS_MAX - 1,
};

enum double_barrier_verdict {
    DOUBLE_BARRIER_NO_NEWS,
    DOUBLE_BARRIER_ENTERED,
    DOUBLE_BARRIER_LEFT,   /* all have left, or we had not entered; may be entered again */
    DOUBLE_BARRIER_LOST,   /* we were in, and our session is over: the others do not wait for us */
    DOUBLE_BARRIER_FAILED, /* double_barrier_error(); nothing happens until it is retried */
};

/* `parties` is 1 .. DOUBLE_BARRIER_PARTIES_MAX. */
struct double_barrier *double_barrier_new(uint32_t number, const char *path, size_t parties,
                                          struct rng *rng) MUST_USE;
void double_barrier_destroy(struct double_barrier **barrier);

/* Wants to get in. Nothing happens unless it is out: not before DOUBLE_BARRIER_LEFT or _LOST. */
void double_barrier_enter(struct double_barrier *barrier, struct coord_calls *calls);

/* Wants to get out, at any moment. True if it is out at once: then no verdict follows. */
bool double_barrier_leave(struct double_barrier *barrier, struct coord_calls *calls);

void double_barrier_retry(struct double_barrier *barrier, struct coord_calls *calls);

enum double_barrier_verdict double_barrier_step(struct double_barrier *barrier,
                                                const struct coord_event *event,
                                                struct coord_calls *calls);

enum coord_error double_barrier_error(const struct double_barrier *barrier);

#endif
