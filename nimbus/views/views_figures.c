/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topology.figures: what components, streams and edges did in a window.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nimbus/core_parts.h"
#include "nimbus/figures/pressure.h"
#include "nimbus/views/show.h"

enum {
    EDGES_MAX = PLAN_COMPONENTS_MAX * PLAN_INPUTS_MAX,
};

struct view {
    const struct core *core;
    const struct topology *topology;
    const struct insight *insight;
    const struct glance *glance;
};

/* What is shown of a component of which nobody has said anything. */
static const struct glance_component silent;

/* ---- Latencies ----------------------------------------------------------------------------- */

static void add_past(const struct view *view, const struct past *past, struct histogram *into)
{
    if (past != NULL && view->insight->is_settled)
        past_window(past, view->glance->tick, view->glance->asked_s, into);
}

static json_t *show_past(const struct view *view, const struct past *past)
{
    struct histogram histogram = {.count = 0};

    add_past(view, past, &histogram);
    return show_histogram(&histogram);
}

static void put_latencies(json_t *shown, const struct view *view,
                          const struct tally_component *tally)
{
    struct histogram execute = {.count = 0};
    struct histogram process = {.count = 0};

    for (uint32_t i = 0; tally != NULL && i < tally->input_count; i++) {
        add_past(view, tally->inputs[i].execute_ns, &execute);
        add_past(view, tally->inputs[i].process_ns, &process);
    }
    show_put(shown, "execute_ns", show_histogram(&execute));
    show_put(shown, "process_ns", show_histogram(&process));
    show_put(shown, "complete_ns", show_past(view, tally == NULL ? NULL : tally->complete_ns));
}

/* ---- Streams ------------------------------------------------------------------------------- */

static size_t index_of(const struct view *view, const struct glance_component *component)
{
    return (size_t)(component - view->glance->components);
}

static json_t *show_outputs(const struct view *view, const struct glance_component *component)
{
    json_t *list = json_array();
    size_t index = index_of(view, component);

    for (uint32_t i = 0; i < component->tally->output_count; i++) {
        const struct tally_output *output = &component->tally->outputs[i];
        json_t *shown = json_object();
        json_t *total = json_object();
        json_t *window = json_object();
        show_known(total, "emitted", view->insight->is_settled,
                   glance_total(view->glance, index, output->at));
        show_known(total, "sent", view->insight->is_settled,
                   glance_total(view->glance, index, output->at + 1));
        show_number(window, "emitted", glance_window(view->glance, index, output->at));
        show_number(window, "sent", glance_window(view->glance, index, output->at + 1));
        show_text(shown, "stream", output->stream);
        show_put(shown, "total", total);
        show_put(shown, "window", window);
        (void)json_array_append_new(list, shown);
    }
    return list;
}

typedef uint64_t count_fn(const struct glance *glance, size_t component, uint32_t at);

static json_t *show_input_counts(const struct view *view, size_t index, uint32_t at,
                                 count_fn *count)
{
    bool is_known = count == glance_window || view->insight->is_settled;
    json_t *shown = json_object();

    show_known(shown, "executed", is_known, count(view->glance, index, at + TALLY_EXECUTED));
    show_known(shown, "acked", is_known, count(view->glance, index, at + TALLY_INPUT_ACKED));
    show_known(shown, "failed", is_known, count(view->glance, index, at + TALLY_INPUT_FAILED));
    return shown;
}

static json_t *show_inputs(const struct view *view, const struct glance_component *component)
{
    json_t *list = json_array();
    size_t index = index_of(view, component);

    for (uint32_t i = 0; i < component->tally->input_count; i++) {
        const struct tally_input *input = &component->tally->inputs[i];
        json_t *shown = json_object();
        show_text(shown, "component", input->from);
        show_text(shown, "stream", input->stream);
        show_put(shown, "total", show_input_counts(view, index, input->at, glance_total));
        show_put(shown, "window", show_input_counts(view, index, input->at, glance_window));
        show_put(shown, "execute_ns", show_past(view, input->execute_ns));
        show_put(shown, "process_ns", show_past(view, input->process_ns));
        (void)json_array_append_new(list, shown);
    }
    return list;
}

/* ---- Metrics of user code ------------------------------------------------------------------ */

static json_t *list_gauges(const struct tally_component *tally, uint32_t metric)
{
    json_t *list = json_array();

    for (uint32_t task = 0; task < tally->task_count; task++) {
        const struct tally_task *known = &tally->tasks[task];
        json_t *shown;
        if (metric >= known->gauge_count || !isfinite(known->gauges[metric]))
            continue;
        shown = json_object();
        show_number(shown, "task", task);
        show_put(shown, "value", json_real(known->gauges[metric]));
        (void)json_array_append_new(list, shown);
    }
    return list;
}

