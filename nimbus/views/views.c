/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nimbus shows of topologies: the list, one with its workers and components, those that have ended,
 * errors.
 */
#include <string.h>

#include "base/mem.h"
#include "nimbus/core_parts.h"
#include "nimbus/views/show.h"

/* ---- info ---------------------------------------------------------------------------------- */

enum verdict operation_info(struct core *core, struct request *request)
{
    const struct leader_state *leader = office_leader(core->office);
    enum office_state state = office_state(core->office);
    json_t *ok = json_object();

    show_text(ok, "nimbus", core->options.id);
    show_text(ok, "version", core->options.gale);
    show_put(ok, "leader", json_boolean(state == OFFICE_ACTING));
    show_text(ok, "leader_address",
              leader == NULL || state == OFFICE_AWAY ? NULL : leader->nimbus.address);
    show_text(ok, "state", office_state_name(state));
    return request_answer(core, request, ok);
}

/* ---- topology.list ------------------------------------------------------------------------- */

static uint64_t count_executors(const struct topology *topology)
{
    uint64_t count = 0;

    for (uint32_t i = 0; topology->plan != NULL && i < topology->plan->component_count; i++)
        count += topology->plan->components[i].executors;
    return count;
}

void tick_show(json_t *ok, const struct core *core)
{
    show_number(ok, "tick", core->tick.number);
    show_number(ok, "at_ms", core->tick.at_ms);
    show_number(ok, "interval_ms", TICK_MS);
}

bool request_window(const struct request *request, int64_t *ret_window_s,
                    struct control_fault *fault)
{
    return control_number_or(request->args, "window_s", 0, PAST_DAY, INSIGHT_WINDOW_S, ret_window_s,
                             fault);
}

static json_t *show_line(const struct topology *topology)
{
    json_t *line = json_object();

    show_text(line, "id", topology->id);
    show_text(line, "name", topology->state.name);
    show_text(line, "status", topology_status_name(topology->state.status));
    show_text(line, "owner", topology->state.owner);
    show_number(line, "submitted_ms", topology->state.submitted_ms);
    show_number(line, "workers", topology->assignment.worker_count);
    show_number(line, "workers_wanted", workers_wanted(topology));
    show_number(line, "executors", count_executors(topology));
    show_number(line, "tasks", topology->plan == NULL ? 0 : topology->plan->task_count);
    show_number(line, "unplaced", topology->unplaced);
    show_text(line, "why_not", topology->why_not);
    show_known(line, "completed", topology->insight.is_settled, topology->insight.total.acked);
    show_known(line, "failed", topology->insight.is_settled, topology->insight.total.failed);
    return line;
}

enum verdict operation_list(struct core *core, struct request *request)
{
    const struct roll *all = registry_topologies(core->registry);
    json_t *ok = json_object();
    json_t *list = json_array();

    for (size_t i = 0; i < all->count; i++) {
        const struct topology *topology = all->items[i];
        if (topology->is_there)
            (void)json_array_append_new(list, show_line(topology));
    }
    show_put(ok, "topologies", list);
    tick_show(ok, core);
    return request_answer(core, request, ok);
}

/* ---- topology.status ----------------------------------------------------------------------- */

static uint64_t count_tasks(const struct topology *topology, const struct assignment_worker *worker)
{
    struct executors_component components[PLAN_COMPONENTS_MAX];
    size_t count = executors_of(topology, components);
    struct executors_range range;
    uint64_t tasks = 0;

    for (size_t e = 0; e < worker->executor_count; e++)
        if (executors_find(components, count, worker->executors[e], &range))
            tasks += range.task_count;
    return tasks;
}

static json_t *show_worker(const struct core *core, const struct topology *topology,
                           const struct assignment_worker *worker)
{
    const struct supervisor *supervisor = registry_supervisor(core->registry, worker->supervisor);
    bool is_there = supervisor != NULL && supervisor->is_there;
    const struct place *said = places_find(&topology->places, worker->supervisor, worker->slot);
    json_t *shown = json_object();

    show_text(shown, "supervisor", worker->supervisor);
    show_text(shown, "host", is_there ? supervisor->state.host : NULL);
    show_text(shown, "address", is_there ? supervisor->state.address : NULL);
    show_number(shown, "slot", worker->slot);
    show_said(shown, said != NULL && said->is_live ? said : NULL);
    show_number(shown, "executors", worker->executor_count);
    show_number(shown, "tasks", count_tasks(topology, worker));
    return shown;
}

