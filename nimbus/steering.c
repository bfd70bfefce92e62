/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changes a topology while it runs: the level of its log, tuples in its log, a worker's restart. Level and
 * debug stand in the topology's record, which its workers follow; a restart is an order that rides on
 * the answer to the report of the worker's supervisor.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "nimbus/core_parts.h"

enum {
    FOR_MAX_MS = 7 * 24 * 3600 * 1000,
    SLOTS_MAX = 1024,
};

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static json_t *number_json(uint64_t number)
{
    return json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number);
}

/* One that can be changed, or what is to be done instead. NULL: *ret_verdict. */
static struct topology *find_topology(struct core *core, struct request *request,
                                      enum verdict *ret_verdict)
{
    struct topology *topology = request_topology(core, request);

    *ret_verdict = REQUEST_DONE;
    if (topology == NULL)
        return NULL;
    if (topology->write.kind != WRITE_NONE || !topology->is_there) {
        *ret_verdict = REQUEST_WAITS;
        return NULL;
    }
    if (topology->state.status != TOPOLOGY_KILLED)
        return topology;
    (void)request_refuse(core, request, CONTROL_CONFLICT, "topology '%s' is being killed",
                         topology->state.name);
    return NULL;
}

/* ---- The level of the log ------------------------------------------------------------------ */

static struct events_item *describe_level(const struct topology_state *state,
                                          const struct request *request, uint64_t for_ms)
{
    const char *level = topology_log_name(state->log_level);
    struct events_note note = {.kind = EVENTS_LOG_LEVEL,
                               .topology = state->name,
                               .slot = EVENTS_NO_SLOT,
                               .actor = chronicle_actor(request)};

    note.args = json_pack("{s:o, s:o}", "level", text_or_null(level), "until_ms",
                          number_json(state->log_until_ms));
    if (level == NULL)
        return events_compose(note, "the log level of %s is as its settings say%s", state->name,
                              request == NULL ? ": its time was over" : "");
    if (for_ms == 0)
        return events_compose(note, "the log level of %s is %s", state->name, level);
    return events_compose(note, "the log level of %s is %s for %" PRIu64 " s", state->name, level,
                          (for_ms + 999) / 1000);
}

static json_t *level_answer(const struct topology_state *state)
{
    return json_pack("{s:s, s:o, s:o}", "id", state->id, "level",
                     text_or_null(topology_log_name(state->log_level)), "until_ms",
                     number_json(state->log_until_ms));
}

static bool read_level(const json_t *args, enum topology_log *ret_level, uint64_t *ret_for_ms,
                       struct control_fault *fault)
{
    const char *level;
    int64_t for_ms;

    if (!control_text_or(args, "level", CONTROL_OP_MAX, "", &level, fault) ||
        !control_number_or(args, "for_ms", 0, FOR_MAX_MS, 0, &for_ms, fault))
        return false;
    *ret_level = TOPOLOGY_LOG_UNSET;
    if (level[0] != '\0' && !topology_log_find(level, ret_level))
        return control_refuse(fault, CONTROL_INVALID,
                              "'level' must be debug, info, warn or error, or null for that of the "
                              "settings");
    *ret_for_ms = *ret_level == TOPOLOGY_LOG_UNSET ? 0 : (uint64_t)for_ms;
    return true;
}

static void set_level(struct core *core, struct topology *topology, enum topology_log level,
                      uint64_t for_ms, const struct request *request)
{
    struct topology_state copy = topology_state_copy(&topology->state);
    struct asker asker = request == NULL ? (struct asker){0} : request->asker;

    copy.log_level = level;
    copy.log_until_ms = for_ms == 0 ? 0 : core->wall_ms + for_ms;
    write_set(core, topology, &copy, asker, level_answer(&copy));
    write_note(topology, describe_level(&copy, request, for_ms));
    topology_state_done(&copy);
}

enum verdict operation_log_level(struct core *core, struct request *request)
{
    enum verdict verdict;
    enum topology_log level = TOPOLOGY_LOG_UNSET;
    uint64_t for_ms = 0;
    struct control_fault fault;
    struct topology *topology = find_topology(core, request, &verdict);

    if (topology == NULL)
        return verdict;
    if (!read_level(request->args, &level, &for_ms, &fault))
        return request_complain(core, request, &fault);
    const struct topology_state *state = &topology->state;
    if (state->log_level == level && state->log_until_ms == 0 && for_ms == 0)
        return request_answer(core, request, level_answer(state));
    set_level(core, topology, level, for_ms, request);
    return REQUEST_DONE;
}

