/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/group/names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/assert.h"
#include "base/mem.h"

enum {
    SLOTS_MIN = 8,
};

static struct names_node **slot_of(const struct names *names, uint64_t hash)
{
    return &names->slots[hash & (names->slot_count - 1)];
}

static void link_in(struct names *names, struct names_node *node)
{
    struct names_node **slot = slot_of(names, node->hash);

    node->next = *slot;
    *slot = node;
}

static void grow(struct names *names)
{
    struct names old = *names;

    names->slot_count = old.slot_count == 0 ? SLOTS_MIN : old.slot_count * 2;
    names->slots = NEW_ARRAY(struct names_node *, names->slot_count);
    for (size_t i = 0; i < old.slot_count; i++) {
        struct names_node *node = old.slots[i];
        while (node != NULL) {
            struct names_node *next = node->next;
            link_in(names, node);
            node = next;
        }
    }
    free(old.slots);
}

static uint64_t hash_of(const struct names *names, struct kafka_string text, int32_t number)
{
    size_t size = text.length > 0 ? (size_t)text.length : 0;

    return XXH3_64bits_withSeed(size > 0 ? text.data : "", size, names->seed + (uint32_t)number);
}

static bool is_at(const struct names_node *node, struct kafka_string text, int32_t number)
{
    return node->number == number && node->text.length == text.length &&
           (text.length <= 0 || memcmp(node->text.data, text.data, (size_t)text.length) == 0);
}

void names_init(struct names *names, uint64_t seed)
{
    *names = (struct names){.seed = seed};
}

void names_done(struct names *names)
{
    free(names->slots);
    *names = (struct names){.seed = names->seed};
}

void names_put(struct names *names, struct names_node *node, struct kafka_string text,
               int32_t number)
{
    if (names->count == names->slot_count)
        grow(names);
    node->hash = hash_of(names, text, number);
    node->text = text;
    node->number = number;
    link_in(names, node);
    names->count++;
}

void names_remove(struct names *names, struct names_node *node)
{
    ASSERT(names->count > 0);

    struct names_node **link = slot_of(names, node->hash);
    while (*link != node) {
        ASSERT(*link != NULL);
        link = &(*link)->next;
    }
    *link = node->next;
    node->next = NULL;
    names->count--;
}

struct names_node *names_find(const struct names *names, struct kafka_string text, int32_t number)
{
    if (names->count == 0)
        return NULL;
    uint64_t hash = hash_of(names, text, number);
    struct names_node *node = *slot_of(names, hash);
    while (node != NULL && !(node->hash == hash && is_at(node, text, number)))
        node = node->next;
    return node;
}

struct names_node *names_walk(const struct names *names, const struct names_node *node)
{
    size_t slot = 0;

    if (node != NULL) {
        if (node->next != NULL)
            return node->next;
        slot = (node->hash & (names->slot_count - 1)) + 1;
    }
    while (slot < names->slot_count && names->slots[slot] == NULL)
        slot++;
    return slot < names->slot_count ? names->slots[slot] : NULL;
}
