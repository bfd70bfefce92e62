/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Submission: checks everything that can be checked, and creates the topology. It is tried from the
 * start in each turn until what it needs is there (the content of the plan, the nodes of its blobs), so
 * nothing of it has to be remembered.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "nimbus/core_parts.h"

#define ORIGIN "settings of the topology"

enum {
    ID_TAIL_MAX = 40, /* of "-COUNTER-SECONDS" */
};

struct submission {
    const char *name;
    const char *plan_hash;
    const char *so_hash;
    const char *owner;
    const json_t *settings; /* an object */
    const json_t *args;     /* an array, or NULL */
    bool is_inactive;
    bool is_dry_run;
};

/* ---- Arguments ----------------------------------------------------------------------------- */

static bool read_settings(const json_t *args, struct submission *ret, struct control_fault *fault)
{
    const json_t *settings = json_object_get(args, "settings");
    const char *key;
    json_t *value;

    ret->settings = settings;
    if (settings == NULL || json_is_null(settings))
        return true;
    if (!json_is_object(settings))
        return control_refuse(fault, CONTROL_INVALID, "'settings' must be an object");
    if (json_object_size(settings) > TOPOLOGY_STATE_SETTINGS_MAX)
        return control_refuse(fault, CONTROL_LIMIT, "there are %zu settings, %d are allowed",
                              json_object_size(settings), TOPOLOGY_STATE_SETTINGS_MAX);
    json_object_foreach((json_t *)settings, key, value)
    {
        if (!json_is_string(value))
            return control_refuse(fault, CONTROL_INVALID, "setting '%s' must be a text", key);
        if (json_string_length(value) > TOPOLOGY_STATE_VALUE_MAX)
            return control_refuse(fault, CONTROL_LIMIT, "setting '%s' is longer than %d bytes", key,
                                  TOPOLOGY_STATE_VALUE_MAX);
    }
    return true;
}

static bool read_words(const json_t *args, struct submission *ret, struct control_fault *fault)
{
    const json_t *words = json_object_get(args, "args");
    size_t index;
    json_t *word;

    ret->args = words;
    if (words == NULL || json_is_null(words))
        return true;
    if (!json_is_array(words) || json_array_size(words) > TOPOLOGY_STATE_ARGS_MAX)
        return control_refuse(fault, CONTROL_INVALID, "'args' must be a list of at most %d texts",
                              TOPOLOGY_STATE_ARGS_MAX);
    json_array_foreach((json_t *)words, index, word)
    {
        if (!json_is_string(word) || json_string_length(word) > TOPOLOGY_STATE_VALUE_MAX)
            return control_refuse(fault, CONTROL_INVALID,
                                  "'args' must be texts of at most %d bytes",
                                  TOPOLOGY_STATE_VALUE_MAX);
    }
    return true;
}

/* An id is made of it, so it is shorter. */
static bool check_name(const char *name, struct control_fault *fault)
{
    size_t size = strlen(name);

    if (paths_id_is_valid(name) && strpbrk(name, "/.:\\") == NULL &&
        size <= PATHS_ID_MAX - ID_TAIL_MAX)
        return true;
    return control_refuse(fault, CONTROL_INVALID,
                          "'%s' cannot be the name of a topology: it must be 1 to %d letters, "
                          "digits, '_' or '-'",
                          name, PATHS_ID_MAX - ID_TAIL_MAX);
}

static bool check_hash(const char *member, const char *hash, struct control_fault *fault)
{
    if (blobs_hash_is_valid(hash))
        return true;
    return control_refuse(fault, CONTROL_INVALID, "'%s' must be a SHA-256: 64 digits 0-9, a-f",
                          member);
}

static bool read_submission(const json_t *args, struct submission *ret, struct control_fault *fault)
{
    *ret = (struct submission){.name = NULL};
    return control_text(args, "name", PATHS_ID_MAX, &ret->name, fault) &&
           check_name(ret->name, fault) &&
           control_text(args, "plan", BLOBS_HASH_SIZE, &ret->plan_hash, fault) &&
           check_hash("plan", ret->plan_hash, fault) &&
           control_text(args, "so", BLOBS_HASH_SIZE, &ret->so_hash, fault) &&
           check_hash("so", ret->so_hash, fault) &&
           control_text_or(args, "owner", PATHS_ID_MAX, "", &ret->owner, fault) &&
           control_flag_or(args, "inactive", false, &ret->is_inactive, fault) &&
           control_flag_or(args, "dry_run", false, &ret->is_dry_run, fault) &&
           read_settings(args, ret, fault) && read_words(args, ret, fault);
}

/* ---- The record ---------------------------------------------------------------------------- */

