/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/storm/nodes.h"

#include <stdio.h>
#include <string.h>

#include "base/settings_schema.h"
#include "ui/read.h"
#include "ui/storm/shape.h"

/* ---- addresses ---- */

void nodes_split_address(const char *address, struct nodes_address *ret_address)
{
    const char *scheme = strstr(address, "://");
    const char *host = scheme == NULL ? address : scheme + 3;
    const char *colon = strrchr(host, ':');
    size_t size = colon == NULL ? strlen(host) : (size_t)(colon - host);
    uint64_t port = 0;

    *ret_address = (struct nodes_address){.port = 0};
    if (colon != NULL && setting_parse_u64(colon + 1, &port))
        ret_address->port = port;
    if (size >= 2 && host[0] == '[' && host[size - 1] == ']') {
        host++;
        size -= 2;
    }
    if (size > NODES_HOST_MAX)
        size = NODES_HOST_MAX;
    memcpy(ret_address->host, host, size);
}

/* ---- supervisors ---- */

static json_t *show_supervisor(const json_t *supervisor, uint64_t now_ms)
{
    const json_t *resources = json_object_get(supervisor, "resources");
    double memory = read_real(resources, "memory_mb");
    double cpu = read_real(resources, "cpu_percent");
    uint64_t slots = read_count(supervisor, "slots");
    uint64_t used = read_count(supervisor, "used");

    json_t *shown =
        shape_new("{s:s, s:s, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:{}, s:{}, s:{}, s:s, "
                  "s:b, s:s}",
                  "id", read_text(supervisor, "id"), "host", read_text(supervisor, "host"),
                  "slotsTotal", (json_int_t)slots, "slotsUsed", (json_int_t)used, "slotsFree",
                  (json_int_t)(slots > used ? slots - used : 0), "totalMem", memory, "totalCpu",
                  cpu, "usedMem", 0.0, "usedCpu", 0.0, "availMem", memory, "availCpu", cpu,
                  "totalGenericResources", "usedGenericResources", "availGenericResources",
                  "version", read_text(supervisor, "version"), "blacklisted",
                  !read_flag(supervisor, "healthy"), "logLink", "");
    shape_add(shown, shape_uptime(shape_since(read_count(supervisor, "since_ms"), now_ms)));
    return shown;
}

static bool is_chosen(const json_t *supervisor, const struct nodes_choice *choice)
{
    if (choice->id[0] != '\0')
        return strcmp(read_text(supervisor, "id"), choice->id) == 0;
    return choice->host[0] == '\0' || strcmp(read_text(supervisor, "host"), choice->host) == 0;
}

static json_t *show_supervisors(const json_t *nodes, const struct nodes_choice *choice,
                                uint64_t now_ms)
{
    json_t *all = json_array();
    size_t index;
    json_t *supervisor;

    json_array_foreach(read_list(nodes, "supervisors"), index, supervisor)
    {
        if (is_chosen(supervisor, choice))
            (void)json_array_append_new(all, show_supervisor(supervisor, now_ms));
    }
    return all;
}

static json_t *with_logviewer(json_t *answer, const struct nodes_moment *moment)
{
    shape_add(answer, shape_new("{s:b, s:I, s:s}", "schedulerDisplayResource", 0, "logviewerPort",
                                (json_int_t)moment->viewer_port, "logviewerScheme", "http"));
    return answer;
}

json_t *storm_supervisor_summary(const json_t *nodes, const struct nodes_moment *moment)
{
    const struct nodes_choice all = {"", ""};

    return with_logviewer(
        shape_new("{s:o}", "supervisors", show_supervisors(nodes, &all, moment->now_ms)), moment);
}

json_t *storm_supervisor_topologies(const json_t *nodes, const struct nodes_choice *choice)
{
    json_t *seen = json_object();
    json_t *names = json_array();
    size_t index;
    json_t *supervisor;

    json_array_foreach(read_list(nodes, "supervisors"), index, supervisor)
    {
        size_t at;
        json_t *worker;
        if (!is_chosen(supervisor, choice))
            continue;
        json_array_foreach(read_list(supervisor, "workers"), at, worker)(void)
            json_object_set_new(seen, read_text(worker, "name"), json_true());
    }
    const char *name;
    json_t *ignored;
    json_object_foreach(seen, name, ignored)(void) json_array_append_new(names, json_string(name));
    json_decref(seen);
    return names;
}

/* ---- workers ---- */

static uint64_t count_ranges(const json_t *ranges)
{
    uint64_t count = 0;
    size_t index;
    json_t *range;

    json_array_foreach(ranges, index, range)
    {
        json_int_t first = json_integer_value(json_array_get(range, 0));
        json_int_t last = json_integer_value(json_array_get(range, 1));
        if (last >= first)
            count += (uint64_t)(last - first) + 1;
    }
    return count;
}

static bool is_there(const json_t *place, const char *supervisor, uint64_t slot)
{
    return read_count(place, "slot") == slot &&
           strcmp(read_text(place, "supervisor"), supervisor) == 0;
}

