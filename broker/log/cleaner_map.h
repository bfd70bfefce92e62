/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The largest offset of each key, for compaction. Keys are kept as hashes of 128 bits, so that each
 * costs the same, however long it is; that two of one partition have the same hash is not expected to
 * happen before the machine has fallen apart, and who makes one on purpose could as well have written
 * to the other key.
 *
 * Bounded: it grows up to a maximum of bytes and is full then. Pure; one thread.
 */
#ifndef BROKER_LOG_CLEANER_MAP_H
#define BROKER_LOG_CLEANER_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cleaner_map_entry {
    uint64_t low;
    uint64_t high;
    uint64_t offset_and_one; /* 0: free */
};

struct cleaner_map {
    struct cleaner_map_entry *entries;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    size_t capacity_max;
};

/* `bytes_max` holds at least a few entries. */
void cleaner_map_init(struct cleaner_map *map, size_t bytes_max);
void cleaner_map_done(struct cleaner_map *map);

/* Offsets come in growing order. False: it is full, and the key is not in it. */
bool cleaner_map_put(struct cleaner_map *map, const void *key, size_t size, int64_t offset);

/* -1: the key is not in it. */
int64_t cleaner_map_find(const struct cleaner_map *map, const void *key, size_t size);

#endif
