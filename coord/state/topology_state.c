/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/topology_state.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/state/fields.h"
#include "coord/state/paths.h"

#define ALL         "" /* of the components, in a struct topology_debug */
#define PERCENT_MAX 100u

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

static const char *const log_names[] = {
    [TOPOLOGY_LOG_UNSET] = NULL,  [TOPOLOGY_LOG_DEBUG] = "debug", [TOPOLOGY_LOG_INFO] = "info",
    [TOPOLOGY_LOG_WARN] = "warn", [TOPOLOGY_LOG_ERROR] = "error",
};

const char *topology_log_name(enum topology_log level)
{
    ASSERT((size_t)level < COUNT_OF(log_names));
    return log_names[level];
}

bool topology_log_find(const char *name, enum topology_log *ret_level)
{
    for (size_t i = TOPOLOGY_LOG_DEBUG; i < COUNT_OF(log_names); i++) {
        if (strcmp(name, log_names[i]) != 0)
            continue;
        *ret_level = (enum topology_log)i;
        return true;
    }
    return false;
}

static void free_settings(struct topology_setting *settings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(settings[i].key);
        free(settings[i].value);
    }
    free(settings);
}

static void free_debug(struct topology_state *topology)
{
    for (size_t i = 0; i < topology->debug_count; i++)
        free(topology->debug[i].component);
    free(topology->debug);
    topology->debug = NULL;
    topology->debug_count = 0;
}

void topology_state_done(struct topology_state *topology)
{
    free_settings(topology->settings, topology->setting_count);
    free_settings(topology->pending, topology->pending_count);
    free_debug(topology);
    fields_free_texts(topology->args, topology->arg_count);
    free(topology->id);
    free(topology->name);
    free(topology->owner);
    free(topology->plan_hash);
    free(topology->so_hash);
    *topology = (struct topology_state){.id = NULL};
}

static json_t *encode_settings(const struct topology_setting *settings, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        json_t *setting = json_object();
        fields_put_text(setting, "key", settings[i].key);
        fields_put_text(setting, "value", settings[i].value);
        fields_append(list, setting);
    }
    return list;
}

static json_t *encode_debug(const struct topology_state *topology)
{
    json_t *list = json_array();

    for (size_t i = 0; i < topology->debug_count; i++) {
        json_t *debug = json_object();
        fields_put_text(debug, "component", topology->debug[i].component);
        fields_put_number(debug, "percent", topology->debug[i].percent);
        fields_append(list, debug);
    }
    return list;
}

/* What is not set is not written: so a record is as it was before there were such things. */
static void encode_steering(json_t *object, const struct topology_state *topology)
{
    if (topology->log_level != TOPOLOGY_LOG_UNSET) {
        fields_put_text(object, "log_level", topology_log_name(topology->log_level));
        fields_put_number(object, "log_until_ms", topology->log_until_ms);
    }
    if (topology->debug_count > 0)
        fields_put(object, "debug", encode_debug(topology));
}

static char *encode(const struct topology_state *topology, uint64_t epoch)
{
    json_t *object = fields_new(TOPOLOGY_STATE_VERSION);

    fields_put_text(object, "id", topology->id);
    fields_put_text(object, "name", topology->name);
    fields_put_text(object, "owner", topology->owner);
    fields_put_text(object, "status", topology_status_name(topology->status));
    fields_put_text(object, "plan_hash", topology->plan_hash);
    fields_put_text(object, "so_hash", topology->so_hash);
    fields_put_number(object, "epoch", epoch);
    fields_put_number(object, "submitted_ms", topology->submitted_ms);
    fields_put_number(object, "deadline_ms", topology->deadline_ms);
    fields_put_text(object, "status_before", topology_status_name(topology->status_before));
    fields_put_texts(object, "args", topology->args, topology->arg_count);
    fields_put(object, "settings", encode_settings(topology->settings, topology->setting_count));
    fields_put(object, "pending", encode_settings(topology->pending, topology->pending_count));
    encode_steering(object, topology);
    return fields_finish(object);
}

