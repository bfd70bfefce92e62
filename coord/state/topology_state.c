/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/topology_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/state/fields.h"
#include "coord/state/paths.h"

static const char *const status_names[] = {
    [TOPOLOGY_ACTIVE] = "active",
    [TOPOLOGY_INACTIVE] = "inactive",
    [TOPOLOGY_KILLED] = "killed",
    [TOPOLOGY_REBALANCING] = "rebalancing",
};

const char *topology_status_name(enum topology_status status)
{
    ASSERT((size_t)status < COUNT_OF(status_names));
    return status_names[status];
}

void topology_state_done(struct topology_state *topology)
{
    for (size_t i = 0; i < topology->setting_count; i++) {
        free(topology->settings[i].key);
        free(topology->settings[i].value);
    }
    free(topology->settings);
    free(topology->id);
    free(topology->name);
    free(topology->owner);
    free(topology->plan_hash);
    free(topology->so_hash);
    *topology = (struct topology_state){.id = NULL};
}

static char *encode(const struct topology_state *topology, uint64_t epoch)
{
    json_t *object = fields_new(TOPOLOGY_STATE_VERSION);
    json_t *settings = json_array();

    for (size_t i = 0; i < topology->setting_count; i++) {
        json_t *setting = json_object();
        fields_put_text(setting, "key", topology->settings[i].key);
        fields_put_text(setting, "value", topology->settings[i].value);
        fields_append(settings, setting);
    }
    fields_put_text(object, "id", topology->id);
    fields_put_text(object, "name", topology->name);
    fields_put_text(object, "owner", topology->owner);
    fields_put_text(object, "status", topology_status_name(topology->status));
    fields_put_text(object, "plan_hash", topology->plan_hash);
    fields_put_text(object, "so_hash", topology->so_hash);
    fields_put_number(object, "epoch", epoch);
    fields_put(object, "settings", settings);
    return fields_finish(object);
}

char *topology_state_encode(const struct topology_state *topology)
{
    return encode(topology, topology->epoch);
}

static enum topology_status decode_status(struct fields *fields)
{
    AUTO(mem_free_text) char *name = fields_text(fields, fields->root, "status", FIELDS_TEXT_MAX);

    for (size_t i = 0; i < COUNT_OF(status_names); i++)
        if (strcmp(name, status_names[i]) == 0)
            return (enum topology_status)i;
    fields_refuse(fields, ERR_CORRUPT, "status", "is not a known one");
    return TOPOLOGY_ACTIVE;
}

static void decode_settings(struct fields *fields, struct topology_state *topology)
{
    json_t *list = fields_list(fields, fields->root, "settings", TOPOLOGY_STATE_SETTINGS_MAX);
    size_t count = json_array_size(list);

    topology->settings = NEW_ARRAY(struct topology_setting, count);
    for (; topology->setting_count < count; topology->setting_count++) {
        const json_t *object = json_array_get(list, topology->setting_count);
        struct topology_setting *setting = &topology->settings[topology->setting_count];

        setting->key = fields_text(fields, object, "key", FIELDS_TEXT_MAX);
        setting->value = fields_text(fields, object, "value", TOPOLOGY_STATE_VALUE_MAX);
    }
}

enum err topology_state_decode(const char *data, size_t size, struct topology_state *ret_topology,
                               struct error *error)
{
    struct fields fields;

    fields_open(&fields, "topology", TOPOLOGY_STATE_VERSION, data, size, error);
    struct topology_state topology = {
        .id = fields_id(&fields, fields.root, "id"),
        .name = fields_text(&fields, fields.root, "name", FIELDS_TEXT_MAX),
        .owner = fields_text(&fields, fields.root, "owner", FIELDS_TEXT_MAX),
        .status = decode_status(&fields),
        .plan_hash = fields_id(&fields, fields.root, "plan_hash"),
        .so_hash = fields_id(&fields, fields.root, "so_hash"),
        .epoch = fields_number(&fields, fields.root, "epoch", INT64_MAX),
    };
    decode_settings(&fields, &topology);
    enum err err = fields_close(&fields);
    if (err != ERR_OK)
        topology_state_done(&topology);
    else
        *ret_topology = topology;
    return err;
}

/* ---- writes of the leader ---- */

enum err topology_state_create(const struct fence *fence, const struct topology_state *topology,
                               uint64_t tag, struct coord_calls *calls)
{
    AUTO(mem_free_text) char *text = encode(topology, fence->epoch);
    struct path path = paths_topology(topology->id);
    struct path errors = paths_errors(topology->id);
    struct coord_call parts[] = {
        {.kind = COORD_CREATE, .mode = COORD_PERSISTENT, .path = errors.text},
        {
            .kind = COORD_CREATE,
            .mode = COORD_PERSISTENT,
            .path = path.text,
            .data = text,
            .size = strlen(text),
        },
    };

    if (strlen(text) > COORD_DATA_MAX_BYTES)
        return ERR_LIMIT;
    fence_send(fence, parts, COUNT_OF(parts), tag, calls);
    return ERR_OK;
}

enum err topology_state_set(const struct fence *fence, const struct topology_state *topology,
                            int32_t version, uint64_t tag, struct coord_calls *calls)
{
    AUTO(mem_free_text) char *text = encode(topology, fence->epoch);
    struct path path = paths_topology(topology->id);
    struct coord_call part = {
        .kind = COORD_SET,
        .path = path.text,
        .data = text,
        .size = strlen(text),
        .version = version,
    };

    if (strlen(text) > COORD_DATA_MAX_BYTES)
        return ERR_LIMIT;
    fence_send(fence, &part, 1, tag, calls);
    return ERR_OK;
}

void topology_state_delete(const struct fence *fence, const char *id, int32_t version, uint64_t tag,
                           struct coord_calls *calls)
{
    struct path path = paths_topology(id);
    struct path errors = paths_errors(id);
    struct coord_call parts[] = {
        {.kind = COORD_DELETE, .path = errors.text, .version = COORD_ANY_VERSION},
        {.kind = COORD_DELETE, .path = path.text, .version = version},
    };

    fence_send(fence, parts, COUNT_OF(parts), tag, calls);
}
