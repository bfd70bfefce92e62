/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a loop sends: lanes, blocks and credit.
 *
 * A lane leads from this loop to the tasks of one component on one loop (maybe this one), or carries
 * acks or fails to one loop. Records are appended to the lane's open block; a block leaves when it
 * is full or when the turn ends. At most `limit` blocks of a lane are at the receiver; each comes
 * back when it has been read, and that is the credit.
 *
 *     append --> open --(full, or flush)--> receiver --> outbox_take_back()
 *                  \--(no credit)--> waiting --/
 *
 * A lane with waiting blocks has no room: the loop then stops taking input for the tasks that feed
 * it. What is being executed at that moment may still append, up to waiting_bytes_max, because emit
 * never blocks. A lane without credit goes on filling its open block, so the busier the receiver
 * the fuller the blocks.
 *
 * Blocks go through one pair of rings for each pair of loops: forward with records, back empty.
 * Since no lane has more than `limit` blocks out, neither ring can be full.
 *
 * Blocks for other workers go to the postman (worker/postman.h), who brings them back when the other
 * worker has read them; the credit is the same.
 *
 * The outbox belongs to its loop; only the rings are shared.
 */
#ifndef WORKER_OUTBOX_H
#define WORKER_OUTBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/parker.h"
#include "base/ring.h"
#include "wire/block.h"
#include "worker/intake.h"

#define OUTBOX_POOL_MAX     64u        /* empty blocks of each kind kept for the next */
#define OUTBOX_ROTATION_MIN (1u << 20) /* bytes in rotation between loops, see take_empty() */

/* The rings between two loops. */
struct link {
    struct ring forward;
    struct ring back;
    struct parker *receiver; /* woken when a block comes */
    struct parker *sender;   /* woken when one comes back, if it wants room */
    _Atomic bool *sender_wants_room;
};

struct outbox;

struct lane {
    _Alignas(128) struct outbox *outbox; /* lanes of different loops share no cache line */
    struct link *link;                   /* to another loop of this worker */
    void *remote; /* to another worker. Neither: to the own loop, or nowhere */
    struct block *open;
    struct block *waiting_first;
    struct block *waiting_last;
    uint64_t waiting_bytes;
    uint64_t waiting_bytes_max;
    uint32_t out;   /* blocks at the receiver; a large one counts as the usual ones it is like */
    uint32_t limit; /* of them; the last one may go beyond */
    uint16_t component;
    uint16_t loop; /* of the other worker */
    uint8_t kind;  /* enum block_kind */
    bool is_dirty; /* stands in the outbox's list of lanes to flush */
};

/* The blocks that the own loop's tasks are to read, in order. */
struct block_queue {
    struct block *first;
    struct block *last;
    uint64_t bytes; /* that its blocks can hold */
};

struct outbox {
    uint32_t block_bytes;
    uint32_t full_lanes;     /* data lanes with waiting blocks */
    uint32_t full_ack_lanes; /* the same for acks and fails */
    uint32_t dirty_count;
    struct lane **dirty;     /* lanes with an open block */
    struct block_queue near; /* empty blocks that were read here, the last one first */
    struct block_queue away; /* empty blocks that came back from other loops, the first one first */
    uint32_t near_count;
    uint32_t away_count;
    uint32_t rotation;          /* blocks that are out at other loops or in `away` */
    struct block_queue *queues; /* of the own loop, by component; borrowed */
    uint64_t sent;              /* blocks handed to other loops of this worker */
    uint64_t abroad;            /* blocks at other workers, or on the way */
    struct intake *post;        /* for blocks that go there; NULL without other workers */
    struct parker *postman;
};

/* What happened to a block that passes between a loop and the postman. */
enum outbox_way {
    OUTBOX_OUT,    /* to the postman: send it */
    OUTBOX_READ,   /* to the postman: it came from another worker and has been read */
    OUTBOX_IN,     /* to the loop: it came from another worker */
    OUTBOX_ASTRAY, /* the same, but its tasks are not here (any more) */
    OUTBOX_BACK,   /* to the loop: it was sent, and has been read there */
    OUTBOX_LOST,   /* to the loop: the worker is gone that it was sent to */
};

struct outbox_options {
    uint32_t block_bytes;
    struct block_queue *queues;
    struct intake *post; /* NULL without other workers, like the next */
    struct parker *postman;
};

void outbox_init(struct outbox *outbox, const struct outbox_options *options);

/* There may be so many lanes from now on; never fewer than before. */
void outbox_allow(struct outbox *outbox, uint32_t lanes_max);

/* The lanes are the caller's and must be done first. */
void outbox_done(struct outbox *outbox);

struct lane_options {
    struct link *link;          /* as in the lane */
    void *remote;               /* as in the lane */
    uint16_t loop;              /* as in the lane */
    bool is_nowhere;            /* what is appended waits */
    uint32_t limit;             /* blocks at the receiver, at least 1 */
    uint64_t waiting_bytes_max; /* beyond that */
    uint16_t component;
    enum block_kind kind;
};

void lane_init(struct lane *lane, struct outbox *outbox, const struct lane_options *options);
void lane_done(struct lane *lane);

/* The slow half of lane_append(). */
void *lane_append_new(struct lane *lane, uint32_t size);

/* Room for a record of `size` bytes (a multiple of 8). NULL if more than waiting_bytes_max already
 * wait on the lane. */
static inline void *lane_append(struct lane *lane, uint32_t size)
{
    void *record = lane->open == NULL ? NULL : block_append(lane->open, size);

    return record != NULL ? record : lane_append_new(lane, size);
}

static inline bool lane_has_room(const struct lane *lane)
{
    return lane->waiting_first == NULL;
}

/* Hands over the open block, if there is one and the lane has credit. */
void lane_flush(struct lane *lane);

/* Hands over every open block that has credit; returns whether any was. */
bool outbox_flush(struct outbox *outbox);

/* Takes out what has not been handed over, in order: the waiting blocks, then the open one. */
struct block *lane_empty(struct lane *lane);

/* A block of lane_empty() is not needed any more. */
void lane_drop(struct lane *lane, struct block *block);

/* A block of this outbox was read and is empty again: the lane has more credit. */
void outbox_take_back(struct outbox *outbox, struct block *block);

/* Nothing is open, nothing waits. */
static inline bool outbox_is_empty(const struct outbox *outbox)
{
    return outbox->dirty_count == 0 && outbox->full_lanes == 0 && outbox->full_ack_lanes == 0;
}

/* Gives a block that came over the link back to its sender. */
void link_return(struct link *link, struct block *block);

void block_queue_push(struct block_queue *queue, struct block *block);
void block_queue_push_first(struct block_queue *queue, struct block *block);
struct block *block_queue_pop(struct block_queue *queue); /* NULL if empty */

#endif
