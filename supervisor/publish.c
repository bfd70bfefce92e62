/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/publish.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/state/worker_state.h"

enum entry_state {
    ENTRY_SETTLED,
    ENTRY_OPEN,      /* to be written */
    ENTRY_UNDER_WAY, /* a call was sent, with the tag */
};

struct entry {
    char *topology;
    char *address; /* NULL: there is to be no node */
    uint64_t incarnation;
    uint64_t tag;
    uint32_t slot;
    enum entry_state state;
    bool has_changed; /* since the call was sent */
};

struct publish {
    char *supervisor;
    struct entry *entries;
    size_t count;
    size_t capacity;
    uint32_t number;
    uint32_t serial;
    bool is_connected;
};

struct publish *publish_new(uint32_t number, const char *supervisor)
{
    struct publish *publish = NEW(struct publish);

    publish->number = number;
    publish->supervisor = mem_copy_text(supervisor);
    return publish;
}

void publish_destroy(struct publish **publish)
{
    if (*publish == NULL)
        return;
    for (size_t i = 0; i < (*publish)->count; i++) {
        free((*publish)->entries[i].topology);
        free((*publish)->entries[i].address);
    }
    free((*publish)->entries);
    free((*publish)->supervisor);
    free(*publish);
    *publish = NULL;
}

static struct entry *find(struct publish *publish, const char *topology, uint32_t slot)
{
    for (size_t i = 0; i < publish->count; i++) {
        struct entry *entry = &publish->entries[i];
        if (entry->slot == slot && strcmp(entry->topology, topology) == 0)
            return entry;
    }
    return NULL;
}

/* NULL if there are as many as may be. */
static struct entry *find_or_add(struct publish *publish, const char *topology, uint32_t slot)
{
    struct entry *found = find(publish, topology, slot);

    if (found != NULL || publish->count == PUBLISH_ENTRIES_MAX)
        return found;
    if (publish->count == publish->capacity) {
        publish->capacity = publish->capacity == 0 ? 16 : 2 * publish->capacity;
        publish->entries =
            mem_resize(publish->entries, publish->capacity, sizeof publish->entries[0]);
    }
    publish->entries[publish->count] =
        (struct entry){.topology = mem_copy_text(topology), .slot = slot};
    return &publish->entries[publish->count++];
}

static void drop(struct publish *publish, struct entry *entry)
{
    free(entry->topology);
    free(entry->address);
    *entry = publish->entries[--publish->count];
}

/* ---- Calls ---------------------------------------------------------------------------------- */

enum way {
    WAY_CREATE,
    WAY_SET,
};

static void send(struct publish *publish, struct entry *entry, enum way way,
                 struct coord_calls *calls)
{
    struct worker_state worker = {
        .supervisor = publish->supervisor,
        .slot = entry->slot,
        .incarnation = entry->incarnation,
        .address = entry->address,
    };

    entry->state = ENTRY_UNDER_WAY;
    entry->has_changed = false;
    entry->tag = (uint64_t)publish->number << 32 | ++publish->serial;
    if (entry->address == NULL)
        worker_state_delete(entry->topology, publish->supervisor, entry->slot, entry->tag, calls);
    else if (way == WAY_CREATE)
        worker_state_create(entry->topology, &worker, entry->tag, calls);
    else
        worker_state_set(entry->topology, &worker, entry->tag, calls);
}

static void change(struct publish *publish, struct entry *entry, struct coord_calls *calls)
{
    entry->has_changed = true;
    if (entry->state == ENTRY_UNDER_WAY)
        return;
    entry->state = ENTRY_OPEN;
    if (publish->is_connected)
        send(publish, entry, WAY_CREATE, calls);
}

void publish_put(struct publish *publish, const char *topology, uint32_t slot, uint64_t incarnation,
                 const char *address, struct coord_calls *calls)
{
    struct entry *entry = find_or_add(publish, topology, slot);

    if (entry == NULL)
        return;
    if (entry->address != NULL && strcmp(entry->address, address) == 0 &&
        entry->incarnation == incarnation)
        return;
    free(entry->address);
    entry->address = mem_copy_text(address);
    entry->incarnation = incarnation;
    change(publish, entry, calls);
}

void publish_remove(struct publish *publish, const char *topology, uint32_t slot,
                    struct coord_calls *calls)
{
    struct entry *entry = find_or_add(publish, topology, slot);

    if (entry == NULL)
        return;
    mem_free_text(&entry->address);
    change(publish, entry, calls);
}

/* ---- Events --------------------------------------------------------------------------------- */

static void settle(struct publish *publish, struct entry *entry)
{
    entry->state = ENTRY_SETTLED;
    if (entry->address == NULL)
        drop(publish, entry);
}

static void answered(struct publish *publish, struct entry *entry, const struct coord_event *event,
                     struct coord_calls *calls)
{
    entry->state = ENTRY_OPEN;
    if (entry->has_changed) {
        if (publish->is_connected)
            send(publish, entry, WAY_CREATE, calls);
        return;
    }
    if (event->error == COORD_OK)
        settle(publish, entry);
    else if (event->error == COORD_NODE_EXISTS)
        send(publish, entry, WAY_SET, calls);
    else if (event->error == COORD_NO_NODE && event->call == COORD_SET)
        send(publish, entry, WAY_CREATE, calls);
    else if (event->error == COORD_NO_NODE) {
        /* Nothing to delete; or the topology is gone, and nobody will ask. */
        mem_free_text(&entry->address);
        settle(publish, entry);
    }
}

void publish_retry(struct publish *publish, struct coord_calls *calls)
{
    if (!publish->is_connected)
        return;
    for (size_t i = 0; i < publish->count; i++) {
        if (publish->entries[i].state == ENTRY_OPEN)
            send(publish, &publish->entries[i], WAY_CREATE, calls);
    }
}

static void find_and_answer(struct publish *publish, const struct coord_event *event,
                            struct coord_calls *calls)
{
    for (size_t i = 0; i < publish->count; i++) {
        struct entry *entry = &publish->entries[i];
        if (entry->state == ENTRY_UNDER_WAY && entry->tag == event->tag) {
            answered(publish, entry, event, calls);
            return;
        }
    }
}

void publish_step(struct publish *publish, const struct coord_event *event,
                  struct coord_calls *calls)
{
    switch (event->kind) {
    case COORD_CONNECTED:
        publish->is_connected = true;
        publish_retry(publish, calls);
        return;
    case COORD_DISCONNECTED:
    case COORD_EXPIRED:
    case COORD_REFUSED:
        publish->is_connected = false;
        return;
    case COORD_CHANGED:
        return;
    case COORD_ANSWERED:
        find_and_answer(publish, event, calls);
        return;
    }
    UNREACHABLE();
}

size_t publish_count_open(const struct publish *publish)
{
    size_t count = 0;

    for (size_t i = 0; i < publish->count; i++)
        count += publish->entries[i].state != ENTRY_SETTLED;
    return count;
}
