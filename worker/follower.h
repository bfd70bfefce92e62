/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker knows of its topology from the cluster state: the record, the assignment, and which of
 * the other workers are up. It only reads. An assignment of a lower epoch than one that was seen is of a
 * leader that has been replaced, and is passed over. Pure.
 */
#ifndef WORKER_FOLLOWER_H
#define WORKER_FOLLOWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coord/call.h"
#include "coord/event.h"
#include "coord/state/assignment_state.h"
#include "coord/state/topology_state.h"
#include "coord/state/worker_state.h"

struct follower;

/* Bits; several may come at once. */
enum follower_news {
    FOLLOWER_TOPOLOGY = 1,
    FOLLOWER_ASSIGNMENT = 2,
    FOLLOWER_WORKERS = 4,
    FOLLOWER_LOST = 8,  /* no connection to the cluster state: what is known stays */
    FOLLOWER_BACK = 16, /* there is one again */
};

struct follower *follower_new(const char *topology) MUST_USE;
void follower_destroy(struct follower **follower);

/* Returns what is news. */
unsigned follower_step(struct follower *follower, const struct coord_event *event,
                       struct coord_calls *calls);

/* Everything has been read once. */
bool follower_is_complete(const struct follower *follower);

/* NULL if there is none, which is news too once it is complete; borrowed until the next step. */
const struct topology_state *follower_topology(const struct follower *follower);
const struct assignment_state *follower_assignment(const struct follower *follower);

/* Walks the workers that are up: false at the end. *position is 0 at the start. Borrowed until the next
 * step. */
bool follower_next_worker(const struct follower *follower, size_t *position,
                          const struct worker_state **ret_worker);

/* What could not be read, for the log; "" if nothing. */
const char *follower_fault(const struct follower *follower);

#endif
