/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same walk over the tables as in decode.c, the other way round. The size of a tagged field stands before it and
 * is known only behind it, so that it is inserted afterwards: tagged fields are few and short.
 */
#include "broker/protocol/encode.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"

enum {
    LEVELS_MAX = KAFKA_DEPTH_MAX + 1,
};

enum step {
    STEP_FIELDS,
    STEP_TAGS,
};

struct level {
    const struct kafka_struct *table;
    const unsigned char *object;
    size_t field; /* the next one of the step */
    enum step step;
    int32_t objects; /* left to write behind this one */
    bool is_tagged;
    size_t begin; /* of the tagged field that the level is */
};

struct walk {
    struct kafka_writer *writer;
    int16_t version;
    enum kafka_form form;
    size_t depth;
    const struct kafka_field *field;
    bool has_failed;
    struct level levels[LEVELS_MAX];
};

static void enter(struct walk *walk, const struct kafka_struct *table, const void *object,
                  int32_t count)
{
    ASSERT(walk->depth < LEVELS_MAX);
    walk->levels[walk->depth++] =
        (struct level){.table = table, .object = object, .objects = count - 1};
}

/* ---- values ---- */

/* What is sent for the length or count: null only where it may be. */
static int32_t length_of(const struct walk *walk, int32_t length)
{
    ASSERT(length >= KAFKA_NULL);
    if (length == KAFKA_NULL && !kafka_field_may_be_null(walk->field, walk->version))
        return 0;
    return length;
}

static void write_text(struct walk *walk, struct kafka_string text)
{
    if (text.length > INT16_MAX) {
        walk->has_failed = true;
        return;
    }
    kafka_put_string(walk->writer, walk->form, text);
}

static void write_string(struct walk *walk, struct kafka_string text)
{
    text.length = length_of(walk, text.length);
    write_text(walk, text);
}

static void write_bytes(struct walk *walk, struct kafka_bytes bytes)
{
    bytes.length = length_of(walk, bytes.length);
    kafka_put_bytes(walk->writer, walk->form, bytes);
}

static void write_records(struct walk *walk, struct kafka_records records)
{
    records.length = length_of(walk, records.length);
    kafka_put_records(walk->writer, walk->form, records);
}

/* Writes the count and returns it, 0 for null. */
static int32_t write_count(struct walk *walk, const unsigned char *object)
{
    int32_t count = *(const int32_t *)(const void *)(object + walk->field->count_offset);

    count = length_of(walk, count);
    kafka_put_count(walk->writer, walk->form, count);
    return count == KAFKA_NULL ? 0 : count;
}

static const void *list_of(const struct walk *walk, const unsigned char *object)
{
    const void *list = NULL;

    memcpy(&list, object + walk->field->offset, sizeof list);
    return list;
}

static void write_i32_list(struct walk *walk, const unsigned char *object)
{
    int32_t count = write_count(walk, object);
    const int32_t *list = list_of(walk, object);

    for (int32_t i = 0; i < count; i++)
        kafka_put_i32(walk->writer, list[i]);
}

static void write_i64_list(struct walk *walk, const unsigned char *object)
{
    int32_t count = write_count(walk, object);
    const int64_t *list = list_of(walk, object);

    for (int32_t i = 0; i < count; i++)
        kafka_put_i64(walk->writer, list[i]);
}

static void write_string_list(struct walk *walk, const unsigned char *object)
{
    int32_t count = write_count(walk, object);
    const struct kafka_string *list = list_of(walk, object);

    for (int32_t i = 0; i < count; i++) {
        ASSERT(list[i].length >= 0);
        write_text(walk, list[i]);
    }
}

static void write_struct_list(struct walk *walk, const unsigned char *object)
{
    int32_t count = write_count(walk, object);

    if (count > 0)
        enter(walk, walk->field->element, list_of(walk, object), count);
}

