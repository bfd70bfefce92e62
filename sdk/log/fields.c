/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/log/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sdk/log/hex.h"
#include "sdk/log/utf8.h"

/* ---- which field is what ---- */

static enum fields_source find_source(const char *name, enum fields_format format)
{
    static const struct {
        const char *name;
        enum fields_source source;
    } sources[] = {
        {"value", FIELDS_VALUE},
        {"text", FIELDS_VALUE},
        {"key", FIELDS_KEY},
        {"topic", FIELDS_TOPIC},
        {"partition", FIELDS_PARTITION},
        {"offset", FIELDS_OFFSET},
        {"timestamp_ms", FIELDS_TIMESTAMP},
    };

    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        if (strcmp(sources[i].name, name) == 0)
            return sources[i].source;
    }
    return format == FIELDS_JSON ? FIELDS_MEMBER : (enum fields_source)0;
}

static const char *kinds_of(enum fields_source source)
{
    switch (source) {
    case FIELDS_VALUE:
    case FIELDS_KEY:
        return "struct gale_str or struct gale_bytes";
    case FIELDS_TOPIC:
        return "struct gale_str";
    case FIELDS_PARTITION:
    case FIELDS_OFFSET:
    case FIELDS_TIMESTAMP:
        return "int64_t or uint64_t";
    case FIELDS_MEMBER:
        break;
    }
    return "any";
}

static bool can_hold(enum gale_kind kind, enum fields_source source)
{
    bool is_number = kind == GALE_KIND_I64 || kind == GALE_KIND_U64;

    if (source == FIELDS_MEMBER)
        return true;
    if (source == FIELDS_VALUE || source == FIELDS_KEY)
        return kind == GALE_KIND_STR || kind == GALE_KIND_BYTES;
    return source == FIELDS_TOPIC ? kind == GALE_KIND_STR : is_number;
}

static enum err add_field(struct fields *fields, const struct gale_stream *stream,
                          const struct gale_field *field, struct error *error)
{
    struct fields_item item = {
        .source = find_source(field->name, fields->format),
        .kind = (enum gale_kind)((unsigned)field->kind & ~(unsigned)GALE_KIND_NULLABLE),
        .is_nullable = ((unsigned)field->kind & GALE_KIND_NULLABLE) != 0,
        .offset = field->offset,
        .name = field->name,
    };

    if (item.source == 0)
        return error_set(error, ERR_INVALID,
                         "stream '%s' has a field '%s', but a record of the log has only value, "
                         "text, key, topic, partition, offset and timestamp_ms: or set format to "
                         "json",
                         stream->name, field->name);
    if (!can_hold(item.kind, item.source))
        return error_set(error, ERR_INVALID, "field '%s' of stream '%s' must be a %s", field->name,
                         stream->name, kinds_of(item.source));
    fields->has_members |= item.source == FIELDS_MEMBER;
    fields->items[fields->count++] = item;
    return ERR_OK;
}

enum err fields_init(const struct gale_stream *stream, enum fields_format format,
                     struct fields *ret_fields, struct error *error)
{
    struct fields fields = {.format = format};
    enum err err = ERR_OK;

    if (stream->size == 0)
        return error_set(error, ERR_INVALID,
                         "stream '%s' has no struct: define it by GALE_STREAM()", stream->name);
    for (uint32_t i = 0; err == ERR_OK && i < GALE_FIELDS_MAX && stream->fields[i].name != NULL;
         i++)
        err = add_field(&fields, stream, &stream->fields[i], error);
    if (err == ERR_OK)
        *ret_fields = fields;
    return err;
}

void fields_done(struct fields *fields)
{
    json_decref(fields->object);
    free(fields->bytes);
    fields->object = NULL;
    fields->bytes = NULL;
}

/* ---- writing into the struct ---- */

static void put(const struct fields_item *item, void *record, const void *value, size_t size)
{
    memcpy((char *)record + item->offset, value, size);
}

