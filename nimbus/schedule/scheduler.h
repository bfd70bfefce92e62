/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides where the executors of all topologies run: a function of a snapshot of the cluster, and
 * of nothing else.
 *
 *   1. What is placed on a slot that there is, and still fits, stays: nothing moves that need not.
 *   2. Topologies that ask for machines of their own (topology.isolate.machines) get them first:
 *      those with fewest workers of others, which are placed anew elsewhere.
 *   3. The others share the rest, the oldest first; but nobody is left without a slot so that
 *      another may have more than one. Each gets min(the workers it wants, the slots there are),
 *      spread evenly over supervisors as Storm's even scheduler does: supervisors with most free
 *      slots first, the first slot of each, then the second of each. Who has more workers than it
 *      wants gives up the smallest of them.
 *   4. Executors that have no place are dealt to the topology's workers, in the order of their
 *      first task: to the worker that has fewest, among those whose supervisor has the labels that
 *      the component asks for and room for its CPU and memory. Where none has, a worker more than
 *      wanted is opened on a slot that fits: labels and room are rules, the number of workers is a
 *      wish.
 *   5. Where workers have become uneven (there are new ones, or a component has been cut anew), the
 *      fullest give up their surplus, and no more than that.
 *
 * The same cluster again gives no change. A topology that fits only in part runs in part, and says
 * what is missing. Every choice has a reason that can be told (scheduler_explain).
 *
 * The behaviour is that of Storm's even and isolation schedulers, but less is moved. Pure.
 */
#ifndef NIMBUS_SCHEDULE_SCHEDULER_H
#define NIMBUS_SCHEDULE_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "base/text.h"

enum {
    SCHEDULER_NOWHERE = UINT32_MAX,
};

struct scheduler_supervisor {
    const char *id;
    uint32_t slots;       /* numbered from 0 */
    uint32_t cores;       /* at least 1 */
    uint32_t cpu_percent; /* capacity: 100 for each core unless it says otherwise; 0: not limited */
    uint64_t memory_mb;   /* capacity; 0: not limited */
    size_t label_count;
    const char *const *labels;
    bool is_leaving; /* gets nothing new, as its health check has failed */
};

struct scheduler_component {
    const char *name;
    uint32_t executors;   /* at least 1 */
    uint32_t cpu_percent; /* of each executor; 0: none asked for */
    uint64_t memory_mb;   /* of each executor */
    size_t label_count;   /* all of which a supervisor must have */
    const char *const *labels;
};

struct scheduler_place {
    uint32_t supervisor; /* index; SCHEDULER_NOWHERE */
    uint32_t slot;
};

struct scheduler_topology {
    const char *id;            /* or name: it stands in sentences for people */
    uint32_t workers;          /* wanted, at least 1 */
    uint32_t isolate_machines; /* supervisors of its own; never more than it has workers */
    bool is_fixed;             /* stays as it is: not ours to touch now (killed, being drained) */
    size_t component_count;
    const struct scheduler_component *components;
    size_t executor_count; /* of all components together: numbered through, in their order */
    /* Where each is now; an executor that has no place, or whose supervisor is not in the list, is
     * to be placed. After a change of the executors of a component the caller has put each new one
     * where most of its tasks were. */
    const struct scheduler_place *current; /* NULL: none has a place */
};

struct scheduler_cluster {
    size_t supervisor_count;
    const struct scheduler_supervisor *supervisors;
    size_t topology_count;
    const struct scheduler_topology *topologies; /* the oldest first: they are served first */
};

struct scheduler_result {
    bool is_changed;                /* an executor is elsewhere than in `current` */
    struct scheduler_place *places; /* of each executor */
    uint32_t workers;               /* slots in use */
    uint32_t unplaced;              /* executors without a place */
    char
        *why_not; /* one sentence about what is missing, and the remedy; NULL if all is as wanted */
};

/* One result for each topology; freed with scheduler_results_destroy(). */
struct scheduler_result *scheduler_run(const struct scheduler_cluster *cluster) MUST_USE;
void scheduler_results_destroy(struct scheduler_result **results, size_t count);

/* How many shared loops a new worker on this supervisor gets, for a topology that does not say: its
 * cores shared among the workers there, at least 1. */
uint32_t scheduler_loops(uint32_t cores, uint32_t workers_there);

/* Says, line by line, why the executors of a component are where they are, or are not placed. */
void scheduler_explain(const struct scheduler_cluster *cluster, size_t topology,
                       const struct scheduler_result *results, const char *component,
                       struct text *out);

#endif
