/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/core.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "nimbus/core_parts.h"

#define REQUEST_WAIT_NS UINT64_C(20000000000) /* then a request that waits is told to come again */
#define TICK_NS         UINT64_C(500000000)   /* deadlines of topologies are this exact */
#define SOON_NS         UINT64_C(50000000)    /* while requests wait */
#define PUT_HASH_FAULT  "'hash' must be the SHA-256 of the content: 64 digits 0-9, a-f"

/* ---- Life ---------------------------------------------------------------------------------- */

static void copy_options(struct core_options *into, const struct core_options *from)
{
    *into = *from;
    into->id = mem_copy_text(from->id);
    into->address = mem_copy_text(from->address);
    into->gale = mem_copy_text(from->gale);
}

struct core *core_new(const struct core_options *options)
{
    struct core *core = NEW(struct core);
    struct coord_calls calls = {.items = NULL}; /* nothing is sent before there is a connection */
    struct office_options office = {
        .id = options->id,
        .address = options->address,
        .gale = options->gale,
        .since_ms = options->since_ms,
        .seed = options->seed,
    };
    struct blobs_options blobs = {
        .nimbus = options->id,
        .bytes_max = options->blob_bytes_max,
        .deletion_delay_ms = options->deletion_delay_ms,
    };

    copy_options(&core->options, options);
    core->board = switchboard_new();
    core->office = office_new(&office, core->board, &calls);
    core->registry = registry_new(core->board, options->away_ms * UINT64_C(1000000), &calls);
    core->blobs = blobs_new(&blobs, core->board, &calls);
    core->requests = NEW_ARRAY(struct request, CORE_REQUESTS_MAX);
    coord_calls_done(&calls);
    return core;
}

void core_destroy(struct core **core)
{
    struct core *it = *core;

    if (it == NULL)
        return;
    for (size_t i = 0; i < it->request_count; i++)
        json_decref(it->requests[i].args);
    free(it->requests);
    errors_done(it);
    events_done(&it->events);
    history_done(&it->history);
    tick_done(&it->tick);
    blobs_destroy(&it->blobs);
    registry_destroy(&it->registry);
    office_destroy(&it->office);
    switchboard_destroy(&it->board);
    free((char *)it->options.id);
    free((char *)it->options.address);
    free((char *)it->options.gale);
    free(it);
    *core = NULL;
}

uint64_t core_tag(struct core *core)
{
    core->last_tag = core->last_tag == UINT32_MAX ? 1 : core->last_tag + 1;
    return core->last_tag;
}

/* ---- Answers ------------------------------------------------------------------------------- */

enum verdict request_answer(struct core *core, const struct request *request, json_t *ok)
{
    effects_answer(core->effects, request->asker, ok);
    return REQUEST_DONE;
}

enum verdict request_complain(struct core *core, const struct request *request,
                              const struct control_fault *fault)
{
    effects_complain(core->effects, request->asker, fault);
    return REQUEST_DONE;
}

enum verdict request_refuse(struct core *core, const struct request *request,
                            enum control_code code, const char *format, ...)
{
    struct control_fault fault = {.code = code};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(fault.text, sizeof fault.text, format, arguments);
    va_end(arguments);
    return request_complain(core, request, &fault);
}

enum control_code code_of(enum err err)
{
    switch (err) { /* NOLINT(clang-diagnostic-switch-enum): the others are one case */
    case ERR_NOT_FOUND:
        return CONTROL_NOT_FOUND;
    case ERR_EXISTS:
    case ERR_CONFLICT:
        return CONTROL_CONFLICT;
    case ERR_LIMIT:
        return CONTROL_LIMIT;
    case ERR_DENIED:
        return CONTROL_DENIED;
    case ERR_FULL:
    case ERR_IO:
    case ERR_TIMEOUT:
        return CONTROL_UNAVAILABLE;
    case ERR_INTERNAL:
        return CONTROL_INTERNAL;
    case ERR_OK:
    case ERR_INVALID:
    case ERR_CORRUPT:
    case ERR_VERSION:
    case ERR_CANCELLED:
    case ERR_CLOSED:
    case ERR_UNSUPPORTED:
    case ERR_CRASHED:
        break;
    }
    return CONTROL_INVALID;
}

