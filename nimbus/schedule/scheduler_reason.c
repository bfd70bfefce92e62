/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/schedule/scheduler_reason.h"

#include <inttypes.h>

#include "base/assert.h"

/* How near a supervisor comes to being a place for an executor: the further down, the nearer. */
enum hurdle {
    HURDLE_OTHERS,  /* it is another's machine, or not one of the topology's own */
    HURDLE_LEAVING, /* its health check has failed */
    HURDLE_LABELS,
    HURDLE_SLOT, /* no slot is free there, and none is the topology's */
    HURDLE_CPU,
    HURDLE_MEMORY,
    HURDLE_NONE,
};

static bool has_worker(const struct ground_site *site, uint32_t topology)
{
    for (uint32_t i = 0; i < site->supervisor->slots; i++) {
        if (site->slots[i].topology == topology)
            return true;
    }
    return false;
}

static uint64_t left(uint64_t used, uint64_t capacity)
{
    return used < capacity ? capacity - used : 0;
}

static enum hurdle hurdle_of(const struct ground *ground, uint32_t index, uint32_t topology,
                             const struct scheduler_component *component)
{
    const struct ground_site *site = &ground->sites[index];
    const struct scheduler_component cpu_only = {.cpu_percent = component->cpu_percent};

    if (!ground_is_open(ground, index, topology))
        return HURDLE_OTHERS;
    if (site->supervisor->is_leaving)
        return HURDLE_LEAVING;
    if (!ground_has_labels(site, component))
        return HURDLE_LABELS;
    if (site->free_count == 0 && !has_worker(site, topology))
        return HURDLE_SLOT;
    if (!ground_has_room(site, &cpu_only))
        return HURDLE_CPU;
    return ground_has_room(site, component) ? HURDLE_NONE : HURDLE_MEMORY;
}

/* The supervisor that is nearest; among equals the one with most of what is short. */
static bool is_nearer(const struct ground_site *site, const struct ground_site *than,
                      enum hurdle hurdle)
{
    if (hurdle == HURDLE_CPU)
        return left(site->cpu_percent, site->supervisor->cpu_percent) >
               left(than->cpu_percent, than->supervisor->cpu_percent);
    if (hurdle == HURDLE_MEMORY)
        return left(site->memory_mb, site->supervisor->memory_mb) >
               left(than->memory_mb, than->supervisor->memory_mb);
    return false;
}

static const struct ground_site *nearest(const struct ground *ground, uint32_t topology,
                                         const struct scheduler_component *component,
                                         enum hurdle *ret_hurdle)
{
    const struct ground_site *best = NULL;
    enum hurdle best_hurdle = HURDLE_OTHERS;

    for (uint32_t i = 0; i < ground->site_count; i++) {
        const struct ground_site *site = &ground->sites[i];
        enum hurdle hurdle = hurdle_of(ground, i, topology, component);
        if (best == NULL || hurdle > best_hurdle ||
            (hurdle == best_hurdle && is_nearer(site, best, hurdle))) {
            best = site;
            best_hurdle = hurdle;
        }
    }
    *ret_hurdle = best_hurdle;
    return best;
}

static void say_labels(const struct scheduler_component *component, struct text *out)
{
    text_add(out, "component '%s' needs the label%s", component->name,
             component->label_count > 1 ? "s" : "");
    for (size_t i = 0; i < component->label_count; i++)
        text_add(out, "%s '%s'", i > 0 ? "," : "", component->labels[i]);
    text_add(out,
             ", which no supervisor has that it may use: add to supervisor.labels of one, or "
             "change %s.labels",
             component->name);
}

static void say_cpu(const struct ground_site *site, const struct scheduler_component *component,
                    struct text *out)
{
    text_add(out,
             "component '%s' needs %" PRIu32
             "%% CPU for an executor, but '%s', the supervisor with "
             "most left, has %" PRIu64 "%% of %" PRIu32 "%%: add supervisors, or lower "
             "%s.cpu_percent",
             component->name, component->cpu_percent, site->supervisor->id,
             left(site->cpu_percent, site->supervisor->cpu_percent), site->supervisor->cpu_percent,
             component->name);
}

static void say_memory(const struct ground_site *site, const struct scheduler_component *component,
                       struct text *out)
{
    text_add(out,
             "component '%s' needs %" PRIu64 " MB for an executor, but '%s', the supervisor with "
             "most left, has %" PRIu64 " MB of %" PRIu64 " MB: add supervisors, or lower "
             "%s.memory_mb",
             component->name, component->memory_mb, site->supervisor->id,
             left(site->memory_mb, site->supervisor->memory_mb), site->supervisor->memory_mb,
             component->name);
}

