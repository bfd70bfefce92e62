/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/src/record.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/assert.h"
#include "base/bytes.h"

#define NULL_SEED     UINT64_C(0x9E3779B97F4A7C15)
#define CANONICAL_NAN UINT64_C(0x7FF8000000000000)

/* The struct of a stream that has none: room for the widest form of each field. */
#define POSITION_SIZE ((uint32_t)sizeof(struct gale_maybe_str))

static enum record_form form_of(enum kind kind)
{
    if (kind_has_tail(kind))
        return RECORD_TAIL;
    return kind_base(kind) == KIND_BOOL ? RECORD_BOOL : RECORD_WORD;
}

/* Where the value of a nullable member begins, behind its `has`. */
static uint32_t maybe_value_offset(enum record_form form)
{
    switch (form) {
    case RECORD_BOOL:
        return offsetof(struct gale_maybe_bool, value);
    case RECORD_WORD:
        return offsetof(struct gale_maybe_u64, value);
    case RECORD_TAIL:
        return offsetof(struct gale_maybe_str, value);
    }
    UNREACHABLE();
}

static void init_field(struct record_field *field, enum kind kind, uint32_t offset)
{
    *field = (struct record_field){.offset = offset,
                                   .value_offset = offset,
                                   .kind = kind,
                                   .form = form_of(kind),
                                   .is_nullable = kind_is_nullable(kind)};
    if (field->is_nullable)
        field->value_offset += maybe_value_offset(field->form);
}

void record_schema_init(struct record_schema *schema, const struct gale_stream *stream)
{
    *schema = (struct record_schema){.size = stream->size};
    for (uint32_t i = 0; i < GALE_FIELDS_MAX && stream->fields[i].name != NULL; i++) {
        enum kind kind = (enum kind)stream->fields[i].kind;
        uint32_t offset = stream->fields[i].offset;

        if (stream->size == 0) {
            offset = i * POSITION_SIZE;
            schema->size = (i + 1) * POSITION_SIZE;
        }
        init_field(&schema->fields[i], kind, offset);
        schema->tuple.kinds[i] = kind;
        schema->tuple.has_nulls |= kind_is_nullable(kind);
        if (kind_has_tail(kind))
            schema->tails[schema->tail_count++] = (uint8_t)i;
        schema->tuple.field_count++;
    }
    schema->fixed_size = tuple_fields_offset(&schema->tuple, 0) + 8 * schema->tuple.field_count;
}

bool record_same_fields(const struct gale_stream *a, const struct gale_stream *b)
{
    for (uint32_t i = 0; i < GALE_FIELDS_MAX; i++) {
        if (a->fields[i].name == NULL || b->fields[i].name == NULL)
            return a->fields[i].name == b->fields[i].name;
        if (a->fields[i].kind != b->fields[i].kind ||
            strcmp(a->fields[i].name, b->fields[i].name) != 0)
            return false;
    }
    return true;
}

bool record_same_layout(const struct gale_stream *a, const struct gale_stream *b)
{
    if (a->size != b->size || !record_same_fields(a, b))
        return false;
    for (uint32_t i = 0; a->size != 0 && i < GALE_FIELDS_MAX && a->fields[i].name != NULL; i++) {
        if (a->fields[i].offset != b->fields[i].offset)
            return false;
    }
    return true;
}

/* All nullable forms begin with `has`. */
static inline bool is_null(const struct record_field *field, const void *record)
{
    return field->is_nullable && !*((const bool *)record + field->offset);
}

static inline const void *value_at(const struct record_field *field, const void *record)
{
    return (const char *)record + field->value_offset;
}

/* str and bytes have the same shape. */
static inline struct gale_str tail_of(const struct record_field *field, const void *record)
{
    struct gale_str tail;

    memcpy(&tail, value_at(field, record), sizeof tail);
    return tail;
}

static inline uint64_t bits_of(const struct record_field *field, const void *record)
{
    uint64_t bits;

    if (field->form == RECORD_BOOL)
        return *(const bool *)value_at(field, record);
    memcpy(&bits, value_at(field, record), sizeof bits);
    return bits;
}

uint64_t record_size(const struct record_schema *schema, const void *record)
{
    uint64_t size = schema->fixed_size;

    for (uint32_t t = 0; t < schema->tail_count; t++) {
        const struct record_field *field = &schema->fields[schema->tails[t]];
        if (is_null(field, record))
            continue;
        size_t length = tail_of(field, record).length;
        if (length > UINT32_MAX)
            return UINT64_MAX / 2; /* above every limit, and adding roots does not wrap */
        size += length;
    }
    return (size + 7) & ~7ull;
}

/* What an encoder is at. */
struct cursor {
    uint8_t *start;       /* of the tuple */
    uint64_t *slots;      /* of its fields */
    uint32_t tail_offset; /* where the next tail goes */
};

static inline void encode_field(struct cursor *at, uint32_t index, const struct record_field *field,
                                const void *record)
{
    if (field->form != RECORD_TAIL) {
        at->slots[index] = bits_of(field, record);
        return;
    }
    struct gale_str tail = tail_of(field, record);
    bytes_copy_short(at->start + at->tail_offset, tail.data, tail.length);
    at->slots[index] = at->tail_offset | (uint64_t)tail.length << 32;
    at->tail_offset += (uint32_t)tail.length;
}

static void encode_nullable(const struct record_schema *schema, const void *record,
                            struct cursor *at)
{
    uint64_t nulls = 0;

    for (uint32_t i = 0; i < schema->tuple.field_count; i++) {
        if (is_null(&schema->fields[i], record)) {
            nulls |= 1ull << i;
            at->slots[i] = 0;
        } else {
            encode_field(at, i, &schema->fields[i], record);
        }
    }
    at->slots[-1] = nulls;
}

