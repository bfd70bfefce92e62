/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A barrier: while its node exists, who waits does not pass. Raising and lowering are idempotent, so
 * a lost answer is simply asked again. Waiting begins with a sync: a node that was raised before we
 * asked is seen. Pure. A recipe made while there is a connection is given the last CONNECTED event
 * first.
 */
#ifndef COORD_RECIPES_BARRIER_H
#define COORD_RECIPES_BARRIER_H

#include <stdbool.h>
#include <stdint.h>

#include "coord/recipes/line.h"
#include "coord/recipes/parents.h"

enum barrier_verdict {
    BARRIER_NO_NEWS,
    BARRIER_PASSED, /* what was waited for: it was down at some time since barrier_wait() */
    BARRIER_RAISED,
    BARRIER_LOWERED,
    BARRIER_FAILED, /* barrier.error; nothing happens until barrier_retry() */
};

enum barrier_want {
    BARRIER_IDLE,
    BARRIER_WAIT,
    BARRIER_RAISE,
    BARRIER_LOWER,
};

struct barrier {
    struct line line;
    struct parents parents;
    enum barrier_want want;
    bool is_fresh; /* WAIT: synced */
    bool is_stuck;
    enum coord_error error;
    char path[COORD_PATH_MAX];
};

void barrier_init(struct barrier *barrier, uint32_t number, const char *path);

/* Each takes the place of what was wanted before, of which nothing more is reported. */
void barrier_wait(struct barrier *barrier, struct coord_calls *calls);
void barrier_raise(struct barrier *barrier, struct coord_calls *calls);
void barrier_lower(struct barrier *barrier, struct coord_calls *calls);
void barrier_stop(struct barrier *barrier);

void barrier_retry(struct barrier *barrier, struct coord_calls *calls);

enum barrier_verdict barrier_step(struct barrier *barrier, const struct coord_event *event,
                                  struct coord_calls *calls);

#endif
