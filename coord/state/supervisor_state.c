/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/supervisor_state.h"

#include <stdlib.h>

#include "base/mem.h"
#include "coord/state/fields.h"

void supervisor_state_done(struct supervisor_state *supervisor)
{
    for (size_t i = 0; i < supervisor->resource_count; i++)
        free(supervisor->resources[i].name);
    for (size_t i = 0; i < supervisor->label_count; i++)
        free(supervisor->labels[i]);
    free(supervisor->resources);
    free(supervisor->labels);
    free(supervisor->id);
    free(supervisor->host);
    free(supervisor->gale);
    *supervisor = (struct supervisor_state){.id = NULL};
}

char *supervisor_state_encode(const struct supervisor_state *supervisor)
{
    json_t *object = fields_new(SUPERVISOR_STATE_VERSION);
    json_t *resources = json_array();
    json_t *labels = json_array();

    for (size_t i = 0; i < supervisor->resource_count; i++) {
        json_t *resource = json_object();
        fields_put_text(resource, "name", supervisor->resources[i].name);
        fields_put_number(resource, "amount", supervisor->resources[i].amount);
        fields_append(resources, resource);
    }
    for (size_t i = 0; i < supervisor->label_count; i++)
        fields_append(labels, fields_json_text(supervisor->labels[i]));
    fields_put_text(object, "id", supervisor->id);
    fields_put_text(object, "host", supervisor->host);
    fields_put_text(object, "gale", supervisor->gale);
    fields_put_number(object, "slots", supervisor->slots);
    fields_put(object, "resources", resources);
    fields_put(object, "labels", labels);
    return fields_finish(object);
}

static void decode_resources(struct fields *fields, struct supervisor_state *supervisor)
{
    json_t *list = fields_list(fields, fields->root, "resources", SUPERVISOR_STATE_RESOURCES_MAX);
    size_t count = json_array_size(list);

    supervisor->resources = NEW_ARRAY(struct supervisor_resource, count);
    for (; supervisor->resource_count < count; supervisor->resource_count++) {
        const json_t *object = json_array_get(list, supervisor->resource_count);
        struct supervisor_resource *resource = &supervisor->resources[supervisor->resource_count];

        resource->name = fields_text(fields, object, "name", FIELDS_TEXT_MAX);
        resource->amount = fields_number(fields, object, "amount", INT64_MAX);
    }
}

static void decode_labels(struct fields *fields, struct supervisor_state *supervisor)
{
    json_t *list = fields_list(fields, fields->root, "labels", SUPERVISOR_STATE_LABELS_MAX);
    size_t count = json_array_size(list);

    supervisor->labels = NEW_ARRAY(char *, count);
    for (; supervisor->label_count < count; supervisor->label_count++) {
        const json_t *label = json_array_get(list, supervisor->label_count);

        if (!json_is_string(label) || json_string_length(label) > FIELDS_TEXT_MAX)
            fields_refuse(fields, ERR_CORRUPT, "labels", "has one that is not a short text");
        supervisor->labels[supervisor->label_count] =
            mem_copy_text(json_is_string(label) ? json_string_value(label) : "");
    }
}

enum err supervisor_state_decode(const char *data, size_t size,
                                 struct supervisor_state *ret_supervisor, struct error *error)
{
    struct fields fields;

    fields_open(&fields, "supervisor", SUPERVISOR_STATE_VERSION, data, size, error);
    struct supervisor_state supervisor = {
        .id = fields_id(&fields, fields.root, "id"),
        .host = fields_text(&fields, fields.root, "host", FIELDS_TEXT_MAX),
        .gale = fields_text(&fields, fields.root, "gale", FIELDS_TEXT_MAX),
        .slots = (uint32_t)fields_number(&fields, fields.root, "slots", SUPERVISOR_STATE_SLOTS_MAX),
    };
    decode_resources(&fields, &supervisor);
    decode_labels(&fields, &supervisor);
    enum err err = fields_close(&fields);
    if (err != ERR_OK)
        supervisor_state_done(&supervisor);
    else
        *ret_supervisor = supervisor;
    return err;
}
