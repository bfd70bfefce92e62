/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topology.history: metrics over time, of a topology that runs or has ended.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nimbus/core_parts.h"
#include "nimbus/views/show.h"

enum {
    METRICS_MAX = 16,
    SERIES_MAX = 512,
    VALUES_MAX = 500000, /* in an answer: some 4 MB of text */
    STEP_MS = 1000,
    SECONDS_MAX = CHART_STEPS * CHART_STEP,
};

struct query {
    const char *component; /* "": the topology's */
    int64_t task;          /* -1: of none */
    bool has_tasks;        /* of all of them */
    bool is_long;          /* 30 s */
    int64_t seconds;
    size_t metric_count;
    const char *metrics[METRICS_MAX];
};

static bool is_of_task(const struct query *query)
{
    return query->task >= 0 || query->has_tasks;
}

static int find_metric(const struct query *query, const char *name)
{
    return is_of_task(query) ? chart_task_metric(name)
                             : chart_metric(name, query->component[0] != '\0');
}

static const char *name_kind(const struct query *query)
{
    if (is_of_task(query))
        return "task";
    return query->component[0] != '\0' ? "component" : "topology";
}

/* Without a list: all that there are. */
static void list_all(struct query *query)
{
    for (int i = 0; i < CHART_TASK_METRICS && is_of_task(query); i++)
        query->metrics[query->metric_count++] = chart_task_metric_name((enum chart_of_task)i);
    for (int i = 0; i < CHART_METRICS && !is_of_task(query); i++)
        if (find_metric(query, chart_metric_name((enum chart_of)i)) >= 0)
            query->metrics[query->metric_count++] = chart_metric_name((enum chart_of)i);
}

static bool read_metrics(const json_t *args, struct query *query, struct control_fault *fault)
{
    const json_t *list = json_object_get(args, "metrics");

    if (list == NULL || json_is_null(list)) {
        list_all(query);
        return true;
    }
    if (!json_is_array(list) || json_array_size(list) > METRICS_MAX)
        return control_refuse(fault, CONTROL_INVALID, "'metrics' must be a list of at most %d",
                              METRICS_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (name == NULL || find_metric(query, name) < 0)
            return control_refuse(fault, CONTROL_INVALID, "there is no metric '%.32s' of a %s",
                                  name == NULL ? "" : name, name_kind(query));
        query->metrics[query->metric_count++] = name;
    }
    return true;
}

static bool read_query(const json_t *args, struct query *query, struct control_fault *fault)
{
    if (!control_text_or(args, "component", PLAN_NAME_MAX, "", &query->component, fault) ||
        !control_number_or(args, "task", 0, PLAN_TASKS_MAX - 1, -1, &query->task, fault) ||
        !control_flag_or(args, "tasks", false, &query->has_tasks, fault) ||
        !control_number_or(args, "seconds", 1, SECONDS_MAX, CHART_SECONDS, &query->seconds, fault))
        return false;
    query->is_long = query->seconds > CHART_SECONDS;
    if (is_of_task(query) && query->component[0] == '\0')
        return control_refuse(fault, CONTROL_INVALID, "tasks are those of a component: name it");
    return read_metrics(args, query, fault);
}

/* ---- Showing ------------------------------------------------------------------------------- */

struct view {
    const struct chart *chart;
    const struct query *query;
    int component; /* index; -1 */
    size_t count;  /* of values */
    json_t *list;
};

static json_t *show_value(double value)
{
    if (isnan(value))
        return json_null();
    if (value == floor(value) && value < 1e18)
        return json_integer((json_int_t)value);
    return json_real(round(value * 1000) / 1000);
}

/* Takes over the list of values. */
static void put_series(struct view *view, int task, const char *metric, json_t *values)
{
    json_t *shown = json_object();

    show_text(shown, "component", view->component < 0 ? NULL : view->query->component);
    show_put(shown, "task", task < 0 ? json_null() : json_integer(task));
    show_text(shown, "metric", metric);
    show_put(shown, "values", values);
    (void)json_array_append_new(view->list, shown);
}

static bool has_room(const struct view *view)
{
    size_t count = json_array_size(view->list);

    return count < SERIES_MAX && (count + 1) * view->count <= VALUES_MAX;
}

static void add_series(struct view *view, int task, const char *metric)
{
    struct chart_column column = {view->component, task, find_metric(view->query, metric)};
    double *values = NEW_ARRAY(double, view->count);
    json_t *list = json_array();

    chart_read(view->chart, column, view->query->is_long, view->count, values);
    for (size_t i = 0; i < view->count; i++)
        (void)json_array_append_new(list, show_value(values[i]));
    put_series(view, task, metric, list);
    free(values);
}

