/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/schedule/scheduler_ground.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

struct ground *ground_new(const struct scheduler_cluster *cluster)
{
    struct ground *ground = NEW(struct ground);
    size_t total = 0;

    ground->cluster = cluster;
    ground->site_count = (uint32_t)cluster->supervisor_count;
    ground->sites = NEW_ARRAY(struct ground_site, cluster->supervisor_count);
    for (size_t i = 0; i < cluster->supervisor_count; i++)
        total += cluster->supervisors[i].slots;
    ground->slots = NEW_ARRAY(struct ground_slot, total);
    for (size_t i = 0; i < total; i++)
        ground->slots[i].topology = GROUND_NOBODY;

    struct ground_slot *next = ground->slots;
    for (size_t i = 0; i < cluster->supervisor_count; i++) {
        ground->sites[i] = (struct ground_site){
            .supervisor = &cluster->supervisors[i],
            .slots = next,
            .free_count = cluster->supervisors[i].slots,
            .owner = GROUND_NOBODY,
        };
        next += cluster->supervisors[i].slots;
    }
    return ground;
}

void ground_destroy(struct ground **ground)
{
    if (*ground == NULL)
        return;
    free((*ground)->sites);
    free((*ground)->slots);
    free(*ground);
    *ground = NULL;
}

bool ground_is_demanding(const struct scheduler_component *component)
{
    return component->label_count > 0 || component->cpu_percent > 0 || component->memory_mb > 0;
}

static bool has_label(const struct scheduler_supervisor *supervisor, const char *label)
{
    for (size_t i = 0; i < supervisor->label_count; i++) {
        if (strcmp(supervisor->labels[i], label) == 0)
            return true;
    }
    return false;
}

bool ground_has_labels(const struct ground_site *site, const struct scheduler_component *component)
{
    for (size_t i = 0; i < component->label_count; i++) {
        if (!has_label(site->supervisor, component->labels[i]))
            return false;
    }
    return true;
}

/* A capacity of 0 is no limit. What is used may be above it: executors that are not ours to move.
 * */
static bool is_within(uint64_t need, uint64_t used, uint64_t capacity)
{
    return need == 0 || capacity == 0 || (used <= capacity && need <= capacity - used);
}

bool ground_has_room(const struct ground_site *site, const struct scheduler_component *component)
{
    return is_within(component->cpu_percent, site->cpu_percent, site->supervisor->cpu_percent) &&
           is_within(component->memory_mb, site->memory_mb, site->supervisor->memory_mb);
}

bool ground_is_open(const struct ground *ground, uint32_t site, uint32_t topology)
{
    uint32_t owner = ground->sites[site].owner;

    if (ground->cluster->topologies[topology].isolate_machines > 0)
        return owner == topology;
    return owner == GROUND_NOBODY;
}

bool ground_is_slot(const struct ground *ground, struct scheduler_place place)
{
    return place.supervisor < ground->site_count &&
           place.slot < ground->sites[place.supervisor].supervisor->slots;
}

void ground_take_slot(struct ground *ground, struct scheduler_place place, uint32_t topology)
{
    struct ground_site *site = &ground->sites[place.supervisor];

    ASSERT(site->slots[place.slot].topology == GROUND_NOBODY);
    site->slots[place.slot].topology = topology;
    site->free_count--;
}

void ground_free_slot(struct ground *ground, struct scheduler_place place)
{
    struct ground_site *site = &ground->sites[place.supervisor];

    ASSERT(site->slots[place.slot].topology != GROUND_NOBODY);
    site->slots[place.slot].topology = GROUND_NOBODY;
    site->free_count++;
    if (place.slot < site->lowest)
        site->lowest = place.slot;
}

uint32_t ground_lowest_slot(struct ground_site *site)
{
    ASSERT(site->free_count > 0);
    while (site->slots[site->lowest].topology != GROUND_NOBODY)
        site->lowest++;
    return site->lowest;
}

/* Stops at the top: fixed executors may ask for anything, and are never given back. */
static void add(uint64_t *used, uint64_t need)
{
    *used = need > UINT64_MAX - *used ? UINT64_MAX : *used + need;
}

void ground_take_room(struct ground_site *site, const struct scheduler_component *component)
{
    if (site->supervisor->cpu_percent > 0)
        add(&site->cpu_percent, component->cpu_percent);
    if (site->supervisor->memory_mb > 0)
        add(&site->memory_mb, component->memory_mb);
}

void ground_give_room(struct ground_site *site, const struct scheduler_component *component)
{
    if (site->supervisor->cpu_percent > 0)
        site->cpu_percent -= component->cpu_percent;
    if (site->supervisor->memory_mb > 0)
        site->memory_mb -= component->memory_mb;
}

/* Returns whether the slot became the topology's by this. */
static bool enter(struct ground *ground, uint32_t topology, struct scheduler_place place,
                  const struct scheduler_component *component)
{
    if (!ground_is_slot(ground, place))
        return false;
    struct ground_site *site = &ground->sites[place.supervisor];
    ground_take_room(site, component);
    if (site->slots[place.slot].topology != GROUND_NOBODY)
        return false;
    ground_take_slot(ground, place, topology);
    return true;
}

uint32_t ground_enter(struct ground *ground, uint32_t topology,
                      const struct scheduler_place *places)
{
    const struct scheduler_topology *it = &ground->cluster->topologies[topology];
    uint32_t workers = 0;
    size_t executor = 0;

    for (size_t i = 0; i < it->component_count; i++) {
        for (uint32_t n = 0; n < it->components[i].executors; n++)
            workers += enter(ground, topology, places[executor++], &it->components[i]);
    }
    return workers;
}
