/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/group/rebalance.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/group/reply.h"
#include "broker/group/stores.h"
#include "broker/group/value.h"

void rebalance_touch(struct groups *groups, struct group_member *member)
{
    bool waits = member->join.token != 0 || member->sync.token != 0;

    if (waits && !member->is_new) {
        timers_cancel(&groups->timers, &member->timer);
        return;
    }
    uint64_t left_ms = (uint64_t)member->session_ms;
    if (waits)
        left_ms = GROUP_NEW_MEMBER_TIMEOUT_MS;
    timers_set(&groups->timers, &member->timer, groups->now_ms + left_ms);
}

static void drop_assignments(struct groups *groups, struct group *group)
{
    struct group_member *member = group_next_member(group, NULL);

    for (; member != NULL; member = group_next_member(group, member)) {
        value_drop_bytes(&member->assignment);
        groups_count_member(groups, member);
    }
    group->is_assigning = false;
}

static struct group_waiter take_sync(struct groups *groups, struct group_member *member)
{
    struct group_waiter waiter = group_take_sync(member);

    if (waiter.token != 0)
        (void)idmap_remove(&groups->waiters, waiter.token);
    return waiter;
}

static struct group_waiter take_join(struct groups *groups, struct group_member *member)
{
    struct group_waiter waiter = group_take_join(member);

    if (waiter.token != 0)
        (void)idmap_remove(&groups->waiters, waiter.token);
    return waiter;
}

/* Those who wait for their part of the assignment will not get it. */
static void refuse_syncs(struct groups *groups, struct group *group, int16_t error)
{
    struct group_member *member = group_next_member(group, NULL);

    for (; member != NULL; member = group_next_member(group, member)) {
        struct group_waiter waiter = take_sync(groups, member);
        if (waiter.token == 0)
            continue;
        reply_sync_error(groups, waiter.token, error);
        rebalance_touch(groups, member);
    }
}

/* At least a moment: a wait that begins anew when it ends must not do so for ever in one turn. */
static void set_phase(struct groups *groups, struct group *group, uint64_t left_ms)
{
    timers_set(&groups->timers, &group->phase, groups->now_ms + (left_ms > 0 ? left_ms : 1));
}

static void begin_wait(struct groups *groups, struct group *group)
{
    uint64_t longest_ms = group_rebalance_ms(group);
    uint64_t delay_ms = groups->options.initial_delay_ms;

    group->is_initial = group->state == GROUP_EMPTY && delay_ms > 0;
    group->has_newcomer = false;
    group->initial_left_ms = longest_ms > delay_ms ? longest_ms - delay_ms : 0;
    set_phase(groups, group, group->is_initial ? delay_ms : longest_ms);
}

