/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/membership.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/recipes/line.h"
#include "coord/recipes/parents.h"

enum want {
    WANT_NOTHING, /* never joined, left, or displaced */
    WANT_PRESENT,
    WANT_ABSENT,
};

/* What stands at the path. */
enum known {
    KNOWN_NOT,
    KNOWN_NOTHING,
    KNOWN_OURS,
    KNOWN_STRANGER, /* of another session */
};

struct membership {
    struct line line;
    struct parents parents;
    char *path;
    char *data;
    size_t size;
    enum want want;
    enum known known;
    bool needs_sync; /* a call was lost: it may still be on its way */
    int32_t version; /* of what stands there */
    bool is_dirty;   /* our node has other data than it should */
    bool is_joined;  /* was reported */
    bool is_stuck;
    enum coord_error error;
};

struct membership *membership_new(uint32_t number, const char *path)
{
    struct membership *membership = NEW(struct membership);

    ASSERT(strlen(path) < COORD_PATH_MAX);
    line_init(&membership->line, number, 0);
    membership->path = mem_copy_text(path);
    return membership;
}

void membership_destroy(struct membership **membership)
{
    if (*membership == NULL)
        return;
    free((*membership)->path);
    free((*membership)->data);
    free(*membership);
    *membership = NULL;
}

/* ---- calls ---- */

static void send(struct membership *membership, struct coord_call call, struct coord_calls *calls)
{
    call.path = membership->path;
    line_send(&membership->line, &call, calls);
}

static void send_read(struct membership *membership, struct coord_calls *calls)
{
    bool watch = membership->want == WANT_PRESENT;

    send(membership, (struct coord_call){.kind = COORD_GET, .watch = watch}, calls);
}

static void send_delete(struct membership *membership, struct coord_calls *calls)
{
    send(membership, (struct coord_call){.kind = COORD_DELETE, .version = membership->version},
         calls);
}

static void send_data(struct membership *membership, enum coord_call_kind kind,
                      struct coord_calls *calls)
{
    struct coord_call call = {
        .kind = kind,
        .mode = COORD_EPHEMERAL,
        .data = membership->data,
        .size = membership->size,
        .version = membership->version,
    };

    membership->is_dirty = false; /* what is set from now on is not in it */
    send(membership, call, calls);
}

static void seek_presence(struct membership *membership, struct coord_calls *calls)
{
    switch (membership->known) {
    case KNOWN_NOT:
        send_read(membership, calls);
        return;
    case KNOWN_NOTHING:
        if (parents_are_missing(&membership->parents))
            parents_send(&membership->parents, membership->path, &membership->line, calls);
        else
            send_data(membership, COORD_CREATE, calls);
        return;
    case KNOWN_STRANGER:
        send_delete(membership, calls);
        return;
    case KNOWN_OURS:
        if (membership->is_dirty)
            send_data(membership, COORD_SET, calls);
        else if (!line_has_watch(&membership->line))
            send_read(membership, calls);
        return;
    }
}

static void seek_absence(struct membership *membership, struct coord_calls *calls)
{
    if (membership->known == KNOWN_NOT)
        send_read(membership, calls);
    else if (membership->known == KNOWN_OURS)
        send_delete(membership, calls);
}

static void advance(struct membership *membership, struct coord_calls *calls)
{
    if (!line_is_free(&membership->line) || membership->is_stuck)
        return;
    if (membership->needs_sync && membership->want != WANT_NOTHING)
        send(membership, (struct coord_call){.kind = COORD_SYNC}, calls);
    else if (membership->want == WANT_PRESENT)
        seek_presence(membership, calls);
    else if (membership->want == WANT_ABSENT)
        seek_absence(membership, calls);
}

/* ---- answers ---- */

static enum membership_verdict fail_with(struct membership *membership, enum coord_error error)
{
    membership->is_stuck = true;
    membership->known = KNOWN_NOT;
    membership->error = error;
    return MEMBERSHIP_FAILED;
}

/* A stranger's node where ours was, or none: it was taken away while our session lived. */
static enum membership_verdict displace(struct membership *membership)
{
    if (!membership->is_joined)
        return MEMBERSHIP_NO_NEWS;
    membership->is_joined = false;
    membership->want = WANT_NOTHING;
    line_drop_watch(&membership->line);
    return MEMBERSHIP_DISPLACED;
}

static bool holds_our_data(const struct membership *membership, const struct coord_event *event)
{
    return event->size == membership->size &&
           (event->size == 0 || memcmp(event->data, membership->data, event->size) == 0);
}

static enum membership_verdict answer_read(struct membership *membership,
                                           const struct coord_event *event)
{
    if (event->error == COORD_NO_NODE) {
        membership->known = KNOWN_NOTHING;
        return displace(membership);
    }
    if (event->error != COORD_OK)
        return fail_with(membership, event->error);
    membership->version = event->stat.version;
    if (event->stat.ephemeral_owner != membership->line.session_id) {
        membership->known = KNOWN_STRANGER;
        return displace(membership);
    }
    membership->known = KNOWN_OURS;
    membership->is_dirty = !holds_our_data(membership, event);
    return MEMBERSHIP_NO_NEWS;
}

