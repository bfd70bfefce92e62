/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/summary_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "worker/runtime.h"

/* A metric of a component while it is being merged over the tasks. */
struct merged {
    struct summary_metric metric;
    struct histogram *histogram; /* NULL for other kinds */
};

struct merger {
    struct summary_component *component;
    struct merged *items;
    uint32_t count;
};

static enum summary_metric_kind kind_of(const struct metric *metric)
{
    return metric->kind == METRIC_COUNTER ? SUMMARY_COUNTER
           : metric->kind == METRIC_GAUGE ? SUMMARY_GAUGE
                                          : SUMMARY_HISTOGRAM;
}

static struct merged *add_metric(struct merger *merger, const struct metric *metric,
                                 uint32_t task_index)
{
    merger->items = mem_resize(merger->items, merger->count + 1, sizeof *merger->items);
    struct merged *merged = &merger->items[merger->count++];
    *merged = (struct merged){.metric = {.name = mem_copy_text(metric->name),
                                         .task_index = task_index,
                                         .kind = kind_of(metric)}};
    if (metric->kind == METRIC_HISTOGRAM) {
        merged->histogram = NEW(struct histogram);
        histogram_init(merged->histogram);
    }
    return merged;
}

/* The tasks' gauges stand side by side; the rest is one for the component. */
static struct merged *find_metric(const struct merger *merger, const struct metric *metric)
{
    for (uint32_t i = 0; i < merger->count; i++) {
        struct merged *found = &merger->items[i];
        if (found->metric.kind == kind_of(metric) && found->metric.kind != SUMMARY_GAUGE &&
            strcmp(found->metric.name, metric->name) == 0)
            return found;
    }
    return NULL;
}

static void merge_metric(struct merger *merger, const struct metric *metric, uint32_t task_index)
{
    struct merged *into = find_metric(merger, metric);

    if (into == NULL)
        into = add_metric(merger, metric, task_index);
    if (metric->kind == METRIC_COUNTER)
        into->metric.value += (double)count_read(&metric->counter.value);
    else if (metric->kind == METRIC_GAUGE)
        __atomic_load(&metric->gauge.value, &into->metric.value, __ATOMIC_RELAXED);
    else if (into->histogram != NULL)
        histogram_merge(into->histogram, metric->histogram);
}

static void read_histogram(struct summary_metric *metric, const struct histogram *histogram)
{
    metric->count = histogram_count(histogram);
    metric->p50 = histogram_quantile(histogram, 0.5);
    metric->p99 = histogram_quantile(histogram, 0.99);
    metric->p999 = histogram_quantile(histogram, 0.999);
    metric->max = histogram_max(histogram);
    metric->mean = histogram_mean(histogram);
}

static void finish_metrics(struct merger *merger)
{
    struct summary_component *component = merger->component;

    component->metric_count = merger->count;
    component->metrics = NEW_ARRAY(struct summary_metric, merger->count);
    for (uint32_t i = 0; i < merger->count; i++) {
        component->metrics[i] = merger->items[i].metric;
        if (merger->items[i].histogram != NULL)
            read_histogram(&component->metrics[i], merger->items[i].histogram);
        free(merger->items[i].histogram);
    }
    free(merger->items);
}

static void add_inputs(struct summary_component *into, const struct task *task)
{
    for (uint32_t i = 0; i < task->stage->stats.input_count; i++) {
        into->failed += count_read_ends(&task->inputs[i].failed);
        into->acked += input_acked(&task->inputs[i]);
        into->executed += input_executed(&task->inputs[i]);
    }
}

static uint64_t task_sent(const struct task *task)
{
    uint64_t sent = 0;

    for (uint32_t e = 0; e < task->emitter_count; e++) {
        for (uint32_t r = 0; r < task->emitters[e].route_count; r++)
            sent += emitter_sent(&task->emitters[e], r);
    }
    return sent;
}

static void add_task(struct merger *merger, const struct task *task)
{
    struct summary_component *into = merger->component;

    into->timed_out += count_read_ends(&task->counters.timed_out);
    into->refused += count_read_ends(&task->counters.refused);
    into->acked += count_read_ends(&task->counters.acked);
    into->failed += count_read_ends(&task->counters.failed);
    add_inputs(into, task);
    into->emitted += task_emitted(task);
    into->sent += task_sent(task);
    into->open += count_read(&task->counters.open);
    for (uint32_t i = 0; i < metrics_count(&task->metrics); i++)
        merge_metric(merger, &task->metrics.items[i], task->index);
}

static void add_latency(struct summary_component *into, const struct histogram *latency)
{
    into->latency_p50_ns = histogram_quantile(latency, 0.5);
    into->latency_p99_ns = histogram_quantile(latency, 0.99);
    into->latency_p999_ns = histogram_quantile(latency, 0.999);
    into->latency_max_ns = histogram_max(latency);
}

static void build_component(const struct worker *worker, uint32_t index,
                            struct summary_component *into)
{
    const struct plan_component *component = &worker->plan->components[index];
    struct merger merger = {.component = into};
    struct histogram *latency = NEW(struct histogram);

    histogram_init(latency);
    into->name = mem_copy_text(component->name);
    into->is_spout = component->role == PLAN_SPOUT;
    into->tasks = component->tasks;
    into->executors = component->executors;
    for (uint32_t l = 0; l < worker->loop_count; l++) {
        const struct stage *stage = worker->loops[l]->stages[index];
        for (uint32_t t = 0; stage != NULL && t < stage->task_count; t++) {
            const struct histogram *of_task = stats_histogram(&stage->tasks[t].latency);
            add_task(&merger, &stage->tasks[t]);
            if (into->is_spout && of_task != NULL)
                histogram_merge(latency, of_task);
        }
    }
    add_latency(into, latency);
    finish_metrics(&merger);
    free(latency);
}

struct summary *summary_build(const struct worker *worker, uint64_t elapsed_ns, uint64_t cpu_ns)
{
    struct summary *summary = NEW(struct summary);

    summary->topology = mem_copy_text(worker->plan->name);
    summary->loops = worker->loop_count;
    summary->acking = worker->config->acking;
    summary->elapsed_ns = elapsed_ns;
    summary->cpu_ns = cpu_ns;
    summary->component_count = worker->plan->component_count;
    summary->components = NEW_ARRAY(struct summary_component, summary->component_count);
    for (uint32_t c = 0; c < summary->component_count; c++) {
        struct summary_component *component = &summary->components[c];
        build_component(worker, c, component);
        summary->tuples_executed += component->executed;
        summary->trees_completed += component->is_spout ? component->acked : 0;
        summary->trees_failed += component->is_spout ? component->failed : 0;
    }
    return summary;
}
