/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/ui/messages/fake_log.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct console {
    int nothing;
};

struct console_consumer {
    int32_t only; /* partition; -1 */
    int64_t next[2];
};

static const struct {
    int64_t timestamp_ms;
    const char *value;
} records[2][3] = {
    {{10, "one"}, {20, "{\"n\":2}"}, {30, "three"}},
    {{15, "uno"}, {25, "due"}},
};
static const int64_t ends[2] = {3, 2};

static enum err open_console(const struct console_servers *servers, struct console **ret_console,
                             struct error *error)
{
    if (strcmp(servers->brokers, "127.0.0.1:9092") != 0)
        return error_set(error, ERR_CLOSED, "no broker answers");
    *ret_console = NEW(struct console);
    return ERR_OK;
}

static void close_console(struct console **console)
{
    free(*console);
    *console = NULL;
}

static enum err list_topics(struct console *console, json_t **ret_answer, struct error *error)
{
    (void)console;
    (void)error;
    *ret_answer = json_pack("{s:[{s:s,s:i,s:b},{s:s,s:i,s:b},{s:s,s:i,s:b}]}", "topics", "name",
                            "__own", "partitions", 1, "internal", 1, "name", "lines", "partitions",
                            2, "internal", 0, "name", "lost", "partitions", 1, "internal", 0);
    return ERR_OK;
}

static json_t *partition_of(int partition, json_t *first, json_t *next)
{
    return json_pack("{s:i, s:i, s:[i], s:[i], s:o, s:o}", "partition", partition, "leader", 0,
                     "replicas", 0, "in_sync", 0, "first", first, "next", next);
}

static enum err describe_topic(struct console *console, const char *topic, json_t **ret_answer,
                               struct error *error)
{
    (void)console;
    json_t *partitions = json_array();

    if (strcmp(topic, "lines") == 0) {
        json_array_append_new(partitions, partition_of(0, json_integer(0), json_integer(3)));
        json_array_append_new(partitions, partition_of(1, json_integer(0), json_integer(2)));
    } else if (strcmp(topic, "lost") == 0) {
        json_array_append_new(partitions, partition_of(0, json_null(), json_null()));
    } else {
        json_decref(partitions);
        return error_set(error, ERR_NOT_FOUND, "there is no topic '%s'", topic);
    }
    *ret_answer = json_pack("{s:s, s:o, s:{}}", "name", topic, "partitions", partitions, "configs");
    return ERR_OK;
}

static enum err list_groups(struct console *console, json_t **ret_answer, struct error *error)
{
    (void)console;
    (void)error;
    *ret_answer = json_pack("{s:[{s:s,s:s,s:b},{s:s,s:s,s:b},{s:s,s:s,s:b}]}", "groups", "name",
                            "busy", "state", "Stable", "simple", 0, "name", "g", "state", "Empty",
                            "simple", 1, "name", "vanished", "state", "Dead", "simple", 0);
    return ERR_OK;
}

static enum err describe_group(struct console *console, const char *group, json_t **ret_answer,
                               struct error *error)
{
    (void)console;
    if (strcmp(group, "busy") == 0)
        *ret_answer = json_pack("{s:s, s:s, s:[{s:s}], s:[{s:s,s:i,s:n,s:n}]}", "name", group,
                                "state", "Stable", "members", "id", "m", "offsets", "topic",
                                "lines", "partition", 0, "committed", "lag");
    else if (strcmp(group, "g") == 0 || strcmp(group, "denied") == 0)
        *ret_answer = json_pack(
            "{s:s, s:s, s:[], s:[{s:s,s:i,s:i,s:i},{s:s,s:i,s:n,s:i},{s:s,s:i,s:i,s:i}]}", "name",
            group, "state", "Empty", "members", "offsets", "topic", "lines", "partition", 0,
            "committed", 1, "lag", 2, "topic", "lines", "partition", 1, "committed", "lag", 2,
            "topic", "other", "partition", 0, "committed", 7, "lag", 40);
    else
        return error_set(error, ERR_NOT_FOUND, "there is no group '%s'", group);
    return ERR_OK;
}

