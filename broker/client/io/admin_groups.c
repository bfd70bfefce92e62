/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consumer groups: their members, and how far they are behind.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/client/io/console_parts.h"

/* ---- list ---- */

struct listed {
    const rd_kafka_ConsumerGroupListing_t *group;
    rd_kafka_consumer_group_state_t state;
};

static int compare_groups(const void *a, const void *b)
{
    const struct listed *first = a;
    const struct listed *second = b;

    return strcmp(rd_kafka_ConsumerGroupListing_group_id(first->group),
                  rd_kafka_ConsumerGroupListing_group_id(second->group));
}

static struct listed *sort_listed(const rd_kafka_ListConsumerGroups_result_t *result,
                                  size_t *ret_count)
{
    const rd_kafka_ConsumerGroupListing_t **groups =
        rd_kafka_ListConsumerGroups_result_valid(result, ret_count);
    struct listed *sorted = NEW_ARRAY(struct listed, *ret_count);

    for (size_t i = 0; i < *ret_count; i++)
        sorted[i].group = groups[i];
    qsort(sorted, *ret_count, sizeof *sorted, compare_groups);
    return sorted;
}

/* Brokers that do not know version 4 of the question do not say the states, but describe groups. */
static enum err ask_states(struct console *console, struct listed *listed, size_t count,
                           struct error *error)
{
    const char **names = NEW_ARRAY(const char *, count);
    rd_kafka_AdminOptions_t *options =
        admin_options(console, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    rd_kafka_event_t *event;

    for (size_t i = 0; i < count; i++)
        names[i] = rd_kafka_ConsumerGroupListing_group_id(listed[i].group);
    rd_kafka_DescribeConsumerGroups(console->client, names, count, options, console->answers);
    enum err err = admin_await(console, &event, error);
    if (err == ERR_OK) {
        size_t described;
        const rd_kafka_ConsumerGroupDescription_t **groups =
            rd_kafka_DescribeConsumerGroups_result_groups(
                rd_kafka_event_DescribeConsumerGroups_result(event), &described);

        for (size_t i = 0; i < count && i < described; i++) /* they come in our order */
            listed[i].state = rd_kafka_ConsumerGroupDescription_state(groups[i]);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_AdminOptions_destroy(options);
    free(names);
    return err;
}

static enum err find_states(struct console *console, struct listed *listed, size_t count,
                            struct error *error)
{
    bool are_known = true;

    for (size_t i = 0; i < count; i++) {
        listed[i].state = rd_kafka_ConsumerGroupListing_state(listed[i].group);
        are_known = are_known && listed[i].state != RD_KAFKA_CONSUMER_GROUP_STATE_UNKNOWN;
    }
    return are_known ? ERR_OK : ask_states(console, listed, count, error);
}

static json_t *to_json(const struct listed *listed, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:b}", "name",
                      rd_kafka_ConsumerGroupListing_group_id(listed[i].group), "state",
                      rd_kafka_consumer_group_state_name(listed[i].state), "simple",
                      rd_kafka_ConsumerGroupListing_is_simple_consumer_group(listed[i].group)));
    return list;
}

static enum err take_listed(struct console *console,
                            const rd_kafka_ListConsumerGroups_result_t *result, json_t **ret_answer,
                            struct error *error)
{
    size_t fault_count;
    const rd_kafka_error_t **faults =
        rd_kafka_ListConsumerGroups_result_errors(result, &fault_count);
    size_t count;

    if (fault_count > 0)
        return console_refuse(error, rd_kafka_error_code(faults[0]),
                              rd_kafka_error_string(faults[0]), "a broker lists no groups");
    struct listed *listed = sort_listed(result, &count);
    enum err err = find_states(console, listed, count, error);
    if (err == ERR_OK)
        *ret_answer = json_pack("{s:o}", "groups", to_json(listed, count));
    free(listed);
    return err;
}

enum err admin_list_groups(struct console *console, json_t **ret_answer, struct error *error)
{
    rd_kafka_AdminOptions_t *options = admin_options(console, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS);
    rd_kafka_event_t *event;

