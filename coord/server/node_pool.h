/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of the tree's nodes: chunks that never move, free slots in a list, the last freed
 * taken first. Pure; part of the tree.
 */
#ifndef COORD_SERVER_NODE_POOL_H
#define COORD_SERVER_NODE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "coord/server/tree.h"

enum {
    NODE_POOL_CHUNK = 1024, /* nodes */
};

struct node_pool {
    struct tree_node **chunks;
    size_t chunk_count;
    size_t chunk_capacity;
    uint32_t end;        /* slots below it were used at some time */
    uint32_t first_free; /* or TREE_NONE */
    size_t live;
};

void node_pool_init(struct node_pool *pool);
void node_pool_done(struct node_pool *pool);

static inline struct tree_node *node_pool_at(const struct node_pool *pool, uint32_t slot)
{
    return &pool->chunks[slot / NODE_POOL_CHUNK][slot % NODE_POOL_CHUNK];
}

/* A zeroed node but for its dirt; live. The last slot that was given back comes first. */
uint32_t node_pool_take(struct node_pool *pool);

/* Keeps its dirt; the caller has freed what the node held. */
void node_pool_give(struct node_pool *pool, uint32_t slot);

/* For recovery: makes just this slot live; those between become free at node_pool_settle(). NULL if
 * it is live already. */
struct tree_node *node_pool_claim(struct node_pool *pool, uint32_t slot);
void node_pool_settle(struct node_pool *pool);

#endif
