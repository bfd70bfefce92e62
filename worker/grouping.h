/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides which task of a subscriber gets a tuple.
 *
 * One grouping for each sender task and subscription. Those that yield one target are decided here;
 * `all` sends to every target, `direct` to the one the sender names, and `custom` asks the user's
 * function, so grouping_pick() is not called for them.
 *
 * Pure: randomness comes from a seed. A grouping belongs to one loop.
 */
#ifndef WORKER_GROUPING_H
#define WORKER_GROUPING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "wire/plan.h"

struct grouping {
    enum plan_grouping kind;
    uint32_t target_count;
    uint32_t *order;      /* shuffles: the targets in the order of this round */
    uint32_t order_count; /* all targets, or those of the own worker */
    uint32_t next;        /* shuffles: place in `order` */
    uint64_t *sent;       /* partial key: how much each target got from here */
    struct rng rng;
};

struct grouping_options {
    enum plan_grouping kind;
    uint32_t target_count;  /* at least 1 */
    const uint32_t *locals; /* local-or-shuffle: indices of the targets in the own worker */
    uint32_t local_count;
    uint64_t seed;
};

void grouping_init(struct grouping *grouping, const struct grouping_options *options);
void grouping_done(struct grouping *grouping);

/* Whether the key's hash matters to grouping_pick(). */
static inline bool grouping_is_keyed(const struct grouping *grouping)
{
    return grouping->kind == PLAN_FIELDS || grouping->kind == PLAN_PARTIAL_KEY;
}

/* The task that owns a hash: floor(upper 32 bits x count / 2^32). */
static inline uint32_t grouping_of_hash(uint64_t hash, uint32_t target_count)
{
    return (uint32_t)(((hash >> 32) * target_count) >> 32);
}

/* The index of the target for one tuple. Every call moves the grouping on. */
uint32_t grouping_pick(struct grouping *grouping, uint64_t hash);

#endif
