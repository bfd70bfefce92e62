/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A latch: opens when a number of parties have counted down, and stays open. Each party's mark is a
 * persistent node with the party's name, so counting down twice, or again after a lost answer,
 * counts once. Who waits watches the list of marks and reads it at each change: meant for tens of
 * parties. Pure. A recipe made while there is a connection is given the last CONNECTED event first.
 */
#ifndef COORD_RECIPES_LATCH_H
#define COORD_RECIPES_LATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coord/recipes/line.h"
#include "coord/recipes/parents.h"

enum {
    LATCH_PARTIES_MAX = 1000,
};

enum latch_verdict {
    LATCH_NO_NEWS,
    LATCH_COUNTED, /* our mark is there */
    LATCH_OPEN,    /* as many marks are there as were asked for; reported once */
    LATCH_FAILED,  /* latch.error; nothing happens until latch_retry() */
};

struct latch {
    struct line line;
    struct parents parents;
    size_t parties;
    bool wants_count;
    bool wants_open;
    bool exists; /* the directory did, when last read */
    bool is_stuck;
    enum coord_error error;
    char path[COORD_PATH_MAX]; /* of the directory of marks */
    char mark[COORD_PATH_MAX]; /* of our own mark */
};

/* `party` is a name of a node; `parties` is 1 .. LATCH_PARTIES_MAX. */
void latch_init(struct latch *latch, uint32_t number, const char *path, const char *party,
                size_t parties);

void latch_count_down(struct latch *latch, struct coord_calls *calls);
void latch_wait(struct latch *latch, struct coord_calls *calls);

/* Wants neither any more; a mark that was made stays. */
void latch_stop(struct latch *latch);

void latch_retry(struct latch *latch, struct coord_calls *calls);

enum latch_verdict latch_step(struct latch *latch, const struct coord_event *event,
                              struct coord_calls *calls);

#endif
