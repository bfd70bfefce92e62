/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the components of a topology did in a window, and how they are now: the sums over their tasks from
 * nimbus/figures/tally.h, less those of the mark at the window's beginning. Everything that nimbus shows of
 * figures is of a glance. Pure; belongs to its owner's thread.
 */
#ifndef NIMBUS_FIGURES_GLANCE_H
#define NIMBUS_FIGURES_GLANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "nimbus/figures/marks.h"
#include "nimbus/figures/tally.h"

#define GLANCE_LAG "log.lag" /* the gauge that says how far a task is behind its log */

struct glance_counts {
    uint64_t emitted, sent, executed, acked, failed, timed_out, refused;
};

struct glance_component {
    const struct tally_component *tally;
    struct glance_counts total;  /* since the submission */
    struct glance_counts window; /* of the window */
    double capacity;             /* share of the window in user code, of the busiest executor */
    double blocked;              /* ..., in which there was no room for output, of the worst task */
    uint64_t open;               /* now */
    uint64_t queue_bytes;
    uint64_t queue_limit_bytes;
    double fill; /* of the fullest queue */
    bool has_lag;
    uint64_t lag;
};

struct glance {
    uint64_t tick;
    uint64_t asked_s; /* 0: all time */
    uint64_t seconds; /* how long the window really is; 0: nothing is known of it */
    size_t count;
    struct glance_component components[TALLY_COMPONENTS_MAX]; /* as in the tally */
    struct marks_table counters[TALLY_COMPONENTS_MAX];        /* of the window; owned */
};

/* Executors of a component, by name: its tasks are cut into as many runs. */
struct glance_shape {
    const char *component;
    uint32_t tasks;
    uint32_t executors;
};

/* The glance borrows from the tally, until its next part. */
void glance_init(struct glance *glance, const struct tally *tally, const struct marks *marks,
                 uint64_t seconds, const struct glance_shape *shapes, size_t shape_count);
void glance_done(struct glance *glance);

/* NULL: nothing is known of it. */
const struct glance_component *glance_find(const struct glance *glance, const char *component);

/* Of one task: what it has counted in the window, or in all that this leader has heard of: nobody keeps totals of
 * single tasks for the next one. */
struct glance_counts glance_task_window(const struct glance *glance, size_t component,
                                        uint32_t task);
struct glance_counts glance_task_total(const struct glance *glance, size_t component,
                                       uint32_t task);

/* One counter of a component, summed over its tasks: `at` as in the tally. */
uint64_t glance_window(const struct glance *glance, size_t component, uint32_t at);
uint64_t glance_total(const struct glance *glance, size_t component, uint32_t at);

/* The share of the window, 0 without one. */
double glance_share(const struct glance *glance, uint64_t ns);

/* The lag of a task; false if it says none. */
bool glance_lag(const struct tally_component *component, uint32_t task, uint64_t *ret_lag);

#endif
