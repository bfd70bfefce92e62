/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the scheduler is to see: supervisors that are there, topologies with what their plans and
 * settings ask for, and where their executors are now. Pure; belongs to its owner's thread, and borrows from
 * the registry until that changes.
 */
#ifndef NIMBUS_SCHEDULE_SNAPSHOT_H
#define NIMBUS_SCHEDULE_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "nimbus/registry.h"
#include "nimbus/schedule/scheduler.h"

struct labels;

struct snapshot {
    struct scheduler_cluster cluster;
    struct scheduler_supervisor *supervisors;
    struct scheduler_topology *topologies;
    const struct topology **records; /* of the topologies, in their order */
    struct labels **lists;
    size_t list_count;
    size_t list_capacity;
};

/* All that there are, the oldest topology first; `instead` is left out, and `candidate`, which has a
 * plan, comes in. Either may be NULL. A topology that has neither a plan nor an assignment is
 * left out. */
struct snapshot *snapshot_new(const struct registry *registry, const struct topology *candidate,
                              const struct topology *instead) MUST_USE;
void snapshot_destroy(struct snapshot **snapshot);

/* The index of the topology, or their count if it is not in it. */
size_t snapshot_find(const struct snapshot *snapshot, const struct topology *record);

/* The index, or SCHEDULER_NOWHERE. */
uint32_t snapshot_find_supervisor(const struct snapshot *snapshot, const char *id);

#endif
