/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/insight.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void insight_done(struct insight *insight)
{
    tally_done(&insight->tally);
    marks_done(&insight->marks);
    chart_destroy(&insight->chart);
    watch_done(&insight->watch);
    free(insight->components);
    *insight = (struct insight){.components = NULL};
}

const struct insight_component *insight_find(const struct insight *insight, const char *component)
{
    for (size_t i = 0; i < insight->count; i++)
        if (strcmp(insight->tally.components[i].name, component) == 0)
            return &insight->components[i];
    return NULL;
}

/* ---- Latencies ----------------------------------------------------------------------------- */

/* Some of the component's histograms together: of the last 10 s, and of the half minute that has just
 * ended, if one has. */
struct mix {
    uint64_t tick;
    bool is_settled;
    struct spread recent;
    uint64_t recent_max;
    struct spread step;
};

static void mix_past(struct mix *mix, const struct past *past)
{
    uint64_t max;

    if (past == NULL)
        return;
    max = past_recent_max(past);
    spread_add(&mix->recent, &past->recent);
    mix->recent_max = max > mix->recent_max ? max : mix->recent_max;
    if (past->closed_tick == mix->tick)
        spread_add(&mix->step, &past->closed);
}

static void mix_component(struct mix *mix, const struct tally_component *component)
{
    mix_past(mix, component->complete_ns);
    for (uint32_t i = 0; i < component->input_count; i++)
        mix_past(mix, component->inputs[i].execute_ns);
}

static struct insight_latency read_mix(const struct mix *mix, struct chart_row *row)
{
    struct insight_latency latency = {.is_known = mix->is_settled && mix->recent.count > 0};

    if (latency.is_known) {
        latency.p50_ns = spread_quantile(&mix->recent, 0.5, mix->recent_max);
        latency.p99_ns = spread_quantile(&mix->recent, 0.99, mix->recent_max);
        row->values[CHART_P50] = chart_latency(latency.p50_ns);
        row->values[CHART_P99] = chart_latency(latency.p99_ns);
    }
    if (mix->step.count > 0) {
        row->step_p50 = chart_latency(spread_quantile(&mix->step, 0.5, mix->step.max));
        row->step_p99 = chart_latency(spread_quantile(&mix->step, 0.99, mix->step.max));
    }
    return latency;
}

static void done_mix(struct mix *mix)
{
    spread_done(&mix->recent);
    spread_done(&mix->step);
}

/* ---- Rows of history ----------------------------------------------------------------------- */

static struct chart_row empty_row(void)
{
    struct chart_row row = {.step_p50 = SERIES_NONE, .step_p99 = SERIES_NONE};

    for (size_t i = 0; i < CHART_METRICS; i++)
        row.values[i] = SERIES_NONE;
    return row;
}

/* A tick may have come late: then what was counted is of more than a second. */
static uint64_t rate(const struct glance *second, uint64_t count)
{
    return second->seconds <= 1 ? count : (count + second->seconds / 2) / second->seconds;
}

static void fill_component(const struct glance *second, size_t index, struct chart_row *row)
{
    const struct glance_component *component = &second->components[index];
    const struct glance_counts *counts = &component->window;

    if (second->seconds == 0)
        return;
    row->values[CHART_OPEN] = component->open;
    if (component->has_lag)
        row->values[CHART_LAG] = component->lag;
    row->values[CHART_IN_PER_S] =
        rate(second, component->tally->is_spout ? counts->emitted : counts->executed);
    row->values[CHART_OUT_PER_S] = rate(second, counts->emitted);
    row->values[CHART_FAILED_PER_S] = rate(second, counts->failed);
    row->values[CHART_CAPACITY] = chart_share(component->capacity);
    row->values[CHART_BLOCKED] = chart_share(component->blocked);
    row->values[CHART_FILL] = chart_share(component->fill);
}

static void put_tasks(struct chart *chart, const struct glance *second, size_t index, size_t at)
{
    const struct tally_component *component = second->components[index].tally;
    uint32_t tasks = chart_tasks(chart, at);

    for (uint32_t t = 0; t < component->task_count && t < tasks; t++) {
        const uint64_t *values =
            &second->counters[index].values[(size_t)t * second->counters[index].width];
        const struct tally_now *now = &component->tasks[t].now;
        struct glance_counts counts = glance_task_window(second, index, t);
        uint64_t fill =
            now->queue_limit_bytes == 0
                ? 0
                : chart_share((double)now->queue_bytes / (double)now->queue_limit_bytes);
        uint64_t row[CHART_TASK_METRICS] = {
            rate(second, component->is_spout ? counts.emitted : counts.executed),
            chart_share(glance_share(second, values[TALLY_BUSY_NS])),
            chart_share(glance_share(second, values[TALLY_BLOCKED_NS])), fill};
        if (component->tasks[t].is_known && second->seconds > 0)
            chart_put_task(chart, at, t, row);
    }
}

