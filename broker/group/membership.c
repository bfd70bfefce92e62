/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SyncGroup, Heartbeat, LeaveGroup: what members do between joins.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/group/groups_parts.h"
#include "broker/group/rebalance.h"
#include "broker/group/reply.h"
#include "broker/group/value.h"
#include "broker/protocol/messages_group.h"

enum {
    VERSION_LEAVES_MANY = 3,
};

/* A member of the group's present generation. */
static int16_t check_generation(const struct group *group, struct kafka_string member_id,
                                struct kafka_string instance_id, int32_t generation)
{
    if (group == NULL)
        return KAFKA_UNKNOWN_MEMBER_ID;
    int16_t error = groups_check_member(group, member_id, instance_id);
    if (error == KAFKA_NONE && generation != group->generation)
        error = KAFKA_ILLEGAL_GENERATION;
    return error;
}

/* ---- sync ----------------------------------------------------------------------------------- */

/* False if it takes more room than there is: then nobody has one. */
static bool take_assignments(struct groups *groups, struct group *group,
                             const struct kafka_sync_group_request *body)
{
    size_t size = 0;

    for (int32_t i = 0; i < body->assignment_count; i++)
        size += value_size(body->assignments[i].assignment.length);
    if (!groups_has_room(groups, size))
        return false;
    for (int32_t i = 0; i < body->assignment_count; i++) {
        struct group_member *member = group_find_member(group, body->assignments[i].member_id);
        if (member == NULL)
            continue; /* gone in the meantime, or invented */
        value_drop_bytes(&member->assignment);
        member->assignment = value_copy_bytes(body->assignments[i].assignment);
        groups_count_member(groups, member);
    }
    return true;
}

static int16_t check_sync(const struct group *group, const struct kafka_sync_group_request *body)
{
    int16_t error =
        check_generation(group, body->member_id, body->group_instance_id, body->generation_id);

    if (error != KAFKA_NONE)
        return error;
    if (body->protocol_type.length > 0 &&
        !value_same_string(body->protocol_type, group->protocol_type))
        return KAFKA_INCONSISTENT_GROUP_PROTOCOL;
    if (group->state != GROUP_PREPARING && body->protocol_name.length > 0 &&
        !value_same_string(body->protocol_name, group->protocol))
        return KAFKA_INCONSISTENT_GROUP_PROTOCOL;
    return group->state == GROUP_PREPARING ? KAFKA_REBALANCE_IN_PROGRESS : KAFKA_NONE;
}

/* It waits for the leader, or for the log. A second sync of the same member takes the place of the first. */
static void await_sync(struct groups *groups, struct group_member *member,
                       const struct request *request)
{
    struct group_waiter former = group_take_sync(member);

    if (former.token != 0) {
        (void)idmap_remove(&groups->waiters, former.token);
        reply_sync_error(groups, former.token, KAFKA_REBALANCE_IN_PROGRESS);
    }
    member->sync.token = request->token.value;
    member->sync.version = request->version;
    groups_wait(groups, &member->sync);
    rebalance_touch(groups, member);
}

static void sync_completing(struct groups *groups, struct group_member *member,
                            const struct request *request)
{
    struct group *group = member->group;

    if (group->leader == member && !group->is_assigning &&
        !take_assignments(groups, group, request->body)) {
        reply_sync_error(groups, request->token.value, KAFKA_UNKNOWN_SERVER_ERROR);
        rebalance_prepare(groups, group, "there was no room for the assignment");
        return;
    }
    member->is_sync_owed = false;
    await_sync(groups, member, request);
    if (group->leader == member && !group->is_assigning)
        rebalance_assign(groups, group);
}

void membership_sync(struct groups *groups, const struct request *request)
{
    const struct kafka_sync_group_request *body = request->body;
    struct group *group = groups_find(groups, body->group_id);
    int16_t error = KAFKA_INVALID_GROUP_ID;

    if (groups_is_name(body->group_id))
        error = check_sync(group, body);
    if (error != KAFKA_NONE) {
        reply_sync_error(groups, request->token.value, error);
        return;
    }
    struct group_member *member = group_find_member(group, body->member_id);
    if (group->state == GROUP_COMPLETING) {
        sync_completing(groups, member, request);
        return;
    }
    ASSERT(group->state == GROUP_STABLE); /* it has a member, and does not prepare */
    member->is_sync_owed = false;
    reply_sync(groups, request->token.value, member);
    rebalance_touch(groups, member);
}

