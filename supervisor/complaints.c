/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/complaints.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/state/errors_state.h"
#include "coord/state/fields.h"
#include "coord/state/paths.h"

enum entry_state {
    ENTRY_IDLE,
    ENTRY_READING,
    ENTRY_WRITING,
};

/* A component's node. */
struct entry {
    char *topology;
    char *component;
    struct errors_state pending;   /* not sent */
    struct errors_state under_way; /* sent, not known to be written */
    uint64_t due_ms;
    uint64_t tag;
    enum entry_state state;
};

/* For the report. */
struct news {
    char *topology;
    char *component;
    char *text;
    uint64_t count;
    uint64_t sequence; /* of the last time it happened */
    uint32_t slot;
    uint32_t task;
};

struct complaints {
    char *supervisor;
    struct entry entries[COMPLAINTS_COMPONENTS_MAX];
    size_t count;
    struct news news[COMPLAINTS_NEWS_MAX]; /* the oldest first */
    size_t news_count;
    uint64_t sequence;
    uint64_t dropped;
    uint32_t number;
    uint32_t serial;
    bool is_connected;
};

struct complaints *complaints_new(uint32_t number, const char *supervisor)
{
    struct complaints *complaints = NEW(struct complaints);

    complaints->number = number;
    complaints->supervisor = mem_copy_text(supervisor);
    return complaints;
}

static void drop_entry(struct complaints *complaints, size_t index)
{
    struct entry *entry = &complaints->entries[index];

    errors_state_done(&entry->pending);
    errors_state_done(&entry->under_way);
    free(entry->topology);
    free(entry->component);
    *entry = complaints->entries[--complaints->count];
}

static void drop_news(struct complaints *complaints, size_t index)
{
    struct news *news = &complaints->news[index];

    free(news->topology);
    free(news->component);
    free(news->text);
    complaints->news_count--;
    memmove(news, news + 1, (complaints->news_count - index) * sizeof *news);
}

void complaints_destroy(struct complaints **complaints)
{
    if (*complaints == NULL)
        return;
    while ((*complaints)->count > 0)
        drop_entry(*complaints, 0);
    while ((*complaints)->news_count > 0)
        drop_news(*complaints, 0);
    free((*complaints)->supervisor);
    free(*complaints);
    *complaints = NULL;
}

/* ---- Gathering ------------------------------------------------------------------------------ */

/* Adds `count` at once. */
static void add_item(struct errors_state *errors, const struct component_error *item)
{
    uint64_t before;

    errors_state_add(errors, item);
    struct component_error *added = &errors->items[errors->count - 1];
    before = added->count - 1;
    added->count = before < INT64_MAX - item->count ? before + item->count : INT64_MAX;
    if (before == 0)
        added->first_ms = item->first_ms;
}

static void add_all(struct errors_state *errors, const struct errors_state *from)
{
    for (size_t i = 0; i < from->count; i++)
        add_item(errors, &from->items[i]);
}

static struct entry *find_or_add_entry(struct complaints *complaints, const char *topology,
                                       const char *component)
{
    for (size_t i = 0; i < complaints->count; i++) {
        struct entry *entry = &complaints->entries[i];
        if (strcmp(entry->topology, topology) == 0 && strcmp(entry->component, component) == 0)
            return entry;
    }
    if (complaints->count == COMPLAINTS_COMPONENTS_MAX)
        return NULL;
    struct entry *entry = &complaints->entries[complaints->count++];
    *entry =
        (struct entry){.topology = mem_copy_text(topology), .component = mem_copy_text(component)};
    return entry;
}

static bool is_same(const struct news *news, const struct complaint *complaint)
{
    return news->slot == complaint->slot && news->task == complaint->task &&
           strcmp(news->topology, complaint->topology) == 0 &&
           strcmp(news->component, complaint->component) == 0 &&
           strcmp(news->text, complaint->text) == 0;
}

static void add_news(struct complaints *complaints, const struct complaint *complaint)
{
    uint64_t sequence = ++complaints->sequence;

    for (size_t i = 0; i < complaints->news_count; i++) {
        if (is_same(&complaints->news[i], complaint)) {
            complaints->news[i].count++;
            complaints->news[i].sequence = sequence;
            return;
        }
    }
    if (complaints->news_count == COMPLAINTS_NEWS_MAX)
        drop_news(complaints, 0);
    complaints->news[complaints->news_count++] = (struct news){
        .topology = mem_copy_text(complaint->topology),
        .component = mem_copy_text(complaint->component),
        .text = mem_copy_text(complaint->text),
        .slot = complaint->slot,
        .task = complaint->task,
        .count = 1,
        .sequence = sequence,
    };
}

void complaints_add(struct complaints *complaints, const struct complaint *complaint,
                    uint64_t wall_ms)
{
    struct entry *entry = find_or_add_entry(complaints, complaint->topology, complaint->component);
    AUTO(mem_free_text) char *text = mem_copy_text(complaint->text);
    struct component_error item = {
        .text = text,
        .supervisor = complaints->supervisor,
        .slot = complaint->slot,
        .task = complaint->task,
        .count = 1,
        .first_ms = wall_ms,
        .last_ms = wall_ms,
    };

    if (entry == NULL)
        complaints->dropped++;
    else
        add_item(&entry->pending, &item);
    add_news(complaints, complaint);
}

