/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/nimbus/rig.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/state/assignment_state.h"
#include "coord/state/paths.h"
#include "coord/state/supervisor_state.h"
#include "tests/support/plans.h"
#include "tests/support/suite.h"

#define NS_PER_MS UINT64_C(1000000)

/* ---- Files --------------------------------------------------------------------------------- */

static struct rig_file *find_file(struct rig_nimbus *nimbus, const char *hash)
{
    for (size_t i = 0; i < RIG_FILES_MAX; i++)
        if (nimbus->files[i].hash != NULL && strcmp(nimbus->files[i].hash, hash) == 0)
            return &nimbus->files[i];
    return NULL;
}

static struct rig_file *make_file(struct rig_nimbus *nimbus, const char *hash)
{
    struct rig_file *file = find_file(nimbus, hash);

    for (size_t i = 0; i < RIG_FILES_MAX && file == NULL; i++)
        if (nimbus->files[i].hash == NULL)
            file = &nimbus->files[i];
    ASSERT(file != NULL);
    if (file->hash == NULL)
        file->hash = mem_copy_text(hash);
    return file;
}

static void delete_file(struct rig_nimbus *nimbus, const char *hash)
{
    struct rig_file *file = find_file(nimbus, hash);

    if (file == NULL)
        return;
    mem_free_text(&file->hash);
    text_done(&file->bytes);
    file->is_whole = false;
}

/* ---- Events and effects -------------------------------------------------------------------- */

static void tell(struct rig_nimbus *nimbus, struct core_event event)
{
    event.now_ns = nimbus->rig->now_ns;
    event.wall_ms = nimbus->rig->wall_ms;
    core_step(nimbus->core, &event, &nimbus->calls, &nimbus->effects);
}

static void take_answer(struct rig *rig, const struct effect *effect)
{
    struct rig_answer *answer = &rig->answers[effect->asker.id];

    if (effect->text == NULL)
        return;
    ck_assert_msg(!answer->is_there, "answered twice: %s", effect->text);
    answer->is_there = true;
    answer->body_size = effect->size;
    ck_assert_int_eq(
        control_answer_decode(effect->text, strlen(effect->text), &answer->answer, NULL), ERR_OK);
}

static void put_blob(struct rig_nimbus *nimbus, const struct effect *effect)
{
    struct rig_file *file = make_file(nimbus, effect->hash);
    struct core_event event = {.kind = CORE_BLOB_PUT, .asker = effect->asker, .hash = effect->hash};

    if (nimbus->rig->is_disk_full) {
        delete_file(nimbus, effect->hash);
        (void)control_refuse(&event.fault, CONTROL_UNAVAILABLE, "no room");
    } else {
        text_add_bytes(&file->bytes, effect->bytes, effect->size);
        event.size_bytes = text_size(&file->bytes);
        event.is_done = file->is_whole = event.size_bytes == effect->size_bytes;
    }
    tell(nimbus, event);
}

static void load_blob(struct rig_nimbus *nimbus, const struct effect *effect)
{
    const struct rig_file *file = find_file(nimbus, effect->hash);

    tell(nimbus, (struct core_event){.kind = CORE_BLOB_LOADED,
                                     .hash = effect->hash,
                                     .bytes = file == NULL ? NULL : text_data(&file->bytes),
                                     .size = file == NULL ? 0 : text_size(&file->bytes)});
}

static void read_blob(struct rig_nimbus *nimbus, const struct effect *effect)
{
    const struct rig_file *file = find_file(nimbus, effect->hash);

    ASSERT(file != NULL);
    tell(nimbus, (struct core_event){.kind = CORE_BLOB_READ,
                                     .asker = effect->asker,
                                     .hash = effect->hash,
                                     .size_bytes = text_size(&file->bytes),
                                     .bytes = text_data(&file->bytes),
                                     .size = text_size(&file->bytes)});
}

static void begin_fetch(struct rig_nimbus *nimbus, const struct effect *effect)
{
    size_t index = 0;

    while (nimbus->fetches[index] != NULL)
        index++;
    ASSERT(index < RIG_FETCHES_MAX);
    nimbus->fetches[index] = mem_copy_text(effect->hash);
}

