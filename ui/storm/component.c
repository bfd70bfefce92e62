/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/storm/component.h"

#include <string.h>

#include "ui/read.h"
#include "ui/storm/nodes.h"

static bool is_spout(const json_t *component)
{
    return strcmp(read_text(component, "role"), "spout") == 0;
}

static const json_t *find(const json_t *figures, const char *name)
{
    return read_find(read_list(figures, "components"), "name", name);
}

/* ---- statistics ---- */

static json_t *show_windows(const struct storm_component *asked)
{
    json_t *all = json_array();

    for (size_t i = 0; i < SHAPE_WINDOWS; i++) {
        const json_t *component = find(asked->figures.of[i], asked->name);
        json_t *stats = storm_window(i);
        shape_add(stats, storm_counts(component));
        shape_add(stats, storm_latencies(component));
        (void)json_array_append_new(all, stats);
    }
    return all;
}

static json_t *show_inputs(const json_t *component)
{
    json_t *all = json_array();
    size_t index;
    json_t *input;

    json_array_foreach(read_list(component, "inputs"), index, input)
    {
        const json_t *counts = json_object_get(input, "window");
        const char *from = read_text(input, "component");
        (void)json_array_append_new(
            all, shape_new("{s:s, s:o, s:s, s:o, s:o, s:I, s:I, s:I}", "component", from,
                           "encodedComponentId", shape_encoded(from), "stream",
                           read_text(input, "stream"), "executeLatency",
                           shape_latency(json_object_get(input, "execute_ns")), "processLatency",
                           shape_latency(json_object_get(input, "process_ns")), "executed",
                           (json_int_t)read_count(counts, "executed"), "acked",
                           (json_int_t)read_count(counts, "acked"), "failed",
                           (json_int_t)read_count(counts, "failed")));
    }
    return all;
}

static json_t *show_trees(const json_t *spout)
{
    const json_t *counts = json_object_get(spout, "window");

    return shape_new("{s:o, s:I, s:I}", "completeLatency",
                     shape_latency(json_object_get(spout, "complete_ns")), "acked",
                     (json_int_t)read_count(counts, "acked"), "failed",
                     (json_int_t)read_count(counts, "failed"));
}

static json_t *no_trees(void)
{
    return shape_new("{s:s, s:i, s:i}", "completeLatency", "0", "acked", 0, "failed", 0);
}

static json_t *show_output(const char *stream, const json_t *counts)
{
    return shape_new("{s:s, s:I, s:I}", "stream", stream, "emitted",
                     (json_int_t)read_count(counts, "emitted"), "transferred",
                     (json_int_t)read_count(counts, "sent"));
}

/* What is known of a spout's trees stands in the row of its stream; if it has several, in a row of its own. */
static json_t *show_outputs(const json_t *component)
{
    const char *of_trees = is_spout(component) ? storm_tree_stream(component) : "";
    json_t *all = json_array();
    bool is_told = !is_spout(component);
    size_t index;
    json_t *output;

    json_array_foreach(read_list(component, "outputs"), index, output)
    {
        const char *stream = read_text(output, "stream");
        json_t *row = show_output(stream, json_object_get(output, "window"));
        bool is_it = strcmp(stream, of_trees) == 0;
        if (is_spout(component))
            shape_add(row, is_it ? show_trees(component) : no_trees());
        is_told = is_told || is_it;
        (void)json_array_append_new(all, row);
    }
    if (!is_told) {
        json_t *row = show_output(of_trees, NULL);
        shape_add(row, show_trees(component));
        (void)json_array_append_new(all, row);
    }
    return all;
}

static json_t *show_executor(const json_t *status, const json_t *executor, bool spout)
{
    const char *id = read_text(executor, "id");
    const char *supervisor = read_text(executor, "supervisor");
    const char *host = read_text(executor, "host");
    uint64_t slot = read_count(executor, "slot");

    json_t *shown =
        shape_new("{s:s, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "id", id, "encodedId",
                  shape_encoded(id), "host", host[0] != '\0' ? host : supervisor, "port",
                  (json_int_t)slot, "emitted", (json_int_t)read_count(executor, "emitted"),
                  "transferred", (json_int_t)read_count(executor, "sent"), "acked",
                  (json_int_t)read_count(executor, "acked"), "failed",
                  (json_int_t)read_count(executor, "failed"), "workerLogLink",
                  shape_log_link(read_text(status, "id"), supervisor, slot));
    shape_add(shown, shape_uptime(read_count(executor, "uptime_ms")));
    json_t *latency = shape_milliseconds(read_real(executor, "latency_ns"));
    if (spout) {
        shape_add(shown, shape_new("{s:o}", "completeLatency", latency));
        return shown;
    }
    shape_add(shown, shape_new("{s:o, s:I, s:o, s:o}", "executeLatency", latency, "executed",
                               (json_int_t)read_count(executor, "executed"), "processLatency",
                               shape_milliseconds(read_real(executor, "process_ns")), "capacity",
                               shape_share(read_real(executor, "capacity"))));
    return shown;
}

