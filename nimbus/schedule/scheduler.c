/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/schedule/scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/state/assignment_state.h"
#include "nimbus/schedule/scheduler_crew.h"
#include "nimbus/schedule/scheduler_ground.h"
#include "nimbus/schedule/scheduler_isolation.h"
#include "nimbus/schedule/scheduler_reason.h"

/* What one topology gives up may be what another waits for, so they are served until nothing moves.
 * Only demands for CPU and memory make for more than two rounds; the limit is for the worst of
 * them. */
#define ROUNDS_MAX 16

/* ---- slots ---- */

static bool is_useful(const struct crew *crew, const struct ground_site *site)
{
    for (size_t i = 0; i < crew->topology->component_count; i++) {
        const struct scheduler_component *component = &crew->topology->components[i];
        if (ground_has_labels(site, component) && ground_has_room(site, component))
            return true;
    }
    return false;
}

static bool may_recruit(const struct crew *crew, uint32_t index, uint32_t component)
{
    const struct ground_site *site = &crew->ground->sites[index];

    if (site->free_count == 0 || site->supervisor->is_leaving ||
        !ground_is_open(crew->ground, index, crew->index))
        return false;
    if (component == CREW_NONE)
        return is_useful(crew, site);
    const struct scheduler_component *it = &crew->topology->components[component];
    return ground_has_labels(site, it) && ground_has_room(site, it);
}

/* Opens a worker on the next slot: on the supervisor where the topology has fewest, and among those
 * where most slots are free. For an executor of the component, or for any (CREW_NONE). */
static bool recruit(struct crew *crew, uint32_t component)
{
    struct ground_site *sites = crew->ground->sites;
    uint32_t best = GROUND_NOBODY;

    for (uint32_t i = 0; i < crew->ground->site_count; i++) {
        if (!may_recruit(crew, i, component))
            continue;
        if (best == GROUND_NOBODY || sites[i].held < sites[best].held ||
            (sites[i].held == sites[best].held && sites[i].free_count > sites[best].free_count))
            best = i;
    }
    if (best == GROUND_NOBODY)
        return false;
    crew_open(crew, (struct scheduler_place){.supervisor = best,
                                             .slot = ground_lowest_slot(&sites[best])});
    return true;
}

static void count_held(struct crew *crew)
{
    for (uint32_t i = 0; i < crew->ground->site_count; i++)
        crew->ground->sites[i].held = 0;
    for (uint32_t i = 0; i < crew->worker_count; i++)
        crew->ground->sites[crew->workers[i].place.supervisor].held++;
}

/* ---- fewer workers ---- */

/* Moves all executors of the worker to others; or none, if one of them fits nowhere else. */
static bool empty(struct crew *crew, uint32_t worker)
{
    uint32_t count = crew->workers[worker].executor_count;
    uint64_t changes = crew->changes;
    struct step {
        uint32_t component;
        uint32_t to;
    } *steps = NEW_ARRAY(struct step, count);
    uint32_t done = 0;

    for (uint32_t i = 0; i < crew->topology->component_count; i++) {
        while (crew_share(crew, worker, i)->count > 0) {
            uint32_t to = crew_emptiest(crew, i, worker);
            if (to == CREW_NONE)
                break;
            crew_move(crew, i, worker, to);
            steps[done++] = (struct step){.component = i, .to = to};
        }
    }
    bool is_empty = done == count;
    while (!is_empty && done > 0) {
        done--;
        crew_move(crew, steps[done].component, steps[done].to, worker);
        crew->changes = changes;
    }
    free(steps);
    return is_empty;
}

/* The one that had fewest executors, the last among equals; CREW_NONE stands for those tried. */
static uint32_t smallest(const uint32_t counts[], uint32_t count)
{
    uint32_t best = 0;

    for (uint32_t i = 1; i < count; i++) {
        if (counts[i] <= counts[best])
            best = i;
    }
    return best;
}

/* By what they had at first: what was moved into one of them from another moves on at no cost. */
static void shrink(struct crew *crew)
{
    if (crew->worker_count <= crew->wanted)
        return;
    uint32_t *counts = NEW_ARRAY(uint32_t, crew->worker_count);
    uint32_t surplus = crew->worker_count - crew->wanted;

    for (uint32_t i = 0; i < crew->worker_count; i++)
        counts[i] = crew->workers[i].executor_count;
    for (uint32_t tried = 0; surplus > 0 && tried < crew->worker_count; tried++) {
        uint32_t worker = smallest(counts, crew->worker_count);
        counts[worker] = CREW_NONE;
        crew->workers[worker].is_closing = empty(crew, worker);
        surplus -= crew->workers[worker].is_closing;
    }
    free(counts);
    crew_close_empty(crew);
}

