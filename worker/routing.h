/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways to all tasks, as every loop of this worker takes them: a place is a loop, here or in
 * another worker; the own loops come first. Places keep their numbers from one routing to the next, so
 * that the lanes to them stay when an assignment changes.
 *
 * Pure. Read-only once made; any thread.
 */
#ifndef WORKER_ROUTING_H
#define WORKER_ROUTING_H

#include <stdint.h>

#include "worker/placement.h"
#include "worker/roster.h"

#define ROUTING_PLACES_MAX 4096 /* ever, in the life of a worker */

/* Number 0 .. own loops - 1: ours. Then one that leads nowhere, for tasks that are not assigned: what
 * goes there waits. Then those of other workers. */
struct routing_place {
    void *remote;   /* whoever sends to that worker; NULL: the place is here, or nowhere */
    uint32_t loop;  /* of its worker */
    uint64_t hosts; /* bit c: a task of component c is there now */
};

struct routing {
    uint64_t version; /* of the assignment */
    uint32_t own_loops;
    uint32_t place_count;
    struct routing_place *places;
    uint32_t task_count;
    uint16_t *place_of_task;
};

/* Of a worker that is alone. The plan is checked. */
struct routing *routing_new_alone(const struct plan *plan, const struct placement *placement);

/* `self` is our index in the roster; `remotes` are, for each worker of it, who sends there (NULL for
 * ourselves). `before` is the routing in force, NULL for the first. Returns NULL if there would be more
 * than ROUTING_PLACES_MAX. */
struct routing *routing_new(const struct plan *plan, const struct roster *roster, uint32_t self,
                            void *const remotes[], const struct routing *before) MUST_USE;

void routing_destroy(struct routing **routing);

static inline uint32_t routing_nowhere(const struct routing *routing)
{
    return routing->own_loops;
}

#endif
