/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/watch_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

enum {
    BLOCK_ENTRIES = 1024,
    SLOTS_MIN = 64,
};

_Static_assert(sizeof(struct watch_entry) <= 40, "an entry has its price a million times");

struct block {
    struct watch_entry *entries; /* BLOCK_ENTRIES of them */
};

struct watch_index {
    struct table paths;
    struct table watchers;
    struct block *blocks;
    size_t block_count;
    uint32_t *slots; /* of the hash table of entries: number of the first one, 0 for none */
    size_t slot_count;
    uint32_t free_first; /* linked by `next` */
    uint32_t made;       /* entries that were ever made: numbers 1 .. made */
    uint32_t used;
};

static struct watch_entry *entry_at(const struct watch_index *index, uint32_t number)
{
    if (number == 0)
        return NULL;
    return &index->blocks[(number - 1) / BLOCK_ENTRIES].entries[(number - 1) % BLOCK_ENTRIES];
}

struct watch_index *watch_index_new(void)
{
    return NEW(struct watch_index);
}

static void free_nodes(struct table *table, size_t offset)
{
    struct table_node *node = table_walk(table, NULL);

    while (node != NULL) {
        struct table_node *next = table_walk(table, node);
        free((char *)node - offset);
        node = next;
    }
    table_done(table);
}

void watch_index_destroy(struct watch_index **index)
{
    if (*index == NULL)
        return;
    free_nodes(&(*index)->paths, offsetof(struct watch_path, by_text));
    free_nodes(&(*index)->watchers, offsetof(struct watch_watcher, by_number));
    for (size_t i = 0; i < (*index)->block_count; i++)
        free((*index)->blocks[i].entries);
    free((*index)->blocks);
    free((*index)->slots);
    free(*index);
    *index = NULL;
}

/* ---- paths and watchers --------------------------------------------------------------------- */

uint64_t watch_index_hash(uint64_t hash, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001B3);
    return hash;
}

struct watch_path *watch_index_find_path(const struct watch_index *index, const char *path,
                                         size_t size, uint64_t hash)
{
    struct table_node *node = table_find(&index->paths, table_hash_number(hash));

    for (; node != NULL; node = table_next(node)) {
        struct watch_path *found = CONTAINER_OF(node, struct watch_path, by_text);
        if (found->size == size && memcmp(found->text, path, size) == 0)
            return found;
    }
    return NULL;
}

static struct watch_path *get_path(struct watch_index *index, const struct watch_key *key)
{
    uint64_t hash = watch_index_hash(WATCH_INDEX_HASH, key->path, key->path_size);
    struct watch_path *path = watch_index_find_path(index, key->path, key->path_size, hash);

    if (path != NULL)
        return path;
    ASSERT(key->path_size <= UINT32_MAX);
    path = mem_alloc(sizeof *path + key->path_size);
    path->size = (uint32_t)key->path_size;
    memcpy(path->text, key->path, key->path_size);
    table_put(&index->paths, &path->by_text, table_hash_number(hash));
    return path;
}

static struct watch_watcher *find_watcher(const struct watch_index *index, uint64_t number)
{
    struct table_node *node = table_find(&index->watchers, table_hash_number(number));

    for (; node != NULL; node = table_next(node)) {
        struct watch_watcher *found = CONTAINER_OF(node, struct watch_watcher, by_number);
        if (found->number == number)
            return found;
    }
    return NULL;
}

static struct watch_watcher *get_watcher(struct watch_index *index, uint64_t number)
{
    struct watch_watcher *watcher = find_watcher(index, number);

    if (watcher == NULL) {
        watcher = NEW(struct watch_watcher);
        watcher->number = number;
        table_put(&index->watchers, &watcher->by_number, table_hash_number(number));
    }
    return watcher;
}

/* ---- entries: memory and hash table --------------------------------------------------------- */

static uint64_t hash_entry(const struct watch_path *path, const struct watch_watcher *watcher)
{
    return path->by_text.hash ^ watcher->by_number.hash; /* both are well mixed */
}

static uint32_t *slot_of(const struct watch_index *index, uint64_t hash)
{
    return &index->slots[hash & (index->slot_count - 1)];
}

static void link_slot(struct watch_index *index, uint32_t number)
{
    struct watch_entry *entry = entry_at(index, number);
    uint32_t *slot = slot_of(index, hash_entry(entry->path, entry->watcher));

    entry->next = *slot;
    *slot = number;
}

static void grow_slots(struct watch_index *index)
{
    uint32_t *old = index->slots;
    size_t old_count = index->slot_count;

    index->slot_count = old_count == 0 ? SLOTS_MIN : old_count * 2;
    index->slots = NEW_ARRAY(uint32_t, index->slot_count);
    for (size_t i = 0; i < old_count; i++) {
        uint32_t number = old[i];
        while (number != 0) {
            uint32_t next = entry_at(index, number)->next;
            link_slot(index, number);
            number = next;
        }
    }
    free(old);
}

/* Takes the entry out of its slot and returns its number. */
static uint32_t unlink_slot(struct watch_index *index, const struct watch_entry *entry)
{
    uint32_t *link = slot_of(index, hash_entry(entry->path, entry->watcher));

    while (entry_at(index, *link) != entry) {
        ASSERT(*link != 0);
        link = &entry_at(index, *link)->next;
    }
    uint32_t number = *link;
    *link = entry->next;
    return number;
}

static void add_block(struct watch_index *index)
{
    index->blocks = mem_resize(index->blocks, index->block_count + 1, sizeof *index->blocks);
    index->blocks[index->block_count++] =
        (struct block){.entries = NEW_ARRAY(struct watch_entry, BLOCK_ENTRIES)};
}

