/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong in the cluster, and what to do about it: facts of a tick in, problems out.
 *
 * *Trouble* is what stands still, or loses work, until somebody acts; *watch* is what may become so.
 *
 *   crash_loop      trouble  a worker was started again at least 3 times within 5 minutes, unasked
 *   worker_failed   trouble  a worker's phase is `failed`: its supervisor cannot start it
 *   worker_down     trouble  assigned to a supervisor that is there, and without a process for > 3 s;
 *                            not if it is one of the two above, or the topology is about to end
 *   unplaced        trouble  executors have no place
 *   no_supervisors  trouble  there is a topology, but no supervisor; watch: there is neither
 *   node_lost       trouble  a supervisor is gone, and workers are assigned to it; watch: it went less
 *                            than an hour ago
 *   timing_out      trouble  more than 10 % of the trees of the last minute timed out; watch: 1 %
 *   failing         trouble  ... were failed by a bolt, or otherwise; watch: 1 %
 *   node_unhealthy  watch    a supervisor's health programs say so: it gets nothing new
 *   back_pressure   watch    a component was blocked for more than half of the last minute
 *   overloaded      watch    its busiest executor was busy for more than 95 % of the last minute
 *   lag_growing     watch    the lag behind the log is larger than it was 100 s ago, was larger then than
 *                            100 s before, and so was that: 5 minutes of growth; and by more in all than
 *                            the spouts emit in ten seconds, for a lag that stands still goes up and down
 *   errors          watch    user code reported an error in the last 5 minutes
 *
 * A problem is told when it was there for some ticks on end, and until it was gone for some, so that what is at its
 * limit does not come and go with each tick. Facts are told at once: see the table in verdict.c. What is
 * about a topology that is gone goes with it.
 *
 * A minute of trees counts when at least 10 were settled in it. Shares are of a whole minute, also when less
 * of it is known: a busy second after the start is no problem. Pure.
 */
#ifndef NIMBUS_FIGURES_VERDICT_H
#define NIMBUS_FIGURES_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nimbus/figures/steady.h"

enum {
    VERDICT_PROBLEMS_MAX = 100, /* that are told; all are counted */
    VERDICT_KEPT_MAX = 1000,    /* that are remembered; those beyond it are neither */
    VERDICT_RESTARTS = 3,       /* ... within VERDICT_LOOP_MS */
    VERDICT_LAGS = 4,           /* samples, VERDICT_LAG_S apart */
    VERDICT_LAG_S = 100,
    VERDICT_SETTLED_MIN = 10,
};

#define VERDICT_LOOP_MS  UINT64_C(300000)
#define VERDICT_DOWN_MS  UINT64_C(3000)
#define VERDICT_LOST_MS  UINT64_C(3600000)
#define VERDICT_ERROR_MS UINT64_C(300000)
#define VERDICT_BLOCKED  0.5
#define VERDICT_BUSY     0.95

enum verdict_severity {
    VERDICT_WELL,
    VERDICT_WATCH,
    VERDICT_TROUBLE,
};

const char *verdict_severity_name(enum verdict_severity severity);

enum verdict_kind {
    VERDICT_CRASH_LOOP,
    VERDICT_WORKER_FAILED,
    VERDICT_WORKER_DOWN,
    VERDICT_BACK_PRESSURE,
    VERDICT_LAG_GROWING,
    VERDICT_FAILING,
    VERDICT_TIMING_OUT,
    VERDICT_UNPLACED,
    VERDICT_NODE_LOST,
    VERDICT_NODE_UNHEALTHY,
    VERDICT_NO_SUPERVISORS,
    VERDICT_ERRORS,
    VERDICT_OVERLOADED,
    VERDICT_KINDS,
};

const char *verdict_kind_name(enum verdict_kind kind);

/* After how many ticks it is told, and after how many it is not any more. */
struct steady_rule verdict_rule(enum verdict_kind kind);

/* All texts of facts are borrowed. */
struct verdict_worker {
    const char *supervisor;
    uint32_t slot;
    const char *phase;     /* NULL: nothing was reported */
    const char *last_exit; /* NULL: it has not ended */
    uint32_t restarts; /* within VERDICT_LOOP_MS; more than VERDICT_RESTARTS need not be counted */
    uint64_t down_ms;  /* for so long there is no process; 0: there is one, or none is expected */
};

struct verdict_component {
    const char *name;
    double blocked;    /* of the last minute */
    double capacity;   /* ... */
    const char *error; /* the last one within VERDICT_ERROR_MS; NULL */
};

struct verdict_topology {
    const char *name;
    uint32_t unplaced;
    const char *why_not;
    uint64_t completed, failed, timed_out; /* of the last minute; the last are among the failed */
    uint64_t emitted;                      /* by spouts; ... */
    bool has_lag;                          /* for all of the samples */
    uint64_t lag[VERDICT_LAGS];            /* oldest first */
    size_t worker_count;
    const struct verdict_worker *workers;
    size_t component_count;
    const struct verdict_component *components;
    enum verdict_severity health; /* out: of its worst problem */
};

struct verdict_node {
    const char *id;
    const char *host; /* NULL: not known */
    bool is_there;
    uint64_t gone_ms; /* since it went */
    bool is_healthy;
    const char *health_text; /* NULL */
    uint32_t used;           /* workers assigned to it */
};

struct verdict_facts {
    uint64_t now_ms; /* wall clock */
    size_t topology_count;
    struct verdict_topology *topologies;
    size_t node_count;
    const struct verdict_node *nodes;
};

struct verdict_problem {
    enum verdict_severity severity;
    enum verdict_kind kind;
    char *text;
    const char *remedy; /* a constant */
    char *topology;     /* NULL, like the two below */
    char *component;
    char *supervisor;
    bool has_slot;
    uint32_t slot;
    uint64_t since_ms;
};

/* What is, or may become, a problem: by what it is about. */
struct verdict_kept {
    struct verdict_problem problem; /* as it was when it was there last; its texts are owned */
    uint64_t hash;                  /* of what it is about */
    enum verdict_severity found;    /* in this tick */
    struct steady is_watch;         /* at least */
    struct steady is_trouble;
};

/* Zero is: all well. */
struct verdict_report {
    enum verdict_severity severity;
    size_t total;
    size_t count;
    struct verdict_problem
        problems[VERDICT_PROBLEMS_MAX]; /* trouble first; borrowed from the kept */
    size_t kept_count;
    struct verdict_kept *kept; /* the oldest first */
};

/* A tick. What is in `report` of the ticks before goes on. */
void verdict_judge(struct verdict_facts *facts, struct verdict_report *report);
void verdict_report_done(struct verdict_report *report);

#endif
