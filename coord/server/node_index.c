/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linear hashing: with `count` buckets, between round and 2 * round, the buckets below
 * count - round have been split in two already. Each new node splits the next one, so the table
 * grows with the nodes, in steps of a single chain. (Litwin, 1980.)
 */
#include "coord/server/node_index.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/assert.h"
#include "base/mem.h"

enum {
    BUCKETS_MIN = 64, /* a power of two */
};

void node_index_init(struct node_index *index)
{
    *index = (struct node_index){0};
    node_index_reserve(index, BUCKETS_MIN);
}

void node_index_reserve(struct node_index *index, size_t nodes)
{
    size_t count = BUCKETS_MIN;

    while (count < nodes)
        count *= 2;
    index->buckets = mem_resize(index->buckets, count, sizeof *index->buckets);
    index->capacity = index->count = index->round = count;
    for (size_t i = 0; i < count; i++)
        index->buckets[i] = TREE_NONE;
}

void node_index_done(struct node_index *index)
{
    free(index->buckets);
}

uint32_t node_index_hash(uint32_t parent, const char *name, size_t size)
{
    return (uint32_t)XXH3_64bits_withSeed(name, size, parent);
}

static size_t bucket_of(const struct node_index *index, uint32_t hash)
{
    size_t bucket = hash & (2 * index->round - 1);

    return bucket < index->count ? bucket : bucket & (index->round - 1);
}

uint32_t node_index_find(const struct node_index *index, const struct node_pool *pool,
                         uint32_t parent, const char *name, size_t size)
{
    uint32_t hash = node_index_hash(parent, name, size);
    uint32_t slot = index->buckets[bucket_of(index, hash)];

    while (slot != TREE_NONE) {
        const struct tree_node *node = node_pool_at(pool, slot);
        if (node->hash == hash && node->parent == parent && node->name_size == size &&
            memcmp(node->bytes, name, size) == 0)
            return slot;
        slot = node->hash_next;
    }
    return TREE_NONE;
}

static void push(struct node_index *index, struct node_pool *pool, uint32_t slot)
{
    struct tree_node *node = node_pool_at(pool, slot);
    uint32_t *bucket = &index->buckets[bucket_of(index, node->hash)];

    node->hash_next = *bucket;
    *bucket = slot;
}

static void split_next(struct node_index *index, struct node_pool *pool)
{
    if (index->count == index->capacity) {
        index->capacity *= 2;
        index->buckets = mem_resize(index->buckets, index->capacity, sizeof *index->buckets);
    }

    size_t victim = index->count - index->round;
    uint32_t slot = index->buckets[victim];
    index->buckets[victim] = TREE_NONE;
    index->buckets[index->count++] = TREE_NONE;
    while (slot != TREE_NONE) {
        uint32_t next = node_pool_at(pool, slot)->hash_next;
        push(index, pool, slot);
        slot = next;
    }
    if (index->count == 2 * index->round)
        index->round *= 2;
}

void node_index_add(struct node_index *index, struct node_pool *pool, uint32_t slot)
{
    struct tree_node *node = node_pool_at(pool, slot);

    node->hash = node_index_hash(node->parent, node->bytes, node->name_size);
    push(index, pool, slot);
    if (pool->live > index->count)
        split_next(index, pool);
}

void node_index_remove(struct node_index *index, struct node_pool *pool, uint32_t slot)
{
    struct tree_node *node = node_pool_at(pool, slot);
    uint32_t *link = &index->buckets[bucket_of(index, node->hash)];

    while (*link != slot) {
        ASSERT(*link != TREE_NONE);
        link = &node_pool_at(pool, *link)->hash_next;
    }
    *link = node->hash_next;
}