/* ---- The topology in all ------------------------------------------------------------------- */

/* Trees are those of spouts: what bolts acknowledge is another thing. */
static void sum_up(struct glance_counts *into, const struct glance_counts *from, bool is_spout)
{
    into->emitted += is_spout ? from->emitted : 0;
    into->sent += from->sent;
    into->executed += from->executed;
    into->acked += is_spout ? from->acked : 0;
    into->failed += is_spout ? from->failed : 0;
    into->timed_out += is_spout ? from->timed_out : 0;
    into->refused += is_spout ? from->refused : 0;
}

static struct glance_counts sum_window(const struct glance *glance)
{
    struct glance_counts sum = {0};

    for (size_t i = 0; i < glance->count; i++)
        sum_up(&sum, &glance->components[i].window, glance->components[i].tally->is_spout);
    return sum;
}

static void fill_topology(const struct insight *insight, const struct glance *second,
                          struct chart_row *row)
{
    struct glance_counts counts = sum_window(second);

    if (second->seconds == 0)
        return;
    row->values[CHART_OPEN] = insight->open;
    if (insight->has_lag)
        row->values[CHART_LAG] = insight->lag;
    row->values[CHART_IN_PER_S] = rate(second, counts.emitted);
    row->values[CHART_OUT_PER_S] = rate(second, counts.executed);
    row->values[CHART_DONE_PER_S] = rate(second, counts.acked);
    row->values[CHART_FAILED_PER_S] = rate(second, counts.failed);
}

static void take_recent(struct insight *insight, const struct glance *recent)
{
    insight->count = recent->count;
    insight->components =
        mem_resize(insight->components, recent->count, sizeof *insight->components);
    insight->seconds = recent->seconds;
    insight->total = insight->recent = (struct glance_counts){0};
    insight->open = insight->lag = 0;
    insight->has_lag = false;
    insight->capacity = 0;
    for (size_t i = 0; i < recent->count; i++) {
        const struct glance_component *component = &recent->components[i];
        bool is_spout = component->tally->is_spout;
        insight->components[i] = (struct insight_component){.recent = *component};
        insight->components[i].recent.tally = NULL;
        sum_up(&insight->total, &component->total, is_spout);
        sum_up(&insight->recent, &component->window, is_spout);
        insight->open += is_spout ? component->open : 0;
        insight->lag += component->lag;
        insight->has_lag = insight->has_lag || component->has_lag;
        if (component->capacity > insight->capacity)
            insight->capacity = component->capacity;
    }
}

/* What is not known of the minute counts as idle. */
static void take_minute(struct insight *insight, const struct glance *minute)
{
    double known =
        minute->seconds < INSIGHT_MINUTE_S ? (double)minute->seconds / INSIGHT_MINUTE_S : 1;

    insight->minute = sum_window(minute);
    for (size_t i = 0; i < minute->count; i++) {
        insight->components[i].minute_blocked = minute->components[i].blocked * known;
        insight->components[i].minute_capacity = minute->components[i].capacity * known;
    }
}

/* ---- The tick ------------------------------------------------------------------------------ */

static void look(struct insight *insight, const struct insight_tick *tick, uint64_t seconds,
                 struct glance *ret_glance)
{
    glance_init(ret_glance, &insight->tally, &insight->marks, seconds, tick->shapes,
                tick->shape_count);
}

static void take_glances(struct insight *insight, const struct insight_tick *tick)
{
    struct glance *glance = NEW(struct glance);

    look(insight, tick, INSIGHT_WINDOW_S, glance);
    take_recent(insight, glance);
    glance_done(glance);
    look(insight, tick, INSIGHT_MINUTE_S, glance);
    take_minute(insight, glance);
    glance_done(glance);
    free(glance);
}

/* Latencies are needed with and without a history. */
static void take_component(struct insight *insight, const struct glance *second, size_t index,
                           struct mix *trees)
{
    const struct tally_component *component = &insight->tally.components[index];
    struct mix mix = {.tick = insight->tally.tick, .is_settled = insight->is_settled};
    struct chart_row row = empty_row();
    int at = insight->chart == NULL ? -1 : chart_find(insight->chart, component->name);