static void say_others(const struct ground *ground, uint32_t topology, struct text *out)
{
    if (ground->site_count == 0)
        text_add(out, "there is no supervisor: start one (gale-supervisor)");
    else if (ground->cluster->topologies[topology].isolate_machines > 0)
        text_add(out, "no supervisor that has what its components ask for is free to be its own: "
                      "add supervisors, or set topology.isolate.machines to 0");
    else
        text_add(out, "all supervisors belong to topologies that asked for machines of their own: "
                      "add supervisors");
}

static void say_slot(const struct ground_site *site, const struct scheduler_component *component,
                     struct text *out)
{
    if (component->label_count == 0)
        text_add(out, "no slot is free: add slots (supervisor.slots) or supervisors");
    else
        text_add(out,
                 "component '%s' may run on supervisor '%s', but no slot is free there: add slots "
                 "(supervisor.slots) or supervisors with its labels",
                 component->name, site->supervisor->id);
}

void reason_of_component(const struct ground *ground, uint32_t topology,
                         const struct scheduler_component *component, struct text *out)
{
    enum hurdle hurdle;
    const struct ground_site *site = nearest(ground, topology, component, &hurdle);

    switch (hurdle) {
    case HURDLE_OTHERS:
        say_others(ground, topology, out);
        return;
    case HURDLE_LEAVING:
        text_add(out, "the health check of every supervisor that it may use fails: see "
                      "`gale nodes`");
        return;
    case HURDLE_LABELS:
        say_labels(component, out);
        return;
    case HURDLE_SLOT:
        say_slot(site, component, out);
        return;
    case HURDLE_CPU:
        say_cpu(site, component, out);
        return;
    case HURDLE_MEMORY:
        say_memory(site, component, out);
        return;
    case HURDLE_NONE:
        text_add(out,
                 "there is room for component '%s' now: it gets a place with the next "
                 "change of the cluster",
                 component->name);
        return;
    }
    UNREACHABLE();
}

/* ---- of a topology ---- */

static void say_unplaced(const struct crew *crew, struct text *out)
{
    const struct scheduler_topology *topology = crew->topology;
    uint32_t component = 0;

    while (crew->unplaced[component] == 0)
        component++;
    if (crew->unplaced_count == topology->executor_count)
        text_add(out, "topology '%s' does not run: ", topology->id);
    else
        text_add(out, "topology '%s' runs without %" PRIu32 " of its %zu executors: ", topology->id,
                 crew->unplaced_count, topology->executor_count);
    reason_of_component(crew->ground, crew->index, &topology->components[component], out);
}

static bool is_slot_free(const struct crew *crew)
{
    for (uint32_t i = 0; i < crew->ground->site_count; i++) {
        const struct ground_site *site = &crew->ground->sites[i];
        if (site->free_count > 0 && !site->supervisor->is_leaving &&
            ground_is_open(crew->ground, i, crew->index))
            return true;
    }
    return false;
}

static void say_workers(const struct crew *crew, struct text *out)
{
    text_add(out, "topology '%s' asks for %" PRIu32 " workers, but ", crew->topology->id,
             crew->wanted);
    if (is_slot_free(crew))
        text_add(out,
                 "only %" PRIu32
                 " of them would have anything to do with the labels, CPU and memory "
                 "that its components ask for: add supervisors that have them",
                 crew->worker_count);
    else
        text_add(out, "only %" PRIu32 " slot%s free%s: add slots (supervisor.slots) or supervisors",
                 crew->worker_count, crew->worker_count == 1 ? " is" : "s are",
                 crew->machines > 0 ? " on its machines" : "");
}

static void say_machines(const struct crew *crew, struct text *out)
{
    text_add(out,
             "topology '%s' asks for %" PRIu32 " machines of its own, but only %" PRIu32
             " can be had: add supervisors",
             crew->topology->id, crew->machines_wanted, crew->machines);
}

char *reason_of_crew(const struct crew *crew)
{
    struct text out;

    text_init(&out);
    if (crew->unplaced_count > 0)
        say_unplaced(crew, &out);
    else if (crew->machines < crew->machines_wanted)
        say_machines(crew, &out);
    else if (crew->worker_count < crew->wanted)
        say_workers(crew, &out);
    else
        return NULL;
    return text_take(&out);
}
