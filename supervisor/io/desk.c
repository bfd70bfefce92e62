/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/desk.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "coord/state/fields.h"
#include "coord/state/paths.h"
#include "coord/state/supervisor_state.h"
#include "net/control_server.h"
#include "supervisor/sampling.h"
#include "wire/control.h"
#include "wire/plan.h"

struct desk {
    struct desk_options options;
    struct control_server *server;
    uint64_t dropped; /* what was no request */
    struct sampling sampling;
    struct {
        struct control_peer peer;
        uint64_t id;
    } askers[SAMPLING_PENDING_MAX]; /* of the requests in `sampling` */
    char buffer[CONTROL_CHUNK_MAX];
};

/* What a handler found: the result, and the size of the body in the buffer. */
struct result {
    const struct control_peer *peer; /* who asks, and by which id */
    uint64_t id;
    bool is_later; /* it is answered when the worker has answered */
    json_t *ok;
    size_t body_size;
    struct control_fault fault;
};

uint16_t desk_port(const struct desk *desk)
{
    return control_server_port(desk->server);
}

/* ---- Operations ----------------------------------------------------------------------------- */

static bool answer_info(struct desk *desk, const json_t *args, struct result *result)
{
    (void)args;
    result->ok = json_object();
    fields_put_text(result->ok, "supervisor", desk->options.supervisor);
    fields_put_text(result->ok, "version", desk->options.gale);
    return true;
}

static bool read_topology(const json_t *args, const char **ret_topology,
                          struct control_fault *fault)
{
    if (!control_text(args, "topology", PATHS_ID_MAX, ret_topology, fault))
        return false;
    if (paths_id_is_valid(*ret_topology))
        return true;
    return control_refuse(fault, CONTROL_INVALID, "'topology' is not the id of a topology");
}

static bool answer_topologies(struct desk *desk, const json_t *args, struct result *result)
{
    (void)args;
    result->ok = json_object();
    fields_put(result->ok, "topologies", worker_log_topologies(&desk->options.log));
    return true;
}

static bool answer_list(struct desk *desk, const json_t *args, struct result *result)
{
    const char *topology;

    if (!read_topology(args, &topology, &result->fault))
        return false;
    result->ok = json_object();
    fields_put(result->ok, "files", worker_log_list(&desk->options.log, topology));
    return true;
}

static bool answer_read(struct desk *desk, const json_t *args, struct result *result)
{
    struct worker_log_name name;
    struct worker_log_part part;
    struct control_fault *fault = &result->fault;
    int64_t slot, length;
    struct worker_log_chunk chunk;

    if (!read_topology(args, &name.topology, fault) ||
        !control_number(args, "slot", 0, SUPERVISOR_STATE_SLOTS_MAX - 1, &slot, fault) ||
        !control_text(args, "file", PATHS_ID_MAX, &part.file, fault) ||
        !control_number(args, "offset", -INT64_MAX, INT64_MAX, &part.offset, fault) ||
        !control_number(args, "length", 0, CONTROL_CHUNK_MAX, &length, fault))
        return false;
    name.slot = (uint32_t)slot;
    part.length = (size_t)length;
    if (worker_log_read(&desk->options.log, &name, &part, desk->buffer, &chunk) != ERR_OK)
        return control_refuse(fault, CONTROL_NOT_FOUND, "there is no log '%s' of '%s' in slot %u",
                              part.file, name.topology, name.slot);
    result->ok = json_object();
    fields_put_number(result->ok, "offset", chunk.offset);
    fields_put_number(result->ok, "size", chunk.whole);
    result->body_size = chunk.size;
    return true;
}

/* ---- Samples -------------------------------------------------------------------------------- */

struct wanted_sample {
    const char *topology;
    const char *component;
    int64_t slot;
    int64_t count;
    bool received;
};

static bool read_sample(const json_t *args, struct wanted_sample *ret_wanted,
                        struct control_fault *fault)
{
    return read_topology(args, &ret_wanted->topology, fault) &&
           control_number(args, "slot", 0, SUPERVISOR_STATE_SLOTS_MAX - 1, &ret_wanted->slot,
                          fault) &&
           control_text(args, "component", PLAN_NAME_MAX, &ret_wanted->component, fault) &&
           control_flag_or(args, "received", false, &ret_wanted->received, fault) &&
           control_number(args, "count", 1, LOCAL_SAMPLES_MAX, &ret_wanted->count, fault);
}

