/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/summary_view.h"

#include <inttypes.h>

#include "cli/views/columns.h"

#define NS_PER_S 1000000000ull

/* ---- figures ---- */

void summary_view_count(uint64_t count, struct text *text)
{
    uint64_t unit = 1;

    while (count / unit >= 1000)
        unit *= 1000;
    text_add(text, "%" PRIu64, count / unit);
    while (unit > 1) {
        count %= unit;
        unit /= 1000;
        text_add(text, ",%03" PRIu64, count / unit);
    }
}

/* Three digits. */
static void add_decimal(double value, const char *unit, struct text *text)
{
    int places = value < 10 ? 2 : value < 100 ? 1 : 0;

    text_add(text, "%.*f %s", places, value, unit);
}

void summary_view_duration(uint64_t ns, struct text *text)
{
    uint64_t seconds = ns / NS_PER_S;

    if (ns < 1000)
        text_add(text, "%" PRIu64 " ns", ns);
    else if (ns < 1000000)
        add_decimal((double)ns / 1e3, "us", text);
    else if (ns < NS_PER_S)
        add_decimal((double)ns / 1e6, "ms", text);
    else if (seconds < 60)
        text_add(text, "%.1f s", (double)ns / 1e9);
    else if (seconds < 3600)
        text_add(text, "%" PRIu64 " min %" PRIu64 " s", seconds / 60, seconds % 60);
    else
        text_add(text, "%" PRIu64 " h %" PRIu64 " min", seconds / 3600, seconds / 60 % 60);
}

static uint64_t per_second(uint64_t count, uint64_t ns)
{
    return ns == 0 ? 0 : (uint64_t)((double)count * 1e9 / (double)ns);
}

/* ---- while it goes on ---- */

static uint64_t open_trees(const struct summary *summary)
{
    uint64_t open = 0;

    for (uint32_t i = 0; i < summary->component_count; i++)
        open += summary->components[i].is_spout ? summary->components[i].open : 0;
    return open;
}

void summary_view_progress(struct summary_view *view, const struct summary *summary,
                           struct text *text)
{
    uint64_t since_ns = summary->elapsed_ns - view->elapsed_ns;

    summary_view_duration(summary->elapsed_ns, text);
    text_add(text, "  ");
    summary_view_count(per_second(summary->tuples_executed - view->tuples_executed, since_ns),
                       text);
    text_add(text, " tuples/s");
    if (summary->acking) {
        text_add(text, "  trees: ");
        summary_view_count(summary->trees_completed, text);
        text_add(text, " done, ");
        summary_view_count(summary->trees_failed, text);
        text_add(text, " failed, ");
        summary_view_count(open_trees(summary), text);
        text_add(text, " open");
    }
    *view = (struct summary_view){.elapsed_ns = summary->elapsed_ns,
                                  .tuples_executed = summary->tuples_executed};
}

/* ---- at the end ---- */

static void add_count(struct columns *columns, uint64_t count)
{
    struct text text;

    text_init(&text);
    summary_view_count(count, &text);
    columns_add(columns, "%s", text_data(&text));
    text_done(&text);
}

/* Nothing was measured: nothing is shown. */
static void add_latency(struct columns *columns, const struct summary_component *component,
                        uint64_t ns)
{
    struct text text;

    text_init(&text);
    if (component->is_spout && component->acked > 0)
        summary_view_duration(ns, &text);
    columns_add(columns, "%s", text_data(&text));
    text_done(&text);
}

static void add_component(struct columns *columns, const struct summary_component *component)
{
    columns_add(columns, "%s", component->name);
    columns_add(columns, "%" PRIu32, component->tasks);
    add_count(columns, component->emitted);
    if (component->is_spout)
        columns_add(columns, "%s", "");
    else
        add_count(columns, component->executed);
    add_count(columns, component->acked);
    add_count(columns, component->failed);
    add_latency(columns, component, component->latency_p50_ns);
    add_latency(columns, component, component->latency_p99_ns);
}

