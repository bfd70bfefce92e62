/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/list.h"
#include "base/mem.h"
#include "coord/recipes/line.h"

#define SLOT_SHIFT  16
#define SERIAL_MASK 0xFFFFu

/* Something that is read and watched. */
struct read {
    uint64_t call_tag;  /* 0: none under way */
    uint64_t watch_tag; /* 0: none set */
    bool is_fired;      /* while it was under way */
};

struct entry {
    struct list_node by_need; /* in directory.needy while it has to be read */
    struct list_node by_news;
    enum directory_change change; /* while in news */
    struct read read;
    uint32_t slot; /* 0 once it is removed */
    bool is_loaded;
    bool is_broken; /* its read has failed */
    char *name;
    char *data;
    size_t size;
    struct message_stat stat;
};

struct directory {
    uint64_t prefix; /* of the tags */
    uint32_t serial;
    char *path;
    size_t calls_max;
    size_t calls_open;
    int64_t session_id;
    bool is_connected;
    bool is_paused;     /* until directory_resync() */
    bool is_told;       /* that it is complete */
    bool seems_missing; /* the last read of the list says so */
    bool is_broken;     /* the list's read has failed */
    struct read list;
    struct entry **entries; /* by name */
    size_t count;
    struct entry **slots; /* [0] is not used */
    uint32_t slot_count;  /* that were ever used, with [0] */
    uint32_t *free_slots;
    uint32_t free_count;
    struct list needy;
    struct list news;
    struct entry *taken; /* removed, and lent to the caller */
    enum coord_error error;
};

struct directory *directory_new(const struct directory_options *options)
{
    struct directory *directory = NEW(struct directory);

    ASSERT(options->number != 0);
    ASSERT(options->calls_max > 0);
    ASSERT(strlen(options->path) < COORD_PATH_MAX);
    directory->prefix = (uint64_t)options->number << 32;
    directory->path = mem_copy_text(options->path);
    directory->calls_max = options->calls_max;
    directory->is_paused = true;
    directory->slots = NEW_ARRAY(struct entry *, DIRECTORY_ENTRIES_MAX + 1);
    directory->free_slots = NEW_ARRAY(uint32_t, DIRECTORY_ENTRIES_MAX);
    directory->slot_count = 1;
    list_init(&directory->needy);
    list_init(&directory->news);
    return directory;
}

/* ---- entries ---- */

static void release(struct entry *entry)
{
    free(entry->name);
    free(entry->data);
    free(entry);
}

static void free_entry(struct entry *entry)
{
    if (entry == NULL)
        return;
    if (list_has_node(&entry->by_need))
        list_remove(&entry->by_need);
    if (list_has_node(&entry->by_news))
        list_remove(&entry->by_news);
    release(entry);
}

/* What was removed and not taken: the rest is in no list any more. */
static void release_news(struct directory *directory)
{
    struct list_node *node = list_first(&directory->news);

    while (node != NULL) {
        struct list_node *next = list_next(&directory->news, node);

        release(CONTAINER_OF(node, struct entry, by_news));
        node = next;
    }
}

void directory_destroy(struct directory **directory)
{
    if (*directory == NULL)
        return;
    struct directory *old = *directory;
    for (size_t i = 0; i < old->count; i++)
        free_entry(old->entries[i]);
    release_news(old);
    free_entry(old->taken);
    free(old->entries);
    free(old->slots);
    free(old->free_slots);
    free(old->path);
    free(old);
    *directory = NULL;
}

static void need(struct directory *directory, struct entry *entry)
{
    if (!list_has_node(&entry->by_need) && entry->read.call_tag == 0 &&
        entry->read.watch_tag == 0 && !entry->is_broken)
        list_push_last(&directory->needy, &entry->by_need);
}

static struct entry *add_entry(struct directory *directory, const char *name)
{
    struct entry *entry = NEW(struct entry);

    entry->slot = directory->free_count > 0 ? directory->free_slots[--directory->free_count]
                                            : directory->slot_count++;
    entry->name = mem_copy_text(name);
    directory->slots[entry->slot] = entry;
    need(directory, entry);
    return entry;
}