static void add_all(struct view *view, int task)
{
    for (size_t i = 0; i < view->query->metric_count && has_room(view); i++)
        add_series(view, task, view->query->metrics[i]);
}

/* One task of a band that was read. */
static void add_task(struct view *view, uint32_t task, const double *values, size_t columns)
{
    for (size_t i = 0; i < view->query->metric_count && has_room(view); i++) {
        const char *metric = view->query->metrics[i];
        size_t at = task % CHART_BAND_TASKS * (size_t)CHART_TASK_METRICS +
                    (size_t)chart_task_metric(metric);
        json_t *list = json_array();
        for (size_t row = 0; row < view->count; row++)
            (void)json_array_append_new(list, show_value(values[row * columns + at]));
        put_series(view, (int)task, metric, list);
    }
}

/* Many tasks stand in one series, which is read once. */
static void add_tasks(struct view *view)
{
    uint32_t tasks = chart_tasks(view->chart, (size_t)view->component);
    size_t columns = (size_t)CHART_BAND_TASKS * CHART_TASK_METRICS;
    double *values = NEW_ARRAY(double, view->count *columns);

    for (uint32_t first = 0; first < tasks && has_room(view); first += CHART_BAND_TASKS) {
        struct chart_band band = {(size_t)view->component, first / CHART_BAND_TASKS};
        uint32_t count =
            chart_read_tasks(view->chart, band, view->query->is_long, view->count, values);
        for (uint32_t i = 0; i < count; i++)
            add_task(view, first + i, values, (size_t)count * CHART_TASK_METRICS);
    }
    free(values);
}

/* The moment of the chart's last value. */
static uint64_t find_end_ms(const struct core *core, const struct view *view, uint64_t step_ms)
{
    uint64_t last = chart_tick(view->chart);

    last -= last % (step_ms / STEP_MS);
    return core->tick.at_ms - (core->tick.number - last) * STEP_MS;
}

static json_t *show_history(const struct core *core, struct view *view)
{
    uint64_t step_ms = view->query->is_long ? (uint64_t)CHART_STEP * STEP_MS : STEP_MS;
    size_t wanted = (size_t)view->query->seconds * STEP_MS / step_ms;
    json_t *ok = json_object();
    json_t *from = json_null();

    view->list = json_array();
    if (view->chart != NULL) {
        size_t rows = chart_rows(view->chart, view->query->is_long);
        view->count = wanted < rows ? wanted : rows;
        if (view->query->has_tasks)
            add_tasks(view);
        else
            add_all(view, (int)view->query->task);
    }
    if (view->count > 0)
        from = json_integer(
            (json_int_t)(find_end_ms(core, view, step_ms) - (view->count - 1) * step_ms));
    tick_show(ok, core);
    show_number(ok, "step_ms", step_ms);
    show_put(ok, "from_ms", from);
    show_put(ok, "series", view->list);
    return ok;
}

/* ---- The operation ------------------------------------------------------------------------- */

static bool find_component(struct view *view, struct control_fault *fault)
{
    const struct query *query = view->query;

    view->component = -1;
    if (query->component[0] == '\0' || view->chart == NULL)
        return true;
    view->component = chart_find(view->chart, query->component);
    if (view->component < 0)
        return control_refuse(fault, CONTROL_NOT_FOUND, "there is no component '%s'",
                              query->component);
    if (query->task >= (int64_t)chart_tasks(view->chart, (size_t)view->component))
        return control_refuse(fault, CONTROL_NOT_FOUND, "component '%s' has no task %d",
                              query->component, (int)query->task);
    return true;
}

enum verdict operation_history(struct core *core, struct request *request)
{
    struct query query = {.metric_count = 0};
    struct view view = {.query = &query};
    struct control_fault fault;
    const char *name;

    if (!control_text(request->args, "name", PATHS_ID_MAX, &name, &fault) ||
        !read_query(request->args, &query, &fault))
        return request_complain(core, request, &fault);
    const struct topology *topology = registry_find_name(core->registry, name);
    if (topology == NULL && history_find(&core->history, name) == NULL)
        return request_refuse(core, request, CONTROL_NOT_FOUND,
                              "there is no topology '%s', and none that has ended is known", name);
    view.chart = topology != NULL && !topology->is_removing
                     ? topology->insight.chart
                     : history_find_chart(&core->history, name);
    if (!find_component(&view, &fault))
        return request_complain(core, request, &fault);
    return request_answer(core, request, show_history(core, &view));
}