/* Runs of tasks, [first, last], of one component in one worker. */
static json_t *list_runs(const struct topology *topology, const struct assignment_worker *worker,
                         uint32_t component)
{
    struct executors_component components[PLAN_COMPONENTS_MAX];
    size_t count = executors_of(topology, components);
    struct executors_range range;
    json_t *runs = json_array();
    uint64_t next = UINT64_MAX;

    for (size_t e = 0; e < worker->executor_count; e++) {
        if (!executors_find(components, count, worker->executors[e], &range) ||
            range.component != component)
            continue;
        json_int_t last = (json_int_t)range.first_task + range.task_count - 1;
        if (range.first_task == next)
            (void)json_array_set_new(json_array_get(runs, json_array_size(runs) - 1), 1,
                                     json_integer(last));
        else
            (void)json_array_append_new(runs,
                                        json_pack("[I, I]", (json_int_t)range.first_task, last));
        next = (uint64_t)last + 1;
    }
    return runs;
}

static json_t *show_placement(const struct topology *topology, uint32_t component)
{
    json_t *placement = json_array();

    for (size_t w = 0; w < topology->assignment.worker_count; w++) {
        const struct assignment_worker *worker = &topology->assignment.workers[w];
        json_t *runs = list_runs(topology, worker, component);
        if (json_array_size(runs) > 0)
            (void)json_array_append_new(
                placement, json_pack("{s:s, s:I, s:O}", "supervisor", worker->supervisor, "slot",
                                     (json_int_t)worker->slot, "tasks", runs));
        json_decref(runs);
    }
    return placement;
}

/* Of all time that this leader has seen; NULL: it has not seen any. */
static void put_latency(json_t *shown, const struct past *complete)
{
    struct histogram histogram = {.count = 0};

    if (complete != NULL)
        past_window(complete, complete->tick, 0, &histogram);
    bool is_known = histogram_count(&histogram) > 0;
    show_known(shown, "latency_p50_ns", is_known, histogram_quantile(&histogram, 0.5));
    show_known(shown, "latency_p99_ns", is_known, histogram_quantile(&histogram, 0.99));
    show_known(shown, "latency_p999_ns", is_known, histogram_quantile(&histogram, 0.999));
    show_known(shown, "latency_max_ns", is_known, histogram_max(&histogram));
}

static void put_figures(json_t *shown, const struct topology *topology, const char *component,
                        bool is_spout)
{
    const struct insight_component *figures = insight_find(&topology->insight, component);
    const struct tally_component *tally = tally_find(&topology->insight.tally, component);
    bool is_settled = topology->insight.is_settled;
    struct glance_counts counts = {0};

    if (figures != NULL)
        counts = figures->recent.total;
    show_counts(shown, is_settled ? &counts : NULL);
    show_known(shown, "open", is_settled, figures == NULL ? 0 : figures->recent.open);
    if (is_spout)
        put_latency(shown, tally == NULL || !is_settled ? NULL : tally->complete_ns);
}

static json_t *show_component(const struct topology *topology, uint32_t index, json_t *whys)
{
    const struct plan_component *component = &topology->plan->components[index];
    json_t *why = json_object_get(whys, component->name);
    json_t *shown = json_object();

    show_text(shown, "name", component->name);
    show_put(shown, "spout", json_boolean(component->role == PLAN_SPOUT));
    show_number(shown, "tasks", component->tasks);
    show_number(shown, "executors", component->executors);
    put_figures(shown, topology, component->name, component->role == PLAN_SPOUT);
    show_put(shown, "placement", show_placement(topology, index));
    show_put(shown, "why", why == NULL ? json_array() : json_incref(why));
    return shown;
}

