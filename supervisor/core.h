/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each slot of a supervisor is to hold, by the topologies and assignments of the cluster state.
 * Whoever reads them puts in what he reads; an order of a lower epoch than one of the same topology
 * that was seen before comes from a leader who is none any more, and is refused. Should two
 * topologies have the same slot for a moment, the one that was assigned later has it. Pure; belongs
 * to its owner's thread.
 */
#ifndef SUPERVISOR_CORE_H
#define SUPERVISOR_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct core;

/* Borrowed until the next change. */
struct core_wanted {
    const char *topology;
    const char *plan_hash;
    const char *so_hash;
};

/* The supervisor's id is copied. */
struct core *core_new(const char *supervisor) MUST_USE;
void core_destroy(struct core **core);

/* The data of paths_topology(id) and paths_assignment(id), which was written by the transaction
 * `mzxid`. ERR_CONFLICT: refused, the epoch is too low; ERR_CORRUPT, ERR_LIMIT, ERR_VERSION. What was
 * known before stays then. */
enum err core_put_topology(struct core *core, const char *id, const char *data, size_t size,
                           struct error *error) MUST_USE;
enum err core_put_assignment(struct core *core, const char *id, const char *data, size_t size,
                             int64_t mzxid, struct error *error) MUST_USE;

void core_remove_topology(struct core *core, const char *id);
void core_remove_assignment(struct core *core, const char *id);

/* False if the slot is to be empty. */
bool core_find_wanted(const struct core *core, uint32_t slot,
                      struct core_wanted *ret_wanted) MUST_USE;

bool core_has_topology(const struct core *core, const char *id);

/* A topology that there is refers to the blob. */
bool core_has_blob(const struct core *core, const char *hash);

#endif
