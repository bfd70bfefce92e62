/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "ui/read.h"
#include "ui/storm/component.h"

enum {
    TABLE_COLUMNS = 4,
};

/* A stream's name as a part of an element's name in a page: letters, '_', '-', ':' and '.', a letter first. */
static json_t *sanitize(const char *stream)
{
    struct text text = {.data = NULL};

    if (!isalpha((unsigned char)stream[0]))
        text_add(&text, "_s");
    for (const char *at = stream; *at != '\0'; at++)
        text_add(&text, "%c", isalpha((unsigned char)*at) || strchr("_-:.", *at) ? *at : '_');
    json_t *made = json_string(text_data(&text));
    ASSERT(made != NULL);
    text_done(&text);
    return made;
}

static const json_t *graph_components(const json_t *status)
{
    return read_list(json_object_get(status, "graph"), "components");
}

/* ---- the table of streams ---- */

static json_t *list_streams(const json_t *status)
{
    json_t *streams = json_object();
    size_t index;
    json_t *component;

    json_array_foreach(graph_components(status), index, component)
    {
        size_t at;
        json_t *input;
        json_array_foreach(read_list(component, "inputs"), at, input)(void)
            json_object_set_new(streams, read_text(input, "stream"), json_true());
    }
    return streams;
}

json_t *storm_visualization_init(const json_t *status)
{
    json_t *streams = list_streams(status);
    json_t *table = json_array();
    json_t *row = NULL;
    const char *stream;
    json_t *ignored;

    json_object_foreach(streams, stream, ignored)
    {
        if (row == NULL || json_array_size(row) == TABLE_COLUMNS) {
            row = json_array();
            (void)json_array_append_new(table, row);
        }
        (void)json_array_append_new(row, shape_new("{s:s, s:o, s:b}", "stream", stream,
                                                   "sani-stream", sanitize(stream), "checked", 1));
    }
    json_decref(streams);
    return shape_new("{s:o}", "visualizationTable", table);
}

/* ---- components ---- */

static json_t *show_inputs(const json_t *status, const char *name)
{
    const json_t *component = read_find(graph_components(status), "name", name);
    json_t *all = json_array();
    size_t index;
    json_t *input;

    json_array_foreach(read_list(component, "inputs"), index, input)
    {
        const char *stream = read_text(input, "stream");
        (void)json_array_append_new(all, shape_new("{s:s, s:s, s:o, s:s}", ":component",
                                                   read_text(input, "component"), ":stream", stream,
                                                   ":sani-stream", sanitize(stream), ":grouping",
                                                   read_text(input, "grouping")));
    }
    return all;
}

static json_t *show_transferred(const json_t *component)
{
    json_t *all = json_object();
    size_t index;
    json_t *output;

    json_array_foreach(read_list(component, "outputs"), index, output)
    {
        uint64_t sent = read_count(json_object_get(output, "window"), "sent");
        (void)json_object_set_new(all, read_text(output, "stream"), json_integer((json_int_t)sent));
    }
    return all;
}

/* Milliseconds: of a spout's trees by stream, of what a bolt reads by "component:stream". */
static json_t *show_latencies(const json_t *component, bool spout)
{
    json_t *all = json_object();
    size_t index;
    json_t *input;

    if (spout)
        (void)json_object_set_new(
            all, storm_tree_stream(component),
            json_real(read_real(json_object_get(component, "complete_ns"), "mean") / 1e6));
    json_array_foreach(read_list(component, "inputs"), index, input)
    {
        struct text name = {.data = NULL};
        text_add(&name, "%s:%s", read_text(input, "component"), read_text(input, "stream"));
        (void)json_object_set_new(
            all, text_data(&name),
            json_real(read_real(json_object_get(input, "process_ns"), "mean") / 1e6));
        text_done(&name);
    }
    return all;
}

static json_t *show_executors(const json_t *executors, const char *name, size_t window)
{
    json_t *all = json_array();
    size_t index;
    json_t *executor;

    json_array_foreach(executors, index, executor)
    {
        const char *host = read_text(executor, "host");
        if (strcmp(read_text(executor, "component"), name) != 0)
            continue;
        (void)json_array_append_new(
            all, shape_new("{s:s, s:I, s:I, s:{s:O}}", ":host",
                           host[0] != '\0' ? host : read_text(executor, "supervisor"), ":port",
                           (json_int_t)read_count(executor, "slot"), ":uptime_secs",
                           (json_int_t)(read_count(executor, "uptime_ms") / 1000), ":transferred",
                           shape_windows[window].name, json_object_get(executor, "outputs")));
    }
    return all;
}

static json_t *link_to(const json_t *status, const char *component)
{
    struct text link = {.data = NULL};
    json_t *encoded = shape_encoded(component);

    text_add(&link, "/topologies/%s/components/%s", read_text(status, "name"),
             json_string_value(encoded));
    json_t *made = json_string(text_data(&link));
    text_done(&link);
    json_decref(encoded);
    return made;
}

json_t *storm_visualization(const json_t *status, const struct storm_figures *figures,
                            const json_t *tasks)
{
    const json_t *recent = read_list(figures->of[SHAPE_CAPACITY], "components");
    json_t *executors = storm_executors(tasks);
    json_t *all = json_object();
    size_t index;
    json_t *component;

    json_array_foreach(read_list(figures->of[figures->window], "components"), index, component)
    {
        const char *name = read_text(component, "name");
        bool spout = strcmp(read_text(component, "role"), "spout") == 0;
        double capacity = spout ? 0.0 : read_real(read_find(recent, "name", name), "capacity");
        (void)json_object_set_new(
            all, name,
            shape_new("{s:s, s:f, s:o, s:o, s:o, s:o, s:o}", ":type", read_text(component, "role"),
                      ":capacity", capacity, ":latency", show_latencies(component, spout),
                      ":transferred", show_transferred(component), ":stats",
                      show_executors(executors, name, figures->window), ":link",
                      link_to(status, name), ":inputs", show_inputs(status, name)));
    }
    json_decref(executors);
    return all;
}