static enum membership_verdict answer_create(struct membership *membership,
                                             const struct coord_event *event)
{
    if (parents_are_missing(&membership->parents)) {
        if (!parents_answer(&membership->parents, membership->path, event->error))
            return fail_with(membership, event->error);
        return MEMBERSHIP_NO_NEWS;
    }
    if (event->error == COORD_OK) {
        parents_rest(&membership->parents);
        membership->known = KNOWN_OURS;
        membership->version = 0;
        return MEMBERSHIP_NO_NEWS;
    }
    if (event->error == COORD_NO_NODE && parents_begin(&membership->parents, membership->path))
        return MEMBERSHIP_NO_NEWS;
    if (event->error != COORD_NODE_EXISTS)
        return fail_with(membership, event->error);
    membership->known = KNOWN_NOT;
    return MEMBERSHIP_NO_NEWS;
}

static enum membership_verdict answer_set(struct membership *membership,
                                          const struct coord_event *event)
{
    if (event->error == COORD_OK) {
        membership->version = event->stat.version;
        return MEMBERSHIP_NO_NEWS;
    }
    if (event->error != COORD_NO_NODE && event->error != COORD_BAD_VERSION)
        return fail_with(membership, event->error);
    membership->known = KNOWN_NOT;
    return MEMBERSHIP_NO_NEWS;
}

static enum membership_verdict answer_delete(struct membership *membership,
                                             const struct coord_event *event)
{
    if (event->error == COORD_OK || event->error == COORD_NO_NODE) {
        membership->known = KNOWN_NOTHING;
        return MEMBERSHIP_NO_NEWS;
    }
    if (event->error != COORD_BAD_VERSION)
        return fail_with(membership, event->error);
    membership->known = KNOWN_NOT;
    return MEMBERSHIP_NO_NEWS;
}

static enum membership_verdict answer(struct membership *membership,
                                      const struct coord_event *event)
{
    switch (event->call) {
    case COORD_GET:
        return answer_read(membership, event);
    case COORD_CREATE:
        return answer_create(membership, event);
    case COORD_SET:
        return answer_set(membership, event);
    case COORD_DELETE:
        return answer_delete(membership, event);
    case COORD_SYNC:
        membership->needs_sync = false;
        break;
    case COORD_CHECK:
    case COORD_EXISTS:
    case COORD_CHILDREN:
    case COORD_MULTI:
        break;
    }
    return MEMBERSHIP_NO_NEWS;
}

/* ---- steps ---- */

static enum membership_verdict end_session(struct membership *membership)
{
    bool was_joined = membership->is_joined;

    membership->known = KNOWN_NOT;
    membership->needs_sync = false;
    membership->is_joined = false;
    membership->is_stuck = false;
    parents_rest(&membership->parents);
    return was_joined ? MEMBERSHIP_LOST : MEMBERSHIP_NO_NEWS;
}

/* What was wanted is reached. While a call is under way that is not known. */
static enum membership_verdict settle(struct membership *membership)
{
    bool is_there = membership->known == KNOWN_OURS && !membership->is_dirty &&
                    line_has_watch(&membership->line);
    bool is_gone = membership->known == KNOWN_NOTHING || membership->known == KNOWN_STRANGER;

    if (membership->line.call_tag != 0)
        return MEMBERSHIP_NO_NEWS;
    if (membership->want == WANT_PRESENT && is_there && !membership->is_joined) {
        membership->is_joined = true;
        return MEMBERSHIP_JOINED;
    }
    if (membership->want == WANT_ABSENT && is_gone) {
        membership->want = WANT_NOTHING;
        return MEMBERSHIP_LEFT;
    }
    return MEMBERSHIP_NO_NEWS;
}

enum membership_verdict membership_step(struct membership *membership,
                                        const struct coord_event *event, struct coord_calls *calls)
{
    enum membership_verdict verdict = MEMBERSHIP_NO_NEWS;

    switch (line_step(&membership->line, event)) {
    case LINE_QUIET:
        return MEMBERSHIP_NO_NEWS;
    case LINE_OVER:
        verdict = end_session(membership);
        break;
    case LINE_ANSWERED:
        verdict = answer(membership, event);
        break;
    case LINE_LOST:
        membership->needs_sync = true;
        membership->known = KNOWN_NOT;
        break;
    case LINE_CHANGED:
        membership->known = KNOWN_NOT;
        break;
    case LINE_BACK:
    case LINE_AWAY:
        break;
    }
    if (verdict == MEMBERSHIP_NO_NEWS)
        verdict = settle(membership);
    advance(membership, calls);
    return verdict;
}

/* ---- orders ---- */

void membership_set(struct membership *membership, const void *data, size_t size,
                    struct coord_calls *calls)
{
    ASSERT(size <= COORD_DATA_MAX_BYTES);
    char *copy = mem_alloc(size);
    if (size > 0)
        memcpy(copy, data, size);
    free(membership->data);
    membership->data = copy;
    membership->size = size;
    membership->is_dirty = true;
    advance(membership, calls);
}

void membership_join(struct membership *membership, struct coord_calls *calls)
{
    membership->want = WANT_PRESENT;
    membership->is_stuck = false;
    advance(membership, calls);
}

bool membership_leave(struct membership *membership, struct coord_calls *calls)
{
    if (membership->want == WANT_NOTHING)
        return true;
    membership->want = WANT_ABSENT;
    membership->is_joined = false;
    membership->is_stuck = false;
    line_drop_watch(&membership->line);
    advance(membership, calls);
    return false;
}

void membership_retry(struct membership *membership, struct coord_calls *calls)
{
    membership->is_stuck = false;
    parents_rest(&membership->parents);
    advance(membership, calls);
}

bool membership_is_joined(const struct membership *membership)
{
    return membership->is_joined && membership->line.is_connected;
}

enum coord_error membership_error(const struct membership *membership)
{
    return membership->error;
}
