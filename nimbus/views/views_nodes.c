/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nimbus shows of the nodes of the cluster, and what is reported of workers.
 */
#include <string.h>

#include "base/mem.h"
#include "nimbus/core_parts.h"
#include "nimbus/views/show.h"

/* The members of a report that a status shows as they are; without a report they are null. */
void show_said(json_t *object, const struct place *said)
{
    static const char *const members[] = {"incarnation", "pid",       "phase",     "uptime_ms",
                                          "restarts",    "last_exit", "rss_bytes", "cpu_ns"};
    json_t *links = said == NULL ? NULL : json_object_get(said->said, "links");

    for (size_t i = 0; i < COUNT_OF(members); i++) {
        json_t *value = said == NULL ? NULL : json_object_get(said->said, members[i]);
        show_put(object, members[i], value == NULL ? json_null() : json_incref(value));
    }
    show_put(object, "links", json_is_object(links) ? json_incref(links) : json_object());
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
        show_text(shown, "id", member->id);
        show_text(shown, "address", member->state.address);
        show_text(shown, "version", member->state.gale);
        show_put(shown, "leader",
                 json_boolean(leader != NULL && strcmp(leader->nimbus.id, member->id) == 0));
        show_number(shown, "since_ms", member->state.since_ms);
        (void)json_array_append_new(list, shown);
    }
    return list;
}

static void add_workers(const struct topology *topology, const char *supervisor, json_t *list)
{
    for (size_t i = 0; i < topology->places.count; i++) {
        const struct place *worker = &topology->places.items[i];
        if (!worker->is_live || strcmp(worker->supervisor, supervisor) != 0)
            continue;
        json_t *shown = json_object();
        show_number(shown, "slot", worker->slot);
        show_text(shown, "topology", topology->id);
        show_text(shown, "name", topology->state.name);
        show_said(shown, worker);
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
        show_number(resources, state->resources[i].name, state->resources[i].amount);
    for (size_t i = 0; i < state->label_count; i++)
        (void)json_array_append_new(labels, json_string(state->labels[i]));
    for (size_t i = 0; i < topologies->count; i++)
        add_workers(topologies->items[i], supervisor->id, workers);
    show_text(shown, "id", supervisor->id);
    show_text(shown, "host", state->host);
    show_text(shown, "address", state->address);
    show_text(shown, "version", state->gale);
    show_number(shown, "cores", state->cores);
    show_number(shown, "slots", state->slots);
    show_number(shown, "used", count_used(core, supervisor->id));
    show_number(shown, "since_ms", state->since_ms);
    show_put(shown, "healthy", json_boolean(supervisor->is_healthy));
    show_text(shown, "health_text", supervisor->health_text);
    show_put(shown, "resources", resources);
    show_put(shown, "labels", labels);
    show_put(shown, "workers", workers);
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
    show_put(ok, "nimbuses", show_members(core));
    show_put(ok, "supervisors", list);
    return request_answer(core, request, ok);
}