static size_t nullable_size(enum gale_kind kind)
{
    if (kind == GALE_KIND_STR || kind == GALE_KIND_BYTES)
        return sizeof(struct gale_maybe_str); /* both are of one shape, as the numbers are */
    return kind == GALE_KIND_BOOL ? sizeof(struct gale_maybe_bool) : sizeof(struct gale_maybe_i64);
}

static void put_null(const struct fields_item *item, void *record)
{
    memset((char *)record + item->offset, 0, nullable_size(item->kind));
}

static void put_str(const struct fields_item *item, void *record, const char *data, size_t size)
{
    struct gale_maybe_str str = {.has = true, .value = {.data = data, .length = size}};
    struct gale_maybe_bytes bytes = {.has = true,
                                     .value = {.data = (const uint8_t *)data, .length = size}};

    if (item->kind == GALE_KIND_STR && item->is_nullable)
        put(item, record, &str, sizeof str);
    else if (item->kind == GALE_KIND_STR)
        put(item, record, &str.value, sizeof str.value);
    else if (item->is_nullable)
        put(item, record, &bytes, sizeof bytes);
    else
        put(item, record, &bytes.value, sizeof bytes.value);
}

static void put_i64(const struct fields_item *item, void *record, int64_t number)
{
    struct gale_maybe_i64 maybe = {.has = true, .value = number};

    if (item->is_nullable)
        put(item, record, &maybe, sizeof maybe);
    else
        put(item, record, &number, sizeof number);
}

static void put_f64(const struct fields_item *item, void *record, double number)
{
    struct gale_maybe_f64 maybe = {.has = true, .value = number};

    if (item->is_nullable)
        put(item, record, &maybe, sizeof maybe);
    else
        put(item, record, &number, sizeof number);
}

static void put_bool(const struct fields_item *item, void *record, bool value)
{
    struct gale_maybe_bool maybe = {.has = true, .value = value};

    if (item->is_nullable)
        put(item, record, &maybe, sizeof maybe);
    else
        put(item, record, &value, sizeof value);
}

/* ---- JSON ---- */

static enum err put_hex(struct fields *fields, const struct fields_item *item, const json_t *value,
                        void *record, struct error *error)
{
    size_t length = json_string_length(value);
    char *bytes = fields->bytes + fields->bytes_used;

    if (!hex_decode(json_string_value(value), length, bytes))
        return error_set(error, ERR_INVALID, "member '%s' is not in hexadecimal digits",
                         item->name);
    fields->bytes_used += length / 2;
    put_str(item, record, bytes, length / 2);
    return ERR_OK;
}

static enum err put_integer(const struct fields_item *item, const json_t *value, void *record,
                            struct error *error)
{
    json_int_t number = json_integer_value(value);

    if (item->kind == GALE_KIND_U64 && number < 0)
        return error_set(error, ERR_INVALID, "member '%s' is negative", item->name);
    put_i64(item, record, number); /* of one shape with u64 */
    return ERR_OK;
}

static enum err refuse_kind(const struct fields_item *item, struct error *error)
{
    static const char *const names[] = {
        [GALE_KIND_BOOL] = "true or false", [GALE_KIND_I64] = "a whole number",
        [GALE_KIND_U64] = "a whole number", [GALE_KIND_F64] = "a number",
        [GALE_KIND_STR] = "a string",       [GALE_KIND_BYTES] = "a string of hexadecimal digits",
    };

    return error_set(error, ERR_INVALID, "member '%s' is not %s", item->name, names[item->kind]);
}

static bool is_of_kind(const json_t *value, enum gale_kind kind)
{
    if (kind == GALE_KIND_BOOL)
        return json_is_boolean(value);
    if (kind == GALE_KIND_F64)
        return json_is_number(value);
    if (kind == GALE_KIND_I64 || kind == GALE_KIND_U64)
        return json_is_integer(value);
    return json_is_string(value);
}