void complaints_forget(struct complaints *complaints, const char *topology)
{
    for (size_t i = complaints->count; i-- > 0;) {
        if (strcmp(complaints->entries[i].topology, topology) == 0)
            drop_entry(complaints, i);
    }
    for (size_t i = complaints->news_count; i-- > 0;) {
        if (strcmp(complaints->news[i].topology, topology) == 0)
            drop_news(complaints, i);
    }
}

/* ---- To the cluster state ------------------------------------------------------------------- */

static uint64_t next_tag(struct complaints *complaints)
{
    return (uint64_t)complaints->number << 32 | ++complaints->serial;
}

static void read_node(struct complaints *complaints, struct entry *entry, struct coord_calls *calls)
{
    struct path path = paths_errors_of(entry->topology, entry->component);

    entry->tag = next_tag(complaints);
    entry->state = ENTRY_READING;
    coord_calls_push(calls,
                     &(struct coord_call){.kind = COORD_GET, .path = path.text, .tag = entry->tag});
}

/* What stood there is kept, unless it cannot be read. */
static void write_node(struct complaints *complaints, struct entry *entry,
                       const struct coord_event *event, struct coord_calls *calls)
{
    struct errors_state errors = {.count = 0};
    bool is_there = event->error == COORD_OK;

    if (is_there && (event->data == NULL ||
                     errors_state_decode(event->data, event->size, &errors, NULL) != ERR_OK))
        errors = (struct errors_state){.count = 0};
    add_all(&entry->under_way, &entry->pending);
    errors_state_done(&entry->pending);
    add_all(&errors, &entry->under_way);
    entry->tag = next_tag(complaints);
    entry->state = ENTRY_WRITING;
    if (is_there)
        errors_state_set(entry->topology, entry->component, &errors, event->stat.version,
                         entry->tag, calls);
    else
        errors_state_create(entry->topology, entry->component, &errors, entry->tag, calls);
    errors_state_done(&errors);
}

static void put_back(struct entry *entry)
{
    add_all(&entry->under_way, &entry->pending);
    errors_state_done(&entry->pending);
    entry->pending = entry->under_way;
    entry->under_way = (struct errors_state){.count = 0};
}

static void written(struct complaints *complaints, size_t index, const struct coord_event *event)
{
    struct entry *entry = &complaints->entries[index];

    entry->state = ENTRY_IDLE;
    if (event->error == COORD_OK)
        errors_state_done(&entry->under_way);
    else if (event->error == COORD_NO_NODE && event->call == COORD_CREATE)
        drop_entry(complaints, index); /* the topology is gone */
    else
        put_back(entry);
}

static void answered(struct complaints *complaints, size_t index, const struct coord_event *event,
                     struct coord_calls *calls)
{
    struct entry *entry = &complaints->entries[index];
    bool is_read = event->error == COORD_OK || event->error == COORD_NO_NODE;

    if (entry->state == ENTRY_WRITING)
        written(complaints, index, event);
    else if (is_read)
        write_node(complaints, entry, event, calls);
    else
        entry->state = ENTRY_IDLE;
}

static void find_and_answer(struct complaints *complaints, const struct coord_event *event,
                            struct coord_calls *calls)
{
    for (size_t i = 0; i < complaints->count; i++) {
        const struct entry *entry = &complaints->entries[i];
        if (entry->state != ENTRY_IDLE && entry->tag == event->tag) {
            answered(complaints, i, event, calls);
            return;
        }
    }
}

void complaints_step(struct complaints *complaints, const struct coord_event *event,
                     struct coord_calls *calls)
{
    switch (event->kind) {
    case COORD_CONNECTED:
        complaints->is_connected = true;
        return;
    case COORD_DISCONNECTED:
    case COORD_EXPIRED:
    case COORD_REFUSED:
        complaints->is_connected = false;
        return;
    case COORD_CHANGED:
        return;
    case COORD_ANSWERED:
        find_and_answer(complaints, event, calls);
        return;
    }
    UNREACHABLE();
}

void complaints_tick(struct complaints *complaints, uint64_t now_ms, struct coord_calls *calls)
{
    if (!complaints->is_connected)
        return;
    for (size_t i = complaints->count; i-- > 0;) {
        struct entry *entry = &complaints->entries[i];
        if (entry->state != ENTRY_IDLE || now_ms < entry->due_ms)
            continue;
        if (entry->pending.count == 0) {
            drop_entry(complaints, i);
            continue;
        }
        entry->due_ms = now_ms + COMPLAINTS_PERIOD_MS;
        read_node(complaints, entry, calls);
    }
}

/* ---- To nimbus ------------------------------------------------------------------------------ */

json_t *complaints_encode(const struct complaints *complaints, const char *topology, uint32_t slot)
{
    json_t *list = json_array();

    for (size_t i = 0; i < complaints->news_count; i++) {
        const struct news *news = &complaints->news[i];
        if (news->slot != slot || strcmp(news->topology, topology) != 0)
            continue;
        json_t *item = json_object();
        fields_put_text(item, "component", news->component);
        fields_put_number(item, "task", news->task);
        fields_put_text(item, "text", news->text);
        fields_put_number(item, "count", news->count);
        fields_append(list, item);
    }
    return list;
}

uint64_t complaints_mark(const struct complaints *complaints)
{
    return complaints->sequence;
}

void complaints_confirm(struct complaints *complaints, uint64_t mark)
{
    for (size_t i = complaints->news_count; i-- > 0;) {
        if (complaints->news[i].sequence <= mark)
            drop_news(complaints, i);
    }
}

uint64_t complaints_count_dropped(const struct complaints *complaints)
{
    return complaints->dropped;
}
