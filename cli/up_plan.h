/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `gale up` starts, starts again and stops, and when.
 *
 * coord is started first, and when it answers, nimbus, the broker of the log, the page and the
 * supervisors at the same time. One that ends is started again: at once the first time, then after a pause that doubles
 * while it lives shortly. One that ends before the cluster was ready for the first time ends
 * everything. Stopping goes the other way round: supervisors, which stop their workers, then nimbus,
 * the broker and the page, then coord, each group when the one before is gone; who does not go in time is killed.
 *
 * Pure: times and events come in, one thing to do at a time goes out.
 */
#ifndef CLI_UP_PLAN_H
#define CLI_UP_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"

enum {
    UP_SUPERVISORS_MAX = 16,
    UP_CHILDREN_MAX = UP_SUPERVISORS_MAX + 4,
    UP_COORD = 0, /* indices of the children; the supervisors follow */
    UP_NIMBUS = 1,
    UP_BROKER = 2,
    UP_UI = 3,
    UP_SUPERVISOR = 4,

    UP_BACKOFF_MIN_MS = 100,
    UP_BACKOFF_MAX_MS = 10000,
    UP_SHORT_LIFE_MS = 10000,       /* who lives shorter waits longer the next time */
    UP_LONG_LIFE_MS = 60000,        /* and who lives so long begins anew */
    UP_SUPERVISOR_GRACE_MS = 15000, /* its workers have to end first */
    UP_BROKER_GRACE_MS = 15000,     /* it puts all on the disk */
    UP_GRACE_MS = 5000,
};

enum up_child_state {
    UP_CHILD_WAITING,  /* to be started at due_ms, if it may be */
    UP_CHILD_STARTING, /* it was said that it is to be started */
    UP_CHILD_RUNNING,
    UP_CHILD_TERMINATED, /* it was said that it is to end; it is killed at due_ms */
    UP_CHILD_KILLED,
    UP_CHILD_GONE, /* and stays so */
};

struct up_child {
    enum up_child_state state;
    uint64_t due_ms;
    uint64_t started_ms;
    uint64_t backoff_ms; /* the pause before the next start; 0: none */
    uint64_t restarts;
};

struct up_plan {
    size_t count;
    struct up_child children[UP_CHILDREN_MAX];
    bool has_log;
    bool has_ui;
    bool coord_answers; /* it has, once */
    bool is_ready;
    bool is_stopping;
};

enum up_action_kind {
    UP_START,
    UP_TERMINATE,
    UP_KILL,
};

struct up_action {
    enum up_action_kind kind;
    size_t child;
};

enum up_log {
    UP_WITH_LOG,
    UP_WITHOUT_LOG, /* the broker is never started */
};

enum up_ui {
    UP_WITH_UI,
    UP_WITHOUT_UI, /* gale-ui is never started */
};

void up_plan_init(struct up_plan *plan, size_t supervisors, enum up_log log, enum up_ui ui);

/* What happened. */
void up_plan_coord_answers(struct up_plan *plan);
void up_plan_ready(struct up_plan *plan);
void up_plan_started(struct up_plan *plan, size_t child, uint64_t now_ms);
void up_plan_ended(struct up_plan *plan, size_t child, uint64_t now_ms);
void up_plan_stop(struct up_plan *plan);
void up_plan_hurry(struct up_plan *plan, uint64_t now_ms); /* who is to end gets no more time */

/* The next thing to do now; to be called until it returns false. */
bool up_plan_next(struct up_plan *plan, uint64_t now_ms, struct up_action *ret_action) MUST_USE;

/* When there will be something to do without anything happening; UINT64_MAX if never. */
uint64_t up_plan_due_ms(const struct up_plan *plan);

/* Everybody is gone. */
bool up_plan_is_over(const struct up_plan *plan);

/* "gale-coord", "gale-nimbus", "gale-broker", "gale-ui", "gale-supervisor": the program of a child. */
const char *up_plan_program(size_t child);

#endif