static enum err put_value(struct fields *fields, const struct fields_item *item,
                          const json_t *value, void *record, struct error *error)
{
    if (!is_of_kind(value, item->kind))
        return refuse_kind(item, error);
    if (item->kind == GALE_KIND_I64 || item->kind == GALE_KIND_U64)
        return put_integer(item, value, record, error);
    if (item->kind == GALE_KIND_BYTES)
        return put_hex(fields, item, value, record, error);
    if (item->kind == GALE_KIND_BOOL)
        put_bool(item, record, json_is_true(value));
    else if (item->kind == GALE_KIND_F64)
        put_f64(item, record, json_number_value(value));
    else
        put_str(item, record, json_string_value(value), json_string_length(value));
    return ERR_OK;
}

static enum err put_member(struct fields *fields, const struct fields_item *item, void *record,
                           struct error *error)
{
    const json_t *value = json_object_get(fields->object, item->name);

    if (value != NULL && !json_is_null(value))
        return put_value(fields, item, value, record, error);
    if (!item->is_nullable)
        return error_set(error, ERR_INVALID, "member '%s' is %s", item->name,
                         value == NULL ? "missing" : "null");
    put_null(item, record);
    return ERR_OK;
}

static enum err parse(struct fields *fields, const struct fields_record *record,
                      struct error *error)
{
    json_error_t why;

    json_decref(fields->object);
    fields->object = NULL;
    fields->bytes_used = 0;
    if (record->value == NULL)
        return error_set(error, ERR_INVALID, "there is no value");
    fields->object = json_loadb(record->value, record->value_size, JSON_ALLOW_NUL, &why);
    if (fields->object == NULL)
        return error_set(error, ERR_INVALID, "not JSON: %s (at byte %d)", why.text, why.position);
    if (!json_is_object(fields->object))
        return error_set(error, ERR_INVALID, "not a JSON object");
    if (fields->bytes_capacity < record->value_size) {
        free(fields->bytes);
        fields->bytes = mem_alloc(record->value_size);
        fields->bytes_capacity = record->value_size;
    }
    return ERR_OK;
}

/* ---- a record ---- */

static enum err put_text(const struct fields *fields, const struct fields_item *item,
                         const char *data, size_t size, void *record, struct error *error)
{
    if (data == NULL && item->is_nullable) {
        put_null(item, record);
        return ERR_OK;
    }
    if (item->kind == GALE_KIND_STR && fields->format != FIELDS_RAW && !utf8_is_valid(data, size))
        return error_set(error, ERR_INVALID, "the %s is not UTF-8",
                         item->source == FIELDS_KEY ? "key" : "value");
    put_str(item, record, data == NULL ? "" : data, size);
    return ERR_OK;
}

static enum err put_item(struct fields *fields, const struct fields_item *item,
                         const struct fields_record *from, void *record, struct error *error)
{
    switch (item->source) {
    case FIELDS_VALUE:
        return put_text(fields, item, from->value, from->value_size, record, error);
    case FIELDS_KEY:
        return put_text(fields, item, from->key, from->key_size, record, error);
    case FIELDS_TOPIC:
        put_str(item, record, from->topic, strlen(from->topic));
        return ERR_OK;
    case FIELDS_PARTITION:
        put_i64(item, record, from->partition);
        return ERR_OK;
    case FIELDS_OFFSET:
        put_i64(item, record, from->offset);
        return ERR_OK;
    case FIELDS_TIMESTAMP:
        put_i64(item, record, from->timestamp_ms);
        return ERR_OK;
    case FIELDS_MEMBER:
        return put_member(fields, item, record, error);
    }
    return ERR_OK;
}

enum err fields_decode(struct fields *fields, const struct fields_record *record, void *ret_struct,
                       struct error *error)
{
    enum err err = fields->has_members ? parse(fields, record, error) : ERR_OK;

    for (uint32_t i = 0; err == ERR_OK && i < fields->count; i++)
        err = put_item(fields, &fields->items[i], record, ret_struct, error);
    return err;
}