static void perform(struct rig_nimbus *nimbus, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_REPLY:
        take_answer(nimbus->rig, effect);
        break;
    case EFFECT_BLOB_PUT:
        put_blob(nimbus, effect);
        break;
    case EFFECT_BLOB_READ:
        read_blob(nimbus, effect);
        break;
    case EFFECT_BLOB_LOAD:
        load_blob(nimbus, effect);
        break;
    case EFFECT_BLOB_FETCH:
        begin_fetch(nimbus, effect);
        break;
    case EFFECT_BLOB_DELETE:
        delete_file(nimbus, effect->hash);
        break;
    case EFFECT_LOG:
        text_add(&nimbus->log, "%s %s %s\n", nimbus->id, effect->name, effect->text);
        break;
    }
}

/* A turn, and what it wants done; again while that brings something. */
static void pump(struct rig_nimbus *nimbus)
{
    struct effect effect;
    bool has_any = true;

    while (has_any) {
        has_any = false;
        core_turn(nimbus->core, nimbus->rig->now_ns, nimbus->rig->wall_ms, &nimbus->calls,
                  &nimbus->effects);
        while (effects_pop(&nimbus->effects, &effect)) {
            has_any = has_any || effect.kind != EFFECT_LOG;
            perform(nimbus, &effect);
            effect_done(&effect);
        }
    }
}

static void send(struct rig_nimbus *nimbus)
{
    coord_model_send(nimbus->rig->model, nimbus->client, &nimbus->calls);
}

/* What others hold is fetched whole. */
static bool end_fetches(struct rig_nimbus *nimbus)
{
    bool has_any = false;

    for (size_t i = 0; i < RIG_FETCHES_MAX; i++) {
        AUTO(mem_free_text) char *hash = TAKE(nimbus->fetches[i]);
        bool is_good = false;
        if (hash == NULL)
            continue;
        has_any = true;
        for (size_t n = 0; n < nimbus->rig->count && !is_good; n++) {
            struct rig_file *from = find_file(&nimbus->rig->nimbuses[n], hash);
            if (from == NULL || !from->is_whole || &nimbus->rig->nimbuses[n] == nimbus)
                continue;
            struct rig_file *to = make_file(nimbus, hash);
            text_clear(&to->bytes);
            text_add_bytes(&to->bytes, text_data(&from->bytes), text_size(&from->bytes));
            is_good = to->is_whole = true;
        }
        tell(nimbus,
             (struct core_event){.kind = CORE_BLOB_FETCHED, .hash = hash, .is_done = is_good});
    }
    return has_any;
}

static void step(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    struct rig_nimbus *nimbus = actor;
    struct coord_call call;

    tell(nimbus, (struct core_event){.kind = CORE_COORD, .coord = event});
    pump(nimbus);
    while (coord_calls_pop(&nimbus->calls, &call)) {
        coord_calls_push(calls, &call);
        coord_call_done(&call);
    }
}

/* ---- Life ---------------------------------------------------------------------------------- */

static struct core *make_core(struct rig_nimbus *nimbus)
{
    char address[32];
    struct core_options options = {
        .id = nimbus->id,
        .address = address,
        .gale = "0.1.0",
        .since_ms = nimbus->rig->wall_ms,
        .seed = nimbus->client + 1,
        .blob_bytes_max = 100000,
        .monitor_ms = 10000,
        .away_ms = RIG_AWAY_MS,
        .deletion_delay_ms = 60000,
    };

    (void)snprintf(address, sizeof address, "127.0.0.1:%zu", nimbus->client + 1);
    return core_new(&options);
}

struct rig *rig_new(uint64_t seed, size_t count)
{
    struct rig *rig = NEW(struct rig);