/* ---- Tuples in the log --------------------------------------------------------------------- */

static struct events_item *describe_debug(const struct topology_state *state,
                                          const struct request *request, const char *component,
                                          uint32_t percent)
{
    struct events_note note = {.kind = EVENTS_DEBUG,
                               .topology = state->name,
                               .component = component,
                               .slot = EVENTS_NO_SLOT,
                               .actor = chronicle_actor(request)};
    const char *what = component == NULL ? "all components" : component;

    note.args = json_pack("{s:I}", "percent", (json_int_t)percent);
    if (percent == 0)
        return events_compose(note, "tuples of %s of %s are not logged any more", what,
                              state->name);
    return events_compose(note, "%" PRIu32 " %% of the tuples of %s of %s are logged", percent,
                          what, state->name);
}

static json_t *debug_answer(const struct topology_state *state, const char *component,
                            uint32_t percent)
{
    return json_pack("{s:s, s:o, s:I}", "id", state->id, "component", text_or_null(component),
                     "percent", (json_int_t)percent);
}

static enum verdict set_debug(struct core *core, struct topology *topology,
                              const struct request *request, const char *component,
                              uint32_t percent)
{
    struct topology_state copy = topology_state_copy(&topology->state);
    enum err err = topology_debug_set(&copy, component, percent);
    json_t *answer = debug_answer(&copy, component, percent);

    if (err == ERR_OK) {
        write_set(core, topology, &copy, request->asker, answer);
        write_note(topology, describe_debug(&copy, request, component, percent));
    } else {
        json_decref(answer);
        (void)request_refuse(core, request, CONTROL_LIMIT, "at most %d components can be logged",
                             TOPOLOGY_STATE_DEBUG_MAX);
    }
    topology_state_done(&copy);
    return REQUEST_DONE;
}

enum verdict operation_debug(struct core *core, struct request *request)
{
    enum verdict verdict;
    const char *component;
    int64_t percent;
    struct control_fault fault;
    struct topology *topology = find_topology(core, request, &verdict);

    if (topology == NULL)
        return verdict;
    if (!control_text_or(request->args, "component", PATHS_ID_MAX, "", &component, &fault) ||
        !control_number(request->args, "percent", 0, 100, &percent, &fault))
        return request_complain(core, request, &fault);
    component = component[0] == '\0' ? NULL : component;
    if (component != NULL && topology->plan == NULL && topology->plan_fault == NULL)
        return REQUEST_WAITS;
    if (component != NULL && topology->plan != NULL && plan_find(topology->plan, component) < 0)
        return request_refuse(core, request, CONTROL_NOT_FOUND,
                              "topology '%s' has no component '%s'", topology->state.name,
                              component);
    return set_debug(core, topology, request, component, (uint32_t)percent);
}

/* ---- Restarts ------------------------------------------------------------------------------ */

static struct events_item *describe_restart(const struct topology *topology,
                                            const struct restart *restart,
                                            const struct request *request)
{
    struct events_note note = {.kind = EVENTS_RESTART_ASKED,
                               .topology = topology->state.name,
                               .supervisor = restart->supervisor,
                               .slot = restart->slot,
                               .actor = chronicle_actor(request)};

    note.args = json_pack("{s:I}", "incarnation", (json_int_t)restart->incarnation);
    return events_compose(note, "worker %s:%" PRIu32 " of %s is to be started again",
                          restart->supervisor, restart->slot, topology->state.name);
}

static enum verdict ask_restart(struct core *core, struct request *request,
                                const struct topology *topology, const struct witness_place *worker)
{
    struct restart restart = {
        .slot = worker->slot, .incarnation = worker->incarnation, .since_ns = core->now_ns};

    (void)snprintf(restart.topology, sizeof restart.topology, "%s", topology->id);
    (void)snprintf(restart.supervisor, sizeof restart.supervisor, "%s", worker->supervisor);
    restarts_expire(&core->restarts, core->now_ns);
    if (!restarts_put(&core->restarts, &restart))
        return request_refuse(core, request, CONTROL_UNAVAILABLE,
                              "%d restarts wait for their supervisors; try again later",
                              RESTARTS_MAX);
    events_put(&core->events, describe_restart(topology, &restart, request), core->wall_ms);
    return request_answer(core, request,
                          json_pack("{s:s, s:I}", "id", topology->id, "incarnation",
                                    (json_int_t)restart.incarnation));
}

