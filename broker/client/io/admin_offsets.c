/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offsets: those that a group has committed, those of places in a topic, and setting them.
 */
#include <string.h>

#include "base/assert.h"
#include "broker/client/io/console_parts.h"

/* ---- what is committed ---- */

static enum err take_committed(const rd_kafka_group_result_t **results, size_t count,
                               const char *group, rd_kafka_topic_partition_list_t **ret_list,
                               struct error *error)
{
    const rd_kafka_error_t *fault = count == 1 ? rd_kafka_group_result_error(results[0]) : NULL;

    if (count != 1)
        return error_set(error, ERR_IO, "group '%s': the broker answered for %zu groups", group,
                         count);
    if (fault != NULL)
        return console_refuse(error, rd_kafka_error_code(fault), rd_kafka_error_string(fault),
                              "group '%s'", group);
    *ret_list = rd_kafka_topic_partition_list_copy(rd_kafka_group_result_partitions(results[0]));
    return ERR_OK;
}

/* Of these partitions, or of all if `partitions` is NULL. */
static enum err ask_committed(struct console *console, const char *group,
                              const rd_kafka_topic_partition_list_t *partitions,
                              rd_kafka_topic_partition_list_t **ret_list, struct error *error)
{
    rd_kafka_ListConsumerGroupOffsets_t *wanted =
        rd_kafka_ListConsumerGroupOffsets_new(group, partitions);
    rd_kafka_AdminOptions_t *options =
        admin_options(console, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
    rd_kafka_event_t *event;

    rd_kafka_ListConsumerGroupOffsets(console->client, &wanted, 1, options, console->answers);
    enum err err = admin_await(console, &event, error);
    if (err == ERR_OK) {
        size_t count;
        const rd_kafka_group_result_t **results = rd_kafka_ListConsumerGroupOffsets_result_groups(
            rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);

        err = take_committed(results, count, group, ret_list, error);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ListConsumerGroupOffsets_destroy(wanted);
    return err;
}

static void add_topic(const rd_kafka_metadata_topic_t *topic, rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < topic->partition_cnt; i++)
        (void)rd_kafka_topic_partition_list_add(list, topic->topic, topic->partitions[i].id);
}

/* Removes those that have none. */
static void drop_uncommitted(rd_kafka_topic_partition_list_t *list)
{
    for (int i = list->cnt; i-- > 0;) {
        if (list->elems[i].offset < 0)
            (void)rd_kafka_topic_partition_list_del_by_idx(list, i);
    }
}

/* Names every partition that there is. */
static enum err ask_committed_of_each(struct console *console, const char *group,
                                      rd_kafka_topic_partition_list_t **ret_list,
                                      struct error *error)
{
    const rd_kafka_metadata_t *metadata;

    enum err err = console_metadata(console->client, console->timeout_ms, &metadata, error);
    if (err != ERR_OK)
        return err;
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(metadata->topic_cnt);
    for (int i = 0; i < metadata->topic_cnt; i++)
        add_topic(&metadata->topics[i], all);
    rd_kafka_metadata_destroy(metadata);
    if (all->cnt == 0) {
        *ret_list = all;
        return ERR_OK;
    }
    err = ask_committed(console, group, all, ret_list, error);
    rd_kafka_topic_partition_list_destroy(all);
    ASSERT(err != ERR_OK || *ret_list != NULL);
    if (err == ERR_OK)
        drop_uncommitted(*ret_list);
    return err;
}

/* Of all partitions that have one. Asked for all, the library asks brokers that do not know version 6 of the
 * question for none; so nothing is believed only when each was asked for. */
static enum err read_committed(struct console *console, const char *group,
                               rd_kafka_topic_partition_list_t **ret_list, struct error *error)
{
    rd_kafka_topic_partition_list_t *list = NULL;

    enum err err = ask_committed(console, group, NULL, &list, error);
    if (err != ERR_OK)
        return err;
    ASSERT(list != NULL);
    if (list->cnt > 0) {
        *ret_list = list;
        return ERR_OK;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return ask_committed_of_each(console, group, ret_list, error);
}

/* Partitions that a member has and that nobody has committed. */
static void add_assigned(const json_t *members, rd_kafka_topic_partition_list_t *list)
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
            int32_t id = (int32_t)json_integer_value(json_object_get(partition, "partition"));

            if (rd_kafka_topic_partition_list_find(list, topic, id) == NULL)
                rd_kafka_topic_partition_list_add(list, topic, id)->offset = -1;
        }
    }
}

/* The other partitions of the topics in the list: they are behind, too. */
static void add_others(const rd_kafka_metadata_topic_t *topic,
                       rd_kafka_topic_partition_list_t *list)
{
    bool is_known = false;

    for (int i = 0; i < list->cnt && !is_known; i++)
        is_known = strcmp(list->elems[i].topic, topic->topic) == 0;
    for (int i = 0; is_known && i < topic->partition_cnt; i++) {
        int32_t id = topic->partitions[i].id;

        if (rd_kafka_topic_partition_list_find(list, topic->topic, id) == NULL)
            rd_kafka_topic_partition_list_add(list, topic->topic, id)->offset = -1;
    }
}

