/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a partition remembers of its idempotent producers, so that a batch that is sent again is not
 * appended again, and one that was lost on the way is missed.
 *
 * Of each producer: its epoch, and its last five batches, because a client has no more than five
 * under way. A producer that is not known may begin with any sequence: it may have been forgotten.
 *
 * Bounded: beyond the maximum, the producer that was silent for longest is forgotten. What is
 * remembered is what the batches of the log say, in their order, so it is rebuilt by adding them
 * again. Pure; belongs to one thread.
 */
#ifndef BROKER_LOG_PRODUCERS_H
#define BROKER_LOG_PRODUCERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "broker/log/batch.h"

struct producers;

enum {
    PRODUCERS_BATCHES = 5,
    PRODUCERS_MAX = 10000, /* of one partition */
};

enum producers_verdict {
    PRODUCERS_NEXT,         /* may be appended; also what comes from no producer */
    PRODUCERS_DUPLICATE,    /* was appended before */
    PRODUCERS_OUT_OF_ORDER, /* its sequence does not follow on the last one */
    PRODUCERS_FENCED,       /* the producer has a newer epoch */
};

/* Sequences go from 0 to INT32_MAX and begin again at 0, also within a batch. */
struct producers_batch {
    int32_t base_sequence;
    int32_t last_sequence;
    int64_t base_offset;
    int64_t last_offset;
    int64_t max_timestamp_ms; /* as it was stored: the time of its append, if the topic stamps */
};

struct producers_state {
    int64_t producer_id;
    int64_t seen_ms; /* when its last batch was added */
    int16_t epoch;
    uint8_t batch_count;                               /* 1 .. PRODUCERS_BATCHES */
    struct producers_batch batches[PRODUCERS_BATCHES]; /* the oldest first */
};

/* Nothing is allocated for producers before the first one. */
struct producers *producers_new(size_t producers_max) MUST_USE;
void producers_destroy(struct producers **producers);

/* Whether a batch for which batch_fault() is NULL may be appended. ret_first is that of a duplicate. */
enum producers_verdict producers_check(const struct producers *producers,
                                       const struct batch_head *head,
                                       struct producers_batch *ret_first) MUST_USE;

/* Remembers a batch of the log: `head` as it was stored, with its offsets. Also one that
 * producers_check() would refuse, because the log is the truth. A batch from no producer does
 * nothing. On recovery `now_ms` is the time of the recovery. */
void producers_add(struct producers *producers, const struct batch_head *head, int64_t now_ms);

/* Forgets who was silent for `expiry_ms` or longer. */
void producers_expire(struct producers *producers, int64_t now_ms, uint64_t expiry_ms);

/* Forgets all. */
void producers_clear(struct producers *producers);

size_t producers_count(const struct producers *producers);

/* The one that was silent for longest, and who comes after it; NULL at the end. Borrowed until the
 * next change. */
const struct producers_state *producers_first(const struct producers *producers);
const struct producers_state *producers_next(const struct producers *producers,
                                             const struct producers_state *state);

/* NULL if it is not known. Borrowed until the next change. */
const struct producers_state *producers_find(const struct producers *producers,
                                             int64_t producer_id);

/* Puts back what producers_first() and producers_next() gave, in their order. */
void producers_restore(struct producers *producers, const struct producers_state *state);

#endif
