/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/storm/topology.h"

#include <string.h>

#include "ui/read.h"
#include "ui/storm/nodes.h"

/* ---- pieces ---- */

json_t *storm_window(size_t window)
{
    return shape_new("{s:s, s:s}", "window", shape_windows[window].name, "windowPretty",
                     shape_windows[window].pretty);
}

json_t *storm_counts(const json_t *component)
{
    const json_t *counts = json_object_get(component, "window");

    return shape_new("{s:I, s:I, s:I, s:I}", "emitted", (json_int_t)read_count(counts, "emitted"),
                     "transferred", (json_int_t)read_count(counts, "sent"), "acked",
                     (json_int_t)read_count(counts, "acked"), "failed",
                     (json_int_t)read_count(counts, "failed"));
}

static bool is_spout(const json_t *component)
{
    return strcmp(read_text(component, "role"), "spout") == 0;
}

json_t *storm_latencies(const json_t *component)
{
    const json_t *counts = json_object_get(component, "window");

    if (is_spout(component))
        return shape_new("{s:o}", "completeLatency",
                         shape_latency(json_object_get(component, "complete_ns")));
    return shape_new("{s:o, s:I, s:o, s:o}", "executeLatency",
                     shape_latency(json_object_get(component, "execute_ns")), "executed",
                     (json_int_t)read_count(counts, "executed"), "processLatency",
                     shape_latency(json_object_get(component, "process_ns")), "capacity",
                     shape_share(read_real(component, "capacity")));
}

json_t *storm_debug(const json_t *status, const char *component)
{
    double percent = 0;
    size_t index;
    json_t *debug;

    json_array_foreach(read_list(status, "debug"), index, debug)
    {
        bool is_of_all = !read_has(debug, "component");
        bool is_it =
            component == NULL ? is_of_all : strcmp(read_text(debug, "component"), component) == 0;
        if (is_it || is_of_all)
            percent = read_real(debug, "percent") > percent ? read_real(debug, "percent") : percent;
    }
    return shape_new("{s:b, s:f}", "debug", percent > 0, "samplingPct",
                     percent > 0 ? percent : (double)SHAPE_DEBUG_PERCENT);
}

json_t *storm_error_place(const json_t *status, const json_t *error, uint64_t now_ms)
{
    const char *supervisor = read_text(error, "supervisor");
    uint64_t slot = read_count(error, "slot");
    uint64_t last_ms = read_count(error, "last_ms");

    return shape_new("{s:s, s:I, s:I, s:o}", "errorHost", nodes_host_of(status, supervisor),
                     "errorPort", (json_int_t)slot, "errorLapsedSecs",
                     (json_int_t)(shape_since(last_ms, now_ms) / 1000), "errorWorkerLogLink",
                     shape_log_link(read_text(status, "id"), supervisor, slot));
}

/* ---- lists ---- */

json_t *storm_topology_line(const json_t *topology, uint64_t now_ms)
{
    const char *id = read_text(topology, "id");

    json_t *line = shape_new(
        "{s:s, s:o, s:s, s:s, s:o, s:I, s:I, s:I, s:i, s:s, s:n, s:n}", "id", id, "encodedId",
        shape_encoded(id), "name", read_text(topology, "name"), "owner",
        read_text(topology, "owner"), "status", shape_status(read_text(topology, "status")),
        "tasksTotal", (json_int_t)read_count(topology, "tasks"), "workersTotal",
        (json_int_t)read_count(topology, "workers"), "executorsTotal",
        (json_int_t)read_count(topology, "executors"), "replicationCount", 1, "schedulerInfo",
        read_text(topology, "why_not"), "topologyVersion", "stormVersion");
    shape_add(line, shape_resources());
    shape_add(line, shape_uptime(shape_since(read_count(topology, "submitted_ms"), now_ms)));
    return line;
}

json_t *storm_topology_summary(const json_t *list, uint64_t now_ms)
{
    json_t *lines = json_array();
    size_t index;
    json_t *topology;

    json_array_foreach(read_list(list, "topologies"), index, topology)(void)
        json_array_append_new(lines, storm_topology_line(topology, now_ms));
    return shape_new("{s:o, s:b}", "topologies", lines, "schedulerDisplayResource", 0);
}

/* ---- the page of one ---- */

