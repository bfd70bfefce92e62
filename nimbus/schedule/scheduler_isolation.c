/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/schedule/scheduler_isolation.h"

#include <stdlib.h>

#include "base/mem.h"

/* How many slots each supervisor has in use, by `current`. */
struct census {
    struct ground *ground;
    uint32_t *stamps;    /* of each slot: the topology that was counted there last, from 1 */
    uint32_t *all;       /* slots of each site that are in use by those that may be moved */
    uint32_t *own;       /* ... by the topology at hand */
    uint32_t *unlabeled; /* components of the topology at hand whose labels the site lacks */
};

static void census_init(struct census *census, struct ground *ground)
{
    size_t slots = 0;

    for (uint32_t i = 0; i < ground->site_count; i++)
        slots += ground->sites[i].supervisor->slots;
    *census = (struct census){
        .ground = ground,
        .stamps = NEW_ARRAY(uint32_t, slots),
        .all = NEW_ARRAY(uint32_t, ground->site_count),
        .own = NEW_ARRAY(uint32_t, ground->site_count),
        .unlabeled = NEW_ARRAY(uint32_t, ground->site_count),
    };
}

static void census_done(struct census *census)
{
    free(census->stamps);
    free(census->all);
    free(census->own);
    free(census->unlabeled);
}

/* Adds the slots that the topology uses to the counts of their sites. */
static void count(struct census *census, uint32_t topology, uint32_t stamp, uint32_t counts[])
{
    const struct scheduler_topology *it = &census->ground->cluster->topologies[topology];

    for (size_t i = 0; it->current != NULL && i < it->executor_count; i++) {
        struct scheduler_place place = it->current[i];
        if (!ground_is_slot(census->ground, place))
            continue;
        const struct ground_site *site = &census->ground->sites[place.supervisor];
        uint32_t *last = &census->stamps[&site->slots[place.slot] - census->ground->slots];
        if (*last == stamp)
            continue;
        *last = stamp;
        counts[place.supervisor]++;
    }
}

static void count_all(struct census *census)
{
    const struct scheduler_cluster *cluster = census->ground->cluster;

    for (uint32_t i = 0; i < cluster->topology_count; i++) {
        if (!cluster->topologies[i].is_fixed)
            count(census, i, i + 1, census->all);
    }
}

static void count_own(struct census *census, uint32_t topology)
{
    const struct scheduler_topology *it = &census->ground->cluster->topologies[topology];
    uint32_t stamp = (uint32_t)census->ground->cluster->topology_count + topology + 1;

    for (uint32_t i = 0; i < census->ground->site_count; i++) {
        census->own[i] = 0;
        census->unlabeled[i] = 0;
        for (size_t c = 0; c < it->component_count; c++)
            census->unlabeled[i] +=
                !ground_has_labels(&census->ground->sites[i], &it->components[c]);
    }
    count(census, topology, stamp, census->own);
}

static bool is_better(const struct census *census, uint32_t site, uint32_t than)
{
    const struct ground_site *sites = census->ground->sites;
    const uint32_t *all = census->all;
    const uint32_t *own = census->own;

    if (sites[site].supervisor->is_leaving != sites[than].supervisor->is_leaving)
        return sites[than].supervisor->is_leaving;
    if (census->unlabeled[site] != census->unlabeled[than])
        return census->unlabeled[site] < census->unlabeled[than];
    if (all[site] - own[site] != all[than] - own[than])
        return all[site] - own[site] < all[than] - own[than];
    return own[site] > own[than];
}

/* It could run something there. Nobody has taken room yet, so that is asked of the capacities. */
static bool is_useful(const struct census *census, const struct scheduler_topology *topology,
                      uint32_t index)
{
    const struct ground_site *site = &census->ground->sites[index];

    if (site->supervisor->is_leaving && census->own[index] == 0)
        return false;
    for (size_t i = 0; i < topology->component_count; i++) {
        if (ground_has_labels(site, &topology->components[i]) &&
            ground_has_room(site, &topology->components[i]))
            return true;
    }
    return false;
}

static uint32_t best_site(const struct census *census, const struct scheduler_topology *topology)
{
    uint32_t best = GROUND_NOBODY;

    for (uint32_t i = 0; i < census->ground->site_count; i++) {
        const struct ground_site *site = &census->ground->sites[i];
        bool has_fixed = site->free_count < site->supervisor->slots;
        if (has_fixed || site->supervisor->slots == 0 || site->owner != GROUND_NOBODY ||
            !is_useful(census, topology, i))
            continue;
        if (best == GROUND_NOBODY || is_better(census, i, best))
            best = i;
    }
    return best;
}

static void choose(struct census *census, struct crew *crew)
{
    count_own(census, crew->index);
    for (uint32_t n = 0; n < crew->machines_wanted; n++) {
        uint32_t site = best_site(census, crew->topology);
        if (site == GROUND_NOBODY)
            return;
        census->ground->sites[site].owner = crew->index;
        crew->machines++;
    }
}

/* One that is fixed has the machines where it is, so that nobody comes for the time of a rebalance.
 * */
static void stay(struct ground *ground, uint32_t topology)
{
    const struct scheduler_topology *it = &ground->cluster->topologies[topology];

    for (size_t i = 0; it->current != NULL && i < it->executor_count; i++) {
        if (!ground_is_slot(ground, it->current[i]))
            continue;
        struct ground_site *site = &ground->sites[it->current[i].supervisor];
        if (site->owner == GROUND_NOBODY)
            site->owner = topology;
    }
}

void isolation_choose(struct ground *ground, struct crew *crews)
{
    const struct scheduler_cluster *cluster = ground->cluster;
    struct census census;
    size_t isolated = 0;

    for (uint32_t i = 0; i < cluster->topology_count; i++) {
        if (cluster->topologies[i].isolate_machines == 0)
            continue;
        isolated++;
        if (cluster->topologies[i].is_fixed)
            stay(ground, i);
    }
    if (isolated == 0)
        return;

    census_init(&census, ground);
    count_all(&census);
    for (size_t i = 0; i < cluster->topology_count; i++) {
        if (cluster->topologies[i].isolate_machines > 0 && !cluster->topologies[i].is_fixed)
            choose(&census, &crews[i]);
    }
    census_done(&census);
}