/* May enter a level, which is then to be written before anything else. */
static void write_value(struct walk *walk, const struct kafka_field *field,
                        const unsigned char *object)
{
    struct kafka_writer *writer = walk->writer;
    const void *at = object + field->offset;

    walk->field = field;
    switch (field->kind) {
    case KAFKA_KIND_BOOL:
        kafka_put_i8(writer, *(const bool *)at);
        return;
    case KAFKA_KIND_I8:
        kafka_put_i8(writer, *(const int8_t *)at);
        return;
    case KAFKA_KIND_I16:
        kafka_put_i16(writer, *(const int16_t *)at);
        return;
    case KAFKA_KIND_I32:
        kafka_put_i32(writer, *(const int32_t *)at);
        return;
    case KAFKA_KIND_I64:
        kafka_put_i64(writer, *(const int64_t *)at);
        return;
    case KAFKA_KIND_UUID:
        kafka_put_uuid(writer, *(const struct kafka_uuid *)at);
        return;
    case KAFKA_KIND_STRING:
        write_string(walk, *(const struct kafka_string *)at);
        return;
    case KAFKA_KIND_BYTES:
        write_bytes(walk, *(const struct kafka_bytes *)at);
        return;
    case KAFKA_KIND_RECORDS:
        write_records(walk, *(const struct kafka_records *)at);
        return;
    case KAFKA_KIND_I32_LIST:
        write_i32_list(walk, object);
        return;
    case KAFKA_KIND_I64_LIST:
        write_i64_list(walk, object);
        return;
    case KAFKA_KIND_STRING_LIST:
        write_string_list(walk, object);
        return;
    case KAFKA_KIND_STRUCT_LIST:
        write_struct_list(walk, object);
        return;
    case KAFKA_KIND_STRUCT:
        enter(walk, field->element, at, 1);
        return;
    }
    UNREACHABLE();
}

/* ---- tagged fields ---- */

/* Of all but structs. */
static bool is_default(const struct kafka_field *field, const unsigned char *object)
{
    static const struct kafka_uuid zero;
    const void *at = object + field->offset;

    switch (field->kind) {
    case KAFKA_KIND_BOOL:
        return *(const bool *)at == (field->default_value != 0);
    case KAFKA_KIND_I8:
        return *(const int8_t *)at == field->default_value;
    case KAFKA_KIND_I16:
        return *(const int16_t *)at == field->default_value;
    case KAFKA_KIND_I32:
        return *(const int32_t *)at == field->default_value;
    case KAFKA_KIND_I64:
        return *(const int64_t *)at == field->default_value;
    case KAFKA_KIND_UUID:
        return memcmp(at, zero.bytes, sizeof zero.bytes) == 0;
    case KAFKA_KIND_STRING:
        return ((const struct kafka_string *)at)->length == field->default_value;
    case KAFKA_KIND_BYTES:
        return ((const struct kafka_bytes *)at)->length == field->default_value;
    case KAFKA_KIND_RECORDS:
        return ((const struct kafka_records *)at)->length == field->default_value;
    case KAFKA_KIND_I32_LIST:
    case KAFKA_KIND_I64_LIST:
    case KAFKA_KIND_STRING_LIST:
    case KAFKA_KIND_STRUCT_LIST:
        return *(const int32_t *)(const void *)(object + field->count_offset) ==
               field->default_value;
    case KAFKA_KIND_STRUCT:
        break;
    }
    UNREACHABLE();
}

static bool is_all_default(const struct kafka_struct *table, const unsigned char *object)
{
    for (size_t i = 0; i < table->field_count; i++)
        if (!is_default(&table->fields[i], object))
            return false;
    return true;
}

static bool is_sent(const struct walk *walk, const struct kafka_field *field,
                    const unsigned char *object)
{
    if (!field->is_tagged || !kafka_field_is_in(field, walk->version))
        return false;
    if (field->kind == KAFKA_KIND_STRUCT)
        return !is_all_default(field->element, object + field->offset);
    return !is_default(field, object);
}

