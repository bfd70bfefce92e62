/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/settings.h"
#include "base/settings_schema.h"
#include "ui/api/asking.h"
#include "ui/api/coord_node.h"
#include "ui/api/handlers.h"
#include "ui/read.h"

enum {
    EVENTS = 200,
    EVENTS_MAX = 1000,
    BROKERS_MAX = 100,
    INTERVAL_MS = 1000, /* of nimbus' ticks */
};

static const char *const no_parameters[] = {NULL};

/* ---- this server ---- */

static const char *token_of(const struct handling *handling)
{
    if (!handling->facts->needs_token)
        return "none";
    return handling->request->by != NULL && strcmp(handling->request->by, "token") == 0
               ? "given"
               : "required";
}

void api_session(struct handling *handling)
{
    const struct ui_facts *facts = handling->facts;
    const struct backend *backend = handling->backend;

    if (!asking_check(handling, no_parameters))
        return;
    answer_json(handling, json_pack("{s:s, s:b, s:s?, s:s, s:I, s:i}", "version", facts->version,
                                    "actions", facts->has_actions, "why_not",
                                    facts->has_actions ? NULL : facts->why_no_actions, "token",
                                    token_of(handling), "now_ms",
                                    (json_int_t)backend->wall_ms(backend->context), "interval_ms",
                                    INTERVAL_MS));
}

/* ---- nimbus ---- */

void api_pulse(struct handling *handling)
{
    if (asking_check(handling, no_parameters))
        asking_pass(handling, "pulse", NULL);
}

void api_events(struct handling *handling)
{
    static const char *const known[] = {"after", "topology", "limit", NULL};
    const char *topology = request_query(handling->request, "topology", "");
    int64_t after;
    int64_t limit;

    if (asking_check(handling, known) &&
        request_number(handling, "after", 0, INT64_MAX, 0, &after) &&
        request_number(handling, "limit", 1, EVENTS_MAX, EVENTS, &limit))
        asking_pass(handling, "events",
                    json_pack("{s:I, s:s?, s:I}", "after", (json_int_t)after, "topology",
                              topology[0] == '\0' ? NULL : topology, "limit", (json_int_t)limit));
}

/* ---- nodes ---- */

static const char *setting_of(const struct ui_facts *facts, const char *key)
{
    const struct setting *setting =
        facts->settings == NULL ? NULL : settings_find(facts->settings, key);

    if (setting != NULL)
        return setting->value;
    for (size_t i = 0; i < facts->table_count; i++) {
        const struct setting_spec *spec = setting_table_find(&facts->tables[i], key);
        if (spec != NULL)
            return spec->fallback;
    }
    return NULL;
}

/* What stands in the node, if it is JSON; NULL. The caller owns it. */
static json_t *read_node(const struct handling *handling, const char *path,
                         struct control_fault *fault)
{
    const struct backend *backend = handling->backend;
    json_t *node;

    if (backend->coord(backend->context, path, &node, fault) != CONTROL_OK)
        return NULL;
    json_t *record = coord_node_record(node);
    json_decref(node);
    return record;
}

static json_t *show_broker(const char *name, const json_t *record)
{
    long long since_ms = 0;
    const json_t *since = json_object_get(record, "timestamp");

    if (json_is_string(since))
        since_ms = strtoll(json_string_value(since), NULL, 10);
    else
        since_ms = json_integer_value(since);
    return json_pack("{s:I, s:s, s:I, s:o}", "id", (json_int_t)strtoll(name, NULL, 10), "host",
                     read_text(record, "host"), "port", (json_int_t)read_count(record, "port"),
                     "since_ms", since_ms > 0 ? json_integer(since_ms) : json_null());
}

/* Those that are registered. One that goes at this moment is not there any more. */
static json_t *list_brokers(const struct handling *handling, const char *root,
                            struct control_fault *fault)
{
    const struct backend *backend = handling->backend;
    struct text path = {.data = NULL};
    json_t *brokers = json_array();
    json_t *folder;
    size_t index;
    json_t *name;

    text_add(&path, "%s/brokers/ids", root);
    if (backend->coord(backend->context, text_data(&path), &folder, fault) == CONTROL_OK) {
        json_array_foreach(json_object_get(folder, "children"), index, name)
        {
            struct control_fault gone;
            text_clear(&path);
            text_add(&path, "%s/brokers/ids/%s", root, json_string_value(name));
            json_t *record =
                index < BROKERS_MAX ? read_node(handling, text_data(&path), &gone) : NULL;
            if (record != NULL)
                (void)json_array_append_new(brokers, show_broker(json_string_value(name), record));
            json_decref(record);
        }
        json_decref(folder);
        fault->code = CONTROL_OK;
    }
    text_done(&path);
    return brokers;
}

static json_t *find_controller(const struct handling *handling, const char *root)
{
    struct text path = {.data = NULL};
    struct control_fault fault;

    text_add(&path, "%s/controller", root);
    json_t *record = read_node(handling, text_data(&path), &fault);
    json_t *id = json_object_get(record, "brokerid");
    json_t *controller = json_is_integer(id) ? json_incref(id) : json_null();
    json_decref(record);
    text_done(&path);
    return controller;
}

static json_t *list_servers(const struct ui_facts *facts)
{
    const char *rest = setting_of(facts, "coord.servers");
    json_t *servers = json_array();

    while (rest != NULL && *rest != '\0') {
        size_t size = strcspn(rest, ",");
        if (size > 0)
            (void)json_array_append_new(servers, json_stringn(rest, size));
        rest += size + (rest[size] == ',' ? 1 : 0);
    }
    return servers;
}

static json_t *find_coord_server(const struct backend *backend)
{
    char name[COORD_SERVER_NAME_MAX];

    backend->coord_server(backend->context, name);
    return name[0] == '\0' ? json_null() : json_string(name);
}

/* No cluster state is no reason to say nothing of the rest. */
void api_nodes(struct handling *handling)
{
    struct control_fault fault = {.code = CONTROL_OK};
    const char *root = setting_of(handling->facts, "coord.root");
    json_t *nodes;

    if (!asking_check(handling, no_parameters) ||
        !ask_nimbus(handling, BACKEND_LOOKUP, "cluster.nodes", NULL, &nodes))
        return;
    if (root == NULL || strcmp(root, "/") == 0)
        root = "";
    json_t *answer = json_copy(nodes);
    json_decref(nodes);
    asking_put(answer, "brokers", list_brokers(handling, root, &fault));
    bool is_away = fault.code != CONTROL_OK && fault.code != CONTROL_NOT_FOUND;
    asking_put(answer, "controller", is_away ? json_null() : find_controller(handling, root));
    asking_put(answer, "coord",
               json_pack("{s:o, s:o, s:s?}", "servers", list_servers(handling->facts), "connected",
                         find_coord_server(handling->backend), "why_not",
                         is_away ? fault.text : NULL));
    answer_json(handling, answer);
}

/* ---- the cluster state ---- */

void api_coord(struct handling *handling)
{
    static const char *const known[] = {"path", NULL};
    const char *path = request_query(handling->request, "path", "/");
    const struct backend *backend = handling->backend;
    struct control_fault fault;
    json_t *node;

    if (!asking_check(handling, known))
        return;
    if (path[0] != '/') {
        answer_refuse(handling, CONTROL_INVALID, "'path' must begin with '/'");
        return;
    }
    if (backend->coord(backend->context, path, &node, &fault) != CONTROL_OK) {
        answer_fault(handling, &fault);
        return;
    }
    answer_json(handling, coord_node_show(node));
    json_decref(node);
}