/* As in a list; but a status has a list of workers where a list has their number. */
static json_t *show_head(const json_t *status, uint64_t now_ms)
{
    json_t *head = storm_topology_line(status, now_ms);
    const json_t *components = read_list(status, "components");
    uint64_t tasks = 0;
    uint64_t executors = 0;
    size_t index;
    json_t *component;

    json_array_foreach(components, index, component)
    {
        tasks += read_count(component, "tasks");
        executors += read_count(component, "executors");
    }
    shape_add(head, shape_new("{s:I, s:I, s:I}", "tasksTotal", (json_int_t)tasks, "executorsTotal",
                              (json_int_t)executors, "workersTotal",
                              (json_int_t)json_array_size(read_list(status, "workers"))));
    shape_add(head, shape_new("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}",
                              "requestedRegularOnHeapMem", 0.0, "requestedSharedOnHeapMem", 0.0,
                              "requestedRegularOffHeapMem", 0.0, "requestedSharedOffHeapMem", 0.0,
                              "assignedRegularOnHeapMem", 0.0, "assignedSharedOnHeapMem", 0.0,
                              "assignedRegularOffHeapMem", 0.0, "assignedSharedOffHeapMem", 0.0));
    return head;
}

/* Trees are the spouts' matter: a bolt's acks do not count here. */
static json_t *show_stats(const json_t *figures, size_t window)
{
    uint64_t emitted = 0;
    uint64_t sent = 0;
    uint64_t acked = 0;
    uint64_t failed = 0;
    size_t index;
    json_t *component;

    json_array_foreach(read_list(figures, "components"), index, component)
    {
        const json_t *counts = json_object_get(component, "window");
        emitted += read_count(counts, "emitted");
        sent += read_count(counts, "sent");
        acked += is_spout(component) ? read_count(counts, "acked") : 0;
        failed += is_spout(component) ? read_count(counts, "failed") : 0;
    }
    json_t *stats = storm_window(window);
    shape_add(stats, shape_new("{s:I, s:I, s:o, s:I, s:I}", "emitted", (json_int_t)emitted,
                               "transferred", (json_int_t)sent, "completeLatency",
                               shape_latency(
                                   json_object_get(json_object_get(figures, "trees"), "latency")),
                               "acked", (json_int_t)acked, "failed", (json_int_t)failed));
    return stats;
}

static json_t *show_last_error(const json_t *status, const json_t *component, uint64_t now_ms)
{
    const json_t *error = json_object_get(component, "last_error");

    if (!json_is_object(error))
        return shape_new("{s:s, s:n, s:s, s:n, s:n, s:s}", "lastError", "", "errorTime",
                         "errorHost", "", "errorPort", "errorLapsedSecs", "errorWorkerLogLink", "");
    json_t *shown = storm_error_place(status, error, now_ms);
    shape_add(shown, shape_new("{s:s, s:I}", "lastError", read_text(error, "text"), "errorTime",
                               (json_int_t)(read_count(error, "last_ms") / 1000)));
    return shown;
}

static json_t *show_component(const json_t *status, const json_t *component, uint64_t now_ms)
{
    const char *name = read_text(component, "name");
    bool spout = is_spout(component);

    json_t *shown =
        shape_new("{s:s, s:o, s:I, s:I, s:f, s:f, s:f, s:{}}", spout ? "spoutId" : "boltId", name,
                  spout ? "encodedSpoutId" : "encodedBoltId", shape_encoded(name), "executors",
                  (json_int_t)read_count(component, "executors"), "tasks",
                  (json_int_t)read_count(component, "tasks"), "requestedMemOnHeap", 0.0,
                  "requestedMemOffHeap", 0.0, "requestedCpu", 0.0, "requestedGenericResources");
    shape_add(shown, storm_counts(component));
    shape_add(shown, storm_latencies(component));
    shape_add(shown, show_last_error(status, component, now_ms));
    return shown;
}

static void show_components(const json_t *status, const struct storm_figures *figures,
                            uint64_t now_ms, json_t *page)
{
    const json_t *recent = read_list(figures->of[SHAPE_CAPACITY], "components");
    json_t *spouts = json_array();
    json_t *bolts = json_array();
    size_t index;
    json_t *component;

    json_array_foreach(read_list(figures->of[figures->window], "components"), index, component)
    {
        json_t *shown = show_component(status, component, now_ms);
        if (!is_spout(component)) {
            const json_t *same = read_find(recent, "name", read_text(component, "name"));
            shape_add(shown,
                      shape_new("{s:o}", "capacity", shape_share(read_real(same, "capacity"))));
        }
        (void)json_array_append_new(is_spout(component) ? spouts : bolts, shown);
    }
    shape_add(page, shape_new("{s:o, s:o}", "spouts", spouts, "bolts", bolts));
}

static json_t *show_configuration(const json_t *status)
{
    json_t *all = shape_new("{s:s, s:s}", "storm.id", read_text(status, "id"), "topology.name",
                            read_text(status, "name"));
    size_t index;
    json_t *setting;

    json_array_foreach(read_list(status, "settings_effective"), index, setting)
        shape_add(all, shape_new("{s:o}", read_text(setting, "key"),
                                 shape_value(read_text(setting, "value"))));
    return all;
}

