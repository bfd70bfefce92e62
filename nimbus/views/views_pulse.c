/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pulse: the whole cluster at a glance, of the tick.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "nimbus/core_parts.h"
#include "nimbus/views/show.h"

/* ---- Topologies ---------------------------------------------------------------------------- */

static uint64_t count_restarts(const struct topology *topology)
{
    uint64_t restarts = 0;

    for (size_t w = 0; w < topology->assignment.worker_count; w++) {
        const struct assignment_worker *worker = &topology->assignment.workers[w];
        const struct place *place =
            places_find(&topology->places, worker->supervisor, worker->slot);
        json_int_t said = place == NULL || !place->is_live
                              ? 0
                              : json_integer_value(json_object_get(place->said, "restarts"));
        restarts += said > 0 ? (uint64_t)said : 0;
    }
    return restarts;
}

static uint64_t count_executors(const struct topology *topology)
{
    struct glance_shape shapes[PLAN_COMPONENTS_MAX];
    size_t count = tick_shapes(topology, shapes);
    uint64_t executors = 0;

    for (size_t i = 0; i < count; i++)
        executors += shapes[i].executors;
    return executors;
}

static double most_blocked(const struct insight *insight)
{
    double most = 0;

    for (size_t i = 0; i < insight->count; i++)
        if (insight->components[i].recent.blocked > most)
            most = insight->components[i].recent.blocked;
    return most;
}

static void put_figures(json_t *shown, const struct insight *insight)
{
    const struct insight_latency *latency = &insight->latency;
    bool is_known = insight->seconds > 0 && insight->count > 0;

    show_known(shown, "emitted", insight->is_settled, insight->total.emitted);
    show_known(shown, "completed", insight->is_settled, insight->total.acked);
    show_known(shown, "failed", insight->is_settled, insight->total.failed);
    show_rate(shown, "in_per_s", insight->recent.emitted, insight->seconds);
    show_rate(shown, "out_per_s", insight->recent.executed, insight->seconds);
    show_rate(shown, "done_per_s", insight->recent.acked, insight->seconds);
    show_rate(shown, "failed_per_s", insight->recent.failed, insight->seconds);
    show_known(shown, "latency_p50_ns", latency->is_known, latency->p50_ns);
    show_known(shown, "latency_p99_ns", latency->is_known, latency->p99_ns);
    show_real(shown, "capacity", is_known ? insight->capacity : (double)NAN);
    show_real(shown, "back_pressure", is_known ? most_blocked(insight) : (double)NAN);
    show_known(shown, "lag", insight->is_settled && insight->has_lag, insight->lag);
}

static json_t *show_topology(const struct core *core, const struct topology *topology)
{
    json_t *shown = json_object();

    show_text(shown, "id", topology->id);
    show_text(shown, "name", topology->state.name);
    show_text(shown, "status", topology_status_name(topology->state.status));
    show_text(shown, "owner", topology->state.owner);
    show_number(shown, "submitted_ms", topology->state.submitted_ms);
    show_text(shown, "health", verdict_severity_name(topology->insight.health));
    show_number(shown, "workers", topology->assignment.worker_count);
    show_number(shown, "workers_wanted", workers_wanted(topology));
    show_number(shown, "executors", count_executors(topology));
    show_number(shown, "tasks", topology->plan == NULL ? 0 : topology->plan->task_count);
    show_known(shown, "restarts", topology->insight.is_settled, count_restarts(topology));
    show_known(shown, "restarts_hour", topology->insight.is_settled,
               watch_restarts_hour(&topology->insight.watch, core->now_ns));
    put_figures(shown, &topology->insight);
    return shown;
}

/* ---- Problems ------------------------------------------------------------------------------ */

static json_t *show_problem(const struct verdict_problem *problem)
{
    json_t *shown = json_object();

    show_text(shown, "severity", verdict_severity_name(problem->severity));
    show_text(shown, "kind", verdict_kind_name(problem->kind));
    show_text(shown, "text", problem->text);
    show_text(shown, "remedy", problem->remedy);
    show_text(shown, "topology", problem->topology);
    show_text(shown, "component", problem->component);
    show_text(shown, "supervisor", problem->supervisor);
    show_known(shown, "slot", problem->has_slot, problem->slot);
    show_number(shown, "since_ms", problem->since_ms);
    return shown;
}

