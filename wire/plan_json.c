/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan as JSON; docs/plan.md lists the members.
 *
 * Decoding is strict, because what is read was written by plan_encode(): every member that is not
 * marked optional must be there, nothing else may be, and each has one type and one range. The
 * first fault wins and is kept in the decoder; what is taken after it is thrown away at the end. So
 * the functions below have no error paths, but each must be harmless once there is a fault.
 *
 * A value knows what it stands in: nodes form a list on the stack, from the inside out, that costs
 * nothing until an error spells it as "components[2].inputs[0].by".
 */
#include "wire/plan.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "wire/say.h"

#define DEPTH_MAX 8 /* nodes within each other below the document; the format has 7 */

/* ---- encoding ---- */

/* jansson returns NULL only for want of memory: texts were checked to be UTF-8. */
static json_t *need(json_t *json)
{
    ASSERT(json != NULL);
    return json;
}

static void put(json_t *object, const char *member, json_t *value)
{
    int status = json_object_set_new(object, member, need(value));
    ASSERT(status == 0);
}

static void append(json_t *array, json_t *value)
{
    int status = json_array_append_new(array, need(value));
    ASSERT(status == 0);
}

static json_t *encode_number(uint64_t number)
{
    ASSERT(number <= INT64_MAX);
    return json_integer((json_int_t)number);
}

static json_t *encode_settings(const struct plan_settings *settings)
{
    json_t *array = need(json_array());

    for (uint32_t i = 0; i < settings->count; i++) {
        const struct plan_setting *setting = &settings->items[i];
        json_t *object = need(json_object());

        put(object, "key", json_string(setting->key));
        if (setting->value != NULL)
            put(object, "value", json_string(setting->value));
        if (setting->help != NULL)
            put(object, "help", json_string(setting->help));
        append(array, object);
    }
    return array;
}

static json_t *encode_stream(const struct plan_stream *stream)
{
    json_t *object = need(json_object());
    json_t *fields = need(json_array());

    for (uint32_t i = 0; i < stream->field_count; i++) {
        json_t *field = need(json_object());

        put(field, "name", json_string(stream->fields[i].name));
        put(field, "kind", json_string(kind_name(stream->fields[i].kind)));
        append(fields, field);
    }
    put(object, "name", json_string(stream->name));
    put(object, "direct", json_boolean(stream->direct));
    put(object, "fields", fields);
    return object;
}

static json_t *encode_input(const struct plan_input *input)
{
    json_t *object = need(json_object());
    json_t *keys = need(json_array());

    for (uint32_t i = 0; i < input->key_count; i++)
        append(keys, json_string(input->keys[i]));
    put(object, "from", json_string(input->from));
    put(object, "stream", json_string(input->stream));
    put(object, "by", json_string(plan_grouping_name(input->by)));
    put(object, "keys", keys);
    put(object, "reserve_bytes", encode_number(input->reserve_bytes));
    return object;
}

static json_t *encode_component(const struct plan_component *component)
{
    json_t *object = need(json_object());
    json_t *streams = need(json_array());
    json_t *inputs = need(json_array());

    for (uint32_t i = 0; i < component->stream_count; i++)
        append(streams, encode_stream(&component->streams[i]));
    for (uint32_t i = 0; i < component->input_count; i++)
        append(inputs, encode_input(&component->inputs[i]));
    put(object, "name", json_string(component->name));
    put(object, "role", json_string(component->role == PLAN_SPOUT ? "spout" : "bolt"));
    put(object, "tasks", encode_number(component->tasks));
    put(object, "executors", encode_number(component->executors));
    put(object, "max_pending", encode_number(component->max_pending));
    put(object, "tick_ms", encode_number(component->tick_ms));
    put(object, "own_loop", json_boolean(component->own_loop));
    put(object, "streams", streams);
    put(object, "inputs", inputs);
    put(object, "settings", encode_settings(&component->settings));
    return object;
}

char *plan_encode(const struct plan *plan)
{
    json_t *object = need(json_object());
    json_t *components = need(json_array());

    for (uint32_t i = 0; i < plan->component_count; i++)
        append(components, encode_component(&plan->components[i]));
    put(object, "version", encode_number(PLAN_VERSION));
    put(object, "name", json_string(plan->name));
    put(object, "components", components);
    put(object, "settings", encode_settings(&plan->settings));

    char *text = json_dumps(object, JSON_INDENT(2));
    ASSERT(text != NULL);
    json_decref(object);
    return text;
}