static json_t *show_metric(const struct view *view, const struct tally_component *tally,
                           uint32_t index)
{
    const struct tally_metric *metric = &tally->metrics[index];
    struct histogram histogram = {.count = 0};
    json_t *shown = json_object();

    show_text(shown, "name", metric->name);
    switch (metric->kind) {
    case FIGURES_COUNTER:
        show_text(shown, "kind", "counter");
        show_known(shown, "value", view->insight->is_settled, metric->base + metric->count);
        break;
    case FIGURES_GAUGE:
        show_text(shown, "kind", "gauge");
        show_put(shown, "tasks", list_gauges(tally, index));
        break;
    case FIGURES_HISTOGRAM:
        show_text(shown, "kind", "histogram");
        spread_merge(&metric->spread, &histogram);
        show_number(shown, "count", histogram_count(&histogram));
        show_mean(shown, &histogram);
        show_number(shown, "p50", histogram_quantile(&histogram, 0.5));
        show_number(shown, "p99", histogram_quantile(&histogram, 0.99));
        show_number(shown, "max", histogram_max(&histogram));
        break;
    }
    return shown;
}

static json_t *show_metrics(const struct view *view, const struct tally_component *tally)
{
    json_t *list = json_array();

    for (uint32_t i = 0; tally != NULL && i < tally->metric_count; i++)
        (void)json_array_append_new(list, show_metric(view, tally, i));
    return list;
}

static json_t *show_error(const struct watch_error *error)
{
    json_t *shown;

    if (error == NULL)
        return json_null();
    shown = json_object();
    show_text(shown, "text", error->text);
    show_number(shown, "last_ms", error->last_ms);
    show_text(shown, "supervisor", error->supervisor);
    show_number(shown, "slot", error->slot);
    show_number(shown, "task", error->task);
    show_number(shown, "count", error->count);
    return shown;
}

/* ---- Components ---------------------------------------------------------------------------- */

static json_t *show_rates(const struct view *view, const struct glance_counts *counts,
                          bool is_spout)
{
    json_t *rates = json_object();
    uint64_t seconds = view->glance->seconds;

    show_rate(rates, "in_per_s", is_spout ? counts->emitted : counts->executed, seconds);
    show_rate(rates, "out_per_s", counts->emitted, seconds);
    show_rate(rates, "failed_per_s", counts->failed, seconds);
    return rates;
}

static void put_state(json_t *shown, const struct view *view,
                      const struct glance_component *component)
{
    json_t *queue = json_object();
    bool is_known = view->glance->seconds > 0;
    bool is_settled = view->insight->is_settled;

    show_real(shown, "capacity", is_known ? component->capacity : (double)NAN);
    show_real(shown, "blocked", is_known ? component->blocked : (double)NAN);
    show_known(queue, "bytes", is_settled, component->queue_bytes);
    show_known(queue, "limit_bytes", is_settled, component->queue_limit_bytes);
    show_real(queue, "fill", is_settled ? component->fill : (double)NAN);
    show_put(shown, "queue", queue);
    show_known(shown, "open", is_settled, component->open);
    show_known(shown, "lag", is_settled && component->has_lag, component->lag);
}

/* Time in all, of what was executed, processed and completed; 0 before its workers have said anything (NULL). */
static void put_times(json_t *total, const struct view *view,
                      const struct glance_component *component)
{
    bool is_known = component != NULL;
    size_t index = is_known ? index_of(view, component) : 0;
    uint64_t execute_ns = 0;
    uint64_t process_ns = 0;

    for (uint32_t i = 0; is_known && i < component->tally->input_count; i++) {
        uint32_t at = component->tally->inputs[i].at;
        execute_ns += glance_total(view->glance, index, at + TALLY_EXECUTE_NS);
        process_ns += glance_total(view->glance, index, at + TALLY_PROCESS_NS);
    }
    show_known(total, "execute_ns", view->insight->is_settled, execute_ns);
    show_known(total, "process_ns", view->insight->is_settled, process_ns);
    show_known(total, "complete_ns", view->insight->is_settled,
               is_known ? glance_total(view->glance, index, TALLY_COMPLETE_NS) : 0);
}

