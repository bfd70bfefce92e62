/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One small step for each part of a descriptor. A list in a descriptor ends at its first empty
 * entry or with its array. Errors of a part are wrapped by the part around it, so that they read
 * "component 'x': stream 'y': ..."; entries without a name are counted from 1.
 */
#include "sdk/src/describe.h"

#include <inttypes.h>
#include <stdalign.h>
#include <string.h>

#include "base/mem.h"
#include "wire/say.h"

#define SAME(sdk, wire) _Static_assert((int)(sdk) == (int)(wire), #sdk " equals " #wire)

SAME(GALE_FIELDS_MAX, PLAN_FIELDS_MAX);
SAME(GALE_KEYS_MAX, PLAN_KEYS_MAX);
SAME(GALE_INPUTS_MAX, PLAN_INPUTS_MAX);
SAME(GALE_STREAMS_MAX, PLAN_STREAMS_MAX);
SAME(GALE_COMPONENTS_MAX, PLAN_COMPONENTS_MAX);
SAME(GALE_SETTINGS_MAX, PLAN_SETTINGS_MAX);
SAME(GALE_KIND_NONE, KIND_NONE);
SAME(GALE_KIND_BOOL, KIND_BOOL);
SAME(GALE_KIND_I64, KIND_I64);
SAME(GALE_KIND_U64, KIND_U64);
SAME(GALE_KIND_F64, KIND_F64);
SAME(GALE_KIND_STR, KIND_STR);
SAME(GALE_KIND_BYTES, KIND_BYTES);
SAME(GALE_KIND_NULLABLE, KIND_NULLABLE);
SAME(GALE_KIND_MAYBE_BOOL, KIND_NULLABLE | KIND_BOOL);
SAME(GALE_KIND_MAYBE_I64, KIND_NULLABLE | KIND_I64);
SAME(GALE_KIND_MAYBE_U64, KIND_NULLABLE | KIND_U64);
SAME(GALE_KIND_MAYBE_F64, KIND_NULLABLE | KIND_F64);
SAME(GALE_KIND_MAYBE_STR, KIND_NULLABLE | KIND_STR);
SAME(GALE_KIND_MAYBE_BYTES, KIND_NULLABLE | KIND_BYTES);
SAME(GALE_SHUFFLE, PLAN_SHUFFLE);
SAME(GALE_FIELDS, PLAN_FIELDS);
SAME(GALE_PARTIAL_KEY, PLAN_PARTIAL_KEY);
SAME(GALE_ALL, PLAN_ALL);
SAME(GALE_GLOBAL, PLAN_GLOBAL);
SAME(GALE_NONE, PLAN_NONE);
SAME(GALE_DIRECT, PLAN_DIRECT);
SAME(GALE_LOCAL_OR_SHUFFLE, PLAN_LOCAL_OR_SHUFFLE);
SAME(GALE_CUSTOM, PLAN_CUSTOM);

/* ---- texts ---- */

static enum err copy_name(const char *what, uint32_t number, const char *name, char **ret_name,
                          struct error *error)
{
    if (name == NULL)
        return error_set(error, ERR_INVALID, "%s %" PRIu32 " has no name: give it one", what,
                         number);
    if (memchr(name, '\0', PLAN_NAME_MAX + 1) == NULL)
        return error_set(error, ERR_LIMIT, "%s %s: the name is longer than %d bytes", what,
                         say_quoted(name).text, PLAN_NAME_MAX);
    *ret_name = mem_copy_text(name);
    return ERR_OK;
}

/* NULL stays NULL. */
static enum err copy_text(const char *text, char **ret_text, struct error *error)
{
    if (text == NULL)
        return ERR_OK;
    if (memchr(text, '\0', PLAN_TEXT_MAX + 1) == NULL)
        return error_set(error, ERR_LIMIT, "value or help is longer than %d bytes", PLAN_TEXT_MAX);
    *ret_text = mem_copy_text(text);
    return ERR_OK;
}