/* ---- decoding: nodes, the first fault, and where it is ---- */

struct decoder {
    enum err err;
    struct error *error;
};

/* A value in the document. */
struct node {
    struct decoder *decoder;
    const struct node *outer; /* NULL: the document itself */
    const char *member;       /* of an object; NULL: an element of an array */
    size_t index;             /* in the array */
    json_t *json;             /* borrowed; NULL if it is missing */
};

struct path {
    char text[128];
};

static struct path spell(const struct node *node)
{
    const struct node *nodes[DEPTH_MAX];
    struct path path = {.text = "the plan"};
    size_t depth = 0;
    size_t used = 0;

    for (; node->outer != NULL; node = node->outer) {
        ASSERT(depth < DEPTH_MAX);
        nodes[depth++] = node;
    }
    for (size_t i = depth; i > 0 && used < sizeof path.text; i--) {
        const struct node *at = nodes[i - 1];
        size_t room = sizeof path.text - used;
        int size = at->member == NULL
                       ? snprintf(path.text + used, room, "[%zu]", at->index)
                       : snprintf(path.text + used, room, "%s%s", used == 0 ? "" : ".", at->member);
        used += size < 0 ? room : (size_t)size;
    }
    return path;
}

/* Only the first counts. */
static void refuse(const struct node *node, enum err err, const char *reason)
{
    struct decoder *decoder = node->decoder;

    if (decoder->err == ERR_OK)
        decoder->err = error_set(decoder->error, err, "%s %s", spell(node).text, reason);
}

static void refuse_word(const struct node *node, const char *prefix, const char *word,
                        const char *const known[], size_t count)
{
    char reason[2 * SAID_TEXT_MAX + 64];

    (void)snprintf(reason, sizeof reason, "%s %s; %s", prefix, say_quoted(word).text,
                   say_choices(word, known, (uint32_t)count).text);
    refuse(node, ERR_CORRUPT, reason);
}

static struct node optional(const struct node *object, const char *name)
{
    return (struct node){
        .decoder = object->decoder,
        .outer = object,
        .member = name,
        .json = json_object_get(object->json, name),
    };
}

static struct node required(const struct node *object, const char *name)
{
    struct node node = optional(object, name);

    if (node.json == NULL)
        refuse(&node, ERR_CORRUPT, "is missing");
    return node;
}

static struct node element(const struct node *array, size_t index)
{
    return (struct node){
        .decoder = array->decoder,
        .outer = array,
        .index = index,
        .json = json_array_get(array->json, index),
    };
}

/* ---- decoding: values of each type; a node without a value is passed over ---- */

/* An object that has no other members than these. */
static void expect_object(const struct node *node, const char *const members[], size_t count)
{
    const char *name;
    json_t *value;

    if (node->json != NULL && !json_is_object(node->json))
        refuse(node, ERR_CORRUPT, "must be an object");
    json_object_foreach(node->json, name, value)
    {
        size_t i = 0;
        while (i < count && strcmp(members[i], name) != 0)
            i++;
        if (i == count)
            refuse_word(node, "has the unknown member", name, members, count);
    }
}

/* The number of elements, or 0 with a fault. */
static uint32_t expect_array(const struct node *node, uint32_t count_max)
{
    char reason[64];

    if (node->json == NULL)
        return 0;
    if (!json_is_array(node->json)) {
        refuse(node, ERR_CORRUPT, "must be an array");
        return 0;
    }
    if (json_array_size(node->json) > count_max) {
        (void)snprintf(reason, sizeof reason, "has more than %" PRIu32 " elements", count_max);
        refuse(node, ERR_LIMIT, reason);
        return 0;
    }
    return (uint32_t)json_array_size(node->json);
}

/* Borrowed; NULL with a fault, or if there is none. */
static const char *expect_text(const struct node *node, size_t bytes_max)
{
    char reason[64];

    if (node->json == NULL)
        return NULL;
    if (!json_is_string(node->json)) {
        refuse(node, ERR_CORRUPT, "must be a text");
        return NULL;
    }
    if (json_string_length(node->json) > bytes_max) {
        (void)snprintf(reason, sizeof reason, "is longer than %zu bytes", bytes_max);
        refuse(node, ERR_LIMIT, reason);
        return NULL;
    }
    return json_string_value(node->json);
}

/* A copy of it. */
static char *take_text(struct node node, size_t bytes_max)
{
    const char *text = expect_text(&node, bytes_max);

    return text == NULL ? NULL : mem_copy_text(text);
}

