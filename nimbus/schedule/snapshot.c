/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/schedule/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "nimbus/schedule/executors.h"
#include "wire/config_schema.h"
#include "wire/labels.h"

/* ---- Labels -------------------------------------------------------------------------------- */

/* "a,b" as a list, which belongs to the snapshot. */
static const struct labels *split_labels(struct snapshot *snapshot, const char *text)
{
    struct labels *labels = NEW(struct labels);
    enum err err = labels_parse(text, labels, NULL);

    ASSERT(err == ERR_OK); /* config_make() has looked at it */
    if (snapshot->list_count == snapshot->list_capacity) {
        snapshot->list_capacity = snapshot->list_capacity == 0 ? 16 : 2 * snapshot->list_capacity;
        snapshot->lists =
            mem_resize(snapshot->lists, snapshot->list_capacity, sizeof(struct labels *));
    }
    snapshot->lists[snapshot->list_count++] = labels;
    return labels;
}

/* ---- Supervisors --------------------------------------------------------------------------- */

static uint64_t resource_of(const struct supervisor_state *state, const char *name)
{
    for (size_t i = 0; i < state->resource_count; i++)
        if (strcmp(state->resources[i].name, name) == 0)
            return state->resources[i].amount;
    return 0;
}

static void add_supervisor(struct snapshot *snapshot, const struct supervisor *supervisor)
{
    const struct supervisor_state *state = &supervisor->state;

    snapshot->supervisors[snapshot->cluster.supervisor_count++] = (struct scheduler_supervisor){
        .id = supervisor->id,
        .slots = state->slots,
        .cores = state->cores == 0 ? 1 : state->cores,
        .cpu_percent = (uint32_t)resource_of(state, "cpu_percent"),
        .memory_mb = resource_of(state, "memory_mb"),
        .label_count = state->label_count,
        .labels = (const char *const *)state->labels,
        .is_leaving = !supervisor->is_healthy || !supervisor->is_there,
    };
}

static void add_supervisors(struct snapshot *snapshot, const struct registry *registry)
{
    const struct roll *all = registry_supervisors(registry);

    snapshot->supervisors = NEW_ARRAY(struct scheduler_supervisor, all->count);
    for (size_t i = 0; i < all->count; i++) {
        const struct supervisor *supervisor = all->items[i];
        if (supervisor_counts(supervisor))
            add_supervisor(snapshot, supervisor);
    }
    snapshot->cluster.supervisors = snapshot->supervisors;
}

