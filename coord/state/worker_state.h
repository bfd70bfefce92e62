/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker that is up: the node paths_worker(), in a directory that is born and dies with its
 * topology. It tells the other workers of the topology where it listens, and, by a higher
 * incarnation or by going away, that the one before is gone. Its supervisor writes it, when the
 * worker has bound its port and when its process has ended; the leader deletes it with the topology,
 * through its fence. It is persistent: a worker outlives the session of its supervisor. Pure; any
 * thread.
 */
#ifndef COORD_STATE_WORKER_STATE_H
#define COORD_STATE_WORKER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/call.h"
#include "coord/fence.h"

#define WORKER_STATE_VERSION 1

struct worker_state {
    char *supervisor;
    uint32_t slot;
    uint64_t incarnation; /* grows with every start in this slot */
    char *address;        /* "host:port" of its links */
};

void worker_state_done(struct worker_state *worker);

/* JSON; the caller frees it. */
char *worker_state_encode(const struct worker_state *worker) MUST_USE;

/* Errors: ERR_CORRUPT, ERR_LIMIT, ERR_VERSION. */
enum err worker_state_decode(const char *data, size_t size, struct worker_state *ret_worker,
                             struct error *error) MUST_USE;

/* The last part of paths_worker(), "SUPERVISOR:SLOT", taken apart; false if it is not one. The
 * caller frees *ret_supervisor. */
bool worker_state_parse_name(const char *name, char **ret_supervisor, uint32_t *ret_slot) MUST_USE;

/* Writes of the supervisor. The create is answered with NO_NODE when the topology is gone, and with
 * NODE_EXISTS when there is a node already: then it is set. */
void worker_state_create(const char *topology, const struct worker_state *worker, uint64_t tag,
                         struct coord_calls *calls);
void worker_state_set(const char *topology, const struct worker_state *worker, uint64_t tag,
                      struct coord_calls *calls);
void worker_state_delete(const char *topology, const char *supervisor, uint32_t slot, uint64_t tag,
                         struct coord_calls *calls);

/* Of the leader, before it deletes the topology. */
void worker_state_remove(const struct fence *fence, const char *topology, const char *supervisor,
                         uint32_t slot, uint64_t tag, struct coord_calls *calls);

#endif