static void write_tag_count(struct walk *walk, const struct level *level)
{
    uint32_t count = 0;

    for (size_t i = 0; i < level->table->field_count; i++)
        count += is_sent(walk, &level->table->fields[i], level->object);
    kafka_put_uvarint(walk->writer, count);
}

static void finish_tagged(struct walk *walk, size_t begin)
{
    kafka_insert_uvarint(walk->writer, begin, (uint32_t)(walk->writer->size - begin));
}

static void write_tagged(struct walk *walk, const struct kafka_field *field,
                         const unsigned char *object)
{
    size_t depth = walk->depth;

    kafka_put_uvarint(walk->writer, (uint32_t)field->tag);
    size_t begin = walk->writer->size;
    write_value(walk, field, object);
    if (walk->depth == depth) {
        finish_tagged(walk, begin);
        return;
    }
    walk->levels[depth].is_tagged = true;
    walk->levels[depth].begin = begin;
}

/* ---- the walk ---- */

/* Both write until a field enters a level, or there are no more. */
static void write_fields(struct walk *walk, struct level *level)
{
    size_t depth = walk->depth;

    while (level->field < level->table->field_count) {
        const struct kafka_field *field = &level->table->fields[level->field++];
        if (field->is_tagged || !kafka_field_is_in(field, walk->version))
            continue;
        write_value(walk, field, level->object);
        if (walk->depth != depth)
            return;
    }
    level->step = STEP_TAGS;
    level->field = 0;
    if (walk->form == KAFKA_FLEXIBLE)
        write_tag_count(walk, level);
    else
        level->field = level->table->field_count;
}

/* To the next object of the level, or out of it. */
static void finish_object(struct walk *walk, struct level *level)
{
    if (level->objects > 0) {
        level->objects--;
        level->object += level->table->size;
        level->field = 0;
        level->step = STEP_FIELDS;
        return;
    }
    walk->depth--;
    if (level->is_tagged)
        finish_tagged(walk, level->begin);
}

static void write_tags(struct walk *walk, struct level *level)
{
    size_t depth = walk->depth;

    while (level->field < level->table->field_count) {
        const struct kafka_field *field = &level->table->fields[level->field++];
        if (!is_sent(walk, field, level->object))
            continue;
        write_tagged(walk, field, level->object);
        if (walk->depth != depth)
            return;
    }
    finish_object(walk, level);
}

static void take_step(struct walk *walk)
{
    struct level *level = &walk->levels[walk->depth - 1];

    if (level->step == STEP_FIELDS)
        write_fields(walk, level);
    else
        write_tags(walk, level);
}

COLD static enum err complain(const struct walk *walk, const struct kafka_schema *schema,
                              struct error *error)
{
    return error_set(error, ERR_LIMIT, "%s v%d: '%s' has more than %d bytes", schema->name,
                     walk->version, walk->field->name, INT16_MAX);
}

enum err kafka_encode(const struct kafka_schema *schema, int16_t version, const void *message,
                      struct kafka_writer *writer, struct error *error)
{
    struct walk walk;
    size_t size = writer->size;
    size_t piece_count = writer->piece_count;

    if (!kafka_schema_has(schema, version))
        return error_set(error, ERR_VERSION, "%s: there is no version %d", schema->name, version);
    walk.writer = writer;
    walk.version = version;
    walk.form = kafka_schema_is_flexible(schema, version) ? KAFKA_FLEXIBLE : KAFKA_CLASSIC;
    walk.depth = 0;
    walk.field = NULL;
    walk.has_failed = false;
    enter(&walk, &schema->body, message, 1);
    while (walk.depth > 0 && !walk.has_failed)
        take_step(&walk);
    if (!walk.has_failed)
        return ERR_OK;
    kafka_writer_cut(writer, size, piece_count);
    return complain(&walk, schema, error);
}
