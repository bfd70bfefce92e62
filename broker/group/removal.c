/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DeleteGroups, OffsetDelete, and topics that go with their offsets. What was asked for is gone when its tombstones are
 * in the log, and answered then.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/group/groups_parts.h"
#include "broker/group/stores.h"
#include "broker/group/sweep.h"
#include "broker/group/value.h"
#include "broker/protocol/messages_group.h"

/* ---- delete groups -------------------------------------------------------------------------- */

static int16_t check_deletable(const struct groups *groups, struct kafka_string name)
{
    const struct group *group = groups_find(groups, name);

    if (!groups->is_loaded)
        return KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
    if (name.length < 0 || name.length > INT16_MAX)
        return KAFKA_INVALID_GROUP_ID;
    if (group == NULL)
        return KAFKA_GROUP_ID_NOT_FOUND;
    if (group->state == GROUP_DELETING)
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    return group->state == GROUP_EMPTY ? KAFKA_NONE : KAFKA_NON_EMPTY_GROUP;
}

static struct stores_op *begin_piece(struct groups *groups, struct group *group,
                                     struct stores_gather *gather, int16_t *ret_error)
{
    struct stores_op *op = stores_begin(groups, group, STORES_DELETED);

    op->ret_error = ret_error;
    stores_gather_add(gather, op);
    group->tombstones++;
    return op;
}

/* The group's own tombstone comes last: a part of the whole leaves a group that can be deleted again. */
static void delete_group(struct groups *groups, struct group *group, struct stores_gather *gather,
                         int16_t *ret_error)
{
    struct list_node *pending = list_first(&group->pendings_by_age);

    while (pending != NULL) {
        groups_remove_pending(groups, CONTAINER_OF(pending, struct group_pending, by_age));
        pending = list_first(&group->pendings_by_age);
    }
    group->state = GROUP_DELETING;
    group->tombstone_error = KAFKA_NONE;
    struct stores_op *op = begin_piece(groups, group, gather, ret_error);
    for (struct offset *offset = offsets_next(group, NULL); offset != NULL;
         offset = offsets_next(group, offset)) {
        if (op->record_count == STORES_RECORDS_MAX) {
            stores_submit(groups, op);
            op = begin_piece(groups, group, gather, ret_error);
        }
        stores_put_offset_tombstone(op, offset, NULL);
    }
    stores_put_group_tombstone(op);
    stores_submit(groups, op);
}

void removal_deleted(struct groups *groups, const struct stores_op *op, int16_t error)
{
    struct group *group = op->group;

    if (group->tombstone_error == KAFKA_NONE)
        group->tombstone_error = error;
    if (--group->tombstones > 0)
        return;
    *op->ret_error = stores_error_of_group(group->tombstone_error);
    group->state = GROUP_EMPTY;
    if (group->tombstone_error != KAFKA_NONE)
        return;
    group->is_stored = false;
    groups_tell(groups, "group.deleted", "group=%.*s", VALUE_SHOWN(group->name));
}

static void copy_names(struct stores_gather *gather, const struct kafka_delete_groups_request *body)
{
    struct kafka_delete_groups_response *response = &gather->response.delete_groups;
    size_t size = 0;

    for (int32_t i = 0; i < body->group_count; i++)
        size += value_size(body->groups[i].length);
    char *names = mem_alloc(size);
    gather->blocks[0] = names;
    for (int32_t i = 0; i < body->group_count; i++) {
        size_t length = value_size(body->groups[i].length);
        if (length > 0)
            memcpy(names, body->groups[i].data, length);
        response->results[i].group_id = (struct kafka_string){names, (int32_t)length};
        names += length;
    }
}

void removal_delete_groups(struct groups *groups, const struct request *request)
{
    const struct kafka_delete_groups_request *body = request->body;
    struct stores_gather *gather = stores_gather_new(groups, request);
    struct kafka_delete_groups_response *response = &gather->response.delete_groups;

    response->result_count = (int32_t)value_size(body->group_count);
    response->results =
        NEW_ARRAY(struct kafka_delete_groups_response_result, (size_t)response->result_count);
    gather->blocks[1] = response->results;
    copy_names(gather, body);
    for (int32_t i = 0; i < body->group_count; i++) {
        int16_t *error = &response->results[i].error_code;
        *error = check_deletable(groups, body->groups[i]);
        if (*error == KAFKA_NONE)
            delete_group(groups, groups_find(groups, body->groups[i]), gather, error);
    }
    stores_gather_check(groups, gather);
}

/* ---- offset delete -------------------------------------------------------------------------- */

struct deleting {
    struct groups *groups;
    struct group *group;
    bool has_topics; /* members subscribe to these */
    struct names topics;
    struct stores_gather *gather;
    struct stores_op *op; /* NULL until there is something to delete */
};

static int16_t find_group(struct groups *groups, struct kafka_string name,
                          struct deleting *deleting)
{
    struct group *group = groups_find(groups, name);

