/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/totals_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/state/fields.h"
#include "coord/state/paths.h"
#include "coord/state/supervisor_state.h"

/* ---- giving back ---- */

static void free_component(struct totals_component *component)
{
    for (size_t i = 0; i < component->output_count; i++)
        free(component->outputs[i].stream);
    for (size_t i = 0; i < component->edge_count; i++) {
        free(component->edges[i].stream);
        free(component->edges[i].to);
    }
    for (size_t i = 0; i < component->input_count; i++) {
        free(component->inputs[i].from);
        free(component->inputs[i].stream);
    }
    for (size_t i = 0; i < component->metric_count; i++)
        free(component->metrics[i].name);
    free(component->outputs);
    free(component->edges);
    free(component->inputs);
    free(component->metrics);
    free(component->name);
}

void totals_state_done(struct totals_state *totals)
{
    for (size_t i = 0; i < totals->component_count; i++)
        free_component(&totals->components[i]);
    for (size_t i = 0; i < totals->place_count; i++)
        free(totals->places[i].supervisor);
    free(totals->components);
    free(totals->places);
    free(totals->topology);
    *totals = (struct totals_state){.topology = NULL};
}

/* ---- writing ---- */

/* Workers say what they like, and JSON ends there. */
static void put_count(json_t *json, const char *member, uint64_t count)
{
    fields_put_number(json, member, count < INT64_MAX ? count : INT64_MAX);
}

static json_t *encode_outputs(const struct totals_component *component)
{
    json_t *list = json_array();

    for (size_t i = 0; i < component->output_count; i++) {
        const struct totals_output *output = &component->outputs[i];
        json_t *json = json_object();
        fields_put_text(json, "stream", output->stream);
        put_count(json, "emitted", output->emitted);
        put_count(json, "sent", output->sent);
        fields_append(list, json);
    }
    return list;
}

static json_t *encode_edges(const struct totals_component *component)
{
    json_t *list = json_array();

    for (size_t i = 0; i < component->edge_count; i++) {
        const struct totals_edge *edge = &component->edges[i];
        json_t *json = json_object();
        fields_put_text(json, "stream", edge->stream);
        fields_put_text(json, "to", edge->to);
        put_count(json, "sent", edge->sent);
        fields_append(list, json);
    }
    return list;
}

static json_t *encode_inputs(const struct totals_component *component)
{
    json_t *list = json_array();

    for (size_t i = 0; i < component->input_count; i++) {
        const struct totals_input *input = &component->inputs[i];
        json_t *json = json_object();
        fields_put_text(json, "from", input->from);
        fields_put_text(json, "stream", input->stream);
        put_count(json, "executed", input->executed);
        put_count(json, "acked", input->acked);
        put_count(json, "failed", input->failed);
        put_count(json, "execute_ns", input->execute_ns);
        put_count(json, "process_ns", input->process_ns);
        fields_append(list, json);
    }
    return list;
}

static json_t *encode_metrics(const struct totals_component *component)
{
    json_t *list = json_array();

    for (size_t i = 0; i < component->metric_count; i++) {
        json_t *json = json_object();
        fields_put_text(json, "name", component->metrics[i].name);
        put_count(json, "count", component->metrics[i].count);
        fields_append(list, json);
    }
    return list;
}

static json_t *encode_component(const struct totals_component *component)
{
    json_t *json = json_object();

    fields_put_text(json, "name", component->name);
    fields_put(json, "spout", json_boolean(component->is_spout));
    put_count(json, "acked", component->acked);
    put_count(json, "failed", component->failed);
    put_count(json, "timed_out", component->timed_out);
    put_count(json, "refused", component->refused);
    put_count(json, "complete_ns", component->complete_ns);
    fields_put(json, "outputs", encode_outputs(component));
    fields_put(json, "edges", encode_edges(component));
    fields_put(json, "inputs", encode_inputs(component));
    fields_put(json, "metrics", encode_metrics(component));
    return json;
}

