/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done to a topology that is there: by request (kill, activate, deactivate, rebalance), and by
 * itself (drained, its deadline, its end). nimbus/lifecycle.h decides; here it is written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "nimbus/core_parts.h"
#include "wire/config_schema.h"

/* That a topology has ended is found by all its workers together, and each says it. One that was killed
 * before it could, or whose supervisor did not hear it, says it never: after this time its word is not
 * waited for. Shorter than what a worker that was started again waits for the others, which are gone. */
#define LAST_WORDS_NS (UINT64_C(5) * 1000 * 1000 * 1000)

enum {
    WAIT_MAX_MS = 24 * 3600 * 1000,
    WORKERS_MAX = 4096,
    NUMBER_MAX = 16, /* bytes of a number's text */
};

json_t *status_answer(const char *id, enum topology_status status)
{
    json_t *ok = json_object();

    (void)json_object_set_new(ok, "id", json_string(id));
    (void)json_object_set_new(ok, "status", json_string(topology_status_name(status)));
    return ok;
}

/* The message timeout, which is the default of all waits. */
static uint64_t default_wait_ms(const struct topology *topology)
{
    return topology->config == NULL ? 30000 : topology->config->timeout_ms;
}

static bool read_wait(const struct request *request, const struct topology *topology,
                      uint64_t *ret_ms, struct control_fault *fault)
{
    int64_t wait_ms;

    if (!control_number_or(request->args, "wait_ms", 0, WAIT_MAX_MS,
                           (int64_t)default_wait_ms(topology), &wait_ms, fault))
        return false;
    *ret_ms = (uint64_t)wait_ms;
    return true;
}

/* ---- One event of the life of a topology ---------------------------------------------------- */

static void tell(struct core *core, const struct topology *topology, enum lifecycle_event event,
                 enum topology_status status)
{
    static const char *const names[LIFECYCLE_EVENT_COUNT] = {
        [LIFECYCLE_ACTIVATE] = "activate", [LIFECYCLE_DEACTIVATE] = "deactivate",
        [LIFECYCLE_KILL] = "kill",         [LIFECYCLE_REBALANCE] = "rebalance",
        [LIFECYCLE_DRAINED] = "drained",   [LIFECYCLE_DEADLINE] = "deadline",
        [LIFECYCLE_ENDED] = "ended",
    };
    const char *name = names[event] == NULL ? "submit" : names[event];

    effects_log(core->effects, EFFECT_INFO, "topology.status", "topology=%s status=%s after=%s",
                topology->id, topology_status_name(status), name);
}

/* Applies what lifecycle_step() has said to a copy, and writes it. */
static void change(struct core *core, struct topology *topology, struct topology_state *copy,
                   const struct lifecycle_change *change, struct asker asker, json_t *answer)
{
    lifecycle_apply(copy, change);
    write_set(core, topology, copy, asker, answer);
}

static enum verdict follow(struct core *core, struct request *request,
                           const struct lifecycle_request *life, struct topology *topology)
{
    struct lifecycle_change next;
    struct error error;
    enum err err = lifecycle_step(&topology->state, life, &next, &error);

    if (err != ERR_OK)
        return request_refuse(core, request, code_of(err), "%s", error.text);
    json_t *answer = status_answer(topology->id, next.status);
    if (!next.is_changed)
        return request_answer(core, request, answer);
    struct topology_state copy = topology_state_copy(&topology->state);
    tell(core, topology, life->event, next.status);
    change(core, topology, &copy, &next, request->asker, answer);
    write_note(topology, chronicle_of_change(core, topology, life->event, &next, request));
    topology_state_done(&copy);
    return REQUEST_DONE;
}

static enum verdict run_event(struct core *core, struct request *request,
                              enum lifecycle_event event)
{
    struct topology *topology = request_topology(core, request);
    struct lifecycle_request life = {.event = event, .now_ms = core->wall_ms};
    struct control_fault fault;

    if (topology == NULL)
        return REQUEST_DONE;
    if (topology->write.kind != WRITE_NONE || !topology->is_there)
        return REQUEST_WAITS;
    life.name = topology->state.name;
    if (event == LIFECYCLE_KILL && !read_wait(request, topology, &life.wait_ms, &fault))
        return request_complain(core, request, &fault);
    return follow(core, request, &life, topology);
}

enum verdict operation_kill(struct core *core, struct request *request)
{
    return run_event(core, request, LIFECYCLE_KILL);
}

enum verdict operation_activate(struct core *core, struct request *request)
{
    return run_event(core, request, LIFECYCLE_ACTIVATE);
}

enum verdict operation_deactivate(struct core *core, struct request *request)
{
    return run_event(core, request, LIFECYCLE_DEACTIVATE);
}

