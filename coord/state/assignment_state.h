/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the executors of a topology run: the node paths_assignment(). It is the leader's: every
 * write goes through its fence and carries its epoch, and whoever obeys it refuses a lower epoch than
 * it has seen. The version grows with every assignment of a topology, whoever leads: workers stamp
 * what they send with it; in the JSON it is the member "assignment", as "version" is that of the
 * record. Executors are numbered through the topology, from 0; in the JSON runs of them are pairs
 * of first and last, so that the largest topology fits into a node. Pure; any thread.
 */
#ifndef COORD_STATE_ASSIGNMENT_STATE_H
#define COORD_STATE_ASSIGNMENT_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/call.h"
#include "coord/fence.h"

#define ASSIGNMENT_STATE_VERSION 1

enum {
    ASSIGNMENT_STATE_WORKERS_MAX = 4096,
    ASSIGNMENT_STATE_EXECUTORS_MAX = 16384, /* of a topology */
    ASSIGNMENT_STATE_COMPONENTS_MAX = 64,
    ASSIGNMENT_STATE_LOOPS_MAX = 64,
};

struct assignment_worker {
    char *supervisor;
    uint32_t slot;         /* of it */
    uint32_t loops;        /* shared ones: threads that run tasks; at least 1 */
    size_t executor_count; /* at least 1 */
    uint32_t *executors;   /* ascending */
};

/* No executor and no slot of a supervisor is there twice. There is an executor, and every number is
 * below the sum of those of the components; some may be in no worker. */
struct assignment_state {
    char *topology;
    uint64_t epoch;   /* of the leader that wrote it; set by the writers below */
    uint64_t version; /* from 1 */
    size_t component_count;
    uint32_t *executors; /* of each component, in the plan's order: so are they numbered */
    size_t worker_count;
    struct assignment_worker *workers;
};

void assignment_state_done(struct assignment_state *assignment);

/* With everything it points to. */
struct assignment_state assignment_state_copy(const struct assignment_state *assignment) MUST_USE;

/* JSON; the caller frees it. */
char *assignment_state_encode(const struct assignment_state *assignment) MUST_USE;

/* Errors: ERR_CORRUPT, ERR_LIMIT, ERR_VERSION. */
enum err assignment_state_decode(const char *data, size_t size,
                                 struct assignment_state *ret_assignment,
                                 struct error *error) MUST_USE;

/* NULL if the executor is not assigned. Borrowed. */
const struct assignment_worker *assignment_state_find(const struct assignment_state *assignment,
                                                      uint32_t executor);

/* Writes of the leader; fence_read() reads the answer. ERR_LIMIT, and nothing is sent, if the text
 * is too large for a node. The version is that of the node which the change was made to. */
enum err assignment_state_create(const struct fence *fence,
                                 const struct assignment_state *assignment, uint64_t tag,
                                 struct coord_calls *calls) MUST_USE;
enum err assignment_state_set(const struct fence *fence, const struct assignment_state *assignment,
                              int32_t version, uint64_t tag, struct coord_calls *calls) MUST_USE;
void assignment_state_delete(const struct fence *fence, const char *topology, int32_t version,
                             uint64_t tag, struct coord_calls *calls);

#endif
