/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

static void free_settings(struct plan_settings *settings)
{
    for (uint32_t i = 0; i < settings->count; i++) {
        free(settings->items[i].key);
        free(settings->items[i].value);
        free(settings->items[i].help);
    }
}

static void free_stream(struct plan_stream *stream)
{
    for (uint32_t i = 0; i < stream->field_count; i++)
        free(stream->fields[i].name);
    free(stream->name);
}

static void free_input(struct plan_input *input)
{
    for (uint32_t i = 0; i < input->key_count; i++)
        free(input->keys[i]);
    free(input->from);
    free(input->stream);
}

static void free_component(struct plan_component *component)
{
    for (uint32_t i = 0; i < component->stream_count; i++)
        free_stream(&component->streams[i]);
    for (uint32_t i = 0; i < component->input_count; i++)
        free_input(&component->inputs[i]);
    free_settings(&component->settings);
    free(component->name);
}

struct plan *plan_new(uint32_t component_count)
{
    ASSERT(component_count <= PLAN_COMPONENTS_MAX);

    struct plan *plan = NEW(struct plan);
    plan->component_count = component_count;
    plan->components = NEW_ARRAY(struct plan_component, component_count);
    return plan;
}

void plan_destroy(struct plan **plan)
{
    if (*plan == NULL)
        return;
    for (uint32_t i = 0; i < (*plan)->component_count; i++)
        free_component(&(*plan)->components[i]);
    free((*plan)->components);
    free_settings(&(*plan)->settings);
    free((*plan)->name);
    free(*plan);
    *plan = NULL;
}

int32_t plan_find(const struct plan *plan, const char *component)
{
    for (uint32_t i = 0; i < plan->component_count; i++) {
        if (strcmp(plan->components[i].name, component) == 0)
            return (int32_t)i;
    }
    return -1;
}

const char *plan_grouping_name(enum plan_grouping grouping)
{
    switch (grouping) {
    case PLAN_SHUFFLE:
        return "shuffle";
    case PLAN_FIELDS:
        return "fields";
    case PLAN_PARTIAL_KEY:
        return "partial-key";
    case PLAN_ALL:
        return "all";
    case PLAN_GLOBAL:
        return "global";
    case PLAN_NONE:
        return "none";
    case PLAN_DIRECT:
        return "direct";
    case PLAN_LOCAL_OR_SHUFFLE:
        return "local-or-shuffle";
    case PLAN_CUSTOM:
        return "custom";
    }
    return "unknown";
}

const char *kind_name(enum kind kind)
{
    static const char *const plain[] = {"none", "bool", "i64", "u64", "f64", "str", "bytes"};
    static const char *const nullable[] = {"none", "bool?", "i64?",  "u64?",
                                           "f64?", "str?",  "bytes?"};

    if (!kind_is_known(kind))
        return "none";
    return (kind_is_nullable(kind) ? nullable : plain)[kind_base(kind)];
}