static bool refuse_order(const struct wanted_sample *wanted, enum control_code code,
                         struct control_fault *fault)
{
    if (code == CONTROL_NOT_FOUND)
        return control_refuse(fault, code, "slot %u runs no worker of '%s'", (unsigned)wanted->slot,
                              wanted->topology);
    return control_refuse(fault, code, "the worker of '%s' in slot %u is not connected",
                          wanted->topology, (unsigned)wanted->slot);
}

static size_t begin(struct desk *desk, enum local_kind kind, const struct wanted_sample *wanted,
                    uint64_t limit_ms)
{
    struct sampling_wanted asked = {
        .kind = kind, .slot = (uint32_t)wanted->slot, .count = (uint32_t)wanted->count};

    return sampling_begin(&desk->sampling, &asked, clock_now_ns() + limit_ms * UINT64_C(1000000));
}

static bool refuse_more(struct result *result)
{
    return control_refuse(&result->fault, CONTROL_LIMIT, "%d requests to workers wait here already",
                          SAMPLING_PENDING_MAX);
}

static bool send_order(struct desk *desk, size_t place, const struct wanted_sample *wanted,
                       const char *order, struct result *result)
{
    enum control_code code =
        desk->options.order(desk->options.context, wanted->topology, (uint32_t)wanted->slot, order);

    if (code != CONTROL_OK) {
        sampling_cancel(&desk->sampling, place);
        return refuse_order(wanted, code, &result->fault);
    }
    desk->askers[place].peer = *result->peer;
    desk->askers[place].id = result->id;
    result->is_later = true;
    return true;
}

static bool answer_sample(struct desk *desk, const json_t *args, struct result *result)
{
    struct wanted_sample wanted;
    AUTO(mem_free_text) char *order = NULL;

    if (!read_sample(args, &wanted, &result->fault))
        return false;
    size_t place = begin(desk, LOCAL_SAMPLES, &wanted, DESK_SAMPLE_MS);
    if (place == SAMPLING_NONE)
        return refuse_more(result);
    order = local_sample_encode(desk->sampling.requests[place].id, wanted.component,
                                wanted.received, (uint32_t)wanted.count);
    return send_order(desk, place, &wanted, order, result);
}

/* ---- Threads -------------------------------------------------------------------------------- */

static bool read_worker(const json_t *args, struct wanted_sample *ret_wanted,
                        struct control_fault *fault)
{
    *ret_wanted = (struct wanted_sample){.count = LOCAL_FOUND_MAX};
    return read_topology(args, &ret_wanted->topology, fault) &&
           control_number(args, "slot", 0, SUPERVISOR_STATE_SLOTS_MAX - 1, &ret_wanted->slot,
                          fault);
}

static bool answer_stacks(struct desk *desk, const json_t *args, struct result *result)
{
    struct wanted_sample wanted;

    if (!read_worker(args, &wanted, &result->fault))
        return false;
    size_t place = begin(desk, LOCAL_STACKS, &wanted, DESK_THREADS_MS);
    if (place == SAMPLING_NONE)
        return refuse_more(result);
    AUTO(mem_free_text) char *order = local_stacks_encode(desk->sampling.requests[place].id);
    return send_order(desk, place, &wanted, order, result);
}

static bool answer_profile(struct desk *desk, const json_t *args, struct result *result)
{
    struct wanted_sample wanted;
    int64_t ms;

    if (!read_worker(args, &wanted, &result->fault) ||
        !control_number(args, "ms", DESK_PROFILE_MS_MIN, LOCAL_PROFILE_MS_MAX, &ms, &result->fault))
        return false;
    size_t place = begin(desk, LOCAL_PROFILE, &wanted, (uint64_t)ms + DESK_THREADS_MS);
    if (place == SAMPLING_NONE)
        return refuse_more(result);
    AUTO(mem_free_text)
    char *order = local_profile_encode(desk->sampling.requests[place].id, (uint32_t)ms);
    return send_order(desk, place, &wanted, order, result);
}

/* ---- Answers of workers --------------------------------------------------------------------- */

static char *encode_answer(uint64_t id, const struct sampling_answer *answer)
{
    static const char *const names[] = {
        [LOCAL_SAMPLES] = "tuples", [LOCAL_STACKS] = "threads", [LOCAL_PROFILE] = "stacks"};
    const char *said = json_string_value(json_object_get(answer->facts, "fault"));
    struct control_fault fault;

    if (answer->items == NULL || said != NULL) {
        (void)control_refuse(&fault, CONTROL_UNAVAILABLE, "%s",
                             said != NULL ? said : "the worker did not answer");
        return control_fault_encode(id, &fault);
    }
    json_t *ok = json_incref(answer->facts);
    fields_put(ok, names[answer->kind], json_incref(answer->items));
    return control_answer_encode(id, ok);
}