static uint64_t take_number(struct node node, uint64_t max)
{
    json_int_t value = json_integer_value(node.json);
    char reason[80];

    if (node.json == NULL)
        return 0;
    if (json_is_integer(node.json) && value >= 0 && (uint64_t)value <= max)
        return (uint64_t)value;
    (void)snprintf(reason, sizeof reason, "must be a whole number from 0 to %" PRIu64, max);
    refuse(&node, ERR_CORRUPT, reason);
    return 0;
}

static uint32_t take_u32(struct node node)
{
    return (uint32_t)take_number(node, UINT32_MAX);
}

static bool take_bool(struct node node)
{
    if (node.json != NULL && !json_is_boolean(node.json))
        refuse(&node, ERR_CORRUPT, "must be true or false");
    return json_is_true(node.json);
}

/* The index of the text among the names, or 0 with a fault. */
static size_t take_choice(struct node node, const char *const names[], size_t count)
{
    const char *text = expect_text(&node, PLAN_NAME_MAX);

    for (size_t i = 0; text != NULL && i < count; i++) {
        if (strcmp(names[i], text) == 0)
            return i;
    }
    if (text != NULL)
        refuse_word(&node, "is", text, names, count);
    return 0;
}

static enum kind take_kind(struct node node)
{
    static const enum kind flags[] = {KIND_NONE, KIND_NULLABLE};
    const char *names[2 * KIND_BYTES];
    enum kind kinds[2 * KIND_BYTES];
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        for (unsigned base = KIND_BOOL; base <= KIND_BYTES; base++) {
            kinds[count] = (enum kind)(base | (unsigned)flags[i]);
            names[count] = kind_name(kinds[count]);
            count++;
        }
    }
    return kinds[take_choice(node, names, count)];
}

static enum plan_grouping take_grouping(struct node node)
{
    const char *names[PLAN_CUSTOM];

    for (unsigned by = PLAN_SHUFFLE; by <= PLAN_CUSTOM; by++)
        names[by - PLAN_SHUFFLE] = plan_grouping_name((enum plan_grouping)by);
    return (enum plan_grouping)(PLAN_SHUFFLE + take_choice(node, names, COUNT_OF(names)));
}

static enum plan_role take_role(struct node node)
{
    static const char *const names[] = {"spout", "bolt"};

    return take_choice(node, names, COUNT_OF(names)) == 0 ? PLAN_SPOUT : PLAN_BOLT;
}

/* ---- decoding: the parts of a plan; counts are set first, so that plan_destroy() frees ---- */

static void decode_settings(struct node array, struct plan_settings *settings)
{
    static const char *const members[] = {"key", "value", "help"};

    settings->count = expect_array(&array, PLAN_SETTINGS_MAX);
    for (uint32_t i = 0; i < settings->count; i++) {
        struct node node = element(&array, i);

        expect_object(&node, members, COUNT_OF(members));
        settings->items[i].key = take_text(required(&node, "key"), PLAN_NAME_MAX);
        settings->items[i].value = take_text(optional(&node, "value"), PLAN_TEXT_MAX);
        settings->items[i].help = take_text(optional(&node, "help"), PLAN_TEXT_MAX);
    }
}

static void decode_fields(struct node array, struct plan_stream *stream)
{
    static const char *const members[] = {"name", "kind"};

    stream->field_count = expect_array(&array, PLAN_FIELDS_MAX);
    for (uint32_t i = 0; i < stream->field_count; i++) {
        struct node node = element(&array, i);

        expect_object(&node, members, COUNT_OF(members));
        stream->fields[i].name = take_text(required(&node, "name"), PLAN_NAME_MAX);
        stream->fields[i].kind = take_kind(required(&node, "kind"));
    }
}

static void decode_streams(struct node array, struct plan_component *component)
{
    static const char *const members[] = {"name", "direct", "fields"};

    component->stream_count = expect_array(&array, PLAN_STREAMS_MAX);
    for (uint32_t i = 0; i < component->stream_count; i++) {
        struct node node = element(&array, i);

        expect_object(&node, members, COUNT_OF(members));
        component->streams[i].name = take_text(required(&node, "name"), PLAN_NAME_MAX);
        component->streams[i].direct = take_bool(required(&node, "direct"));
        decode_fields(required(&node, "fields"), &component->streams[i]);
    }
}