/* ---- Rebalance ----------------------------------------------------------------------------- */

static enum err put_number(struct topology_state *state, const char *key, int64_t number,
                           struct error *error)
{
    char text[NUMBER_MAX + 8];

    (void)snprintf(text, sizeof text, "%lld", (long long)number);
    return lifecycle_put_pending(state, key, text, error);
}

static bool put_executors_of(const struct topology *topology, const char *component,
                             const json_t *value, struct topology_state *state,
                             struct control_fault *fault)
{
    json_int_t count = json_integer_value(value);
    AUTO(mem_free_text) char *key = config_key(component, "executors");
    struct error error;

    if (topology->plan != NULL && plan_find(topology->plan, component) < 0)
        return control_refuse(fault, CONTROL_INVALID, "topology '%s' has no component '%s'",
                              topology->state.name, component);
    if (!json_is_integer(value) || count < 1 || count > PLAN_TASKS_MAX)
        return control_refuse(fault, CONTROL_INVALID,
                              "the executors of '%s' must be a number from 1 to %d", component,
                              PLAN_TASKS_MAX);
    if (put_number(state, key, count, &error) != ERR_OK)
        return control_refuse(fault, code_of(error.code), "%s", error.text);
    return true;
}

static bool put_executors(const struct topology *topology, const json_t *args,
                          struct topology_state *state, struct control_fault *fault)
{
    json_t *executors = json_object_get(args, "executors");
    const char *component;
    json_t *value;

    if (executors == NULL || json_is_null(executors))
        return true;
    if (!json_is_object(executors))
        return control_refuse(fault, CONTROL_INVALID, "'executors' must be an object");
    json_object_foreach(executors, component, value)
    {
        if (!put_executors_of(topology, component, value, state, fault))
            return false;
    }
    return true;
}

/* The wishes become pending settings of the copy. */
static bool put_wishes(const struct topology *topology, const json_t *args,
                       struct topology_state *state, struct control_fault *fault)
{
    int64_t workers;
    struct error error;

    if (!control_number_or(args, "workers", 1, WORKERS_MAX, 0, &workers, fault))
        return false;
    if (workers > 0 && put_number(state, "topology.workers", workers, &error) != ERR_OK)
        return control_refuse(fault, code_of(error.code), "%s", error.text);
    return put_executors(topology, args, state, fault);
}

/* What the topology would be after it, for the scheduler; ERR_FULL: come again. */
static enum err make_candidate(struct core *core, const struct topology *topology,
                               const struct topology_state *state, struct topology *ret_candidate,
                               struct error *error)
{
    struct lifecycle_change applied = {.is_changed = true,
                                       .status = TOPOLOGY_ACTIVE,
                                       .status_before = TOPOLOGY_ACTIVE,
                                       .is_applied = true};
    struct topology candidate = {
        .id = topology->id,
        .is_there = true,
        .state = topology_state_copy(state),
        .is_assigned = topology->is_assigned,
        .assignment = topology->assignment, /* borrowed */
    };

    lifecycle_apply(&candidate.state, &applied);
    AUTO(settings_destroy)
    struct settings *settings =
        settings_of(candidate.state.settings, candidate.state.setting_count);
    enum err err =
        plan_make(core, state->plan_hash, settings, &candidate.plan, &candidate.config, error);
    *ret_candidate = candidate;
    return err;
}

static enum verdict answer_rebalance(struct core *core, struct request *request,
                                     struct topology *topology, struct topology_state *copy,
                                     struct lifecycle_change *next,
                                     const struct topology *candidate)
{
    struct placing_preview preview;
    bool is_dry_run = json_is_true(json_object_get(request->args, "dry_run"));
    json_t *answer =
        status_answer(topology->id, is_dry_run ? topology->state.status : next->status);

    placing_preview(core, candidate, topology, &preview);
    (void)json_object_set_new(answer, "moves", json_integer(preview.moves));
    (void)json_object_set_new(answer, "workers", json_integer(preview.workers));
    (void)json_object_set_new(answer, "workers_wanted", json_integer(preview.wanted));
    (void)json_object_set_new(answer, "unplaced", json_integer(preview.unplaced));
    (void)json_object_set_new(answer, "why_not",
                              preview.why_not == NULL ? json_null() : json_string(preview.why_not));
    free(preview.why_not);
    if (is_dry_run)
        return request_answer(core, request, answer);
    tell(core, topology, LIFECYCLE_REBALANCE, next->status);
    change(core, topology, copy, next, request->asker, answer);
    write_note(topology, chronicle_of_change(core, topology, LIFECYCLE_REBALANCE, next, request));
    return REQUEST_DONE;
}

