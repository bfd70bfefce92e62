/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map from 64-bit ids to 64-bit values: open addressing, at most three quarters full, no
 * tombstones. It grows as needed; the owner bounds it by bounding what it puts in. Zero bytes are
 * an empty map. Pure; belongs to one thread.
 */
#ifndef BASE_IDMAP_H
#define BASE_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idmap_entry {
    uint64_t id;
    uint64_t value;
    bool is_used;
};

struct idmap {
    struct idmap_entry *entries;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

void idmap_done(struct idmap *map);

/* The value of the id, to be read or changed until the next put or remove; NULL if there is none. */
uint64_t *idmap_find(const struct idmap *map, uint64_t id);

/* Sets the value, of a new id or of one that is there. */
void idmap_put(struct idmap *map, uint64_t id, uint64_t value);

/* False if it was not there. */
bool idmap_remove(struct idmap *map, uint64_t id);

#endif
