/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/events.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/state/fields.h"

struct events_item {
    enum events_kind kind;
    enum events_severity severity;
    uint64_t at_ms;
    int64_t slot;
    char *topology; /* texts are NULL where there is none */
    char *component;
    char *supervisor;
    char *by;
    char *via;
    char *text;
    json_t *args; /* NULL: none */
};

static const char *const kind_names[EVENTS_KIND_COUNT] = {
    [EVENTS_SUBMITTED] = "submitted",
    [EVENTS_ACTIVATED] = "activated",
    [EVENTS_DEACTIVATED] = "deactivated",
    [EVENTS_KILLED] = "killed",
    [EVENTS_REMOVED] = "removed",
    [EVENTS_ENDED] = "ended",
    [EVENTS_REBALANCING] = "rebalancing",
    [EVENTS_REBALANCED] = "rebalanced",
    [EVENTS_PLACED] = "placed",
    [EVENTS_WORKER_STARTED] = "worker_started",
    [EVENTS_WORKER_ENDED] = "worker_ended",
    [EVENTS_WORKER_RESTARTED] = "worker_restarted",
    [EVENTS_WORKER_FAILED] = "worker_failed",
    [EVENTS_WORKER_LOST] = "worker_lost",
    [EVENTS_SUPERVISOR_JOINED] = "supervisor_joined",
    [EVENTS_SUPERVISOR_LOST] = "supervisor_lost",
    [EVENTS_SUPERVISOR_UNHEALTHY] = "supervisor_unhealthy",
    [EVENTS_SUPERVISOR_HEALTHY] = "supervisor_healthy",
    [EVENTS_LEADING] = "leading",
    [EVENTS_RESTART_ASKED] = "restart_asked",
    [EVENTS_LOG_LEVEL] = "log_level",
    [EVENTS_DEBUG] = "debug",
    [EVENTS_RESET_OFFSETS] = "reset_offsets",
};

const char *events_kind_name(enum events_kind kind)
{
    ASSERT(kind < EVENTS_KIND_COUNT);
    return kind_names[kind];
}

/* ---- One event ----------------------------------------------------------------------------- */

/* Cut between characters, so that what was UTF-8 stays it. */
static char *copy_cut(const char *text)
{
    size_t size = text == NULL ? 0 : strlen(text);
    char *copy;

    if (text == NULL)
        return NULL;
    if (size > EVENTS_TEXT_MAX) {
        size = EVENTS_TEXT_MAX;
        while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80)
            size--;
    }
    copy = mem_alloc(size + 1);
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

static json_t *take_args(json_t *args)
{
    if (args == NULL || json_dumpb(args, NULL, 0, JSON_COMPACT) <= EVENTS_ARGS_MAX)
        return args;
    json_decref(args);
    return NULL;
}

struct events_item *events_item_new(const struct events_note *note)
{
    struct events_item *event = NEW(struct events_item);

    ASSERT(note->kind < EVENTS_KIND_COUNT && note->text != NULL);
    *event = (struct events_item){
        .kind = note->kind,
        .severity = note->severity,
        .slot = note->slot,
        .topology = copy_cut(note->topology),
        .component = copy_cut(note->component),
        .supervisor = copy_cut(note->supervisor),
        .by = copy_cut(note->actor.by),
        .via = copy_cut(note->actor.via),
        .text = copy_cut(note->text),
        .args = take_args(note->args),
    };
    return event;
}

struct events_item *events_compose(struct events_note note, const char *format, ...)
{
    char text[2 * EVENTS_TEXT_MAX]; /* cut between characters by events_item_new() */
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    note.text = text;
    return events_item_new(&note);
}

void events_item_destroy(struct events_item **event)
{
    struct events_item *it = *event;

    if (it == NULL)
        return;
    free(it->topology);
    free(it->component);
    free(it->supervisor);
    free(it->by);
    free(it->via);
    free(it->text);
    json_decref(it->args);
    free(it);
    *event = NULL;
}

static void put(json_t *object, const char *member, json_t *value)
{
    int status = json_object_set_new(object, member, value);

    ASSERT(status == 0);
}

static void put_text(json_t *object, const char *member, const char *text)
{
    put(object, member, text == NULL ? json_null() : fields_json_text(text));
}