enum verdict operation_restart(struct core *core, struct request *request)
{
    enum verdict verdict;
    const char *supervisor;
    int64_t slot;
    struct control_fault fault;
    struct topology *topology = find_topology(core, request, &verdict);

    if (topology == NULL)
        return verdict;
    if (!control_text(request->args, "supervisor", PATHS_ID_MAX, &supervisor, &fault) ||
        !control_number(request->args, "slot", 0, SLOTS_MAX - 1, &slot, &fault))
        return request_complain(core, request, &fault);
    if (!topology_has_worker(topology, supervisor, (uint32_t)slot))
        return request_refuse(core, request, CONTROL_NOT_FOUND,
                              "topology '%s' has no worker %s:%" PRId64, topology->state.name,
                              supervisor, slot);
    const struct witness_place *worker =
        witness_find(&topology->witness, supervisor, (uint32_t)slot);
    if (worker == NULL || (!worker->has_process && !worker->has_failed))
        return request_refuse(core, request, CONTROL_UNAVAILABLE,
                              "worker %s:%" PRId64 " of '%s' has no process at present, or its "
                              "supervisor has not said so yet",
                              supervisor, slot, topology->state.name);
    return ask_restart(core, request, topology, worker);
}

/* Whether it is still to be done. */
static bool is_open(const struct core *core, const struct restart *restart)
{
    const struct topology *topology = registry_find(core->registry, restart->topology);
    const struct witness_place *worker =
        topology == NULL ? NULL
                         : witness_find(&topology->witness, restart->supervisor, restart->slot);

    return worker != NULL && worker->incarnation == restart->incarnation;
}

json_t *steering_orders(struct core *core, const char *supervisor)
{
    json_t *orders = json_array();
    size_t index = 0;

    restarts_expire(&core->restarts, core->now_ns);
    while (index < core->restarts.count) {
        const struct restart *restart = &core->restarts.items[index];
        if (strcmp(restart->supervisor, supervisor) != 0) {
            index++;
        } else if (is_open(core, restart)) {
            (void)json_array_append_new(orders,
                                        json_pack("{s:s, s:I, s:I}", "topology", restart->topology,
                                                  "slot", (json_int_t)restart->slot, "incarnation",
                                                  (json_int_t)restart->incarnation));
            index++;
        } else {
            restarts_drop(&core->restarts, index);
        }
    }
    return json_pack("{s:o}", "restart", orders);
}

/* ---- Views and turns ----------------------------------------------------------------------- */

static json_t *show_debug(const struct topology_state *state)
{
    json_t *list = json_array();

    for (size_t i = 0; i < state->debug_count; i++) {
        const struct topology_debug *debug = &state->debug[i];
        json_t *component = text_or_null(debug->component[0] == '\0' ? NULL : debug->component);
        (void)json_array_append_new(list, json_pack("{s:o, s:I}", "component", component, "percent",
                                                    (json_int_t)debug->percent));
    }
    return list;
}

void steering_show(json_t *ok, const struct topology *topology)
{
    const struct topology_state *state = &topology->state;
    json_t *level = state->log_level == TOPOLOGY_LOG_UNSET
                        ? json_null()
                        : json_pack("{s:s, s:o}", "level", topology_log_name(state->log_level),
                                    "until_ms", number_json(state->log_until_ms));

    (void)json_object_set_new(ok, "log_level", level);
    (void)json_object_set_new(ok, "debug", show_debug(state));
}

static bool is_over(const struct core *core, const struct topology *topology)
{
    const struct topology_state *state = &topology->state;

    return topology->is_there && topology->write.kind == WRITE_NONE && !topology->is_removing &&
           state->log_level != TOPOLOGY_LOG_UNSET && state->log_until_ms != 0 &&
           core->wall_ms >= state->log_until_ms;
}

void steering_turn(struct core *core)
{
    const struct roll *topologies = registry_topologies(core->registry);

    for (size_t i = 0; i < topologies->count; i++)
        if (is_over(core, topologies->items[i]))
            set_level(core, topologies->items[i], TOPOLOGY_LOG_UNSET, 0, NULL);
}