char *topology_state_encode(const struct topology_state *topology)
{
    return encode(topology, topology->epoch);
}

static enum topology_status decode_status(struct fields *fields, const char *member)
{
    AUTO(mem_free_text) char *name = fields_text(fields, fields->root, member, FIELDS_TEXT_MAX);

    for (size_t i = 0; i < COUNT_OF(status_names); i++)
        if (strcmp(name, status_names[i]) == 0)
            return (enum topology_status)i;
    fields_refuse(fields, ERR_CORRUPT, member, "is not a known one");
    return TOPOLOGY_ACTIVE;
}

/* A rebalancing ends as what the topology was before it. */
static void check_status(struct fields *fields, const struct topology_state *topology)
{
    bool is_end =
        topology->status_before == TOPOLOGY_ACTIVE || topology->status_before == TOPOLOGY_INACTIVE;

    if (topology->status == TOPOLOGY_REBALANCING && !is_end)
        fields_refuse(fields, ERR_CORRUPT, "status_before", "is neither active nor inactive");
}

static struct topology_setting *decode_settings(struct fields *fields, const char *member,
                                                size_t *ret_count)
{
    json_t *list = fields_list(fields, fields->root, member, TOPOLOGY_STATE_SETTINGS_MAX);
    size_t count = json_array_size(list);
    struct topology_setting *settings = NEW_ARRAY(struct topology_setting, count);

    for (size_t i = 0; i < count; i++) {
        const json_t *object = json_array_get(list, i);

        settings[i].key = fields_text(fields, object, "key", FIELDS_TEXT_MAX);
        settings[i].value = fields_text(fields, object, "value", TOPOLOGY_STATE_VALUE_MAX);
    }
    *ret_count = count;
    return settings;
}

static void decode_log(struct fields *fields, struct topology_state *topology)
{
    if (!fields_has(fields, "log_level"))
        return;
    AUTO(mem_free_text)
    char *name = fields_text(fields, fields->root, "log_level", FIELDS_TEXT_MAX);
    if (!topology_log_find(name, &topology->log_level))
        fields_refuse(fields, ERR_CORRUPT, "log_level", "is not a known one");
    topology->log_until_ms = fields_number(fields, fields->root, "log_until_ms", INT64_MAX);
}

static void decode_debug(struct fields *fields, struct topology_state *topology)
{
    if (!fields_has(fields, "debug"))
        return;
    json_t *list = fields_list(fields, fields->root, "debug", TOPOLOGY_STATE_DEBUG_MAX);
    topology->debug_count = json_array_size(list);
    topology->debug = NEW_ARRAY(struct topology_debug, topology->debug_count);
    for (size_t i = 0; i < topology->debug_count; i++) {
        const json_t *object = json_array_get(list, i);
        topology->debug[i] = (struct topology_debug){
            .component = fields_text(fields, object, "component", FIELDS_TEXT_MAX),
            .percent = (uint32_t)fields_number(fields, object, "percent", PERCENT_MAX),
        };
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
        .status = decode_status(&fields, "status"),
        .plan_hash = fields_id(&fields, fields.root, "plan_hash"),
        .so_hash = fields_id(&fields, fields.root, "so_hash"),
        .epoch = fields_number(&fields, fields.root, "epoch", INT64_MAX),
        .submitted_ms = fields_number(&fields, fields.root, "submitted_ms", INT64_MAX),
        .deadline_ms = fields_number(&fields, fields.root, "deadline_ms", INT64_MAX),
        .status_before = decode_status(&fields, "status_before"),
    };
    check_status(&fields, &topology);
    topology.args = fields_texts(&fields, "args", TOPOLOGY_STATE_ARGS_MAX, TOPOLOGY_STATE_VALUE_MAX,
                                 &topology.arg_count);
    topology.settings = decode_settings(&fields, "settings", &topology.setting_count);
    topology.pending = decode_settings(&fields, "pending", &topology.pending_count);
    decode_log(&fields, &topology);
    decode_debug(&fields, &topology);
    enum err err = fields_close(&fields);
    if (err != ERR_OK)
        topology_state_done(&topology);
    else
        *ret_topology = topology;
    return err;
}

