/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table whose links live in the elements, as those of base/list.h do:
 *
 *     struct session { struct table_node by_id; ... };
 *     for (struct table_node *node = table_find(&table, hash); node != NULL; node = table_next(node))
 *         if (CONTAINER_OF(node, struct session, by_id)->id == id) ...
 *
 * The caller hashes and compares; nodes of one hash are found in no particular order. Grows by
 * doubling, never shrinks. A table of zero bytes is empty. Pure; belongs to one thread.
 */
#ifndef COORD_SERVER_TABLE_H
#define COORD_SERVER_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_node {
    struct table_node *next; /* of the same slot */
    uint64_t hash;
};

struct table {
    struct table_node **slots;
    size_t slot_count; /* 0 or a power of two */
    size_t count;
};

/* Gives the slots back. What is still in the table is the caller's matter. */
void table_done(struct table *table);

/* The node is in no table. The hash must be good in its low bits. */
void table_put(struct table *table, struct table_node *node, uint64_t hash);

/* The node is in this table. */
void table_remove(struct table *table, struct table_node *node);

/* The first node of the hash, and the one after it; NULL if there is none. */
struct table_node *table_find(const struct table *table, uint64_t hash);
struct table_node *table_next(const struct table_node *node);

/* Walks all nodes: start with NULL; NULL at the end. Not while the table changes, but that the node
 * that was returned may be freed if the next one was asked for. */
struct table_node *table_walk(const struct table *table, const struct table_node *node);

/* A hash for a number. */
uint64_t table_hash_number(uint64_t number);

#endif
