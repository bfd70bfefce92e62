/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encoding writes the text itself, as it is done at every change and nothing in it needs an escape. In decoding
 * the first fault wins and is kept in the decoder; what is read after it is thrown away at the end. So the functions
 * that read have no error paths, but each must be harmless once there is a fault.
 */
#include "broker/server/catalog_file.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/crc32c.h"
#include "base/mem.h"
#include "broker/server/topic_name.h"

enum {
    FORMAT = 1,
    CRC_DIGITS = 8,
};

static const char crc_line[] = "  \"crc32c\": \"";

/* ---- encoding ---- */

static void put_name(struct text *text, struct kafka_string name, const struct kafka_uuid *id,
                     int32_t partitions)
{
    text_add(text, "\n    {\"name\": \"");
    text_add_bytes(text, name.data, (size_t)name.length);
    text_add(text, "\", \"id\": \"%s\", \"partitions\": %" PRId32, catalog_id_write(id).text,
             partitions);
}

static void put_config(struct text *text, const struct topic_config *config)
{
    const char *between = "";

    text_add(text, ", \"config\": {");
    for (int i = 0; i < TOPIC_KEYS; i++) {
        enum topic_key key = (enum topic_key)i;
        char value[TOPIC_VALUE_MAX];

        if (!topic_config_has(config, key))
            continue;
        topic_value_write(key, config->settings.values[i], value);
        text_add(text, "%s\"%s\": \"%s\"", between, topic_key_spec(key)->name, value);
        between = ", ";
    }
    text_add(text, "}}");
}

static void put_topics(struct text *text, const struct catalog_state *state)
{
    text_add(text, "  \"topics\": [");
    for (size_t i = 0; i < state->topic_count; i++) {
        const struct catalog_topic *topic = state->topics[i];

        put_name(text, topic->name, &topic->id, topic->partition_count);
        put_config(text, &topic->config);
        text_add(text, "%s", i + 1 < state->topic_count ? "," : "\n  ");
    }
    text_add(text, "],\n");
}

static void put_deleted(struct text *text, const struct catalog_state *state)
{
    text_add(text, "  \"deleted\": [");
    for (size_t i = 0; i < state->deleted_count; i++) {
        const struct catalog_deleted *deleted = &state->deleted[i];

        put_name(text, deleted->name, &deleted->id, deleted->partition_count);
        text_add(text, "}%s", i + 1 < state->deleted_count ? "," : "\n  ");
    }
    text_add(text, "],\n");
}

void catalog_file_encode(const struct catalog_state *state, struct text *text)
{
    size_t begin = text_size(text);

    text_add(text,
             "{\n  \"format\": %d,\n  \"cluster_id\": \"%s\",\n  \"life\": %" PRId32
             ",\n  \"next_producer_id\": %" PRId64 ",\n",
             FORMAT, catalog_id_write(&state->cluster_id).text, state->life,
             state->next_producer_id);
    put_topics(text, state);
    put_deleted(text, state);
    uint32_t crc = crc32c_of(text_data(text) + begin, text_size(text) - begin);
    text_add(text, "%s%08" PRIx32 "\"\n}\n", crc_line, crc);
}

/* ---- decoding ---- */

struct decoder {
    const struct catalog_limits *limits;
    struct catalog_state state;
    const char *array; /* the element that is being read; NULL: the document itself */
    size_t index;
    enum err err;
    struct error *error;
};

/* Only the first counts. */
static void refuse(struct decoder *decoder, enum err err, const char *member, const char *reason)
{
    const char *dot = member[0] == '\0' ? "" : ".";

    if (decoder->err != ERR_OK)
        return;
    if (decoder->array == NULL)
        decoder->err = error_set(decoder->error, err, "'%s' %s", member, reason);
    else
        decoder->err = error_set(decoder->error, err, "'%s[%zu]%s%s' %s", decoder->array,
                                 decoder->index, dot, member, reason);
}

static void refuse_unknown(struct decoder *decoder, const char *member)
{
    char shown[64];

    (void)snprintf(shown, sizeof shown, "%s", member);
    refuse(decoder, ERR_CORRUPT, shown, "is no member that is known");
}

/* All of the members, and nothing else. */
static void expect_members(struct decoder *decoder, json_t *object, const char *const *members,
                           size_t count)
{
    const char *name = NULL;
    json_t *value = NULL;

    if (!json_is_object(object)) {
        refuse(decoder, ERR_CORRUPT, "", "must be an object");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (json_object_get(object, members[i]) == NULL)
            refuse(decoder, ERR_CORRUPT, members[i], "is missing");
    }
    json_object_foreach(object, name, value)
    {
        bool is_known = false;

        for (size_t i = 0; i < count; i++)
            is_known = is_known || strcmp(name, members[i]) == 0;
        if (!is_known)
            refuse_unknown(decoder, name);
    }
}

