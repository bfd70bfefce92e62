/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has happened on the cluster, the newest EVENTS_MAX things of it: who was submitted, killed, moved,
 * started anew, and by whom. Ids grow by one from the first of this leader, which is its wall clock in
 * milliseconds; so they grow from one leader to the next, too, and whoever has seen one goes on behind
 * it. A new leader knows nothing of what was before it: its first event is `leading`.
 *
 * Pure; belongs to its owner's thread.
 */
#ifndef NIMBUS_EVENTS_H
#define NIMBUS_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attribute.h"
#include "wire/control.h"

enum {
    EVENTS_MAX = 10000,
    EVENTS_TEXT_MAX = 512, /* bytes; longer ones are cut */
    EVENTS_BY_MAX = 128,
    EVENTS_ARGS_MAX = 4096,   /* bytes of them as JSON; larger ones are left out */
    EVENTS_ANSWER_MAX = 1000, /* in one answer */
    EVENTS_NO_SLOT = -1,
};

enum events_kind {
    EVENTS_SUBMITTED,
    EVENTS_ACTIVATED,
    EVENTS_DEACTIVATED,
    EVENTS_KILLED,
    EVENTS_REMOVED,
    EVENTS_ENDED,
    EVENTS_REBALANCING,
    EVENTS_REBALANCED,
    EVENTS_PLACED,
    EVENTS_WORKER_STARTED,
    EVENTS_WORKER_ENDED,
    EVENTS_WORKER_RESTARTED,
    EVENTS_WORKER_FAILED,
    EVENTS_WORKER_LOST,
    EVENTS_SUPERVISOR_JOINED,
    EVENTS_SUPERVISOR_LOST,
    EVENTS_SUPERVISOR_UNHEALTHY,
    EVENTS_SUPERVISOR_HEALTHY,
    EVENTS_LEADING,
    EVENTS_RESTART_ASKED,
    EVENTS_LOG_LEVEL,
    EVENTS_DEBUG,
    EVENTS_RESET_OFFSETS,
    EVENTS_KIND_COUNT,
};

enum events_severity {
    EVENTS_INFO,
    EVENTS_WATCH,
    EVENTS_TROUBLE,
};

/* Who asked for it: as he says himself. NULL: nobody said. Borrowed. */
struct events_actor {
    const char *by;
    const char *via; /* "cli", "ui", "api" */
};

/* Texts are borrowed, and NULL where there is none; `args` is taken over. */
struct events_note {
    enum events_kind kind;
    enum events_severity severity;
    const char *topology; /* its name */
    const char *component;
    const char *supervisor;
    int64_t slot; /* EVENTS_NO_SLOT */
    struct events_actor actor;
    const char *text;
    json_t *args;
};

struct events_item;

/* Zero is empty. */
struct events {
    struct events_item **ring; /* NULL: nothing was put yet */
    uint64_t first_id;         /* of the oldest that is kept */
    uint64_t next_id;          /* 0: nothing was put yet */
};

void events_done(struct events *events);

/* An event by itself, to be put when it has become true; owned by the caller. */
struct events_item *events_item_new(const struct events_note *note) MUST_USE;
struct events_item *events_compose(struct events_note note, const char *format, ...)
    PRINTF_LIKE(2, 3) MUST_USE; /* the text is written anew */
void events_item_destroy(struct events_item **event);

/* Takes it over; the oldest goes if there are too many. */
void events_put(struct events *events, struct events_item *event, uint64_t wall_ms);

/* For a topology, or all (NULL): those behind `after`, the oldest first; or the last ones, if it is 0 or
 * no id of these events: one of a leader before, whose clock was ahead.
 * An object {"events":[...],"first_id","last_id"}; both ids are 0 if there are none. */
struct events_query {
    const char *topology;
    uint64_t after;
    size_t limit; /* 1 to EVENTS_ANSWER_MAX */
};
json_t *events_find(const struct events *events, const struct events_query *query) MUST_USE;

const char *events_kind_name(enum events_kind kind); /* "submitted" */

/* The members `by` and `via` of the arguments of a request; false, with the fault written, if one is
 * none. Borrowed from them. */
bool events_read_actor(const json_t *args, struct events_actor *ret_actor,
                       struct control_fault *fault) MUST_USE;

#endif
