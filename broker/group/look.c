/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OffsetFetch, DescribeGroups, ListGroups: those who look, and change nothing.
 */
#include <limits.h>
#include <stdlib.h>

#include "base/mem.h"
#include "broker/group/groups_parts.h"
#include "broker/group/value.h"
#include "broker/protocol/messages_group.h"

enum {
    VERSION_FETCHES_MANY = 8,
    VERSION_TELLS_NOT_FOUND = 6,
    GROUP_OPERATIONS = 1 << 3 | 1 << 6 | 1 << 8, /* read, delete, describe: all that there are */
};

static void answer(struct groups *groups, const struct request *request, const void *response)
{
    groups->owner.answer(groups->owner.owner, request->token, response);
}

/* ---- offset fetch --------------------------------------------------------------------------- */

static struct kafka_offset_fetch_response_partition fetch_one(const struct group *group,
                                                              struct kafka_string topic,
                                                              int32_t partition, int16_t error)
{
    struct kafka_offset_fetch_response_partition result = {.partition = partition,
                                                           .committed_offset = -1,
                                                           .committed_leader_epoch = -1,
                                                           .metadata = value_of_text(""),
                                                           .error_code = error};
    const struct offset *offset = NULL;

    if (group != NULL && error == KAFKA_NONE)
        offset = offsets_find(group, topic, partition);
    if (offset != NULL && offset->has_value) {
        result.committed_offset = offset->value.offset;
        result.committed_leader_epoch = offset->value.leader_epoch;
        if (offset->value.metadata.length > 0)
            result.metadata = offset->value.metadata;
    }
    return result;
}

/* What is asked of one group. The arrays are one block each, freed by free_fetched(). */
static void fetch_asked(const struct group *group,
                        const struct kafka_offset_fetch_request_group *asked, int16_t error,
                        struct kafka_offset_fetch_response_group *result)
{
    size_t partition_count = 0;

    for (int32_t i = 0; i < asked->topic_count; i++)
        partition_count += value_size(asked->topics[i].partition_count);
    struct kafka_offset_fetch_response_partition *partitions =
        NEW_ARRAY(struct kafka_offset_fetch_response_partition, partition_count + 1);
    result->topics =
        NEW_ARRAY(struct kafka_offset_fetch_response_topic, (size_t)asked->topic_count + 1);
    result->topics[0].partitions = partitions; /* also if there is no topic: for free_fetched() */
    result->topic_count = asked->topic_count;
    for (int32_t i = 0; i < asked->topic_count; i++) {
        const struct kafka_offset_fetch_request_topic *topic = &asked->topics[i];
        result->topics[i] = (struct kafka_offset_fetch_response_topic){
            .name = topic->name, .topic_id = topic->topic_id, .partitions = partitions};
        for (int32_t k = 0; k < topic->partition_count; k++)
            *partitions++ = fetch_one(group, topic->name, topic->partitions[k], error);
        result->topics[i].partition_count = (int32_t)value_size(topic->partition_count);
    }
}

/* All that it has. */
static void fetch_all(const struct group *group, struct kafka_offset_fetch_response_group *result)
{
    size_t count = 0;
    struct offset **offsets = group == NULL ? NULL : offsets_sorted(group, &count);
    struct kafka_offset_fetch_response_partition *partitions =
        NEW_ARRAY(struct kafka_offset_fetch_response_partition, count + 1);
    struct kafka_offset_fetch_response_topic *topic = NULL;

    result->topics = NEW_ARRAY(struct kafka_offset_fetch_response_topic, count + 1);
    result->topics[0].partitions = partitions;
    for (size_t i = 0; i < count; i++) {
        if (topic == NULL || !value_same_string(topic->name, offsets[i]->topic)) {
            topic = &result->topics[result->topic_count++];
            topic->name = offsets[i]->topic;
            topic->partitions = &partitions[i];
        }
        partitions[i] =
            fetch_one(group, offsets[i]->topic, offsets[i]->by_place.number, KAFKA_NONE);
        topic->partition_count++;
    }
    free((void *)offsets);
}

static void free_fetched(struct kafka_offset_fetch_response_group *result)
{
    free(result->topics[0].partitions);
    free(result->topics);
}

static void fetch_group(const struct groups *groups,
                        const struct kafka_offset_fetch_request_group *asked,
                        struct kafka_offset_fetch_response_group *result)
{
    const struct group *group = groups_find(groups, asked->group_id);
    int16_t error = groups->is_loaded ? KAFKA_NONE : KAFKA_COORDINATOR_LOAD_IN_PROGRESS;

    if (asked->group_id.length < 0 || asked->group_id.length > INT16_MAX)
        error = KAFKA_INVALID_GROUP_ID;
    *result = (struct kafka_offset_fetch_response_group){.group_id = asked->group_id,
                                                         .error_code = error};
    if (asked->topic_count < 0)
        fetch_all(error == KAFKA_NONE ? group : NULL, result);
    else
        fetch_asked(group, asked, error, result);
}

static void fetch_many(struct groups *groups, const struct request *request)
{
    const struct kafka_offset_fetch_request *body = request->body;
    size_t count = value_size(body->group_count);
    struct kafka_offset_fetch_response response = {.group_count = (int32_t)count};

    response.groups = NEW_ARRAY(struct kafka_offset_fetch_response_group, count);
    for (size_t i = 0; i < count; i++)
        fetch_group(groups, &body->groups[i], &response.groups[i]);
    answer(groups, request, &response);
    for (size_t i = 0; i < count; i++)
        free_fetched(&response.groups[i]);
    free(response.groups);
}

