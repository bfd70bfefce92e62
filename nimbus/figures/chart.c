/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/histogram.h"
#include "base/mem.h"

enum {
    SHARE_MAX = 1000, /* what is more is nonsense of some worker */
};

struct metric {
    const char *name;
    enum chart_kind kind;
    bool of_topology;
    bool of_component;
};

static const struct metric metrics[CHART_METRICS] = {
    [CHART_IN_PER_S] = {"in_per_s", CHART_RATE, true, true},
    [CHART_OUT_PER_S] = {"out_per_s", CHART_RATE, true, true},
    [CHART_DONE_PER_S] = {"done_per_s", CHART_RATE, true, false},
    [CHART_FAILED_PER_S] = {"failed_per_s", CHART_RATE, true, true},
    [CHART_P50] = {"latency_p50_ns", CHART_LATENCY, true, true},
    [CHART_P99] = {"latency_p99_ns", CHART_LATENCY, true, true},
    [CHART_OPEN] = {"open", CHART_NUMBER, true, true},
    [CHART_LAG] = {"lag", CHART_NUMBER, true, true},
    [CHART_CAPACITY] = {"capacity", CHART_SHARE, false, true},
    [CHART_BLOCKED] = {"blocked", CHART_SHARE, false, true},
    [CHART_FILL] = {"queue_fill", CHART_SHARE, false, true},
};

static const struct metric task_metrics[CHART_TASK_METRICS] = {
    [CHART_TASK_PER_S] = {"per_s", CHART_RATE, false, false},
    [CHART_TASK_CAPACITY] = {"capacity", CHART_SHARE, false, false},
    [CHART_TASK_BLOCKED] = {"blocked", CHART_SHARE, false, false},
    [CHART_TASK_FILL] = {"queue_fill", CHART_SHARE, false, false},
};

/* Some columns, whose kinds repeat; both kinds of rows. */
struct line {
    const struct metric *kinds;
    size_t period;
    size_t columns;
    struct series *seconds;
    struct series *steps;
    uint64_t *row;   /* of this tick */
    uint64_t *sums;  /* of the step: sums of rates and shares, the last of numbers */
    uint32_t *known; /* rows of the step that have a value */
};

struct rows { /* of a component */
    char *name;
    uint32_t tasks;
    struct line line;
    size_t band_count;
    struct line *bands;
};

struct chart {
    uint64_t first;
    uint64_t tick;
    struct line line;
    struct spark in;   /* CHART_IN_PER_S */
    struct spark done; /* CHART_DONE_PER_S */
    size_t count;
    struct rows *components;
};

/* ---- Lines --------------------------------------------------------------------------------- */

static void init_line(struct line *line, const struct metric *kinds, size_t period, size_t groups)
{
    size_t columns = period * groups;

    *line = (struct line){.kinds = kinds, .period = period, .columns = columns};
    line->seconds = series_new(columns, CHART_SECONDS);
    line->steps = series_new(columns, CHART_STEPS);
    line->row = NEW_ARRAY(uint64_t, columns);
    line->sums = NEW_ARRAY(uint64_t, columns);
    line->known = NEW_ARRAY(uint32_t, columns);
}

static void done_line(struct line *line)
{
    series_destroy(&line->seconds);
    series_destroy(&line->steps);
    free(line->row);
    free(line->sums);
    free(line->known);
}

static void begin_line(struct line *line)
{
    for (size_t i = 0; i < line->columns; i++)
        line->row[i] = SERIES_NONE;
}

static void gather(struct line *line)
{
    for (size_t i = 0; i < line->columns; i++) {
        if (line->row[i] == SERIES_NONE)
            continue;
        if (line->kinds[i % line->period].kind == CHART_NUMBER)
            line->sums[i] = 0;
        line->sums[i] += line->row[i];
        line->known[i]++;
    }
}

static uint64_t mean(const struct line *line, size_t column)
{
    uint64_t sum = line->sums[column];
    uint64_t known = line->known[column];

    switch (line->kinds[column % line->period].kind) {
    case CHART_RATE:
        return (sum * CHART_STEP + known / 2) / known;
    case CHART_SHARE:
        return (sum + known / 2) / known;
    case CHART_NUMBER:
        return sum;
    case CHART_LATENCY:
        break; /* comes with the row that ends the step */
    }
    return SERIES_NONE;
}

/* Ends 30 seconds. */
static void step_line(struct line *line, const struct chart_row *row)
{
    uint64_t *values = NEW_ARRAY(uint64_t, line->columns);

    for (size_t i = 0; i < line->columns; i++)
        values[i] = line->known[i] == 0 ? SERIES_NONE : mean(line, i);
    if (row != NULL) {
        values[CHART_P50] = row->step_p50;
        values[CHART_P99] = row->step_p99;
    }
    series_put(line->steps, values);
    memset(line->sums, 0, line->columns * sizeof *line->sums);
    memset(line->known, 0, line->columns * sizeof *line->known);
    free(values);
}

