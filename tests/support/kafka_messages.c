/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/kafka_messages.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/protocol/apis.h"
#include "broker/protocol/schemas.h"
#include "broker/protocol/types.h"

static int32_t count_of(const struct kafka_field *field, const unsigned char *object)
{
    int32_t count;

    memcpy(&count, object + field->count_offset, sizeof count);
    return count;
}

static unsigned char *list_of(const struct kafka_field *field, const unsigned char *object)
{
    unsigned char *list;

    memcpy(&list, object + field->offset, sizeof list);
    return list;
}

/* ---- writing ---- */

static void print_bytes(struct text *out, const void *data, int32_t length)
{
    const unsigned char *bytes = data;

    if (length == KAFKA_NULL) {
        text_add(out, "~");
        return;
    }
    text_add(out, "'");
    for (int32_t i = 0; i < length; i++) {
        if (bytes[i] > ' ' && bytes[i] < 0x7f && bytes[i] != '\\' && bytes[i] != '\'')
            text_add(out, "%c", bytes[i]);
        else
            text_add(out, "\\%02x", bytes[i]);
    }
    text_add(out, "'");
}

static void print_uuid(struct text *out, const struct kafka_uuid *uuid)
{
    text_add(out, "#");
    for (size_t i = 0; i < sizeof uuid->bytes; i++)
        text_add(out, "%02x", uuid->bytes[i]);
}

static void print_element(struct text *out, const struct kafka_field *field,
                          const unsigned char *list, int32_t index)
{
    if (field->kind == KAFKA_KIND_I32_LIST) {
        text_add(out, "%" PRId32, ((const int32_t *)(const void *)list)[index]);
    } else if (field->kind == KAFKA_KIND_I64_LIST) {
        text_add(out, "%" PRId64, ((const int64_t *)(const void *)list)[index]);
    } else {
        struct kafka_string text = ((const struct kafka_string *)(const void *)list)[index];
        print_bytes(out, text.data, text.length);
    }
}

static void print_struct(struct text *out, const struct kafka_struct *table, int16_t version,
                         const unsigned char *object);

static void print_list(struct text *out, const struct kafka_field *field, int16_t version,
                       const unsigned char *object)
{
    int32_t count = count_of(field, object);
    const unsigned char *list = list_of(field, object);

    if (count == KAFKA_NULL) {
        text_add(out, "~");
        return;
    }
    text_add(out, "[ ");
    for (int32_t i = 0; i < count; i++) {
        if (field->kind == KAFKA_KIND_STRUCT_LIST)
            print_struct(out, field->element, version, list + (size_t)i * field->element->size);
        else
            print_element(out, field, list, i);
        text_add(out, " ");
    }
    text_add(out, "]");
}

static void print_value(struct text *out, const struct kafka_field *field, int16_t version,
                        const unsigned char *object)
{
    const void *at = object + field->offset;

    text_add(out, "%s=", field->name);
    switch (field->kind) {
    case KAFKA_KIND_BOOL:
        text_add(out, "%d", *(const bool *)at);
        return;
    case KAFKA_KIND_I8:
        text_add(out, "%d", *(const int8_t *)at);
        return;
    case KAFKA_KIND_I16:
        text_add(out, "%d", *(const int16_t *)at);
        return;
    case KAFKA_KIND_I32:
        text_add(out, "%" PRId32, *(const int32_t *)at);
        return;
    case KAFKA_KIND_I64:
        text_add(out, "%" PRId64, *(const int64_t *)at);
        return;
    case KAFKA_KIND_UUID:
        print_uuid(out, at);
        return;
    case KAFKA_KIND_STRING:
        print_bytes(out, ((const struct kafka_string *)at)->data,
                    ((const struct kafka_string *)at)->length);
        return;
    case KAFKA_KIND_BYTES:
        print_bytes(out, ((const struct kafka_bytes *)at)->data,
                    ((const struct kafka_bytes *)at)->length);
        return;
    case KAFKA_KIND_RECORDS:
        print_bytes(out, ((const struct kafka_records *)at)->data,
                    ((const struct kafka_records *)at)->length);
        return;
    case KAFKA_KIND_I32_LIST:
    case KAFKA_KIND_I64_LIST:
    case KAFKA_KIND_STRING_LIST:
    case KAFKA_KIND_STRUCT_LIST:
        print_list(out, field, version, object);
        return;
    case KAFKA_KIND_STRUCT:
        print_struct(out, field->element, version, at);
        return;
    }
    UNREACHABLE();
}