/* ---- settings ---- */

static enum err describe_settings(const struct gale_setting from[GALE_SETTINGS_MAX],
                                  struct plan_settings *settings, struct error *error)
{
    for (uint32_t i = 0; i < GALE_SETTINGS_MAX; i++) {
        if (from[i].key == NULL && from[i].value == NULL && from[i].help == NULL)
            return ERR_OK;
        struct plan_setting *setting = &settings->items[settings->count++];
        enum err err = copy_name("setting", i + 1, from[i].key, &setting->key, error);

        if (err != ERR_OK)
            return err;
        err = copy_text(from[i].value, &setting->value, error);
        if (err == ERR_OK)
            err = copy_text(from[i].help, &setting->help, error);
        if (err != ERR_OK)
            return error_wrap(error, "setting %s", say_quoted(setting->key).text);
    }
    return ERR_OK;
}

/* ---- streams ---- */

struct layout {
    size_t size;
    size_t alignment;
};

#define LAYOUT(type)                \
    {                               \
        sizeof(type), alignof(type) \
    }

/* Of the C type that a field of a known kind is in the record struct. */
static struct layout layout_of(enum gale_kind kind)
{
    static const struct layout plain[] = {
        [GALE_KIND_BOOL] = LAYOUT(bool),           [GALE_KIND_I64] = LAYOUT(int64_t),
        [GALE_KIND_U64] = LAYOUT(uint64_t),        [GALE_KIND_F64] = LAYOUT(double),
        [GALE_KIND_STR] = LAYOUT(struct gale_str), [GALE_KIND_BYTES] = LAYOUT(struct gale_bytes),
    };
    static const struct layout maybe[] = {
        [GALE_KIND_BOOL] = LAYOUT(struct gale_maybe_bool),
        [GALE_KIND_I64] = LAYOUT(struct gale_maybe_i64),
        [GALE_KIND_U64] = LAYOUT(struct gale_maybe_u64),
        [GALE_KIND_F64] = LAYOUT(struct gale_maybe_f64),
        [GALE_KIND_STR] = LAYOUT(struct gale_maybe_str),
        [GALE_KIND_BYTES] = LAYOUT(struct gale_maybe_bytes),
    };
    enum kind wire = (enum kind)kind;

    return (kind_is_nullable(wire) ? maybe : plain)[kind_base(wire)];
}

/* A stream without a record struct is used by position: then offsets say nothing. */
static enum err check_fits(const struct gale_stream *stream, const struct gale_field *field,
                           struct error *error)
{
    if (!kind_is_known((enum kind)field->kind))
        return error_set(error, ERR_INVALID, "field %s has the unknown kind %u: use GALE_FIELD()",
                         say_quoted(field->name).text, (unsigned)field->kind);
    if (stream->size == 0)
        return ERR_OK;

    struct layout layout = layout_of(field->kind);
    if (field->offset > stream->size || layout.size > stream->size - field->offset)
        return error_set(error, ERR_INVALID,
                         "field %s, %zu bytes at %" PRIu32
                         ", does not lie in its record of %" PRIu32 " bytes: use GALE_FIELD()",
                         say_quoted(field->name).text, layout.size, field->offset, stream->size);
    if ((field->offset & (layout.alignment - 1)) != 0)
        return error_set(error, ERR_INVALID,
                         "field %s at %" PRIu32 " is not aligned to %zu bytes: use GALE_FIELD()",
                         say_quoted(field->name).text, field->offset, layout.alignment);
    return ERR_OK;
}