    mix_component(&mix, component);
    mix_past(trees, component->complete_ns);
    insight->components[index].latency = read_mix(&mix, &row);
    done_mix(&mix);
    if (at < 0)
        return;
    fill_component(second, index, &row);
    chart_put_component(insight->chart, (size_t)at, &row);
    put_tasks(insight->chart, second, index, (size_t)at);
}

/* Components of which nobody has said anything yet have a row, too. */
static void take_silent(struct insight *insight, const struct insight_tick *tick)
{
    struct chart_row row = empty_row();

    for (size_t i = 0; i < tick->shape_count; i++) {
        int at = chart_find(insight->chart, tick->shapes[i].component);
        if (at >= 0 && tally_find(&insight->tally, tick->shapes[i].component) == NULL)
            chart_put_component(insight->chart, (size_t)at, &row);
    }
}

static void draw(struct insight *insight, const struct insight_tick *tick)
{
    struct glance *second = NEW(struct glance);
    struct mix trees = {.tick = tick->tick, .is_settled = insight->is_settled};
    struct chart_row row = empty_row();

    look(insight, tick, 1, second);
    if (insight->chart != NULL)
        chart_begin(insight->chart, tick->tick);
    for (size_t i = 0; i < insight->count; i++)
        take_component(insight, second, i, &trees);
    insight->latency = read_mix(&trees, &row);
    if (insight->chart != NULL) {
        take_silent(insight, tick);
        fill_topology(insight, second, &row);
        chart_put(insight->chart, &row);
        chart_end(insight->chart);
    }
    done_mix(&trees);
    glance_done(second);
    free(second);
}

static void begin_chart(struct insight *insight, const struct insight_tick *tick)
{
    struct chart_component components[CHART_COMPONENTS_MAX];

    if (insight->chart != NULL || tick->shape_count == 0)
        return;
    for (size_t i = 0; i < tick->shape_count; i++)
        components[i] = (struct chart_component){tick->shapes[i].component, tick->shapes[i].tasks};
    insight->chart = chart_new(components, tick->shape_count);
}

/* Of a topology from before, what was counted until now is in no window: they begin when all is heard of. Else with
 * the tick before somebody has spoken for the first time. */
static void begin_windows(struct insight *insight, uint64_t tick, uint64_t tick_before)
{
    bool has_any = insight->tally.component_count > 0;

    if (insight->marks.has_begun || !insight->is_settled || !(insight->is_inherited || has_any))
        return;
    if (insight->is_inherited)
        tally_begin_windows(&insight->tally);
    marks_begin(&insight->marks, insight->is_inherited ? tick : tick_before);
}

static void settle(struct insight *insight, const struct insight_tick *tick, uint64_t tick_before)
{
    if (insight->first_tick == 0)
        insight->first_tick = tick->tick;
    if (!insight->is_inherited || tick->has_all_spoken ||
        tick->tick - insight->first_tick >= INSIGHT_SETTLING)
        insight->is_settled = true;
    begin_windows(insight, tick->tick, tick_before);
}

void insight_freeze(struct insight *insight, const struct insight_tick *tick)
{
    struct marks_table tables[TALLY_COMPONENTS_MAX];
    uint64_t tick_before = insight->first_tick == 0 ? tick->tick - 1 : insight->tally.tick;

    tally_freeze(&insight->tally, &tick->world, tick->tick);
    settle(insight, tick, tick_before);
    if (insight->marks.has_begun)
        marks_put(&insight->marks, tick->tick, tables, tally_tables(&insight->tally, tables));
    begin_chart(insight, tick);
    take_glances(insight, tick);
    draw(insight, tick);
    watch_note_lag(&insight->watch, tick->tick, insight->is_settled && insight->has_lag,
                   insight->lag);
}

/* ---- Memory -------------------------------------------------------------------------------- */

size_t insight_bytes(const struct insight *insight)
{
    return insight->marks.bytes + tally_past_bytes(&insight->tally) +
           (insight->chart == NULL ? 0 : chart_bytes(insight->chart));
}

bool insight_drop_oldest(struct insight *insight)
{
    size_t before = insight_bytes(insight);

    if (insight->chart != NULL && chart_drop_oldest(insight->chart))
        return true;
    if (marks_thin(&insight->marks))
        return true;
    tally_thin(&insight->tally);
    return insight_bytes(insight) < before;
}