static size_t bytes_of(const struct line *line)
{
    return series_bytes(line->seconds) + series_bytes(line->steps) +
           line->columns * (2 * sizeof(uint64_t) + sizeof(uint32_t));
}

/* ---- All of them --------------------------------------------------------------------------- */

/* By number: the topology's, then of each component its own and its bands; NULL: no more. */
static struct line *line_at(const struct chart *chart, size_t index)
{
    if (index == 0)
        return (struct line *)&chart->line;
    index--;
    for (size_t c = 0; c < chart->count; c++) {
        struct rows *rows = &chart->components[c];
        if (index == 0)
            return &rows->line;
        if (index <= rows->band_count)
            return &rows->bands[index - 1];
        index -= rows->band_count + 1;
    }
    return NULL;
}

struct chart *chart_new(const struct chart_component *components, size_t count)
{
    struct chart *chart = NEW(struct chart);

    ASSERT(count <= CHART_COMPONENTS_MAX);
    init_line(&chart->line, metrics, CHART_METRICS, 1);
    chart->count = count;
    chart->components = NEW_ARRAY(struct rows, count);
    for (size_t c = 0; c < count; c++) {
        struct rows *rows = &chart->components[c];
        rows->name = mem_copy_text(components[c].name);
        rows->tasks = components[c].tasks;
        init_line(&rows->line, metrics, CHART_METRICS, 1);
        rows->band_count = (rows->tasks + CHART_BAND_TASKS - 1) / CHART_BAND_TASKS;
        rows->bands = NEW_ARRAY(struct line, rows->band_count);
        for (size_t band = 0; band < rows->band_count; band++) {
            size_t left = rows->tasks - band * CHART_BAND_TASKS;
            init_line(&rows->bands[band], task_metrics, CHART_TASK_METRICS,
                      left < CHART_BAND_TASKS ? left : CHART_BAND_TASKS);
        }
    }
    return chart;
}

void chart_destroy(struct chart **chart)
{
    struct chart *it = *chart;
    struct line *line;

    if (it == NULL)
        return;
    for (size_t i = 0; (line = line_at(it, i)) != NULL; i++)
        done_line(line);
    for (size_t c = 0; c < it->count; c++) {
        free(it->components[c].name);
        free(it->components[c].bands);
    }
    free(it->components);
    free(it);
    *chart = NULL;
}

/* ---- Writing ------------------------------------------------------------------------------- */

/* Ticks that were left out. */
static void skip(struct line *line, uint64_t from, uint64_t to)
{
    for (uint64_t tick = from; tick < to; tick++) {
        series_put(line->seconds, NULL);
        if (tick % CHART_STEP == 0)
            step_line(line, NULL);
    }
}

void chart_begin(struct chart *chart, uint64_t tick)
{
    uint64_t longest = (uint64_t)CHART_STEPS * CHART_STEP;
    uint64_t next = chart->tick == 0 ? tick : chart->tick + 1;
    struct line *line;

    if (tick - next > longest)
        next = tick - longest;
    for (size_t i = 0; (line = line_at(chart, i)) != NULL; i++) {
        skip(line, next, tick);
        begin_line(line);
    }
    chart->first = chart->first == 0 ? tick : chart->first;
    chart->tick = tick;
}

static void put_row(const struct chart *chart, struct line *line, const struct chart_row *row)
{
    memcpy(line->row, row->values, sizeof row->values);
    series_put(line->seconds, line->row);
    gather(line);
    if (chart->tick % CHART_STEP == 0)
        step_line(line, row);
    begin_line(line);
}

static void put_spark(const struct chart *chart, struct spark *spark, uint64_t value)
{
    if (value != SERIES_NONE)
        spark_put(spark, chart->tick, value);
}

void chart_put(struct chart *chart, const struct chart_row *row)
{
    put_row(chart, &chart->line, row);
    put_spark(chart, &chart->in, row->values[CHART_IN_PER_S]);
    put_spark(chart, &chart->done, row->values[CHART_DONE_PER_S]);
}

void chart_put_component(struct chart *chart, size_t component, const struct chart_row *row)
{
    put_row(chart, &chart->components[component].line, row);
}

void chart_put_task(struct chart *chart, size_t component, uint32_t task,
                    const uint64_t row[CHART_TASK_METRICS])
{
    struct rows *rows = &chart->components[component];

    ASSERT(task < rows->tasks);
    struct line *band = &rows->bands[task / CHART_BAND_TASKS];
    memcpy(&band->row[task % CHART_BAND_TASKS * (size_t)CHART_TASK_METRICS], row,
           CHART_TASK_METRICS * sizeof *row);
}

void chart_end(struct chart *chart)
{
    for (size_t c = 0; c < chart->count; c++) {
        for (size_t b = 0; b < chart->components[c].band_count; b++) {
            struct line *band = &chart->components[c].bands[b];
            series_put(band->seconds, band->row);
            gather(band);
            if (chart->tick % CHART_STEP == 0)
                step_line(band, NULL);
        }
    }
}

