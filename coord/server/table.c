/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/table.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"

enum {
    SLOTS_MIN = 16,
};

static struct table_node **slot_of(const struct table *table, uint64_t hash)
{
    return &table->slots[hash & (table->slot_count - 1)];
}

static void link_in(struct table *table, struct table_node *node)
{
    struct table_node **slot = slot_of(table, node->hash);

    node->next = *slot;
    *slot = node;
}

static void grow(struct table *table)
{
    struct table old = *table;

    table->slot_count = old.slot_count == 0 ? SLOTS_MIN : old.slot_count * 2;
    table->slots = NEW_ARRAY(struct table_node *, table->slot_count);
    for (size_t i = 0; i < old.slot_count; i++) {
        struct table_node *node = old.slots[i];
        while (node != NULL) {
            struct table_node *next = node->next;
            link_in(table, node);
            node = next;
        }
    }
    free(old.slots);
}

void table_done(struct table *table)
{
    free(table->slots);
    *table = (struct table){0};
}

void table_put(struct table *table, struct table_node *node, uint64_t hash)
{
    if (table->count == table->slot_count)
        grow(table);
    node->hash = hash;
    link_in(table, node);
    table->count++;
}

void table_remove(struct table *table, struct table_node *node)
{
    ASSERT(table->count > 0);

    struct table_node **link = slot_of(table, node->hash);
    while (*link != node) {
        ASSERT(*link != NULL);
        link = &(*link)->next;
    }
    *link = node->next;
    node->next = NULL;
    table->count--;
}

static struct table_node *skip_to(struct table_node *node, uint64_t hash)
{
    while (node != NULL && node->hash != hash)
        node = node->next;
    return node;
}

struct table_node *table_find(const struct table *table, uint64_t hash)
{
    return table->count == 0 ? NULL : skip_to(*slot_of(table, hash), hash);
}

struct table_node *table_next(const struct table_node *node)
{
    return skip_to(node->next, node->hash);
}

struct table_node *table_walk(const struct table *table, const struct table_node *node)
{
    size_t slot = 0;

    if (node != NULL) {
        if (node->next != NULL)
            return node->next;
        slot = (node->hash & (table->slot_count - 1)) + 1;
    }
    while (slot < table->slot_count && table->slots[slot] == NULL)
        slot++;
    return slot < table->slot_count ? table->slots[slot] : NULL;
}

uint64_t table_hash_number(uint64_t number)
{
    /* The mixing of base/rng.h: every bit of the number reaches the low bits. */
    number += UINT64_C(0x9E3779B97F4A7C15);
    number = (number ^ (number >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94D049BB133111EB);
    return number ^ (number >> 31);
}
