/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters, gauges and histograms of one task, by name. The task's thread registers and writes;
 * any thread may read with relaxed loads. A name asked for again gives the same handle; beyond
 * METRICS_MAX, or if the name already has another kind, the handle works but is not exported.
 */
#ifndef SDK_SRC_METRICS_H
#define SDK_SRC_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include <gale/host.h>

#include "base/histogram.h"

#define METRICS_MAX      64 /* of a task */
#define METRICS_NAME_MAX 64 /* bytes */

enum metric_kind {
    METRIC_COUNTER,
    METRIC_GAUGE,
    METRIC_HISTOGRAM,
};

struct metric {
    enum metric_kind kind;
    char name[METRICS_NAME_MAX];
    struct gale_counter counter;
    struct gale_gauge gauge;
    struct gale_histogram handle;
    struct histogram *histogram;
};

struct metrics {
    const struct gale_host *host;
    struct metric *items;   /* METRICS_MAX of them, once there is one */
    uint32_t count;         /* read with metrics_count() */
    struct metric spare[3]; /* by kind: what is not exported */
};

void metrics_init(struct metrics *metrics, const struct gale_host *host);
void metrics_done(struct metrics *metrics);

struct gale_counter *metrics_counter(struct metrics *metrics, const char *name);
struct gale_gauge *metrics_gauge(struct metrics *metrics, const char *name);
struct gale_histogram *metrics_histogram(struct metrics *metrics, const char *name);

/* What gale_observe() does. */
void metrics_observe(struct gale_histogram *handle, uint64_t value);

/* How many are exported; any thread. */
uint32_t metrics_count(const struct metrics *metrics);

#endif