static void answer_askers(struct desk *desk)
{
    struct sampling_answer answer;
    size_t place;

    while ((place = sampling_end(&desk->sampling, &answer)) != SAMPLING_NONE) {
        AUTO(mem_free_text) char *text = encode_answer(desk->askers[place].id, &answer);
        control_server_reply(desk->server, &desk->askers[place].peer, text, strlen(text), NULL, 0);
        sampling_answer_done(&answer);
    }
}

void desk_take_found(struct desk *desk, uint32_t slot, const struct local_message *message)
{
    sampling_take(&desk->sampling, slot, message);
    answer_askers(desk);
}

void desk_lose_worker(struct desk *desk, uint32_t slot)
{
    sampling_lose(&desk->sampling, slot);
    answer_askers(desk);
}

uint64_t desk_tick(struct desk *desk, uint64_t now_ns)
{
    uint64_t due_ns = sampling_tick(&desk->sampling, now_ns);

    answer_askers(desk);
    return due_ns;
}

/* ---- Requests ------------------------------------------------------------------------------- */

static bool answer_request(struct desk *desk, const struct control_request *request,
                           struct result *result)
{
    static const struct {
        const char *op;
        bool (*answer)(struct desk *desk, const json_t *args, struct result *result);
        unsigned roles; /* who may ask for it; there is no default */
    } operations[] = {
        {"info", answer_info, ROLES_CLUSTER | ROLES_CLIENT},
        {"logs.topologies", answer_topologies, ROLES_CLIENT},
        {"logs.list", answer_list, ROLES_CLIENT},
        {"logs.read", answer_read, ROLES_CLIENT},
        {"worker.sample", answer_sample, ROLES_CLIENT},
        {"worker.stacks", answer_stacks, ROLES_CLIENT},
        {"worker.profile", answer_profile, ROLES_CLIENT},
    };

    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        if (strcmp(request->op, operations[i].op) != 0)
            continue;
        if (role_may(result->peer->role, operations[i].roles))
            return operations[i].answer(desk, request->args, result);
        return control_refuse(&result->fault, CONTROL_DENIED,
                              "the key that was shown is not one that may ask for '%s'",
                              request->op);
    }
    return control_refuse(&result->fault, CONTROL_INVALID, "a supervisor knows no operation '%s'",
                          request->op);
}

static void received(void *context, const struct control_peer *peer, const char *head,
                     size_t head_size, const void *body, size_t body_size)
{
    struct desk *desk = context;
    struct control_request request;
    struct result result = {.peer = peer};
    AUTO(mem_free_text) char *text = NULL;

    (void)body;
    (void)body_size;
    if (control_request_decode(head, head_size, &request, NULL) != ERR_OK) {
        desk->dropped++;
        log_debug("control.dropped", "count=%llu", (unsigned long long)desk->dropped);
        return;
    }
    result.id = request.id;
    if (!answer_request(desk, &request, &result))
        text = control_fault_encode(request.id, &result.fault);
    else if (!result.is_later)
        text = control_answer_encode(request.id, result.ok);
    if (text != NULL)
        control_server_reply(desk->server, peer, text, strlen(text), desk->buffer,
                             result.body_size);
    control_request_done(&request);
}

/* ---- Open and close ------------------------------------------------------------------------- */

enum err desk_open(const struct desk_options *options, struct desk **ret_desk, struct error *error)
{
    struct desk *desk = NEW(struct desk);
    struct control_server_options server = {
        .reactor = options->reactor,
        .address = options->listen,
        .keys = options->keys,
        .received = received,
        .context = desk,
    };

    desk->options = *options;
    sampling_init(&desk->sampling, clock_wall_ms());
    enum err err = control_server_open(&server, &desk->server, error);
    if (err != ERR_OK)
        desk_close(&desk);
    else
        *ret_desk = desk;
    return err;
}

void desk_close(struct desk **desk)
{
    if (*desk == NULL)
        return;
    if ((*desk)->server != NULL)
        control_server_close(&(*desk)->server);
    sampling_done(&(*desk)->sampling);
    free(*desk);
    *desk = NULL;
}