    rig->model = coord_model_new(seed);
    rig->now_ns = 1000 * NS_PER_MS;
    rig->wall_ms = RIG_WALL_MS;
    rig->count = count;
    rig->answers = NEW_ARRAY(struct rig_answer, RIG_ANSWERS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct rig_nimbus *nimbus = &rig->nimbuses[i];
        nimbus->rig = rig;
        (void)snprintf(nimbus->id, sizeof nimbus->id, "n%zu", i);
        nimbus->client = coord_model_add(rig->model, step, nimbus);
        nimbus->core = make_core(nimbus);
        coord_model_connect(rig->model, nimbus->client);
    }
    return rig;
}

static void free_nimbus(struct rig_nimbus *nimbus)
{
    core_destroy(&nimbus->core);
    coord_calls_done(&nimbus->calls);
    effects_done(&nimbus->effects);
    text_done(&nimbus->log);
    for (size_t i = 0; i < RIG_FILES_MAX; i++)
        if (nimbus->files[i].hash != NULL)
            delete_file(nimbus, nimbus->files[i].hash);
    for (size_t i = 0; i < RIG_FETCHES_MAX; i++)
        free(nimbus->fetches[i]);
}

void rig_destroy(struct rig **rig)
{
    for (size_t i = 0; i < (*rig)->count; i++)
        free_nimbus(&(*rig)->nimbuses[i]);
    for (size_t i = 0; i < RIG_ANSWERS_MAX; i++)
        if ((*rig)->answers[i].is_there)
            control_answer_done(&(*rig)->answers[i].answer);
    coord_model_destroy(&(*rig)->model);
    free((*rig)->answers);
    free(*rig);
    *rig = NULL;
}

void rig_restart(struct rig *rig, size_t index)
{
    struct rig_nimbus *nimbus = &rig->nimbuses[index];

    coord_model_expire(rig->model, nimbus->client);
    core_destroy(&nimbus->core);
    effects_done(&nimbus->effects);
    coord_calls_done(&nimbus->calls);
    for (size_t i = 0; i < RIG_FETCHES_MAX; i++)
        mem_free_text(&nimbus->fetches[i]);
    nimbus->core = make_core(nimbus);
    for (size_t i = 0; i < RIG_FILES_MAX; i++) {
        struct rig_file *file = &nimbus->files[i];
        if (file->hash != NULL && !file->is_whole)
            delete_file(nimbus, file->hash);
        else if (file->hash != NULL)
            tell(nimbus, (struct core_event){.kind = CORE_BLOB_HELD,
                                             .hash = file->hash,
                                             .size_bytes = text_size(&file->bytes)});
    }
    coord_model_connect(rig->model, nimbus->client);
}

/* ---- Turns --------------------------------------------------------------------------------- */

static bool pump_all(struct rig *rig)
{
    bool has_any = false;

    for (size_t i = 0; i < rig->count; i++) {
        struct rig_nimbus *nimbus = &rig->nimbuses[i];
        has_any = end_fetches(nimbus) || has_any;
        pump(nimbus);
        has_any = has_any || nimbus->calls.begin < nimbus->calls.end;
        send(nimbus);
    }
    return has_any;
}

void rig_settle(struct rig *rig)
{
    size_t turns = 0;
    bool has_any = true;

    for (size_t i = 0; i < rig->count; i++)
        coord_model_connect(rig->model, rig->nimbuses[i].client);
    while (has_any) {
        has_any = pump_all(rig);
        while (coord_model_turn(rig->model, 0)) {
            has_any = true;
            ck_assert_uint_lt(++turns, RIG_TURNS_MAX);
        }
        ck_assert_uint_lt(++turns, RIG_TURNS_MAX);
    }
}

void rig_turn(struct rig *rig, uint32_t faults)
{
    if (!coord_model_turn(rig->model, faults) || rng_below(coord_model_rng(rig->model), 8) == 0)
        (void)pump_all(rig);
}

void rig_pass(struct rig *rig, uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms; passed += 500) {
        rig->now_ns += 500 * NS_PER_MS;
        rig->wall_ms += 500;
        rig_settle(rig);
    }
}

/* ---- Asking -------------------------------------------------------------------------------- */

size_t rig_count_leaders(const struct rig *rig)
{
    size_t leaders = 0;

    for (size_t i = 0; i < rig->count; i++)
        leaders += core_state(rig->nimbuses[i].core) == OFFICE_ACTING;
    return leaders;
}

