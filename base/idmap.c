/* SPDX-License-Identifier: Apache-2.0 */
#include "base/idmap.h"

#include <stdlib.h>

#include "base/mem.h"

enum {
    CAPACITY_MIN = 16,
};

/* Ids often count up: the multiplication spreads them, the upper half is the better one. */
static size_t home_of(const struct idmap *map, uint64_t id)
{
    return (size_t)((id * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (map->capacity - 1);
}

/* Where the id is, or the free entry where it would be put. */
static struct idmap_entry *seek(const struct idmap *map, uint64_t id)
{
    size_t place = home_of(map, id);

    while (map->entries[place].is_used && map->entries[place].id != id)
        place = (place + 1) & (map->capacity - 1);
    return &map->entries[place];
}

static void grow(struct idmap *map)
{
    struct idmap old = *map;

    map->capacity = old.capacity == 0 ? CAPACITY_MIN : old.capacity * 2;
    map->entries = NEW_ARRAY(struct idmap_entry, map->capacity);
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.entries[i].is_used)
            *seek(map, old.entries[i].id) = old.entries[i];
    }
    free(old.entries);
}

void idmap_done(struct idmap *map)
{
    free(map->entries);
    *map = (struct idmap){0};
}

uint64_t *idmap_find(const struct idmap *map, uint64_t id)
{
    if (map->count == 0)
        return NULL;

    struct idmap_entry *entry = seek(map, id);
    return entry->is_used ? &entry->value : NULL;
}

void idmap_put(struct idmap *map, uint64_t id, uint64_t value)
{
    if (map->count + 1 > map->capacity - map->capacity / 4)
        grow(map);

    struct idmap_entry *entry = seek(map, id);
    if (!entry->is_used)
        map->count++;
    *entry = (struct idmap_entry){.id = id, .value = value, .is_used = true};
}

bool idmap_remove(struct idmap *map, uint64_t id)
{
    if (map->count == 0)
        return false;

    struct idmap_entry *hole = seek(map, id);
    if (!hole->is_used)
        return false;

    /* Those behind the hole that could have stood in it move up, so that no search ends early. */
    size_t mask = map->capacity - 1;
    size_t hole_place = (size_t)(hole - map->entries);
    for (size_t place = (hole_place + 1) & mask; map->entries[place].is_used;
         place = (place + 1) & mask) {
        size_t way = (place - home_of(map, map->entries[place].id)) & mask;
        if (way >= ((place - hole_place) & mask)) {
            map->entries[hole_place] = map->entries[place];
            hole_place = place;
        }
    }
    map->entries[hole_place] = (struct idmap_entry){0};
    map->count--;
    return true;
}