bool request_awaits_plan(const struct request *request, const struct topology *topology)
{
    return topology->plan == NULL && topology->plan_fault == NULL && !request->is_last;
}

struct topology *request_topology(struct core *core, const struct request *request)
{
    struct control_fault fault;
    const char *name;

    if (!control_text(request->args, "name", PATHS_ID_MAX, &name, &fault)) {
        (void)request_complain(core, request, &fault);
        return NULL;
    }
    struct topology *topology = registry_find_name(core->registry, name);
    if (topology == NULL)
        (void)request_refuse(core, request, CONTROL_NOT_FOUND, "there is no topology '%s'", name);
    return topology;
}

/* ---- Requests ------------------------------------------------------------------------------ */

static const struct operation operations[] = {
    {"info", operation_info, true, ROLES_CLUSTER | ROLES_CLIENT},
    {"topology.submit", operation_submit, false, ROLES_CLIENT},
    {"topology.list", operation_list, false, ROLES_CLIENT},
    {"topology.status", operation_status, false, ROLES_CLIENT},
    {"topology.ended", operation_ended, false, ROLES_CLIENT},
    {"topology.kill", operation_kill, false, ROLES_CLIENT},
    {"topology.activate", operation_activate, false, ROLES_CLIENT},
    {"topology.deactivate", operation_deactivate, false, ROLES_CLIENT},
    {"topology.rebalance", operation_rebalance, false, ROLES_CLIENT},
    {"topology.log_level", operation_log_level, false, ROLES_CLIENT},
    {"topology.debug", operation_debug, false, ROLES_CLIENT},
    {"topology.errors", operation_errors, false, ROLES_CLIENT},
    {"worker.restart", operation_restart, false, ROLES_CLIENT},
    {"events", operation_events, false, ROLES_CLIENT},
    {"event.note", operation_event_note, false, ROLES_CLIENT},
    {"topology.figures", operation_figures, false, ROLES_CLIENT},
    {"topology.tasks", operation_tasks, false, ROLES_CLIENT},
    {"topology.history", operation_history, false, ROLES_CLIENT},
    {"topology.ended_list", operation_ended_list, false, ROLES_CLIENT},
    {"pulse", operation_pulse, false, ROLES_CLIENT},
    {"sparks", operation_sparks, false, ROLES_CLIENT},
    {"cluster.nodes", operation_nodes, false, ROLES_CLIENT},
    {"supervisor.report", operation_report, false, ROLES_CLUSTER},
    {"supervisor.figures", operation_supervisor_figures, false, ROLES_CLUSTER},
    {"blob.put", NULL, true, ROLES_CLIENT}, /* these two by functions of their own */
    {"blob.get", NULL, true, ROLES_CLUSTER},
};

static const struct operation *find_operation(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(operations); i++)
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    return NULL;
}

static bool is_self(const struct core *core, const struct leader_state *leader)
{
    return strcmp(leader->nimbus.id, core->options.id) == 0;
}

/* Why this nimbus does nothing for anybody but the leader; always with a way out. */
static void say_why_not(const struct core *core, struct control_fault *fault)
{
    const struct leader_state *leader = office_leader(core->office);
    enum office_state state = office_state(core->office);

    if (state == OFFICE_AWAY)
        (void)control_refuse(fault, CONTROL_UNAVAILABLE,
                             "nimbus %s has no connection to the cluster state at present; "
                             "topologies go on meanwhile; try again later",
                             core->options.id);
    else if (state == OFFICE_CATCHING_UP)
        (void)control_refuse(fault, CONTROL_UNAVAILABLE,
                             "nimbus %s has just become the leader and reads the cluster state; "
                             "try again",
                             core->options.id);
    else if (leader != NULL && !is_self(core, leader))
        (void)control_refuse(fault, CONTROL_NOT_LEADER, "nimbus %s at %s leads", leader->nimbus.id,
                             leader->nimbus.address);
    else
        (void)control_refuse(fault, CONTROL_NOT_LEADER, "no nimbus leads at present; try again");
}

