/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/group/groups.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/group/groups_parts.h"
#include "broker/group/rebalance.h"
#include "broker/group/reply.h"
#include "broker/group/stores.h"
#include "broker/group/sweep.h"
#include "broker/group/value.h"
#include "broker/protocol/apis.h"
#include "broker/protocol/messages_group.h"

enum {
    TELL_MAX = 1024,
};

#define BYTES_MAX_DEFAULT (UINT64_C(256) << 20)

/* ---- the whole ------------------------------------------------------------------------------ */

struct groups *groups_new(const struct groups_options *options, const struct groups_owner *owner)
{
    ASSERT(options->session_min_ms > 0 && options->session_min_ms <= options->session_max_ms);
    ASSERT(options->session_max_ms <= INT32_MAX);
    ASSERT(options->groups_max > 0 && options->members_max > 0 && options->offsets_max > 0);

    struct groups *groups = NEW(struct groups);
    groups->options = *options;
    if (groups->options.bytes_max == 0)
        groups->options.bytes_max = BYTES_MAX_DEFAULT;
    groups->owner = *owner;
    names_init(&groups->by_name, options->seed);
    list_init(&groups->by_age);
    list_init(&groups->idle);
    list_init(&groups->outgoing);
    rng_init(&groups->rng, options->seed);
    return groups;
}

static void free_group(struct groups *groups, struct group *group)
{
    struct offset *offset = offsets_next(group, NULL);

    while (offset != NULL) {
        groups->bytes -= offset->bytes;
        offsets_remove(group, offset);
        offset = offsets_next(group, NULL);
    }
    struct group_member *member = group_next_member(group, NULL);
    for (; member != NULL; member = group_next_member(group, member)) {
        timers_cancel(&groups->timers, &member->timer);
        groups->bytes -= member->bytes;
    }
    for (struct list_node *node = list_first(&group->pendings_by_age); node != NULL;
         node = list_next(&group->pendings_by_age, node))
        timers_cancel(&groups->timers, &CONTAINER_OF(node, struct group_pending, by_age)->timer);
    timers_cancel(&groups->timers, &group->phase);
    timers_cancel(&groups->timers, &group->sweep);
    names_remove(&groups->by_name, &group->by_name);
    list_remove(&group->by_age);
    if (list_has_node(&group->by_idleness))
        list_remove(&group->by_idleness);
    groups->bytes -= sizeof *group + value_size(group->name.length);
    groups->has_told_full = false;
    group_destroy(&group);
}

void groups_destroy(struct groups **groups)
{
    if (*groups == NULL)
        return;
    stores_abandon(*groups);
    struct list_node *node = list_first(&(*groups)->by_age);
    while (node != NULL) {
        free_group(*groups, CONTAINER_OF(node, struct group, by_age));
        node = list_first(&(*groups)->by_age);
    }
    ASSERT((*groups)->bytes == 0);
    names_done(&(*groups)->by_name);
    timers_done(&(*groups)->timers);
    idmap_done(&(*groups)->waiters);
    free(*groups);
    *groups = NULL;
}

/* ---- groups --------------------------------------------------------------------------------- */

struct group *groups_find(const struct groups *groups, struct kafka_string name)
{
    struct names_node *node = names_find(&groups->by_name, name, 0);

    return node == NULL ? NULL : CONTAINER_OF(node, struct group, by_name);
}

struct group *groups_add_loaded(struct groups *groups, struct kafka_string name)
{
    struct group *group = group_new(name, groups->options.seed);

    names_put(&groups->by_name, &group->by_name, group->name, 0);
    list_push_last(&groups->by_age, &group->by_age);
    groups->bytes += sizeof *group + value_size(name.length);
    if (groups->is_loaded)
        sweep_schedule(groups, group);
    return group;
}

static void tell_full(struct groups *groups, const char *of_what)
{
    if (groups->has_told_full)
        return;
    groups->has_told_full = true;
    groups_tell(groups, "groups.full", "groups=%zu bytes=%llu because=too many %s",
                groups->by_name.count, (unsigned long long)groups->bytes, of_what);
}

struct group *groups_add(struct groups *groups, struct kafka_string name)
{
    if (groups->by_name.count >= groups->options.groups_max) {
        tell_full(groups, "groups");
        return NULL;
    }
    return groups_add_loaded(groups, name);
}

bool groups_has_room(struct groups *groups, size_t bytes)
{
    uint64_t bytes_max = groups->options.bytes_max;

    if (groups->bytes <= bytes_max && bytes <= bytes_max - groups->bytes)
        return true;
    tell_full(groups, "bytes of members and offsets");
    return false;
}

static size_t size_of_member(const struct group_member *member)
{
    size_t size = sizeof *member + value_size(member->id.length) +
                  value_size(member->instance_id.length) + value_size(member->client_id.length) +
                  value_size(member->client_host.length) + value_size(member->assignment.length);

    for (int32_t i = 0; i < member->protocol_count; i++)
        size += sizeof member->protocols[i] + value_size(member->protocols[i].name.length) +
                value_size(member->protocols[i].metadata.length);
    return size;
}

