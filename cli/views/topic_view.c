/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/topic_view.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/answer.h"
#include "cli/views/columns.h"

enum {
    NUMBER_MAX = 24,
};

/* Names come from a broker, so they are not trusted. */
static void add_name(struct columns *columns, const char *name)
{
    struct text text;

    text_init(&text);
    answer_add_words(name, &text);
    columns_add(columns, "%s", text_data(&text));
    text_done(&text);
}

void topic_view_list(const json_t *answer, struct text *text)
{
    struct columns columns;
    size_t count = answer_size(answer, "topics");

    if (count == 0) {
        text_add(text, "there are no topics\n");
        return;
    }
    columns_init(&columns, "lr");
    columns_add_row(&columns, (const char *const[]){"topic", "partitions"});
    for (size_t i = 0; i < count; i++) {
        const json_t *topic = answer_item(answer, "topics", i);

        add_name(&columns, answer_text(topic, "name"));
        columns_add(&columns, "%" PRIu64, answer_count(topic, "partitions"));
    }
    columns_render(&columns, text);
    columns_done(&columns);
}

/* ---- one topic ---- */

static const char *write_offset(const json_t *partition, const char *member,
                                char buffer[NUMBER_MAX])
{
    const json_t *offset = json_object_get(partition, member);

    if (!json_is_integer(offset))
        return "?";
    (void)snprintf(buffer, NUMBER_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(offset));
    return buffer;
}

static void add_ids(struct columns *columns, const json_t *list)
{
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < json_array_size(list); i++)
        text_add(&text, "%s%" JSON_INTEGER_FORMAT, i == 0 ? "" : ",",
                 json_integer_value(json_array_get(list, i)));
    columns_add(columns, "%s", text_size(&text) == 0 ? "-" : text_data(&text));
    text_done(&text);
}

static void add_partition(struct columns *columns, const json_t *partition)
{
    const json_t *first = json_object_get(partition, "first");
    const json_t *next = json_object_get(partition, "next");
    json_int_t leader = json_integer_value(json_object_get(partition, "leader"));
    char buffer[NUMBER_MAX];

    columns_add(columns, "%" PRIu64, answer_count(partition, "partition"));
    if (leader < 0)
        columns_add(columns, "none");
    else
        columns_add(columns, "%" JSON_INTEGER_FORMAT, leader);
    add_ids(columns, json_object_get(partition, "replicas"));
    columns_add(columns, "%s", write_offset(partition, "first", buffer));
    columns_add(columns, "%s", write_offset(partition, "next", buffer));
    if (json_is_integer(first) && json_is_integer(next))
        columns_add(columns, "%" JSON_INTEGER_FORMAT,
                    json_integer_value(next) - json_integer_value(first));
    else
        columns_add(columns, "?");
}

static void add_configs(const json_t *configs, struct text *text)
{
    const char *key;
    json_t *value;
    json_t *unlocked = (json_t *)(uintptr_t)configs; /* the macro asks for it; nothing is changed */

    json_object_foreach(unlocked, key, value)
    {
        text_add(text, "  ");
        answer_add_words(key, text);
        text_add(text, "=");
        answer_add_words(json_is_string(value) ? json_string_value(value) : "", text);
        text_add(text, "\n");
    }
}

static void add_topic(const json_t *topic, struct text *text)
{
    struct columns columns;
    size_t count = answer_size(topic, "partitions");
    const json_t *configs = json_object_get(topic, "configs");

    text_add(text, "topic ");
    answer_add_words(answer_text(topic, "name"), text);
    text_add(text, ": %zu partition%s%s\n", count, count == 1 ? "" : "s",
             json_object_size(configs) == 0 ? "" : ", with its own");
    add_configs(configs, text);
    columns_init(&columns, "rllrrr");
    columns_add_row(&columns, (const char *const[]){"partition", "leader", "replicas", "first",
                                                    "next", "records"});
    for (size_t i = 0; i < count; i++)
        add_partition(&columns, answer_item(topic, "partitions", i));
    columns_render(&columns, text);
    columns_done(&columns);
}

void topic_view_topics(const json_t *answer, struct text *text)
{
    size_t count = answer_size(answer, "topics");

    if (count == 0)
        text_add(text, "there are no topics\n");
    for (size_t i = 0; i < count; i++) {
        text_add(text, "%s", i == 0 ? "" : "\n");
        add_topic(answer_item(answer, "topics", i), text);
    }
}