static bool may_act(const struct core *core, struct control_fault *fault)
{
    if (office_fence(core->office) != NULL)
        return true;
    say_why_not(core, fault);
    return false;
}

static void run(struct core *core, struct request *request)
{
    struct control_fault fault;

    if (!request->operation->is_for_all && !may_act(core, &fault)) {
        (void)request_complain(core, request, &fault);
        json_decref(request->args);
        return;
    }
    if (request->operation->run(core, request) == REQUEST_DONE) {
        json_decref(request->args);
        return;
    }
    if (request->is_last || core->request_count == CORE_REQUESTS_MAX) {
        (void)request_refuse(core, request, CONTROL_UNAVAILABLE,
                             "nimbus is busy with this topology, or waits for the cluster state; "
                             "try again later");
        json_decref(request->args);
        return;
    }
    request->body = NULL;
    request->body_size = 0;
    core->requests[core->request_count++] = *request;
}

/* In their order; those that have to wait longer stay in the list. */
static void run_waiting(struct core *core)
{
    size_t count = core->request_count;
    struct request *waiting = NEW_ARRAY(struct request, count);

    if (count > 0)
        memcpy(waiting, core->requests, count * sizeof *waiting);
    core->request_count = 0;
    for (size_t i = 0; i < count; i++) {
        waiting[i].is_last = core->now_ns - waiting[i].since_ns >= REQUEST_WAIT_NS;
        run(core, &waiting[i]);
    }
    free(waiting);
}

static void put_blob(struct core *core, struct asker asker, const json_t *args,
                     const struct core_event *event)
{
    struct control_fault fault;
    struct blobs_chunk chunk = {.bytes = event->bytes, .size = event->size};
    int64_t size;
    int64_t offset;

    if (!may_act(core, &fault) ||
        !control_text(args, "hash", BLOBS_HASH_SIZE, &chunk.hash, &fault) ||
        !control_number(args, "size", 0, INT64_MAX, &size, &fault) ||
        !control_number_or(args, "offset", 0, INT64_MAX, 0, &offset, &fault)) {
        effects_complain(core->effects, asker, &fault);
        return;
    }
    chunk.size_bytes = (uint64_t)size;
    chunk.offset = (uint64_t)offset;
    if (!blobs_hash_is_valid(chunk.hash))
        effects_refuse(core->effects, asker, CONTROL_INVALID, PUT_HASH_FAULT);
    else if (chunk.size > CONTROL_CHUNK_MAX)
        effects_refuse(core->effects, asker, CONTROL_LIMIT,
                       "a chunk has at most %d bytes, this one has %zu", CONTROL_CHUNK_MAX,
                       chunk.size);
    else
        blobs_put(core->blobs, asker, &chunk, core->now_ns, core->effects);
}

static void get_blob(struct core *core, struct asker asker, const json_t *args)
{
    struct control_fault fault;
    const char *hash;
    int64_t offset;
    int64_t length;
    uint64_t size_bytes;

    if (!control_text(args, "hash", BLOBS_HASH_SIZE, &hash, &fault) ||
        !control_number_or(args, "offset", 0, INT64_MAX, 0, &offset, &fault) ||
        !control_number_or(args, "length", 0, CONTROL_CHUNK_MAX, CONTROL_CHUNK_MAX, &length,
                           &fault)) {
        effects_complain(core->effects, asker, &fault);
        return;
    }
    if (!blobs_hash_is_valid(hash)) {
        effects_refuse(core->effects, asker, CONTROL_INVALID, PUT_HASH_FAULT);
        return;
    }
    if (!blobs_is_held(core->blobs, hash, &size_bytes)) {
        effects_refuse(core->effects, asker, CONTROL_NOT_FOUND, "blob %s is not here", hash);
        return;
    }
    struct effect effect = effect_of_blob(EFFECT_BLOB_READ, hash);
    effect.asker = asker;
    effect.offset = (uint64_t)offset;
    effect.size_bytes = (uint64_t)length;
    effects_push(core->effects, effect);
}

