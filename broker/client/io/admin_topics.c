/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topics: what the brokers say of them, and changing them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/client/io/console_parts.h"

/* ---- list ---- */

struct listed {
    const rd_kafka_metadata_topic_t *topic;
};

static int compare_topics(const void *a, const void *b)
{
    const struct listed *first = a;
    const struct listed *second = b;

    return strcmp(first->topic->topic, second->topic->topic);
}

/* As Kafka's clients know them: nobody else may name a topic so. */
static bool is_internal(const char *topic)
{
    return strncmp(topic, "__", 2) == 0;
}

enum err admin_list_topics(struct console *console, json_t **ret_answer, struct error *error)
{
    const rd_kafka_metadata_t *metadata;

    enum err err = console_metadata(console->client, console->timeout_ms, &metadata, error);
    if (err != ERR_OK)
        return err;
    size_t count = (size_t)metadata->topic_cnt;
    struct listed *sorted = NEW_ARRAY(struct listed, count);
    json_t *topics = json_array();

    for (size_t i = 0; i < count; i++)
        sorted[i].topic = &metadata->topics[i];
    qsort(sorted, count, sizeof *sorted, compare_topics);
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_metadata_topic_t *topic = sorted[i].topic;

        json_array_append_new(topics, json_pack("{s:s, s:i, s:b}", "name", topic->topic,
                                                "partitions", topic->partition_cnt, "internal",
                                                is_internal(topic->topic)));
    }
    free(sorted);
    rd_kafka_metadata_destroy(metadata);
    *ret_answer = json_pack("{s:o}", "topics", topics);
    return ERR_OK;
}

/* ---- describe ---- */

static json_t *known(int64_t offset)
{
    return offset < 0 ? json_null() : json_integer(offset);
}

static json_t *ids(const int32_t *items, int count)
{
    json_t *list = json_array();

    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_integer(items[i]));
    return list;
}

static int compare_partitions(const void *a, const void *b)
{
    const rd_kafka_metadata_partition_t *first = a;
    const rd_kafka_metadata_partition_t *second = b;

    return (first->id > second->id) - (first->id < second->id);
}

/* Asks for the first and the next offset of each; one question to each leader. */
static enum err describe_partitions(struct console *console, const rd_kafka_metadata_topic_t *topic,
                                    json_t *list, struct error *error)
{
    rd_kafka_topic_partition_list_t *first =
        rd_kafka_topic_partition_list_new(topic->partition_cnt);
    rd_kafka_topic_partition_list_t *next = rd_kafka_topic_partition_list_new(topic->partition_cnt);

    qsort(topic->partitions, (size_t)topic->partition_cnt, sizeof *topic->partitions,
          compare_partitions);
    for (int i = 0; i < topic->partition_cnt; i++) {
        int32_t id = topic->partitions[i].id;

        rd_kafka_topic_partition_list_add(first, topic->topic, id)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
        rd_kafka_topic_partition_list_add(next, topic->topic, id)->offset = RD_KAFKA_OFFSET_END;
    }
    enum err err = console_offsets(console->client, console->timeout_ms, first, error);
    if (err == ERR_OK)
        err = console_offsets(console->client, console->timeout_ms, next, error);
    for (int i = 0; err == ERR_OK && i < topic->partition_cnt; i++) {
        const rd_kafka_metadata_partition_t *one = &topic->partitions[i];

        json_array_append_new(
            list, json_pack("{s:i, s:i, s:o, s:o, s:o, s:o}", "partition", (int)one->id, "leader",
                            (int)one->leader, "replicas", ids(one->replicas, one->replica_cnt),
                            "in_sync", ids(one->isrs, one->isr_cnt), "first",
                            known(first->elems[i].offset), "next", known(next->elems[i].offset)));
    }
    rd_kafka_topic_partition_list_destroy(first);
    rd_kafka_topic_partition_list_destroy(next);
    return err;
}