static void put_problems(json_t *ok, const struct verdict_report *verdict)
{
    json_t *problems = json_array();

    for (size_t i = 0; i < verdict->count; i++)
        (void)json_array_append_new(problems, show_problem(&verdict->problems[i]));
    show_text(ok, "verdict", verdict_severity_name(verdict->severity));
    show_put(ok, "problems", problems);
    show_number(ok, "problems_total", verdict->total);
}

/* ---- The cluster --------------------------------------------------------------------------- */

static json_t *show_nimbus(const struct core *core)
{
    json_t *nimbus = json_object();

    show_text(nimbus, "id", core->options.id);
    show_text(nimbus, "address", core->options.address);
    show_text(nimbus, "version", core->options.gale);
    show_number(nimbus, "since_ms", core->options.since_ms);
    return nimbus;
}

static json_t *show_nodes(const struct core *core)
{
    const struct roll *supervisors = registry_supervisors(core->registry);
    uint64_t there = 0;
    uint64_t unhealthy = 0;
    uint64_t slots = 0;
    uint64_t used = 0;
    json_t *nodes = json_object();

    for (size_t i = 0; i < supervisors->count; i++) {
        const struct supervisor *supervisor = supervisors->items[i];
        if (!supervisor->is_there)
            continue;
        there++;
        unhealthy += supervisor->has_reported && !supervisor->is_healthy;
        slots += supervisor->state.slots;
    }
    for (size_t i = 0; i < core->tick.node_count; i++)
        used += core->tick.nodes[i].is_there ? core->tick.nodes[i].used : 0;
    show_number(nodes, "nimbuses", registry_members(core->registry)->count);
    show_number(nodes, "supervisors", there);
    show_number(nodes, "unhealthy", unhealthy);
    show_number(nodes, "slots", slots);
    show_number(nodes, "used", used);
    return nodes;
}

struct sums {
    size_t topologies;
    size_t workers;
    bool is_unknown;         /* that of one of them is not known */
    double in, done, failed; /* per second */
};

static void add(struct sums *sums, const struct topology *topology)
{
    const struct insight *insight = &topology->insight;
    double seconds = (double)insight->seconds;

    sums->topologies++;
    sums->workers += topology->assignment.worker_count;
    if (insight->seconds == 0) {
        sums->is_unknown = sums->is_unknown || insight->is_inherited;
        return; /* one that is new and has not said anything has done nothing */
    }
    sums->in += (double)insight->recent.emitted / seconds;
    sums->done += (double)insight->recent.acked / seconds;
    sums->failed += (double)insight->recent.failed / seconds;
}

static void put_sums(json_t *ok, const struct core *core, const struct sums *sums)
{
    const struct verdict_report *verdict = &core->tick.verdict;
    json_t *totals = json_object();
    char how[64] = "all well";
    char text[256];

    if (verdict->total > 0)
        (void)snprintf(how, sizeof how, "%zu problem%s", verdict->total,
                       verdict->total == 1 ? "" : "s");
    (void)snprintf(text, sizeof text, "%zu topolog%s, %zu worker%s, %s", sums->topologies,
                   sums->topologies == 1 ? "y" : "ies", sums->workers,
                   sums->workers == 1 ? "" : "s", how);
    show_text(ok, "text", text);
    show_real(totals, "in_per_s", sums->is_unknown ? (double)NAN : sums->in);
    show_real(totals, "done_per_s", sums->is_unknown ? (double)NAN : sums->done);
    show_real(totals, "failed_per_s", sums->is_unknown ? (double)NAN : sums->failed);
    show_put(ok, "totals", totals);
}

enum verdict operation_pulse(struct core *core, struct request *request)
{
    const struct roll *topologies = registry_topologies(core->registry);
    struct sums sums = {.topologies = 0};
    json_t *ok = json_object();
    json_t *list = json_array();

    for (size_t i = 0; i < topologies->count; i++) {
        const struct topology *topology = topologies->items[i];
        if (!topology->is_there)
            continue;
        (void)json_array_append_new(list, show_topology(core, topology));
        add(&sums, topology);
    }
    tick_show(ok, core);
    show_put(ok, "nimbus", show_nimbus(core));
    put_problems(ok, &core->tick.verdict);
    put_sums(ok, core, &sums);
    show_put(ok, "nodes", show_nodes(core));
    show_put(ok, "topologies", list);
    return request_answer(core, request, ok);
}
