/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run has done so far, or in all: the figures that `gale run` shows.
 *
 * A summary is a copy: it owns its texts and stays true when the run is gone. Its counters are
 * exact once the run has ended, and taken without a lock while it goes on.
 */
#ifndef WORKER_SUMMARY_H
#define WORKER_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum summary_metric_kind {
    SUMMARY_COUNTER, /* summed over the component's tasks */
    SUMMARY_GAUGE,   /* one for each task */
    SUMMARY_HISTOGRAM,
};

struct summary_metric {
    char *name;
    uint32_t task_index; /* gauges */
    enum summary_metric_kind kind;
    double value;                        /* counter, gauge */
    uint64_t count, p50, p99, p999, max; /* histogram */
    double mean;
};

struct summary_component {
    char *name;
    bool is_spout;
    uint32_t tasks;
    uint32_t executors;
    uint64_t emitted;   /* calls of emit */
    uint64_t sent;      /* tuples that came of them: one for each target task */
    uint64_t executed;  /* bolts */
    uint64_t acked;     /* bolts: tuples acked; spouts: trees completed */
    uint64_t failed;    /* bolts: tuples failed; spouts: trees failed, for whatever reason */
    uint64_t timed_out; /* spouts: of the failed, those that ran into the timeout */
    uint64_t refused;   /* of the failed, those that were never sent: a limit was reached */
    uint64_t open;      /* spouts: trees not settled yet; bolts: tuples held */
    uint64_t latency_p50_ns, latency_p99_ns, latency_p999_ns, latency_max_ns; /* spouts: of
                                                        completed trees, from emit to ack */
    uint32_t metric_count;
    struct summary_metric *metrics;
};

struct summary {
    char *topology;
    uint32_t loops; /* threads that run tasks */
    bool acking;
    uint64_t elapsed_ns; /* from the first spout's activation to the end, or to now */
    uint64_t cpu_ns;     /* of the process, in that time */
    uint64_t trees_completed;
    uint64_t trees_failed;
    uint64_t tuples_executed; /* by all bolts */
    uint32_t component_count;
    struct summary_component *components;
};

/* Accepts NULL inside. */
void summary_destroy(struct summary **summary);

/* One JSON object, ended by a zero byte; the caller frees it. */
char *summary_encode(const struct summary *summary);

#endif