void groups_count_member(struct groups *groups, struct group_member *member)
{
    groups->bytes -= member->bytes;
    member->bytes = size_of_member(member);
    groups->bytes += member->bytes;
}

void groups_count_offset(struct groups *groups, struct offset *offset)
{
    groups->bytes -= offset->bytes;
    offset->bytes = offsets_size(offset);
    groups->bytes += offset->bytes;
}

void groups_remove_member(struct groups *groups, struct group_member *member)
{
    ASSERT(member->join.token == 0 && member->sync.token == 0);
    timers_cancel(&groups->timers, &member->timer);
    groups->bytes -= member->bytes;
    groups->has_told_full = false;
    group_remove_member(member->group, member);
}

void groups_remove_pending(struct groups *groups, struct group_pending *pending)
{
    timers_cancel(&groups->timers, &pending->timer);
    group_remove_pending(pending->group, pending);
}

bool groups_drop_offset_if_unused(struct groups *groups, struct group *group, struct offset *offset)
{
    size_t bytes = offset->bytes;

    if (!offsets_drop_if_unused(group, offset))
        return false;
    groups->bytes -= bytes;
    groups->has_told_full = false;
    return true;
}

void groups_note_idle(struct groups *groups, struct group *group)
{
    if (!list_has_node(&group->by_idleness))
        list_push_last(&groups->idle, &group->by_idleness);
}

void groups_wait(struct groups *groups, struct group_waiter *waiter)
{
    idmap_put(&groups->waiters, waiter->token, (uint64_t)(uintptr_t)waiter);
}