static void tell(struct directory *directory, struct entry *entry, enum directory_change change)
{
    if (list_has_node(&entry->by_news))
        return; /* ADDED or CHANGED, not taken yet: it will show the latest */
    entry->change = change;
    list_push_last(&directory->news, &entry->by_news);
}

/* Takes it out of all but the array. */
static void remove_entry(struct directory *directory, struct entry *entry)
{
    bool is_unknown =
        !entry->is_loaded || (list_has_node(&entry->by_news) && entry->change == DIRECTORY_ADDED);

    if (entry->read.call_tag != 0 && directory->calls_open > 0)
        directory->calls_open--;
    directory->slots[entry->slot] = NULL;
    directory->free_slots[directory->free_count++] = entry->slot;
    entry->slot = 0;
    if (is_unknown) {
        free_entry(entry);
        return;
    }
    if (list_has_node(&entry->by_need))
        list_remove(&entry->by_need);
    tell(directory, entry, DIRECTORY_REMOVED);
    entry->change = DIRECTORY_REMOVED;
}

static size_t find_index(const struct directory *directory, const char *name)
{
    size_t low = 0;
    size_t high = directory->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(directory->entries[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- calls ---- */

static void send(struct directory *directory, struct read *read, uint32_t slot,
                 struct coord_call call, struct coord_calls *calls)
{
    directory->serial = directory->serial % SERIAL_MASK + 1;
    call.tag = directory->prefix | slot << SLOT_SHIFT | directory->serial;
    call.watch = true;
    *read = (struct read){.call_tag = call.tag};
    directory->calls_open++;
    coord_calls_push(calls, &call);
}

static void send_list(struct directory *directory, struct coord_calls *calls)
{
    struct coord_call call = {
        .kind = directory->seems_missing ? COORD_EXISTS : COORD_CHILDREN,
        .path = directory->path,
    };

    send(directory, &directory->list, 0, call, calls);
}

static void send_entry(struct directory *directory, struct entry *entry, struct coord_calls *calls)
{
    char path[COORD_PATH_MAX];
    const char *slash = strcmp(directory->path, "/") == 0 ? "" : "/";
    int size = snprintf(path, sizeof path, "%s%s%s", directory->path, slash, entry->name);

    list_remove(&entry->by_need);
    if (size < 0 || (size_t)size >= sizeof path) {
        entry->is_broken = true; /* nobody of ours has made that */
        return;
    }
    send(directory, &entry->read, entry->slot, (struct coord_call){.kind = COORD_GET, .path = path},
         calls);
}

static bool needs_list(const struct directory *directory)
{
    return directory->list.call_tag == 0 && directory->list.watch_tag == 0 && !directory->is_broken;
}

static void advance(struct directory *directory, struct coord_calls *calls)
{
    if (!directory->is_connected || directory->is_paused)
        return;
    if (needs_list(directory))
        send_list(directory, calls);
    while (directory->calls_open < directory->calls_max && !list_is_empty(&directory->needy))
        send_entry(directory, CONTAINER_OF(list_first(&directory->needy), struct entry, by_need),
                   calls);
}

/* ---- answers ---- */

/* Replaces the array by one with exactly the children, both sorted. What is gone gives its slot back
 * before what is new takes one. */
static void merge(struct directory *directory, const struct coord_event *event)
{
    struct entry **merged = NEW_ARRAY(struct entry *, event->child_count);
    size_t old = 0;

    for (size_t i = 0; i < event->child_count; i++) {
        const char *name = event->children[i];

        while (old < directory->count && strcmp(directory->entries[old]->name, name) < 0)
            remove_entry(directory, directory->entries[old++]);
        if (old < directory->count && strcmp(directory->entries[old]->name, name) == 0)
            merged[i] = directory->entries[old++];
    }
    while (old < directory->count)
        remove_entry(directory, directory->entries[old++]);
    for (size_t i = 0; i < event->child_count; i++)
        if (merged[i] == NULL)
            merged[i] = add_entry(directory, event->children[i]);
    free(directory->entries);
    directory->entries = merged;
    directory->count = event->child_count;
}

static enum directory_verdict fail_with(struct directory *directory, enum coord_error error)
{
    directory->error = error;
    return DIRECTORY_FAILED;
}

static enum directory_verdict answer_list(struct directory *directory,
                                          const struct coord_event *event)
{
    bool is_missing = event->error == COORD_NO_NODE;
    bool is_exists = event->call == COORD_EXISTS;

    if (is_missing && !is_exists)
        directory->list.watch_tag = 0;
    if (!is_missing && is_exists)
        directory->list.watch_tag = 0; /* it came to be in between: the list is what we want */
    directory->seems_missing = is_missing;
    if ((event->error != COORD_OK && !is_missing) || event->child_count > DIRECTORY_ENTRIES_MAX) {
        directory->is_broken = true;
        return fail_with(directory, is_missing || event->error == COORD_OK ? COORD_BAD_ARGUMENTS
                                                                           : event->error);
    }
    if (!is_exists || is_missing)
        merge(directory, event); /* no children if it is missing */
    return DIRECTORY_NO_NEWS;
}

static void load(struct directory *directory, struct entry *entry, const struct coord_event *event)
{
    bool is_same = entry->is_loaded && entry->stat.czxid == event->stat.czxid &&
                   entry->stat.mzxid == event->stat.mzxid;

    if (is_same)
        return;
    free(entry->data);
    entry->data = mem_alloc(event->size + 1);
    entry->size = event->size;
    if (event->size > 0)
        memcpy(entry->data, event->data, event->size);
    entry->stat = event->stat;
    tell(directory, entry, entry->is_loaded ? DIRECTORY_CHANGED : DIRECTORY_ADDED);
    entry->is_loaded = true;
}

static enum directory_verdict answer_entry(struct directory *directory, struct entry *entry,
                                           const struct coord_event *event)
{
    if (event->error == COORD_NO_NODE) {
        size_t index = find_index(directory, entry->name);

        directory->count--;
        memmove(&directory->entries[index], &directory->entries[index + 1],
                (directory->count - index) * sizeof(struct entry *));
        remove_entry(directory, entry); /* the list's watch fires, too */
        return DIRECTORY_NO_NEWS;
    }
    if (event->error != COORD_OK) {
        entry->is_broken = true;
        return fail_with(directory, event->error);
    }
    load(directory, entry, event);
    need(directory, entry); /* if it has changed again already */
    return DIRECTORY_NO_NEWS;
}

/* NULL for the list. */
static struct entry *find_slot(const struct directory *directory, uint64_t tag)
{
    uint32_t slot = (uint32_t)tag >> SLOT_SHIFT;

    return slot == 0 || slot >= directory->slot_count ? NULL : directory->slots[slot];
}

static struct read *find_read(struct directory *directory, uint64_t tag)
{
    struct entry *entry = find_slot(directory, tag);

    if ((tag & ~(uint64_t)UINT32_MAX) != directory->prefix)
        return NULL;
    if (entry != NULL)
        return &entry->read;
    return (uint32_t)tag >> SLOT_SHIFT == 0 ? &directory->list : NULL;
}

static enum directory_verdict answer(struct directory *directory, const struct coord_event *event)
{
    struct read *read = find_read(directory, event->tag);
    struct entry *entry = find_slot(directory, event->tag);

    if (read == NULL || read->call_tag != event->tag)
        return DIRECTORY_NO_NEWS;
    read->call_tag = 0;
    if (directory->calls_open > 0)
        directory->calls_open--;
    if (line_is_dead(event->error))
        directory->is_connected = false;
    if (line_is_unknown(event->error)) {
        if (entry != NULL)
            need(directory, entry);
        return DIRECTORY_NO_NEWS;
    }
    read->watch_tag = read->is_fired ? 0 : event->tag;
    return entry == NULL ? answer_list(directory, event) : answer_entry(directory, entry, event);
}

static void change(struct directory *directory, const struct coord_event *event)
{
    struct read *read = find_read(directory, event->tag);
    struct entry *entry = find_slot(directory, event->tag);

    if (read == NULL || event->tag == 0)
        return;
    if (read->call_tag == event->tag)
        read->is_fired = true;
    if (read->watch_tag != event->tag)
        return;
    read->watch_tag = 0;
    if (entry == NULL)
        directory->seems_missing = false;
    else
        need(directory, entry);
}

/* ---- sessions ---- */

static void end_session(struct directory *directory)
{
    directory->list = (struct read){.call_tag = 0};
    directory->is_broken = false;
    directory->is_paused = true;
    directory->is_told = false;
    directory->calls_open = 0;
    for (size_t i = 0; i < directory->count; i++) {
        struct entry *entry = directory->entries[i];

        entry->read = (struct read){.call_tag = 0};
        entry->is_broken = false;
        need(directory, entry);
    }
}

static enum directory_verdict connect(struct directory *directory, int64_t session_id)
{
    bool is_new = session_id != directory->session_id;

    directory->is_connected = true;
    directory->session_id = session_id;
    if (!is_new)
        return DIRECTORY_NO_NEWS;
    end_session(directory);
    return DIRECTORY_WANTS_RESYNC;
}

static enum directory_verdict follow(struct directory *directory, const struct coord_event *event)
{
    switch (event->kind) {
    case COORD_CONNECTED:
        return connect(directory, event->session_id);
    case COORD_DISCONNECTED:
    case COORD_REFUSED:
        directory->is_connected = false;
        break;
    case COORD_EXPIRED:
        directory->is_connected = false;
        directory->session_id = 0;
        end_session(directory);
        break;
    case COORD_ANSWERED:
        return answer(directory, event);
    case COORD_CHANGED:
        change(directory, event);
        break;
    }
    return DIRECTORY_NO_NEWS;
}

static bool is_idle(const struct directory *directory)
{
    return directory->session_id != 0 && !directory->is_paused && directory->calls_open == 0 &&
           !needs_list(directory) && list_is_empty(&directory->needy);
}

enum directory_verdict directory_step(struct directory *directory, const struct coord_event *event,
                                      struct coord_calls *calls)
{
    free_entry(directory->taken);
    directory->taken = NULL;
    enum directory_verdict verdict = follow(directory, event);

    advance(directory, calls);
    if (verdict != DIRECTORY_NO_NEWS)
        return verdict;
    if (is_idle(directory) && !directory->is_told) {
        directory->is_told = true;
        return DIRECTORY_COMPLETE;
    }
    return list_is_empty(&directory->news) ? DIRECTORY_NO_NEWS : DIRECTORY_NEWS;
}

void directory_resync(struct directory *directory, struct coord_calls *calls)
{
    directory->is_paused = false;
    directory->is_broken = false;
    for (size_t i = 0; i < directory->count; i++) {
        directory->entries[i]->is_broken = false;
        need(directory, directory->entries[i]);
    }
    advance(directory, calls);
}

/* ---- queries ---- */

static struct directory_entry show(const struct entry *entry)
{
    return (struct directory_entry){
        .name = entry->name,
        .data = entry->data,
        .size = entry->size,
        .version = entry->stat.version,
        .czxid = entry->stat.czxid,
        .mzxid = entry->stat.mzxid,
    };
}

bool directory_take(struct directory *directory, enum directory_change *ret_change,
                    struct directory_entry *ret_entry)
{
    struct list_node *node = list_pop_first(&directory->news);

    free_entry(directory->taken);
    directory->taken = NULL;
    if (node == NULL)
        return false;
    struct entry *entry = CONTAINER_OF(node, struct entry, by_news);
    if (entry->change == DIRECTORY_REMOVED)
        directory->taken = entry;
    *ret_change = entry->change;
    *ret_entry = show(entry);
    return true;
}

bool directory_is_complete(const struct directory *directory)
{
    return directory->is_told && is_idle(directory);
}

bool directory_next(const struct directory *directory, size_t *position,
                    struct directory_entry *ret_entry)
{
    while (*position < directory->count) {
        const struct entry *entry = directory->entries[(*position)++];

        if (entry->is_loaded) {
            *ret_entry = show(entry);
            return true;
        }
    }
    return false;
}

bool directory_find(const struct directory *directory, const char *name,
                    struct directory_entry *ret_entry)
{
    size_t index = find_index(directory, name);

    if (index == directory->count || strcmp(directory->entries[index]->name, name) != 0 ||
        !directory->entries[index]->is_loaded)
        return false;
    *ret_entry = show(directory->entries[index]);
    return true;
}

enum coord_error directory_error(const struct directory *directory)
{
    return directory->error;
}
