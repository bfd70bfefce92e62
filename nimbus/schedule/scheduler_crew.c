/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/schedule/scheduler_crew.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

void crew_init(struct crew *crew, struct ground *ground, uint32_t topology)
{
    const struct scheduler_topology *it = &ground->cluster->topologies[topology];
    uint32_t executors = (uint32_t)it->executor_count;
    uint32_t wanted = it->workers < executors ? it->workers : executors;

    ASSERT(it->workers > 0);
    *crew = (struct crew){
        .ground = ground,
        .topology = it,
        .index = topology,
        .wanted = wanted,
        .machines_wanted = it->isolate_machines < wanted ? it->isolate_machines : wanted,
        .places = NEW_ARRAY(struct scheduler_place, it->executor_count),
        .before = NEW_ARRAY(uint32_t, it->executor_count),
        .first = NEW_ARRAY(uint32_t, it->component_count),
        .unplaced = NEW_ARRAY(uint32_t, it->component_count),
        .unplaced_count = executors,
    };
    for (size_t i = 0; i < it->executor_count; i++)
        crew->places[i].supervisor = SCHEDULER_NOWHERE;
    uint32_t first = 0;
    for (size_t i = 0; i < it->component_count; i++) {
        crew->first[i] = first;
        crew->unplaced[i] = it->components[i].executors;
        first += it->components[i].executors;
    }
    ASSERT(first == executors);
}

void crew_done(struct crew *crew)
{
    free(crew->workers);
    free(crew->shares);
    free(crew->places);
    free(crew->before);
    free(crew->first);
    free(crew->unplaced);
    *crew = (struct crew){.ground = NULL};
}

static struct ground_site *site_of(const struct crew *crew, uint32_t worker)
{
    return &crew->ground->sites[crew->workers[worker].place.supervisor];
}

static struct ground_slot *slot_at(const struct crew *crew, struct scheduler_place place)
{
    return &crew->ground->sites[place.supervisor].slots[place.slot];
}

struct crew_share *crew_share(const struct crew *crew, uint32_t worker, uint32_t component)
{
    return &crew->shares[(size_t)worker * crew->topology->component_count + component];
}

/* ---- workers ---- */

static void grow(struct crew *crew)
{
    crew->worker_capacity = crew->worker_capacity == 0 ? 4 : 2 * crew->worker_capacity;
    crew->workers = mem_resize(crew->workers, crew->worker_capacity, sizeof *crew->workers);
    crew->shares =
        mem_resize(crew->shares, (size_t)crew->worker_capacity * crew->topology->component_count,
                   sizeof *crew->shares);
}

void crew_open(struct crew *crew, struct scheduler_place place)
{
    uint32_t worker = crew->worker_count;

    if (worker == crew->worker_capacity)
        grow(crew);
    crew->worker_count++;
    crew->workers[worker] = (struct crew_worker){.place = place};
    for (uint32_t i = 0; i < crew->topology->component_count; i++)
        *crew_share(crew, worker, i) = (struct crew_share){.last = CREW_NONE};
    ground_take_slot(crew->ground, place, crew->index);
    slot_at(crew, place)->worker = worker;
    site_of(crew, worker)->held++;
}

/* Worker `to`, which is closed, is forgotten in favour of worker `from`. */
static void renumber(struct crew *crew, uint32_t from, uint32_t to)
{
    if (from == to)
        return;
    crew->workers[to] = crew->workers[from];
    memcpy(crew_share(crew, to, 0), crew_share(crew, from, 0),
           crew->topology->component_count * sizeof(struct crew_share));
    slot_at(crew, crew->workers[to].place)->worker = to;
}

void crew_close_empty(struct crew *crew)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < crew->worker_count; i++) {
        if (crew->workers[i].executor_count > 0) {
            renumber(crew, i, kept++);
            continue;
        }
        site_of(crew, i)->held--;
        ground_free_slot(crew->ground, crew->workers[i].place);
    }
    crew->worker_count = kept;
}

/* ---- executors ---- */

static void push(struct crew *crew, uint32_t component, uint32_t executor, uint32_t worker)
{
    struct crew_share *share = crew_share(crew, worker, component);

    crew->before[executor] = share->last;
    share->last = executor;
    share->count++;
    crew->workers[worker].executor_count++;
    crew->places[executor] = crew->workers[worker].place;
    ground_take_room(site_of(crew, worker), &crew->topology->components[component]);
}

static void seat(struct crew *crew, uint32_t component, uint32_t executor, uint32_t worker)
{
    ASSERT(crew->places[executor].supervisor == SCHEDULER_NOWHERE);
    push(crew, component, executor, worker);
    crew->unplaced[component]--;
    crew->unplaced_count--;
}

void crew_put(struct crew *crew, uint32_t component, uint32_t executor, uint32_t worker)
{
    seat(crew, component, executor, worker);
    crew->changes++;
}

void crew_move(struct crew *crew, uint32_t component, uint32_t from, uint32_t to)
{
    struct crew_share *share = crew_share(crew, from, component);
    uint32_t executor = share->last;

    ASSERT(share->count > 0);
    share->last = crew->before[executor];
    share->count--;
    crew->workers[from].executor_count--;
    ground_give_room(site_of(crew, from), &crew->topology->components[component]);
    push(crew, component, executor, to);
    crew->changes++;
}

static bool is_kept(const struct crew *crew, const struct scheduler_component *component,
                    struct scheduler_place place)
{
    if (!ground_is_slot(crew->ground, place) ||
        !ground_is_open(crew->ground, place.supervisor, crew->index))
        return false;
    const struct ground_site *site = &crew->ground->sites[place.supervisor];
    uint32_t owner = site->slots[place.slot].topology;
    return (owner == GROUND_NOBODY || owner == crew->index) && ground_has_labels(site, component) &&
           ground_has_room(site, component);
}

static void keep(struct crew *crew, uint32_t component, uint32_t executor)
{
    struct scheduler_place place = crew->topology->current[executor];

    if (!is_kept(crew, &crew->topology->components[component], place))
        return;
    if (slot_at(crew, place)->topology == GROUND_NOBODY)
        crew_open(crew, place);
    seat(crew, component, executor, slot_at(crew, place)->worker);
}

void crew_keep(struct crew *crew)
{
    const struct scheduler_topology *it = crew->topology;

    if (it->current == NULL)
        return;
    for (uint32_t i = 0; i < it->component_count; i++) {
        for (uint32_t n = 0; n < it->components[i].executors; n++)
            keep(crew, i, crew->first[i] + n);
    }
}

/* ---- choices ---- */

static bool admits(const struct crew *crew, const struct scheduler_component *component,
                   uint32_t from, uint32_t to)
{
    const struct ground_site *site = site_of(crew, to);

    if (site->supervisor->is_leaving || crew->workers[to].is_closing)
        return false;
    if (from != CREW_NONE && site == site_of(crew, from))
        return true; /* it takes its room along */
    return ground_has_labels(site, component) && ground_has_room(site, component);
}

uint32_t crew_emptiest(const struct crew *crew, uint32_t component, uint32_t from)
{
    const struct scheduler_component *it = &crew->topology->components[component];
    uint32_t best = CREW_NONE;

    for (uint32_t i = 0; i < crew->worker_count; i++) {
        uint32_t count = crew->workers[i].executor_count;
        if (i != from && (best == CREW_NONE || count < crew->workers[best].executor_count) &&
            admits(crew, it, from, i))
            best = i;
    }
    return best;
}