    rd_kafka_ListConsumerGroups(console->client, options, console->answers);
    enum err err = admin_await(console, &event, error);
    if (err == ERR_OK) {
        err = take_listed(console, rd_kafka_event_ListConsumerGroups_result(event), ret_answer,
                          error);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_AdminOptions_destroy(options);
    return err;
}

/* ---- members ---- */

static json_t *text_or_null(const char *text)
{
    return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *describe_member(const rd_kafka_MemberDescription_t *member)
{
    const rd_kafka_MemberAssignment_t *assignment = rd_kafka_MemberDescription_assignment(member);
    const rd_kafka_topic_partition_list_t *list =
        assignment == NULL ? NULL : rd_kafka_MemberAssignment_partitions(assignment);
    json_t *partitions = json_array();

    for (int i = 0; list != NULL && i < list->cnt; i++)
        json_array_append_new(partitions, json_pack("{s:s, s:i}", "topic", list->elems[i].topic,
                                                    "partition", (int)list->elems[i].partition));
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "id",
                     text_or_null(rd_kafka_MemberDescription_consumer_id(member)), "instance",
                     text_or_null(rd_kafka_MemberDescription_group_instance_id(member)), "client",
                     text_or_null(rd_kafka_MemberDescription_client_id(member)), "host",
                     text_or_null(rd_kafka_MemberDescription_host(member)), "partitions",
                     partitions);
}

static json_t *describe(const rd_kafka_ConsumerGroupDescription_t *group)
{
    const rd_kafka_Node_t *node = rd_kafka_ConsumerGroupDescription_coordinator(group);
    size_t count = rd_kafka_ConsumerGroupDescription_member_count(group);
    json_t *members = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(members,
                              describe_member(rd_kafka_ConsumerGroupDescription_member(group, i)));
    return json_pack(
        "{s:s, s:s, s:o, s:i, s:o}", "name", rd_kafka_ConsumerGroupDescription_group_id(group),
        "state", rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(group)),
        "assignor", text_or_null(rd_kafka_ConsumerGroupDescription_partition_assignor(group)),
        "coordinator", node == NULL ? -1 : rd_kafka_Node_id(node), "members", members);
}