void record_encode(const struct record_schema *schema, const void *record, struct tuple_head *tuple)
{
    uint8_t *start = (uint8_t *)tuple;
    uint32_t fields_offset = tuple_fields_offset(&schema->tuple, tuple->roots);
    struct cursor at = {.start = start,
                        .slots = (uint64_t *)(void *)(start + fields_offset),
                        .tail_offset = fields_offset + 8 * schema->tuple.field_count};

    if (tuple->size > at.tail_offset)
        memset(start + tuple->size - 8, 0, 8); /* the padding after the tail */
    if (schema->tuple.has_nulls) {
        encode_nullable(schema, record, &at);
        return;
    }
    for (uint32_t i = 0; i < schema->tuple.field_count; i++)
        encode_field(&at, i, &schema->fields[i], record);
}

static inline void decode_field(const struct record_field *field, const struct tuple_head *tuple,
                                uint64_t slot, void *record)
{
    char *at = (char *)record + field->value_offset;

    if (field->is_nullable)
        *((bool *)record + field->offset) = true;
    if (field->form == RECORD_TAIL) {
        struct gale_str tail = {.data = (const char *)tuple + (uint32_t)slot, .length = slot >> 32};
        memcpy(at, &tail, sizeof tail);
    } else if (field->form == RECORD_BOOL) {
        *(bool *)(void *)at = slot != 0;
    } else {
        memcpy(at, &slot, sizeof slot);
    }
}

static size_t value_size(const struct record_field *field)
{
    switch (field->form) {
    case RECORD_BOOL:
        return sizeof(bool);
    case RECORD_WORD:
        return sizeof(uint64_t);
    case RECORD_TAIL:
        return sizeof(struct gale_str);
    }
    UNREACHABLE();
}

static void decode_null(const struct record_field *field, void *record)
{
    memset((char *)record + field->offset, 0,
           field->value_offset - field->offset + value_size(field));
}

void record_decode(const struct record_schema *schema, const struct tuple_head *tuple,
                   void *ret_record)
{
    const uint64_t *slots = tuple_fields(tuple, &schema->tuple);
    uint64_t nulls = tuple_nulls(tuple, &schema->tuple);

    for (uint32_t i = 0; i < schema->tuple.field_count; i++) {
        if ((nulls >> i & 1) != 0)
            decode_null(&schema->fields[i], ret_record);
        else
            decode_field(&schema->fields[i], tuple, slots[i], ret_record);
    }
}

struct gale_value record_value(const struct record_schema *schema, const struct tuple_head *tuple,
                               uint32_t index)
{
    struct gale_value value = {.kind = GALE_KIND_NONE};

    if (index >= schema->tuple.field_count ||
        (tuple_nulls(tuple, &schema->tuple) >> index & 1) != 0)
        return value;

    uint64_t slot = tuple_fields(tuple, &schema->tuple)[index];
    value.kind = (enum gale_kind)kind_base(schema->fields[index].kind);
    if (schema->fields[index].form == RECORD_TAIL) {
        value.as.str.data = (const char *)tuple + (uint32_t)slot;
        value.as.str.length = slot >> 32;
    } else if (schema->fields[index].form == RECORD_BOOL) {
        value.as.b = slot != 0;
    } else {
        value.as.u64 = slot;
    }
    return value;
}

static void put_value(const struct record_field *field, const struct gale_value *value,
                      void *record)
{
    char *at = (char *)record + field->value_offset;

    if (field->is_nullable)
        *((bool *)record + field->offset) = true;
    if (field->form == RECORD_BOOL)
        *(bool *)(void *)at = value->as.b;
    else if (field->form == RECORD_TAIL)
        memcpy(at, &value->as.str, sizeof value->as.str);
    else
        memcpy(at, &value->as.u64, sizeof value->as.u64);
}

const char *record_from_values(const struct record_schema *schema, const struct gale_value *values,
                               uint32_t count, void *ret_record)
{
    if (count != schema->tuple.field_count)
        return "there must be one value for each field of the stream";
    memset(ret_record, 0, schema->size);
    for (uint32_t i = 0; i < count; i++) {
        const struct record_field *field = &schema->fields[i];
        if (values[i].kind == GALE_KIND_NONE) {
            if (!kind_is_nullable(field->kind))
                return "a null in a field that is not nullable";
        } else if ((enum kind)values[i].kind != kind_base(field->kind)) {
            return "a value of another kind than its field";
        } else {
            put_value(field, &values[i], ret_record);
        }
    }
    return NULL;
}

static uint64_t canonical_f64(uint64_t bits)
{
    double number;

    memcpy(&number, &bits, sizeof number);
    if (number == 0.0)
        return 0;
    return number != number ? CANONICAL_NAN : bits;
}

static uint64_t hash_field(const struct record_field *field, const void *record, uint64_t seed)
{
    if (is_null(field, record))
        return XXH3_64bits_withSeed("", 0, seed ^ NULL_SEED);
    if (field->form == RECORD_TAIL) {
        struct gale_str tail = tail_of(field, record);
        return XXH3_64bits_withSeed(tail.data == NULL ? "" : tail.data, tail.length, seed);
    }

    uint64_t bits = bits_of(field, record);
    if (kind_base(field->kind) == KIND_F64)
        bits = canonical_f64(bits);
    uint8_t bytes[8];
    bytes_put_u64(bytes, bits);
    return XXH3_64bits_withSeed(bytes, sizeof bytes, seed);
}

uint64_t record_hash(const struct record_schema *schema, const void *record,
                     const uint32_t key_indices[], uint32_t key_count)
{
    uint64_t hash = 0;

    for (uint32_t i = 0; i < key_count; i++)
        hash = hash_field(&schema->fields[key_indices[i]], record, hash);
    return hash;
}