static void add_components(const struct summary *summary, struct text *text)
{
    static const char *const heads[] = {"component", "tasks",  "emitted", "executed",
                                        "acked",     "failed", "p50",     "p99"};
    struct columns columns;

    columns_init(&columns, "lrrrrrrr");
    columns_add_row(&columns, heads);
    for (uint32_t i = 0; i < summary->component_count; i++)
        add_component(&columns, &summary->components[i]);
    columns_render(&columns, text);
    columns_done(&columns);
}

static void add_metric(struct columns *columns, const char *component,
                       const struct summary_metric *metric)
{
    columns_add(columns, "%s", component);
    columns_add(columns, "%s", metric->name);
    switch (metric->kind) {
    case SUMMARY_COUNTER:
        add_count(columns, (uint64_t)metric->value);
        columns_add(columns, "%s", "");
        return;
    case SUMMARY_GAUGE:
        columns_add(columns, "%.6g", metric->value);
        columns_add(columns, "task %" PRIu32, metric->task_index);
        return;
    case SUMMARY_HISTOGRAM:
        add_count(columns, metric->count);
        columns_add(columns, "mean %.4g, p50 %" PRIu64 ", p99 %" PRIu64 ", max %" PRIu64,
                    metric->mean, metric->p50, metric->p99, metric->max);
        return;
    }
}

static void add_metrics(const struct summary *summary, struct text *text)
{
    struct columns columns;

    columns_init(&columns, "llrl");
    columns_add_row(&columns, (const char *const[]){"component", "metric", "value", ""});
    for (uint32_t i = 0; i < summary->component_count; i++) {
        const struct summary_component *component = &summary->components[i];

        for (uint32_t j = 0; j < component->metric_count; j++)
            add_metric(&columns, component->name, &component->metrics[j]);
    }
    if (columns.cell_count > columns.count) {
        text_add(text, "\n");
        columns_render(&columns, text);
    }
    columns_done(&columns);
}

static void add_trees(const struct summary *summary, struct text *text, enum style style)
{
    bool has_failed = summary->trees_failed > 0;

    text_add(text, "trees: ");
    summary_view_count(summary->trees_completed, text);
    text_add(text, " completed, %s", has_failed ? style_red(style) : "");
    summary_view_count(summary->trees_failed, text);
    text_add(text, " failed%s", has_failed ? style_end(style) : "");
    if (open_trees(summary) > 0) {
        text_add(text, ", ");
        summary_view_count(open_trees(summary), text);
        text_add(text, " given up");
    }
    text_add(text, "\n");
}

static void add_hint(const struct summary *summary, struct text *text)
{
    uint64_t timed_out = 0;

    for (uint32_t i = 0; i < summary->component_count; i++)
        timed_out += summary->components[i].timed_out;
    if (timed_out == 0)
        return;
    text_add(text, "hint: ");
    summary_view_count(timed_out, text);
    text_add(text, " of them ran into topology.message.timeout.secs: lower max_pending, give the "
                   "slowest bolt more tasks, or raise it\n");
}

void summary_view_final(const struct summary *summary, struct text *text, enum style style)
{
    text_add(text, "%s%s%s: ", style_bold(style), summary->topology, style_end(style));
    summary_view_duration(summary->elapsed_ns, text);
    text_add(text, " on %" PRIu32 " loop%s, ", summary->loops, summary->loops == 1 ? "" : "s");
    summary_view_count(summary->tuples_executed, text);
    text_add(text, " tuples, ");
    summary_view_count(per_second(summary->tuples_executed, summary->elapsed_ns), text);
    text_add(text, " tuples/s, ");
    summary_view_duration(summary->cpu_ns, text);
    text_add(text, " of processor time\n");
    if (summary->acking) {
        add_trees(summary, text, style);
        add_hint(summary, text);
    }
    text_add(text, "\n");
    add_components(summary, text);
    add_metrics(summary, text);
}
