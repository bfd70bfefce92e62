/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/group/sweep.h"

#include <stdlib.h>

#include "base/mem.h"
#include "broker/group/stores.h"
#include "broker/group/subscription.h"
#include "broker/group/value.h"

/* ---- subscriptions -------------------------------------------------------------------------- */

void sweep_free_topics(struct names *topics)
{
    struct names_node *node = names_walk(topics, NULL);

    while (node != NULL) {
        names_remove(topics, node);
        free(node);
        node = names_walk(topics, NULL);
    }
    names_done(topics);
}

static bool collect(const struct group_member *member, struct names *topics)
{
    struct subscription subscription;
    struct kafka_string topic = {.length = 0};

    if (!subscription_open(group_metadata(member, member->group->protocol), &subscription))
        return false;
    while (subscription_next(&subscription, &topic)) {
        if (names_find(topics, topic, 0) == NULL)
            names_put(topics, NEW(struct names_node), topic, 0);
    }
    return subscription.count == 0;
}

bool sweep_collect_topics(const struct group *group, struct names *ret_topics)
{
    const struct group_member *member = group_next_member(group, NULL);
    bool is_known = group_is_of_consumers(group);

    names_init(ret_topics, group->offsets.seed);
    for (; is_known && member != NULL; member = group_next_member(group, member))
        is_known = collect(member, ret_topics);
    if (!is_known)
        sweep_free_topics(ret_topics);
    return is_known;
}

/* ---- removal -------------------------------------------------------------------------------- */

static void remove_piece(struct groups *groups, struct group *group, struct offset *const *offsets,
                         size_t count)
{
    struct stores_op *op = stores_begin(groups, group, STORES_EXPIRED);

    for (size_t i = 0; i < count; i++) {
        offsets_apply(offsets[i], op->ticket, NULL);
        groups_count_offset(groups, offsets[i]);
        stores_put_offset_tombstone(op, offsets[i], NULL);
    }
    stores_submit(groups, op);
}

void sweep_remove_offsets(struct groups *groups, struct group *group, struct offset *const *offsets,
                          size_t count)
{
    for (size_t done = 0; done < count; done += STORES_RECORDS_MAX) {
        size_t left = count - done;
        remove_piece(groups, group, offsets + done,
                     left < STORES_RECORDS_MAX ? left : STORES_RECORDS_MAX);
    }
}

/* ---- the look ------------------------------------------------------------------------------- */

struct sweeping {
    struct groups *groups;
    const struct group *group;
    const struct names *topics; /* that are subscribed to; NULL: there are no members */
};

static bool is_over(const struct sweeping *sweeping, const struct offset *offset)
{
    const struct groups *groups = sweeping->groups;
    int64_t since_ms = offset->value.commit_ms;

    if (sweeping->topics != NULL && names_find(sweeping->topics, offset->topic, 0) != NULL)
        return false;
    if (offset->value.expire_ms >= 0)
        return offset->value.expire_ms <= groups->wall_ms;
    if (sweeping->topics == NULL && sweeping->group->state_ms > since_ms)
        since_ms = sweeping->group->state_ms;
    return groups->wall_ms > since_ms &&
           (uint64_t)(groups->wall_ms - since_ms) >= groups->options.offsets_retention_ms;
}

/* A topic may have gone while nobody was there to say so. */
static bool has_to_go(const struct sweeping *sweeping, const struct offset *offset, bool may_expire)
{
    const struct groups_owner *owner = &sweeping->groups->owner;

    if (offset->changes > 0)
        return false;
    if (!offset->has_value)
        return offset->is_owed;
    return !owner->knows(owner->owner, offset->topic, offset->by_place.number) ||
           (may_expire && is_over(sweeping, offset));
}

static void remove_old(struct groups *groups, struct group *group, const struct names *topics,
                       bool may_expire)
{
    struct sweeping sweeping = {.groups = groups, .group = group, .topics = topics};
    struct offset **old = NEW_ARRAY(struct offset *, group->offsets.count);
    size_t count = 0;

    for (struct offset *offset = offsets_next(group, NULL); offset != NULL;
         offset = offsets_next(group, offset)) {
        if (has_to_go(&sweeping, offset, may_expire))
            old[count++] = offset;
    }
    if (count > 0)
        groups_tell(groups, "group.offsets_expired", "group=%.*s count=%zu",
                    VALUE_SHOWN(group->name), count);
    sweep_remove_offsets(groups, group, old, count);
    free((void *)old);
}

static bool is_bare(const struct group *group)
{
    return group->state == GROUP_EMPTY && group->pendings.count == 0 && group->offsets.count == 0 &&
           group->stores == 0;
}

/* Nothing is left but its generation. */
static void retire(struct groups *groups, struct group *group)
{
    struct stores_op *op = stores_begin(groups, group, STORES_RETIRED);

    group->is_stored = false;
    stores_put_group_tombstone(op);
    stores_submit(groups, op);
}

void sweep_retired(struct groups *groups, const struct stores_op *op, int16_t error)
{
    struct group *group = op->group;

    if (error != KAFKA_NONE) {
        group->is_stored = true; /* the next look tries again */
        return;
    }
    groups_note_idle(groups, group);
}

static uint64_t period_ms(const struct groups *groups)
{
    uint64_t retention_ms = groups->options.offsets_retention_ms;

    if (retention_ms >= SWEEP_PERIOD_MS)
        return SWEEP_PERIOD_MS;
    return retention_ms > 1000 ? retention_ms : 1000;
}

void sweep_group(struct groups *groups, struct group *group)
{
    struct names topics;

    timers_set(&groups->timers, &group->sweep, groups->now_ms + period_ms(groups));
    if (group->state == GROUP_DELETING)
        return;
    if (group->state == GROUP_EMPTY) {
        remove_old(groups, group, NULL, true);
    } else if (group->state == GROUP_STABLE && sweep_collect_topics(group, &topics)) {
        remove_old(groups, group, &topics, true);
        sweep_free_topics(&topics);
    } else {
        remove_old(groups, group, NULL, false);
    }
    if (is_bare(group) && group->is_stored)
        retire(groups, group);
}

void sweep_schedule(struct groups *groups, struct group *group)
{
    uint64_t period = period_ms(groups);

    timers_set(&groups->timers, &group->sweep, groups->now_ms + 1 + group->by_name.hash % period);
}