static void take_request(struct core *core, const struct core_event *event)
{
    struct control_request decoded;
    struct control_fault fault;
    struct events_actor actor; /* each operation that has use for it reads it again */
    struct error error;

    if (control_request_decode(event->head, event->head_size, &decoded, &error) != ERR_OK) {
        effects_log(core->effects, EFFECT_DEBUG, "request.dropped", "error=\"%s\"", error.text);
        effects_push(core->effects,
                     (struct effect){.kind = EFFECT_REPLY, .asker.peer = event->peer});
        return;
    }
    struct request request = {
        .asker = {.peer = event->peer, .id = decoded.id},
        .operation = find_operation(decoded.op),
        .args = json_incref(decoded.args),
        .since_ns = core->now_ns,
    };
    if (request.operation == NULL)
        (void)request_refuse(core, &request, CONTROL_INVALID, "there is no operation '%s'",
                             decoded.op);
    else if (!role_may(event->role, request.operation->roles))
        (void)request_refuse(core, &request, CONTROL_DENIED,
                             "the key that was shown is not one that may ask for '%s'", decoded.op);
    else if (!events_read_actor(decoded.args, &actor, &fault))
        (void)request_complain(core, &request, &fault);
    else if (strcmp(decoded.op, "blob.put") == 0)
        put_blob(core, request.asker, decoded.args, event);
    else if (strcmp(decoded.op, "blob.get") == 0)
        get_blob(core, request.asker, decoded.args);
    else
        run(core, &(struct request){request.asker, request.operation, json_incref(request.args),
                                    request.since_ns, false, event->bytes, event->size});
    json_decref(request.args);
    control_request_done(&decoded);
}

/* ---- Events -------------------------------------------------------------------------------- */

static void answer_read(struct core *core, const struct core_event *event)
{
    json_t *ok;

    if (event->fault.code != CONTROL_OK) {
        blobs_lose(core->blobs, event->hash);
        effects_complain(core->effects, event->asker, &event->fault);
        return;
    }
    ok = json_object();
    (void)json_object_set_new(ok, "size", json_integer((json_int_t)event->size_bytes));
    effects_answer_bytes(core->effects, event->asker, ok, event->bytes, event->size);
}

static void take_coord(struct core *core, const struct coord_event *event)
{
    if (switchboard_step(core->board, event, core->calls) || event->kind != COORD_ANSWERED)
        return;
    if (!writes_step(core, event) && !removal_step(core, event) && !ledger_step(core, event))
        (void)errors_step(core, event);
}

static void enter(struct core *core, uint64_t now_ns, uint64_t wall_ms, struct coord_calls *calls,
                  struct effects *effects)
{
    core->now_ns = now_ns;
    core->wall_ms = wall_ms;
    core->calls = calls;
    core->effects = effects;
}

void core_step(struct core *core, const struct core_event *event, struct coord_calls *calls,
               struct effects *effects)
{
    enter(core, event->now_ns, event->wall_ms, calls, effects);
    switch (event->kind) {
    case CORE_COORD:
        take_coord(core, event->coord);
        break;
    case CORE_REQUEST:
        take_request(core, event);
        break;
    case CORE_BLOB_HELD:
        blobs_hold(core->blobs, event->hash, event->size_bytes, event->now_ns);
        break;
    case CORE_BLOB_PUT:
        blobs_took(core->blobs, event->asker,
                   &(struct blobs_result){.hash = event->hash,
                                          .have = event->size_bytes,
                                          .is_done = event->is_done,
                                          .fault = event->fault},
                   event->now_ns, effects);
        break;
    case CORE_BLOB_READ:
        answer_read(core, event);
        break;
    case CORE_BLOB_LOADED:
        blobs_loaded(core->blobs, event->hash, event->bytes, event->size);
        break;
    case CORE_BLOB_FETCHED:
        blobs_fetched(core->blobs, event->hash, event->is_done, event->now_ns, effects);
        break;
    case CORE_TIME:
        break;
    }
}

