/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the workers of one topology have counted (wire/figures.h), summed up so that nothing is lost and
 * nothing counted twice.
 *
 * Of each incarnation of each place (supervisor, slot) the highest that it has said of each counter is
 * known; what comes beyond it is added to the task's sum. Counters of an incarnation only grow, so a part
 * may come late, twice, or not at all: sums never shrink, and when its last set has come they are
 * exact. The last set of an incarnation may come when the next one has spoken already; of those before
 * it nothing is taken any more.
 *
 * What an incarnation has said is forgotten TALLY_LAST_WORDS after it is over: when the next one lives, its
 * supervisor says that it has no process, or the place is not assigned any more and silent. Its place and
 * number are remembered. One that the next has followed is not listened to any more. Of another one that speaks all
 * the same nothing counts for TALLY_LAST_WORDS, for it has been counted, and what it has said by then is where its
 * counters go on from. So there is memory for the workers that live, and little for those that were.
 *
 * Sums of a leader before (tally_inherit()) stand in `base`, of components alone; they come with the
 * places whose incarnations are in them.
 *
 *     part --tally_take()--> pending --tally_freeze(), each second--> what is shown
 *
 * A part counts when it has come: it is about whole tasks, and histograms of a component stand in one part, so a
 * set that is cut in pieces needs nobody to put it together. Two components may be a second apart, as two
 * workers are. What a worker had counted before it was first heard of here (a new leader) is in the sums, but
 * in no window.
 *
 * Names are taken as they come, up to these limits: whoever has a plan asks it first (nimbus/reporting.c).
 * Pure; belongs to its owner's thread. Zero is empty.
 */
#ifndef NIMBUS_FIGURES_TALLY_H
#define NIMBUS_FIGURES_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "coord/state/assignment_state.h"
#include "coord/state/totals_state.h"
#include "nimbus/figures/marks.h"
#include "nimbus/figures/past.h"
#include "nimbus/figures/spread.h"
#include "nimbus/places.h"
#include "wire/figures.h"

enum {
    TALLY_COMPONENTS_MAX = 64,
    TALLY_OUTPUTS_MAX = 16,
    TALLY_EDGES_MAX = 1024,
    TALLY_INPUTS_MAX = 16,
    TALLY_TASKS_MAX = 16384, /* of a component */
    TALLY_METRICS_MAX = 256, /* of a component */
    TALLY_CELLS_MAX =
        4096, /* places; beyond it the one that is over, and silent for longest, goes */
    TALLY_LAST_WORDS = 10,   /* ticks */
    TALLY_LOOPS_MAX = 1024,  /* of a worker */
    TALLY_RECENT_TICKS = 60, /* a task's latest latencies are of one to two of these */
};

/* Counters of a task: these, then those of its outputs, edges and inputs, at their `at`. */
enum tally_counter {
    TALLY_ACKED, /* of spouts, these five */
    TALLY_FAILED,
    TALLY_TIMED_OUT,
    TALLY_REFUSED,
    TALLY_COMPLETE_NS,
    TALLY_BUSY_NS,
    TALLY_BLOCKED_NS,
    TALLY_COUNTERS,
};

struct tally_output { /* emitted, sent */
    char *stream;
    uint32_t at;
};

struct tally_edge { /* sent */
    uint32_t output;
    char *to;
    uint32_t at;
};

enum tally_input_counter {
    TALLY_EXECUTED,
    TALLY_INPUT_ACKED,
    TALLY_INPUT_FAILED,
    TALLY_EXECUTE_NS,
    TALLY_PROCESS_NS,
    TALLY_INPUT_COUNTERS,
};

struct tally_input {
    char *from;
    char *stream;
    uint32_t at;
    struct past *execute_ns; /* NULL: nothing yet */
    struct past *process_ns;
};

struct tally_metric {
    char *name;
    enum figures_metric_kind kind;
    uint64_t count, more;              /* COUNTER */
    uint64_t base;                     /* ..., of a leader before */
    struct spread spread, more_spread; /* HISTOGRAM */
};