static enum verdict rebalance(struct core *core, struct request *request, struct topology *topology,
                              const struct lifecycle_request *life)
{
    struct topology_state copy = topology_state_copy(&topology->state);
    struct topology candidate = {.id = NULL};
    struct lifecycle_change next;
    struct control_fault fault;
    struct error error;
    enum verdict verdict;
    enum err err = lifecycle_step(&topology->state, life, &next, &error);
    bool is_good = put_wishes(topology, request->args, &copy, &fault);

    if (err == ERR_OK && is_good)
        err = make_candidate(core, topology, &copy, &candidate, &error);
    if (!is_good)
        verdict = request_complain(core, request, &fault);
    else if (err == ERR_FULL)
        verdict = REQUEST_WAITS;
    else if (err != ERR_OK)
        verdict = request_refuse(core, request, code_of(err), "%s", error.text);
    else
        verdict = answer_rebalance(core, request, topology, &copy, &next, &candidate);
    topology_state_done(&candidate.state);
    topology_drop_plan(&candidate);
    topology_state_done(&copy);
    return verdict;
}

enum verdict operation_rebalance(struct core *core, struct request *request)
{
    struct topology *topology = request_topology(core, request);
    struct lifecycle_request life = {.event = LIFECYCLE_REBALANCE, .now_ms = core->wall_ms};
    struct control_fault fault;
    bool is_dry_run;

    if (topology == NULL)
        return REQUEST_DONE;
    if (topology->write.kind != WRITE_NONE || !topology->is_there)
        return REQUEST_WAITS;
    life.name = topology->state.name;
    if (!control_flag_or(request->args, "dry_run", false, &is_dry_run, &fault) ||
        !read_wait(request, topology, &life.wait_ms, &fault))
        return request_complain(core, request, &fault);
    return rebalance(core, request, topology, &life);
}

/* ---- What becomes due ---------------------------------------------------------------------- */

/* Said since we know of the status: before, it was about another one. */
static bool is_news(const struct topology *topology, const struct place *worker)
{
    return worker->is_live && worker->reported_ns > topology->status_since_ns;
}

static struct lifecycle_workers count_workers(const struct core *core,
                                              const struct topology *topology)
{
    struct lifecycle_workers workers = {0};

    for (size_t i = 0; i < topology->assignment.worker_count; i++) {
        const struct assignment_worker *place = &topology->assignment.workers[i];
        const struct supervisor *supervisor =
            registry_supervisor(core->registry, place->supervisor);
        if (supervisor == NULL || !supervisor_counts(supervisor))
            continue;
        const struct place *said = places_find(&topology->places, place->supervisor, place->slot);
        workers.count++;
        workers.ended += said != NULL && said->is_live && said->is_ended;
        workers.drained +=
            said != NULL && is_news(topology, said) && (said->is_drained || said->is_ended);
    }
    return workers;
}

/* Those that have had their time to say so count as ended. */
static void take_silence(const struct core *core, struct topology *topology,
                         struct lifecycle_workers *workers)
{
    if (workers->ended == 0)
        topology->ended_since_ns = 0;
    else if (topology->ended_since_ns == 0)
        topology->ended_since_ns = core->now_ns;
    else if (core->now_ns - topology->ended_since_ns >= LAST_WORDS_NS)
        workers->ended = workers->count;
}

static void advance(struct core *core, struct topology *topology)
{
    struct lifecycle_workers workers = count_workers(core, topology);
    struct lifecycle_request life = {.name = topology->state.name, .now_ms = core->wall_ms};
    struct lifecycle_change next;

    take_silence(core, topology, &workers);
    if (!lifecycle_due(&topology->state, &workers, core->wall_ms, &life.event) ||
        lifecycle_step(&topology->state, &life, &next, NULL) != ERR_OK)
        return;
    topology->is_removing = next.effect == LIFECYCLE_REMOVE;
    if (topology->is_removing)
        history_keep(core, topology, life.event == LIFECYCLE_ENDED ? "ended" : "killed");
    if (topology->is_removing && life.event == LIFECYCLE_ENDED)
        chronicle_end(core, topology);
    if (!next.is_changed)
        return;
    struct topology_state copy = topology_state_copy(&topology->state);
    tell(core, topology, life.event, next.status);
    change(core, topology, &copy, &next, (struct asker){0}, NULL);
    write_note(topology, chronicle_of_change(core, topology, life.event, &next, NULL));
    topology_state_done(&copy);
}

void operations_turn(struct core *core)
{
    const struct roll *topologies = registry_topologies(core->registry);

    for (size_t i = 0; i < topologies->count; i++) {
        struct topology *topology = topologies->items[i];
        if (topology->is_there && topology->write.kind == WRITE_NONE && !topology->is_removing)
            advance(core, topology);
    }
}
