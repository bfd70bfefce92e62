/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block: records on their way from one loop to another. What crosses a process boundary is the
 * 16-byte head and the `used` bytes after it; around it stands what the owner needs in memory.
 *
 *      0  u32  used       bytes of records after the head
 *      4  u32  count      records
 *      8  u16  component  DATA: which component's tasks they are for; else 0
 *     10  u8   kind       enum block_kind
 *     11  u8   version    BLOCK_VERSION
 *     12  u32  0
 *
 * DATA holds tuples (wire/tuple.h). ACKS holds { u64 root, u64 value } each: the XOR of the edges
 * that were finished and of those that were added. FAILS holds, each padded to a multiple of 8,
 * { u64 root, u32 task, u16 kind, u16 length, text }.
 *
 * A block has one owner at a time. Pure.
 */
#ifndef WIRE_BLOCK_H
#define WIRE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/tuple.h"

#define BLOCK_VERSION       1
#define BLOCK_FAIL_TEXT_MAX 512 /* bytes of a reason; longer ones are cut */

enum block_kind {
    BLOCK_DATA = 1,
    BLOCK_ACKS = 2,
    BLOCK_FAILS = 3,
};

struct block_head {
    uint32_t used;
    uint32_t count;
    uint16_t component;
    uint8_t kind;
    uint8_t version;
    uint32_t zero;
};

struct block_ack {
    uint64_t root;
    uint64_t value;
};

struct block_fail {
    uint64_t root;
    uint32_t task;
    uint16_t kind;   /* enum gale_failure_kind */
    uint16_t length; /* of the text that follows */
};

struct block {
    struct block *next; /* in its owner's list */
    void *lane;         /* whose credit it takes, for its way home */
    void *peer;         /* came from, or goes to, another worker; NULL within one */
    uint64_t link;      /* ... over this channel */
    uint64_t sequence;  /* ... as this frame of it */
    uint32_t capacity;  /* bytes of records it can hold */
    uint32_t cursor;    /* reader: bytes done */
    uint16_t loop;      /* of the receiver in the other worker */
    uint8_t way;        /* what happened to it, on its way between a loop and the postman */
    _Alignas(8) struct block_head head;
    uint8_t bytes[]; /* 8-byte aligned */
};

_Static_assert(sizeof(struct block_head) == 16, "a block's head takes 16 bytes");
_Static_assert(sizeof(struct block_ack) == 16, "an ack takes 16 bytes");
_Static_assert(sizeof(struct block_fail) == 16, "a fail begins with 16 bytes");
_Static_assert(offsetof(struct block, bytes) % 8 == 0, "records are aligned");

/* The caller owns it. */
struct block *block_new(uint32_t capacity);

/* Accepts NULL inside. */
void block_destroy(struct block **block);

/* Makes it an empty block of this kind. */
static inline void block_reset(struct block *block, enum block_kind kind, uint16_t component)
{
    block->next = NULL;
    block->cursor = 0;
    block->head = (struct block_head){
        .kind = (uint8_t)kind, .version = BLOCK_VERSION, .component = component};
}

/* Room for a record of `size` bytes (a multiple of 8) at the end, or NULL if it does not fit. */
static inline void *block_append(struct block *block, uint32_t size)
{
    if (size > block->capacity - block->head.used)
        return NULL;
    void *record = block->bytes + block->head.used;
    block->head.used += size;
    block->head.count++;
    return record;
}

/* Bytes that a fail with a text of `length` bytes takes. */
static inline uint32_t block_fail_size(uint32_t length)
{
    return tuple_padded((uint32_t)sizeof(struct block_fail) + length);
}

/* Whether `size` bytes at `head` are a whole and true block: for those that come from outside.
 * `head` is 8-byte aligned. */
bool block_check(const struct block_head *head, size_t size, const struct tuple_schema schemas[],
                 uint32_t stream_count, uint32_t task_count);

#endif