static int64_t read_number(struct decoder *decoder, json_t *object, const char *member, int64_t min,
                           int64_t max)
{
    json_t *json = json_object_get(object, member);

    if (!json_is_integer(json)) {
        refuse(decoder, ERR_CORRUPT, member, "must be a whole number");
        return min;
    }
    int64_t value = json_integer_value(json);
    if (value >= min && value <= max)
        return value;
    char reason[96];
    (void)snprintf(reason, sizeof reason,
                   "is %" PRId64 ", but must be from %" PRId64 " to %" PRId64, value, min, max);
    refuse(decoder, ERR_CORRUPT, member, reason);
    return min;
}

/* Empty after a fault. */
static struct kafka_string read_text(struct decoder *decoder, json_t *object, const char *member)
{
    json_t *json = json_object_get(object, member);

    if (!json_is_string(json) || json_string_length(json) > INT32_MAX) {
        refuse(decoder, ERR_CORRUPT, member, "must be a text");
        return (struct kafka_string){"", 0};
    }
    return (struct kafka_string){json_string_value(json), (int32_t)json_string_length(json)};
}

static struct kafka_uuid read_id(struct decoder *decoder, json_t *object, const char *member)
{
    struct kafka_uuid id = {{0}};

    if (!catalog_id_read(read_text(decoder, object, member), &id) || catalog_id_is_zero(&id))
        refuse(decoder, ERR_CORRUPT, member, "must be an id of 22 characters");
    return id;
}

static struct kafka_string read_name(struct decoder *decoder, json_t *object)
{
    struct kafka_string name = read_text(decoder, object, "name");
    const char *fault = topic_name_fault(name);

    if (fault != NULL)
        refuse(decoder, ERR_CORRUPT, "name", fault);
    return name;
}

static void read_override(struct decoder *decoder, struct topic_config *config, const char *name,
                          json_t *value)
{
    struct kafka_string key_name = {name, (int32_t)strlen(name)};
    enum topic_key key = TOPIC_KEYS;
    struct error error = {.code = ERR_OK};

    if (!json_is_string(value)) {
        refuse(decoder, ERR_CORRUPT, "config", "has a value that is no text");
        return;
    }
    struct kafka_string text = {json_string_value(value), (int32_t)json_string_length(value)};
    if (!topic_key_find(key_name, &key, &error) ||
        topic_config_set(config, key, text, &error) != ERR_OK)
        refuse(decoder, ERR_CORRUPT, "config", error.text);
}

static struct topic_config read_config(struct decoder *decoder, json_t *topic)
{
    json_t *object = json_object_get(topic, "config");
    struct topic_config config = {0};
    const char *name = NULL;
    json_t *value = NULL;

    if (!json_is_object(object))
        refuse(decoder, ERR_CORRUPT, "config", "must be an object");
    json_object_foreach(object, name, value) read_override(decoder, &config, name, value);
    return config;
}

static void add_topic(struct decoder *decoder, const struct catalog_new_topic *topic)
{
    struct catalog_state *state = &decoder->state;
    size_t place = 0;

    if (decoder->err != ERR_OK)
        return;
    if (catalog_state_find(state, topic->name, &place))
        refuse(decoder, ERR_CORRUPT, "name", "is that of another topic, too");
    else if (catalog_state_find_colliding(state, topic->name) != NULL)
        refuse(decoder, ERR_CORRUPT, "name",
               "differs only in '.' and '_' from that of another topic");
    else if (topic->partition_count >
             (int64_t)decoder->limits->partitions_max - (int64_t)state->partition_count)
        refuse(decoder, ERR_LIMIT, "partitions", "is beyond the limit of broker.partitions.max");
    else
        catalog_state_put(state, catalog_topic_new(topic));
}

static void read_topic(struct decoder *decoder, json_t *json)
{
    static const char *const members[] = {"name", "id", "partitions", "config"};

    expect_members(decoder, json, members, COUNT_OF(members));
    struct catalog_new_topic topic = {
        .name = read_name(decoder, json),
        .id = read_id(decoder, json, "id"),
        .partition_count = (int32_t)read_number(decoder, json, "partitions", 1, INT32_MAX),
        .config = read_config(decoder, json),
    };
    add_topic(decoder, &topic);
}

