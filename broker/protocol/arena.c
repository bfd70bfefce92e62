/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

enum {
    BLOCK_SIZE_MIN = 2048, /* holds what most requests need */
    BLOCK_SIZE_KEPT = 8192,
};

struct kafka_arena_block {
    struct kafka_arena_block *next;
    size_t size;
    _Alignas(KAFKA_ARENA_ALIGNMENT) unsigned char bytes[];
};

void kafka_arena_init(struct kafka_arena *arena, size_t size_max)
{
    *arena = (struct kafka_arena){.size_max = size_max};
}

static void use(struct kafka_arena *arena, struct kafka_arena_block *block)
{
    arena->blocks = block;
    arena->at = block == NULL ? NULL : block->bytes;
    arena->end = block == NULL ? NULL : block->bytes + block->size;
    arena->size = block == NULL ? 0 : block->size;
}

static void free_blocks(struct kafka_arena_block *block)
{
    while (block != NULL) {
        struct kafka_arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void kafka_arena_done(struct kafka_arena *arena)
{
    free_blocks(arena->blocks);
    use(arena, NULL);
}

void kafka_arena_reset(struct kafka_arena *arena)
{
    struct kafka_arena_block *kept = arena->blocks;

    if (kept == NULL)
        return;
    if (kept->size > BLOCK_SIZE_KEPT) {
        kafka_arena_done(arena);
        return;
    }
    free_blocks(kept->next);
    kept->next = NULL;
    use(arena, kept);
}

/* A new block of at least `size` bytes, twice as large as all before if the maximum allows. */
static bool add_block(struct kafka_arena *arena, size_t size)
{
    size_t left = arena->size_max - arena->size;
    size_t wish = arena->size < BLOCK_SIZE_MIN ? BLOCK_SIZE_MIN : arena->size;

    if (size > left)
        return false;
    if (wish < size)
        wish = size;
    if (wish > left)
        wish = left;

    struct kafka_arena_block *block = mem_resize(NULL, 1, sizeof(struct kafka_arena_block) + wish);
    block->next = arena->blocks;
    block->size = wish;
    arena->blocks = block;
    arena->at = block->bytes;
    arena->end = block->bytes + wish;
    arena->size += wish;
    return true;
}

void *kafka_arena_take(struct kafka_arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > (SIZE_MAX - KAFKA_ARENA_ALIGNMENT) / size)
        return NULL;

    size_t mask = KAFKA_ARENA_ALIGNMENT - 1;
    size_t wanted = (count * size + mask) & ~mask;
    if (wanted == 0)
        wanted = KAFKA_ARENA_ALIGNMENT; /* NULL means refused */
    if ((size_t)(arena->end - arena->at) < wanted && !add_block(arena, wanted))
        return NULL;

    void *taken = arena->at;
    arena->at += wanted;
    return taken;
}