struct rig_nimbus *rig_leader(struct rig *rig)
{
    struct rig_nimbus *leader = NULL;

    for (size_t i = 0; i < rig->count; i++)
        if (core_state(rig->nimbuses[i].core) == OFFICE_ACTING)
            leader = &rig->nimbuses[i];
    ck_assert_ptr_nonnull(leader);
    return leader;
}

static void turn_quotes(char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '\'')
            *text = '"';
}

static uint64_t ask(struct rig *rig, struct rig_nimbus *nimbus, const char *op, const char *args,
                    const struct text *body)
{
    struct text head;
    uint64_t id = ++rig->asked;

    ASSERT(id < RIG_ANSWERS_MAX);
    text_init(&head);
    text_add(&head, "{'v':1,'id':%" PRIu64 ",'op':'%s','args':%s}", id, op, args);
    AUTO(mem_free_text) char *text = text_take(&head);
    turn_quotes(text);
    tell(nimbus, (struct core_event){.kind = CORE_REQUEST,
                                     .peer = 1,
                                     .role = ROLE_LOCAL,
                                     .head = text,
                                     .head_size = strlen(text),
                                     .bytes = body == NULL ? NULL : body->data,
                                     .size = body == NULL ? 0 : body->size});
    pump(nimbus);
    send(nimbus);
    return id;
}

uint64_t rig_ask_bytes(struct rig *rig, struct rig_nimbus *nimbus, const char *op, const char *args,
                       const struct text *body)
{
    return ask(rig, nimbus, op, args, body);
}

uint64_t rig_ask(struct rig *rig, struct rig_nimbus *nimbus, const char *op, const char *args,
                 const char *body)
{
    struct text bytes = {.data = (char *)body, .size = body == NULL ? 0 : strlen(body)};

    return ask(rig, nimbus, op, args, body == NULL ? NULL : &bytes);
}

const json_t *rig_result(struct rig *rig, uint64_t id)
{
    const struct rig_answer *answer = &rig->answers[id];

    ck_assert_msg(answer->is_there, "request %" PRIu64 " was not answered", id);
    ck_assert_msg(answer->answer.fault.code == CONTROL_OK, "refused: %s",
                  answer->answer.fault.text);
    return answer->answer.ok;
}

const json_t *rig_do(struct rig *rig, const char *op, const char *args)
{
    uint64_t id = rig_ask(rig, rig_leader(rig), op, args, NULL);

    rig_settle(rig);
    return rig_result(rig, id);
}

enum control_code rig_refusal(struct rig *rig, const char *op, const char *args)
{
    uint64_t id = rig_ask(rig, rig_leader(rig), op, args, NULL);

    rig_settle(rig);
    ck_assert(rig->answers[id].is_there);
    return rig->answers[id].answer.fault.code;
}

static void upload(struct rig *rig, const char *hash, const char *bytes)
{
    char args[256];

    (void)snprintf(args, sizeof args, "{'hash':'%s','size':%zu,'offset':0}", hash, strlen(bytes));
    uint64_t id = rig_ask(rig, rig_leader(rig), "blob.put", args, bytes);
    rig_settle(rig);
    ck_assert(json_is_true(json_object_get(rig_result(rig, id), "done")));
}

void rig_upload(struct rig *rig)
{
    AUTO(mem_free_text) char *plan = mem_copy_text(PLAN_WORD_COUNT);

    turn_quotes(plan);
    upload(rig, RIG_PLAN, plan);
    upload(rig, RIG_SO, "ELF");
}

void rig_submit(struct rig *rig, const char *name, const char *settings)
{
    char args[1024];

    rig_upload(rig);
    (void)snprintf(args, sizeof args,
                   "{'name':'%s','plan':'" RIG_PLAN "','so':'" RIG_SO "','settings':%s,'args':[],"
                   "'owner':'me'}",
                   name, settings);
    (void)rig_do(rig, "topology.submit", args);
}

/* ---- Supervisors --------------------------------------------------------------------------- */

