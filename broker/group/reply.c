/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/group/reply.h"

#include <stdlib.h>

#include "base/mem.h"
#include "broker/group/value.h"
#include "broker/protocol/messages_group.h"

enum {
    VERSION_SKIPS_ASSIGNMENT = 9,
};

static void answer(struct groups *groups, uint64_t token, const void *response)
{
    if (token != 0)
        groups->owner.answer(groups->owner.owner, (struct request_token){token}, response);
}

void reply_join_error(struct groups *groups, uint64_t token, struct kafka_string member_id,
                      int16_t error)
{
    struct kafka_join_group_response response = {
        .error_code = error,
        .generation_id = -1,
        .protocol_type = KAFKA_STRING_NULL,
        .protocol_name = value_of_text(""),
        .leader = value_of_text(""),
        .member_id = member_id,
    };

    answer(groups, token, &response);
}

static struct kafka_join_group_response_member *list_members(const struct group *group)
{
    struct kafka_join_group_response_member *members =
        NEW_ARRAY(struct kafka_join_group_response_member, group_member_count(group));
    size_t count = 0;
    const struct group_member *member = group_next_member(group, NULL);

    for (; member != NULL; member = group_next_member(group, member)) {
        members[count++] = (struct kafka_join_group_response_member){
            .member_id = member->id,
            .group_instance_id = member->instance_id,
            .metadata = group_metadata(member, group->protocol)};
    }
    return members;
}

static void answer_joined(struct groups *groups, uint64_t token, const struct group_member *member,
                          struct kafka_join_group_response *response)
{
    const struct group *group = member->group;
    bool leads = value_same_string(response->leader, member->id);

    response->generation_id = group->generation;
    response->protocol_type = group->protocol_type;
    response->protocol_name = group->protocol;
    response->member_id = member->id;
    if (token != 0 && leads) {
        response->members = list_members(group);
        response->member_count = (int32_t)group_member_count(group);
    }
    answer(groups, token, response);
    free(response->members);
}

void reply_join(struct groups *groups, struct group_waiter waiter,
                const struct group_member *member)
{
    struct kafka_join_group_response response = {.leader = member->group->leader->id};

    answer_joined(groups, waiter.token, member, &response);
}

void reply_join_replaced(struct groups *groups, struct group_waiter waiter,
                         const struct group_member *member, struct kafka_string leader_id)
{
    struct kafka_join_group_response response = {.leader = leader_id};

    if (waiter.version >= VERSION_SKIPS_ASSIGNMENT) {
        response.leader = member->group->leader->id;
        response.skip_assignment = member->group->leader == member;
    }
    answer_joined(groups, waiter.token, member, &response);
}

void reply_sync_error(struct groups *groups, uint64_t token, int16_t error)
{
    struct kafka_sync_group_response response = {.error_code = error,
                                                 .protocol_type = KAFKA_STRING_NULL,
                                                 .protocol_name = KAFKA_STRING_NULL};

    answer(groups, token, &response);
}

void reply_sync(struct groups *groups, uint64_t token, const struct group_member *member)
{
    struct kafka_sync_group_response response = {.protocol_type = member->group->protocol_type,
                                                 .protocol_name = member->group->protocol,
                                                 .assignment = member->assignment};

    if (response.assignment.length < 0)
        response.assignment = (struct kafka_bytes){.length = 0};
    answer(groups, token, &response);
}

void reply_heartbeat(struct groups *groups, uint64_t token, int16_t error)
{
    struct kafka_heartbeat_response response = {.error_code = error};

    answer(groups, token, &response);
}