static json_t *show_components(struct core *core, const struct topology *topology)
{
    json_t *components = json_array();
    json_t *whys = placing_explain(core, topology);

    for (uint32_t i = 0; topology->plan != NULL && i < topology->plan->component_count; i++)
        (void)json_array_append_new(components, show_component(topology, i, whys));
    json_decref(whys);
    return components;
}

static json_t *show_settings(const struct topology *topology)
{
    json_t *settings = json_object();

    for (size_t i = 0; i < topology->state.setting_count; i++)
        show_text(settings, topology->state.settings[i].key, topology->state.settings[i].value);
    return settings;
}

static json_t *show_status(struct core *core, const struct topology *topology, const json_t *errors)
{
    json_t *ok = show_line(topology);
    json_t *workers = json_array();

    for (size_t w = 0; w < topology->assignment.worker_count; w++)
        (void)json_array_append_new(workers,
                                    show_worker(core, topology, &topology->assignment.workers[w]));
    show_number(ok, "deadline_ms", topology->state.deadline_ms);
    show_number(ok, "version", topology->assignment.version);
    show_put(ok, "settings", show_settings(topology));
    steering_show(ok, topology);
    graph_show(ok, core, topology);
    tick_show(ok, core);
    show_put(ok, "workers", workers);
    show_put(ok, "components", show_components(core, topology));
    show_put(ok, "errors", json_deep_copy(errors));
    return ok;
}

enum verdict operation_status(struct core *core, struct request *request)
{
    const struct topology *topology = request_topology(core, request);

    if (topology == NULL)
        return REQUEST_DONE;
    const json_t *errors = errors_since(core, topology, request->since_ns);
    if (errors == NULL || request_awaits_plan(request, topology))
        return REQUEST_WAITS;
    return request_answer(core, request, show_status(core, topology, errors));
}

/* ---- topology.ended ------------------------------------------------------------------------ */

void history_keep(struct core *core, struct topology *topology, const char *status)
{
    json_t *errors = topology->errors == NULL ? json_array() : json_incref(topology->errors);
    json_t *shown;

    tick_settle(core, topology);
    shown = show_status(core, topology, errors);
    json_decref(errors);
    show_text(shown, "status", status);
    show_number(shown, "ended_ms", core->wall_ms);
    history_put(&core->history, shown, TAKE(topology->insight.chart));
}

enum verdict operation_ended(struct core *core, struct request *request)
{
    struct control_fault fault;
    const char *name;

    if (!control_text(request->args, "name", PATHS_ID_MAX, &name, &fault))
        return request_complain(core, request, &fault);
    json_t *status = history_find(&core->history, name);
    if (status == NULL)
        return request_refuse(core, request, CONTROL_NOT_FOUND,
                              "of a topology '%s' that has ended nothing is known here", name);
    return request_answer(core, request, json_incref(status));
}

/* ---- topology.ended_list ------------------------------------------------------------------- */

static void copy_member(json_t *into, const json_t *from, const char *member)
{
    show_put(into, member, json_incref(json_object_get(from, member)));
}

enum verdict operation_ended_list(struct core *core, struct request *request)
{
    json_t *ok = json_object();
    json_t *list = json_array();

    for (size_t i = 0; i < HISTORY_MAX && core->history.items[i] != NULL; i++) {
        json_t *line = json_object();
        copy_member(line, core->history.items[i], "id");
        copy_member(line, core->history.items[i], "name");
        copy_member(line, core->history.items[i], "status");
        copy_member(line, core->history.items[i], "ended_ms");
        (void)json_array_append_new(list, line);
    }
    show_put(ok, "topologies", list);
    return request_answer(core, request, ok);
}

/* ---- topology.errors ----------------------------------------------------------------------- */

enum verdict operation_errors(struct core *core, struct request *request)
{
    const struct topology *topology = request_topology(core, request);
    json_t *ok;

    if (topology == NULL)
        return REQUEST_DONE;
    const json_t *errors = errors_since(core, topology, request->since_ns);
    if (errors == NULL)
        return REQUEST_WAITS;
    ok = json_object();
    show_put(ok, "errors", json_deep_copy(errors));
    return request_answer(core, request, ok);
}
