/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /api/v1: Storm's REST API (docs/rest_v1.md). What is asked here only looks; ui/storm/actions.h changes.
 */
#include "base/mem.h"
#include "base/settings_schema.h"
#include "broker/client/console.h"
#include "ui/read.h"
#include "ui/storm/actions.h"
#include "ui/storm/ask.h"
#include "ui/storm/cluster.h"
#include "ui/storm/component.h"
#include "ui/storm/lag.h"
#include "ui/storm/logconfig.h"
#include "ui/storm/nodes.h"
#include "ui/storm/profiling.h"
#include "ui/storm/topology.h"
#include "wire/say.h"

#define LISTEN_KEY "ui.listen"

enum {
    ATTEMPTS_MAX = 3,
};

static void give_back(json_t **json)
{
    json_decref(*json);
}

/* ---- cluster ---- */

static void answer_configuration(struct handling *handling)
{
    answer_json(handling, storm_cluster_configuration(handling->facts));
}

static void answer_cluster(struct handling *handling)
{
    AUTO(give_back) json_t *list = NULL;
    AUTO(give_back) json_t *nodes = NULL;

    if (ask_lookup(handling, "topology.list", NULL, &list) &&
        ask_lookup(handling, "cluster.nodes", NULL, &nodes))
        answer_json(handling, storm_cluster_summary(list, nodes, handling->facts->version));
}

static void answer_nimbuses(struct handling *handling)
{
    AUTO(give_back) json_t *nodes = NULL;

    if (ask_lookup(handling, "cluster.nodes", NULL, &nodes))
        answer_json(handling, storm_nimbus_summary(nodes, ask_now_ms(handling)));
}

static void answer_owners(struct handling *handling)
{
    AUTO(give_back) json_t *list = NULL;

    if (ask_lookup(handling, "topology.list", NULL, &list))
        answer_json(handling, storm_owners(list));
}

static void answer_owner(struct handling *handling)
{
    AUTO(give_back) json_t *list = NULL;

    if (ask_lookup(handling, "topology.list", NULL, &list))
        answer_json(handling, storm_owner(list, request_param(handling->request, "id"),
                                          ask_now_ms(handling)));
}

static void answer_history(struct handling *handling)
{
    AUTO(give_back) json_t *list = NULL;
    AUTO(give_back) json_t *ended = NULL;

    if (ask_lookup(handling, "topology.list", NULL, &list) &&
        ask_lookup(handling, "topology.ended_list", NULL, &ended))
        answer_json(handling, storm_history(list, ended));
}

/* ---- supervisors ---- */

static struct nodes_moment moment_of(const struct handling *handling)
{
    const struct ui_facts *facts = handling->facts;
    const struct setting *listen =
        facts->settings == NULL ? NULL : settings_find(facts->settings, LISTEN_KEY);
    const char *address = listen == NULL ? NULL : listen->value;
    struct nodes_address split;

    for (size_t i = 0; i < facts->table_count && address == NULL; i++) {
        const struct setting_spec *spec = setting_table_find(&facts->tables[i], LISTEN_KEY);
        address = spec == NULL ? NULL : spec->fallback;
    }
    nodes_split_address(address == NULL ? "" : address, &split);
    return (struct nodes_moment){.now_ms = ask_now_ms(handling), .viewer_port = split.port};
}

static void answer_supervisors(struct handling *handling)
{
    AUTO(give_back) json_t *nodes = NULL;
    struct nodes_moment moment = moment_of(handling);

    if (ask_lookup(handling, "cluster.nodes", NULL, &nodes))
        answer_json(handling, storm_supervisor_summary(nodes, &moment));
}

/* The status of each topology, by its name. One that has ended meanwhile has no workers to show. */
static bool collect_statuses(struct handling *handling, const json_t *names, json_t *statuses)
{
    const struct backend *backend = handling->backend;
    size_t index;
    json_t *name;

    if (json_array_size(names) > NODES_TOPOLOGIES_MAX) {
        ask_refuse(handling, CONTROL_LIMIT,
                   "these supervisors have workers of more than %d topologies",
                   NODES_TOPOLOGIES_MAX);
        return false;
    }
    json_array_foreach(names, index, name)
    {
        AUTO(give_back) json_t *args = shape_new("{s:O}", "name", name);
        struct backend_question question = {.op = "topology.status", .args = args};
        struct control_fault fault;
        json_t *status;
        enum control_code code =
            backend->nimbus(backend->context, BACKEND_LOOKUP, &question, &status, &fault);
        if (code == CONTROL_NOT_FOUND)
            continue;
        if (code != CONTROL_OK) {
            ask_fault(handling, &fault);
            return false;
        }
        (void)json_object_set_new(statuses, json_string_value(name), status);
    }
    return true;
}