static enum err describe_fields(const struct gale_stream *from, struct plan_stream *stream,
                                struct error *error)
{
    if (from->size > DESCRIBE_RECORD_MAX)
        return error_set(error, ERR_LIMIT, "its record has %" PRIu32 " bytes: at most %d",
                         from->size, DESCRIBE_RECORD_MAX);
    for (uint32_t i = 0; i < GALE_FIELDS_MAX; i++) {
        const struct gale_field *field = &from->fields[i];
        if (field->name == NULL && field->kind == GALE_KIND_NONE)
            return ERR_OK;

        struct plan_field *to = &stream->fields[stream->field_count++];
        enum err err = copy_name("field", i + 1, field->name, &to->name, error);
        if (err == ERR_OK)
            err = check_fits(from, field, error);
        if (err != ERR_OK)
            return err;
        to->kind = (enum kind)field->kind;
    }
    return ERR_OK;
}

static enum err describe_streams(const struct gale_component *from,
                                 struct plan_component *component, struct error *error)
{
    for (uint32_t i = 0; i < GALE_STREAMS_MAX && from->emits[i] != NULL; i++) {
        struct plan_stream *stream = &component->streams[component->stream_count++];
        enum err err = copy_name("stream", i + 1, from->emits[i]->name, &stream->name, error);

        if (err != ERR_OK)
            return err;
        stream->direct = from->emits[i]->direct;
        err = describe_fields(from->emits[i], stream, error);
        if (err != ERR_OK)
            return error_wrap(error, "stream %s", say_quoted(stream->name).text);
    }
    return ERR_OK;
}

/* ---- inputs ---- */

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The sender's own declaration of the stream; several may have the name. */
static const struct gale_stream *find_emitted(const struct gale_component *from,
                                              const struct gale_stream *stream)
{
    for (uint32_t i = 0; i < GALE_STREAMS_MAX && from->emits[i] != NULL; i++) {
        if (from->emits[i] == stream || is_same_text(from->emits[i]->name, stream->name))
            return from->emits[i];
    }
    return NULL;
}

static enum err refuse_missing(const struct gale_component *from, const struct gale_stream *stream,
                               struct error *error)
{
    const char *names[GALE_STREAMS_MAX];
    uint32_t count = 0;

    for (uint32_t i = 0; i < GALE_STREAMS_MAX && from->emits[i] != NULL; i++) {
        if (from->emits[i]->name != NULL)
            names[count++] = from->emits[i]->name;
    }
    return error_set(error, ERR_NOT_FOUND, "takes stream %s, but %s emits no such stream; %s",
                     say_quoted(stream->name).text, say_quoted(from->name).text,
                     say_choices(stream->name, names, count).text);
}

/* A tuple has one layout: both sides must mean the same fields in the same order. */
static enum err check_same_fields(const struct gale_stream *taken,
                                  const struct gale_stream *emitted, struct error *error)
{
    for (uint32_t i = 0; taken != emitted && i < GALE_FIELDS_MAX; i++) {
        const struct gale_field *a = &taken->fields[i];
        const struct gale_field *b = &emitted->fields[i];

        if (!is_same_text(a->name, b->name) || a->kind != b->kind)
            return error_set(error, ERR_CONFLICT,
                             "takes another stream %s than its sender emits: field %" PRIu32
                             " is %s (%s) here and %s (%s) there; declare it once, in a header",
                             say_quoted(taken->name).text, i + 1, say_quoted(a->name).text,
                             kind_name((enum kind)a->kind), say_quoted(b->name).text,
                             kind_name((enum kind)b->kind));
        if (a->name == NULL)
            return ERR_OK;
    }
    return ERR_OK;
}

/* Which of the stream's fields a key is, is plan_check()'s matter; here it must be of that kind,
 * or it was taken from another struct. */
static enum err check_key_kind(const struct gale_field *key, const struct gale_stream *stream,
                               struct error *error)
{
    for (uint32_t i = 0; i < GALE_FIELDS_MAX && stream->fields[i].name != NULL; i++) {
        const struct gale_field *field = &stream->fields[i];

        if (strcmp(field->name, key->name) == 0 && field->kind != key->kind)
            return error_set(error, ERR_INVALID,
                             "has key %s as %s, but in stream %s it is %s: name the stream's "
                             "struct in GALE_FIELD()",
                             say_quoted(key->name).text, kind_name((enum kind)key->kind),
                             say_quoted(stream->name).text, kind_name((enum kind)field->kind));
    }
    return ERR_OK;
}