/* The field as it is printed by default. */
static void print_default(struct text *out, const struct kafka_field *field, int16_t version)
{
    unsigned char *object = mem_alloc((size_t)field->offset + field->count_offset + 64);

    kafka_field_init(field, object);
    print_value(out, field, version, object);
    free(object);
}

static void print_tagged(struct text *out, const struct kafka_struct *table, int16_t version,
                         const unsigned char *object)
{
    bool is_open = false;

    for (size_t i = 0; i < table->field_count; i++) {
        const struct kafka_field *field = &table->fields[i];
        AUTO(text_done) struct text value = {0};
        AUTO(text_done) struct text usual = {0};
        if (!field->is_tagged || !kafka_field_is_in(field, version))
            continue;
        print_value(&value, field, version, object);
        print_default(&usual, field, version);
        if (strcmp(text_data(&value), text_data(&usual)) == 0)
            continue;
        text_add(out, is_open ? "%s " : "{ %s ", text_data(&value));
        is_open = true;
    }
    if (is_open)
        text_add(out, "} ");
}

static void print_fields(struct text *out, const struct kafka_struct *table, int16_t version,
                         const unsigned char *object)
{
    for (size_t i = 0; i < table->field_count; i++) {
        if (table->fields[i].is_tagged || !kafka_field_is_in(&table->fields[i], version))
            continue;
        print_value(out, &table->fields[i], version, object);
        text_add(out, " ");
    }
    print_tagged(out, table, version, object);
}

static void print_struct(struct text *out, const struct kafka_struct *table, int16_t version,
                         const unsigned char *object)
{
    text_add(out, "( ");
    print_fields(out, table, version, object);
    text_add(out, ")");
}

void kafka_messages_print(const struct kafka_schema *schema, int16_t version, const void *message,
                          struct text *out)
{
    print_fields(out, &schema->body, version, message);
}

/* ---- filling ---- */

struct filler {
    int16_t version;
    struct rng *rng;
    struct kafka_arena *arena;
};

static void *take(struct filler *filler, int32_t count, size_t size)
{
    void *memory = kafka_arena_take(filler->arena, (size_t)count, size);

    ASSERT(memory != NULL);
    return memory;
}

static bool is_null(struct filler *filler, const struct kafka_field *field)
{
    return kafka_field_may_be_null(field, filler->version) && rng_below(filler->rng, 4) == 0;
}

/* Mostly few, now and then so many that a length takes two bytes in the flexible form. */
static int32_t random_length(struct filler *filler)
{
    return (int32_t)rng_below(filler->rng, rng_below(filler->rng, 16) == 0 ? 300 : 8);
}

static struct kafka_bytes random_bytes(struct filler *filler)
{
    struct kafka_bytes bytes = {.length = random_length(filler)};
    unsigned char *data = take(filler, bytes.length, 1);

    for (int32_t i = 0; i < bytes.length; i++)
        data[i] = (unsigned char)rng_next(filler->rng);
    bytes.data = data;
    return bytes;
}

static struct kafka_bytes random_field_bytes(struct filler *filler, const struct kafka_field *field)
{
    if (is_null(filler, field))
        return (struct kafka_bytes){.length = KAFKA_NULL};
    return random_bytes(filler);
}

static int64_t random_number(struct filler *filler)
{
    uint64_t bits = rng_next(filler->rng);

    return (int64_t)(rng_below(filler->rng, 2) == 0 ? bits : bits % 8);
}

static void fill_struct(struct filler *filler, const struct kafka_struct *table,
                        unsigned char *object);

static size_t element_size(const struct kafka_field *field)
{
    if (field->kind == KAFKA_KIND_STRUCT_LIST)
        return field->element->size;
    if (field->kind == KAFKA_KIND_STRING_LIST)
        return sizeof(struct kafka_string);
    return field->kind == KAFKA_KIND_I32_LIST ? sizeof(int32_t) : sizeof(int64_t);
}

