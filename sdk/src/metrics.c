/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/src/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void metrics_init(struct metrics *metrics, const struct gale_host *host)
{
    *metrics = (struct metrics){.host = host};
}

static void metric_done(struct metric *metric)
{
    free(metric->histogram);
}

void metrics_done(struct metrics *metrics)
{
    for (uint32_t i = 0; i < metrics->count; i++)
        metric_done(&metrics->items[i]);
    for (uint32_t i = 0; i < COUNT_OF(metrics->spare); i++)
        metric_done(&metrics->spare[i]);
    free(metrics->items);
    *metrics = (struct metrics){0};
}

uint32_t metrics_count(const struct metrics *metrics)
{
    return __atomic_load_n(&metrics->count, __ATOMIC_ACQUIRE);
}

static void metric_init(struct metrics *metrics, struct metric *metric, enum metric_kind kind)
{
    metric->kind = kind;
    metric->handle.host = metrics->host;
    if (kind == METRIC_HISTOGRAM && metric->histogram == NULL) {
        metric->histogram = NEW(struct histogram);
        histogram_init(metric->histogram);
    }
}

static struct metric *spare(struct metrics *metrics, enum metric_kind kind)
{
    metric_init(metrics, &metrics->spare[kind], kind);
    return &metrics->spare[kind];
}

static struct metric *get(struct metrics *metrics, const char *name, enum metric_kind kind)
{
    if (strlen(name) >= METRICS_NAME_MAX)
        return spare(metrics, kind);
    for (uint32_t i = 0; i < metrics->count; i++) {
        struct metric *metric = &metrics->items[i];
        if (strcmp(metric->name, name) == 0)
            return metric->kind == kind ? metric : spare(metrics, kind);
    }
    if (metrics->count == METRICS_MAX)
        return spare(metrics, kind);
    if (metrics->items == NULL)
        metrics->items = NEW_ARRAY(struct metric, METRICS_MAX);

    struct metric *metric = &metrics->items[metrics->count];
    metric_init(metrics, metric, kind);
    (void)snprintf(metric->name, sizeof metric->name, "%s", name);
    __atomic_store_n(&metrics->count, metrics->count + 1, __ATOMIC_RELEASE);
    return metric;
}

struct gale_counter *metrics_counter(struct metrics *metrics, const char *name)
{
    return &get(metrics, name, METRIC_COUNTER)->counter;
}

struct gale_gauge *metrics_gauge(struct metrics *metrics, const char *name)
{
    return &get(metrics, name, METRIC_GAUGE)->gauge;
}

struct gale_histogram *metrics_histogram(struct metrics *metrics, const char *name)
{
    return &get(metrics, name, METRIC_HISTOGRAM)->handle;
}

void metrics_observe(struct gale_histogram *handle, uint64_t value)
{
    histogram_add(CONTAINER_OF(handle, struct metric, handle)->histogram, value);
}