static void add_setting(struct topology_state *state, const char *key, const char *value)
{
    state->settings =
        mem_resize(state->settings, state->setting_count + 1, sizeof *state->settings);
    state->settings[state->setting_count++] =
        (struct topology_setting){.key = mem_copy_text(key), .value = mem_copy_text(value)};
}

static bool is_for_topologies(const char *key)
{
    return strncmp(key, "topology.", 9) == 0 || strncmp(key, "worker.", 7) == 0;
}

/* What nimbus' own file says of all topologies, unless the submission says otherwise. */
static void add_defaults(const struct core *core, const struct submission *submission,
                         struct topology_state *state)
{
    const struct settings *defaults = core->options.defaults;
    size_t spec_count;
    const struct setting_spec *specs = config_specs(&spec_count);

    for (size_t i = 0; defaults != NULL && i < spec_count; i++) {
        const char *key = specs[i].key;
        const struct setting *setting = settings_find(defaults, key);
        bool is_given = json_object_get(submission->settings, key) != NULL;

        if (setting != NULL && !is_given && is_for_topologies(key))
            add_setting(state, key, setting->value);
    }
}

static void add_given(const struct submission *submission, struct topology_state *state)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)submission->settings, key, value)
        add_setting(state, key, json_string_value(value));
}

static void add_words(const struct submission *submission, struct topology_state *state)
{
    size_t count = json_array_size(submission->args);

    state->args = NEW_ARRAY(char *, count);
    for (size_t i = 0; i < count; i++)
        state->args[state->arg_count++] =
            mem_copy_text(json_string_value(json_array_get(submission->args, i)));
}

/* "name-counter-seconds". The counter begins anew with each process: so it is looked whether the id is
 * one that there is. */
static char *make_id(const struct core *core, const char *name)
{
    struct text id;
    uint32_t counter = core->submissions;

    text_init(&id);
    do {
        text_clear(&id);
        text_add(&id, "%s-%" PRIu32 "-%" PRIu64, name, ++counter, core->wall_ms / 1000);
    } while (registry_find(core->registry, text_data(&id)) != NULL);
    return text_take(&id);
}

static struct topology_state make_state(struct core *core, const struct submission *submission)
{
    enum topology_status status = submission->is_inactive ? TOPOLOGY_INACTIVE : TOPOLOGY_ACTIVE;
    struct topology_state state = {
        .name = mem_copy_text(submission->name),
        .owner = mem_copy_text(submission->owner),
        .status = status,
        .status_before = status,
        .plan_hash = mem_copy_text(submission->plan_hash),
        .so_hash = mem_copy_text(submission->so_hash),
        .submitted_ms = core->wall_ms,
    };

    state.id = make_id(core, submission->name);
    add_defaults(core, submission, &state);
    add_given(submission, &state);
    add_words(submission, &state);
    return state;
}

/* ---- Plans --------------------------------------------------------------------------------- */

struct settings *settings_of(const struct topology_setting *items, size_t count)
{
    struct settings *settings = settings_new();

    for (size_t i = 0; i < count; i++) {
        /* A key that is none is found by config_make() below as well, where there is a text. */
        enum err err = settings_put(settings, items[i].key, items[i].value, ORIGIN, NULL);
        if (err != ERR_OK)
            break;
    }
    return settings;
}

static enum err check_keys(const struct topology_state *state, struct error *error)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    enum err err = ERR_OK;

    for (size_t i = 0; i < state->setting_count && err == ERR_OK; i++)
        err =
            settings_put(settings, state->settings[i].key, state->settings[i].value, ORIGIN, error);
    return err;
}

enum err plan_make(struct core *core, const char *plan_hash, const struct settings *overrides,
                   struct plan **ret_plan, struct config **ret_config, struct error *error)
{
    AUTO(plan_destroy) struct plan *plan = NULL;
    size_t size;
    const char *text = blobs_text(core->blobs, plan_hash, &size, core->effects);

    if (text == NULL)
        return error_set(error, ERR_FULL, "the plan is not read yet");
    enum err err = plan_decode(text, size, &plan, error);
    if (err == ERR_OK)
        err = plan_check(plan, error);
    if (err != ERR_OK)
        return error_wrap(error, "the plan");
    err = config_make(plan, overrides, ret_config, error);
    if (err == ERR_OK)
        *ret_plan = TAKE(plan);
    return err;
}

static void make_plan(struct core *core, struct topology *topology)
{
    const struct topology_state *state = &topology->state;
    AUTO(settings_destroy)
    struct settings *settings = settings_of(state->settings, state->setting_count);
    struct error error;
    enum err err =
        plan_make(core, state->plan_hash, settings, &topology->plan, &topology->config, &error);

    if (err == ERR_FULL)
        return;
    topology->is_plan_due = false;
    core->is_placing_due = true;
    if (err == ERR_OK)
        return;
    topology->plan_fault = mem_copy_text(error.text);
    effects_log(core->effects, EFFECT_ERROR, "topology.faulty", "topology=%s error=\"%s\"",
                topology->id, error.text);
}

