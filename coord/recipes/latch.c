/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/latch.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"

void latch_init(struct latch *latch, uint32_t number, const char *path, const char *party,
                size_t parties)
{
    ASSERT(parties > 0 && parties <= LATCH_PARTIES_MAX);
    ASSERT(strlen(path) + 1 + strlen(party) < COORD_PATH_MAX);
    *latch = (struct latch){.parties = parties, .exists = true};
    line_init(&latch->line, number, 0);
    (void)snprintf(latch->path, sizeof latch->path, "%s", path);
    (void)snprintf(latch->mark, sizeof latch->mark, "%s/%s", path, party);
}

static void send_mark(struct latch *latch, struct coord_calls *calls)
{
    struct coord_call call = {.kind = COORD_CREATE, .mode = COORD_PERSISTENT, .path = latch->mark};

    if (parents_are_missing(&latch->parents))
        parents_send(&latch->parents, latch->mark, &latch->line, calls);
    else
        line_send(&latch->line, &call, calls);
}

/* A directory that is missing has no list to watch, but its birth can be watched. */
static void send_read(struct latch *latch, struct coord_calls *calls)
{
    struct coord_call call = {
        .kind = latch->exists ? COORD_CHILDREN : COORD_EXISTS,
        .path = latch->path,
        .watch = true,
    };

    line_send(&latch->line, &call, calls);
}

static void advance(struct latch *latch, struct coord_calls *calls)
{
    if (!line_is_free(&latch->line) || latch->is_stuck)
        return;
    if (latch->wants_count)
        send_mark(latch, calls);
    else if (latch->wants_open && !line_has_watch(&latch->line))
        send_read(latch, calls);
}

static enum latch_verdict fail_with(struct latch *latch, enum coord_error error)
{
    latch->is_stuck = true;
    latch->error = error;
    return LATCH_FAILED;
}

static enum latch_verdict answer_mark(struct latch *latch, const struct coord_event *event)
{
    if (parents_are_missing(&latch->parents)) {
        if (!parents_answer(&latch->parents, latch->mark, event->error))
            return fail_with(latch, event->error);
        return LATCH_NO_NEWS;
    }
    if (event->error == COORD_OK || event->error == COORD_NODE_EXISTS) {
        latch->wants_count = false;
        parents_rest(&latch->parents);
        return LATCH_COUNTED;
    }
    if (event->error == COORD_NO_NODE && parents_begin(&latch->parents, latch->mark))
        return LATCH_NO_NEWS;
    return fail_with(latch, event->error);
}

static enum latch_verdict answer_read(struct latch *latch, const struct coord_event *event)
{
    if (event->error != COORD_OK && event->error != COORD_NO_NODE)
        return fail_with(latch, event->error);
    latch->exists = event->error == COORD_OK;
    if (event->call == COORD_EXISTS) {
        if (latch->exists)
            line_drop_watch(&latch->line); /* of its data */
        return LATCH_NO_NEWS;
    }
    if (event->child_count < latch->parties)
        return LATCH_NO_NEWS;
    latch->wants_open = false;
    line_drop_watch(&latch->line);
    return LATCH_OPEN;
}

static enum latch_verdict answer(struct latch *latch, const struct coord_event *event)
{
    return event->call == COORD_CREATE ? answer_mark(latch, event) : answer_read(latch, event);
}

enum latch_verdict latch_step(struct latch *latch, const struct coord_event *event,
                              struct coord_calls *calls)
{
    enum latch_verdict verdict = LATCH_NO_NEWS;

    switch (line_step(&latch->line, event)) {
    case LINE_QUIET:
        return LATCH_NO_NEWS;
    case LINE_ANSWERED:
        verdict = answer(latch, event);
        break;
    case LINE_CHANGED:
    case LINE_OVER:
        latch->exists = true; /* see for yourself */
        break;
    case LINE_BACK:
    case LINE_AWAY:
    case LINE_LOST:
        break;
    }
    advance(latch, calls);
    return verdict;
}

void latch_count_down(struct latch *latch, struct coord_calls *calls)
{
    latch->wants_count = true;
    advance(latch, calls);
}

void latch_wait(struct latch *latch, struct coord_calls *calls)
{
    latch->wants_open = true;
    advance(latch, calls);
}

void latch_stop(struct latch *latch)
{
    latch->wants_count = false;
    latch->wants_open = false;
    latch->is_stuck = false;
    parents_rest(&latch->parents);
    line_drop_call(&latch->line);
    line_drop_watch(&latch->line);
}

void latch_retry(struct latch *latch, struct coord_calls *calls)
{
    latch->is_stuck = false;
    parents_rest(&latch->parents);
    advance(latch, calls);
}