static enum err read_members(struct console *console, const char *group, json_t **ret_answer,
                             struct error *error)
{
    rd_kafka_AdminOptions_t *options =
        admin_options(console, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    rd_kafka_event_t *event;

    rd_kafka_DescribeConsumerGroups(console->client, &group, 1, options, console->answers);
    enum err err = admin_await(console, &event, error);
    if (err == ERR_OK) {
        size_t count;
        const rd_kafka_ConsumerGroupDescription_t **groups =
            rd_kafka_DescribeConsumerGroups_result_groups(
                rd_kafka_event_DescribeConsumerGroups_result(event), &count);
        const rd_kafka_error_t *fault =
            count == 1 ? rd_kafka_ConsumerGroupDescription_error(groups[0]) : NULL;

        if (count != 1)
            err = error_set(error, ERR_IO, "group '%s': the broker answered for %zu groups", group,
                            count);
        else if (fault != NULL)
            err = console_refuse(error, rd_kafka_error_code(fault), rd_kafka_error_string(fault),
                                 "group '%s'", group);
        else
            *ret_answer = describe(groups[0]);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_AdminOptions_destroy(options);
    return err;
}

/* ---- offsets ---- */

/* The id of the member that has the partition; NULL if nobody has. */
static const char *member_of(const json_t *members, const rd_kafka_topic_partition_t *wanted)
{
    size_t i;
    json_t *member;
    size_t j;
    json_t *partition;

    json_array_foreach(members, i, member)
    {
        json_array_foreach(json_object_get(member, "partitions"), j, partition)
        {
            const char *topic = json_string_value(json_object_get(partition, "topic"));
            json_int_t id = json_integer_value(json_object_get(partition, "partition"));

            if (id == wanted->partition && strcmp(topic, wanted->topic) == 0)
                return json_string_value(json_object_get(member, "id"));
        }
    }
    return NULL;
}

/* What is to be read, from the committed offset or, without one, from the first. */
static json_t *lag_of(int64_t committed, int64_t first, int64_t end)
{
    int64_t from = committed < first ? first : committed;

    if (first < 0 || end < 0)
        return json_null();
    return json_integer(from > end ? 0 : end - from);
}

static json_t *known(int64_t offset)
{
    return offset < 0 ? json_null() : json_integer(offset);
}

/* `committed` is sorted. */
static enum err describe_offsets(struct console *console, const json_t *members,
                                 const rd_kafka_topic_partition_list_t *committed, json_t *list,
                                 struct error *error)
{
    rd_kafka_topic_partition_list_t *first =
        console_copy_list(committed, RD_KAFKA_OFFSET_BEGINNING);
    rd_kafka_topic_partition_list_t *end = console_copy_list(committed, RD_KAFKA_OFFSET_END);

    enum err err = console_offsets(console->client, console->timeout_ms, first, error);
    if (err == ERR_OK)
        err = console_offsets(console->client, console->timeout_ms, end, error);
    for (int i = 0; err == ERR_OK && i < committed->cnt; i++) {
        const rd_kafka_topic_partition_t *one = &committed->elems[i];

        json_array_append_new(
            list,
            json_pack("{s:s, s:i, s:o, s:o, s:o, s:o, s:o}", "topic", one->topic, "partition",
                      (int)one->partition, "committed", known(one->offset), "first",
                      known(first->elems[i].offset), "end", known(end->elems[i].offset), "lag",
                      lag_of(one->offset, first->elems[i].offset, end->elems[i].offset), "member",
                      text_or_null(member_of(members, one))));
    }
    rd_kafka_topic_partition_list_destroy(first);
    rd_kafka_topic_partition_list_destroy(end);
    return err;
}

/* A group that nobody knows is a dead one to the broker. */
static bool is_unknown(const json_t *answer, const rd_kafka_topic_partition_list_t *offsets)
{
    const char *state = json_string_value(json_object_get(answer, "state"));

    return json_array_size(json_object_get(answer, "members")) == 0 && offsets->cnt == 0 &&
           state != NULL && strcmp(state, "Dead") == 0;
}

enum err admin_describe_group(struct console *console, const char *group, json_t **ret_answer,
                              struct error *error)
{
    rd_kafka_topic_partition_list_t *committed = NULL;
    json_t *answer = NULL;
    json_t *offsets = json_array();

    enum err err = read_members(console, group, &answer, error);
    const json_t *members = json_object_get(answer, "members");
    if (err == ERR_OK)
        err = admin_read_committed(console, group, members, &committed, error);
    if (err == ERR_OK && is_unknown(answer, committed))
        err = error_set(error, ERR_NOT_FOUND, "there is no group '%s'", group);
    if (err == ERR_OK)
        err = describe_offsets(console, members, committed, offsets, error);
    if (committed != NULL)
        rd_kafka_topic_partition_list_destroy(committed);
    if (err == ERR_OK) {
        json_object_set(answer, "offsets", offsets);
        *ret_answer = answer;
    } else {
        json_decref(answer);
    }
    json_decref(offsets);
    return err;
}

/* ---- delete ---- */

enum err admin_delete_group(struct console *console, const char *group, struct error *error)
{
    rd_kafka_DeleteGroup_t *wanted = rd_kafka_DeleteGroup_new(group);
    rd_kafka_AdminOptions_t *options = admin_options(console, RD_KAFKA_ADMIN_OP_DELETEGROUPS);
    rd_kafka_event_t *event;

    rd_kafka_DeleteGroups(console->client, &wanted, 1, options, console->answers);
    enum err err = admin_await(console, &event, error);
    if (err == ERR_OK) {
        size_t count;
        const rd_kafka_group_result_t **results =
            rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &count);
        const rd_kafka_error_t *fault = count == 1 ? rd_kafka_group_result_error(results[0]) : NULL;

        if (fault != NULL)
            err = console_refuse(error, rd_kafka_error_code(fault), rd_kafka_error_string(fault),
                                 "group '%s'", group);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_DeleteGroup_destroy(wanted);
    return err;
}