/* ---- Turns --------------------------------------------------------------------------------- */

/* Somebody else may have led since: what was heard then is not known here, and what is known may be long over. */
static void begin_figures(struct core *core)
{
    uint64_t epoch = office_fence(core->office)->epoch;

    if (epoch == core->figures_epoch)
        return;
    registry_forget_reports(core->registry);
    verdict_report_done(&core->tick.verdict);
    core->figures_epoch = epoch;
    ledger_begin(core);
}

/* What a leader knows by heart is of no use to it once it was not the leader. */
static void follow_office(struct core *core)
{
    bool is_acting = office_state(core->office) == OFFICE_ACTING;

    if (is_acting == core->was_acting)
        return;
    core->was_acting = is_acting;
    if (is_acting) {
        effects_log(core->effects, EFFECT_INFO, "leader.acts", "topologies=%zu supervisors=%zu",
                    registry_topologies(core->registry)->count,
                    registry_supervisors(core->registry)->count);
        begin_figures(core);
        registry_await(core->registry);
        core->is_placing_due = true;
    } else if (office_state(core->office) != OFFICE_AWAY) {
        registry_forget_reports(core->registry);
    }
}

static void turn_office(struct core *core)
{
    const char *missing = NULL;
    struct office_view view = {
        .is_complete = registry_is_complete(core->registry) && blobs_is_complete(core->blobs),
        .has_blobs = blobs_has_all(core->blobs, core->registry, &missing),
        .now_ns = core->now_ns,
    };

    office_turn(core->office, &view, core->calls, core->effects);
    follow_office(core);
}

static void act(struct core *core)
{
    operations_turn(core);
    steering_turn(core);
    removal_turn(core);
    placing_turn(core);
}

void core_turn(struct core *core, uint64_t now_ns, uint64_t wall_ms, struct coord_calls *calls,
               struct effects *effects)
{
    enter(core, now_ns, wall_ms, calls, effects);
    turn_office(core);
    chronicle_turn(core);
    writes_turn(core);
    plans_turn(core);
    if (office_fence(core->office) != NULL) {
        act(core);
        tick_turn(core);
    }
    run_waiting(core);
    writes_turn(core);
    if (office_fence(core->office) != NULL && core->is_placing_due)
        placing_turn(core); /* what the requests have brought */
    struct blobs_view view = {
        .registry = core->registry,
        .fence = office_fence(core->office),
        .is_complete = registry_is_complete(core->registry) && blobs_is_complete(core->blobs) &&
                       office_state(core->office) != OFFICE_AWAY,
        .now_ns = now_ns,
    };
    blobs_turn(core->blobs, &view, calls, effects);
    blobs_forget_texts(core->blobs);
    registry_turn(core->registry, now_ns, calls, effects);
}

uint64_t core_deadline_ns(const struct core *core)
{
    uint64_t due_ns = core->now_ns + (core->request_count > 0 ? SOON_NS : TICK_NS);
    uint64_t tick_ns = tick_deadline_ns(core);

    return tick_ns < due_ns ? tick_ns : due_ns;
}

void core_close(struct core *core, struct coord_calls *calls)
{
    office_close(core->office, calls);
}

bool core_is_closed(const struct core *core)
{
    return office_is_closed(core->office);
}

enum office_state core_state(const struct core *core)
{
    return office_state(core->office);
}