static void answer_supervisor(struct handling *handling)
{
    const struct nodes_choice choice = {
        .id = request_query(handling->request, "id", ""),
        .host = request_query(handling->request, "host", ""),
    };
    AUTO(give_back) json_t *nodes = NULL;
    AUTO(give_back) json_t *names = NULL;
    AUTO(give_back) json_t *statuses = json_object();
    struct nodes_moment moment = moment_of(handling);

    if (choice.id[0] == '\0' && choice.host[0] == '\0') {
        ask_refuse(handling, CONTROL_INVALID, "say which one: ?id=SUPERVISOR or ?host=HOST");
        return;
    }
    if (!ask_lookup(handling, "cluster.nodes", NULL, &nodes))
        return;
    if (choice.id[0] != '\0' &&
        read_find(read_list(nodes, "supervisors"), "id", choice.id) == NULL) {
        ask_refuse(handling, CONTROL_NOT_FOUND, "there is no supervisor %s",
                   say_quoted(choice.id).text);
        return;
    }
    names = storm_supervisor_topologies(nodes, &choice);
    if (collect_statuses(handling, names, statuses))
        answer_json(handling, storm_supervisor_page(nodes, &choice, statuses, &moment));
}

/* ---- topologies ---- */

static void answer_topologies(struct handling *handling)
{
    AUTO(give_back) json_t *list = NULL;

    if (ask_lookup(handling, "topology.list", NULL, &list))
        answer_json(handling, storm_topology_summary(list, ask_now_ms(handling)));
}

static void answer_topology_workers(struct handling *handling)
{
    AUTO(give_back) json_t *status = NULL;
    struct nodes_moment moment = moment_of(handling);

    if (ask_topology(handling, &status))
        answer_json(handling, storm_topology_workers(status, &moment));
}

static void done_figures(struct storm_figures *figures)
{
    for (size_t i = 0; i < SHAPE_WINDOWS; i++) {
        json_decref((json_t *)figures->of[i]);
        figures->of[i] = NULL;
    }
}

static bool ask_each_window(struct handling *handling, const json_t *status,
                            struct storm_figures *figures)
{
    for (size_t i = 0; i < SHAPE_WINDOWS; i++) {
        json_t *of_window;
        if (!ask_figures(handling, read_text(status, "name"), i, &of_window))
            return false;
        figures->of[i] = of_window;
    }
    return true;
}

static bool is_of_one_tick(const struct storm_figures *figures)
{
    for (size_t i = 1; i < SHAPE_WINDOWS; i++) {
        if (read_count(figures->of[i], "tick") != read_count(figures->of[0], "tick"))
            return false;
    }
    return true;
}

/* Of every window, and of one tick: when it changes in between, they are asked for again. */
static bool ask_all_figures(struct handling *handling, const json_t *status,
                            struct storm_figures *figures)
{
    for (size_t attempt = 1; ask_each_window(handling, status, figures); attempt++) {
        if (attempt == ATTEMPTS_MAX || is_of_one_tick(figures))
            return true;
        done_figures(figures);
    }
    return false;
}

static void answer_topology(struct handling *handling)
{
    AUTO(give_back) json_t *status = NULL;
    AUTO(done_figures) struct storm_figures figures = {.window = SHAPE_ALL_TIME};

    if (ask_window(handling, &figures.window) && ask_topology(handling, &status) &&
        ask_all_figures(handling, status, &figures))
        answer_json(handling, storm_topology_page(status, &figures, ask_now_ms(handling)));
}

static void answer_metrics(struct handling *handling)
{
    AUTO(give_back) json_t *status = NULL;
    AUTO(give_back) json_t *figures = NULL;
    size_t window;

    if (ask_window(handling, &window) && ask_topology(handling, &status) &&
        ask_figures(handling, read_text(status, "name"), window, &figures))
        answer_json(handling, storm_topology_metrics(figures, window));
}

/* The tasks of a component, or of all. */
static bool ask_tasks(struct handling *handling, const json_t *status, const char *component,
                      size_t window, json_t **ret_tasks)
{
    json_t *args = shape_new("{s:s, s:s?, s:i}", "name", read_text(status, "name"), "component",
                             component, "window_s", (int)shape_windows[window].seconds);

    return ask_lookup(handling, "topology.tasks", args, ret_tasks);
}