static void fill_element(struct filler *filler, const struct kafka_field *field,
                         unsigned char *element)
{
    if (field->kind == KAFKA_KIND_STRUCT_LIST) {
        fill_struct(filler, field->element, element);
    } else if (field->kind == KAFKA_KIND_STRING_LIST) {
        struct kafka_bytes bytes = random_bytes(filler);
        struct kafka_string text = {(const char *)bytes.data, bytes.length};
        memcpy(element, &text, sizeof text);
    } else {
        int64_t number = random_number(filler);
        int32_t narrow = (int32_t)number;
        bool is_wide = field->kind == KAFKA_KIND_I64_LIST;
        memcpy(element, is_wide ? (void *)&number : (void *)&narrow, element_size(field));
    }
}

static void fill_list(struct filler *filler, const struct kafka_field *field, unsigned char *object)
{
    int32_t count = is_null(filler, field) ? KAFKA_NULL : (int32_t)rng_below(filler->rng, 4);
    size_t size = element_size(field);
    unsigned char *list = count > 0 ? take(filler, count, size) : NULL;

    for (int32_t i = 0; i < count; i++)
        fill_element(filler, field, list + (size_t)i * size);
    memcpy(object + field->offset, &list, sizeof list);
    memcpy(object + field->count_offset, &count, sizeof count);
}

static struct kafka_uuid random_uuid(struct filler *filler)
{
    struct kafka_uuid uuid;

    for (size_t i = 0; i < sizeof uuid.bytes; i++)
        uuid.bytes[i] = (unsigned char)rng_next(filler->rng);
    return uuid;
}

static void fill_value(struct filler *filler, const struct kafka_field *field,
                       unsigned char *object)
{
    void *at = object + field->offset;
    struct kafka_bytes bytes;

    switch (field->kind) {
    case KAFKA_KIND_BOOL:
        *(bool *)at = rng_below(filler->rng, 2) == 1;
        return;
    case KAFKA_KIND_I8:
        *(int8_t *)at = (int8_t)random_number(filler);
        return;
    case KAFKA_KIND_I16:
        *(int16_t *)at = (int16_t)random_number(filler);
        return;
    case KAFKA_KIND_I32:
        *(int32_t *)at = (int32_t)random_number(filler);
        return;
    case KAFKA_KIND_I64:
        *(int64_t *)at = random_number(filler);
        return;
    case KAFKA_KIND_UUID:
        *(struct kafka_uuid *)at = random_uuid(filler);
        return;
    case KAFKA_KIND_STRING:
        bytes = random_field_bytes(filler, field);
        *(struct kafka_string *)at = (struct kafka_string){(const char *)bytes.data, bytes.length};
        return;
    case KAFKA_KIND_BYTES:
        *(struct kafka_bytes *)at = random_field_bytes(filler, field);
        return;
    case KAFKA_KIND_RECORDS:
        bytes = random_field_bytes(filler, field);
        *(struct kafka_records *)at =
            (struct kafka_records){.data = bytes.data, .length = bytes.length};
        return;
    case KAFKA_KIND_I32_LIST:
    case KAFKA_KIND_I64_LIST:
    case KAFKA_KIND_STRING_LIST:
    case KAFKA_KIND_STRUCT_LIST:
        fill_list(filler, field, object);
        return;
    case KAFKA_KIND_STRUCT:
        fill_struct(filler, field->element, at);
        return;
    }
    UNREACHABLE();
}

static void fill_struct(struct filler *filler, const struct kafka_struct *table,
                        unsigned char *object)
{
    for (size_t i = 0; i < table->field_count; i++) {
        const struct kafka_field *field = &table->fields[i];
        bool is_left_out = field->is_tagged && rng_below(filler->rng, 2) == 0;
        if (kafka_field_is_in(field, filler->version) && !is_left_out)
            fill_value(filler, field, object);
        else
            kafka_field_init(field, object);
    }
}

void kafka_messages_fill(const struct kafka_schema *schema, int16_t version, struct rng *rng,
                         struct kafka_arena *arena, void *ret_message)
{
    struct filler filler = {.version = version, .rng = rng, .arena = arena};

    fill_struct(&filler, &schema->body, ret_message);
}

void kafka_messages_each(void (*visit)(const struct kafka_schema *schema))
{
    for (size_t i = 0; i < KAFKA_API_COUNT; i++) {
        visit(kafka_api_all()[i].request);
        visit(kafka_api_all()[i].response);
    }
    visit(&kafka_consumer_subscription_schema);
    visit(&kafka_consumer_assignment_schema);
}