json_t *storm_topology_page(const json_t *status, const struct storm_figures *figures,
                            uint64_t now_ms)
{
    json_t *page = show_head(status, now_ms);
    json_t *stats = json_array();

    for (size_t i = 0; i < SHAPE_WINDOWS; i++)
        (void)json_array_append_new(stats, show_stats(figures->of[i], i));
    shape_add(page, shape_new("{s:n, s:s, s:s, s:I, s:b, s:[], s:o, s:o, s:o}", "user", "window",
                              shape_windows[figures->window].name, "windowHint",
                              shape_windows[figures->window].pretty, "msgTimeout",
                              (json_int_t)(read_count(status, "message_timeout_ms") / 1000),
                              "schedulerDisplayResource", 0, "visualizationTable", "topologyStats",
                              stats, "workers", storm_workers(status), "configuration",
                              show_configuration(status)));
    show_components(status, figures, now_ms, page);
    shape_add(page, storm_debug(status, NULL));
    return page;
}

/* ---- metrics ---- */

static void add_value(json_t *object, const char *member, json_t *of, json_t *value)
{
    json_t *list = json_object_get(object, member);

    shape_add(of, shape_new("{s:o}", "value", value));
    (void)json_array_append_new(list, of);
}

static json_t *of_stream(const json_t *item)
{
    return shape_new("{s:s}", "stream_id", read_text(item, "stream"));
}

static json_t *of_input(const json_t *item)
{
    return shape_new("{s:s, s:s}", "component_id", read_text(item, "component"), "stream_id",
                     read_text(item, "stream"));
}

static json_t *count_in(const json_t *item, const char *member)
{
    return json_integer((json_int_t)read_count(json_object_get(item, "window"), member));
}

static json_t *show_outputs(const json_t *component)
{
    json_t *shown = shape_new("{s:s, s:[], s:[], s:[], s:[]}", "id", read_text(component, "name"),
                              "emitted", "transferred", "acked", "failed");
    size_t index;
    json_t *output;

    json_array_foreach(read_list(component, "outputs"), index, output)
    {
        add_value(shown, "emitted", of_stream(output), count_in(output, "emitted"));
        add_value(shown, "transferred", of_stream(output), count_in(output, "sent"));
    }
    return shown;
}

const char *storm_tree_stream(const json_t *component)
{
    const json_t *outputs = read_list(component, "outputs");

    return json_array_size(outputs) == 1 ? read_text(json_array_get(outputs, 0), "stream") : "*";
}

static json_t *show_spout(const json_t *spout)
{
    json_t *shown = show_outputs(spout);
    const char *stream = storm_tree_stream(spout);

    json_object_set_new(shown, "complete_ms_avg", json_array());
    add_value(shown, "acked", shape_new("{s:s}", "stream_id", stream), count_in(spout, "acked"));
    add_value(shown, "failed", shape_new("{s:s}", "stream_id", stream), count_in(spout, "failed"));
    add_value(shown, "complete_ms_avg", shape_new("{s:s}", "stream_id", stream),
              shape_latency(json_object_get(spout, "complete_ns")));
    return shown;
}

static json_t *show_bolt(const json_t *bolt)
{
    json_t *shown = show_outputs(bolt);
    size_t index;
    json_t *input;

    shape_add(shown,
              shape_new("{s:[], s:[], s:[]}", "process_ms_avg", "executed", "executed_ms_avg"));
    json_array_foreach(read_list(bolt, "inputs"), index, input)
    {
        add_value(shown, "acked", of_input(input), count_in(input, "acked"));
        add_value(shown, "failed", of_input(input), count_in(input, "failed"));
        add_value(shown, "executed", of_input(input), count_in(input, "executed"));
        add_value(shown, "process_ms_avg", of_input(input),
                  shape_latency(json_object_get(input, "process_ns")));
        add_value(shown, "executed_ms_avg", of_input(input),
                  shape_latency(json_object_get(input, "execute_ns")));
    }
    return shown;
}

json_t *storm_topology_metrics(const json_t *figures, size_t window)
{
    json_t *spouts = json_array();
    json_t *bolts = json_array();
    size_t index;
    json_t *component;

    json_array_foreach(read_list(figures, "components"), index, component)
    {
        if (is_spout(component))
            (void)json_array_append_new(spouts, show_spout(component));
        else
            (void)json_array_append_new(bolts, show_bolt(component));
    }
    return shape_new("{s:s, s:s, s:o, s:o}", "window", shape_windows[window].name, "windowHint",
                     shape_windows[window].pretty, "spouts", spouts, "bolts", bolts);
}
