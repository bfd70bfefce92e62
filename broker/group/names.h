/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of texts, each with a number beside it (topic and partition; 0 where there is but a name). Links and
 * texts live in the elements. The hash is seeded: who chooses names cannot choose their places. Grows by doubling,
 * never shrinks. Pure; belongs to one thread.
 */
#ifndef BROKER_GROUP_NAMES_H
#define BROKER_GROUP_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "broker/protocol/types.h"

struct names_node {
    struct names_node *next; /* of the same slot */
    uint64_t hash;
    struct kafka_string text; /* borrowed of the element */
    int32_t number;
};

struct names {
    struct names_node **slots;
    size_t slot_count; /* 0 or a power of two */
    size_t count;
    uint64_t seed;
};

void names_init(struct names *names, uint64_t seed);

/* Gives the slots back. What is still in the table is the caller's matter. */
void names_done(struct names *names);

/* The node is in no table, and its name is not in this one. The text stays as long as the node does. */
void names_put(struct names *names, struct names_node *node, struct kafka_string text,
               int32_t number);

/* The node is in this table. */
void names_remove(struct names *names, struct names_node *node);

/* NULL if there is none. */
struct names_node *names_find(const struct names *names, struct kafka_string text, int32_t number);

/* Walks all nodes: start with NULL; NULL at the end. Not while the table changes, but that the node that was
 * returned may be removed if the next one was asked for. */
struct names_node *names_walk(const struct names *names, const struct names_node *node);

#endif
