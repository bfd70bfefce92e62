/* SPDX-License-Identifier: Apache-2.0 */
#define XXH_INLINE_ALL
#include "broker/log/cleaner_map.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/assert.h"
#include "base/mem.h"

enum {
    CAPACITY_FIRST = 64,
    CAPACITY_LEAST = 8,
};

void cleaner_map_init(struct cleaner_map *map, size_t bytes_max)
{
    size_t capacity = CAPACITY_LEAST;

    while (capacity * 2 <= bytes_max / sizeof *map->entries)
        capacity *= 2;
    *map = (struct cleaner_map){.capacity_max = capacity};
}

void cleaner_map_done(struct cleaner_map *map)
{
    free(map->entries);
    *map = (struct cleaner_map){.count = 0};
}

/* Where the key is, or would be. */
static struct cleaner_map_entry *place_of(const struct cleaner_map *map, XXH128_hash_t hash)
{
    size_t place = hash.low64 & (map->capacity - 1);

    while (map->entries[place].offset_and_one != 0 &&
           (map->entries[place].low != hash.low64 || map->entries[place].high != hash.high64))
        place = (place + 1) & (map->capacity - 1);
    return &map->entries[place];
}

static void grow(struct cleaner_map *map)
{
    const struct cleaner_map old = *map;
    size_t capacity = old.capacity == 0 ? CAPACITY_FIRST : old.capacity * 2;

    map->capacity = capacity < old.capacity_max ? capacity : old.capacity_max;
    map->entries = NEW_ARRAY(struct cleaner_map_entry, map->capacity);
    for (size_t i = 0; i < old.capacity; i++) {
        const struct cleaner_map_entry *entry = &old.entries[i];
        const XXH128_hash_t hash = {.low64 = entry->low, .high64 = entry->high};
        if (entry->offset_and_one != 0)
            *place_of(map, hash) = *entry;
    }
    free(old.entries);
}

/* Not above three quarters, so that a search is short, and ends. */
static bool is_full(const struct cleaner_map *map)
{
    return map->count + 1 > map->capacity / 4 * 3;
}

bool cleaner_map_put(struct cleaner_map *map, const void *key, size_t size, int64_t offset)
{
    XXH128_hash_t hash = XXH3_128bits(key, size);

    ASSERT(offset >= 0);
    if (is_full(map) && map->capacity < map->capacity_max)
        grow(map);
    struct cleaner_map_entry *entry = place_of(map, hash);
    if (entry->offset_and_one == 0) {
        if (is_full(map))
            return false;
        map->count++;
    }
    *entry = (struct cleaner_map_entry){hash.low64, hash.high64, (uint64_t)offset + 1};
    return true;
}

int64_t cleaner_map_find(const struct cleaner_map *map, const void *key, size_t size)
{
    if (map->count == 0)
        return -1;
    const struct cleaner_map_entry *entry = place_of(map, XXH3_128bits(key, size));
    return (int64_t)entry->offset_and_one - 1;
}
