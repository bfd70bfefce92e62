/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ack table: trees by slot, the XOR of the edges of each. A root id is the generation of its
 * slot and the slot, so that a report is an array access and a late one falls off.
 */
#ifndef BENCH_HANDWRITTEN_FOREST_H
#define BENCH_HANDWRITTEN_FOREST_H

#include <stdint.h>

#include "base/mem.h"
#include "bench/handwritten/block.h"

#define TREES_MAX 16384u /* open at once; a power of two */

enum tree_state {
    TREE_FREE,
    TREE_GROWING, /* its root is still being emitted */
    TREE_OPEN,
};

struct tree {
    uint64_t edges; /* the XOR so far */
    uint64_t id;
    uint32_t generation;
    uint16_t state; /* enum tree_state */
    uint16_t next_free;
};

struct forest {
    struct tree *trees; /* TREES_MAX */
    uint16_t first_free;
    uint32_t free_count;
    uint64_t planted;
    uint64_t completed;
    uint64_t id_sum; /* of the completed ones */
};

static inline void forest_init(struct forest *forest)
{
    *forest = (struct forest){.trees = NEW_ARRAY(struct tree, TREES_MAX), .free_count = TREES_MAX};
    for (uint32_t i = 0; i < TREES_MAX; i++)
        forest->trees[i] = (struct tree){.generation = 1, .next_free = (uint16_t)(i + 1)};
}

/* Only while free_count is not 0. */
static inline uint64_t forest_plant(struct forest *forest, uint64_t id)
{
    uint16_t slot = forest->first_free;
    struct tree *tree = &forest->trees[slot];

    forest->first_free = tree->next_free;
    forest->free_count--;
    forest->planted++;
    tree->edges = 0;
    tree->id = id;
    tree->state = TREE_GROWING;
    return (uint64_t)tree->generation * TREES_MAX + slot;
}

static inline void forest_complete(struct forest *forest, struct tree *tree)
{
    forest->completed++;
    forest->id_sum += tree->id;
    tree->generation++;
    tree->state = TREE_FREE;
    tree->next_free = forest->first_free;
    forest->first_free = (uint16_t)(tree - forest->trees);
    forest->free_count++;
}

static inline void forest_report(struct forest *forest, struct edge edge)
{
    struct tree *tree = &forest->trees[edge.root % TREES_MAX];

    if (tree->generation != (uint32_t)(edge.root / TREES_MAX) || tree->state == TREE_FREE)
        return;
    tree->edges ^= edge.value;
    if (tree->edges == 0 && tree->state == TREE_OPEN)
        forest_complete(forest, tree);
}

/* The root has been emitted, and no more is. */
static inline void forest_seal(struct forest *forest, struct edge edge)
{
    forest->trees[edge.root % TREES_MAX].state = TREE_OPEN;
    forest_report(forest, edge);
}

static inline void forest_report_all(struct forest *forest, struct block *acks)
{
    const struct edge *edges = acks_edges(acks);

    for (uint32_t i = 0; i < acks->count; i++)
        forest_report(forest, edges[i]);
}

#endif
