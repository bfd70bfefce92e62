/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings the worker nodes of a supervisor (coord/state/worker_state.h) to what they should be: of each
 * slot and topology either a node with an incarnation and an address, or none. What could not be
 * written is written later; what was written twice does no harm. Pure; belongs to its owner's thread.
 * Made while there is a connection, it is given the last CONNECTED event first.
 */
#ifndef SUPERVISOR_PUBLISH_H
#define SUPERVISOR_PUBLISH_H

#include <stddef.h>
#include <stdint.h>

#include "coord/call.h"
#include "coord/event.h"

struct publish;

enum {
    PUBLISH_ENTRIES_MAX =
        4096, /* not settled; beyond it a node that should go stays, and its reader
                                   sees that the topology is gone */
};

/* The number is that of its tags. */
struct publish *publish_new(uint32_t number, const char *supervisor) MUST_USE;
void publish_destroy(struct publish **publish);

void publish_put(struct publish *publish, const char *topology, uint32_t slot, uint64_t incarnation,
                 const char *address, struct coord_calls *calls);
void publish_remove(struct publish *publish, const char *topology, uint32_t slot,
                    struct coord_calls *calls);

void publish_step(struct publish *publish, const struct coord_event *event,
                  struct coord_calls *calls);

/* Tries again what was refused; to be called now and then. */
void publish_retry(struct publish *publish, struct coord_calls *calls);

/* How many are not as they should be yet. */
size_t publish_count_open(const struct publish *publish);

#endif