void look_fetch(struct groups *groups, const struct request *request)
{
    const struct kafka_offset_fetch_request *body = request->body;
    struct kafka_offset_fetch_request_group asked = {
        .group_id = body->group_id, .topics = body->topics, .topic_count = body->topic_count};
    struct kafka_offset_fetch_response_group result;

    if (request->version >= VERSION_FETCHES_MANY) {
        fetch_many(groups, request);
        return;
    }
    fetch_group(groups, &asked, &result);
    struct kafka_offset_fetch_response response = {.topics = result.topics,
                                                   .topic_count = result.topic_count,
                                                   .error_code = result.error_code};
    answer(groups, request, &response);
    free_fetched(&result);
}

/* ---- describe ------------------------------------------------------------------------------- */

/* Metadata and assignments are told of stable groups alone: else they are of no generation. */
static void describe_members(const struct group *group,
                             struct kafka_describe_groups_response_group *result)
{
    struct kafka_bytes nothing = {.length = 0};
    bool is_stable = group->state == GROUP_STABLE;
    const struct group_member *member = group_next_member(group, NULL);

    result->members =
        NEW_ARRAY(struct kafka_describe_groups_response_member, group_member_count(group));
    for (; member != NULL; member = group_next_member(group, member)) {
        bool is_assigned = is_stable && member->assignment.length > 0;
        result->members[result->member_count++] = (struct kafka_describe_groups_response_member){
            .member_id = member->id,
            .group_instance_id = member->instance_id,
            .client_id = member->client_id,
            .client_host = member->client_host,
            .member_metadata = is_stable ? group_metadata(member, group->protocol) : nothing,
            .member_assignment = is_assigned ? member->assignment : nothing};
    }
}

static void describe_group(const struct groups *groups, const struct request *request,
                           struct kafka_string name,
                           struct kafka_describe_groups_response_group *result)
{
    const struct kafka_describe_groups_request *body = request->body;
    const struct group *group = groups_find(groups, name);

    *result = (struct kafka_describe_groups_response_group){
        .error_message = KAFKA_STRING_NULL,
        .group_id = name,
        .group_state = value_of_text(""),
        .protocol_type = value_of_text(""),
        .protocol_data = value_of_text(""),
        .authorized_operations = body->include_authorized_operations ? GROUP_OPERATIONS : INT_MIN};
    if (!groups->is_loaded) {
        result->error_code = KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
        return;
    }
    if (group == NULL) {
        result->group_state = value_of_text(group_state_name(GROUP_DELETING));
        if (request->version >= VERSION_TELLS_NOT_FOUND)
            result->error_code = KAFKA_GROUP_ID_NOT_FOUND;
        return;
    }
    result->group_state = value_of_text(group_state_name(group->state));
    if (group->protocol_type.length > 0)
        result->protocol_type = group->protocol_type;
    if (group->state == GROUP_STABLE)
        result->protocol_data = group->protocol;
    describe_members(group, result);
}

void look_describe(struct groups *groups, const struct request *request)
{
    const struct kafka_describe_groups_request *body = request->body;
    size_t count = value_size(body->group_count);
    struct kafka_describe_groups_response response = {.group_count = (int32_t)count};

    response.groups = NEW_ARRAY(struct kafka_describe_groups_response_group, count);
    for (size_t i = 0; i < count; i++)
        describe_group(groups, request, body->groups[i], &response.groups[i]);
    answer(groups, request, &response);
    for (size_t i = 0; i < count; i++)
        free(response.groups[i].members);
    free(response.groups);
}

/* ---- list ----------------------------------------------------------------------------------- */

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static bool is_one_of(struct kafka_string word, const struct kafka_string *words, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        int32_t k = 0;
        while (k < word.length && words[i].length == word.length &&
               lower(words[i].data[k]) == lower(word.data[k]))
            k++;
        if (k == word.length)
            return true;
    }
    return count <= 0;
}

void look_list(struct groups *groups, const struct request *request)
{
    const struct kafka_list_groups_request *body = request->body;
    struct kafka_list_groups_response response = {
        .error_code = groups->is_loaded ? KAFKA_NONE : KAFKA_COORDINATOR_LOAD_IN_PROGRESS};
    struct kafka_string type = value_of_text("classic");
    struct list_node *node = groups->is_loaded ? list_first(&groups->by_age) : NULL;

    response.groups = NEW_ARRAY(struct kafka_list_groups_response_group, groups->by_name.count);
    for (; node != NULL; node = list_next(&groups->by_age, node)) {
        const struct group *group = CONTAINER_OF(node, struct group, by_age);
        struct kafka_string state = value_of_text(group_state_name(group->state));
        if (!is_one_of(state, body->states_filter, body->states_filter_count) ||
            !is_one_of(type, body->types_filter, body->types_filter_count))
            continue;
        response.groups[response.group_count++] = (struct kafka_list_groups_response_group){
            .group_id = group->name,
            .protocol_type =
                group->protocol_type.length > 0 ? group->protocol_type : value_of_text(""),
            .group_state = state,
            .group_type = type};
    }
    answer(groups, request, &response);
    free(response.groups);
}