static json_t *encode_places(const struct totals_state *totals)
{
    json_t *list = json_array();

    for (size_t i = 0; i < totals->place_count; i++) {
        json_t *json = json_object();
        fields_put_text(json, "supervisor", totals->places[i].supervisor);
        fields_put_number(json, "slot", totals->places[i].slot);
        fields_put_number(json, "incarnation", totals->places[i].incarnation);
        fields_append(list, json);
    }
    return list;
}

char *totals_state_encode(const struct totals_state *totals)
{
    json_t *object = fields_new(TOTALS_STATE_VERSION);
    json_t *components = json_array();

    for (size_t i = 0; i < totals->component_count; i++)
        fields_append(components, encode_component(&totals->components[i]));
    fields_put_text(object, "topology", totals->topology);
    fields_put_number(object, "epoch", totals->epoch);
    fields_put(object, "components", components);
    fields_put(object, "places", encode_places(totals));
    return fields_finish(object);
}

/* ---- reading ---- */

static uint64_t take_number(struct fields *fields, const json_t *json, const char *member)
{
    return fields_number(fields, json, member, INT64_MAX);
}

static char *take_name(struct fields *fields, const json_t *json, const char *member)
{
    return fields_text(fields, json, member, TOTALS_STATE_NAME_MAX);
}

static void decode_outputs(struct fields *fields, const json_t *json,
                           struct totals_component *component)
{
    const json_t *list = fields_list(fields, json, "outputs", TOTALS_STATE_OUTPUTS_MAX);
    size_t count = json_array_size(list);

    component->outputs = NEW_ARRAY(struct totals_output, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        component->outputs[component->output_count++] = (struct totals_output){
            .stream = take_name(fields, item, "stream"),
            .emitted = take_number(fields, item, "emitted"),
            .sent = take_number(fields, item, "sent"),
        };
    }
}

static void decode_edges(struct fields *fields, const json_t *json,
                         struct totals_component *component)
{
    const json_t *list = fields_list(fields, json, "edges", TOTALS_STATE_EDGES_MAX);
    size_t count = json_array_size(list);

    component->edges = NEW_ARRAY(struct totals_edge, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        component->edges[component->edge_count++] = (struct totals_edge){
            .stream = take_name(fields, item, "stream"),
            .to = take_name(fields, item, "to"),
            .sent = take_number(fields, item, "sent"),
        };
    }
}

static void decode_inputs(struct fields *fields, const json_t *json,
                          struct totals_component *component)
{
    const json_t *list = fields_list(fields, json, "inputs", TOTALS_STATE_INPUTS_MAX);
    size_t count = json_array_size(list);

    component->inputs = NEW_ARRAY(struct totals_input, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        component->inputs[component->input_count++] = (struct totals_input){
            .from = take_name(fields, item, "from"),
            .stream = take_name(fields, item, "stream"),
            .executed = take_number(fields, item, "executed"),
            .acked = take_number(fields, item, "acked"),
            .failed = take_number(fields, item, "failed"),
            .execute_ns = take_number(fields, item, "execute_ns"),
            .process_ns = take_number(fields, item, "process_ns"),
        };
    }
}

static void decode_metrics(struct fields *fields, const json_t *json,
                           struct totals_component *component)
{
    const json_t *list = fields_list(fields, json, "metrics", TOTALS_STATE_METRICS_MAX);
    size_t count = json_array_size(list);

    component->metrics = NEW_ARRAY(struct totals_metric, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        component->metrics[component->metric_count++] = (struct totals_metric){
            .name = take_name(fields, item, "name"), .count = take_number(fields, item, "count")};
    }
}

