/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between a record struct of the user and a tuple (wire/tuple.h).
 *
 * A schema is compiled once from a stream; encoding and decoding walk its fields. A stream that is
 * only used by position has no struct of its own and gets one here, with the nullable form of each
 * kind, so that there is one way in.
 *
 * Pure. A schema is read-only once made.
 */
#ifndef SDK_SRC_RECORD_H
#define SDK_SRC_RECORD_H

#include <gale/host.h>
#include <gale/types.h>

#include "wire/tuple.h"

/* How a field's member becomes its 8 bytes. */
enum record_form {
    RECORD_WORD, /* i64, u64, f64: as they are */
    RECORD_BOOL,
    RECORD_TAIL, /* str, bytes: offset and length, and the bytes in the tail */
};

struct record_field {
    uint32_t offset;       /* of the member in the record struct */
    uint32_t value_offset; /* of its value: behind `has` in a nullable one */
    enum kind kind;
    enum record_form form;
    bool is_nullable;
};

struct record_schema {
    struct tuple_schema tuple;
    uint32_t size;                   /* of the record struct */
    uint32_t fixed_size;             /* of a tuple without roots and tail */
    uint32_t tail_count;             /* fields with a tail */
    uint8_t tails[TUPLE_FIELDS_MAX]; /* their indices */
    struct record_field fields[TUPLE_FIELDS_MAX];
};

/* The stream was described and its plan checked: fields, kinds and offsets are sound. */
void record_schema_init(struct record_schema *schema, const struct gale_stream *stream);

/* Whether both are the same fields; and if so, whether their records are laid out alike. A stream
 * that is defined in a header stands in each source file anew. */
bool record_same_fields(const struct gale_stream *a, const struct gale_stream *b);
bool record_same_layout(const struct gale_stream *a, const struct gale_stream *b);

/* Bytes of the tuple that carries this record and belongs to no tree; each root adds 16. More than
 * any limit allows if a length in the record is absurd. */
uint64_t record_size(const struct record_schema *schema, const void *record);

/* Writes fields and tail behind the head and the roots, which the caller has filled in: `tuple`
 * has tuple->size bytes, which is record_size() and the roots. */
void record_encode(const struct record_schema *schema, const void *record,
                   struct tuple_head *tuple);

/* Fills in the fields of `ret_record`; text and bytes are borrowed from the tuple. */
void record_decode(const struct record_schema *schema, const struct tuple_head *tuple,
                   void *ret_record);

/* The field as a value; null beyond the last. Borrowed from the tuple. */
struct gale_value record_value(const struct record_schema *schema, const struct tuple_head *tuple,
                               uint32_t index);

/* Fills in a record from values by position. Returns NULL, or what is wrong with them. */
const char *record_from_values(const struct record_schema *schema, const struct gale_value *values,
                               uint32_t count, void *ret_record);

/*
 * The hash of the key fields of a record, the same on every machine and in every run. It is
 * XXH3-64 chained through its seed: h = 0; for each key, h = XXH3_64(bytes of the value, seed h).
 * The bytes are those of str and bytes; 8 little-endian bytes of a bool (0 or 1), an i64 or a u64;
 * 8 little-endian bytes of the IEEE 754 double, with -0 as +0 and every NaN as 0x7FF8000000000000;
 * and for a null none, with h XOR 0x9E3779B97F4A7C15 as the seed.
 */
uint64_t record_hash(const struct record_schema *schema, const void *record,
                     const uint32_t key_indices[], uint32_t key_count);

#endif
