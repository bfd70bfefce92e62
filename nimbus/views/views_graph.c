/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a topology is, by its plan and settings: the part of a status that does not change while it runs.
 */
#include <string.h>

#include "nimbus/core_parts.h"
#include "nimbus/views/show.h"

static json_t *show_fields(const struct plan_stream *stream)
{
    json_t *fields = json_array();

    for (uint32_t i = 0; i < stream->field_count; i++)
        (void)json_array_append_new(fields, json_string(stream->fields[i].name));
    return fields;
}

static json_t *show_streams(const struct plan_component *component)
{
    json_t *streams = json_array();

    for (uint32_t i = 0; i < component->stream_count; i++) {
        json_t *shown = json_object();
        show_text(shown, "name", component->streams[i].name);
        show_put(shown, "fields", show_fields(&component->streams[i]));
        show_put(shown, "direct", json_boolean(component->streams[i].direct));
        (void)json_array_append_new(streams, shown);
    }
    return streams;
}

static json_t *show_inputs(const struct plan_component *component)
{
    json_t *inputs = json_array();

    for (uint32_t i = 0; i < component->input_count; i++) {
        const struct plan_input *input = &component->inputs[i];
        json_t *shown = json_object();
        json_t *keys = json_array();
        for (uint32_t key = 0; key < input->key_count; key++)
            (void)json_array_append_new(keys, json_string(input->keys[key]));
        show_text(shown, "component", input->from);
        show_text(shown, "stream", input->stream);
        show_text(shown, "grouping", plan_grouping_name(input->by));
        show_put(shown, "keys", keys);
        show_put(shown, "cycle", json_boolean(input->closes_cycle));
        (void)json_array_append_new(inputs, shown);
    }
    return inputs;
}

static json_t *show_graph(const struct plan *plan)
{
    json_t *graph = json_object();
    json_t *components = json_array();

    for (uint32_t i = 0; i < plan->component_count; i++) {
        const struct plan_component *component = &plan->components[i];
        json_t *shown = json_object();
        show_text(shown, "name", component->name);
        show_text(shown, "role", component->role == PLAN_SPOUT ? "spout" : "bolt");
        show_number(shown, "tasks", component->tasks);
        show_number(shown, "executors", component->executors);
        show_number(shown, "rank", component->rank);
        show_put(shown, "streams", show_streams(component));
        show_put(shown, "inputs", show_inputs(component));
        (void)json_array_append_new(components, shown);
    }
    show_put(graph, "components", components);
    return graph;
}

/* Settings of nimbus' file are copied into the topology when it is submitted: one that is the same as
 * there came from there. */
static const char *name_origin(const struct core *core, const struct topology *topology,
                               const struct setting *setting)
{
    const struct setting *given =
        core->options.defaults == NULL ? NULL : settings_find(core->options.defaults, setting->key);

    for (size_t i = 0; i < topology->state.setting_count; i++) {
        if (strcmp(topology->state.settings[i].key, setting->key) != 0)
            continue;
        return given != NULL && strcmp(given->value, setting->value) == 0 ? "nimbus" : "submit";
    }
    return strcmp(setting->origin, "default") == 0 ? "default" : "topology";
}

static json_t *show_effective(const struct core *core, const struct topology *topology)
{
    const struct settings *effective = topology->config->effective;
    json_t *list = json_array();

    for (size_t i = 0; i < settings_count(effective); i++) {
        const struct setting *setting = settings_at(effective, i);
        json_t *shown = json_object();
        show_text(shown, "key", setting->key);
        show_text(shown, "value", setting->value);
        show_text(shown, "origin", name_origin(core, topology, setting));
        (void)json_array_append_new(list, shown);
    }
    return list;
}

/* Of a plan that cannot be read there is nothing. */
void graph_show(json_t *ok, const struct core *core, const struct topology *topology)
{
    bool is_made = topology->plan != NULL && topology->config != NULL;

    show_put(ok, "graph", is_made ? show_graph(topology->plan) : json_pack("{s:[]}", "components"));
    show_number(ok, "message_timeout_ms", is_made ? topology->config->timeout_ms : 0);
    show_put(ok, "settings_effective", is_made ? show_effective(core, topology) : json_array());
}