/* ---- heartbeat ------------------------------------------------------------------------------ */

void membership_heartbeat(struct groups *groups, const struct request *request)
{
    const struct kafka_heartbeat_request *body = request->body;
    struct group *group = groups_find(groups, body->group_id);
    int16_t error = KAFKA_INVALID_GROUP_ID;

    if (groups_is_name(body->group_id))
        error =
            check_generation(group, body->member_id, body->group_instance_id, body->generation_id);
    if (error == KAFKA_NONE) {
        rebalance_touch(groups, group_find_member(group, body->member_id));
        if (group->state == GROUP_PREPARING)
            error = KAFKA_REBALANCE_IN_PROGRESS;
    }
    reply_heartbeat(groups, request->token.value, error);
}

/* ---- leave ---------------------------------------------------------------------------------- */

/* By its id, by its instance id alone (an operator does that), or an id that was given out and never used. */
static int16_t leave(struct groups *groups, struct group *group,
                     const struct kafka_leave_group_request_member *leaving)
{
    struct group_member *member = NULL;
    char reason[GROUP_REASON_MAX];

    if (value_is_empty(leaving->member_id)) {
        if (leaving->group_instance_id.length > 0)
            member = group_find_instance(group, leaving->group_instance_id);
        if (member == NULL)
            return KAFKA_UNKNOWN_MEMBER_ID;
    } else {
        struct group_pending *pending = group_find_pending(group, leaving->member_id);
        if (pending != NULL) {
            groups_remove_pending(groups, pending);
            rebalance_check(groups, group);
            return KAFKA_NONE;
        }
        int16_t error = groups_check_member(group, leaving->member_id, leaving->group_instance_id);
        if (error != KAFKA_NONE)
            return error;
        member = group_find_member(group, leaving->member_id);
    }
    (void)snprintf(reason, sizeof reason, "left%s%.*s", value_is_empty(leaving->reason) ? "" : ": ",
                   VALUE_SHOWN(leaving->reason));
    rebalance_remove_member(groups, member, reason);
    return KAFKA_NONE;
}

static int16_t leave_one(struct groups *groups, struct group *group,
                         struct kafka_leave_group_request_member leaving)
{
    int16_t error = KAFKA_UNKNOWN_MEMBER_ID;

    if (group != NULL && group->state == GROUP_DELETING)
        error = KAFKA_COORDINATOR_NOT_AVAILABLE;
    else if (group != NULL)
        error = leave(groups, group, &leaving);
    return error;
}

static void leave_many(struct groups *groups, struct group *group,
                       const struct kafka_leave_group_request *body,
                       struct kafka_leave_group_response *response)
{
    size_t count = body->member_count > 0 ? (size_t)body->member_count : 0;

    response->members = NEW_ARRAY(struct kafka_leave_group_response_member, count);
    response->member_count = (int32_t)count;
    for (size_t i = 0; i < count; i++) {
        response->members[i] = (struct kafka_leave_group_response_member){
            .member_id = body->members[i].member_id,
            .group_instance_id = body->members[i].group_instance_id,
            .error_code = leave_one(groups, group, body->members[i])};
    }
}

void membership_leave(struct groups *groups, const struct request *request)
{
    const struct kafka_leave_group_request *body = request->body;
    struct group *group = groups_find(groups, body->group_id);
    struct kafka_leave_group_response response = {.error_code = KAFKA_NONE};

    if (!groups_is_name(body->group_id)) {
        response.error_code = KAFKA_INVALID_GROUP_ID;
    } else if (request->version >= VERSION_LEAVES_MANY) {
        leave_many(groups, group, body, &response);
    } else {
        struct kafka_leave_group_request_member leaving = {.member_id = body->member_id,
                                                           .group_instance_id = KAFKA_STRING_NULL,
                                                           .reason = KAFKA_STRING_NULL};
        response.error_code = leave_one(groups, group, leaving);
    }
    if (group != NULL)
        groups_note_idle(groups, group);
    groups->owner.answer(groups->owner.owner, request->token, &response);
    free(response.members);
}
