/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/watch.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/server/watch_index.h"

/* Values of watch_entry.modes. */
enum {
    NONE = 0,
    ONE_SHOT = WATCH_ONE_SHOT + 1,
    PERSISTENT = WATCH_PERSISTENT + 1,
    RECURSIVE = WATCH_RECURSIVE + 1,
};

/* The tables, as places in arrays. */
enum {
    DATA = WATCH_DATA - 1,
    CHILDREN = WATCH_CHILDREN - 1,
};

struct watches {
    struct watch_index *index;
    size_t watches_max;
    size_t counts[WATCH_INDEX_TABLES];
    size_t
        recursive[WATCH_INDEX_TABLES]; /* of them; while there are none, ancestors hear nothing */
    uint64_t round;                    /* number of the last watches_fire() */
};

struct watches *watches_new(size_t watches_max)
{
    ASSERT(watches_max <= WATCH_INDEX_ENTRIES_MAX);

    struct watches *watches = NEW(struct watches);
    watches->index = watch_index_new();
    watches->watches_max = watches_max;
    return watches;
}

void watches_destroy(struct watches **watches)
{
    if (*watches == NULL)
        return;
    watch_index_destroy(&(*watches)->index);
    free(*watches);
    *watches = NULL;
}

void watch_hits_done(struct watch_hits *hits)
{
    free(hits->watchers);
    *hits = (struct watch_hits){0};
}

/* ---- adding and removing -------------------------------------------------------------------- */

static void set_mode(struct watches *watches, struct watch_entry *entry, int table, uint8_t mode)
{
    uint8_t old = entry->modes[table];

    watches->counts[table] += (size_t)(mode != NONE) - (size_t)(old != NONE);
    watches->recursive[table] += (size_t)(mode == RECURSIVE) - (size_t)(old == RECURSIVE);
    entry->modes[table] = mode;
}

static void remove_if_empty(struct watches *watches, struct watch_entry *entry)
{
    if (entry->modes[DATA] == NONE && entry->modes[CHILDREN] == NONE)
        watch_index_remove(watches->index, entry);
}

static bool has_room_for(const struct watches *watches, size_t more)
{
    return watches->counts[DATA] + watches->counts[CHILDREN] + more <= watches->watches_max;
}

static size_t is_new(const struct watch_entry *entry, int table)
{
    return entry == NULL || entry->modes[table] == NONE;
}

bool watches_add_one_shot(struct watches *watches, const struct watch_key *key,
                          enum watch_table table)
{
    int place = table == WATCH_DATA ? DATA : CHILDREN;
    struct watch_entry *entry = watch_index_find(watches->index, key);

    if (!has_room_for(watches, is_new(entry, place)))
        return false;
    if (entry == NULL)
        entry = watch_index_get(watches->index, key);
    set_mode(watches, entry, place, ONE_SHOT);
    return true;
}

bool watches_add_lasting(struct watches *watches, const struct watch_key *key, enum watch_mode mode)
{
    ASSERT(mode != WATCH_ONE_SHOT);

    struct watch_entry *entry = watch_index_find(watches->index, key);
    if (!has_room_for(watches, is_new(entry, DATA) + is_new(entry, CHILDREN)))
        return false;
    if (entry == NULL)
        entry = watch_index_get(watches->index, key);
    set_mode(watches, entry, DATA, (uint8_t)(mode + 1));
    set_mode(watches, entry, CHILDREN, (uint8_t)(mode + 1));
    return true;
}

static bool is_of_kind(int table, enum message_watcher_kind kind)
{
    if (kind == MESSAGE_WATCHER_ANY)
        return true;
    return kind == (table == DATA ? MESSAGE_WATCHER_DATA : MESSAGE_WATCHER_CHILDREN);
}

bool watches_has(const struct watches *watches, const struct watch_key *key,
                 enum message_watcher_kind kind)
{
    const struct watch_entry *entry = watch_index_find(watches->index, key);

    if (entry == NULL)
        return false;
    return (is_of_kind(DATA, kind) && entry->modes[DATA] != NONE) ||
           (is_of_kind(CHILDREN, kind) && entry->modes[CHILDREN] != NONE);
}

bool watches_remove(struct watches *watches, const struct watch_key *key,
                    enum message_watcher_kind kind)
{
    if (!watches_has(watches, key, kind))
        return false;

    struct watch_entry *entry = watch_index_find(watches->index, key);
    for (int table = 0; table < WATCH_INDEX_TABLES; table++)
        if (is_of_kind(table, kind))
            set_mode(watches, entry, table, NONE);
    remove_if_empty(watches, entry);
    return true;
}

void watches_drop(struct watches *watches, uint64_t watcher)
{
    struct watch_entry *entry = watch_index_first_of_watcher(watches->index, watcher);

    while (entry != NULL) {
        set_mode(watches, entry, DATA, NONE);
        set_mode(watches, entry, CHILDREN, NONE);
        watch_index_remove(watches->index, entry);
        entry = watch_index_first_of_watcher(watches->index, watcher);
    }
}

/* ---- firing --------------------------------------------------------------------------------- */

/* One watches_fire(). */
struct firing {
    struct watches *watches;
    enum message_event event;
    int table;
    struct watch_hits *hits;
};