static enum err describe_keys(const struct gale_input *from, struct plan_input *input,
                              struct error *error)
{
    for (uint32_t i = 0; i < GALE_KEYS_MAX; i++) {
        const struct gale_field *key = &from->keys[i];
        if (key->name == NULL && key->kind == GALE_KIND_NONE)
            return ERR_OK;

        if (key->name == NULL)
            return error_set(error, ERR_INVALID, "has a key without a name: use GALE_FIELD()");
        enum err err = copy_name("key", i + 1, key->name, &input->keys[i], error);
        if (err != ERR_OK)
            return err;
        input->key_count = i + 1;
        err = check_key_kind(key, from->stream, error);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static bool is_listed(const struct gale_topology *topology, const struct gale_component *component)
{
    for (uint32_t i = 0; i < GALE_COMPONENTS_MAX && topology->components[i] != NULL; i++) {
        if (topology->components[i] == component)
            return true;
    }
    return false;
}

/* That the input names things which exist, so that the rest may look into them. */
static enum err check_ends(const struct gale_topology *topology, const struct gale_input *from,
                           struct error *error)
{
    if (from->from == NULL)
        return error_set(error, ERR_INVALID, "has no component: set .from");
    if (from->stream == NULL)
        return error_set(error, ERR_INVALID, "has no stream: set .stream");
    if (!is_listed(topology, from->from))
        return error_set(error, ERR_NOT_FOUND,
                         "is from component %s, which the topology does not list: add it to "
                         ".components",
                         say_quoted(from->from->name).text);
    if (from->from->name == NULL || from->stream->name == NULL)
        return error_set(error, ERR_INVALID, "is from a component or stream without a name");

    const struct gale_stream *emitted = find_emitted(from->from, from->stream);
    return emitted == NULL ? refuse_missing(from->from, from->stream, error)
                           : check_same_fields(from->stream, emitted, error);
}

static enum err check_choose(const struct gale_input *from, struct error *error)
{
    if (from->by == GALE_CUSTOM && from->choose == NULL)
        return error_set(error, ERR_INVALID, "has a custom grouping but no function: set .choose");
    if (from->by != GALE_CUSTOM && from->choose != NULL)
        return error_set(error, ERR_INVALID,
                         "has .choose, which only a custom grouping calls: set .by to GALE_CUSTOM");
    return ERR_OK;
}

/* Errors read on from "input 1 ". */
static enum err describe_input(const struct gale_topology *topology, const struct gale_input *from,
                               struct plan_input *input, struct error *error)
{
    enum err err = check_ends(topology, from, error);

    if (err == ERR_OK)
        err = check_choose(from, error);
    if (err == ERR_OK)
        err = copy_name("component", 1, from->from->name, &input->from, error);
    if (err == ERR_OK)
        err = copy_name("stream", 1, from->stream->name, &input->stream, error);
    if (err != ERR_OK)
        return err;
    input->by = (enum plan_grouping)from->by;
    input->reserve_bytes = from->reserve_bytes;
    return describe_keys(from, input, error);
}

static enum err describe_inputs(const struct gale_topology *topology,
                                const struct gale_component *from, struct plan_component *component,
                                struct error *error)
{
    for (uint32_t i = 0; i < GALE_INPUTS_MAX; i++) {
        if (from->inputs[i].from == NULL && from->inputs[i].stream == NULL)
            return ERR_OK;
        struct plan_input *input = &component->inputs[component->input_count++];
        enum err err = describe_input(topology, &from->inputs[i], input, error);

        if (err != ERR_OK)
            return error_set(error, err, "input %" PRIu32 " %s", i + 1, error->text);
    }
    return ERR_OK;
}

/* ---- components ---- */

static enum err describe_role(const struct gale_component *from, struct plan_component *component,
                              struct error *error)
{
    bool is_spout = from->spout.next != NULL;
    bool is_bolt = from->bolt.execute != NULL;

    if (is_spout && is_bolt)
        return error_set(error, ERR_INVALID,
                         "it is a spout (.spout.next) and a bolt (.bolt.execute): split it in two");
    if (!is_spout && !is_bolt)
        return error_set(
            error, ERR_INVALID,
            "it does nothing: set .spout.next for a spout or .bolt.execute for a bolt");
    component->role = is_spout ? PLAN_SPOUT : PLAN_BOLT;
    return ERR_OK;
}

static void describe_numbers(const struct gale_component *from, struct plan_component *component)
{
    component->tasks = from->tasks == 0 ? 1 : from->tasks;
    component->executors = from->executors == 0 ? component->tasks : from->executors;
    component->max_pending = from->max_pending;
    component->tick_ms = from->tick_ms;
    component->own_loop = from->own_loop;
}

static enum err describe_parts(const struct gale_topology *topology,
                               const struct gale_component *from, struct plan_component *component,
                               struct error *error)
{
    enum err err = describe_role(from, component, error);

    if (err == ERR_OK)
        err = describe_streams(from, component, error);
    if (err == ERR_OK)
        err = describe_inputs(topology, from, component, error);
    if (err == ERR_OK)
        err = describe_settings(from->settings, &component->settings, error);
    describe_numbers(from, component);
    return err;
}

static enum err describe_components(const struct gale_topology *topology, struct plan *plan,
                                    struct error *error)
{
    for (uint32_t i = 0; i < plan->component_count; i++) {
        const struct gale_component *from = topology->components[i];
        struct plan_component *component = &plan->components[i];
        enum err err = copy_name("component", i + 1, from->name, &component->name, error);

        if (err != ERR_OK)
            return err;
        err = describe_parts(topology, from, component, error);
        if (err != ERR_OK)
            return error_wrap(error, "component %s", say_quoted(component->name).text);
    }
    return ERR_OK;
}

/* ---- the topology ---- */

/* Before all else: the rest of the struct may mean something else. */
static enum err check_abi(const struct gale_topology *topology, struct error *error)
{
    if (topology->abi >> 32 != GALE_ABI >> 32)
        return error_set(error, ERR_VERSION,
                         "it is not a Gale topology: set .abi of gale_topology to GALE_ABI");
    if (topology->abi != GALE_ABI)
        return error_set(error, ERR_VERSION,
                         "this topology was built for ABI %" PRIu32 ", this gale has %" PRIu32
                         ": rebuild it against the installed headers",
                         (uint32_t)topology->abi, (uint32_t)GALE_ABI);
    return ERR_OK;
}

static uint32_t count_components(const struct gale_topology *topology)
{
    uint32_t count = 0;

    while (count < GALE_COMPONENTS_MAX && topology->components[count] != NULL)
        count++;
    return count;
}

static enum err describe_topology(const struct gale_topology *topology, struct plan *plan,
                                  struct error *error)
{
    if (topology->name == NULL)
        return error_set(error, ERR_INVALID, "the topology has no name: set .name");

    enum err err = copy_name("topology", 1, topology->name, &plan->name, error);
    if (err == ERR_OK)
        err = describe_components(topology, plan, error);
    if (err == ERR_OK)
        err = describe_settings(topology->settings, &plan->settings, error);
    return err;
}

enum err describe(const struct gale_topology *topology, struct plan **ret_plan, struct error *error)
{
    struct error reason;
    enum err err = check_abi(topology, &reason);

    if (err != ERR_OK)
        return error_set(error, err, "%s", reason.text);
    AUTO(plan_destroy) struct plan *plan = plan_new(count_components(topology));
    err = describe_topology(topology, plan, &reason);
    if (err != ERR_OK)
        return error_set(error, err, "%s", reason.text);
    *ret_plan = TAKE(plan);
    return ERR_OK;
}
