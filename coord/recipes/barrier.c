/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/barrier.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"

void barrier_init(struct barrier *barrier, uint32_t number, const char *path)
{
    ASSERT(strlen(path) < COORD_PATH_MAX);
    *barrier = (struct barrier){.want = BARRIER_IDLE};
    line_init(&barrier->line, number, 0);
    (void)snprintf(barrier->path, sizeof barrier->path, "%s", path);
}

static void send_create(struct barrier *barrier, struct coord_calls *calls)
{
    struct coord_call call = {
        .kind = COORD_CREATE, .mode = COORD_PERSISTENT, .path = barrier->path};

    if (parents_are_missing(&barrier->parents))
        parents_send(&barrier->parents, barrier->path, &barrier->line, calls);
    else
        line_send(&barrier->line, &call, calls);
}

static void send(struct barrier *barrier, enum coord_call_kind kind, struct coord_calls *calls)
{
    struct coord_call call = {
        .kind = kind,
        .path = barrier->path,
        .version = COORD_ANY_VERSION,
        .watch = kind == COORD_GET,
    };

    line_send(&barrier->line, &call, calls);
}

static void advance(struct barrier *barrier, struct coord_calls *calls)
{
    if (!line_is_free(&barrier->line) || barrier->is_stuck)
        return;
    switch (barrier->want) {
    case BARRIER_IDLE:
        return;
    case BARRIER_WAIT:
        if (!barrier->is_fresh)
            send(barrier, COORD_SYNC, calls);
        else if (!line_has_watch(&barrier->line))
            send(barrier, COORD_GET, calls);
        return;
    case BARRIER_RAISE:
        send_create(barrier, calls);
        return;
    case BARRIER_LOWER:
        send(barrier, COORD_DELETE, calls);
        return;
    }
}

static enum barrier_verdict fail_with(struct barrier *barrier, enum coord_error error)
{
    barrier->is_stuck = true;
    barrier->error = error;
    return BARRIER_FAILED;
}

static enum barrier_verdict end(struct barrier *barrier, enum barrier_verdict verdict)
{
    barrier_stop(barrier);
    return verdict;
}

static enum barrier_verdict answer_wait(struct barrier *barrier, const struct coord_event *event)
{
    if (event->call == COORD_SYNC && (event->error == COORD_OK || event->error == COORD_NO_NODE)) {
        barrier->is_fresh = true;
        return BARRIER_NO_NEWS;
    }
    if (event->error == COORD_NO_NODE)
        return end(barrier, BARRIER_PASSED);
    return event->error == COORD_OK ? BARRIER_NO_NEWS : fail_with(barrier, event->error);
}

static enum barrier_verdict answer_raise(struct barrier *barrier, const struct coord_event *event)
{
    if (parents_are_missing(&barrier->parents)) {
        if (!parents_answer(&barrier->parents, barrier->path, event->error))
            return fail_with(barrier, event->error);
        return BARRIER_NO_NEWS;
    }
    if (event->error == COORD_OK || event->error == COORD_NODE_EXISTS)
        return end(barrier, BARRIER_RAISED);
    if (event->error == COORD_NO_NODE && parents_begin(&barrier->parents, barrier->path))
        return BARRIER_NO_NEWS;
    return fail_with(barrier, event->error);
}

static enum barrier_verdict answer(struct barrier *barrier, const struct coord_event *event)
{
    switch (barrier->want) {
    case BARRIER_IDLE:
        break;
    case BARRIER_WAIT:
        return answer_wait(barrier, event);
    case BARRIER_RAISE:
        return answer_raise(barrier, event);
    case BARRIER_LOWER:
        if (event->error == COORD_OK || event->error == COORD_NO_NODE)
            return end(barrier, BARRIER_LOWERED);
        return fail_with(barrier, event->error);
    }
    return BARRIER_NO_NEWS;
}

enum barrier_verdict barrier_step(struct barrier *barrier, const struct coord_event *event,
                                  struct coord_calls *calls)
{
    enum barrier_verdict verdict = BARRIER_NO_NEWS;
    enum line_news news = line_step(&barrier->line, event);

    if (news == LINE_QUIET)
        return BARRIER_NO_NEWS;
    if (news == LINE_ANSWERED)
        verdict = answer(barrier, event);
    advance(barrier, calls);
    return verdict;
}

void barrier_stop(struct barrier *barrier)
{
    barrier->want = BARRIER_IDLE;
    barrier->is_fresh = false;
    barrier->is_stuck = false;
    parents_rest(&barrier->parents);
    line_drop_call(&barrier->line);
    line_drop_watch(&barrier->line);
}

static void want(struct barrier *barrier, enum barrier_want wanted, struct coord_calls *calls)
{
    barrier_stop(barrier);
    barrier->want = wanted;
    advance(barrier, calls);
}

void barrier_wait(struct barrier *barrier, struct coord_calls *calls)
{
    want(barrier, BARRIER_WAIT, calls);
}

void barrier_raise(struct barrier *barrier, struct coord_calls *calls)
{
    want(barrier, BARRIER_RAISE, calls);
}

void barrier_lower(struct barrier *barrier, struct coord_calls *calls)
{
    want(barrier, BARRIER_LOWER, calls);
}

void barrier_retry(struct barrier *barrier, struct coord_calls *calls)
{
    barrier->is_stuck = false;
    parents_rest(&barrier->parents);
    advance(barrier, calls);
}