static void answer_component(struct handling *handling)
{
    const char *name = request_param(handling->request, "component");
    AUTO(give_back) json_t *status = NULL;
    AUTO(give_back) json_t *tasks = NULL;
    AUTO(give_back) json_t *errors = NULL;
    AUTO(done_figures) struct storm_figures figures = {.window = SHAPE_ALL_TIME};

    if (!ask_window(handling, &figures.window) || !ask_topology(handling, &status) ||
        !ask_all_figures(handling, status, &figures))
        return;
    if (read_find(read_list(figures.of[figures.window], "components"), "name", name) == NULL) {
        ask_refuse(handling, CONTROL_NOT_FOUND, "the topology has no component %s",
                   say_quoted(name).text);
        return;
    }
    if (!ask_tasks(handling, status, name, figures.window, &tasks) ||
        !ask_lookup(handling, "topology.errors",
                    shape_new("{s:s}", "name", read_text(status, "name")), &errors))
        return;
    const struct storm_component asked = {
        .name = name, .status = status, .figures = figures, .tasks = tasks, .errors = errors};
    answer_json(handling, storm_component_page(&asked, ask_now_ms(handling)));
}

static void answer_visualization_init(struct handling *handling)
{
    AUTO(give_back) json_t *status = NULL;

    if (ask_topology(handling, &status))
        answer_json(handling, storm_visualization_init(status));
}

static void answer_visualization(struct handling *handling)
{
    AUTO(give_back) json_t *status = NULL;
    AUTO(give_back) json_t *tasks = NULL;
    AUTO(done_figures) struct storm_figures figures = {.window = SHAPE_ALL_TIME};

    if (ask_window(handling, &figures.window) && ask_topology(handling, &status) &&
        ask_all_figures(handling, status, &figures) &&
        ask_tasks(handling, status, NULL, figures.window, &tasks))
        answer_json(handling, storm_visualization(status, &figures, tasks));
}

static void answer_log_config(struct handling *handling)
{
    AUTO(give_back) json_t *status = NULL;

    if (ask_topology(handling, &status))
        answer_json(handling, storm_log_config(status, ask_now_ms(handling)));
}

/* ---- lag ---- */

/* What one answer asks the log. Once the log is silent it is not asked again: each question would wait for nothing. */
struct lag_look {
    const struct backend *backend;
    const struct log_console *table;
    struct console *console; /* NULL: the log is not asked, and the error says why */
    uint64_t began_ns;       /* to ask it */
    size_t asked;
    struct error error;
};

/* The offsets of a spout's group. NULL: they are not known, and the look's error says why. */
static json_t *describe_group(struct lag_look *look, const char *group)
{
    json_t *answer = NULL;

    if (look->console == NULL)
        return NULL;
    if (look->asked++ >= LAG_GROUPS_MAX) {
        (void)error_set(&look->error, ERR_LIMIT, "too many groups");
        return NULL;
    }
    enum err err = look->table->describe_group(look->console, group, &answer, &look->error);
    log_note(look->backend, look->began_ns, err, &look->error);
    if (log_is_silent(err))
        look->table->close(&look->console);
    return err == ERR_OK ? answer : NULL;
}

/* Of the spouts of one topology. */
static json_t *collect_lag(const json_t *status, struct lag_look *look)
{
    json_t *all = json_object();
    size_t index;
    json_t *component;

    json_array_foreach(read_list(status, "components"), index, component)
    {
        const char *name = read_text(component, "name");
        AUTO(text_done) struct text group = {.data = NULL};
        if (!read_flag(component, "spout") || !storm_lag_group(status, name, &group))
            continue;
        json_t *offsets = describe_group(look, text_data(&group));
        (void)json_object_set_new(all, name,
                                  storm_lag_spout(status, name, offsets, look->error.text));
        json_decref(offsets);
    }
    return all;
}

static bool reads_log(const json_t *status)
{
    struct text group = {.data = NULL};
    bool found = false;
    size_t index;
    json_t *component;

    json_array_foreach(read_list(status, "components"), index, component)
    {
        found = found || (read_flag(component, "spout") &&
                          storm_lag_group(status, read_text(component, "name"), &group));
    }
    text_done(&group);
    return found;
}

static void open_log(struct lag_look *look)
{
    struct console_servers servers;
    struct control_fault fault;

    if (look->backend->log(look->backend->context, &look->table, &servers, &look->began_ns,
                           &fault) != CONTROL_OK) {
        (void)error_set(&look->error, ERR_CLOSED, "%s", fault.text);
        return;
    }
    enum err err = look->table->open(&servers, &look->console, &look->error);
    if (err != ERR_OK)
        log_note(look->backend, look->began_ns, err, &look->error);
}

static json_t *ask_log(const struct backend *backend, const json_t *status)
{
    struct lag_look look = {.backend = backend};

    open_log(&look);
    json_t *all = collect_lag(status, &look);
    if (look.console != NULL)
        look.table->close(&look.console);
    return all;
}

