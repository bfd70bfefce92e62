/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one layout of a tuple, in memory and on the wire. All integers are little-endian; a record
 * begins at a multiple of 8 and its size is one.
 *
 *      0  u32  size      of the whole record, in bytes
 *      4  u32  target    task that executes it
 *      8  u32  source    task that emitted it
 *     12  u16  stream    id in the plan
 *     14  u16  roots     how many trees it belongs to
 *     16  { u64 root, u64 edge } for each of them
 *         u64  nulls     only if the stream has a nullable field: bit i is set if field i is null
 *         { 8 bytes }    for each field: bool (0 or 1), i64, u64, f64 by value;
 *                        str and bytes as { u32 offset from the record's start, u32 length }
 *         tail           the bytes of str and bytes, in the order of the fields
 *         0 to 7 zeros
 *
 * Reading borrows from the record. Records made in this process are trusted; tuple_check() is for
 * those that come from outside. Pure.
 */
#ifndef WIRE_TUPLE_H
#define WIRE_TUPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/kind.h"

#define TUPLE_FIELDS_MAX 32
#define TUPLE_ROOTS_MAX  1024 /* trees that one tuple may belong to */

struct tuple_root {
    uint64_t root;
    uint64_t edge;
};

struct tuple_head {
    uint32_t size;
    uint32_t target;
    uint32_t source;
    uint16_t stream;
    uint16_t roots;
};

struct tuple_slot {
    uint32_t offset; /* from the record's start */
    uint32_t length;
};

/* What has to be known of a stream to find its fields. */
struct tuple_schema {
    uint32_t field_count;
    bool has_nulls; /* a field is nullable */
    enum kind kinds[TUPLE_FIELDS_MAX];
};

_Static_assert(sizeof(struct tuple_head) == 16, "the record begins with 16 bytes");
_Static_assert(sizeof(struct tuple_root) == 16, "a root takes 16 bytes");
_Static_assert(sizeof(struct tuple_slot) == 8, "a field takes 8 bytes");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "records are read in place: a big-endian host needs a swap here");

/* A root's upper 16 bits are the task whose executor keeps its tree (worker/acker.h). */
static inline uint32_t tuple_root_task(uint64_t root)
{
    return (uint32_t)(root >> 48);
}

static inline uint32_t tuple_padded(uint32_t size)
{
    return (size + 7u) & ~7u;
}

static inline const struct tuple_root *tuple_roots(const struct tuple_head *tuple)
{
    return (const struct tuple_root *)(const void *)(tuple + 1);
}

/* Bytes before the first field. */
static inline uint32_t tuple_fields_offset(const struct tuple_schema *schema, uint32_t roots)
{
    return (uint32_t)sizeof(struct tuple_head) + roots * (uint32_t)sizeof(struct tuple_root) +
           (schema->has_nulls ? 8u : 0u);
}

/* The 8 bytes of each field. */
static inline const uint64_t *tuple_fields(const struct tuple_head *tuple,
                                           const struct tuple_schema *schema)
{
    const uint8_t *start = (const uint8_t *)tuple;

    return (const uint64_t *)(const void *)(start + tuple_fields_offset(schema, tuple->roots));
}

/* Bit i: field i is null. */
static inline uint64_t tuple_nulls(const struct tuple_head *tuple,
                                   const struct tuple_schema *schema)
{
    return schema->has_nulls ? tuple_fields(tuple, schema)[-1] : 0;
}

/* Whether `available` bytes at `tuple` (a multiple of 8) begin with a whole and true record of one
 * of these streams, for one of these tasks. */
bool tuple_check(const struct tuple_head *tuple, size_t available,
                 const struct tuple_schema schemas[], uint32_t stream_count, uint32_t task_count);

#endif
