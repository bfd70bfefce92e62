/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends a topology that has an end, over all its workers: what the conductor does for one worker
 * (worker/conductor.h), the first worker of the assignment does for all.
 *
 *     lead    --POLL round-->  each       --ANSWER: rests, done, drained, holds, activity-->  lead
 *     lead    --ORDER number, kind, rank-->  each                     --DONE number-->        lead
 *
 * Nothing moves anywhere when all workers say so in two rounds, the second begun after the first was
 * answered in full, and none has done anything between the two. What is on its way from one worker to
 * another needs no counting: the sender does not rest before the receiver has read it.
 *
 * Messages may be lost: the lead says again what was not answered. A worker that comes or goes makes the
 * lead begin anew. Pure; one thread.
 */
#ifndef WORKER_CHORUS_H
#define WORKER_CHORUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"

/* A worker, as its own conductor sees it. */
struct chorus_voice {
    bool rests;        /* its loops do nothing, and nothing of it is on the way */
    bool is_done;      /* its spouts will emit nothing unless a tree fails */
    bool is_drained;   /* and none of their trees is open */
    bool holds;        /* a bolt holds tuples that its finish was not asked about */
    uint64_t activity; /* grows with everything that its loops do */
    uint64_t obeyed;   /* number of the last order of the chorus that its loops have done */
};

enum chorus_order {
    CHORUS_FLUSH = 1,  /* finish the bolts that hold tuples */
    CHORUS_FINISH = 2, /* finish the bolts of one rank */
    CHORUS_CLOSE = 3,  /* the topology has ended */
};

struct chorus_host {
    /* Sends a message to a member; it may be lost. */
    void (*say)(void *context, uint32_t member, const void *bytes, size_t size);

    /* Has the own loops do it. `number` comes back in chorus_voice.obeyed. */
    void (*obey)(void *context, enum chorus_order order, uint32_t rank, uint64_t number);
};

struct chorus;

/* `seed` makes the numbers of orders differ from those of a lead before. */
struct chorus *chorus_new(const struct chorus_host *host, void *context, uint32_t rank_max,
                          uint64_t seed) MUST_USE;
void chorus_destroy(struct chorus **chorus);

/* There are so many workers, and we are number `self`; 0 leads. Also when one was started anew: what was
 * known of the others is forgotten. Those who go by another version of the assignment are not heard. */
void chorus_assign(struct chorus *chorus, uint64_t version, uint32_t members, uint32_t self);

/* A message of a member; bytes that are none are passed over. */
void chorus_hear(struct chorus *chorus, uint32_t from, const void *bytes, size_t size,
                 const struct chorus_voice *own, uint64_t now_ns);

/* Looks at the own voice, and says what is due. */
void chorus_step(struct chorus *chorus, const struct chorus_voice *own, uint64_t now_ns);
uint64_t chorus_deadline_ns(const struct chorus *chorus);

#endif
