/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OffsetCommit: by members of the present generation, and, while the group has no members, by anybody.
 */
#include <string.h>

#include "base/mem.h"
#include "broker/group/groups_parts.h"
#include "broker/group/rebalance.h"
#include "broker/group/stores.h"
#include "broker/group/value.h"
#include "broker/protocol/messages_group.h"

enum {
    VERSION_RETENTION_FIRST = 2,
    VERSION_RETENTION_LAST = 4,
    VERSION_LEADER_EPOCH = 6,
};

/* ---- who may commit ------------------------------------------------------------------------- */

static int16_t check_committer(const struct group *group,
                               const struct kafka_offset_commit_request *body)
{
    if (group->state == GROUP_DELETING)
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    if (body->generation_id < 0 && value_is_empty(body->member_id) &&
        value_is_empty(body->group_instance_id))
        return group->state == GROUP_EMPTY ? KAFKA_NONE : KAFKA_UNKNOWN_MEMBER_ID;
    int16_t error = groups_check_member(group, body->member_id, body->group_instance_id);
    if (error != KAFKA_NONE)
        return error;
    if (body->generation_id != group->generation)
        return KAFKA_ILLEGAL_GENERATION;
    return group->state == GROUP_COMPLETING ? KAFKA_REBALANCE_IN_PROGRESS : KAFKA_NONE;
}

/* Finds the group; makes it, if it may be made. *ret_group is set only on success. */
static int16_t find_group(struct groups *groups, const struct kafka_offset_commit_request *body,
                          struct group **ret_group)
{
    if (!groups->is_loaded)
        return KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
    if (body->group_id.length < 0 || body->group_id.length > INT16_MAX)
        return KAFKA_INVALID_GROUP_ID;
    struct group *group = groups_find(groups, body->group_id);
    if (group == NULL && body->generation_id >= 0)
        return KAFKA_ILLEGAL_GENERATION; /* of a life before */
    if (group == NULL)
        group = groups_add(groups, body->group_id);
    if (group == NULL)
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    groups_note_idle(groups, group);
    int16_t error = check_committer(group, body);
    struct group_member *member = group_find_member(group, body->member_id);
    if (member != NULL && (error == KAFKA_NONE || error == KAFKA_REBALANCE_IN_PROGRESS))
        rebalance_touch(groups, member);
    if (error == KAFKA_NONE)
        *ret_group = group;
    return error;
}

/* ---- what is committed ---------------------------------------------------------------------- */

struct committing {
    struct groups *groups;
    struct group *group;
    const struct request *request;
    struct stores_gather *gather;
    struct stores_op *op; /* NULL until there is something to store */
};

static int16_t check_offset(const struct committing *committing, struct kafka_string topic,
                            const struct kafka_offset_commit_request_partition *partition)
{
    struct groups *groups = committing->groups;
    size_t size = value_size(partition->committed_metadata.length);
    uint32_t size_max = groups->options.metadata_bytes_max;

    if (!groups_is_name(topic) || partition->partition < 0 ||
        !groups->owner.knows(groups->owner.owner, topic, partition->partition))
        return KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
    if (size > size_max || size > INT16_MAX)
        return KAFKA_OFFSET_METADATA_TOO_LARGE;
    if (offsets_find(committing->group, topic, partition->partition) != NULL)
        return KAFKA_NONE;
    if (committing->group->offsets.count >= groups->options.offsets_max)
        return KAFKA_INVALID_COMMIT_OFFSET_SIZE;
    if (!groups_has_room(groups, sizeof(struct offset) + value_size(topic.length) + size))
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    return KAFKA_NONE;
}

/* When it ends, if the client asked for that; -1: as the broker has it. */
static int64_t expire_ms(const struct committing *committing)
{
    const struct kafka_offset_commit_request *body = committing->request->body;
    int16_t version = committing->request->version;
    int64_t wall_ms = committing->groups->wall_ms;

    if (version < VERSION_RETENTION_FIRST || version > VERSION_RETENTION_LAST ||
        body->retention_time_ms < 0)
        return -1;
    return body->retention_time_ms > INT64_MAX - wall_ms ? INT64_MAX
                                                         : wall_ms + body->retention_time_ms;
}