static json_t *show_component(const struct view *view, const struct plan_component *plan,
                              uint32_t executors)
{
    const struct glance_component *component = glance_find(view->glance, plan->name);
    const struct glance_component *shown_as = component == NULL ? &silent : component;
    bool is_spout = plan->role == PLAN_SPOUT;
    json_t *shown = json_object();
    json_t *total = json_object();
    json_t *window = json_object();

    show_counts(total, view->insight->is_settled ? &shown_as->total : NULL);
    put_times(total, view, component);
    show_counts(window, &shown_as->window);
    show_number(window, "seconds", view->glance->seconds);
    show_text(shown, "name", plan->name);
    show_text(shown, "role", is_spout ? "spout" : "bolt");
    show_number(shown, "tasks", plan->tasks);
    show_number(shown, "executors", executors);
    show_put(shown, "total", total);
    show_put(shown, "window", window);
    show_put(shown, "rates", show_rates(view, &shown_as->window, is_spout));
    put_latencies(shown, view, shown_as->tally);
    put_state(shown, view, shown_as);
    show_put(shown, "outputs", component == NULL ? json_array() : show_outputs(view, component));
    show_put(shown, "inputs", component == NULL ? json_array() : show_inputs(view, component));
    show_put(shown, "metrics", show_metrics(view, shown_as->tally));
    show_put(shown, "last_error", show_error(watch_find_error(&view->insight->watch, plan->name)));
    return shown;
}

static json_t *show_components(const struct view *view)
{
    const struct plan *plan = view->topology->plan;
    struct glance_shape shapes[PLAN_COMPONENTS_MAX];
    size_t count = tick_shapes(view->topology, shapes);
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(
            list, show_component(view, &plan->components[i], shapes[i].executors));
    return list;
}

/* ---- Edges --------------------------------------------------------------------------------- */

struct pressures {
    size_t count;
    struct pressure_component components[PLAN_COMPONENTS_MAX]; /* as in the plan */
    size_t edge_count;
    struct pressure_edge edges[EDGES_MAX]; /* each input of each component, in order */
    int bottleneck;
};

/* Always of the last 10 s: what is so now. */
static void find_pressures(const struct view *view, struct pressures *ret)
{
    const struct plan *plan = view->topology->plan;

    *ret = (struct pressures){.bottleneck = -1};
    for (uint32_t i = 0; plan != NULL && i < plan->component_count; i++) {
        const struct plan_component *component = &plan->components[i];
        const struct insight_component *known = insight_find(view->insight, component->name);
        ret->components[ret->count++] = (struct pressure_component){
            .rank = component->rank,
            .capacity = known == NULL ? 0 : known->recent.capacity,
            .blocked = known == NULL ? 0 : known->recent.blocked,
            .fill = known == NULL ? 0 : known->recent.fill,
        };
        for (uint32_t input = 0; input < component->input_count; input++)
            ret->edges[ret->edge_count++] =
                (struct pressure_edge){.from = component->inputs[input].from_index, .to = i};
    }
    ret->bottleneck = pressure_find(ret->components, ret->count, ret->edges, ret->edge_count);
}

/* Tuples that went over the edge, as its sender counts them. */
static uint64_t count_sent(const struct view *view, const struct plan_input *input, const char *to)
{
    const struct glance_component *from = glance_find(view->glance, input->from);

    for (uint32_t i = 0; from != NULL && i < from->tally->edge_count; i++) {
        const struct tally_edge *edge = &from->tally->edges[i];
        if (strcmp(edge->to, to) == 0 &&
            strcmp(from->tally->outputs[edge->output].stream, input->stream) == 0)
            return glance_total(view->glance, index_of(view, from), edge->at);
    }
    return 0;
}

struct executed {
    uint64_t total;
    uint64_t window;
};

static struct executed count_executed(const struct view *view, const struct plan_input *input,
                                      const char *to)
{
    const struct glance_component *at = glance_find(view->glance, to);

    for (uint32_t i = 0; at != NULL && i < at->tally->input_count; i++) {
        const struct tally_input *known = &at->tally->inputs[i];
        if (strcmp(known->from, input->from) == 0 && strcmp(known->stream, input->stream) == 0)
            return (struct executed){
                glance_total(view->glance, index_of(view, at), known->at + TALLY_EXECUTED),
                glance_window(view->glance, index_of(view, at), known->at + TALLY_EXECUTED)};
    }
    return (struct executed){0, 0};
}

