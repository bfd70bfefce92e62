/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the health scripts of a folder, one after the other, again and again, and says whether the
 * machine is well (supervisor/health.h). Scripts are the plain files that can be executed; a script
 * that does not end in time is killed with all it has started. Belongs to the reactor's thread.
 */
#ifndef SUPERVISOR_IO_HEALTH_RUNNER_H
#define SUPERVISOR_IO_HEALTH_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "net/reactor.h"

struct health_runner;

struct health_runner_options {
    struct reactor *reactor;
    const char *folder;  /* "": no scripts, always well */
    uint64_t timeout_ms; /* of a script */
    uint64_t period_ms;
    void (*changed)(void *context);
    void *context;
};

struct health_runner *health_runner_new(const struct health_runner_options *options) MUST_USE;
void health_runner_destroy(struct health_runner **runner);

/* To be called each second or so. */
void health_runner_tick(struct health_runner *runner, uint64_t now_ns);

/* By the last round that was finished; well before the first. */
bool health_runner_is_well(const struct health_runner *runner);
const char *health_runner_text(const struct health_runner *runner); /* "" if well */

#endif