static void commit_one(struct committing *committing, struct kafka_string topic,
                       const struct kafka_offset_commit_request_partition *partition,
                       int16_t *ret_error)
{
    *ret_error = check_offset(committing, topic, partition);
    if (*ret_error != KAFKA_NONE)
        return;
    struct group_record_offset value = {
        .offset = partition->committed_offset,
        .leader_epoch = committing->request->version >= VERSION_LEADER_EPOCH
                            ? partition->committed_leader_epoch
                            : -1,
        .metadata = partition->committed_metadata,
        .commit_ms = committing->groups->wall_ms,
        .expire_ms = expire_ms(committing),
    };
    struct offset *offset = offsets_need(committing->group, topic, partition->partition);
    groups_count_offset(committing->groups, offset);
    if (committing->op == NULL) {
        committing->op = stores_begin(committing->groups, committing->group, STORES_OFFSETS);
        stores_gather_add(committing->gather, committing->op);
    }
    stores_put_offset(committing->op, offset, &value, ret_error);
}

/* The response has its own copies of names: it may outlive the request. */
static void prepare_response(struct stores_gather *gather,
                             const struct kafka_offset_commit_request *body, int16_t error)
{
    struct kafka_offset_commit_response *response = &gather->response.commit;
    size_t topic_count = body->topic_count > 0 ? (size_t)body->topic_count : 0;
    size_t partition_count = 0;
    size_t name_size = 0;

    for (size_t i = 0; i < topic_count; i++) {
        partition_count += value_size(body->topics[i].partition_count);
        name_size += value_size(body->topics[i].name.length);
    }
    char *names = mem_alloc(name_size);
    struct kafka_offset_commit_response_partition *partitions =
        NEW_ARRAY(struct kafka_offset_commit_response_partition, partition_count);
    response->topics = NEW_ARRAY(struct kafka_offset_commit_response_topic, topic_count);
    response->topic_count = (int32_t)topic_count;
    gather->blocks[0] = names;
    gather->blocks[1] = partitions;
    gather->blocks[2] = response->topics;
    for (size_t i = 0; i < topic_count; i++) {
        const struct kafka_offset_commit_request_topic *topic = &body->topics[i];
        size_t size = value_size(topic->name.length);
        if (size > 0)
            memcpy(names, topic->name.data, size);
        response->topics[i].name = (struct kafka_string){names, (int32_t)size};
        response->topics[i].topic_id = topic->topic_id;
        response->topics[i].partitions = partitions;
        response->topics[i].partition_count = (int32_t)value_size(topic->partition_count);
        for (int32_t k = 0; k < topic->partition_count; k++) {
            partitions[k].partition = topic->partitions[k].partition;
            partitions[k].error_code = error;
        }
        names += size;
        partitions += value_size(topic->partition_count);
    }
}

static void commit_all(struct committing *committing,
                       const struct kafka_offset_commit_request *body)
{
    struct kafka_offset_commit_response *response = &committing->gather->response.commit;

    for (int32_t i = 0; i < body->topic_count; i++) {
        const struct kafka_offset_commit_request_topic *topic = &body->topics[i];
        for (int32_t k = 0; k < topic->partition_count; k++)
            commit_one(committing, topic->name, &topic->partitions[k],
                       &response->topics[i].partitions[k].error_code);
    }
    if (committing->op != NULL)
        stores_submit(committing->groups, committing->op);
}

void commit_handle(struct groups *groups, const struct request *request)
{
    const struct kafka_offset_commit_request *body = request->body;
    struct committing committing = {.groups = groups, .request = request};
    int16_t error = find_group(groups, body, &committing.group);

    committing.gather = stores_gather_new(groups, request);
    prepare_response(committing.gather, body, error);
    if (error == KAFKA_NONE)
        commit_all(&committing, body);
    stores_gather_check(groups, committing.gather);
}