enum err admin_read_committed(struct console *console, const char *group, const json_t *members,
                              rd_kafka_topic_partition_list_t **ret_list, struct error *error)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    const rd_kafka_metadata_t *metadata;

    enum err err = read_committed(console, group, &list, error);
    if (err != ERR_OK)
        return err;
    err = console_metadata(console->client, console->timeout_ms, &metadata, error);
    if (err != ERR_OK) {
        rd_kafka_topic_partition_list_destroy(list);
        return err;
    }
    add_assigned(members, list);
    for (int i = 0; i < metadata->topic_cnt; i++)
        add_others(&metadata->topics[i], list);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_partition_list_sort(list, NULL, NULL);
    *ret_list = list;
    return ERR_OK;
}

/* ---- places ---- */

static rd_kafka_topic_partition_list_t *all_partitions(const rd_kafka_metadata_topic_t *topic)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(topic->partition_cnt);

    add_topic(topic, list);
    rd_kafka_topic_partition_list_sort(list, NULL, NULL);
    return list;
}

static enum err find_all(struct console *console, const rd_kafka_topic_partition_list_t *list,
                         struct console_place place, json_t *answers, struct error *error)
{
    struct console_spans spans;

    enum err err =
        console_find_places(console->client, console->timeout_ms, list, place, &spans, error);
    if (err != ERR_OK)
        return err;
    for (int i = 0; i < list->cnt; i++)
        json_array_append_new(answers, json_pack("{s:i, s:I, s:I, s:I}", "partition",
                                                 (int)list->elems[i].partition, "first",
                                                 (json_int_t)spans.first->elems[i].offset, "end",
                                                 (json_int_t)spans.end->elems[i].offset, "offset",
                                                 (json_int_t)spans.places->elems[i].offset));
    console_spans_done(&spans);
    return ERR_OK;
}

enum err admin_find_places(struct console *console, const char *topic, struct console_place place,
                           json_t **ret_answer, struct error *error)
{
    const rd_kafka_metadata_t *metadata;
    const rd_kafka_metadata_topic_t *found;
    json_t *answers = json_array();

    enum err err = console_metadata(console->client, console->timeout_ms, &metadata, error);
    if (err == ERR_OK) {
        err = console_topic(metadata, topic, &found, error);
        if (err == ERR_OK) {
            rd_kafka_topic_partition_list_t *list = all_partitions(found);

            err = find_all(console, list, place, answers, error);
            rd_kafka_topic_partition_list_destroy(list);
        }
        rd_kafka_metadata_destroy(metadata);
    }
    if (err == ERR_OK)
        *ret_answer = json_pack("{s:O}", "partitions", answers);
    json_decref(answers);
    return err;
}

/* ---- setting offsets ---- */

static enum err check_altered(const rd_kafka_group_result_t **results, size_t count,
                              const char *group, struct error *error)
{
    const rd_kafka_error_t *fault = count == 1 ? rd_kafka_group_result_error(results[0]) : NULL;

    if (count != 1)
        return error_set(error, ERR_IO, "group '%s': the broker answered for %zu groups", group,
                         count);
    if (fault != NULL)
        return console_refuse(error, rd_kafka_error_code(fault), rd_kafka_error_string(fault),
                              "group '%s'", group);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_group_result_partitions(results[0]);
    for (int i = 0; i < list->cnt; i++) {
        if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR)
            return console_refuse(error, list->elems[i].err, NULL,
                                  "group '%s', partition %d of '%s'", group,
                                  (int)list->elems[i].partition, list->elems[i].topic);
    }
    return ERR_OK;
}

static enum err alter(struct console *console, const char *group,
                      const rd_kafka_topic_partition_list_t *list, struct error *error)
{
    rd_kafka_AlterConsumerGroupOffsets_t *wanted =
        rd_kafka_AlterConsumerGroupOffsets_new(group, list);
    rd_kafka_AdminOptions_t *options =
        admin_options(console, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
    rd_kafka_event_t *event;

    rd_kafka_AlterConsumerGroupOffsets(console->client, &wanted, 1, options, console->answers);
    enum err err = admin_await(console, &event, error);
    if (err == ERR_OK) {
        size_t count;
        const rd_kafka_group_result_t **results = rd_kafka_AlterConsumerGroupOffsets_result_groups(
            rd_kafka_event_AlterConsumerGroupOffsets_result(event), &count);

        err = check_altered(results, count, group, error);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_AlterConsumerGroupOffsets_destroy(wanted);
    return err;
}

enum err admin_alter_offsets(struct console *console, const char *group, const char *topic,
                             const json_t *partitions, struct error *error)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)json_array_size(partitions));
    size_t i;
    json_t *one;

    json_array_foreach(partitions, i, one) rd_kafka_topic_partition_list_add(
        list, topic, (int32_t)json_integer_value(json_object_get(one, "partition")))
        ->offset = json_integer_value(json_object_get(one, "offset"));
    enum err err = alter(console, group, list, error);
    rd_kafka_topic_partition_list_destroy(list);
    return err;
}
