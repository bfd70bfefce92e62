/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Component by component: what all parts of it have in common, then its tasks, as many to a part as fit.
 */
#include "worker/figures_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/figures.h"
#include "worker/runtime.h"

enum detail {
    DETAIL_ALL,
    DETAIL_LEAN, /* no histograms of tasks, no metrics */
};

/* A component as it is being written. The arrays are its own, the texts the plan's. */
struct sheet {
    const struct worker *worker;
    const struct plan_component *component;
    enum detail detail;
    uint64_t now_ns;
    struct figures_set *set;
    struct figures_part part;
    struct figures_output *outputs;
    struct figures_edge *edges;
    struct figures_input *inputs;
    struct histogram *histograms; /* two for each input; of a spout one, for its trees */
    const struct task **sources;
    struct figures_task *tasks;
};

/* ---- what the parts have in common ---- */

static void write_outputs(struct sheet *sheet)
{
    const struct plan_component *component = sheet->component;

    sheet->outputs = NEW_ARRAY(struct figures_output, component->stream_count);
    for (uint32_t i = 0; i < component->stream_count; i++)
        sheet->outputs[i].stream = component->streams[i].name;
    sheet->part.output_count = component->stream_count;
    sheet->part.outputs = sheet->outputs;
}

static uint32_t count_routes(const struct task *task)
{
    uint32_t count = 0;

    for (uint32_t e = 0; e < task->emitter_count; e++)
        count += task->emitters[e].route_count;
    return count;
}

/* The same for all tasks of a component: a stream's routes are one for each subscription. */
static void write_edges(struct sheet *sheet, const struct task *task)
{
    const struct plan *plan = sheet->worker->plan;
    uint32_t next = 0;

    sheet->part.edge_count = count_routes(task);
    sheet->edges = NEW_ARRAY(struct figures_edge, sheet->part.edge_count);
    for (uint32_t e = 0; e < task->emitter_count; e++) {
        for (uint32_t r = 0; r < task->emitters[e].route_count; r++) {
            uint32_t to = task->emitters[e].routes[r].component;
            sheet->edges[next++] =
                (struct figures_edge){.output = e, .to = plan->components[to].name};
        }
    }
    sheet->part.edges = sheet->edges;
}

static void merge(struct histogram *into, struct histogram *const *from)
{
    const struct histogram *histogram = stats_histogram(from);

    if (histogram != NULL)
        histogram_merge(into, histogram);
}

static void write_inputs(struct sheet *sheet)
{
    const struct plan_component *component = sheet->component;

    sheet->inputs = NEW_ARRAY(struct figures_input, component->input_count);
    for (uint32_t i = 0; i < component->input_count; i++) {
        sheet->inputs[i] = (struct figures_input){.from = component->inputs[i].from,
                                                  .stream = component->inputs[i].stream,
                                                  .execute_ns = &sheet->histograms[2 * i],
                                                  .process_ns = &sheet->histograms[2 * i + 1]};
    }
    sheet->part.input_count = component->input_count;
    sheet->part.inputs = sheet->inputs;
}

static void merge_stage(struct sheet *sheet, const struct stage *stage)
{
    for (uint32_t i = 0; i < sheet->component->input_count; i++) {
        merge(&sheet->histograms[2 * i], &stage->stats.inputs[i].execute_ns);
        merge(&sheet->histograms[2 * i + 1], &stage->stats.inputs[i].process_ns);
    }
    for (uint32_t t = 0; sheet->part.is_spout && t < stage->task_count; t++)
        merge(sheet->histograms, &stage->tasks[t].latency);
}

/* ---- tasks ---- */

static void write_counts(const struct sheet *sheet, const struct task *task,
                         struct figures_task *into)
{
    struct figures_output_count *outputs =
        NEW_ARRAY(struct figures_output_count, sheet->part.output_count);
    uint64_t *sent = NEW_ARRAY(uint64_t, sheet->part.edge_count);
    uint32_t next = 0;

    for (uint32_t e = 0; e < task->emitter_count; e++) {
        outputs[e].emitted = emitter_emitted(&task->emitters[e]);
        for (uint32_t r = 0; r < task->emitters[e].route_count; r++) {
            sent[next] = emitter_sent(&task->emitters[e], r);
            outputs[e].sent += sent[next++];
        }
    }
    into->outputs = outputs;
    into->sent = sent;
}