/* ---- executors ---- */

/* Nobody is left without a slot so that another may have more than one. */
static void reserve(struct crew *crew)
{
    if (crew->unplaced_count == 0)
        return;
    count_held(crew);
    for (uint32_t i = 0; i < crew->topology->component_count; i++) {
        if (crew->unplaced[i] > 0 && crew_emptiest(crew, i, CREW_NONE) == CREW_NONE)
            (void)recruit(crew, i);
    }
}

/* All executors of a component are alike: where one does not fit, none does. */
static void deal_component(struct crew *crew, uint32_t component)
{
    uint32_t end = crew->first[component] + crew->topology->components[component].executors;

    for (uint32_t i = crew->first[component]; i < end && crew->unplaced[component] > 0; i++) {
        if (crew->places[i].supervisor != SCHEDULER_NOWHERE)
            continue;
        uint32_t worker = crew_emptiest(crew, component, CREW_NONE);
        if (worker == CREW_NONE && recruit(crew, component))
            worker = crew_emptiest(crew, component, CREW_NONE);
        if (worker == CREW_NONE)
            return;
        crew_put(crew, component, i, worker);
    }
}

static void deal(struct crew *crew)
{
    for (uint32_t i = 0; crew->unplaced_count > 0 && i < crew->topology->component_count; i++)
        deal_component(crew, i);
}

/* ---- evenness ---- */

/* Moves one executor from the worker to one that has at least two fewer: of the component that it
 * has most of, compared with the other. */
static bool relieve(struct crew *crew, uint32_t from)
{
    uint32_t best = CREW_NONE;
    uint32_t best_to = CREW_NONE;
    int64_t best_surplus = 0;

    for (uint32_t i = 0; i < crew->topology->component_count; i++) {
        if (crew_share(crew, from, i)->count == 0)
            continue;
        uint32_t to = crew_emptiest(crew, i, from);
        if (to == CREW_NONE ||
            crew->workers[to].executor_count + 2 > crew->workers[from].executor_count)
            continue;
        int64_t surplus =
            (int64_t)crew_share(crew, from, i)->count - crew_share(crew, to, i)->count;
        if (best == CREW_NONE || surplus >= best_surplus) {
            best = i;
            best_to = to;
            best_surplus = surplus;
        }
    }
    if (best == CREW_NONE)
        return false;
    crew_move(crew, best, from, best_to);
    return true;
}

/* The one with most executors, the last among equals, that is not stuck. */
static uint32_t fullest(const struct crew *crew, const bool is_stuck[])
{
    uint32_t best = CREW_NONE;

    for (uint32_t i = 0; i < crew->worker_count; i++) {
        if (!is_stuck[i] && (best == CREW_NONE ||
                             crew->workers[i].executor_count >= crew->workers[best].executor_count))
            best = i;
    }
    return best;
}

static bool is_even(const struct crew *crew)
{
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;

    for (uint32_t i = 0; i < crew->worker_count; i++) {
        uint32_t count = crew->workers[i].executor_count;
        least = count < least ? count : least;
        most = count > most ? count : most;
    }
    return crew->worker_count == 0 || most - least < 2;
}

/* Each move makes the sum of the squares smaller, so there is an end to it. A worker that nothing
 * may leave is looked at again once another has moved something, as that may have made room. */
static void even(struct crew *crew)
{
    if (is_even(crew))
        return;
    bool *is_stuck = NEW_ARRAY(bool, crew->worker_count);
    bool is_moved = true;

    while (is_moved && !is_even(crew)) {
        uint32_t worker;

        is_moved = false;
        memset(is_stuck, 0, crew->worker_count * sizeof *is_stuck);
        while (!is_even(crew) && (worker = fullest(crew, is_stuck)) != CREW_NONE) {
            is_stuck[worker] = !relieve(crew, worker);
            is_moved = is_moved || !is_stuck[worker];
        }
    }
    free(is_stuck);
}

/* ---- all of them ---- */

static void serve(struct crew *crew)
{
    count_held(crew);
    while (crew->worker_count < crew->wanted && recruit(crew, CREW_NONE))
        continue;
    deal(crew);
    even(crew);
    crew_close_empty(crew);
}