void groups_tell(struct groups *groups, const char *event, const char *format, ...)
{
    char text[TELL_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    groups->owner.tell(groups->owner.owner, event, text);
}

bool groups_is_name(struct kafka_string name)
{
    return name.length > 0 && name.length <= INT16_MAX;
}

int16_t groups_check_member(const struct group *group, struct kafka_string id,
                            struct kafka_string instance_id)
{
    if (instance_id.length > 0) {
        const struct group_member *member = group_find_instance(group, instance_id);
        if (member == NULL)
            return KAFKA_UNKNOWN_MEMBER_ID;
        if (!value_same_string(member->id, id))
            return KAFKA_FENCED_INSTANCE_ID;
    }
    return group_find_member(group, id) == NULL ? KAFKA_UNKNOWN_MEMBER_ID : KAFKA_NONE;
}

/* ---- the end of each call ------------------------------------------------------------------- */

/* Nothing in memory, nothing on its way, and nothing in the log. */
static void drop_if_bare(struct groups *groups, struct group *group)
{
    if (group->state == GROUP_EMPTY && group->pendings.count == 0 && group->offsets.count == 0 &&
        group->stores == 0 && !group->is_stored)
        free_group(groups, group);
}

void groups_settle(struct groups *groups)
{
    if (groups->is_settling)
        return;
    groups->is_settling = true;
    stores_hand_out(groups);
    struct list_node *node = list_pop_first(&groups->idle);
    while (node != NULL) {
        drop_if_bare(groups, CONTAINER_OF(node, struct group, by_idleness));
        node = list_pop_first(&groups->idle);
    }
    groups->is_settling = false;
}

/* ---- requests ------------------------------------------------------------------------------- */

/* Clients do not know "loading" as an answer to each of these: a heartbeat is believed, and who syncs has to join
 * again, since the joins that were under way are forgotten. */
static bool refuse_while_loading(struct groups *groups, const struct request *request)
{
    struct kafka_leave_group_response left = {.error_code = KAFKA_COORDINATOR_LOAD_IN_PROGRESS};
    const struct kafka_join_group_request *joining = request->body;

    switch (request->api) {
    case KAFKA_JOIN_GROUP:
        reply_join_error(groups, request->token.value, joining->member_id,
                         KAFKA_COORDINATOR_LOAD_IN_PROGRESS);
        return true;
    case KAFKA_SYNC_GROUP:
        reply_sync_error(groups, request->token.value, KAFKA_REBALANCE_IN_PROGRESS);
        return true;
    case KAFKA_HEARTBEAT:
        reply_heartbeat(groups, request->token.value, KAFKA_NONE);
        return true;
    case KAFKA_LEAVE_GROUP:
        groups->owner.answer(groups->owner.owner, request->token, &left);
        return true;
    default:
        return false; /* says so itself */
    }
}

static void dispatch(struct groups *groups, const struct request *request)
{
    static const struct {
        int16_t api;
        void (*handle)(struct groups *groups, const struct request *request);
    } handlers[] = {
        {KAFKA_HEARTBEAT, membership_heartbeat},
        {KAFKA_OFFSET_COMMIT, commit_handle},
        {KAFKA_OFFSET_FETCH, look_fetch},
        {KAFKA_JOIN_GROUP, join_handle},
        {KAFKA_SYNC_GROUP, membership_sync},
        {KAFKA_LEAVE_GROUP, membership_leave},
        {KAFKA_DESCRIBE_GROUPS, look_describe},
        {KAFKA_LIST_GROUPS, look_list},
        {KAFKA_DELETE_GROUPS, removal_delete_groups},
        {KAFKA_OFFSET_DELETE, removal_delete_offsets},
    };

    for (size_t i = 0; i < COUNT_OF(handlers); i++) {
        if (handlers[i].api == request->api) {
            handlers[i].handle(groups, request);
            return;
        }
    }
    UNREACHABLE();
}

void groups_request(struct groups *groups, const struct request *request, uint64_t now_ms,
                    int64_t wall_ms)
{
    ASSERT(request->token.value != 0);

    groups->now_ms = now_ms;
    groups->wall_ms = wall_ms;
    if (groups->is_loaded || !refuse_while_loading(groups, request))
        dispatch(groups, request);
    groups_settle(groups);
}

/* A member that never learned its id cannot come back: it would be waited for in vain. */
static void forget_join(struct groups *groups, struct group_member *member)
{
    (void)group_take_join(member);
    if (member->is_new && !member->knows_id)
        rebalance_remove_member(groups, member, "hung up before it was answered");
    else
        rebalance_touch(groups, member);
}

static void forget_sync(struct groups *groups, struct group_member *member)
{
    (void)group_take_sync(member);
    rebalance_touch(groups, member);
}

void groups_forget(struct groups *groups, struct request_token token, uint64_t now_ms)
{
    uint64_t *value = idmap_find(&groups->waiters, token.value);

    if (value == NULL)
        return;
    struct group_waiter *waiter = (struct group_waiter *)(uintptr_t)*value;
    (void)idmap_remove(&groups->waiters, token.value);
    groups->now_ms = now_ms;
    if (waiter->kind == GROUP_WAITER_JOIN)
        forget_join(groups, CONTAINER_OF(waiter, struct group_member, join));
    else if (waiter->kind == GROUP_WAITER_SYNC)
        forget_sync(groups, CONTAINER_OF(waiter, struct group_member, sync));
    else
        waiter->token = 0;
    groups_settle(groups);
}

/* ---- time ----------------------------------------------------------------------------------- */

static void expire_member(struct groups *groups, struct group_member *member)
{
    char reason[GROUP_REASON_MAX];

    if (member->join.token != 0)
        (void)snprintf(reason, sizeof reason, "waited too long for its first generation");
    else
        (void)snprintf(reason, sizeof reason, "was silent for %d ms", member->session_ms);
    rebalance_remove_member(groups, member, reason);
}

static void expire_pending(struct groups *groups, struct group_pending *pending)
{
    struct group *group = pending->group;

    groups_remove_pending(groups, pending);
    groups_note_idle(groups, group);
    rebalance_check(groups, group);
}

static void expire(struct groups *groups, struct timer *timer)
{
    switch ((enum group_timer)timer->kind) {
    case GROUP_TIMER_MEMBER:
        expire_member(groups, CONTAINER_OF(timer, struct group_member, timer));
        return;
    case GROUP_TIMER_PENDING:
        expire_pending(groups, CONTAINER_OF(timer, struct group_pending, timer));
        return;
    case GROUP_TIMER_PHASE:
        rebalance_phase_over(groups, CONTAINER_OF(timer, struct group, phase));
        return;
    case GROUP_TIMER_SWEEP:
        sweep_group(groups, CONTAINER_OF(timer, struct group, sweep));
        return;
    }
    UNREACHABLE();
}

void groups_tick(struct groups *groups, uint64_t now_ms, int64_t wall_ms)
{
    groups->now_ms = now_ms;
    groups->wall_ms = wall_ms;
    struct timer *timer = timers_take_due(&groups->timers, now_ms);
    while (timer != NULL) {
        expire(groups, timer);
        timer = timers_take_due(&groups->timers, now_ms);
    }
    groups_settle(groups);
}

uint64_t groups_due_ms(const struct groups *groups)
{
    return timers_due_ms(&groups->timers);
}

/* ---- for those who look --------------------------------------------------------------------- */

void groups_each_offset(const struct groups *groups,
                        void (*visit)(void *context, const struct groups_offset *offset),
                        void *context)
{
    for (struct list_node *node = list_first(&groups->by_age); node != NULL;
         node = list_next(&groups->by_age, node)) {
        const struct group *group = CONTAINER_OF(node, struct group, by_age);
        for (struct offset *offset = offsets_next(group, NULL); offset != NULL;
             offset = offsets_next(group, offset)) {
            if (!offset->has_value)
                continue;
            visit(context, &(struct groups_offset){.group = group->name,
                                                   .topic = offset->topic,
                                                   .partition = offset->by_place.number,
                                                   .offset = offset->value.offset,
                                                   .committed_ms = offset->value.commit_ms});
        }
    }
}