static void decode_keys(struct node array, struct plan_input *input)
{
    input->key_count = expect_array(&array, PLAN_KEYS_MAX);
    for (uint32_t i = 0; i < input->key_count; i++)
        input->keys[i] = take_text(element(&array, i), PLAN_NAME_MAX);
}

static void decode_inputs(struct node array, struct plan_component *component)
{
    static const char *const members[] = {"from", "stream", "by", "keys", "reserve_bytes"};

    component->input_count = expect_array(&array, PLAN_INPUTS_MAX);
    for (uint32_t i = 0; i < component->input_count; i++) {
        struct node node = element(&array, i);
        struct plan_input *input = &component->inputs[i];

        expect_object(&node, members, COUNT_OF(members));
        input->from = take_text(required(&node, "from"), PLAN_NAME_MAX);
        input->stream = take_text(required(&node, "stream"), PLAN_NAME_MAX);
        input->by = take_grouping(required(&node, "by"));
        decode_keys(required(&node, "keys"), input);
        input->reserve_bytes = take_number(required(&node, "reserve_bytes"), INT64_MAX);
    }
}

static void decode_component(struct node node, struct plan_component *component)
{
    static const char *const members[] = {"name",    "role",     "tasks",   "executors",
                                          "tick_ms", "own_loop", "streams", "max_pending",
                                          "inputs",  "settings"};

    expect_object(&node, members, COUNT_OF(members));
    component->name = take_text(required(&node, "name"), PLAN_NAME_MAX);
    component->role = take_role(required(&node, "role"));
    component->tasks = take_u32(required(&node, "tasks"));
    component->executors = take_u32(required(&node, "executors"));
    component->max_pending = take_u32(required(&node, "max_pending"));
    component->tick_ms = take_u32(required(&node, "tick_ms"));
    component->own_loop = take_bool(required(&node, "own_loop"));
    decode_streams(required(&node, "streams"), component);
    decode_inputs(required(&node, "inputs"), component);
    decode_settings(required(&node, "settings"), &component->settings);
}

/* Before all else: another version may have other members. */
static void expect_version(const struct node *root)
{
    struct node node = required(root, "version");
    uint32_t version = take_u32(node);

    if (root->decoder->err == ERR_OK && version != PLAN_VERSION)
        root->decoder->err =
            error_set(root->decoder->error, ERR_VERSION,
                      "the plan has version %" PRIu32 ", this gale reads %d: make it anew", version,
                      PLAN_VERSION);
}

static struct plan *decode_plan(const struct node *root)
{
    static const char *const members[] = {"version", "name", "components", "settings"};

    if (!json_is_object(root->json)) {
        refuse(root, ERR_CORRUPT, "must be an object");
        return NULL;
    }
    expect_version(root);
    expect_object(root, members, COUNT_OF(members));

    struct node components = required(root, "components");
    struct plan *plan = plan_new(expect_array(&components, PLAN_COMPONENTS_MAX));
    plan->name = take_text(required(root, "name"), PLAN_NAME_MAX);
    for (uint32_t i = 0; i < plan->component_count; i++)
        decode_component(element(&components, i), &plan->components[i]);
    decode_settings(required(root, "settings"), &plan->settings);
    return plan;
}

static void release(json_t **json)
{
    json_decref(*json);
}

static enum err refuse_json(const json_error_t *fault, struct error *error)
{
    if (json_error_code(fault) == json_error_stack_overflow)
        return error_set(error, ERR_LIMIT, "the plan is nested more than %d deep",
                         JSON_PARSER_MAX_DEPTH);
    return error_set(error, ERR_CORRUPT, "the plan is not JSON: line %d, column %d: %s",
                     fault->line, fault->column, fault->text);
}

enum err plan_decode(const char *json, size_t size, struct plan **ret_plan, struct error *error)
{
    json_error_t fault;

    if (size > PLAN_JSON_BYTES_MAX)
        return error_set(error, ERR_LIMIT, "the plan has %zu bytes: at most %u", size,
                         PLAN_JSON_BYTES_MAX);
    AUTO(release) json_t *document = json_loadb(json, size, JSON_REJECT_DUPLICATES, &fault);
    if (document == NULL)
        return refuse_json(&fault, error);

    struct decoder decoder = {.error = error};
    struct node root = {.decoder = &decoder, .json = document};
    AUTO(plan_destroy) struct plan *plan = decode_plan(&root);
    if (decoder.err != ERR_OK)
        return decoder.err;
    *ret_plan = TAKE(plan);
    return ERR_OK;
}
