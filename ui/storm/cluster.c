/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/storm/cluster.h"

#include <string.h>

#include "base/settings_schema.h"
#include "ui/read.h"
#include "ui/storm/nodes.h"
#include "ui/storm/shape.h"
#include "ui/storm/topology.h"

/* ---- configuration ---- */

json_t *storm_cluster_configuration(const struct ui_facts *facts)
{
    json_t *all = json_object();

    for (size_t i = 0; i < facts->table_count; i++) {
        const struct setting_table *table = &facts->tables[i];
        for (size_t k = 0; k < table->count; k++) {
            const struct setting_spec *spec = &table->specs[k];
            const struct setting *set =
                facts->settings == NULL ? NULL : settings_find(facts->settings, spec->key);
            const char *value = set != NULL ? set->value : spec->fallback;
            shape_add(all, shape_new("{s:o}", spec->key,
                                     value == NULL ? json_null() : shape_value(value)));
        }
    }
    return all;
}

/* ---- summaries ---- */

static uint64_t sum(const json_t *list, const char *member)
{
    uint64_t total = 0;
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item) total += read_count(item, member);
    return total;
}

/* Nothing is assigned by what these say, so all of it is available. */
static json_t *show_resources(const json_t *supervisors)
{
    double memory = 0;
    double cpu = 0;
    size_t index;
    json_t *supervisor;

    json_array_foreach(supervisors, index, supervisor)
    {
        const json_t *resources = json_object_get(supervisor, "resources");
        memory += read_real(resources, "memory_mb");
        cpu += read_real(resources, "cpu_percent");
    }
    return shape_new("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:{}, s:{}}", "totalMem", memory,
                     "totalCpu", cpu, "availMem", memory, "availCpu", cpu, "fragmentedMem", 0.0,
                     "fragmentedCpu", 0.0, "memAssignedPercentUtil", 0.0, "cpuAssignedPercentUtil",
                     0.0, "totalGenerics", "availGenerics");
}

json_t *storm_cluster_summary(const json_t *list, const json_t *nodes, const char *version)
{
    const json_t *topologies = read_list(list, "topologies");
    const json_t *supervisors = read_list(nodes, "supervisors");
    uint64_t total = sum(supervisors, "slots");
    uint64_t used = sum(supervisors, "used");

    json_t *summary = shape_new(
        "{s:n, s:s, s:{s:s, s:s, s:s, s:s, s:s}, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:n, s:n}",
        "user", "stormVersion", version, "stormVersionInfo", "version", version, "revision", "",
        "branch", "", "date", "", "srcChecksum", "", "supervisors",
        (json_int_t)json_array_size(supervisors), "topologies",
        (json_int_t)json_array_size(topologies), "slotsTotal", (json_int_t)total, "slotsUsed",
        (json_int_t)used, "slotsFree", (json_int_t)(total > used ? total - used : 0),
        "executorsTotal", (json_int_t)sum(topologies, "executors"), "tasksTotal",
        (json_int_t)sum(topologies, "tasks"), "schedulerDisplayResource", 0, "bugtracker-url",
        "central-log-url");
    shape_add(summary, show_resources(supervisors));
    return summary;
}

static json_t *show_nimbus(const json_t *nimbus, uint64_t now_ms)
{
    uint64_t uptime_ms = shape_since(read_count(nimbus, "since_ms"), now_ms);
    char text[SHAPE_DURATION_MAX];
    struct nodes_address address;

    nodes_split_address(read_text(nimbus, "address"), &address);
    shape_duration(uptime_ms / 1000, text);
    return shape_new(
        "{s:s, s:I, s:s, s:s, s:s, s:o, s:s}", "host", address.host, "port",
        (json_int_t)address.port, "status", read_flag(nimbus, "leader") ? "Leader" : "Not a Leader",
        "version", read_text(nimbus, "version"), "nimbusUpTime", text, "nimbusUpTimeSeconds",
        json_sprintf("%llu", (unsigned long long)(uptime_ms / 1000)), "nimbusLogLink", "");
}

json_t *storm_nimbus_summary(const json_t *nodes, uint64_t now_ms)
{
    json_t *all = json_array();
    size_t index;
    json_t *nimbus;

    json_array_foreach(read_list(nodes, "nimbuses"), index, nimbus)(void)
        json_array_append_new(all, show_nimbus(nimbus, now_ms));
    return shape_new("{s:o}", "nimbuses", all);
}

/* ---- owners ---- */

static json_t *show_owner(const json_t *topologies, const char *owner)
{
    uint64_t count = 0;
    uint64_t executors = 0;
    uint64_t workers = 0;
    uint64_t tasks = 0;
    size_t index;
    json_t *topology;

    json_array_foreach(topologies, index, topology)
    {
        if (strcmp(read_text(topology, "owner"), owner) != 0)
            continue;
        count++;
        executors += read_count(topology, "executors");
        workers += read_count(topology, "workers");
        tasks += read_count(topology, "tasks");
    }
    json_t *shown = shape_new("{s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}",
                              "owner", owner, "totalTopologies", (json_int_t)count,
                              "totalExecutors", (json_int_t)executors, "totalWorkers",
                              (json_int_t)workers, "totalTasks", (json_int_t)tasks,
                              "totalMemoryUsage", 0.0, "totalCpuUsage", 0.0, "totalReqOnHeapMem",
                              0.0, "totalReqOffHeapMem", 0.0, "totalReqMem", 0.0, "totalReqCpu",
                              0.0, "totalAssignedOnHeapMem", 0.0, "totalAssignedOffHeapMem", 0.0);
    shape_add(shown, shape_new("{s:s, s:s, s:s, s:s, s:i}", "memoryGuarantee", "N/A",
                               "cpuGuarantee", "N/A", "memoryGuaranteeRemaining", "N/A",
                               "cpuGuaranteeRemaining", "N/A", "isolatedNodes", -1));
    return shown;
}

json_t *storm_owners(const json_t *list)
{
    const json_t *topologies = read_list(list, "topologies");
    json_t *owners = json_array();
    size_t index;
    json_t *topology;

    json_array_foreach(topologies, index, topology)
    {
        const char *owner = read_text(topology, "owner");
        if (read_find(owners, "owner", owner) == NULL)
            (void)json_array_append_new(owners, show_owner(topologies, owner));
    }
    return shape_new("{s:b, s:o}", "schedulerDisplayResource", 0, "owners", owners);
}

json_t *storm_owner(const json_t *list, const char *owner, uint64_t now_ms)
{
    const json_t *topologies = read_list(list, "topologies");
    json_t *shown = show_owner(topologies, owner);
    json_t *lines = json_array();
    size_t index;
    json_t *topology;

    json_array_foreach(topologies, index, topology)
    {
        if (strcmp(read_text(topology, "owner"), owner) == 0)
            (void)json_array_append_new(lines, storm_topology_line(topology, now_ms));
    }
    shape_add(shown, shape_new("{s:b, s:o}", "schedulerDisplayResource", 0, "topologies", lines));
    return shown;
}

/* ---- history ---- */

static void add_ids(json_t *ids, const json_t *topologies)
{
    size_t index;
    json_t *topology;

    json_array_foreach(topologies, index, topology)(void)
        json_array_append_new(ids, json_string(read_text(topology, "id")));
}

json_t *storm_history(const json_t *list, const json_t *ended)
{
    json_t *ids = json_array();

    add_ids(ids, read_list(list, "topologies"));
    add_ids(ids, read_list(ended, "topologies"));
    return shape_new("{s:o}", "topo-history", ids);
}