void rig_add_supervisor(struct rig *rig, const char *id, uint32_t slots)
{
    char host[] = "127.0.0.1";
    char address[] = "127.0.0.1:9";
    char gale[] = "0.1.0";
    AUTO(mem_free_text) char *own = mem_copy_text(id);
    struct supervisor_state state = {.id = own,
                                     .host = host,
                                     .address = address,
                                     .gale = gale,
                                     .since_ms = 1,
                                     .cores = 4,
                                     .slots = slots};
    AUTO(mem_free_text) char *data = supervisor_state_encode(&state);
    struct path path = paths_supervisor(id);
    struct coord_call call = {
        .kind = COORD_CREATE, .path = path.text, .data = data, .size = strlen(data)};

    (void)coord_model_do(rig->model, &call);
}

void rig_remove_supervisor(struct rig *rig, const char *id)
{
    struct path path = paths_supervisor(id);
    struct coord_call call = {
        .kind = COORD_DELETE, .path = path.text, .version = COORD_ANY_VERSION};

    (void)coord_model_do(rig->model, &call);
}

static void put_workers(const struct rig *rig, const char *supervisor, const char *topology,
                        const char *more, struct text *out)
{
    const char *data = coord_model_data(rig->model, paths_assignment(topology).text);
    struct assignment_state assignment;
    const char *comma = "";

    if (data == NULL)
        return;
    ck_assert_int_eq(assignment_state_decode(data, strlen(data), &assignment, NULL), ERR_OK);
    for (size_t w = 0; w < assignment.worker_count; w++) {
        if (strcmp(assignment.workers[w].supervisor, supervisor) != 0)
            continue;
        text_add(out,
                 "%s{'topology':'%s','slot':%" PRIu32 ",'incarnation':1,'pid':1,"
                 "'phase':'running'%s}",
                 comma, topology, assignment.workers[w].slot, more);
        comma = ",";
    }
    assignment_state_done(&assignment);
}

void rig_report(struct rig *rig, const char *supervisor, const char *topology, const char *more)
{
    struct text args;

    rig->now_ns += NS_PER_MS;
    text_init(&args);
    text_add(&args, "{'supervisor':'%s','address':'127.0.0.1:9','healthy':true,'workers':[",
             supervisor);
    put_workers(rig, supervisor, topology, more, &args);
    text_add(&args, "]}");
    (void)rig_do(rig, "supervisor.report", text_data(&args));
    text_done(&args);
}

void rig_figures(struct rig *rig, const struct rig_worker *worker,
                 const struct figures_part *const parts[], size_t count)
{
    struct text args;
    struct text body;

    text_init(&args);
    text_init(&body);
    text_add(&args,
             "{'supervisor':'%s','workers':[{'topology':'%s','slot':%" PRIu32
             ",'incarnation':%" PRIu64 ",'sizes':[",
             worker->supervisor, worker->topology, worker->slot, worker->incarnation);
    for (size_t i = 0; i < count; i++) {
        size_t before = text_size(&body);
        ck_assert(figures_encode(parts[i], &body));
        text_add(&args, "%s%zu", i == 0 ? "" : ",", text_size(&body) - before);
    }
    text_add(&args, "]}]}");
    (void)rig_ask_bytes(rig, rig_leader(rig), "supervisor.figures", text_data(&args), &body);
    text_done(&args);
    text_done(&body);
}

static const json_t *find_line(struct rig *rig, const char *name)
{
    const json_t *list = json_object_get(rig_do(rig, "topology.list", "{}"), "topologies");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *line = json_array_get(list, i);
        if (strcmp(json_string_value(json_object_get(line, "name")), name) == 0)
            return line;
    }
    return NULL;
}

const char *rig_status(struct rig *rig, const char *name)
{
    const json_t *line = find_line(rig, name);

    return line == NULL ? "" : json_string_value(json_object_get(line, "status"));
}

const char *rig_id(struct rig *rig, const char *name)
{
    const json_t *line = find_line(rig, name);

    ck_assert_ptr_nonnull(line);
    return json_string_value(json_object_get(line, "id"));
}