static uint32_t make_entry(struct watch_index *index)
{
    uint32_t number = index->free_first;

    if (number != 0) {
        index->free_first = entry_at(index, number)->next;
        return number;
    }
    ASSERT(index->made < WATCH_INDEX_ENTRIES_MAX);
    if (index->made == index->block_count * BLOCK_ENTRIES)
        add_block(index);
    return ++index->made;
}

static void free_entry(struct watch_index *index, uint32_t number)
{
    *entry_at(index, number) = (struct watch_entry){.next = index->free_first};
    index->free_first = number;
}

/* ---- entries: lists of paths and watchers --------------------------------------------------- */

static void link_path(struct watch_index *index, uint32_t number)
{
    struct watch_entry *entry = entry_at(index, number);
    struct watch_entry *first = entry_at(index, entry->path->first);

    if (first == NULL) {
        entry->path_before = number;
        entry->path->first = number;
        return;
    }
    entry->path_before = first->path_before;
    entry_at(index, first->path_before)->path_after = number;
    first->path_before = number;
}

static void unlink_path(struct watch_index *index, const struct watch_entry *entry)
{
    struct watch_path *path = entry->path;
    struct watch_entry *after = entry_at(index, entry->path_after);

    if (entry_at(index, path->first) == entry)
        path->first = entry->path_after;
    else
        entry_at(index, entry->path_before)->path_after = entry->path_after;

    if (after != NULL)
        after->path_before = entry->path_before;
    else if (path->first != 0)
        entry_at(index, path->first)->path_before = entry->path_before;
}

static void link_watcher(struct watch_index *index, uint32_t number)
{
    struct watch_entry *entry = entry_at(index, number);
    struct watch_entry *first = entry_at(index, entry->watcher->first);

    entry->watcher_after = entry->watcher->first;
    if (first != NULL)
        first->watcher_before = number;
    entry->watcher->first = number;
}

static void unlink_watcher(struct watch_index *index, const struct watch_entry *entry)
{
    struct watch_entry *before = entry_at(index, entry->watcher_before);
    struct watch_entry *after = entry_at(index, entry->watcher_after);

    if (before != NULL)
        before->watcher_after = entry->watcher_after;
    else
        entry->watcher->first = entry->watcher_after;
    if (after != NULL)
        after->watcher_before = entry->watcher_before;
}

/* ---- entries -------------------------------------------------------------------------------- */

static struct watch_entry *find_entry(const struct watch_index *index,
                                      const struct watch_path *path,
                                      const struct watch_watcher *watcher)
{
    uint32_t number = index->used == 0 ? 0 : *slot_of(index, hash_entry(path, watcher));
    struct watch_entry *entry = entry_at(index, number);

    while (entry != NULL && (entry->path != path || entry->watcher != watcher))
        entry = entry_at(index, entry->next);
    return entry;
}

struct watch_entry *watch_index_find(const struct watch_index *index, const struct watch_key *key)
{
    const struct watch_watcher *watcher = find_watcher(index, key->watcher);
    if (watcher == NULL)
        return NULL;

    uint64_t hash = watch_index_hash(WATCH_INDEX_HASH, key->path, key->path_size);
    const struct watch_path *path = watch_index_find_path(index, key->path, key->path_size, hash);
    return path == NULL ? NULL : find_entry(index, path, watcher);
}

struct watch_entry *watch_index_get(struct watch_index *index, const struct watch_key *key)
{
    struct watch_path *path = get_path(index, key);
    struct watch_watcher *watcher = get_watcher(index, key->watcher);
    struct watch_entry *entry = find_entry(index, path, watcher);

    if (entry != NULL)
        return entry;
    if (index->used == index->slot_count)
        grow_slots(index);

    uint32_t number = make_entry(index);
    entry = entry_at(index, number);
    *entry = (struct watch_entry){.path = path, .watcher = watcher};
    link_slot(index, number);
    link_path(index, number);
    link_watcher(index, number);
    index->used++;
    return entry;
}

void watch_index_remove(struct watch_index *index, struct watch_entry *entry)
{
    struct watch_path *path = entry->path;
    struct watch_watcher *watcher = entry->watcher;

    uint32_t number = unlink_slot(index, entry);
    unlink_path(index, entry);
    unlink_watcher(index, entry);
    free_entry(index, number);
    index->used--;

    if (path->first == 0) {
        table_remove(&index->paths, &path->by_text);
        free(path);
    }
    if (watcher->first == 0) {
        table_remove(&index->watchers, &watcher->by_number);
        free(watcher);
    }
}

struct watch_entry *watch_index_first_of_path(const struct watch_index *index,
                                              const struct watch_path *path)
{
    return entry_at(index, path->first);
}

struct watch_entry *watch_index_next_of_path(const struct watch_index *index,
                                             const struct watch_entry *entry)
{
    return entry_at(index, entry->path_after);
}

struct watch_entry *watch_index_first_of_watcher(const struct watch_index *index, uint64_t watcher)
{
    const struct watch_watcher *found = find_watcher(index, watcher);

    return found == NULL ? NULL : entry_at(index, found->first);
}

struct watch_entry *watch_index_next_of_watcher(const struct watch_index *index,
                                                const struct watch_entry *entry)
{
    return entry_at(index, entry->watcher_after);
}

struct watch_path *watch_index_walk_paths(const struct watch_index *index,
                                          const struct watch_path *path)
{
    struct table_node *node = table_walk(&index->paths, path == NULL ? NULL : &path->by_text);

    return node == NULL ? NULL : CONTAINER_OF(node, struct watch_path, by_text);
}

size_t watch_index_paths(const struct watch_index *index)
{
    return index->paths.count;
}

size_t watch_index_watchers(const struct watch_index *index)
{
    return index->watchers.count;
}