/* What a task is at present, as its worker said last. */
struct tally_now {
    bool is_live;  /* its worker is in its supervisor's report; else all is zero */
    bool is_first; /* of those of its component on its loop: they say the same of the queue */
    uint32_t loop;
    uint64_t uptime_ns; /* of the worker */
    uint64_t open;
    uint64_t queue_bytes;
    uint64_t queue_limit_bytes;
};

struct tally_latency {
    struct spread more, early; /* since the last tick; ..., of before it was heard of */
    struct spread all;
    struct spread minute, before; /* of this minute, and the one before it */
};

struct tally_task {
    bool is_known; /* somebody has said something of it */
    struct tally_now now;
    struct tally_latency latency;
    size_t gauge_count;
    double *gauges; /* by metric; NAN: none */
};

struct tally_component {
    char *name;
    bool is_spout;
    uint32_t width; /* counters of a task */
    uint32_t output_count, edge_count, input_count, metric_count;
    struct tally_output *outputs;
    struct tally_edge *edges;
    struct tally_input *inputs;
    struct tally_metric *metrics;
    struct past *complete_ns; /* spouts; NULL: nothing yet */
    uint32_t task_count;      /* the highest index, + 1 */
    struct tally_task *tasks;
    uint64_t *pending; /* task_count x width: since the last tick */
    uint64_t *early;   /* ..., of before the worker was heard of */
    uint64_t *timed;   /* up to the last tick */
    uint64_t *before;  /* ... */
    uint64_t *base;    /* `width`: of all tasks together, of a leader before; NULL: nothing */
};

struct tally_cell;

struct tally {
    uint32_t component_count;
    struct tally_component *components; /* in the order in which they came */
    size_t cell_count;
    struct tally_cell **cells; /* by supervisor and slot */
    uint64_t tick;             /* the last */
    bool has_early;
    uint64_t ends; /* grows when something was counted by incarnations that are over */
};

struct tally_source {
    const char *supervisor;
    uint32_t slot;
    uint64_t incarnation;
};

void tally_done(struct tally *tally);

/* False, and nothing has changed, if the incarnation is over, or the part is beyond the limits. */
bool tally_take(struct tally *tally, const struct tally_source *source,
                const struct figures_part *part);

/* Which workers live, and which could: those in `places`, and those that are assigned. */
struct tally_world {
    const struct places *places;
    const struct assignment_state *assignment; /* NULL: nothing is assigned */
};

/* The next tick: what has come is shown from now on. */
void tally_freeze(struct tally *tally, const struct tally_world *world, uint64_t tick);

/* What was counted up to the last tick counts as of before: it is in no window from now on. */
void tally_begin_windows(struct tally *tally);

/* Whether that incarnation has said anything since this tally is kept. */
bool tally_has_heard(const struct tally *tally, const struct tally_source *source);

/* What goes to the next leader: the counts of incarnations that are over. The caller owns it. */
struct totals_state tally_keep(const struct tally *tally, const char *topology) MUST_USE;

/* ... and what came from the last one, of its incarnations; before anything is taken. */
void tally_inherit(struct tally *tally, const struct totals_state *kept);

/* NULL: nothing was said of it. Borrowed until the next part. */
const struct tally_component *tally_find(const struct tally *tally, const char *component);

/* The counters up to the last tick that belong to a time, for nimbus/figures/marks.h: as many tables as there are
 * components, borrowed. */
size_t tally_tables(const struct tally *tally, struct marks_table ret_tables[TALLY_COMPONENTS_MAX]);

/* Of what places have said, and of the places themselves: some 60 bytes and its id for one that is over. */
size_t tally_bytes(const struct tally *tally);

/* Of everything that is kept for windows. */
size_t tally_past_bytes(const struct tally *tally);
void tally_thin(struct tally *tally);

#endif