uint32_t snapshot_find_supervisor(const struct snapshot *snapshot, const char *id)
{
    size_t begin = 0;
    size_t end = snapshot->cluster.supervisor_count;

    while (begin < end) { /* they are in the order of their ids */
        size_t middle = begin + (end - begin) / 2;
        int order = strcmp(snapshot->supervisors[middle].id, id);
        if (order == 0)
            return (uint32_t)middle;
        if (order < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return SCHEDULER_NOWHERE;
}

/* ---- Topologies ---------------------------------------------------------------------------- */

static uint64_t property_of(const struct config *config, const char *component, const char *key)
{
    AUTO(mem_free_text) char *full = config_key(component, key);
    const struct setting *setting = settings_find(config->effective, full);
    uint64_t value = 0;

    if (setting == NULL || !setting_parse_u64(setting->value, &value))
        return 0;
    return value;
}

static struct scheduler_component read_component(struct snapshot *snapshot,
                                                 const struct config *config,
                                                 const struct plan_component *component)
{
    AUTO(mem_free_text) char *key = config_key(component->name, "labels");
    const struct setting *labels = settings_find(config->effective, key);
    struct scheduler_component result = {
        .name = component->name,
        .executors = component->executors,
        .cpu_percent = (uint32_t)property_of(config, component->name, "cpu_percent"),
        .memory_mb = property_of(config, component->name, "memory_mb"),
    };

    if (labels != NULL && labels->value[0] != '\0') {
        const struct labels *list = split_labels(snapshot, labels->value);
        result.label_count = list->count;
        result.labels = (const char *const *)list->items;
    }
    return result;
}

/* Of a topology whose plan is not known (any more): as many as its assignment says. */
static void describe_assigned(const struct topology *record, struct scheduler_topology *topology)
{
    const struct assignment_state *assignment = &record->assignment;
    struct scheduler_component *components =
        NEW_ARRAY(struct scheduler_component, assignment->component_count);

    for (size_t i = 0; i < assignment->component_count; i++) {
        components[i] =
            (struct scheduler_component){.name = "?", .executors = assignment->executors[i]};
        topology->executor_count += assignment->executors[i];
    }
    topology->component_count = assignment->component_count;
    topology->components = components;
    topology->workers = assignment->worker_count == 0 ? 1 : (uint32_t)assignment->worker_count;
    topology->is_fixed = true;
}

static void describe_planned(struct snapshot *snapshot, const struct topology *record,
                             struct scheduler_topology *topology)
{
    const struct plan *plan = record->plan;
    struct scheduler_component *components =
        NEW_ARRAY(struct scheduler_component, plan->component_count);

    for (uint32_t i = 0; i < plan->component_count; i++) {
        components[i] = read_component(snapshot, record->config, &plan->components[i]);
        topology->executor_count += components[i].executors;
    }
    topology->component_count = plan->component_count;
    topology->components = components;
    topology->workers = record->config->workers;
    topology->isolate_machines = record->config->isolate_machines;
    topology->is_fixed = record->state.status == TOPOLOGY_KILLED ||
                         record->state.status == TOPOLOGY_REBALANCING || record->is_removing;
}

static void put_current(const struct snapshot *snapshot, const struct topology *record,
                        struct scheduler_place *current, size_t count)
{
    const struct assignment_state *assignment = &record->assignment;

    for (size_t w = 0; w < assignment->worker_count; w++) {
        const struct assignment_worker *worker = &assignment->workers[w];
        struct scheduler_place place = {.supervisor =
                                            snapshot_find_supervisor(snapshot, worker->supervisor),
                                        .slot = worker->slot};
        for (size_t e = 0; e < worker->executor_count; e++)
            if (worker->executors[e] < count)
                current[worker->executors[e]] = place;
    }
}

static struct scheduler_place *nowhere(size_t count)
{
    struct scheduler_place *places = NEW_ARRAY(struct scheduler_place, count);

    for (size_t i = 0; i < count; i++)
        places[i].supervisor = SCHEDULER_NOWHERE;
    return places;
}

/* Components may have been cut into another number of executors since. */
static struct scheduler_place *carry_over(const struct topology *record,
                                          const struct scheduler_topology *topology,
                                          const struct scheduler_place *places)
{
    size_t count = topology->component_count;
    struct executors_component *before = NEW_ARRAY(struct executors_component, count);
    struct executors_component *after = NEW_ARRAY(struct executors_component, count);

    for (size_t i = 0; i < count; i++) {
        uint32_t tasks = record->plan->components[i].tasks;
        before[i] = (struct executors_component){tasks, record->assignment.executors[i]};
        after[i] = (struct executors_component){tasks, topology->components[i].executors};
    }
    struct scheduler_place *current = executors_carry(before, after, count, places);
    free(before);
    free(after);
    return current;
}

/* Whether the assignment can be one of this plan: every count was right for some settings. */
static bool is_of_plan(const struct topology *record)
{
    const struct assignment_state *assignment = &record->assignment;

    if (record->plan == NULL || assignment->component_count != record->plan->component_count)
        return false;
    for (size_t i = 0; i < assignment->component_count; i++)
        if (assignment->executors[i] == 0 ||
            assignment->executors[i] > record->plan->components[i].tasks)
            return false;
    return true;
}

static uint32_t count_assigned(const struct assignment_state *assignment)
{
    uint32_t count = 0;

    for (size_t i = 0; i < assignment->component_count; i++)
        count += assignment->executors[i];
    return count;
}

static const struct scheduler_place *read_current(const struct snapshot *snapshot,
                                                  const struct topology *record,
                                                  const struct scheduler_topology *topology)
{
    uint32_t count = count_assigned(&record->assignment);

    if (!record->is_assigned || (record->plan != NULL && !is_of_plan(record)))
        return nowhere(topology->executor_count);
    struct scheduler_place *places = nowhere(count);
    put_current(snapshot, record, places, count);
    if (record->plan == NULL)
        return places;
    struct scheduler_place *current = carry_over(record, topology, places);
    free(places);
    return current;
}

static void add_topology(struct snapshot *snapshot, const struct topology *record)
{
    struct scheduler_topology topology = {.id = record->id};

    if (record->plan != NULL)
        describe_planned(snapshot, record, &topology);
    else if (record->is_assigned)
        describe_assigned(record, &topology);
    else
        return;
    topology.current = read_current(snapshot, record, &topology);
    snapshot->records[snapshot->cluster.topology_count] = record;
    snapshot->topologies[snapshot->cluster.topology_count++] = topology;
}

static int compare_age(const void *a, const void *b)
{
    const struct topology *one = *(const struct topology *const *)a;
    const struct topology *other = *(const struct topology *const *)b;

    if (one->state.submitted_ms != other->state.submitted_ms)
        return one->state.submitted_ms < other->state.submitted_ms ? -1 : 1;
    return strcmp(one->id, other->id);
}

struct snapshot *snapshot_new(const struct registry *registry, const struct topology *candidate,
                              const struct topology *instead)
{
    struct snapshot *snapshot = NEW(struct snapshot);
    const struct roll *all = registry_topologies(registry);
    const struct topology **sorted = NEW_ARRAY(const struct topology *, all->count + 1);
    size_t count = 0;

    add_supervisors(snapshot, registry);
    for (size_t i = 0; i < all->count; i++) {
        const struct topology *topology = all->items[i];
        if ((topology->is_there || topology->is_assigned) && topology != instead)
            sorted[count++] = topology;
    }
    if (candidate != NULL)
        sorted[count++] = candidate;
    qsort(sorted, count, sizeof(const struct topology *), compare_age);
    snapshot->topologies = NEW_ARRAY(struct scheduler_topology, count);
    snapshot->records = NEW_ARRAY(const struct topology *, count);
    for (size_t i = 0; i < count; i++)
        add_topology(snapshot, sorted[i]);
    snapshot->cluster.topologies = snapshot->topologies;
    free(sorted);
    return snapshot;
}

void snapshot_destroy(struct snapshot **snapshot)
{
    struct snapshot *it = *snapshot;

    for (size_t i = 0; i < it->cluster.topology_count; i++) {
        free((void *)it->topologies[i].components);
        free((void *)it->topologies[i].current);
    }
    for (size_t i = 0; i < it->list_count; i++) {
        labels_done(it->lists[i]);
        free(it->lists[i]);
    }
    free(it->lists);
    free(it->records);
    free(it->topologies);
    free(it->supervisors);
    free(it);
    *snapshot = NULL;
}

size_t snapshot_find(const struct snapshot *snapshot, const struct topology *record)
{
    size_t index = 0;

    while (index < snapshot->cluster.topology_count && snapshot->records[index] != record)
        index++;
    return index;
}
