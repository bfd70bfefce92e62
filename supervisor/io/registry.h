/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A supervisor in the cluster state: its node, what it reads there (topologies, assignments, who
 * leads, which nimbuses there are), and what it writes (worker nodes, errors). When the cluster state
 * cannot be reached, what is known stays, and nothing is stopped. Belongs to the reactor's thread.
 */
#ifndef SUPERVISOR_IO_REGISTRY_H
#define SUPERVISOR_IO_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/client.h"
#include "net/reactor.h"
#include "supervisor/complaints.h"
#include "supervisor/core.h"

struct registry;

struct registry_options {
    struct reactor *reactor;
    struct coord_options coord;
    const char *supervisor;
    const char *state; /* the data of its node (coord/state/supervisor_state.h) */

    /* What the slots should hold may be something else now. */
    void (*changed)(void *context);
    /* The leader, or who holds blobs, is somebody else. */
    void (*nimbus_changed)(void *context);
    /* Somebody else has the same id: the process must end. */
    void (*displaced)(void *context);
    void *context;
};

enum err registry_open(const struct registry_options *options, struct registry **ret_registry,
                       struct error *error) MUST_USE;

/* Ends the session, so that the node goes at once. */
void registry_close(struct registry **registry);

/* To be called each second or so. */
void registry_tick(struct registry *registry, uint64_t now_ns);

/* Topologies and assignments were read once: only then absence means something. */
bool registry_is_complete(const struct registry *registry);
const struct core *registry_core(const struct registry *registry);

/* Of the leader; NULL if there is none known. Borrowed until the next event. */
const char *registry_leader(const struct registry *registry);

/* Addresses of all nimbuses, the leader's first. Borrowed until the next event. */
size_t registry_nimbuses(const struct registry *registry, const char **ret_addresses, size_t max);

void registry_publish(struct registry *registry, const char *topology, uint32_t slot,
                      uint64_t incarnation, const char *address);
void registry_unpublish(struct registry *registry, const char *topology, uint32_t slot);

void registry_complain(struct registry *registry, const struct complaint *complaint);
struct complaints *registry_complaints(struct registry *registry);

#endif