static void read_deleted(struct decoder *decoder, json_t *json)
{
    static const char *const members[] = {"name", "id", "partitions"};

    expect_members(decoder, json, members, COUNT_OF(members));
    struct catalog_deleted deleted = {
        .name = read_name(decoder, json),
        .id = read_id(decoder, json, "id"),
        .partition_count = (int32_t)read_number(decoder, json, "partitions", 1, INT32_MAX),
    };
    size_t place = 0;

    if (decoder->err != ERR_OK)
        return;
    if (catalog_state_find(&decoder->state, deleted.name, &place) ||
        catalog_state_find_deleted(&decoder->state, deleted.name) != NULL)
        refuse(decoder, ERR_CORRUPT, "name", "is that of another topic, too");
    else
        catalog_state_put_deleted(&decoder->state, &deleted);
}

static void read_array(struct decoder *decoder, json_t *document, const char *member,
                       void (*read)(struct decoder *decoder, json_t *json))
{
    json_t *array = json_object_get(document, member);

    if (!json_is_array(array))
        refuse(decoder, ERR_CORRUPT, member, "must be an array");
    else if (json_array_size(array) > decoder->limits->topics_max)
        refuse(decoder, ERR_LIMIT, member, "are more than broker.topics.max allows");
    decoder->array = member;
    for (size_t i = 0; i < json_array_size(array) && decoder->err == ERR_OK; i++) {
        decoder->index = i;
        read(decoder, json_array_get(array, i));
    }
    decoder->array = NULL;
}

static void read_document(struct decoder *decoder, json_t *document)
{
    static const char *const members[] = {"format", "cluster_id", "life",  "next_producer_id",
                                          "topics", "deleted",    "crc32c"};
    struct catalog_state *state = &decoder->state;

    expect_members(decoder, document, members, COUNT_OF(members));
    state->cluster_id = read_id(decoder, document, "cluster_id");
    state->life = (int32_t)read_number(decoder, document, "life", 0, INT32_MAX);
    state->next_producer_id = read_number(decoder, document, "next_producer_id", 0, INT64_MAX);
    read_array(decoder, document, "topics", read_topic);
    read_array(decoder, document, "deleted", read_deleted);
}

/* A file of a later version may have other members: that is said first. */
static void check_format(struct decoder *decoder, json_t *document)
{
    json_t *format = json_object_get(document, "format");

    if (json_is_integer(format) && json_integer_value(format) > FORMAT)
        refuse(decoder, ERR_VERSION, "format", "is that of a later version of the broker");
    else
        (void)read_number(decoder, document, "format", FORMAT, FORMAT);
}

/* Where the line of the checksum begins: it is the last that has anything but a brace. SIZE_MAX: nowhere. */
static size_t find_crc_line(const char *bytes, size_t size)
{
    const size_t line_size = sizeof crc_line - 1 + CRC_DIGITS + sizeof "\"\n}\n" - 1;

    if (size < line_size || memcmp(bytes + size - line_size, crc_line, sizeof crc_line - 1) != 0)
        return SIZE_MAX;
    return size - line_size;
}

static void check_crc(struct decoder *decoder, json_t *document, const char *bytes, size_t size)
{
    size_t line = find_crc_line(bytes, size);
    char crc[CRC_DIGITS + 1];
    char reason[256];

    if (line == SIZE_MAX) {
        refuse(decoder, ERR_CORRUPT, "crc32c", "must be alone in the last line before the brace");
        return;
    }
    (void)snprintf(crc, sizeof crc, "%08" PRIx32, crc32c_of(bytes, line));
    const char *said = json_string_value(json_object_get(document, "crc32c"));
    if (said != NULL && strcmp(said, crc) == 0)
        return;
    (void)snprintf(reason, sizeof reason,
                   "does not fit: what is above it was damaged, or changed by hand; if you know "
                   "that all of it is right, put \"%s\" there",
                   crc);
    refuse(decoder, ERR_CORRUPT, "crc32c", reason);
}

enum err catalog_file_decode(const char *bytes, size_t size, const struct catalog_limits *limits,
                             struct catalog_state *ret_state, struct error *error)
{
    struct decoder decoder = {.limits = limits, .error = error};
    json_error_t fault;
    json_t *document = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &fault);

    if (document == NULL)
        return error_set(error, ERR_CORRUPT, "line %d, column %d: %s", fault.line, fault.column,
                         fault.text);
    if (!json_is_object(document))
        refuse(&decoder, ERR_CORRUPT, "", "must be an object");
    check_format(&decoder, document);
    read_document(&decoder, document);
    check_crc(&decoder, document, bytes, size);
    json_decref(document);
    if (decoder.err == ERR_OK)
        *ret_state = decoder.state;
    else
        catalog_state_done(&decoder.state);
    return decoder.err;
}
