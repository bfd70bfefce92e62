/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries blocks between the loops of this worker and the other workers of its topology: one peer
 * (worker/peer.h) for each of them. What a loop wants sent it puts into worker.post; what comes, and
 * what comes back, the postman puts into the loop's inbox.
 *
 *     loop --OUT--> postman --> peer --> host --> the network
 *     loop <--IN--- postman <-- peer <-----------'      a block that came, checked and copied
 *     loop --READ-> postman --> peer                    ... has been read: credit for its sender
 *     loop <--BACK, LOST-- postman <-- peer             a block that was sent is ours again
 *
 * Acks and fails for a worker that is gone are dropped: the trees are gone with it.
 *
 * Pure but for the loops' atomics. One thread.
 */
#ifndef WORKER_POSTMAN_H
#define WORKER_POSTMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/parker.h"
#include "wire/plan.h"
#include "worker/peer.h"

#define POSTMAN_NO_MEMBER UINT32_MAX

struct postman;
struct worker;

/* Another worker. It stays, with its address in memory, as long as the postman does. */
struct remote {
    char *supervisor;
    uint32_t slot;
    struct postman *postman;
    struct peer *peer;
    uint32_t member;  /* index in the assignment; POSTMAN_NO_MEMBER: not in it */
    bool has_credits; /* to be flushed in this turn */
    bool has_left;    /* it said that it sends nothing more: it may not answer either */
    void *way;        /* the host's */
};

struct postman_host {
    /* Sends a frame of head and payload, copying both. */
    void (*send)(void *context, struct remote *remote, const struct frame_head *head,
                 const void *payload, size_t size);

    /* A TALK came; or the link to the worker is up, down, ... */
    void (*hear)(void *context, struct remote *remote, const void *payload, size_t size);
    void (*changed)(void *context, struct remote *remote, enum peer_news news);

    /* The remote goes, and `way` with it. */
    void (*forget)(void *context, struct remote *remote);
};

struct postman_options {
    const char *topology; /* copied, like the next */
    const char *supervisor;
    uint32_t slot;
    uint64_t incarnation;
    uint32_t block_bytes;
    uint64_t seed;
    const struct postman_host *host; /* borrowed, with its context */
    void *context;
};

enum {
    POSTMAN_REMOTES_MAX = 4096,
};

struct postman *postman_new(const struct postman_options *options) MUST_USE;

/* Every block that it has sent goes back to its loop first. Before worker_destroy(), when no loop is
 * turned any more. */
void postman_destroy(struct postman **postman);

/* What loops wake, and the owner sleeps on; to be given to worker_new(). */
struct parker *postman_parker(struct postman *postman);

/* Once, before the first turn. */
void postman_attach(struct postman *postman, struct worker *worker);

/* The worker of this place, a new one if need be. NULL beyond POSTMAN_REMOTES_MAX. */
struct remote *postman_remote(struct postman *postman, const char *supervisor, uint32_t slot);

/* The members of the assignment of this version, in its order; NULL for ourselves. What was sent to a
 * worker that is not among them is lost. */
void postman_assign(struct postman *postman, uint64_t version, struct remote *const members[],
                    uint32_t count, uint64_t now_ns);

/* The links to all members are up. */
bool postman_is_linked(const struct postman *postman);

void postman_receive(struct postman *postman, const void *bytes, size_t size, uint64_t now_ns);

/* Takes what the loops have put, and does what is due. Returns whether there was anything. */
bool postman_turn(struct postman *postman, uint64_t now_ns);
bool postman_has_input(const struct postman *postman);
uint64_t postman_deadline_ns(const struct postman *postman);

/* Nothing more will be sent. postman_has_left() when the others know. */
void postman_leave(struct postman *postman, uint64_t now_ns);
bool postman_has_left(const struct postman *postman);

struct postman_counts {
    struct peer_counts peers; /* together */
    uint64_t strange;         /* frames that no link, or no worker of the assignment, belongs to */
    uint64_t untrue;          /* blocks that were none */
    uint64_t astray;          /* blocks for tasks that are not here */
    uint32_t links;           /* to members */
    uint32_t links_up;
};

struct postman_counts postman_counts(const struct postman *postman);

#endif
