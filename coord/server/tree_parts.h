/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the tree, for its own files alone: tree.c (life, looking), tree_change.c (changing),
 * tree_undo.c (taking back), tree_store.c (to and from the store).
 */
#ifndef COORD_SERVER_TREE_PARTS_H
#define COORD_SERVER_TREE_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/idmap.h"
#include "coord/server/node_index.h"
#include "coord/server/node_pool.h"
#include "coord/server/tree.h"
#include "coord/server/tree_journal.h"

/* What of a node the next batch must hold. A node with any of it is in tree.dirty, once. */
enum tree_dirt {
    TREE_DIRT_STAT = 1, /* the numbers */
    TREE_DIRT_ROW = 2,  /* all */
};

/* Numbers that are waiting to be sealed. */
struct tree_slots {
    uint32_t *items;
    size_t count;
    size_t capacity;
};

struct tree {
    struct acls *acls;
    size_t nodes_max;
    struct node_pool pool;
    struct node_index index;
    struct idmap owners; /* session -> the first of its ephemerals */
    struct tree_journal journal;
    struct tree_slots dirty;       /* nodes, live or not */
    struct tree_slots dirty_acls;  /* numbers, some perhaps twice */
    struct tree_slots sealed_acls; /* those of the last batch, for it may fail */
    size_t ephemerals;
    size_t reapable;
    uint64_t data_bytes;
};

static inline struct tree_node *tree_at(const struct tree *tree, uint32_t slot)
{
    return node_pool_at(&tree->pool, slot);
}

/* ---- tree_change.c ------------------------------------------------------------------------- */

void tree_soil(struct tree *tree, uint32_t slot, enum tree_dirt dirt);

/* The name and the data in memory of their own. */
char *tree_join_bytes(struct jute_bytes name, struct jute_bytes data);
int32_t tree_size_of_data(struct jute_bytes data);

/* Bytes of name and data. */
uint64_t tree_weight(const struct tree_node *node);

/* Ties a node whose own fields are set to its parent, its owner and the index; and the reverse. */
void tree_attach(struct tree *tree, uint32_t slot);
void tree_detach(struct tree *tree, uint32_t slot);

/* All ancestors of the node count it, or no longer do: after attaching, before detaching. */
void tree_count_in(struct tree *tree, uint32_t slot);
void tree_count_out(struct tree *tree, uint32_t slot);

#endif
