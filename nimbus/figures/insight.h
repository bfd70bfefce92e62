/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that is known of the figures of one topology, and each second's tick of it: what has come is
 * summed up, marked, and entered into its history. What views ask for most is worked out once a tick:
 * the last 10 s, for all; the last minute, for the verdict.
 *
 * Pure; belongs to its owner's thread. Zero is empty.
 */
#ifndef NIMBUS_FIGURES_INSIGHT_H
#define NIMBUS_FIGURES_INSIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nimbus/figures/chart.h"
#include "nimbus/figures/glance.h"
#include "nimbus/figures/marks.h"
#include "nimbus/figures/tally.h"
#include "nimbus/figures/watch.h"
#include "nimbus/places.h"

enum {
    INSIGHT_WINDOW_S = 10,
    INSIGHT_MINUTE_S = 60,
    INSIGHT_SETTLING = 30, /* ticks, at most */
};

/* A number of nanoseconds that may not be known. */
struct insight_latency {
    bool is_known;
    uint64_t p50_ns, p99_ns;
};

/* As in the tally: by its index. */
struct insight_component {
    struct glance_component
        recent; /* of 10 s; its `tally` is NULL: the tally may have grown since */
    struct insight_latency latency; /* of 10 s: complete (spouts), or execute */
    double minute_blocked;
    double minute_capacity;
};

/* What is known, of all that is shown.
 *
 * A leader that has just begun to lead has heard of some workers and not of others. Until all of them have spoken,
 * or INSIGHT_SETTLING ticks are over, it knows neither totals nor what is open, and no window has begun: all of
 * it would be too little, and rise for no work. Of a topology that was submitted to this leader the totals are known
 * from the beginning, and windows begin with the first word of a worker. This is the one place that decides it;
 * whoever shows a number asks `is_settled`, or whether a window has seconds. */
struct insight {
    bool is_inherited; /* the topology was there before this leader; set before the first tick */
    bool is_settled;   /* totals, and what is open, are known */
    uint64_t first_tick;
    struct tally tally;
    struct marks marks;
    struct chart *chart; /* NULL: the plan was not known yet */
    struct watch watch;
    uint64_t seconds; /* how long the window of 10 s really is */
    size_t count;
    struct insight_component *components;
    struct glance_counts total;  /* of all, but acked, failed, timed_out, refused of spouts alone */
    struct glance_counts recent; /* ..., of 10 s */
    struct glance_counts minute; /* ..., of a minute */
    uint64_t open;               /* trees */
    bool has_lag;
    uint64_t lag;
    double capacity; /* of the busiest component, of 10 s */
    struct insight_latency latency;
    enum verdict_severity health;
    uint64_t spent_tick; /* at which there was nothing left to drop; 0: none */
};

void insight_done(struct insight *insight);

struct insight_tick {
    uint64_t tick;
    struct tally_world world;
    bool has_all_spoken; /* of every worker that has a process something was heard */
    size_t shape_count;  /* 0: the plan is not known */
    const struct glance_shape *shapes;
};

void insight_freeze(struct insight *insight, const struct insight_tick *tick);

/* NULL: nothing is known of it. */
const struct insight_component *insight_find(const struct insight *insight, const char *component);

size_t insight_bytes(const struct insight *insight); /* of history */

/* Makes room: drops some of the oldest, of the finest kind first. False: there is nothing to drop. */
bool insight_drop_oldest(struct insight *insight);

#endif