static json_t *show_executors(const struct storm_component *asked, bool spout)
{
    json_t *executors = storm_executors(asked->tasks);
    json_t *all = json_array();
    size_t index;
    json_t *executor;

    json_array_foreach(executors, index, executor)
    {
        if (strcmp(read_text(executor, "component"), asked->name) == 0)
            (void)json_array_append_new(all, show_executor(asked->status, executor, spout));
    }
    json_decref(executors);
    return all;
}

static json_t *show_errors(const struct storm_component *asked, uint64_t now_ms)
{
    json_t *all = json_array();
    size_t index;
    json_t *error;

    json_array_foreach(read_list(asked->errors, "errors"), index, error)
    {
        if (strcmp(read_text(error, "component"), asked->name) != 0)
            continue;
        json_t *shown = storm_error_place(asked->status, error, now_ms);
        json_int_t last_ms = (json_int_t)read_count(error, "last_ms");
        shape_add(shown, shape_new("{s:s, s:I, s:I}", "error", read_text(error, "text"),
                                   "errorTime", last_ms, "time", last_ms));
        (void)json_array_append_new(all, shown);
    }
    return all;
}

/* ---- the page ---- */

/* What is sampled goes to the logs of all its workers; this is one of them. */
static json_t *show_event_log(const struct storm_component *asked)
{
    const json_t *component =
        read_find(read_list(asked->status, "components"), "name", asked->name);
    const json_t *place = json_array_get(read_list(component, "placement"), 0);

    if (place == NULL)
        return json_string("");
    return shape_log_link(read_text(asked->status, "id"), read_text(place, "supervisor"),
                          read_count(place, "slot"));
}

static json_t *show_head(const struct storm_component *asked, const json_t *component)
{
    const char *id = read_text(asked->status, "id");
    const struct shape_window *window = &shape_windows[asked->figures.window];

    json_t *head = shape_new(
        "{s:n, s:s, s:o, s:s, s:I, s:I, s:f, s:f, s:f, s:{}, s:b, s:s, s:o, s:o, s:s, s:s, s:s}",
        "user", "id", asked->name, "encodedId", shape_encoded(asked->name), "name",
        read_text(asked->status, "name"), "executors",
        (json_int_t)read_count(component, "executors"), "tasks",
        (json_int_t)read_count(component, "tasks"), "requestedMemOnHeap", 0.0,
        "requestedMemOffHeap", 0.0, "requestedCpu", 0.0, "requestedGenericResources",
        "schedulerDisplayResource", 0, "topologyId", id, "encodedTopologyId", shape_encoded(id),
        "topologyStatus", shape_status(read_text(asked->status, "status")), "window", window->name,
        "windowHint", window->pretty, "componentType", read_text(component, "role"));
    shape_add(head, shape_new("{s:o, s:b, s:b, s:[]}", "eventLogLink", show_event_log(asked),
                              "profilingAndDebuggingCapable", 1, "profileActionEnabled", 1,
                              "profilerActive"));
    shape_add(head, storm_debug(asked->status, asked->name));
    return head;
}

json_t *storm_component_page(const struct storm_component *asked, uint64_t now_ms)
{
    const json_t *component = find(asked->figures.of[asked->figures.window], asked->name);

    if (component == NULL)
        return NULL;
    bool spout = is_spout(component);
    json_t *page = show_head(asked, component);
    shape_add(page, shape_new("{s:o, s:o, s:o, s:o}", spout ? "spoutSummary" : "boltStats",
                              show_windows(asked), "outputStats", show_outputs(component),
                              "executorStats", show_executors(asked, spout), "componentErrors",
                              show_errors(asked, now_ms)));
    if (!spout)
        shape_add(page, shape_new("{s:o}", "inputStats", show_inputs(component)));
    return page;
}