static void answer_lag(struct handling *handling)
{
    AUTO(give_back) json_t *status = NULL;

    if (ask_topology(handling, &status))
        answer_json(handling,
                    reads_log(status) ? ask_log(handling->backend, status) : json_object());
}

static void answer_nothing(struct handling *handling)
{
    ask_refuse(handling, CONTROL_NOT_FOUND, "there is no %s",
               say_quoted(handling->request->path).text);
}

/* ---- the table ---- */

static const struct route routes[] = {
    {HTTP_GET, "/api/v1/cluster/configuration", ROUTE_READ, answer_configuration},
    {HTTP_GET, "/api/v1/cluster/summary", ROUTE_READ, answer_cluster},
    {HTTP_GET, "/api/v1/nimbus/summary", ROUTE_READ, answer_nimbuses},
    {HTTP_GET, "/api/v1/owner-resources", ROUTE_READ, answer_owners},
    {HTTP_GET, "/api/v1/owner-resources/{id}", ROUTE_READ, answer_owner},
    {HTTP_GET, "/api/v1/history/summary", ROUTE_READ, answer_history},
    {HTTP_GET, "/api/v1/supervisor/summary", ROUTE_READ, answer_supervisors},
    {HTTP_GET, "/api/v1/supervisor", ROUTE_READ, answer_supervisor},
    {HTTP_GET, "/api/v1/topology/summary", ROUTE_READ, answer_topologies},
    {HTTP_GET, "/api/v1/topology-workers/{id}", ROUTE_READ, answer_topology_workers},
    {HTTP_GET, "/api/v1/topology/{id}", ROUTE_READ, answer_topology},
    {HTTP_GET, "/api/v1/topology/{id}/metrics", ROUTE_READ, answer_metrics},
    {HTTP_GET, "/api/v1/topology/{id}/lag", ROUTE_READ, answer_lag},
    {HTTP_GET, "/api/v1/topology/{id}/visualization-init", ROUTE_READ, answer_visualization_init},
    {HTTP_GET, "/api/v1/topology/{id}/visualization", ROUTE_READ, answer_visualization},
    {HTTP_GET, "/api/v1/topology/{id}/component/{component}", ROUTE_READ, answer_component},
    {HTTP_GET, "/api/v1/topology/{id}/logconfig", ROUTE_READ, answer_log_config},
    {HTTP_POST, "/api/v1/topology/{id}/logconfig", ROUTE_CHANGE, storm_set_log_config},
    {HTTP_POST, "/api/v1/topology/{id}/activate", ROUTE_CHANGE, storm_activate},
    {HTTP_POST, "/api/v1/topology/{id}/deactivate", ROUTE_CHANGE, storm_deactivate},
    {HTTP_POST, "/api/v1/topology/{id}/rebalance/{wait}", ROUTE_CHANGE, storm_rebalance},
    {HTTP_POST, "/api/v1/topology/{id}/kill/{wait}", ROUTE_CHANGE, storm_kill},
    {HTTP_POST, "/api/v1/topology/{id}/debug/{action}/{percent}", ROUTE_CHANGE,
     storm_debug_topology},
    {HTTP_POST, "/api/v1/topology/{id}/component/{component}/debug/{action}/{percent}",
     ROUTE_CHANGE, storm_debug_component},
    {HTTP_GET, "/api/v1/topology/{id}/profiling/start/{worker}/{minutes}", ROUTE_READ,
     storm_profile_start},
    {HTTP_GET, "/api/v1/topology/{id}/profiling/stop/{worker}", ROUTE_READ, storm_profile_stop},
    {HTTP_GET, "/api/v1/topology/{id}/profiling/dumpprofile/{worker}", ROUTE_READ,
     storm_dump_profile},
    {HTTP_GET, "/api/v1/topology/{id}/profiling/dumpjstack/{worker}", ROUTE_READ,
     storm_dump_stacks},
    {HTTP_GET, "/api/v1/topology/{id}/profiling/dumpheap/{worker}", ROUTE_READ, storm_dump_heap},
    {HTTP_GET, "/api/v1/topology/{id}/profiling/restartworker/{worker}", ROUTE_READ,
     storm_restart_by_get},
    {HTTP_POST, "/api/v1/topology/{id}/profiling/restartworker/{worker}", ROUTE_CHANGE,
     storm_restart_worker},
    {HTTP_GET, "/api/v1/dumps/{id}/{worker}", ROUTE_READ, storm_dumps},
    {HTTP_GET, "/api/v1/dumps/{id}/{worker}/{file}", ROUTE_READ, storm_dump},
    {HTTP_GET, "/api/v1/{rest...}", ROUTE_READ, answer_nothing},
};

struct route_table storm_routes(void)
{
    return (struct route_table){.routes = routes, .count = COUNT_OF(routes)};
}