void plans_turn(struct core *core)
{
    const struct roll *topologies = registry_topologies(core->registry);

    for (size_t i = 0; i < topologies->count; i++) {
        struct topology *topology = topologies->items[i];
        if (topology->is_there && topology->is_plan_due)
            make_plan(core, topology);
    }
}

/* ---- Submission ---------------------------------------------------------------------------- */

static void put_placing(json_t *ok, uint32_t workers, uint32_t wanted, uint32_t unplaced,
                        const char *why_not)
{
    (void)json_object_set_new(ok, "workers", json_integer(workers));
    (void)json_object_set_new(ok, "workers_wanted", json_integer(wanted));
    (void)json_object_set_new(ok, "unplaced", json_integer(unplaced));
    (void)json_object_set_new(ok, "why_not", why_not == NULL ? json_null() : json_string(why_not));
}

json_t *submission_answer(const struct topology *topology)
{
    json_t *ok = json_object();

    (void)json_object_set_new(ok, "id", json_string(topology->id));
    put_placing(ok, topology->workers, workers_wanted(topology), topology->unplaced,
                topology->why_not);
    return ok;
}

static enum verdict answer_dry(struct core *core, const struct request *request,
                               const struct topology *candidate)
{
    struct placing_preview preview;
    json_t *ok = json_object();

    placing_preview(core, candidate, NULL, &preview);
    (void)json_object_set_new(ok, "id", json_string(candidate->id));
    put_placing(ok, preview.workers, preview.wanted, preview.unplaced, preview.why_not);
    free(preview.why_not);
    return request_answer(core, request, ok);
}

static void free_candidate(struct topology *candidate)
{
    topology_state_done(&candidate->state);
    topology_drop_plan(candidate);
}

static enum verdict create(struct core *core, struct request *request,
                           const struct submission *submission, struct topology *candidate)
{
    if (submission->is_dry_run)
        return answer_dry(core, request, candidate);
    if (!blobs_is_entered(core->blobs, submission->plan_hash) ||
        !blobs_is_entered(core->blobs, submission->so_hash))
        return REQUEST_WAITS;
    core->submissions++;
    struct topology *topology = registry_add(core->registry, &candidate->state);
    topology->plan = TAKE(candidate->plan);
    topology->config = TAKE(candidate->config);
    topology->is_plan_due = false;
    write_create(core, topology, request->asker);
    write_note(topology, chronicle_of_submission(topology, request));
    return REQUEST_DONE;
}

/* The plan, with the settings, must be one that can be run. */
static enum verdict check_and_create(struct core *core, struct request *request,
                                     const struct submission *submission)
{
    struct topology candidate = {.state = make_state(core, submission)};
    AUTO(settings_destroy)
    struct settings *settings =
        settings_of(candidate.state.settings, candidate.state.setting_count);
    struct error error;
    enum verdict verdict;

    candidate.id = candidate.state.id;
    enum err err = check_keys(&candidate.state, &error);
    if (err == ERR_OK)
        err = plan_make(core, submission->plan_hash, settings, &candidate.plan, &candidate.config,
                        &error);
    if (err == ERR_OK)
        verdict = create(core, request, submission, &candidate);
    else if (err == ERR_FULL)
        verdict = REQUEST_WAITS;
    else
        verdict = request_refuse(core, request, code_of(err), "%s", error.text);
    free_candidate(&candidate);
    return verdict;
}

static bool has_blob(struct core *core, const char *what, const char *hash,
                     struct control_fault *fault)
{
    uint64_t size_bytes;

    blobs_want(core->blobs, hash, core->now_ns);
    if (blobs_is_held(core->blobs, hash, &size_bytes))
        return true;
    return control_refuse(fault, CONTROL_NOT_FOUND, "the %s %s is not here; upload it first", what,
                          hash);
}

enum verdict operation_submit(struct core *core, struct request *request)
{
    struct submission submission;
    struct control_fault fault;

    if (!read_submission(request->args, &submission, &fault) ||
        !has_blob(core, "plan", submission.plan_hash, &fault) ||
        !has_blob(core, ".so", submission.so_hash, &fault))
        return request_complain(core, request, &fault);
    const struct topology *other = registry_find_name(core->registry, submission.name);
    if (other != NULL)
        return request_refuse(core, request, CONTROL_CONFLICT,
                              "the name '%s' is in use by %s, which is %s; kill it first, or take "
                              "another name",
                              submission.name, other->id,
                              topology_status_name(other->state.status));
    return check_and_create(core, request, &submission);
}
