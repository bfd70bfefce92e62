/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/watched.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/recipes/line.h"

struct watched {
    struct line line;
    char *path;
    char *data;
    size_t size;
    struct message_stat stat;
    bool is_known;
    bool exists;
    bool seems_missing; /* the last read says so: EXISTS alone watches what is not there */
    bool is_stuck;
    enum coord_error error;
};

struct watched *watched_new(uint32_t number, const char *path)
{
    struct watched *watched = NEW(struct watched);

    ASSERT(strlen(path) < COORD_PATH_MAX);
    line_init(&watched->line, number, 0);
    watched->path = mem_copy_text(path);
    return watched;
}

void watched_destroy(struct watched **watched)
{
    if (*watched == NULL)
        return;
    free((*watched)->path);
    free((*watched)->data);
    free(*watched);
    *watched = NULL;
}

static void advance(struct watched *watched, struct coord_calls *calls)
{
    struct coord_call call = {.kind = COORD_GET, .path = watched->path, .watch = true};

    if (!line_is_free(&watched->line) || watched->is_stuck || line_has_watch(&watched->line))
        return;
    if (watched->seems_missing)
        call.kind = COORD_EXISTS;
    line_send(&watched->line, &call, calls);
}

static enum watched_verdict learn_missing(struct watched *watched)
{
    bool is_news = !watched->is_known || watched->exists;

    free(watched->data);
    watched->data = NULL;
    watched->size = 0;
    watched->is_known = true;
    watched->exists = false;
    return is_news ? WATCHED_CHANGED : WATCHED_NO_NEWS;
}

static enum watched_verdict learn(struct watched *watched, const struct coord_event *event)
{
    bool is_news =
        !watched->is_known || !watched->exists || watched->stat.mzxid != event->stat.mzxid;

    free(watched->data);
    watched->data = NULL;
    watched->size = event->size;
    if (event->data != NULL) {
        watched->data = mem_alloc(event->size + 1);
        memcpy(watched->data, event->data, event->size);
    }
    watched->stat = event->stat;
    watched->is_known = true;
    watched->exists = true;
    return is_news ? WATCHED_CHANGED : WATCHED_NO_NEWS;
}

static enum watched_verdict answer(struct watched *watched, const struct coord_event *event)
{
    if (event->error != COORD_OK && event->error != COORD_NO_NODE) {
        watched->is_stuck = true;
        watched->error = event->error;
        return WATCHED_FAILED;
    }
    watched->seems_missing = event->error == COORD_NO_NODE;
    if (event->call == COORD_EXISTS) {
        if (watched->seems_missing)
            return learn_missing(watched);
        line_drop_watch(&watched->line); /* it came to be in between: read it */
        return WATCHED_NO_NEWS;
    }
    return watched->seems_missing ? WATCHED_NO_NEWS : learn(watched, event);
}

enum watched_verdict watched_step(struct watched *watched, const struct coord_event *event,
                                  struct coord_calls *calls)
{
    enum watched_verdict verdict = WATCHED_NO_NEWS;

    switch (line_step(&watched->line, event)) {
    case LINE_QUIET:
        return WATCHED_NO_NEWS;
    case LINE_ANSWERED:
        verdict = answer(watched, event);
        break;
    case LINE_OVER:
        watched->is_stuck = false;
        break;
    case LINE_CHANGED:
        watched->seems_missing = false;
        break;
    case LINE_BACK:
    case LINE_AWAY:
    case LINE_LOST:
        break;
    }
    advance(watched, calls);
    return verdict;
}

void watched_retry(struct watched *watched, struct coord_calls *calls)
{
    watched->is_stuck = false;
    advance(watched, calls);
}

bool watched_is_known(const struct watched *watched)
{
    return watched->is_known;
}

const char *watched_data(const struct watched *watched, size_t *ret_size)
{
    *ret_size = watched->size;
    return watched->data;
}

const struct message_stat *watched_stat(const struct watched *watched)
{
    return watched->is_known && watched->exists ? &watched->stat : NULL;
}

enum coord_error watched_error(const struct watched *watched)
{
    return watched->error;
}
