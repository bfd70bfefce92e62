/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How messages are described: for each struct a table of its fields in the order of the wire, saying in which
 * versions a field is there, whether it may be null, what it is if it is not there, and where it is in the C struct.
 * decode.h and encode.h work from these tables alone; a new version of a message is a change of its table.
 *
 * Invariants, which tests check of every table: nesting is at most KAFKA_DEPTH_MAX; tags ascend; structs that are no
 * elements of arrays are tagged fields, and hold nothing but numbers. Constant data; any thread.
 */
#ifndef BROKER_PROTOCOL_SCHEMA_H
#define BROKER_PROTOCOL_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    KAFKA_DEPTH_MAX = 4,        /* the message, and arrays within arrays */
    KAFKA_NEVER_FLEXIBLE = 127, /* as the first flexible version */
};

enum kafka_kind {
    KAFKA_KIND_BOOL,
    KAFKA_KIND_I8,
    KAFKA_KIND_I16,
    KAFKA_KIND_I32,
    KAFKA_KIND_I64,
    KAFKA_KIND_UUID,
    KAFKA_KIND_STRING,
    KAFKA_KIND_BYTES,
    KAFKA_KIND_RECORDS,
    KAFKA_KIND_I32_LIST,
    KAFKA_KIND_I64_LIST,
    KAFKA_KIND_STRING_LIST,
    KAFKA_KIND_STRUCT_LIST,
    KAFKA_KIND_STRUCT,
};

struct kafka_struct;

struct kafka_field {
    const char *name;
    enum kafka_kind kind;
    bool is_tagged;
    bool is_nullable;
    int8_t first;          /* the first version that has it */
    int8_t gone;           /* the first version that has it no longer; 0: it stays */
    int8_t null_first;     /* if nullable: the first version that allows null */
    int8_t tag;            /* if tagged */
    uint16_t offset;       /* in the C struct */
    uint16_t count_offset; /* of lists */
    int64_t default_value; /* of numbers; of texts, bytes and lists KAFKA_NULL, or 0: empty */
    const struct kafka_struct *element; /* of KAFKA_KIND_STRUCT_LIST and KAFKA_KIND_STRUCT */
};

struct kafka_struct {
    size_t size; /* of the C struct */
    size_t field_count;
    const struct kafka_field *fields;
};

struct kafka_schema {
    const char *name; /* "produce request" */
    int16_t first;    /* version */
    int16_t last;
    int16_t flexible_first;
    struct kafka_struct body;
};

static inline bool kafka_schema_has(const struct kafka_schema *schema, int16_t version)
{
    return version >= schema->first && version <= schema->last;
}

static inline bool kafka_schema_is_flexible(const struct kafka_schema *schema, int16_t version)
{
    return version >= schema->flexible_first;
}

static inline bool kafka_field_is_in(const struct kafka_field *field, int16_t version)
{
    return version >= field->first && (field->gone == 0 || version < field->gone);
}

static inline bool kafka_field_may_be_null(const struct kafka_field *field, int16_t version)
{
    return field->is_nullable && version >= field->null_first;
}

/* Gives the fields of the struct their defaults. */
void kafka_struct_init(const struct kafka_struct *table, void *object);

/* Gives one field its default. */
void kafka_field_init(const struct kafka_field *field, void *object);

/* Gives the message what decoding gives to fields that are not there: null, -1, and so on. For messages to be
 * filled in; elements of arrays are the caller's matter. */
void kafka_init(const struct kafka_schema *schema, void *message);

#endif