static int64_t begin_of(struct console_place place, int partition)
{
    int64_t end = ends[partition];

    switch (place.kind) {
    case CONSOLE_PLACE_LATEST:
        return end;
    case CONSOLE_PLACE_EARLIEST:
        return 0;
    case CONSOLE_PLACE_OFFSET:
        return place.value < end ? place.value : end;
    case CONSOLE_PLACE_LAST:
        return place.value < end ? end - place.value : 0;
    case CONSOLE_PLACE_TIME:
        for (int64_t offset = 0; offset < end; offset++) {
            if (records[partition][offset].timestamp_ms >= place.value)
                return offset;
        }
        return end;
    }
    return 0;
}

static enum err find_places(struct console *console, const char *topic, struct console_place place,
                            json_t **ret_answer, struct error *error)
{
    (void)console;
    if (strcmp(topic, "lines") != 0)
        return error_set(error, ERR_NOT_FOUND, "there is no topic '%s'", topic);
    json_t *partitions = json_array();
    for (int i = 0; i < 2; i++)
        json_array_append_new(partitions, json_pack("{s:i, s:i, s:I, s:I}", "partition", i, "first",
                                                    0, "end", (json_int_t)ends[i], "offset",
                                                    (json_int_t)begin_of(place, i)));
    *ret_answer = json_pack("{s:o}", "partitions", partitions);
    return ERR_OK;
}

/* Only "earliest" is ever set. */
static enum err alter_offsets(struct console *console, const char *group, const char *topic,
                              const json_t *partitions, struct error *error)
{
    (void)console;
    if (strcmp(group, "denied") == 0)
        return error_set(error, ERR_DENIED, "group '%s' is not to be changed", group);
    bool is_right = strcmp(topic, "lines") == 0 && json_array_size(partitions) == 2;
    for (size_t i = 0; i < json_array_size(partitions); i++) {
        const json_t *one = json_array_get(partitions, i);
        is_right = is_right && json_integer_value(json_object_get(one, "offset")) == 0 &&
                   json_integer_value(json_object_get(one, "partition")) == (json_int_t)i;
    }
    return is_right ? ERR_OK : error_set(error, ERR_INTERNAL, "other offsets were expected");
}

static enum err open_consumer(const struct console_consumer_options *options,
                              struct console_consumer **ret_consumer, struct error *error)
{
    if (options->partition > 1)
        return error_set(error, ERR_NOT_FOUND, "topic '%s' has no partition %d", options->topic,
                         (int)options->partition);
    struct console_consumer *consumer = NEW(struct console_consumer);
    consumer->only = options->partition;
    for (int i = 0; i < 2; i++)
        consumer->next[i] = begin_of(options->from, i);
    *ret_consumer = consumer;
    return ERR_OK;
}

static int consumer_fd(const struct console_consumer *consumer)
{
    (void)consumer;
    return -1;
}

static enum console_event take(struct console_consumer *consumer, struct console_record *ret_record,
                               struct error *error)
{
    (void)error;
    for (int i = 1; i >= 0; i--) {
        if ((consumer->only >= 0 && consumer->only != i) || consumer->next[i] == ends[i])
            continue;
        int64_t offset = consumer->next[i]++;
        *ret_record = (struct console_record){
            .topic = "lines",
            .partition = i,
            .offset = offset,
            .timestamp_ms = records[i][offset].timestamp_ms,
            .value = records[i][offset].value,
            .value_size = strlen(records[i][offset].value),
        };
        return CONSOLE_RECORD;
    }
    return CONSOLE_AT_END;
}

static void close_consumer(struct console_consumer **consumer)
{
    free(*consumer);
    *consumer = NULL;
}

const struct log_console *fake_log(void)
{
    static const struct log_console table = {
        .open = open_console,
        .close = close_console,
        .list_topics = list_topics,
        .describe_topic = describe_topic,
        .list_groups = list_groups,
        .describe_group = describe_group,
        .find_places = find_places,
        .alter_offsets = alter_offsets,
        .open_consumer = open_consumer,
        .consumer_fd = consumer_fd,
        .take = take,
        .close_consumer = close_consumer,
    };

    return &table;
}
