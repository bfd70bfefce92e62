/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds a node by its parent and name: a hash table whose chains run through the nodes. It grows by
 * one bucket per node (linear hashing), so that no single create pays for all nodes. Pure; part of
 * the tree.
 */
#ifndef COORD_SERVER_NODE_INDEX_H
#define COORD_SERVER_NODE_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "coord/server/node_pool.h"

struct node_index {
    uint32_t *buckets; /* first slot of each chain, or TREE_NONE */
    size_t capacity;   /* of the array */
    size_t count;      /* buckets in use */
    size_t round;      /* power of two: count is in [round, 2 * round) */
};

void node_index_init(struct node_index *index);
void node_index_done(struct node_index *index);

/* Makes room for so many nodes at once, while there is none: recovery knows how many come. */
void node_index_reserve(struct node_index *index, size_t nodes);

uint32_t node_index_hash(uint32_t parent, const char *name, size_t size);

uint32_t node_index_find(const struct node_index *index, const struct node_pool *pool,
                         uint32_t parent, const char *name, size_t size);

/* The node's parent and name are set, its hash is set here. */
void node_index_add(struct node_index *index, struct node_pool *pool, uint32_t slot);
void node_index_remove(struct node_index *index, struct node_pool *pool, uint32_t slot);

#endif
