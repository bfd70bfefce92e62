/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounds of workers by control groups, version 2: a group for each slot below the folder of the
 * setting supervisor.cgroup, which must belong to the supervisor and hold no process itself. Any
 * thread.
 */
#ifndef SUPERVISOR_IO_CGROUP_H
#define SUPERVISOR_IO_CGROUP_H

#include <stdint.h>

#include "base/err.h"

struct cgroup {
    const char *folder;    /* "": no groups */
    uint64_t memory_bytes; /* of a worker; 0: no limit */
    uint32_t cpu_percent;  /* ...; 100 is a core; 0: no limit */
};

/* Says what is wrong with the folder if it cannot be used. */
enum err cgroup_check(const struct cgroup *cgroup, struct error *error) MUST_USE;

/* Puts a process, and all that it starts, into the group of the slot, with its limits. */
enum err cgroup_put(const struct cgroup *cgroup, uint32_t slot, int64_t pid,
                    struct error *error) MUST_USE;

/* Kills what is left in the group. */
void cgroup_kill(const struct cgroup *cgroup, uint32_t slot);

#endif
