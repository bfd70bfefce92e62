/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The history of a topology: its metrics, those of its components and tasks, at each second of the last
 * 15 minutes and each 30 s of the last day. A row is put at each tick; each 30th puts one of 30 s: the
 * mean of rates and shares, what is so at its end of numbers, and the percentile of all its values of
 * latencies. A second that was left out has no value.
 *
 * Shares are exact to a thousandth, latencies to the width of a histogram's bucket, rates of a second are
 * whole numbers. Which components there are, and how many tasks, is said once: it does not change.
 *
 * Pure; belongs to its owner's thread.
 */
#ifndef NIMBUS_FIGURES_CHART_H
#define NIMBUS_FIGURES_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "nimbus/figures/series.h"
#include "nimbus/figures/spark.h"

enum {
    CHART_SECONDS = 900,   /* rows at 1 s */
    CHART_STEP = 30,       /* seconds of a row of the long kind */
    CHART_STEPS = 2880,    /* ... of them: a day */
    CHART_BAND_TASKS = 64, /* tasks whose values stand in one series */
    CHART_COMPONENTS_MAX = 64,
};

enum chart_kind {
    CHART_RATE,    /* a second; a number of 30 s is kept, and divided when it is read */
    CHART_NUMBER,  /* now */
    CHART_SHARE,   /* in thousandths */
    CHART_LATENCY, /* the bucket */
};

enum chart_of { /* a topology, or a component */
    CHART_IN_PER_S,
    CHART_OUT_PER_S,
    CHART_DONE_PER_S, /* topologies */
    CHART_FAILED_PER_S,
    CHART_P50,
    CHART_P99,
    CHART_OPEN,
    CHART_LAG,
    CHART_CAPACITY, /* components, these three */
    CHART_BLOCKED,
    CHART_FILL,
    CHART_METRICS,
};

enum chart_of_task {
    CHART_TASK_PER_S,
    CHART_TASK_CAPACITY,
    CHART_TASK_BLOCKED,
    CHART_TASK_FILL,
    CHART_TASK_METRICS,
};

struct chart_component {
    const char *name;
    uint32_t tasks;
};

struct chart;

struct chart *chart_new(const struct chart_component *components, size_t count) MUST_USE;
void chart_destroy(struct chart **chart);

/* Values of a tick, SERIES_NONE where there is none. Latencies have a value for the row of the tick, and
 * one for that of the 30 s that it ends. */
struct chart_row {
    uint64_t values[CHART_METRICS];
    uint64_t step_p50, step_p99;
};

/* Ticks grow. Between begin and end each row once: of the topology, of each component, of each task. */
void chart_begin(struct chart *chart, uint64_t tick);
void chart_put(struct chart *chart, const struct chart_row *row);
void chart_put_component(struct chart *chart, size_t component, const struct chart_row *row);
void chart_put_task(struct chart *chart, size_t component, uint32_t task,
                    const uint64_t row[CHART_TASK_METRICS]);
void chart_end(struct chart *chart);

/* Shares and latencies, as rows have them. */
uint64_t chart_share(double share);
uint64_t chart_latency(uint64_t ns);

/* -1: there is no such metric of a topology (component is false), or a component. */
int chart_metric(const char *name, bool of_component);
int chart_task_metric(const char *name);
const char *chart_metric_name(enum chart_of metric);
const char *chart_task_metric_name(enum chart_of_task metric);

/* -1: there is none. */
int chart_find(const struct chart *chart, const char *component);
uint32_t chart_tasks(const struct chart *chart, size_t component);

struct chart_column {
    int component; /* -1: the topology */
    int task;      /* -1: the component, or the topology */
    int metric;    /* enum chart_of, or of_task */
};

/* The last `count` values of a column, oldest first, at 1 s, or at 30 s. NAN: none. */
void chart_read(const struct chart *chart, struct chart_column column, bool is_long, size_t count,
                double *ret_values);

/* The last 15 minutes until a tick of CHART_IN_PER_S or CHART_DONE_PER_S of the topology (nimbus/figures/spark.h). */
void chart_spark(const struct chart *chart, uint64_t tick, enum chart_of metric,
                 double ret_means[SPARK_POINTS]);

/* All metrics of the tasks of a band, CHART_BAND_TASKS from `number` times as many on: the last `count`
 * rows, in each CHART_TASK_METRICS of each task. Gives how many tasks these are. */
struct chart_band {
    size_t component;
    size_t number;
};
uint32_t chart_read_tasks(const struct chart *chart, struct chart_band band, bool is_long,
                          size_t count, double *ret_values);

uint64_t chart_tick(const struct chart *chart);
uint64_t chart_first(const struct chart *chart); /* tick */

/* How many rows at 1 s, or 30 s, there are. */
size_t chart_rows(const struct chart *chart, bool is_long);

size_t chart_bytes(const struct chart *chart);

/* Makes room: drops the oldest minute at 1 s, or, if there is none any more, the oldest half hour at
 * 30 s. False: there is nothing to drop. */
bool chart_drop_oldest(struct chart *chart);

#endif