static json_t *show(const struct events_item *event, uint64_t id)
{
    static const char *const severities[] = {
        [EVENTS_INFO] = "info", [EVENTS_WATCH] = "watch", [EVENTS_TROUBLE] = "trouble"};
    json_t *object = json_object();

    put(object, "id", json_integer((json_int_t)id));
    put(object, "at_ms", json_integer((json_int_t)event->at_ms));
    put_text(object, "kind", kind_names[event->kind]);
    put_text(object, "severity", severities[event->severity]);
    put_text(object, "topology", event->topology);
    put_text(object, "component", event->component);
    put_text(object, "supervisor", event->supervisor);
    put(object, "slot",
        event->slot == EVENTS_NO_SLOT ? json_null() : json_integer((json_int_t)event->slot));
    put_text(object, "by", event->by);
    put_text(object, "via", event->via);
    put_text(object, "text", event->text);
    put(object, "args", event->args == NULL ? json_null() : json_incref(event->args));
    return object;
}

/* ---- The ring ------------------------------------------------------------------------------ */

static struct events_item **place_of(const struct events *events, uint64_t id)
{
    return &events->ring[id % EVENTS_MAX];
}

void events_done(struct events *events)
{
    for (uint64_t id = events->first_id; id < events->next_id; id++)
        events_item_destroy(place_of(events, id));
    free((void *)events->ring);
    *events = (struct events){.ring = NULL};
}

void events_put(struct events *events, struct events_item *event, uint64_t wall_ms)
{
    if (events->ring == NULL) {
        events->ring = NEW_ARRAY(struct events_item *, EVENTS_MAX);
        events->first_id = events->next_id = wall_ms == 0 ? 1 : wall_ms;
    }
    if (events->next_id - events->first_id == EVENTS_MAX)
        events_item_destroy(place_of(events, events->first_id++));
    event->at_ms = wall_ms;
    *place_of(events, events->next_id++) = event;
}

static bool is_of(const struct events_item *event, const char *topology)
{
    return topology == NULL || (event->topology != NULL && strcmp(event->topology, topology) == 0);
}

/* Where the last `limit` of them begin. */
static uint64_t find_last(const struct events *events, const struct events_query *query)
{
    uint64_t id = events->next_id;
    size_t count = 0;

    while (id > events->first_id && count < query->limit)
        count += is_of(*place_of(events, --id), query->topology);
    return id;
}

json_t *events_find(const struct events *events, const struct events_query *query)
{
    json_t *ok = json_object();
    json_t *list = json_array();
    bool is_ours = query->after != 0 && query->after < events->next_id;
    uint64_t id = is_ours ? query->after + 1 : find_last(events, query);

    ASSERT(query->limit >= 1 && query->limit <= EVENTS_ANSWER_MAX);
    if (id < events->first_id)
        id = events->first_id;
    for (; id < events->next_id && json_array_size(list) < query->limit; id++)
        if (is_of(*place_of(events, id), query->topology))
            (void)json_array_append_new(list, show(*place_of(events, id), id));
    put(ok, "events", list);
    put(ok, "first_id", json_integer((json_int_t)events->first_id));
    put(ok, "last_id", json_integer(events->next_id == 0 ? 0 : (json_int_t)events->next_id - 1));
    return ok;
}

/* ---- Who asks ------------------------------------------------------------------------------ */

static bool is_way(const char *via)
{
    static const char *const ways[] = {"cli", "ui", "api"};

    for (size_t i = 0; i < COUNT_OF(ways); i++)
        if (strcmp(via, ways[i]) == 0)
            return true;
    return false;
}

bool events_read_actor(const json_t *args, struct events_actor *ret_actor,
                       struct control_fault *fault)
{
    const char *by;
    const char *via;

    if (!control_text_or(args, "by", EVENTS_BY_MAX, "", &by, fault) ||
        !control_text_or(args, "via", EVENTS_BY_MAX, "", &via, fault))
        return false;
    if (via[0] != '\0' && !is_way(via))
        return control_refuse(fault, CONTROL_INVALID, "'via' must be cli, ui or api");
    *ret_actor =
        (struct events_actor){.by = by[0] == '\0' ? NULL : by, .via = via[0] == '\0' ? NULL : via};
    return true;
}