static void take_configs(const rd_kafka_ConfigResource_t *resource, json_t *configs)
{
    size_t count;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);

    for (size_t i = 0; i < count; i++) {
        const char *value = rd_kafka_ConfigEntry_value(entries[i]);

        if (rd_kafka_ConfigEntry_source(entries[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG)
            json_object_set_new(configs, rd_kafka_ConfigEntry_name(entries[i]),
                                value == NULL ? json_null() : json_string(value));
    }
}

/* The resource of the only topic in an answer, or what the broker has against it. */
static enum err check_resource(const rd_kafka_ConfigResource_t **resources, size_t count,
                               const char *topic, struct error *error)
{
    if (count == 1 && rd_kafka_ConfigResource_error(resources[0]) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return ERR_OK;
    if (count != 1)
        return error_set(error, ERR_IO, "topic '%s': the broker answered for %zu topics", topic,
                         count);
    return console_refuse(error, rd_kafka_ConfigResource_error(resources[0]),
                          rd_kafka_ConfigResource_error_string(resources[0]), "topic '%s'", topic);
}

/* Those that the topic itself has: *ret_configs is an object of texts. */
static enum err read_configs(struct console *console, const char *topic, json_t **ret_configs,
                             struct error *error)
{
    rd_kafka_ConfigResource_t *resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    rd_kafka_AdminOptions_t *options = admin_options(console, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_event_t *event;

    rd_kafka_DescribeConfigs(console->client, &resource, 1, options, console->answers);
    enum err err = admin_await(console, &event, error);
    if (err == ERR_OK) {
        size_t count;
        const rd_kafka_ConfigResource_t **answers = rd_kafka_DescribeConfigs_result_resources(
            rd_kafka_event_DescribeConfigs_result(event), &count);

        err = check_resource(answers, count, topic, error);
        if (err == ERR_OK) {
            *ret_configs = json_object();
            take_configs(answers[0], *ret_configs);
        }
        rd_kafka_event_destroy(event);
    }
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ConfigResource_destroy(resource);
    return err;
}

enum err admin_describe_topic(struct console *console, const char *topic, json_t **ret_answer,
                              struct error *error)
{
    const rd_kafka_metadata_t *metadata;
    const rd_kafka_metadata_topic_t *found;
    json_t *partitions = json_array();
    json_t *configs = NULL;

    enum err err = console_metadata(console->client, console->timeout_ms, &metadata, error);
    if (err == ERR_OK) {
        err = console_topic(metadata, topic, &found, error);
        if (err == ERR_OK)
            err = describe_partitions(console, found, partitions, error);
        rd_kafka_metadata_destroy(metadata);
    }
    if (err == ERR_OK)
        err = read_configs(console, topic, &configs, error);
    if (err == ERR_OK)
        *ret_answer = json_pack("{s:s, s:O, s:o}", "name", topic, "partitions", partitions,
                                "configs", configs);
    json_decref(partitions);
    return err;
}

/* ---- create, delete, more partitions ---- */

static enum err check_topic(const rd_kafka_topic_result_t **results, size_t count,
                            const char *topic, struct error *error)
{
    if (count == 1 && rd_kafka_topic_result_error(results[0]) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return ERR_OK;
    if (count != 1)
        return error_set(error, ERR_IO, "topic '%s': the broker answered for %zu topics", topic,
                         count);
    return console_refuse(error, rd_kafka_topic_result_error(results[0]),
                          rd_kafka_topic_result_error_string(results[0]), "topic '%s'", topic);
}

/* The answer to one of the three questions. */
static enum err await_topic(struct console *console, const char *topic, struct error *error)
{
    rd_kafka_event_t *event;
    const rd_kafka_topic_result_t **results = NULL;
    size_t count = 0;

    enum err err = admin_await(console, &event, error);
    if (err != ERR_OK)
        return err;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATETOPICS_RESULT)
        results =
            rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DELETETOPICS_RESULT)
        results =
            rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
    else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT)
        results = rd_kafka_CreatePartitions_result_topics(
            rd_kafka_event_CreatePartitions_result(event), &count);
    err = check_topic(results, count, topic, error);
    rd_kafka_event_destroy(event);
    return err;
}

enum err admin_create_topic(struct console *console, const char *topic, int32_t partitions,
                            const struct console_config *configs, size_t config_count,
                            struct error *error)
{
    char text[ERROR_TEXT_MAX];
    rd_kafka_NewTopic_t *wanted = rd_kafka_NewTopic_new(
        topic, partitions, -1, text, sizeof text); /* -1: as many copies as usual */

    if (wanted == NULL)
        return error_set(error, ERR_INVALID, "topic '%s': %s", topic, text);
    for (size_t i = 0; i < config_count; i++)
        (void)rd_kafka_NewTopic_set_config(wanted, configs[i].key, configs[i].value);
    rd_kafka_AdminOptions_t *options = admin_options(console, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_CreateTopics(console->client, &wanted, 1, options, console->answers);
    enum err err = await_topic(console, topic, error);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy(wanted);
    return err;
}

enum err admin_delete_topic(struct console *console, const char *topic, struct error *error)
{
    rd_kafka_DeleteTopic_t *wanted = rd_kafka_DeleteTopic_new(topic);
    rd_kafka_AdminOptions_t *options = admin_options(console, RD_KAFKA_ADMIN_OP_DELETETOPICS);

    rd_kafka_DeleteTopics(console->client, &wanted, 1, options, console->answers);
    enum err err = await_topic(console, topic, error);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_DeleteTopic_destroy(wanted);
    return err;
}

enum err admin_add_partitions(struct console *console, const char *topic, int32_t partitions,
                              struct error *error)
{
    char text[ERROR_TEXT_MAX];
    rd_kafka_NewPartitions_t *wanted =
        rd_kafka_NewPartitions_new(topic, (size_t)partitions, text, sizeof text);

    if (wanted == NULL)
        return error_set(error, ERR_INVALID, "topic '%s': %s", topic, text);
    rd_kafka_AdminOptions_t *options = admin_options(console, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS);
    rd_kafka_CreatePartitions(console->client, &wanted, 1, options, console->answers);
    enum err err = await_topic(console, topic, error);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewPartitions_destroy(wanted);
    return err;
}

/* ---- configs ---- */

static enum err await_alter(struct console *console, const char *topic, struct error *error)
{
    rd_kafka_event_t *event;
    size_t count;

    enum err err = admin_await(console, &event, error);
    if (err != ERR_OK)
        return err;
    const rd_kafka_ConfigResource_t **answers =
        rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event), &count);
    err = check_resource(answers, count, topic, error);
    rd_kafka_event_destroy(event);
    return err;
}

/* The one call of the library replaces all configs of a topic. */
static enum err write_configs(struct console *console, const char *topic, json_t *configs,
                              struct error *error)
{
    rd_kafka_ConfigResource_t *resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    rd_kafka_AdminOptions_t *options = admin_options(console, RD_KAFKA_ADMIN_OP_ALTERCONFIGS);
    const char *key;
    json_t *value;

    json_object_foreach(configs, key, value)(void)
        rd_kafka_ConfigResource_set_config(resource, key, json_string_value(value));
    rd_kafka_AlterConfigs(console->client, &resource, 1, options, console->answers);
    enum err err = await_alter(console, topic, error);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ConfigResource_destroy(resource);
    return err;
}

enum err admin_alter_configs(struct console *console, const char *topic,
                             const struct console_config *configs, size_t config_count,
                             struct error *error)
{
    json_t *all;

    enum err err = read_configs(console, topic, &all, error);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < config_count; i++) {
        if (configs[i].value != NULL)
            json_object_set_new(all, configs[i].key, json_string(configs[i].value));
        else
            (void)json_object_del(all, configs[i].key);
    }
    err = write_configs(console, topic, all, error);
    json_decref(all);
    return err;
}