/* Those that are fixed are not served. Topologies with machines of their own need not come first:
 * nobody else gets a slot there. */
static void each(struct crew *crews, size_t count, void (*verb)(struct crew *crew))
{
    for (size_t i = 0; i < count; i++) {
        if (!crews[i].topology->is_fixed)
            verb(&crews[i]);
    }
}

static uint64_t count_changes(const struct crew *crews, size_t count)
{
    uint64_t changes = 0;

    for (size_t i = 0; i < count; i++)
        changes += crews[i].changes;
    return changes;
}

static void place_all(struct crew *crews, size_t count)
{
    each(crews, count, crew_keep);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        uint64_t before = count_changes(crews, count);
        each(crews, count, shrink);
        each(crews, count, reserve);
        each(crews, count, serve);
        if (count_changes(crews, count) == before)
            return;
    }
}

/* Those that are fixed have no crew: they only use up slots and room. */
static struct crew *gather(struct ground *ground, uint32_t fixed_workers[])
{
    const struct scheduler_cluster *cluster = ground->cluster;
    struct crew *crews = NEW_ARRAY(struct crew, cluster->topology_count);

    for (uint32_t i = 0; i < cluster->topology_count; i++) {
        const struct scheduler_topology *topology = &cluster->topologies[i];
        crew_init(&crews[i], ground, i);
        if (topology->is_fixed && topology->current != NULL)
            fixed_workers[i] = ground_enter(ground, i, topology->current);
    }
    return crews;
}

static bool is_same(struct scheduler_place a, struct scheduler_place b)
{
    if (a.supervisor == SCHEDULER_NOWHERE)
        return b.supervisor == SCHEDULER_NOWHERE;
    return a.supervisor == b.supervisor && a.slot == b.slot;
}

static bool is_changed(const struct crew *crew)
{
    for (size_t i = 0; i < crew->topology->executor_count; i++) {
        struct scheduler_place before = {.supervisor = SCHEDULER_NOWHERE};
        if (crew->topology->current != NULL)
            before = crew->topology->current[i];
        if (!is_same(before, crew->places[i]))
            return true;
    }
    return false;
}

static struct scheduler_result result_of(struct crew *crew)
{
    return (struct scheduler_result){
        .is_changed = is_changed(crew),
        .workers = crew->worker_count,
        .unplaced = crew->unplaced_count,
        .why_not = reason_of_crew(crew),
        .places = TAKE(crew->places),
    };
}

static struct scheduler_result result_of_fixed(struct crew *crew, uint32_t workers)
{
    struct scheduler_result result = {.workers = workers};

    if (crew->topology->current != NULL)
        memcpy(crew->places, crew->topology->current,
               crew->topology->executor_count * sizeof *crew->places);
    for (size_t i = 0; i < crew->topology->executor_count; i++)
        result.unplaced += !ground_is_slot(crew->ground, crew->places[i]);
    result.places = TAKE(crew->places);
    return result;
}

struct scheduler_result *scheduler_run(const struct scheduler_cluster *cluster)
{
    AUTO(ground_destroy) struct ground *ground = ground_new(cluster);
    uint32_t *fixed_workers = NEW_ARRAY(uint32_t, cluster->topology_count);
    struct scheduler_result *results = NEW_ARRAY(struct scheduler_result, cluster->topology_count);
    struct crew *crews = gather(ground, fixed_workers);

    isolation_choose(ground, crews);
    place_all(crews, cluster->topology_count);
    for (size_t i = 0; i < cluster->topology_count; i++)
        results[i] = cluster->topologies[i].is_fixed ? result_of_fixed(&crews[i], fixed_workers[i])
                                                     : result_of(&crews[i]);
    for (size_t i = 0; i < cluster->topology_count; i++)
        crew_done(&crews[i]);
    free(crews);
    free(fixed_workers);
    return results;
}

void scheduler_results_destroy(struct scheduler_result **results, size_t count)
{
    if (*results == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        free((*results)[i].places);
        free((*results)[i].why_not);
    }
    free(*results);
    *results = NULL;
}

uint32_t scheduler_loops(uint32_t cores, uint32_t workers_there)
{
    uint32_t loops = workers_there > 0 ? cores / workers_there : cores;

    if (loops > ASSIGNMENT_STATE_LOOPS_MAX)
        return ASSIGNMENT_STATE_LOOPS_MAX;
    return loops > 0 ? loops : 1;
}
