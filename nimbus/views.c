/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nimbus shows: topologies, their workers and components, the nodes of the cluster.
 */
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "nimbus/core_parts.h"
#include "nimbus/executors.h"

static void put(json_t *object, const char *member, json_t *value)
{
    int status = json_object_set_new(object, member, value);

    ASSERT(status == 0);
}

static void put_number(json_t *object, const char *member, uint64_t number)
{
    put(object, member, json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number));
}

static void put_text(json_t *object, const char *member, const char *text)
{
    json_t *value = text == NULL ? NULL : json_string(text);

    put(object, member, value == NULL ? json_null() : value);
}

/* ---- info ---------------------------------------------------------------------------------- */

enum verdict operation_info(struct core *core, struct request *request)
{
    const struct leader_state *leader = office_leader(core->office);
    enum office_state state = office_state(core->office);
    json_t *ok = json_object();

    put_text(ok, "nimbus", core->options.id);
    put_text(ok, "version", core->options.gale);
    put(ok, "leader", json_boolean(state == OFFICE_ACTING));
    put_text(ok, "leader_address",
             leader == NULL || state == OFFICE_AWAY ? NULL : leader->nimbus.address);
    put_text(ok, "state", office_state_name(state));
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

static void put_totals(json_t *object, const struct topology *topology)
{
    uint64_t completed = 0;
    uint64_t failed = 0;

    for (uint32_t i = 0; topology->plan != NULL && i < topology->plan->component_count; i++) {
        const struct plan_component *component = &topology->plan->components[i];
        if (component->role != PLAN_SPOUT)
            continue;
        struct figures_component sum = figures_sum(&topology->figures, component->name);
        completed += sum.counts.acked;
        failed += sum.counts.failed;
    }
    put_number(object, "completed", completed);
    put_number(object, "failed", failed);
}

static json_t *show_line(const struct topology *topology)
{
    json_t *line = json_object();

    put_text(line, "id", topology->id);
    put_text(line, "name", topology->state.name);
    put_text(line, "status", topology_status_name(topology->state.status));
    put_text(line, "owner", topology->state.owner);
    put_number(line, "submitted_ms", topology->state.submitted_ms);
    put_number(line, "workers", topology->assignment.worker_count);
    put_number(line, "workers_wanted", workers_wanted(topology));
    put_number(line, "executors", count_executors(topology));
    put_number(line, "tasks", topology->plan == NULL ? 0 : topology->plan->task_count);
    put_number(line, "unplaced", topology->unplaced);
    put_text(line, "why_not", topology->why_not);
    put_totals(line, topology);
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
    put(ok, "topologies", list);
    return request_answer(core, request, ok);
}

/* ---- topology.status ----------------------------------------------------------------------- */

/* The members of a report that a status shows as they are; without a report they are null. */
static void put_said(json_t *object, const struct figures_worker *said)
{
    static const char *const members[] = {"incarnation", "pid",       "phase",     "uptime_ms",
                                          "restarts",    "last_exit", "rss_bytes", "cpu_ns"};
    json_t *links = said == NULL ? NULL : json_object_get(said->said, "links");

    for (size_t i = 0; i < COUNT_OF(members); i++) {
        json_t *value = said == NULL ? NULL : json_object_get(said->said, members[i]);
        put(object, members[i], value == NULL ? json_null() : json_incref(value));
    }
    put(object, "links", json_is_object(links) ? json_incref(links) : json_object());
}

static size_t list_components(const struct topology *topology,
                              struct executors_component ret[PLAN_COMPONENTS_MAX])
{
    const struct assignment_state *assignment = &topology->assignment;