void rebalance_prepare(struct groups *groups, struct group *group, const char *format, ...)
{
    ASSERT(group->state != GROUP_DELETING);

    if (group->state == GROUP_PREPARING) {
        group->reason_count++;
        rebalance_check(groups, group);
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(group->reason, sizeof group->reason, format, arguments);
    va_end(arguments);
    group->reason_count = 1;
    groups_tell(groups, "group.rebalancing", "group=%.*s generation=%" PRId32 " because=%s",
                VALUE_SHOWN(group->name), group->generation, group->reason);

    if (group->state == GROUP_COMPLETING) {
        drop_assignments(groups, group);
        refuse_syncs(groups, group, KAFKA_REBALANCE_IN_PROGRESS);
    }
    begin_wait(groups, group);
    group->state = GROUP_PREPARING;
    rebalance_check(groups, group);
}

/* ---- the end of the wait for joins ---------------------------------------------------------- */

/* Of the members that did not join again; static ones may come back within their session. */
static uint32_t remove_absent(struct groups *groups, struct group *group)
{
    uint32_t removed = 0;
    struct group_member *next = NULL;
    struct group_member *member = group_next_member(group, NULL);

    for (; member != NULL; member = next) {
        next = group_next_member(group, member);
        if (member->join.token != 0 || member->instance_id.length >= 0)
            continue;
        groups_remove_member(groups, member);
        removed++;
    }
    return removed;
}

static void become_empty(struct groups *groups, struct group *group)
{
    group->state = GROUP_EMPTY;
    group->state_ms = groups->wall_ms;
    value_drop_string(&group->protocol);
    timers_cancel(&groups->timers, &group->phase);
    groups_tell(groups, "group.empty", "group=%.*s generation=%" PRId32 " because=%s",
                VALUE_SHOWN(group->name), group->generation, group->reason);
    struct stores_op *op = stores_begin(groups, group, STORES_EMPTIED);
    stores_put_group(groups, op);
    stores_submit(groups, op);
    groups_note_idle(groups, group);
}

static void tell_rebalanced(struct groups *groups, const struct group *group, uint32_t removed)
{
    groups_tell(groups, "group.rebalanced",
                "group=%.*s generation=%" PRId32 " members=%zu removed=%" PRIu32
                " protocol=%.*s leader=%.*s reasons=%" PRIu32 " because=%s",
                VALUE_SHOWN(group->name), group->generation, group_member_count(group), removed,
                VALUE_SHOWN(group->protocol), VALUE_SHOWN(group->leader->id), group->reason_count,
                group->reason);
}

/* Everybody who came learns the generation. */
static void begin_generation(struct groups *groups, struct group *group)
{
    struct kafka_string protocol = value_copy_string(group_vote(group));

    value_drop_string(&group->protocol);
    group->protocol = protocol;
    group->state = GROUP_COMPLETING;
    group->state_ms = groups->wall_ms;
    drop_assignments(groups, group);
    set_phase(groups, group, group_rebalance_ms(group));
    struct group_member *member = group_next_member(group, NULL);
    for (; member != NULL; member = group_next_member(group, member)) {
        member->is_sync_owed = true;
        struct group_waiter waiter = take_join(groups, member);
        if (waiter.token == 0)
            continue; /* a static one that did not come */
        reply_join(groups, waiter, member);
        member->is_new = false;
        member->knows_id = true;
        rebalance_touch(groups, member);
    }
}

static void end_wait(struct groups *groups, struct group *group)
{
    uint32_t removed = remove_absent(groups, group);

    if (group_member_count(group) > 0 && !group_elect(group)) {
        /* None but static members, and none of them came: until their sessions end. */
        set_phase(groups, group, group_rebalance_ms(group));
        return;
    }
    group->is_initial = false;
    group->generation = group->generation == INT32_MAX ? 1 : group->generation + 1;
    if (group_member_count(group) == 0) {
        become_empty(groups, group);
        return;
    }
    begin_generation(groups, group);
    tell_rebalanced(groups, group, removed);
}

void rebalance_check(struct groups *groups, struct group *group)
{
    size_t members = group_member_count(group);

    if (group->state != GROUP_PREPARING || group->awaiting_count < members ||
        group->pendings.count > 0)
        return;
    if (group->is_initial && members > 0)
        return; /* others may come */
    end_wait(groups, group);
}

/* Returns false if it is over. */
static bool extend_initial(struct groups *groups, struct group *group)
{
    if (!group->is_initial || !group->has_newcomer || group->initial_left_ms == 0)
        return false;
    uint64_t delay_ms = groups->options.initial_delay_ms;
    if (delay_ms > group->initial_left_ms)
        delay_ms = group->initial_left_ms;
    group->has_newcomer = false;
    group->initial_left_ms -= delay_ms;
    set_phase(groups, group, delay_ms);
    return true;
}

/* ---- assignment ----------------------------------------------------------------------------- */

void rebalance_assign(struct groups *groups, struct group *group)
{
    ASSERT(group->state == GROUP_COMPLETING && !group->is_assigning);

    group->is_assigning = true;
    struct stores_op *op = stores_begin(groups, group, STORES_ASSIGNMENT);
    stores_put_group(groups, op);
    stores_submit(groups, op);
}

static void propagate(struct groups *groups, struct group *group)
{
    struct group_member *member = group_next_member(group, NULL);

    for (; member != NULL; member = group_next_member(group, member)) {
        struct group_waiter waiter = take_sync(groups, member);
        if (waiter.token == 0)
            continue;
        reply_sync(groups, waiter.token, member);
        rebalance_touch(groups, member);
    }
}

/* A rebalance may have begun in the meantime: then nobody waits for this generation any more. */
void rebalance_assigned(struct groups *groups, const struct stores_op *op, int16_t error)
{
    struct group *group = op->group;

    if (group->state != GROUP_COMPLETING || group->generation != op->generation)
        return;
    if (error != KAFKA_NONE) {
        drop_assignments(groups, group);
        refuse_syncs(groups, group, stores_error_of_group(error));
        rebalance_prepare(groups, group, "the assignment could not be stored: %s",
                          kafka_error_text(error));
        return;
    }
    group->is_assigning = false;
    group->state = GROUP_STABLE;
    group->state_ms = groups->wall_ms;
    propagate(groups, group);
}

/* ---- members that go ------------------------------------------------------------------------ */

static void take_out(struct groups *groups, struct group_member *member)
{
    struct group_waiter join = take_join(groups, member);
    struct group_waiter sync = take_sync(groups, member);

    reply_join_error(groups, join.token, value_of_text(""), KAFKA_UNKNOWN_MEMBER_ID);
    reply_sync_error(groups, sync.token, KAFKA_UNKNOWN_MEMBER_ID);
    groups_remove_member(groups, member);
}

void rebalance_remove_member(struct groups *groups, struct group_member *member, const char *reason)
{
    struct group *group = member->group;
    struct kafka_string id = value_copy_string(member->id);

    take_out(groups, member);
    rebalance_prepare(groups, group, "member %.*s %s", VALUE_SHOWN(id), reason);
    value_drop_string(&id);
}

static void remove_unsynced(struct groups *groups, struct group *group)
{
    uint32_t removed = 0;
    struct kafka_string first = KAFKA_STRING_NULL;
    struct group_member *next = NULL;
    struct group_member *member = group_next_member(group, NULL);

    for (; member != NULL; member = next) {
        next = group_next_member(group, member);
        if (!member->is_sync_owed)
            continue;
        if (removed++ == 0)
            first = value_copy_string(member->id);
        take_out(groups, member);
    }
    if (removed > 0)
        rebalance_prepare(groups, group, "member %.*s and %" PRIu32 " others did not sync in time",
                          VALUE_SHOWN(first), removed - 1);
    value_drop_string(&first);
}

void rebalance_phase_over(struct groups *groups, struct group *group)
{
    if (group->state == GROUP_PREPARING) {
        if (!extend_initial(groups, group))
            end_wait(groups, group);
    } else if (group->state == GROUP_COMPLETING || group->state == GROUP_STABLE) {
        remove_unsynced(groups, group);
    }
}
