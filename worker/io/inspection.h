/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers orders to look at the threads of this worker: takes their stacks or a profile
 * (worker/io/profile.h), has gale-symbolize turn addresses into names in a process of its own, and sends
 * what that has written, as the connection takes it. That process is the worker's: it reads the user's
 * code with the user's rights and at the worker's cost, and the supervisor reads none of it.
 *
 * One order at a time; another one meanwhile is refused. Never waits. Belongs to the thread of the
 * connection.
 */
#ifndef WORKER_IO_INSPECTION_H
#define WORKER_IO_INSPECTION_H

#include <stdint.h>
#include <sys/types.h>

#include "worker/io/leash.h"
#include "worker/liaison.h"

enum inspection_phase {
    INSPECTION_IDLE,
    INSPECTION_COLLECTING, /* stacks */
    INSPECTION_PROFILING,
    INSPECTION_NAMING, /* gale-symbolize is at work */
    INSPECTION_TELLING,
};

struct inspection {
    struct leash *leash;
    const char *(*symbolizer)(void); /* where gale-symbolize is; NULL: nowhere */
    enum inspection_phase phase;
    struct liaison_found found;
    uint64_t began_ns;
    uint64_t due_ns; /* when to look again */
    uint64_t end_ns; /* when the phase is given up, or of a profile is over */
    pid_t child;     /* 0: none */
    int output;      /* where it writes to; -1: nowhere */
    char *lines;     /* what it has written, an item on each; NULL: nothing */
    char *rest;      /* of them, that is not sent */
    char fault[ERROR_TEXT_MAX];
};

void inspection_init(struct inspection *inspection, struct leash *leash);
void inspection_done(struct inspection *inspection);

/* For LIAISON_STACKS and LIAISON_PROFILE. */
void inspection_begin(struct inspection *inspection, enum liaison_order order,
                      const struct liaison_look *look, uint64_t now_ns);

void inspection_step(struct inspection *inspection, uint64_t now_ns);

/* When it has something to do; UINT64_MAX: nothing. */
uint64_t inspection_deadline_ns(const struct inspection *inspection);

#endif