    if (topology->plan == NULL || assignment->component_count != topology->plan->component_count)
        return 0;
    for (size_t i = 0; i < assignment->component_count; i++) {
        uint32_t tasks = topology->plan->components[i].tasks;
        if (assignment->executors[i] == 0 || assignment->executors[i] > tasks)
            return 0;
        ret[i] = (struct executors_component){tasks, assignment->executors[i]};
    }
    return assignment->component_count;
}

static uint64_t count_tasks(const struct topology *topology, const struct assignment_worker *worker)
{
    struct executors_component components[PLAN_COMPONENTS_MAX];
    size_t count = list_components(topology, components);
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
    const struct figures_worker *said =
        figures_find(&topology->figures, worker->supervisor, worker->slot);
    json_t *shown = json_object();

    put_text(shown, "supervisor", worker->supervisor);
    put_text(shown, "host", is_there ? supervisor->state.host : NULL);
    put_text(shown, "address", is_there ? supervisor->state.address : NULL);
    put_number(shown, "slot", worker->slot);
    put_said(shown, said != NULL && said->is_live ? said : NULL);
    put_number(shown, "executors", worker->executor_count);
    put_number(shown, "tasks", count_tasks(topology, worker));
    return shown;
}

/* Runs of tasks, [first, last], of one component in one worker. */
static json_t *list_runs(const struct topology *topology, const struct assignment_worker *worker,
                         uint32_t component)
{
    struct executors_component components[PLAN_COMPONENTS_MAX];
    size_t count = list_components(topology, components);
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

static void put_counts(json_t *shown, const struct figures_component *sum, bool is_spout)
{
    put_number(shown, "emitted", sum->counts.emitted);
    put_number(shown, "sent", sum->counts.sent);
    put_number(shown, "executed", sum->counts.executed);
    put_number(shown, "acked", sum->counts.acked);
    put_number(shown, "failed", sum->counts.failed);
    put_number(shown, "timed_out", sum->counts.timed_out);
    put_number(shown, "refused", sum->counts.refused);
    put_number(shown, "open", sum->open);
    if (!is_spout)
        return;
    put_number(shown, "latency_p50_ns", sum->latency_p50_ns);
    put_number(shown, "latency_p99_ns", sum->latency_p99_ns);
    put_number(shown, "latency_p999_ns", sum->latency_p999_ns);
    put_number(shown, "latency_max_ns", sum->latency_max_ns);
}

static json_t *show_component(const struct topology *topology, uint32_t index, json_t *whys)
{
    const struct plan_component *component = &topology->plan->components[index];
    struct figures_component sum = figures_sum(&topology->figures, component->name);
    json_t *why = json_object_get(whys, component->name);
    json_t *shown = json_object();

    put_text(shown, "name", component->name);
    put(shown, "spout", json_boolean(component->role == PLAN_SPOUT));
    put_number(shown, "tasks", component->tasks);
    put_number(shown, "executors", component->executors);
    put_counts(shown, &sum, component->role == PLAN_SPOUT);
    put(shown, "placement", show_placement(topology, index));
    put(shown, "why", why == NULL ? json_array() : json_incref(why));
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
        put_text(settings, topology->state.settings[i].key, topology->state.settings[i].value);
    return settings;
}

static json_t *show_status(struct core *core, const struct topology *topology, const json_t *errors)
{
    json_t *ok = show_line(topology);
    json_t *workers = json_array();

    for (size_t w = 0; w < topology->assignment.worker_count; w++)
        (void)json_array_append_new(workers,
                                    show_worker(core, topology, &topology->assignment.workers[w]));
    put_number(ok, "deadline_ms", topology->state.deadline_ms);
    put_number(ok, "version", topology->assignment.version);
    put(ok, "settings", show_settings(topology));
    put(ok, "workers", workers);
    put(ok, "components", show_components(core, topology));
    put(ok, "errors", json_deep_copy(errors));
    return ok;
}

enum verdict operation_status(struct core *core, struct request *request)
{
    const struct topology *topology = request_topology(core, request);

    if (topology == NULL)
        return REQUEST_DONE;
    const json_t *errors = errors_since(core, topology, request->since_ns);
    if (errors == NULL)
        return REQUEST_WAITS;
    return request_answer(core, request, show_status(core, topology, errors));
}

/* ---- topology.ended ------------------------------------------------------------------------ */

void history_keep(struct core *core, const struct topology *topology, const char *status)
{
    json_t *errors = topology->errors == NULL ? json_array() : json_incref(topology->errors);
    json_t *shown = show_status(core, topology, errors);

    json_decref(errors);
    put_text(shown, "status", status);
    put_number(shown, "ended_ms", core->wall_ms);
    history_put(&core->history, shown);
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
    put(ok, "errors", json_deep_copy(errors));
    return request_answer(core, request, ok);
}

/* ---- cluster.nodes ------------------------------------------------------------------------- */

static json_t *show_members(const struct core *core)
{
    const struct roll *members = registry_members(core->registry);
    const struct leader_state *leader = office_leader(core->office);
    json_t *list = json_array();

    for (size_t i = 0; i < members->count; i++) {
        const struct member *member = members->items[i];
        json_t *shown = json_object();
        put_text(shown, "id", member->id);
        put_text(shown, "address", member->state.address);
        put_text(shown, "version", member->state.gale);
        put(shown, "leader",
            json_boolean(leader != NULL && strcmp(leader->nimbus.id, member->id) == 0));
        put_number(shown, "since_ms", member->state.since_ms);
        (void)json_array_append_new(list, shown);
    }
    return list;
}

static void add_workers(const struct topology *topology, const char *supervisor, json_t *list)
{
    for (size_t i = 0; i < topology->figures.worker_count; i++) {
        const struct figures_worker *worker = &topology->figures.workers[i];
        if (!worker->is_live || strcmp(worker->supervisor, supervisor) != 0)
            continue;
        json_t *shown = json_object();
        put_number(shown, "slot", worker->slot);
        put_text(shown, "topology", topology->id);
        put_text(shown, "name", topology->state.name);
        put_said(shown, worker);
        (void)json_array_append_new(list, shown);
    }
}

static uint64_t count_used(const struct core *core, const char *supervisor)
{
    const struct roll *topologies = registry_topologies(core->registry);
    uint64_t used = 0;

    for (size_t i = 0; i < topologies->count; i++) {
        const struct topology *topology = topologies->items[i];
        for (size_t w = 0; w < topology->assignment.worker_count; w++)
            used += strcmp(topology->assignment.workers[w].supervisor, supervisor) == 0;
    }
    return used;
}

static json_t *show_supervisor(const struct core *core, const struct supervisor *supervisor)
{
    const struct roll *topologies = registry_topologies(core->registry);
    const struct supervisor_state *state = &supervisor->state;
    json_t *shown = json_object();
    json_t *resources = json_object();
    json_t *labels = json_array();
    json_t *workers = json_array();

    for (size_t i = 0; i < state->resource_count; i++)
        put_number(resources, state->resources[i].name, state->resources[i].amount);
    for (size_t i = 0; i < state->label_count; i++)
        (void)json_array_append_new(labels, json_string(state->labels[i]));
    for (size_t i = 0; i < topologies->count; i++)
        add_workers(topologies->items[i], supervisor->id, workers);
    put_text(shown, "id", supervisor->id);
    put_text(shown, "host", state->host);
    put_text(shown, "address", state->address);
    put_text(shown, "version", state->gale);
    put_number(shown, "cores", state->cores);
    put_number(shown, "slots", state->slots);
    put_number(shown, "used", count_used(core, supervisor->id));
    put_number(shown, "since_ms", state->since_ms);
    put(shown, "healthy", json_boolean(supervisor->is_healthy));
    put_text(shown, "health_text", supervisor->health_text);
    put(shown, "resources", resources);
    put(shown, "labels", labels);
    put(shown, "workers", workers);
    return shown;
}

enum verdict operation_nodes(struct core *core, struct request *request)
{
    const struct roll *supervisors = registry_supervisors(core->registry);
    json_t *ok = json_object();
    json_t *list = json_array();

    for (size_t i = 0; i < supervisors->count; i++) {
        const struct supervisor *supervisor = supervisors->items[i];
        if (supervisor->is_there)
            (void)json_array_append_new(list, show_supervisor(core, supervisor));
    }
    put(ok, "nimbuses", show_members(core));
    put(ok, "supervisors", list);
    return request_answer(core, request, ok);
}
