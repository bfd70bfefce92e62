/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/supervisor_state.h"

#include <stdlib.h>

#include "base/mem.h"
#include "coord/state/fields.h"

void supervisor_state_done(struct supervisor_state *supervisor)
{
    for (size_t i = 0; i < supervisor->resource_count; i++)
        free(supervisor->resources[i].name);
    free(supervisor->resources);
    fields_free_texts(supervisor->labels, supervisor->label_count);
    free(supervisor->id);
    free(supervisor->host);
    free(supervisor->address);
    free(supervisor->gale);
    *supervisor = (struct supervisor_state){.id = NULL};
}

char *supervisor_state_encode(const struct supervisor_state *supervisor)
{
    json_t *object = fields_new(SUPERVISOR_STATE_VERSION);
    json_t *resources = json_array();

    for (size_t i = 0; i < supervisor->resource_count; i++) {
        json_t *resource = json_object();
        fields_put_text(resource, "name", supervisor->resources[i].name);
        fields_put_number(resource, "amount", supervisor->resources[i].amount);
        fields_append(resources, resource);
    }
    fields_put_text(object, "id", supervisor->id);
    fields_put_text(object, "host", supervisor->host);
    fields_put_text(object, "address", supervisor->address);
    fields_put_text(object, "gale", supervisor->gale);
    fields_put_number(object, "since_ms", supervisor->since_ms);
    fields_put_number(object, "cores", supervisor->cores);
    fields_put_number(object, "slots", supervisor->slots);
    fields_put(object, "resources", resources);
    fields_put_texts(object, "labels", supervisor->labels, supervisor->label_count);
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

enum err supervisor_state_decode(const char *data, size_t size,
                                 struct supervisor_state *ret_supervisor, struct error *error)
{
    struct fields fields;

    fields_open(&fields, "supervisor", SUPERVISOR_STATE_VERSION, data, size, error);
    struct supervisor_state supervisor = {
        .id = fields_id(&fields, fields.root, "id"),
        .host = fields_text(&fields, fields.root, "host", FIELDS_TEXT_MAX),
        .address = fields_text(&fields, fields.root, "address", FIELDS_TEXT_MAX),
        .gale = fields_text(&fields, fields.root, "gale", FIELDS_TEXT_MAX),
        .since_ms = fields_number(&fields, fields.root, "since_ms", INT64_MAX),
        .cores = (uint32_t)fields_number(&fields, fields.root, "cores", UINT32_MAX),
        .slots = (uint32_t)fields_number(&fields, fields.root, "slots", SUPERVISOR_STATE_SLOTS_MAX),
    };
    decode_resources(&fields, &supervisor);
    supervisor.labels = fields_texts(&fields, "labels", SUPERVISOR_STATE_LABELS_MAX,
                                     FIELDS_TEXT_MAX, &supervisor.label_count);
    enum err err = fields_close(&fields);
    if (err != ERR_OK)
        supervisor_state_done(&supervisor);
    else
        *ret_supervisor = supervisor;
    return err;
}
