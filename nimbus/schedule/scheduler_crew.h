/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workers of one topology while the scheduler is at work, and the moves that it makes with
 * them: open a worker on a slot, put an executor into one, move it to another, give up an empty
 * one. Each move keeps the books of scheduler_ground.h. Executors of a component are all alike, so
 * each worker has a list of them by component. Private to the scheduler; pure.
 */
#ifndef NIMBUS_SCHEDULE_SCHEDULER_CREW_H
#define NIMBUS_SCHEDULE_SCHEDULER_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "nimbus/schedule/scheduler.h"
#include "nimbus/schedule/scheduler_ground.h"

enum {
    CREW_NONE = UINT32_MAX, /* no worker, no executor, no component */
};

struct crew_worker {
    struct scheduler_place place;
    uint32_t executor_count;
    bool is_closing; /* gets nothing more, as it is being emptied */
};

/* The executors of one component in one worker. */
struct crew_share {
    uint32_t last; /* the one that came last; CREW_NONE */
    uint32_t count;
};

struct crew {
    struct ground *ground; /* borrowed */
    const struct scheduler_topology *topology;
    uint32_t index;           /* of the topology */
    uint32_t wanted;          /* workers; never more than executors, as a worker has at least one */
    uint32_t machines_wanted; /* of its own; never more than workers, as it would not use them */
    uint32_t machines;        /* ... that it got */
    uint32_t worker_count;
    uint32_t worker_capacity;
    struct crew_worker *workers;
    struct crew_share *shares;      /* worker by worker, one for each component */
    struct scheduler_place *places; /* of each executor */
    uint32_t *before;   /* of each executor: the one that came before it into its share */
    uint32_t *first;    /* of each component: its first executor */
    uint32_t *unplaced; /* of each component: executors without a place */
    uint32_t unplaced_count;
    uint64_t changes; /* executors placed or moved */
};

/* All executors are without a place. */
void crew_init(struct crew *crew, struct ground *ground, uint32_t topology);
void crew_done(struct crew *crew);

/* Leaves executors where they are as far as the slot is there, open to the topology and not
 * another's, and the supervisor still has labels and room. */
void crew_keep(struct crew *crew);

/* Makes a slot a worker. */
void crew_open(struct crew *crew, struct scheduler_place place);

/* Gives the slots of workers without executors back. */
void crew_close_empty(struct crew *crew);

struct crew_share *crew_share(const struct crew *crew, uint32_t worker, uint32_t component);

/* The executor has no place yet. */
void crew_put(struct crew *crew, uint32_t component, uint32_t executor, uint32_t worker);

/* Moves the last of the component's executors from one worker to another. */
void crew_move(struct crew *crew, uint32_t component, uint32_t from, uint32_t to);

/* The worker with fewest executors, the first among equals, that may get another one of the
 * component, which comes from worker `from` (CREW_NONE: has no place). Else CREW_NONE. */
uint32_t crew_emptiest(const struct crew *crew, uint32_t component, uint32_t from);

#endif
