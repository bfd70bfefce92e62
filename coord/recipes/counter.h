/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A counter that many add to, exactly: each addition is made once, whatever answers are lost
 * (coord/recipes/receipt.h). It is a compare-and-set of the node's number; when somebody else was
 * quicker, COUNTER_CONFLICT is reported and the caller says when to try again, with
 * counter_retry(): after a random pause that grows with the conflicts.
 *
 *     <path>                 the number, decimal
 *     <path>/receipts/<name> of who adds
 *
 * Pure. A recipe made while there is a connection is given the last CONNECTED event first.
 */
#ifndef COORD_RECIPES_COUNTER_H
#define COORD_RECIPES_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "coord/recipes/line.h"
#include "coord/recipes/receipt.h"

enum {
    COUNTER_CONFLICTS_MAX = 100, /* in a row; then it has failed */
};

enum counter_verdict {
    COUNTER_NO_NEWS,
    COUNTER_ADDED,    /* counter.value is the sum right after our addition */
    COUNTER_CONFLICT, /* not added yet; counter_retry() after a pause */
    COUNTER_FAILED,   /* counter.error; nothing happens until counter_retry() */
};

enum counter_task {
    COUNTER_TASK_NONE,
    COUNTER_TASK_READ,
    COUNTER_TASK_WRITE, /* as soon as the receipt is ready */
    COUNTER_TASK_WAIT,  /* for counter_retry() */
};

struct counter {
    struct line line; /* reads; writes go with the receipt */
    struct receipt receipt;
    enum counter_task task;
    int64_t delta;
    int64_t value;
    int64_t sum; /* that is being written */
    int32_t version;
    uint32_t conflicts;
    enum coord_error error;
    char path[COORD_PATH_MAX - 64];
};

/* `name` is the participant's own (see coord/recipes/receipt.h). */
void counter_init(struct counter *counter, uint32_t number, const char *path, const char *name,
                  struct rng *rng);

/* True unless an addition is still under way: one at a time. */
bool counter_add(struct counter *counter, int64_t delta, struct coord_calls *calls) MUST_USE;

void counter_retry(struct counter *counter, struct coord_calls *calls);

enum counter_verdict counter_step(struct counter *counter, const struct coord_event *event,
                                  struct coord_calls *calls);

#endif
