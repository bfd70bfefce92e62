/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that the tables of schema_*.c are written in. Kind and place of a field come from the C struct
 * itself, so that table and struct cannot disagree. For these files alone.
 */
#ifndef BROKER_PROTOCOL_SCHEMA_ROWS_H
#define BROKER_PROTOCOL_SCHEMA_ROWS_H

#include <stddef.h>

#include "base/mem.h"
#include "broker/protocol/messages.h"
#include "broker/protocol/schema.h"
#include "broker/protocol/schemas.h"

#define MEMBER(owner, member) (((const struct kafka_##owner *)NULL)->member)

/* A number, text, bytes, uuid or records. */
#define FIELD(owner, member)                                           \
    .name = #member, .offset = offsetof(struct kafka_##owner, member), \
    .kind = _Generic(MEMBER(owner, member), bool                       \
                     : KAFKA_KIND_BOOL, int8_t                         \
                     : KAFKA_KIND_I8, int16_t                          \
                     : KAFKA_KIND_I16, int32_t                         \
                     : KAFKA_KIND_I32, int64_t                         \
                     : KAFKA_KIND_I64, struct kafka_uuid               \
                     : KAFKA_KIND_UUID, struct kafka_string            \
                     : KAFKA_KIND_STRING, struct kafka_bytes           \
                     : KAFKA_KIND_BYTES, struct kafka_records          \
                     : KAFKA_KIND_RECORDS)

/* A list of numbers or texts, and its count. */
#define LIST(owner, member, count)                                     \
    .name = #member, .offset = offsetof(struct kafka_##owner, member), \
    .count_offset = offsetof(struct kafka_##owner, count),             \
    .kind = _Generic(MEMBER(owner, member), int32_t *                  \
                     : KAFKA_KIND_I32_LIST, int64_t *                  \
                     : KAFKA_KIND_I64_LIST, struct kafka_string *      \
                     : KAFKA_KIND_STRING_LIST)

/* A list of structs, whose table is that of `element_`. */
#define STRUCTS(owner, member, count, element_)                        \
    .name = #member, .offset = offsetof(struct kafka_##owner, member), \
    .count_offset = offsetof(struct kafka_##owner, count),             \
    .kind = _Generic(MEMBER(owner, member), struct kafka_##element_ *  \
                     : KAFKA_KIND_STRUCT_LIST),                        \
    .element = &(element_)

/* A struct within the struct. */
#define STRUCT(owner, member, element_)                                \
    .name = #member, .offset = offsetof(struct kafka_##owner, member), \
    .kind = _Generic(MEMBER(owner, member), struct kafka_##element_    \
                     : KAFKA_KIND_STRUCT),                             \
    .element = &(element_)

#define TAGGED(tag_) .is_tagged = true, .tag = (tag_)

#define NULLABLE .is_nullable = true

/* The table of struct kafka_<owner>, whose rows are `owner_fields`. */
#define TABLE(owner)                                                    \
    {                                                                   \
        .size = sizeof(struct kafka_##owner), .fields = owner##_fields, \
        .field_count = COUNT_OF(owner##_fields)                         \
    }

#endif
