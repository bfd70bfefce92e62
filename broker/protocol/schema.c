/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/schema.h"

#include <string.h>

#include "base/assert.h"
#include "broker/protocol/types.h"

static void init_list(const struct kafka_field *field, unsigned char *object)
{
    int32_t count = (int32_t)field->default_value;
    void *none = NULL;

    memcpy(object + field->offset, &none, sizeof none);
    memcpy(object + field->count_offset, &count, sizeof count);
}

/* Of all but structs. */
static void init_value(const struct kafka_field *field, unsigned char *object)
{
    void *at = object + field->offset;

    switch (field->kind) {
    case KAFKA_KIND_BOOL:
        *(bool *)at = field->default_value != 0;
        return;
    case KAFKA_KIND_I8:
        *(int8_t *)at = (int8_t)field->default_value;
        return;
    case KAFKA_KIND_I16:
        *(int16_t *)at = (int16_t)field->default_value;
        return;
    case KAFKA_KIND_I32:
        *(int32_t *)at = (int32_t)field->default_value;
        return;
    case KAFKA_KIND_I64:
        *(int64_t *)at = field->default_value;
        return;
    case KAFKA_KIND_UUID:
        *(struct kafka_uuid *)at = (struct kafka_uuid){.bytes = {0}};
        return;
    case KAFKA_KIND_STRING:
        *(struct kafka_string *)at = (struct kafka_string){.length = (int32_t)field->default_value};
        return;
    case KAFKA_KIND_BYTES:
        *(struct kafka_bytes *)at = (struct kafka_bytes){.length = (int32_t)field->default_value};
        return;
    case KAFKA_KIND_RECORDS:
        *(struct kafka_records *)at =
            (struct kafka_records){.length = (int32_t)field->default_value};
        return;
    case KAFKA_KIND_I32_LIST:
    case KAFKA_KIND_I64_LIST:
    case KAFKA_KIND_STRING_LIST:
    case KAFKA_KIND_STRUCT_LIST:
        init_list(field, object);
        return;
    case KAFKA_KIND_STRUCT:
        break;
    }
    UNREACHABLE();
}

void kafka_field_init(const struct kafka_field *field, void *object)
{
    unsigned char *at = object;

    if (field->kind != KAFKA_KIND_STRUCT) {
        init_value(field, at);
        return;
    }
    for (size_t i = 0; i < field->element->field_count; i++)
        init_value(&field->element->fields[i], at + field->offset);
}

void kafka_struct_init(const struct kafka_struct *table, void *object)
{
    for (size_t i = 0; i < table->field_count; i++)
        kafka_field_init(&table->fields[i], object);
}

void kafka_init(const struct kafka_schema *schema, void *message)
{
    kafka_struct_init(&schema->body, message);
}