/* By way of its text: there is one function that knows all members. */
struct topology_state topology_state_copy(const struct topology_state *topology)
{
    AUTO(mem_free_text) char *text = topology_state_encode(topology);
    struct topology_state copy;
    enum err err = topology_state_decode(text, strlen(text), &copy, NULL);

    ASSERT(err == ERR_OK);
    return copy;
}

/* ---- debug ---- */

static struct topology_debug *find_debug(const struct topology_state *topology,
                                         const char *component)
{
    for (size_t i = 0; i < topology->debug_count; i++)
        if (strcmp(topology->debug[i].component, component) == 0)
            return &topology->debug[i];
    return NULL;
}

uint32_t topology_debug_of(const struct topology_state *topology, const char *component)
{
    const struct topology_debug *debug = find_debug(topology, component);

    if (debug == NULL)
        debug = find_debug(topology, ALL);
    return debug == NULL ? 0 : debug->percent;
}

static void drop_debug(struct topology_state *topology, struct topology_debug *debug)
{
    free(debug->component);
    *debug = topology->debug[--topology->debug_count];
}

static enum err add_debug(struct topology_state *topology, const char *component, uint32_t percent)
{
    if (topology->debug_count == TOPOLOGY_STATE_DEBUG_MAX)
        return ERR_LIMIT;
    topology->debug =
        mem_resize(topology->debug, topology->debug_count + 1, sizeof *topology->debug);
    topology->debug[topology->debug_count++] =
        (struct topology_debug){.component = mem_copy_text(component), .percent = percent};
    return ERR_OK;
}

/* One with 0 % is only needed where all others have more. */
static enum err set_debug(struct topology_state *topology, const char *component, uint32_t percent)
{
    struct topology_debug *debug = find_debug(topology, component);
    bool is_needed = percent > 0 || find_debug(topology, ALL) != NULL;

    if (debug == NULL)
        return is_needed ? add_debug(topology, component, percent) : ERR_OK;
    if (is_needed)
        debug->percent = percent;
    else
        drop_debug(topology, debug);
    return ERR_OK;
}

enum err topology_debug_set(struct topology_state *topology, const char *component,
                            uint32_t percent)
{
    ASSERT(percent <= PERCENT_MAX);
    if (component != NULL)
        return set_debug(topology, component, percent);
    free_debug(topology);
    return percent == 0 ? ERR_OK : add_debug(topology, ALL, percent);
}

/* ---- writes of the leader ---- */

enum err topology_state_create(const struct fence *fence, const struct topology_state *topology,
                               uint64_t tag, struct coord_calls *calls)
{
    AUTO(mem_free_text) char *text = encode(topology, fence->epoch);
    struct path path = paths_topology(topology->id);
    struct path errors = paths_errors(topology->id);
    struct path workers = paths_workers(topology->id);
    struct coord_call parts[] = {
        {.kind = COORD_CREATE, .mode = COORD_PERSISTENT, .path = errors.text},
        {.kind = COORD_CREATE, .mode = COORD_PERSISTENT, .path = workers.text},
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
    struct path workers = paths_workers(id);
    struct coord_call parts[] = {
        {.kind = COORD_DELETE, .path = errors.text, .version = COORD_ANY_VERSION},
        {.kind = COORD_DELETE, .path = workers.text, .version = COORD_ANY_VERSION},
        {.kind = COORD_DELETE, .path = path.text, .version = version},
    };

    fence_send(fence, parts, COUNT_OF(parts), tag, calls);
}
