/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/top_view.h"

#include <inttypes.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/views/columns.h"
#include "cli/views/node_view.h"
#include "cli/views/topology_view.h"

void top_view_done(struct top_view *view)
{
    json_decref(view->before);
    *view = (struct top_view){.before = NULL};
}

/* ---- rates ---- */

/* The item of that name in the answer before. */
static const json_t *find_before(const struct top_view *view, const char *list, const char *name)
{
    for (size_t i = 0; i < answer_size(view->before, list); i++) {
        const json_t *item = answer_item(view->before, list, i);

        if (strcmp(answer_text(item, "name"), name) == 0)
            return item;
    }
    return NULL;
}

static bool is_known(const json_t *object, const char *member)
{
    return !json_is_null(json_object_get(object, member));
}

/* A cell: nothing where nothing was before, or known. Counters that went back began anew with a worker. */
static void add_rate(struct columns *columns, const json_t *before, const json_t *now,
                     const char *member, uint64_t elapsed_ns)
{
    uint64_t count = answer_count(now, member);
    uint64_t count_before = answer_count(before, member);

    if (before == NULL || elapsed_ns == 0 || count < count_before || !is_known(now, member) ||
        !is_known(before, member))
        columns_add(columns, "%s", "");
    else
        topology_view_count(columns,
                            (uint64_t)((double)(count - count_before) * 1e9 / (double)elapsed_ns));
}

static uint64_t elapsed_ns(const struct top_view *view, const struct top_picture *picture)
{
    return view->before == NULL ? 0 : picture->now_ns - view->before_ns;
}

/* ---- the cluster ---- */

static void add_topology(struct columns *columns, const json_t *topology, const json_t *before,
                         const struct top_picture *picture, uint64_t since_ns)
{
    topology_view_words(columns, answer_text(topology, "name"));
    topology_view_words(columns, answer_text(topology, "status"));
    columns_add(columns, "%" PRIu64 "/%" PRIu64, answer_count(topology, "workers"),
                answer_count(topology, "workers_wanted"));
    topology_view_count(columns, answer_count(topology, "tasks"));
    add_rate(columns, before, topology, "completed", since_ns);
    add_rate(columns, before, topology, "failed", since_ns);
    topology_view_known(columns, topology, "completed");
    topology_view_known(columns, topology, "failed");
    topology_view_age(columns, answer_count(topology, "submitted_ms"), picture->now_ms);
}

static void add_cluster(const struct top_view *view, const struct top_picture *picture,
                        struct text *text)
{
    static const char *const heads[] = {"name",     "status",    "workers", "tasks", "done/s",
                                        "failed/s", "completed", "failed",  "age"};
    const json_t *list = picture->list;
    struct columns columns;

    node_view_line(picture->nodes, text);
    text_add(text, "\n\n");
    columns_init(&columns, "llrrrrrrr");
    columns_add_row(&columns, heads);
    for (size_t i = 0; i < answer_size(list, "topologies"); i++) {
        const json_t *topology = answer_item(list, "topologies", i);
        const json_t *before = find_before(view, "topologies", answer_text(topology, "name"));

        add_topology(&columns, topology, before, picture, elapsed_ns(view, picture));
    }
    columns_render(&columns, text);
    columns_done(&columns);
    for (size_t i = 0; i < answer_size(list, "topologies"); i++) {
        const json_t *topology = answer_item(list, "topologies", i);

        topology_view_unplaced(answer_text(topology, "name"), topology, text);
    }
}

/* ---- one topology ---- */

static void add_latency(struct columns *columns, const json_t *component, const char *member)
{
    if (answer_flag(component, "spout") && answer_count(component, "acked") > 0 &&
        is_known(component, member))
        topology_view_duration(columns, answer_count(component, member));
    else
        columns_add(columns, "%s", "");
}

static void add_component(struct columns *columns, const json_t *component, const json_t *before,
                          uint64_t since_ns)
{
    topology_view_words(columns, answer_text(component, "name"));
    topology_view_count(columns, answer_count(component, "tasks"));
    add_rate(columns, before, component, "emitted", since_ns);
    add_rate(columns, before, component, "executed", since_ns);
    add_rate(columns, before, component, "acked", since_ns);
    add_rate(columns, before, component, "failed", since_ns);
    topology_view_known(columns, component, "open");
    add_latency(columns, component, "latency_p50_ns");
    add_latency(columns, component, "latency_p99_ns");
    add_latency(columns, component, "latency_p999_ns");
}

static void add_components(const struct top_view *view, const struct top_picture *picture,
                           struct text *text)
{
    static const char *const heads[] = {"component", "tasks", "emitted/s", "executed/s", "acked/s",
                                        "failed/s",  "open",  "p50",       "p99",        "p99.9"};
    const json_t *topology = picture->topology;
    struct columns columns;

    columns_init(&columns, "lrrrrrrrrr");
    columns_add_row(&columns, heads);
    for (size_t i = 0; i < answer_size(topology, "components"); i++) {
        const json_t *component = answer_item(topology, "components", i);
        const json_t *before = find_before(view, "components", answer_text(component, "name"));

        add_component(&columns, component, before, elapsed_ns(view, picture));
    }
    columns_render(&columns, text);
    columns_done(&columns);
}

static void add_one(const struct top_view *view, const struct top_picture *picture,
                    struct text *text)
{
    topology_view_progress(picture->topology, text);
    text_add(text, "\n");
    topology_view_unplaced("not placed", picture->topology, text);
    text_add(text, "\n");
    add_components(view, picture, text);
    if (answer_size(picture->topology, "errors") > 0) {
        text_add(text, "\n");
        topology_view_errors(picture->topology, picture->now_ms, text);
    }
}

void top_view_render(struct top_view *view, const struct top_picture *picture, struct text *text,
                     enum style style)
{
    const json_t *shown = picture->topology != NULL ? picture->topology : picture->list;

    text_add(text, "%sgale top%s  ", style_bold(style), style_end(style));
    if (picture->topology != NULL)
        add_one(view, picture, text);
    else
        add_cluster(view, picture, text);
    json_decref(view->before);
    view->before = json_incref((json_t *)(uintptr_t)shown);
    view->before_ns = picture->now_ns;
}

/* ---- a screen ---- */

/* How many bytes of the line fit; an escape takes no column, and of a letter only its first byte
 * does. */
static size_t fitting(const char *line, size_t length, size_t columns)
{
    size_t used = 0;
    size_t at = 0;

    while (at < length) {
        if (line[at] == '\x1b') {
            at += strcspn(line + at, "m");
            at += at < length ? 1 : 0;
            continue;
        }
        bool begins_letter = ((unsigned char)line[at] & 0xc0) != 0x80;
        if (begins_letter && used == columns)
            break;
        used += begins_letter ? 1 : 0;
        at++;
    }
    return at < length ? at : length;
}

void top_view_fit(const char *picture, size_t rows, size_t columns, struct text *text)
{
    for (size_t row = 0; *picture != '\0' && row + 1 < rows; row++) {
        size_t length = strcspn(picture, "\n");

        text_add_bytes(text, picture, fitting(picture, length, columns));
        text_add(text, "\x1b[K\r\n");
        picture += length + (picture[length] == '\n' ? 1 : 0);
    }
    text_add(text, "\x1b[J");
}
