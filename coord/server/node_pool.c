/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/node_pool.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"

void node_pool_init(struct node_pool *pool)
{
    *pool = (struct node_pool){.first_free = TREE_NONE};
}

void node_pool_done(struct node_pool *pool)
{
    for (uint32_t slot = 0; slot < pool->end; slot++)
        free(node_pool_at(pool, slot)->bytes);
    for (size_t i = 0; i < pool->chunk_count; i++)
        free(pool->chunks[i]);
    free(pool->chunks);
}

static void reach(struct node_pool *pool, uint32_t slot)
{
    while (slot / NODE_POOL_CHUNK >= pool->chunk_count) {
        if (pool->chunk_count == pool->chunk_capacity) {
            pool->chunk_capacity = pool->chunk_capacity == 0 ? 16 : pool->chunk_capacity * 2;
            /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
            pool->chunks = mem_resize(pool->chunks, pool->chunk_capacity, sizeof *pool->chunks);
        }
        pool->chunks[pool->chunk_count++] = NEW_ARRAY(struct tree_node, NODE_POOL_CHUNK);
    }
    if (slot >= pool->end)
        pool->end = slot + 1;
}

static struct tree_node *revive(struct node_pool *pool, uint32_t slot)
{
    struct tree_node *node = node_pool_at(pool, slot);

    *node = (struct tree_node){.dirt = node->dirt, .is_live = true};
    pool->live++;
    return node;
}

uint32_t node_pool_take(struct node_pool *pool)
{
    uint32_t slot = pool->first_free;

    if (slot == TREE_NONE) {
        slot = pool->end;
        reach(pool, slot);
    } else {
        pool->first_free = node_pool_at(pool, slot)->next;
    }
    revive(pool, slot);
    return slot;
}

void node_pool_give(struct node_pool *pool, uint32_t slot)
{
    struct tree_node *node = node_pool_at(pool, slot);

    ASSERT(node->is_live);
    *node = (struct tree_node){.dirt = node->dirt, .next = pool->first_free};
    pool->first_free = slot;
    pool->live--;
}

struct tree_node *node_pool_claim(struct node_pool *pool, uint32_t slot)
{
    reach(pool, slot);
    if (node_pool_at(pool, slot)->is_live)
        return NULL;
    return revive(pool, slot);
}

/* Low slots are to be taken first: they keep the table dense. */
void node_pool_settle(struct node_pool *pool)
{
    pool->first_free = TREE_NONE;
    for (uint32_t slot = pool->end; slot-- > 0;) {
        struct tree_node *node = node_pool_at(pool, slot);
        if (node->is_live)
            continue;
        node->next = pool->first_free;
        pool->first_free = slot;
    }
}
