/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the watches are kept in. An entry is one watcher on one path, with a mode for either of the
 * two tables; it is found by both together, and by either. Paths and watchers are there as long as
 * they have entries.
 *
 * There may be a million entries: they lie in blocks and refer to each other by numbers of 32 bits,
 * which makes 40 bytes for an entry and 4 to 8 for its place in the hash table. Blocks are kept for
 * new entries. Pure; belongs to one thread.
 */
#ifndef COORD_SERVER_WATCH_INDEX_H
#define COORD_SERVER_WATCH_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "coord/server/table.h"
#include "coord/server/watch.h"

enum {
    WATCH_INDEX_TABLES = 2,
    WATCH_INDEX_ENTRIES_MAX = INT32_MAX,
};

struct watch_path {
    struct table_node by_text;
    uint32_t first; /* entry; they are in the order of being added */
    uint32_t size;
    char text[];
};

struct watch_watcher {
    struct table_node by_number;
    uint64_t number;
    uint64_t round; /* of watches_fire(), in which it was last collected */
    uint32_t first;
};

struct watch_entry {
    struct watch_path *path;
    struct watch_watcher *watcher;
    uint32_t next;       /* in the slot of the hash table */
    uint32_t path_after; /* 0 at the end; the first one's path_before is the last */
    uint32_t path_before;
    uint32_t watcher_after; /* 0 at either end */
    uint32_t watcher_before;
    uint8_t modes[WATCH_INDEX_TABLES]; /* 0 for none, else enum watch_mode + 1 */
};

struct watch_index;

struct watch_index *watch_index_new(void);
void watch_index_destroy(struct watch_index **index);

/* NULL if there is none. */
struct watch_entry *watch_index_find(const struct watch_index *index, const struct watch_key *key);

/* The entry that is there, or a new one without modes. */
struct watch_entry *watch_index_get(struct watch_index *index, const struct watch_key *key);

/* With its path and watcher, if it was their last. */
void watch_index_remove(struct watch_index *index, struct watch_entry *entry);

/* The hash of a path runs along its bytes (it is FNV-1a), so that those of all its ancestors fall out
 * on the way. It starts as WATCH_INDEX_HASH. */
#define WATCH_INDEX_HASH UINT64_C(0xCBF29CE484222325)
uint64_t watch_index_hash(uint64_t hash, const char *bytes, size_t size);

/* NULL if nobody watches it. */
struct watch_path *watch_index_find_path(const struct watch_index *index, const char *path,
                                         size_t size, uint64_t hash);

/* The first watcher of a path, and the one after it; NULL if there is none. */
struct watch_entry *watch_index_first_of_path(const struct watch_index *index,
                                              const struct watch_path *path);
struct watch_entry *watch_index_next_of_path(const struct watch_index *index,
                                             const struct watch_entry *entry);

/* The last added entry of a watcher, and the one before it; NULL if there is none. */
struct watch_entry *watch_index_first_of_watcher(const struct watch_index *index, uint64_t watcher);
struct watch_entry *watch_index_next_of_watcher(const struct watch_index *index,
                                                const struct watch_entry *entry);

/* Walks all paths as table_walk() does. */
struct watch_path *watch_index_walk_paths(const struct watch_index *index,
                                          const struct watch_path *path);

size_t watch_index_paths(const struct watch_index *index);
size_t watch_index_watchers(const struct watch_index *index);

#endif