static void decode_components(struct fields *fields, struct totals_state *totals)
{
    const json_t *list =
        fields_list(fields, fields->root, "components", TOTALS_STATE_COMPONENTS_MAX);
    size_t count = json_array_size(list);

    totals->components = NEW_ARRAY(struct totals_component, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *json = json_array_get(list, i);
        struct totals_component *component = &totals->components[totals->component_count++];
        *component = (struct totals_component){
            .name = take_name(fields, json, "name"),
            .is_spout = json_is_true(json_object_get(json, "spout")),
            .acked = take_number(fields, json, "acked"),
            .failed = take_number(fields, json, "failed"),
            .timed_out = take_number(fields, json, "timed_out"),
            .refused = take_number(fields, json, "refused"),
            .complete_ns = take_number(fields, json, "complete_ns"),
        };
        decode_outputs(fields, json, component);
        decode_edges(fields, json, component);
        decode_inputs(fields, json, component);
        decode_metrics(fields, json, component);
    }
}

static void decode_places(struct fields *fields, struct totals_state *totals)
{
    const json_t *list = fields_list(fields, fields->root, "places", TOTALS_STATE_PLACES_MAX);
    size_t count = json_array_size(list);

    totals->places = NEW_ARRAY(struct totals_place, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *json = json_array_get(list, i);
        totals->places[totals->place_count++] = (struct totals_place){
            .supervisor = fields_id(fields, json, "supervisor"),
            .slot = (uint32_t)fields_number(fields, json, "slot", SUPERVISOR_STATE_SLOTS_MAX - 1),
            .incarnation = take_number(fields, json, "incarnation"),
        };
    }
}

enum err totals_state_decode(const char *data, size_t size, struct totals_state *ret_totals,
                             struct error *error)
{
    struct fields fields;

    fields_open(&fields, "totals", TOTALS_STATE_VERSION, data, size, error);
    struct totals_state totals = {
        .topology = fields_id(&fields, fields.root, "topology"),
        .epoch = fields_number(&fields, fields.root, "epoch", INT64_MAX),
    };
    decode_components(&fields, &totals);
    decode_places(&fields, &totals);
    enum err err = fields_close(&fields);
    if (err != ERR_OK)
        totals_state_done(&totals);
    else
        *ret_totals = totals;
    return err;
}

/* ---- calls ---- */

/* The metrics of user code go before the counts of tuples do. */
static char *encode_within(struct totals_state *totals)
{
    char *text = totals_state_encode(totals);

    if (strlen(text) <= TOTALS_STATE_BYTES_MAX)
        return text;
    free(text);
    for (size_t c = 0; c < totals->component_count; c++) {
        struct totals_component *component = &totals->components[c];
        while (component->metric_count > 0)
            free(component->metrics[--component->metric_count].name);
    }
    return totals_state_encode(totals);
}

static enum err send(const struct fence *fence, struct totals_state *totals, struct coord_call part,
                     uint64_t tag, struct coord_calls *calls)
{
    struct path path = paths_totals(totals->topology);

    totals->epoch = fence->epoch;
    AUTO(mem_free_text) char *text = encode_within(totals);
    part.path = path.text;
    part.data = text;
    part.size = strlen(text);
    if (part.size > TOTALS_STATE_BYTES_MAX)
        return ERR_LIMIT;
    fence_send(fence, &part, 1, tag, calls);
    return ERR_OK;
}

enum err totals_state_create(const struct fence *fence, struct totals_state *totals, uint64_t tag,
                             struct coord_calls *calls)
{
    struct coord_call part = {.kind = COORD_CREATE, .mode = COORD_PERSISTENT};

    return send(fence, totals, part, tag, calls);
}

enum err totals_state_set(const struct fence *fence, struct totals_state *totals, uint64_t tag,
                          struct coord_calls *calls)
{
    struct coord_call part = {.kind = COORD_SET, .version = COORD_ANY_VERSION};

    return send(fence, totals, part, tag, calls);
}

void totals_state_delete(const struct fence *fence, const char *topology, uint64_t tag,
                         struct coord_calls *calls)
{
    struct path path = paths_totals(topology);
    struct coord_call part = {
        .kind = COORD_DELETE, .path = path.text, .version = COORD_ANY_VERSION};

    fence_send(fence, &part, 1, tag, calls);
}
