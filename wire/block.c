/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/block.h"

#include <stdlib.h>

#include "base/mem.h"

/* Two cache lines, so that blocks that different threads write do not share one. */
#define BLOCK_ALIGNMENT 128u

struct block *block_new(uint32_t capacity)
{
    size_t lines = (sizeof(struct block) + capacity + BLOCK_ALIGNMENT - 1) / BLOCK_ALIGNMENT;
    struct block *block = mem_alloc_aligned(lines, BLOCK_ALIGNMENT, BLOCK_ALIGNMENT);

    block->capacity = capacity;
    return block;
}

void block_destroy(struct block **block)
{
    free(*block);
    *block = NULL;
}

static bool check_tuples(const uint8_t *bytes, const struct block_head *head,
                         const struct tuple_schema schemas[], uint32_t stream_count,
                         uint32_t task_count)
{
    uint32_t at = 0;
    uint32_t count = 0;

    for (; at < head->used; count++) {
        const struct tuple_head *tuple = (const struct tuple_head *)(const void *)(bytes + at);
        if (!tuple_check(tuple, head->used - at, schemas, stream_count, task_count))
            return false;
        at += tuple->size;
    }
    return count == head->count;
}

static bool check_root(uint64_t root, uint32_t task_count)
{
    return root != 0 && tuple_root_task(root) < task_count;
}

static bool check_acks(const uint8_t *bytes, const struct block_head *head, uint32_t task_count)
{
    const struct block_ack *acks = (const struct block_ack *)(const void *)bytes;

    if (head->used != (uint64_t)head->count * sizeof *acks)
        return false;
    for (uint32_t i = 0; i < head->count; i++) {
        if (!check_root(acks[i].root, task_count))
            return false;
    }
    return true;
}

static bool check_fails(const uint8_t *bytes, const struct block_head *head, uint32_t task_count)
{
    uint32_t at = 0;
    uint32_t count = 0;

    for (; at < head->used; count++) {
        const struct block_fail *fail = (const struct block_fail *)(const void *)(bytes + at);
        uint32_t left = head->used - at;
        if (left < sizeof *fail || fail->length > BLOCK_FAIL_TEXT_MAX ||
            block_fail_size(fail->length) > left)
            return false;
        if (!check_root(fail->root, task_count) || fail->task >= task_count)
            return false;
        at += block_fail_size(fail->length);
    }
    return count == head->count;
}

bool block_check(const struct block_head *head, size_t size, const struct tuple_schema schemas[],
                 uint32_t stream_count, uint32_t task_count)
{
    const uint8_t *bytes = (const uint8_t *)(head + 1);

    if (size < sizeof *head || head->version != BLOCK_VERSION || head->zero != 0)
        return false;
    if (head->used != size - sizeof *head || head->used % 8 != 0)
        return false;
    switch ((enum block_kind)head->kind) {
    case BLOCK_DATA:
        return check_tuples(bytes, head, schemas, stream_count, task_count);
    case BLOCK_ACKS:
        return head->component == 0 && check_acks(bytes, head, task_count);
    case BLOCK_FAILS:
        return head->component == 0 && check_fails(bytes, head, task_count);
    }
    return false;
}