/* How many tasks of each component the worker has; without those of which it has none. */
static json_t *count_tasks(const json_t *status, const char *supervisor, uint64_t slot)
{
    json_t *counts = json_object();
    size_t index;
    json_t *component;

    json_array_foreach(read_list(status, "components"), index, component)
    {
        size_t at;
        json_t *place;
        json_array_foreach(read_list(component, "placement"), at, place)
        {
            if (is_there(place, supervisor, slot))
                (void)json_object_set_new(
                    counts, read_text(component, "name"),
                    json_integer((json_int_t)count_ranges(read_list(place, "tasks"))));
        }
    }
    return counts;
}

const char *nodes_host_of(const json_t *status, const char *supervisor)
{
    const json_t *worker = read_find(read_list(status, "workers"), "supervisor", supervisor);
    const char *host = read_text(worker, "host");

    return host[0] != '\0' ? host : supervisor;
}

static json_t *show_worker(const json_t *status, const json_t *worker)
{
    const char *supervisor = read_text(worker, "supervisor");
    const char *id = read_text(status, "id");
    uint64_t slot = read_count(worker, "slot");

    json_t *shown = shape_new(
        "{s:s, s:s, s:I, s:s, s:s, s:I, s:f, s:f, s:f, s:o, s:o, s:s}", "supervisorId", supervisor,
        "host", nodes_host_of(status, supervisor), "port", (json_int_t)slot, "topologyId", id,
        "topologyName", read_text(status, "name"), "executorsTotal",
        (json_int_t)read_count(worker, "executors"), "assignedMemOnHeap", 0.0, "assignedMemOffHeap",
        0.0, "assignedCpu", 0.0, "componentNumTasks", count_tasks(status, supervisor, slot),
        "workerLogLink", shape_log_link(id, supervisor, slot), "owner", read_text(status, "owner"));
    shape_add(shown, shape_uptime(read_count(worker, "uptime_ms")));
    return shown;
}

json_t *storm_workers(const json_t *status)
{
    json_t *all = json_array();
    size_t index;
    json_t *worker;

    json_array_foreach(read_list(status, "workers"), index, worker)(void)
        json_array_append_new(all, show_worker(status, worker));
    return all;
}

static void add_workers_of(json_t *all, const json_t *supervisor, const json_t *statuses)
{
    const char *name;
    json_t *status;

    json_object_foreach((json_t *)statuses, name, status)
    {
        size_t index;
        json_t *worker;
        json_array_foreach(read_list(status, "workers"), index, worker)
        {
            if (strcmp(read_text(worker, "supervisor"), read_text(supervisor, "id")) == 0)
                (void)json_array_append_new(all, show_worker(status, worker));
        }
    }
}

json_t *storm_supervisor_page(const json_t *nodes, const struct nodes_choice *choice,
                              const json_t *statuses, const struct nodes_moment *moment)
{
    json_t *workers = json_array();
    size_t index;
    json_t *supervisor;

    json_array_foreach(read_list(nodes, "supervisors"), index, supervisor)
    {
        if (is_chosen(supervisor, choice))
            add_workers_of(workers, supervisor, statuses);
    }
    return with_logviewer(shape_new("{s:o, s:o}", "supervisors",
                                    show_supervisors(nodes, choice, moment->now_ms), "workers",
                                    workers),
                          moment);
}

json_t *storm_topology_workers(const json_t *status, const struct nodes_moment *moment)
{
    json_t *all = json_array();
    size_t index;
    json_t *worker;

    json_array_foreach(read_list(status, "workers"), index, worker)
    {
        const char *host = nodes_host_of(status, read_text(worker, "supervisor"));
        (void)json_array_append_new(all, shape_new("{s:s, s:I}", "host", host, "port",
                                                   (json_int_t)read_count(worker, "slot")));
    }
    return with_logviewer(shape_new("{s:o}", "hostPortList", all), moment);
}

/* ---- finding one ---- */

static bool is_at(const json_t *status, const json_t *worker, const char *host, size_t size)
{
    const char *supervisor = read_text(worker, "supervisor");
    const char *of_worker = nodes_host_of(status, supervisor);

    return (strlen(supervisor) == size && memcmp(supervisor, host, size) == 0) ||
           (strlen(of_worker) == size && memcmp(of_worker, host, size) == 0);
}

enum nodes_found nodes_find_worker(const json_t *status, const char *host_port,
                                   const json_t **ret_worker)
{
    const char *colon = strrchr(host_port, ':');
    const json_t *found = NULL;
    size_t index;
    json_t *worker;
    uint64_t slot;

    if (colon == NULL || !setting_parse_u64(colon + 1, &slot))
        return NODES_NONE;
    json_array_foreach(read_list(status, "workers"), index, worker)
    {
        if (read_count(worker, "slot") != slot ||
            !is_at(status, worker, host_port, (size_t)(colon - host_port)))
            continue;
        if (found != NULL)
            return NODES_AMBIGUOUS;
        found = worker;
    }
    if (found == NULL)
        return NODES_NONE;
    *ret_worker = found;
    return NODES_FOUND;
}
