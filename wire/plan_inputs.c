/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of one input are written so that they read on from "component 'x': input 1 ".
 */
#include "wire/plan_passes.h"

#include <inttypes.h>
#include <string.h>

#include "wire/say.h"

static enum err resolve_from(const struct plan *plan, struct plan_input *input, struct error *error)
{
    const char *names[PLAN_COMPONENTS_MAX];
    int32_t index = input->from == NULL ? -1 : plan_find(plan, input->from);

    if (index >= 0) {
        input->from_index = (uint32_t)index;
        return ERR_OK;
    }
    for (uint32_t i = 0; i < plan->component_count; i++)
        names[i] = plan->components[i].name;
    return error_set(
        error, ERR_NOT_FOUND, "is from component %s, which does not exist; %s",
        say_quoted(input->from).text,
        say_choices(input->from == NULL ? "" : input->from, names, plan->component_count).text);
}

static enum err resolve_stream(const struct plan *plan, struct plan_input *input,
                               struct error *error)
{
    const struct plan_component *from = &plan->components[input->from_index];
    const char *wanted = input->stream == NULL ? "" : input->stream;
    const char *names[PLAN_STREAMS_MAX];

    for (uint32_t i = 0; i < from->stream_count; i++) {
        names[i] = from->streams[i].name;
        if (strcmp(names[i], wanted) == 0) {
            input->stream_index = i;
            return ERR_OK;
        }
    }
    return error_set(error, ERR_NOT_FOUND, "takes stream %s, but '%s' emits no such stream; %s",
                     say_quoted(wanted).text, from->name,
                     say_choices(wanted, names, from->stream_count).text);
}

static enum err check_not_repeated(const struct plan_component *component, uint32_t index,
                                   struct error *error)
{
    const struct plan_input *input = &component->inputs[index];

    for (uint32_t i = 0; i < index; i++) {
        const struct plan_input *other = &component->inputs[i];

        if (other->from_index == input->from_index && other->stream_index == input->stream_index)
            return error_set(error, ERR_INVALID,
                             "takes stream '%s' of '%s', as input %" PRIu32
                             " does already: remove one",
                             input->stream, input->from, i + 1);
    }
    return ERR_OK;
}

/* Direct streams and direct inputs belong together. */
static enum err check_direct(const struct plan_input *input, const struct plan_stream *stream,
                             struct error *error)
{
    if (stream->direct && input->by != PLAN_DIRECT)
        return error_set(error, ERR_INVALID,
                         "groups by %s, but stream '%s' of '%s' is a direct one: group by direct",
                         plan_grouping_name(input->by), stream->name, input->from);
    if (!stream->direct && input->by == PLAN_DIRECT)
        return error_set(error, ERR_INVALID,
                         "groups by direct, but stream '%s' of '%s' is not a direct one: declare "
                         "it so or group otherwise",
                         stream->name, input->from);
    return ERR_OK;
}

static enum err resolve_key(struct plan_input *input, uint32_t index,
                            const struct plan_stream *stream, struct error *error)
{
    const char *key = input->keys[index] == NULL ? "" : input->keys[index];
    const char *names[PLAN_FIELDS_MAX];

    for (uint32_t i = 0; i < index; i++) {
        if (strcmp(input->keys[i], key) == 0)
            return error_set(error, ERR_INVALID, "groups by key '%s' twice: remove one", key);
    }
    for (uint32_t i = 0; i < stream->field_count; i++) {
        names[i] = stream->fields[i].name;
        if (strcmp(names[i], key) == 0) {
            input->key_indices[index] = i;
            return ERR_OK;
        }
    }
    return error_set(error, ERR_NOT_FOUND,
                     "groups by key %s, but stream '%s' of '%s' has no such field; %s",
                     say_quoted(key).text, stream->name, input->from,
                     say_choices(key, names, stream->field_count).text);
}

static enum err resolve_keys(struct plan_input *input, const struct plan_stream *stream,
                             struct error *error)
{
    bool keyed = input->by == PLAN_FIELDS || input->by == PLAN_PARTIAL_KEY;

    if (input->key_count > PLAN_KEYS_MAX)
        return error_set(error, ERR_LIMIT, "groups by more than %d keys", PLAN_KEYS_MAX);
    if (keyed && input->key_count == 0)
        return error_set(error, ERR_INVALID, "groups by %s, but has no keys: give it at least one",
                         plan_grouping_name(input->by));
    if (!keyed && input->key_count > 0)
        return error_set(error, ERR_INVALID,
                         "has keys, but groups by %s: remove them or group by fields",
                         plan_grouping_name(input->by));
    for (uint32_t i = 0; i < input->key_count; i++) {
        enum err err = resolve_key(input, i, stream, error);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err resolve_grouping(const struct plan *plan, struct plan_input *input,
                                 struct error *error)
{
    const struct plan_stream *stream =
        &plan->components[input->from_index].streams[input->stream_index];

    if (input->by < PLAN_SHUFFLE || input->by > PLAN_CUSTOM)
        return error_set(error, ERR_INVALID, "has no known grouping: set one, such as shuffle");
    if (input->reserve_bytes > PLAN_RESERVE_BYTES_MAX)
        return error_set(error, ERR_LIMIT, "reserve_bytes is %" PRIu64 ": at most %" PRIu64,
                         input->reserve_bytes, (uint64_t)PLAN_RESERVE_BYTES_MAX);

    enum err err = check_direct(input, stream, error);
    return err == ERR_OK ? resolve_keys(input, stream, error) : err;
}

static enum err resolve_input(const struct plan *plan, struct plan_component *component,
                              uint32_t index, struct error *error)
{
    struct plan_input *input = &component->inputs[index];
    enum err err = resolve_from(plan, input, error);

    if (err == ERR_OK)
        err = resolve_stream(plan, input, error);
    if (err == ERR_OK)
        err = check_not_repeated(component, index, error);
    if (err == ERR_OK)
        err = resolve_grouping(plan, input, error);
    return err;
}

enum err plan_inputs_resolve(struct plan *plan, struct error *error)
{
    for (uint32_t i = 0; i < plan->component_count; i++) {
        struct plan_component *component = &plan->components[i];

        for (uint32_t j = 0; j < component->input_count; j++) {
            struct error reason;
            enum err err = resolve_input(plan, component, j, &reason);

            if (err != ERR_OK)
                return error_set(error, err, "component '%s': input %" PRIu32 " %s",
                                 component->name, j + 1, reason.text);
        }
    }
    return ERR_OK;
}