uint64_t chart_share(double share)
{
    return share < SHARE_MAX ? (uint64_t)(share * 1000 + 0.5) : SHARE_MAX * 1000;
}

uint64_t chart_latency(uint64_t ns)
{
    return histogram_bucket(ns);
}

/* ---- Names --------------------------------------------------------------------------------- */

int chart_metric(const char *name, bool of_component)
{
    for (int i = 0; i < CHART_METRICS; i++)
        if (strcmp(metrics[i].name, name) == 0 &&
            (of_component ? metrics[i].of_component : metrics[i].of_topology))
            return i;
    return -1;
}

int chart_task_metric(const char *name)
{
    for (int i = 0; i < CHART_TASK_METRICS; i++)
        if (strcmp(task_metrics[i].name, name) == 0)
            return i;
    return -1;
}

const char *chart_metric_name(enum chart_of metric)
{
    return metrics[metric].name;
}

const char *chart_task_metric_name(enum chart_of_task metric)
{
    return task_metrics[metric].name;
}

int chart_find(const struct chart *chart, const char *component)
{
    for (size_t c = 0; c < chart->count; c++)
        if (strcmp(chart->components[c].name, component) == 0)
            return (int)c;
    return -1;
}

uint32_t chart_tasks(const struct chart *chart, size_t component)
{
    return chart->components[component].tasks;
}

/* ---- Reading ------------------------------------------------------------------------------- */

static double read_value(uint64_t value, enum chart_kind kind, bool is_long)
{
    if (value == SERIES_NONE)
        return NAN;
    switch (kind) {
    case CHART_RATE:
        return is_long ? (double)value / CHART_STEP : (double)value;
    case CHART_SHARE:
        return (double)value / 1000;
    case CHART_LATENCY:
        return (double)histogram_bucket_last((uint32_t)value);
    case CHART_NUMBER:
        break;
    }
    return (double)value;
}

static const struct line *choose(const struct chart *chart, struct chart_column *column)
{
    const struct rows *rows;

    if (column->component < 0)
        return &chart->line;
    rows = &chart->components[column->component];
    if (column->task < 0)
        return &rows->line;
    ASSERT((uint32_t)column->task < rows->tasks);
    column->metric += column->task % CHART_BAND_TASKS * CHART_TASK_METRICS;
    return &rows->bands[column->task / CHART_BAND_TASKS];
}

void chart_read(const struct chart *chart, struct chart_column column, bool is_long, size_t count,
                double *ret_values)
{
    const struct line *line = choose(chart, &column);
    size_t at = (size_t)column.metric;
    uint64_t *values = NEW_ARRAY(uint64_t, count);

    series_read(is_long ? line->steps : line->seconds, at, 1, count, values);
    for (size_t i = 0; i < count; i++)
        ret_values[i] = read_value(values[i], line->kinds[at % line->period].kind, is_long);
    free(values);
}

void chart_spark(const struct chart *chart, uint64_t tick, enum chart_of metric,
                 double ret_means[SPARK_POINTS])
{
    ASSERT(metric == CHART_IN_PER_S || metric == CHART_DONE_PER_S);
    spark_read(metric == CHART_IN_PER_S ? &chart->in : &chart->done, tick, ret_means);
}

uint32_t chart_read_tasks(const struct chart *chart, struct chart_band band, bool is_long,
                          size_t count, double *ret_values)
{
    const struct rows *rows = &chart->components[band.component];
    const struct line *line = &rows->bands[band.number];
    uint64_t *values = NEW_ARRAY(uint64_t, count * line->columns);

    series_read(is_long ? line->steps : line->seconds, 0, line->columns, count, values);
    for (size_t i = 0; i < count * line->columns; i++)
        ret_values[i] = read_value(values[i], line->kinds[i % line->period].kind, is_long);
    free(values);
    return (uint32_t)(line->columns / line->period);
}

uint64_t chart_tick(const struct chart *chart)
{
    return chart->tick;
}

uint64_t chart_first(const struct chart *chart)
{
    return chart->first;
}

size_t chart_rows(const struct chart *chart, bool is_long)
{
    return series_rows(is_long ? chart->line.steps : chart->line.seconds);
}

/* ---- Memory -------------------------------------------------------------------------------- */

size_t chart_bytes(const struct chart *chart)
{
    size_t bytes = sizeof *chart;
    const struct line *line;

    for (size_t i = 0; (line = line_at(chart, i)) != NULL; i++)
        bytes += bytes_of(line);
    return bytes;
}

static bool drop_all(struct chart *chart, bool is_long)
{
    bool has_any = false;
    struct line *line;

    for (size_t i = 0; (line = line_at(chart, i)) != NULL; i++)
        has_any = series_drop_oldest(is_long ? line->steps : line->seconds) || has_any;
    return has_any;
}

bool chart_drop_oldest(struct chart *chart)
{
    return drop_all(chart, false) || drop_all(chart, true);
}
