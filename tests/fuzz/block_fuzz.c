/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are accepted as a block or refused; of one that was accepted every field of every
 * record can be read, and every byte that it points to, without leaving the block.
 */
#include <gale/types.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "sdk/src/record.h"
#include "wire/block.h"

#define TASKS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* By position, so that no structs are needed. */
static const struct gale_stream streams[] = {
    {.name = "all",
     .fields = {{"b", GALE_KIND_BOOL, 0},
                {"i", GALE_KIND_I64, 0},
                {"u", GALE_KIND_U64, 0},
                {"f", GALE_KIND_F64, 0},
                {"s", GALE_KIND_STR, 0},
                {"y", GALE_KIND_BYTES, 0}}},
    {.name = "maybe",
     .fields = {{"b", GALE_KIND_MAYBE_BOOL, 0},
                {"i", GALE_KIND_MAYBE_I64, 0},
                {"u", GALE_KIND_MAYBE_U64, 0},
                {"f", GALE_KIND_MAYBE_F64, 0},
                {"s", GALE_KIND_MAYBE_STR, 0},
                {"y", GALE_KIND_MAYBE_BYTES, 0}}},
    {.name = "mixed", .fields = {{"key", GALE_KIND_STR, 0}, {"maybe", GALE_KIND_MAYBE_STR, 0}}},
    {.name = "nothing"},
};

/* The sum is of no use but to read every byte. */
static uint64_t touch(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint64_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum += at[i];
    return sum;
}

static uint64_t touch_value(struct gale_value value)
{
    if (value.kind == GALE_KIND_STR || value.kind == GALE_KIND_BYTES)
        return touch(value.as.str.data, value.as.str.length);
    if (value.kind == GALE_KIND_BOOL)
        return touch(&value.as.b, sizeof value.as.b);
    return value.as.u64;
}

static uint64_t touch_tuple(const struct record_schema *schema, const struct tuple_head *tuple)
{
    void *record = mem_alloc(schema->size);
    uint32_t keys[TUPLE_FIELDS_MAX];
    uint64_t sum = 0;

    record_decode(schema, tuple, record);
    for (uint32_t i = 0; i < schema->tuple.field_count; i++) {
        sum += touch_value(record_value(schema, tuple, i));
        keys[i] = i;
    }
    /* What was decoded borrows from the tuple: the hash reads it all. */
    sum += record_hash(schema, record, keys, schema->tuple.field_count);
    sum += touch(tuple_roots(tuple), tuple->roots * sizeof(struct tuple_root));
    free(record);
    return sum;
}

static uint64_t walk_data(const struct block_head *head, const struct record_schema schemas[])
{
    const uint8_t *bytes = (const uint8_t *)(head + 1);
    uint32_t count = 0;
    uint64_t sum = 0;

    for (uint32_t at = 0; at < head->used; count++) {
        const struct tuple_head *tuple = (const struct tuple_head *)(const void *)(bytes + at);
        ASSERT(tuple->target < TASKS && tuple->source < TASKS);
        sum += touch_tuple(&schemas[tuple->stream], tuple);
        at += tuple->size;
    }
    ASSERT(count == head->count);
    return sum;
}

static uint64_t walk_fails(const struct block_head *head)
{
    const uint8_t *bytes = (const uint8_t *)(head + 1);
    uint64_t sum = 0;

    for (uint32_t at = 0; at < head->used;) {
        const struct block_fail *fail = (const struct block_fail *)(const void *)(bytes + at);
        ASSERT(fail->root != 0 && fail->task < TASKS && fail->length <= BLOCK_FAIL_TEXT_MAX);
        sum += touch(fail + 1, fail->length);
        at += block_fail_size(fail->length);
    }
    return sum;
}

static uint64_t walk(const struct block_head *head, const struct record_schema schemas[])
{
    switch ((enum block_kind)head->kind) {
    case BLOCK_DATA:
        return walk_data(head, schemas);
    case BLOCK_ACKS:
        return touch(head + 1, head->count * sizeof(struct block_ack));
    case BLOCK_FAILS:
        return walk_fails(head);
    }
    UNREACHABLE();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record_schema schemas[COUNT_OF(streams)];
    struct tuple_schema tuples[COUNT_OF(streams)];
    struct block_head *head = mem_alloc(size); /* aligned, and not a byte more */
    volatile uint64_t sum = 0;

    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        record_schema_init(&schemas[i], &streams[i]);
        tuples[i] = schemas[i].tuple;
    }
    if (size > 0)
        memcpy(head, data, size);
    if (block_check(head, size, tuples, COUNT_OF(streams), TASKS))
        sum = walk(head, schemas);
    free(head);
    (void)sum;
    return 0;
}
