/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /metrics (docs/metrics.md): what nimbus says of one tick, for Prometheus.
 *
 *     /metrics                 the cluster, workers, topologies, components, edges
 *     /metrics?tasks=1         and tasks, as long as there is room
 *     /metrics?topology=wc     components, edges and tasks of one topology alone
 *
 * Answers are of one tick. When it changes between two questions, all is asked again, ATTEMPTS_MAX times at most.
 *
 * The cluster and all topologies are two questions, the components of each topology one more. A question takes some
 * tenths of a millisecond; after BUDGET_NS no more are asked, and what is left out is said.
 */
#include <string.h>

#include "base/mem.h"
#include "ui/handler.h"
#include "ui/metrics/views.h"
#include "ui/read.h"

enum {
    TASK_SERIES_MAX = 5000,
    ATTEMPTS_MAX = 3,
};

#define BUDGET_NS    UINT64_C(2000000000)
#define CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct scrape {
    const struct backend *backend;
    struct exposition *to;
    const char *only; /* name of a topology; "": all */
    uint64_t until_ns;
    uint64_t tick; /* of the pulse */
    bool is_mixed; /* an answer was of another one */
};

static enum control_code ask(const struct scrape *scrape, const char *op, json_t *args,
                             json_t **ret_ok)
{
    struct backend_question question = {.op = op, .args = args};
    struct control_fault fault;

    enum control_code code = scrape->backend->nimbus(scrape->backend->context, BACKEND_LOOKUP,
                                                     &question, ret_ok, &fault);
    json_decref(args);
    return code;
}

static bool is_late(const struct scrape *scrape)
{
    return scrape->backend->now_ns(scrape->backend->context) >= scrape->until_ns;
}

static bool is_wanted(const struct scrape *scrape, const json_t *topology)
{
    return scrape->only[0] == '\0' || strcmp(read_text(topology, "name"), scrape->only) == 0;
}

static void note_tick(struct scrape *scrape, const json_t *ok)
{
    scrape->is_mixed = scrape->is_mixed || read_count(ok, "tick") != scrape->tick;
}

/* ---- figures ---- */

/* True unless it should be there and is not. */
static bool add_figures_of(struct scrape *scrape, const json_t *topology)
{
    json_t *args =
        json_pack("{s:s, s:i}", "name", read_text(topology, "name"), "window_s", VIEWS_WINDOW_S);
    json_t *ok;

    enum control_code code = ask(scrape, "topology.figures", args, &ok);
    if (code != CONTROL_OK)
        return code == CONTROL_NOT_FOUND; /* it has ended meanwhile */
    views_add_figures(scrape->to, ok);
    note_tick(scrape, ok);
    json_decref(ok);
    return true;
}

static void add_figures(struct scrape *scrape, const json_t *pulse)
{
    const struct label_values none = {{NULL}};
    uint64_t left_out = 0;
    size_t index;
    json_t *topology;

    json_array_foreach(read_list(pulse, "topologies"), index, topology)
    {
        if (is_wanted(scrape, topology) && (is_late(scrape) || !add_figures_of(scrape, topology)))
            left_out++;
    }
    exposition_count(scrape->to, METRIC_TOPOLOGIES_LEFT_OUT, &none, left_out);
}

/* ---- tasks ---- */

static size_t add_tasks_of(struct scrape *scrape, const char *topology, size_t room)
{
    json_t *args =
        json_pack("{s:s, s:n, s:i}", "name", topology, "component", "window_s", VIEWS_WINDOW_S);
    json_t *ok;

    if (ask(scrape, "topology.tasks", args, &ok) != CONTROL_OK)
        return 0;
    size_t added = views_add_tasks(scrape->to, ok, topology, room);
    note_tick(scrape, ok);
    json_decref(ok);
    return added;
}

static void add_tasks(struct scrape *scrape, const json_t *pulse)
{
    const struct label_values none = {{NULL}};
    size_t room = TASK_SERIES_MAX / VIEWS_TASK_METRICS;
    uint64_t left_out = 0;
    size_t index;
    json_t *topology;

    json_array_foreach(read_list(pulse, "topologies"), index, topology)
    {
        uint64_t tasks = read_count(topology, "tasks");
        size_t added = 0;
        if (!is_wanted(scrape, topology))
            continue;
        if (room > 0 && !is_late(scrape))
            added = add_tasks_of(scrape, read_text(topology, "name"), room);
        room -= added;
        left_out += tasks > added ? tasks - added : 0;
    }
    exposition_count(scrape->to, METRIC_TASKS_LEFT_OUT, &none, left_out);
}

/* ---- the whole ---- */

/* Whether nimbus has answered. */
static bool add_cluster(struct scrape *scrape, bool with_tasks)
{
    json_t *pulse;
    json_t *nodes;

    if (ask(scrape, "pulse", NULL, &pulse) != CONTROL_OK)
        return false;
    views_add_pulse(scrape->to, pulse);
    scrape->tick = read_count(pulse, "tick");
    if (ask(scrape, "cluster.nodes", NULL, &nodes) == CONTROL_OK) {
        views_add_nodes(scrape->to, nodes);
        json_decref(nodes);
    }
    add_figures(scrape, pulse);
    if (with_tasks)
        add_tasks(scrape, pulse);
    json_decref(pulse);
    return true;
}

static void add_all(const struct handling *handling, struct scrape *scrape)
{
    const struct label_values build = {{handling->facts->version}};
    const struct label_values none = {{NULL}};
    bool with_tasks = strcmp(request_query(handling->request, "tasks", ""), "1") == 0;

    bool is_up = add_cluster(scrape, with_tasks);
    exposition_count(scrape->to, METRIC_BUILD_INFO, &build, 1);
    exposition_count(scrape->to, METRIC_UP, &none, is_up);
}

static void answer_metrics(struct handling *handling)
{
    const struct backend *backend = handling->backend;
    uint64_t until_ns = backend->now_ns(backend->context) + BUDGET_NS;
    bool is_done = false;

    for (size_t attempt = 1; attempt <= ATTEMPTS_MAX && !is_done; attempt++) {
        AUTO(exposition_destroy) struct exposition *exposition = exposition_new();
        struct scrape scrape = {
            .backend = backend,
            .to = exposition,
            .only = request_query(handling->request, "topology", ""),
            .until_ns = until_ns,
        };
        add_all(handling, &scrape);
        is_done = !scrape.is_mixed || is_late(&scrape) || attempt == ATTEMPTS_MAX;
        if (is_done)
            exposition_write(exposition, &handling->answer->body);
    }
    handling->answer->type = CONTENT_TYPE;
}

static const struct route routes[] = {
    {HTTP_GET, "/metrics", ROUTE_READ, answer_metrics},
};

struct route_table metrics_routes(void)
{
    return (struct route_table){.routes = routes, .count = COUNT_OF(routes)};
}
