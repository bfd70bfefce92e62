/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/grouping.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"

static bool is_shuffle(enum plan_grouping kind)
{
    return kind == PLAN_SHUFFLE || kind == PLAN_LOCAL_OR_SHUFFLE;
}

/* Fisher and Yates. */
static void shuffle(struct grouping *grouping)
{
    for (uint32_t left = grouping->order_count; left > 1; left--) {
        uint32_t pick = rng_below(&grouping->rng, left);
        uint32_t last = grouping->order[left - 1];
        grouping->order[left - 1] = grouping->order[pick];
        grouping->order[pick] = last;
    }
}

static void init_order(struct grouping *grouping, const struct grouping_options *options)
{
    bool local = options->kind == PLAN_LOCAL_OR_SHUFFLE && options->local_count > 0;

    grouping->order_count = local ? options->local_count : options->target_count;
    grouping->order = NEW_ARRAY(uint32_t, grouping->order_count);
    for (uint32_t i = 0; i < grouping->order_count; i++)
        grouping->order[i] = local ? options->locals[i] : i;
    shuffle(grouping);
}

void grouping_init(struct grouping *grouping, const struct grouping_options *options)
{
    ASSERT(options->target_count > 0);

    *grouping = (struct grouping){.kind = options->kind, .target_count = options->target_count};
    rng_init(&grouping->rng, options->seed);
    if (is_shuffle(options->kind))
        init_order(grouping, options);
    if (options->kind == PLAN_PARTIAL_KEY)
        grouping->sent = NEW_ARRAY(uint64_t, options->target_count);
}

void grouping_done(struct grouping *grouping)
{
    free(grouping->order);
    free(grouping->sent);
    *grouping = (struct grouping){0};
}

static uint32_t pick_next(struct grouping *grouping)
{
    if (grouping->next == grouping->order_count) {
        grouping->next = 0;
        if (grouping->order_count > 1)
            shuffle(grouping);
    }
    return grouping->order[grouping->next++];
}

/* Both halves of the hash name a target, never the same one. */
static uint32_t pick_less_used(struct grouping *grouping, uint64_t hash)
{
    uint32_t count = grouping->target_count;
    uint32_t first = grouping_of_hash(hash, count);
    uint32_t second = grouping_of_hash(hash << 32, count);

    if (first == second)
        second = (second + 1) % count;
    uint32_t pick = grouping->sent[second] < grouping->sent[first] ? second : first;
    grouping->sent[pick]++;
    return pick;
}

uint32_t grouping_pick(struct grouping *grouping, uint64_t hash)
{
    switch (grouping->kind) {
    case PLAN_SHUFFLE:
    case PLAN_LOCAL_OR_SHUFFLE:
        return pick_next(grouping);
    case PLAN_FIELDS:
        return grouping_of_hash(hash, grouping->target_count);
    case PLAN_PARTIAL_KEY:
        return pick_less_used(grouping, hash);
    case PLAN_NONE:
        return rng_below(&grouping->rng, grouping->target_count);
    case PLAN_GLOBAL:
        return 0;
    case PLAN_ALL:
    case PLAN_DIRECT:
    case PLAN_CUSTOM:
        break;
    }
    UNREACHABLE();
}