static void hit(const struct firing *firing, struct watch_watcher *watcher)
{
    struct watch_hits *hits = firing->hits;

    if (watcher->round == firing->watches->round)
        return; /* told already */
    watcher->round = firing->watches->round;
    if (hits->count == hits->capacity) {
        hits->capacity = hits->capacity == 0 ? 16 : hits->capacity * 2;
        hits->watchers = mem_resize(hits->watchers, hits->capacity, sizeof *hits->watchers);
    }
    hits->watchers[hits->count++] = watcher->number;
}

static void fire_node(const struct firing *firing, const struct watch_path *path)
{
    struct watches *watches = firing->watches;
    struct watch_entry *next = NULL;

    for (struct watch_entry *entry = watch_index_first_of_path(watches->index, path); entry != NULL;
         entry = next) {
        next = watch_index_next_of_path(watches->index, entry);
        uint8_t mode = entry->modes[firing->table];
        bool is_child_list = firing->event == MESSAGE_NODE_CHILDREN_CHANGED;
        if (mode == NONE || (mode == RECURSIVE && is_child_list))
            continue;
        hit(firing, entry->watcher);
        if (mode == ONE_SHOT) {
            set_mode(watches, entry, firing->table, NONE);
            remove_if_empty(watches, entry);
        }
    }
}

static void fire_ancestor(const struct firing *firing, const struct watch_path *path)
{
    const struct watch_index *index = firing->watches->index;

    for (struct watch_entry *entry = watch_index_first_of_path(index, path); entry != NULL;
         entry = watch_index_next_of_path(index, entry))
        if (entry->modes[firing->table] == RECURSIVE)
            hit(firing, entry->watcher);
}

/* The ancestors of "/a/b" are "/" and "/a": the root, and what ends before a '/' but the first. A
 * path may have thousands; the hash runs along, so that each costs the same. */
static void fire_ancestors(const struct firing *firing, const char *path, size_t size)
{
    uint64_t hash = WATCH_INDEX_HASH;
    size_t hashed = 0;

    for (size_t i = 0; i < size; i++) {
        size_t end = i == 0 ? 1 : i; /* of the ancestor */
        if (path[i] != '/' || end == size)
            continue;
        hash = watch_index_hash(hash, path + hashed, end - hashed);
        hashed = end;
        const struct watch_path *found =
            watch_index_find_path(firing->watches->index, path, end, hash);
        if (found != NULL)
            fire_ancestor(firing, found);
    }
}

static void fire_table(const struct firing *firing, const char *path, size_t size)
{
    uint64_t hash = watch_index_hash(WATCH_INDEX_HASH, path, size);
    const struct watch_path *found =
        watch_index_find_path(firing->watches->index, path, size, hash);

    if (found != NULL)
        fire_node(firing, found);
    if (firing->event != MESSAGE_NODE_CHILDREN_CHANGED &&
        firing->watches->recursive[firing->table] > 0)
        fire_ancestors(firing, path, size);
}

void watches_fire(struct watches *watches, enum message_event event, const char *path,
                  size_t path_size, struct watch_hits *hits)
{
    struct firing firing = {.watches = watches, .event = event, .table = DATA, .hits = hits};

    hits->count = 0;
    watches->round++;
    if (event != MESSAGE_NODE_CHILDREN_CHANGED)
        fire_table(&firing, path, path_size);
    firing.table = CHILDREN;
    if (event == MESSAGE_NODE_CHILDREN_CHANGED || event == MESSAGE_NODE_DELETED)
        fire_table(&firing, path, path_size);
}

/* ---- queries -------------------------------------------------------------------------------- */

struct watch_counts watches_counts(const struct watches *watches)
{
    return (struct watch_counts){
        .watchers = watch_index_watchers(watches->index),
        .paths = watch_index_paths(watches->index),
        .watches = watches->counts[DATA] + watches->counts[CHILDREN],
    };
}

static struct watch_key key_of(const struct watch_entry *entry)
{
    return (struct watch_key){
        .watcher = entry->watcher->number,
        .path = entry->path->text,
        .path_size = entry->path->size,
    };
}

bool watches_next(const struct watches *watches, struct watch_cursor *cursor,
                  struct watch_key *ret_key)
{
    const struct watch_entry *entry = cursor->entry;
    const struct watch_path *path = entry == NULL ? NULL : entry->path;

    entry = entry == NULL ? NULL : watch_index_next_of_path(watches->index, entry);
    if (entry == NULL) {
        path = watch_index_walk_paths(watches->index, path);
        if (path == NULL)
            return false;
        entry = watch_index_first_of_path(watches->index, path);
    }
    cursor->entry = entry;
    *ret_key = key_of(entry);
    return true;
}

bool watches_next_of(const struct watches *watches, uint64_t watcher, struct watch_cursor *cursor,
                     struct watch_key *ret_key)
{
    const struct watch_entry *entry =
        cursor->entry == NULL ? watch_index_first_of_watcher(watches->index, watcher)
                              : watch_index_next_of_watcher(watches->index, cursor->entry);

    if (entry == NULL)
        return false;
    cursor->entry = entry;
    *ret_key = key_of(entry);
    return true;
}