    if (!groups->is_loaded)
        return KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
    if (name.length < 0 || name.length > INT16_MAX)
        return KAFKA_INVALID_GROUP_ID;
    if (group == NULL)
        return KAFKA_GROUP_ID_NOT_FOUND;
    if (group->state == GROUP_DELETING)
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    deleting->group = group;
    if (group->state == GROUP_EMPTY)
        return KAFKA_NONE;
    deleting->has_topics = sweep_collect_topics(group, &deleting->topics);
    return deleting->has_topics ? KAFKA_NONE : KAFKA_NON_EMPTY_GROUP;
}

static void delete_offset(struct deleting *deleting, struct kafka_string topic, int32_t partition,
                          int16_t *ret_error)
{
    const struct groups_owner *owner = &deleting->groups->owner;
    struct offset *offset = offsets_find(deleting->group, topic, partition);

    *ret_error = KAFKA_NONE;
    if (deleting->has_topics && names_find(&deleting->topics, topic, 0) != NULL) {
        *ret_error = KAFKA_GROUP_SUBSCRIBED_TO_TOPIC;
    } else if (offset == NULL) {
        if (!owner->knows(owner->owner, topic, partition))
            *ret_error = KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
    } else {
        if (deleting->op == NULL) {
            deleting->op = stores_begin(deleting->groups, deleting->group, STORES_OFFSETS);
            stores_gather_add(deleting->gather, deleting->op);
        }
        stores_put_offset_tombstone(deleting->op, offset, ret_error);
    }
}

/* Arrays like those of the request, with names of their own. */
static void prepare_response(struct stores_gather *gather,
                             const struct kafka_offset_delete_request *body)
{
    struct kafka_offset_delete_response *response = &gather->response.offset_delete;
    size_t partition_count = 0;
    size_t name_size = 0;

    for (int32_t i = 0; i < body->topic_count; i++) {
        partition_count += value_size(body->topics[i].partition_count);
        name_size += value_size(body->topics[i].name.length);
    }
    char *names = mem_alloc(name_size);
    struct kafka_offset_delete_response_partition *partitions =
        NEW_ARRAY(struct kafka_offset_delete_response_partition, partition_count);
    response->topic_count = (int32_t)value_size(body->topic_count);
    response->topics =
        NEW_ARRAY(struct kafka_offset_delete_response_topic, (size_t)response->topic_count);
    gather->blocks[0] = names;
    gather->blocks[1] = partitions;
    gather->blocks[2] = response->topics;
    for (int32_t i = 0; i < body->topic_count; i++) {
        const struct kafka_offset_delete_request_topic *topic = &body->topics[i];
        size_t size = value_size(topic->name.length);
        if (size > 0)
            memcpy(names, topic->name.data, size);
        response->topics[i].name = (struct kafka_string){names, (int32_t)size};
        response->topics[i].partitions = partitions;
        response->topics[i].partition_count = (int32_t)value_size(topic->partition_count);
        for (int32_t k = 0; k < topic->partition_count; k++)
            partitions[k].partition = topic->partitions[k].partition;
        names += size;
        partitions += value_size(topic->partition_count);
    }
}

static void delete_offsets(struct deleting *deleting,
                           const struct kafka_offset_delete_request *body)
{
    struct kafka_offset_delete_response *response = &deleting->gather->response.offset_delete;

    prepare_response(deleting->gather, body);
    for (int32_t i = 0; i < response->topic_count; i++) {
        struct kafka_offset_delete_response_topic *topic = &response->topics[i];
        for (int32_t k = 0; k < topic->partition_count; k++)
            delete_offset(deleting, topic->name, topic->partitions[k].partition,
                          &topic->partitions[k].error_code);
    }
    if (deleting->op != NULL)
        stores_submit(deleting->groups, deleting->op);
}

void removal_delete_offsets(struct groups *groups, const struct request *request)
{
    const struct kafka_offset_delete_request *body = request->body;
    struct deleting deleting = {.groups = groups};
    int16_t error = find_group(groups, body->group_id, &deleting);

    deleting.gather = stores_gather_new(groups, request);
    deleting.gather->response.offset_delete.error_code = error;
    if (error == KAFKA_NONE)
        delete_offsets(&deleting, body);
    if (deleting.has_topics)
        sweep_free_topics(&deleting.topics);
    stores_gather_check(groups, deleting.gather);
}

/* ---- topics --------------------------------------------------------------------------------- */

static void remove_topic(struct groups *groups, struct group *group, struct kafka_string topic)
{
    struct offset **offsets = NEW_ARRAY(struct offset *, group->offsets.count);
    size_t count = 0;

    for (struct offset *offset = offsets_next(group, NULL); offset != NULL;
         offset = offsets_next(group, offset)) {
        if (value_same_string(offset->topic, topic))
            offsets[count++] = offset;
    }
    sweep_remove_offsets(groups, group, offsets, count);
    free((void *)offsets);
}

void groups_topic_deleted(struct groups *groups, struct kafka_string topic, int64_t wall_ms)
{
    groups->wall_ms = wall_ms;
    for (struct list_node *node = list_first(&groups->by_age); node != NULL;
         node = list_next(&groups->by_age, node))
        remove_topic(groups, CONTAINER_OF(node, struct group, by_age), topic);
    groups_settle(groups);
}