static void write_input_counts(const struct sheet *sheet, const struct task *task,
                               struct figures_task *into)
{
    struct figures_input_count *inputs =
        NEW_ARRAY(struct figures_input_count, sheet->part.input_count);

    for (uint32_t i = 0; i < sheet->part.input_count; i++) {
        const struct input_stats *from = &task->inputs[i];
        inputs[i].failed = count_read_ends(&from->failed);
        inputs[i].acked = input_acked(from);
        inputs[i].executed = input_executed(from);
        inputs[i].execute_ns = count_read(&from->execute_ns);
        inputs[i].process_ns = count_read(&from->process_ns);
    }
    into->inputs = inputs;
}

static void write_trees(const struct task *task, struct figures_task *into)
{
    const struct histogram *latency = stats_histogram(&task->latency);

    into->timed_out = count_read_ends(&task->counters.timed_out); /* of the failed ones */
    into->refused = count_read_ends(&task->counters.refused);
    into->acked = count_read_ends(&task->counters.acked);
    into->failed = count_read_ends(&task->counters.failed);
    into->complete_ns = latency == NULL ? 0 : histogram_sum(latency);
}

static void write_metric(const struct metric *metric, struct figures_metric *into)
{
    into->name = metric->name;
    switch (metric->kind) {
    case METRIC_COUNTER:
        into->kind = FIGURES_COUNTER;
        into->count = count_read(&metric->counter.value);
        return;
    case METRIC_GAUGE:
        into->kind = FIGURES_GAUGE;
        __atomic_load(&metric->gauge.value, &into->value, __ATOMIC_RELAXED);
        return;
    case METRIC_HISTOGRAM:
        into->kind = FIGURES_HISTOGRAM;
        into->histogram = metric->histogram;
        return;
    }
}

/* User code may give a metric any name, and none: that one is not told. */
static void write_metrics(const struct task *task, struct figures_task *into)
{
    uint32_t count = metrics_count(&task->metrics);
    struct figures_metric *metrics = NEW_ARRAY(struct figures_metric, count);

    for (uint32_t i = 0; i < count; i++) {
        if (task->metrics.items[i].name[0] != '\0')
            write_metric(&task->metrics.items[i], &metrics[into->metric_count++]);
    }
    into->metrics = metrics;
}

static void write_stage(const struct sheet *sheet, const struct task *task,
                        struct figures_task *into)
{
    struct stage *stage = task->stage;

    into->blocked_ns = stats_blocked_ns(stage, sheet->now_ns);
    into->queue_bytes = count_read(&stage->stats.queue_bytes);
    into->queue_limit_bytes = count_read(&stage->stats.queue_limit_bytes);
}

/* The loop goes on meanwhile. What comes later in a tuple's life is read first, so that no more is
 * said to be completed than emitted, or acked than executed. */
static void write_task(const struct sheet *sheet, const struct task *task,
                       struct figures_task *into)
{
    into->index = task->index;
    into->loop = task->loop->index;
    into->open = count_read(&task->counters.open);
    into->busy_ns = count_read(&task->counters.busy_ns);
    if (sheet->part.is_spout)
        write_trees(task, into);
    write_input_counts(sheet, task, into);
    write_counts(sheet, task, into);
    write_stage(sheet, task, into);
    if (sheet->detail == DETAIL_LEAN)
        return;
    into->latency_ns = stats_histogram(&task->latency);
    write_metrics(task, into);
}

static void forget_task(struct figures_task *task)
{
    free((void *)(uintptr_t)task->outputs);
    free((void *)(uintptr_t)task->sent);
    free((void *)(uintptr_t)task->inputs);
    free((void *)(uintptr_t)task->metrics);
}

/* ---- parts ---- */

static bool put_part(struct sheet *sheet)
{
    struct figures_set *set = sheet->set;
    struct text bytes = {0};

    if (!figures_encode(&sheet->part, &bytes)) {
        text_done(&bytes);
        return false;
    }
    set->parts = mem_resize(set->parts, set->count + 1, sizeof *set->parts);
    set->parts[set->count++] = bytes;
    set->bytes += text_size(&bytes);
    return true;
}

/* A task that does not fit alone goes without its metrics, and then without any histogram. */
static void put_one(struct sheet *sheet, struct figures_task *task)
{
    sheet->part.task_count = 1;
    if (put_part(sheet))
        return;
    task->metric_count = 0;
    if (put_part(sheet))
        return;
    task->latency_ns = NULL;
    for (uint32_t i = 0; i < sheet->part.input_count; i++)
        sheet->inputs[i].execute_ns = sheet->inputs[i].process_ns = NULL;
    (void)put_part(sheet);
}

