/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where every task of a topology lives: in which worker, and on which of its loops. Made from the plan
 * and the assignment alone, so that all workers of a topology come to the same answer without asking
 * each other.
 *
 * Pure. Read-only once made; any thread.
 */
#ifndef WORKER_ROSTER_H
#define WORKER_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/state/assignment_state.h"
#include "wire/plan.h"

#define ROSTER_NOBODY UINT32_MAX /* a task that is not assigned */

struct roster_worker {
    char *supervisor;
    uint32_t slot;
    uint32_t loop_count;
    uint64_t digest; /* of all that it runs and how: it must be started anew when this changes */
};

struct roster {
    uint64_t version; /* of the assignment */
    uint32_t worker_count;
    struct roster_worker *workers; /* in the assignment's order */
    uint32_t task_count;
    uint32_t *worker_of_task; /* index; ROSTER_NOBODY */
    uint32_t *loop_of_task;   /* within its worker */
};

/* The plan is checked and has the settings of the topology applied. It gets the executors that the
 * assignment was made for. ERR_INVALID if the assignment is not of this plan. */
MUST_USE enum err roster_new(struct plan *plan, const struct assignment_state *assignment,
                             struct roster **ret_roster, struct error *error);
void roster_destroy(struct roster **roster);

/* The worker's index, or ROSTER_NOBODY. */
uint32_t roster_find(const struct roster *roster, const char *supervisor, uint32_t slot);

/* Every task is in some worker. */
bool roster_is_whole(const struct roster *roster);

#endif