static json_t *show_edge(const struct view *view, const struct pressures *pressures, size_t index,
                         const struct plan_input *input)
{
    const struct pressure_edge *edge = &pressures->edges[index];
    const char *to = view->topology->plan->components[edge->to].name;
    uint64_t sent = count_sent(view, input, to);
    struct executed executed = count_executed(view, input, to);
    bool is_settled = view->insight->is_settled;
    json_t *shown = json_object();

    show_text(shown, "from", input->from);
    show_text(shown, "stream", input->stream);
    show_text(shown, "to", to);
    show_text(shown, "grouping", plan_grouping_name(input->by));
    show_known(shown, "sent", is_settled, sent);
    show_known(shown, "executed", is_settled, executed.total);
    show_rate(shown, "per_s", executed.window, view->glance->seconds);
    show_known(shown, "waiting", is_settled, sent > executed.total ? sent - executed.total : 0);
    show_real(shown, "blocked",
              view->insight->seconds > 0 ? pressures->components[edge->from].blocked : (double)NAN);
    show_put(shown, "back_pressure", json_boolean(edge->is_pressed));
    show_put(shown, "bottleneck", json_boolean((int)edge->to == pressures->bottleneck));
    return shown;
}

static json_t *show_edges(const struct view *view, const struct pressures *pressures)
{
    const struct plan *plan = view->topology->plan;
    json_t *list = json_array();
    size_t index = 0;

    for (uint32_t i = 0; plan != NULL && i < plan->component_count; i++)
        for (uint32_t input = 0; input < plan->components[i].input_count; input++)
            (void)json_array_append_new(
                list, show_edge(view, pressures, index++, &plan->components[i].inputs[input]));
    return list;
}

/* ---- Trees --------------------------------------------------------------------------------- */

static json_t *show_trees(const struct view *view)
{
    const struct insight *insight = view->insight;
    struct histogram latency = {.count = 0};
    struct glance_counts window = {0};
    json_t *trees = json_object();

    for (size_t i = 0; i < view->glance->count; i++) {
        const struct glance_component *component = &view->glance->components[i];
        if (!component->tally->is_spout)
            continue;
        window.emitted += component->window.emitted;
        window.acked += component->window.acked;
        window.failed += component->window.failed;
        add_past(view, component->tally->complete_ns, &latency);
    }
    show_known(trees, "completed", insight->is_settled, insight->total.acked);
    show_known(trees, "failed", insight->is_settled, insight->total.failed);
    show_known(trees, "timed_out", insight->is_settled, insight->total.timed_out);
    show_known(trees, "refused", insight->is_settled, insight->total.refused);
    show_known(trees, "open", insight->is_settled, insight->open);
    show_rate(trees, "in_per_s", window.emitted, view->glance->seconds);
    show_rate(trees, "done_per_s", window.acked, view->glance->seconds);
    show_rate(trees, "failed_per_s", window.failed, view->glance->seconds);
    show_put(trees, "latency", show_histogram(&latency));
    return trees;
}

/* ---- The whole ----------------------------------------------------------------------------- */

static json_t *show_figures(const struct view *view)
{
    const struct plan *plan = view->topology->plan;
    struct pressures *pressures = NEW(struct pressures);
    json_t *ok = json_object();

    find_pressures(view, pressures);
    tick_show(ok, view->core);
    show_text(ok, "id", view->topology->id);
    show_text(ok, "name", view->topology->state.name);
    show_text(ok, "status", topology_status_name(view->topology->state.status));
    show_number(ok, "window_s", view->glance->asked_s);
    show_number(ok, "covered_s", view->glance->seconds);
    show_put(ok, "components", show_components(view));
    show_put(ok, "edges", show_edges(view, pressures));
    show_text(ok, "bottleneck",
              pressures->bottleneck < 0 ? NULL : plan->components[pressures->bottleneck].name);
    show_put(ok, "trees", show_trees(view));
    free(pressures);
    return ok;
}

enum verdict operation_figures(struct core *core, struct request *request)
{
    const struct topology *topology = request_topology(core, request);
    struct glance_shape shapes[PLAN_COMPONENTS_MAX];
    struct control_fault fault;
    int64_t window_s;

    if (topology == NULL)
        return REQUEST_DONE;
    if (!request_window(request, &window_s, &fault))
        return request_complain(core, request, &fault);
    if (request_awaits_plan(request, topology))
        return REQUEST_WAITS;
    struct glance *glance = NEW(struct glance);
    glance_init(glance, &topology->insight.tally, &topology->insight.marks, (uint64_t)window_s,
                shapes, tick_shapes(topology, shapes));
    struct view view = {core, topology, &topology->insight, glance};
    json_t *ok = show_figures(&view);
    glance_done(glance);
    free(glance);
    return request_answer(core, request, ok);
}