static bool is_full(const struct figures_set *set)
{
    return set->count == FIGURES_PARTS_MAX || set->bytes > FIGURES_SET_BYTES_MAX - FIGURES_PART_MAX;
}

/* The first part has the histograms of all. */
static void take_histograms_away(struct sheet *sheet)
{
    for (uint32_t i = 0; i < sheet->part.input_count; i++)
        sheet->inputs[i].execute_ns = sheet->inputs[i].process_ns = NULL;
    sheet->part.complete_ns = NULL;
}

/* As many as fit; twice as few if they do not. */
static void put_tasks(struct sheet *sheet, uint32_t count)
{
    uint32_t most = count;

    for (uint32_t next = 0; next < count && !is_full(sheet->set);) {
        uint32_t some = count - next < most ? count - next : most;
        sheet->part.tasks = &sheet->tasks[next];
        sheet->part.task_count = some;
        if (some == 1) {
            put_one(sheet, &sheet->tasks[next]);
        } else if (!put_part(sheet)) {
            most = some / 2;
            continue;
        }
        take_histograms_away(sheet);
        next += some;
    }
}

/* ---- components ---- */

static uint32_t find_tasks(struct sheet *sheet, uint32_t index)
{
    uint32_t count = 0;

    sheet->sources = NEW_ARRAY(const struct task *, sheet->component->tasks);
    for (uint32_t l = 0; l < sheet->worker->loop_count; l++) {
        const struct stage *stage = sheet->worker->loops[l]->stages[index];
        if (stage == NULL)
            continue;
        merge_stage(sheet, stage);
        for (uint32_t t = 0; t < stage->task_count; t++)
            sheet->sources[count++] = &stage->tasks[t];
    }
    return count;
}

static void write_sheet(struct sheet *sheet, uint32_t count)
{
    write_outputs(sheet);
    write_edges(sheet, sheet->sources[0]);
    write_inputs(sheet);
    if (sheet->part.is_spout)
        sheet->part.complete_ns = sheet->histograms;
    sheet->tasks = NEW_ARRAY(struct figures_task, count);
    for (uint32_t i = 0; i < count; i++)
        write_task(sheet, sheet->sources[i], &sheet->tasks[i]);
    put_tasks(sheet, count);
    for (uint32_t i = 0; i < count; i++)
        forget_task(&sheet->tasks[i]);
}

static void write_component(struct sheet *sheet, uint32_t index)
{
    const struct plan_component *component = &sheet->worker->plan->components[index];

    sheet->component = component;
    sheet->part.component = component->name;
    sheet->part.is_spout = component->role == PLAN_SPOUT;
    sheet->histograms = NEW_ARRAY(struct histogram, 2 * component->input_count + 1);
    uint32_t count = find_tasks(sheet, index);
    if (count > 0)
        write_sheet(sheet, count);
    free(sheet->outputs);
    free(sheet->edges);
    free(sheet->inputs);
    free(sheet->histograms);
    free((void *)(uintptr_t)sheet->sources);
    free(sheet->tasks);
}

static void build(const struct worker *worker, uint64_t uptime_ns, uint64_t now_ns,
                  enum detail detail, struct figures_set *set)
{
    for (uint32_t c = 0; c < worker->plan->component_count; c++) {
        struct sheet sheet = {.worker = worker,
                              .detail = detail,
                              .now_ns = now_ns,
                              .set = set,
                              .part = {.uptime_ns = uptime_ns}};
        write_component(&sheet, c);
    }
}

void figures_build(const struct worker *worker, uint64_t uptime_ns, uint64_t now_ns,
                   struct figures_set *ret_set)
{
    struct figures_set set = {.count = 0};

    build(worker, uptime_ns, now_ns, DETAIL_ALL, &set);
    if (is_full(&set)) {
        figures_set_done(&set);
        build(worker, uptime_ns, now_ns, DETAIL_LEAN, &set);
    }
    *ret_set = set;
}

void figures_set_done(struct figures_set *set)
{
    for (uint32_t i = 0; i < set->count; i++)
        text_done(&set->parts[i]);
    free(set->parts);
    *set = (struct figures_set){.count = 0};
}
