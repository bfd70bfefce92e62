/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds a topology that can run: loops, stages, tasks, and every way between them. Nothing runs
 * yet; a shell (io/local.c, or a simulator) turns the loops and steps the conductor.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <gale/host.h>

#include "base/err.h"
#include "wire/config.h"
#include "wire/plan.h"

struct parker;
struct routing;
struct worker;

struct worker_options {
    const struct gale_topology *topology;
    const struct plan *plan; /* checked, of this topology */
    const struct config *config;
    uint32_t loops; /* shared ones, at least 1 */
    /* One of many workers; all three are NULL for one that is alone. */
    const bool *executors;   /* ours, numbered through all components */
    struct routing *routing; /* taken over */
    struct parker *postman;  /* of who takes the blocks for other workers (worker/postman.h) */
    uint64_t seed;
    const char *const *args;
    uint32_t arg_count;
    /* Where log lines of user code go; called on the loops' threads. */
    void (*log)(enum gale_log_level level, const char *component, uint32_t task_index,
                const char *message);
    /* A table of functions for tasks by name, beside "task/1" (<gale/host.h>); it stays. Called on the
     * loops' threads. NULL, with the error set, if there is none. May itself be NULL. */
    const void *(*find_service)(const char *name, struct error *error);
    const char *run; /* what tells this run from others; NULL: "" */
    /* For figures: how long user code takes. Called on the loops' threads, never goes back, and goes on
     * from the times of their turns. NULL: they are as good as it gets. */
    uint64_t (*clock)(void *context);
    void *clock_context;
};

/* Everything in the options is borrowed until worker_destroy(). */
MUST_USE enum err worker_new(const struct worker_options *options, struct worker **ret_worker,
                             struct error *error);

/* No loop is being turned any more. Accepts NULL inside. */
void worker_destroy(struct worker **worker);

#endif
