/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A nimbus in the cluster state. As a member it keeps the node paths_nimbus_member(), through
 * coord/recipes/membership.h; as the leader it says the same behind the epoch in the node
 * PATHS_LEADER, through coord/recipes/election.h. Pure; any thread.
 */
#ifndef COORD_STATE_NIMBUS_STATE_H
#define COORD_STATE_NIMBUS_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define NIMBUS_STATE_VERSION 1

struct nimbus_state {
    char *id;
    char *address;     /* "host:port" */
    char *gale;        /* the version of its program */
    uint64_t since_ms; /* wall clock */
};

void nimbus_state_done(struct nimbus_state *nimbus);

/* JSON; the caller frees it. */
char *nimbus_state_encode(const struct nimbus_state *nimbus) MUST_USE;

/* Errors: ERR_CORRUPT, ERR_LIMIT, ERR_VERSION. */
enum err nimbus_state_decode(const char *data, size_t size, struct nimbus_state *ret_nimbus,
                             struct error *error) MUST_USE;

struct leader_state {
    uint64_t epoch;
    struct nimbus_state nimbus;
};

void leader_state_done(struct leader_state *leader);

/* Of the node PATHS_LEADER. ERR_NOT_FOUND if nobody has led yet. Whether the one who is named still
 * leads is not said: its membership node may be gone. */
enum err leader_state_decode(const char *data, size_t size, struct leader_state *ret_leader,
                             struct error *error) MUST_USE;

#endif
