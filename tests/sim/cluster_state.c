/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/cluster_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

#define NOWHERE UINT32_MAX

void cluster_state_init(struct cluster_state *state, uint32_t place_count)
{
    *state = (struct cluster_state){.place_count = place_count, .view_count = 1};
    for (uint32_t i = 0; i < place_count; i++) {
        (void)snprintf(state->names[i].supervisor, sizeof state->names[i].supervisor, "s%u",
                       i / 2 % 10);
        state->names[i].slot = i % 2;
    }
}

void cluster_state_done(struct cluster_state *state)
{
    for (uint32_t i = 1; i <= state->assignment_count; i++)
        assignment_state_done(&state->assignments[i]);
}

struct cluster_view *cluster_state_change(struct cluster_state *state, enum cluster_news news)
{
    ASSERT(state->view_count < CLUSTER_VIEWS_MAX);
    state->views[state->view_count] = state->views[state->view_count - 1];
    state->last[news] = state->view_count;
    return &state->views[state->view_count++];
}

/* ---- assignments ---- */

static uint32_t count_executors(const struct assignment_state *assignment)
{
    uint32_t count = 0;

    for (size_t i = 0; i < assignment->component_count; i++)
        count += assignment->executors[i];
    return count;
}

static uint32_t place_of(const struct cluster_state *state, const struct assignment_worker *worker)
{
    uint32_t place = 0;

    while (strcmp(state->names[place].supervisor, worker->supervisor) != 0 ||
           state->names[place].slot != worker->slot)
        place++;
    return place;
}

/* Where an executor is in an assignment. */
static uint32_t find_place(const struct cluster_state *state,
                           const struct assignment_state *assignment, uint32_t executor)
{
    const struct assignment_worker *worker = assignment_state_find(assignment, executor);

    return worker == NULL ? NOWHERE : place_of(state, worker);
}

static uint32_t draw_place(const struct cluster_state *state, const struct cluster_draw *draw,
                           struct rng *rng)
{
    for (;;) {
        uint32_t place = rng_below(rng, state->place_count);
        if ((draw->usable >> place & 1) != 0)
            return place;
    }
}

/* The numbers are those of the assignment before, or new ones. */
static bool cut(struct assignment_state *assignment, const struct assignment_state *before,
                const struct cluster_draw *draw, struct rng *rng)
{
    bool is_same = before != NULL && !draw->recut;

    assignment->component_count = draw->plan->component_count;
    assignment->executors = NEW_ARRAY(uint32_t, assignment->component_count);
    for (size_t i = 0; i < assignment->component_count; i++)
        assignment->executors[i] =
            is_same ? before->executors[i] : 1 + rng_below(rng, draw->plan->components[i].tasks);
    return is_same;
}

static uint32_t loops_before(const struct cluster_state *state,
                             const struct assignment_state *before, uint32_t place)
{
    for (size_t i = 0; before != NULL && i < before->worker_count; i++) {
        if (place_of(state, &before->workers[i]) == place)
            return before->workers[i].loops;
    }
    return 0;
}

static void add_worker(const struct cluster_state *state, struct assignment_state *assignment,
                       uint32_t place, const uint32_t places[], uint32_t loops)
{
    struct assignment_worker worker = {.slot = state->names[place].slot, .loops = loops};
    uint32_t count = count_executors(assignment);

    worker.executors = NEW_ARRAY(uint32_t, count);
    for (uint32_t e = 0; e < count; e++) {
        if (places[e] == place)
            worker.executors[worker.executor_count++] = e;
    }
    if (worker.executor_count == 0) {
        free(worker.executors);
        return;
    }
    worker.supervisor = mem_copy_text(state->names[place].supervisor);
    assignment->workers[assignment->worker_count++] = worker;
}

uint32_t cluster_state_assign(struct cluster_state *state, const struct cluster_draw *draw,
                              struct rng *rng)
{
    const struct assignment_state *before =
        state->assignment_count == 0 ? NULL : &state->assignments[state->assignment_count];
    uint32_t version = ++state->assignment_count;
    struct assignment_state *assignment = &state->assignments[version];

    ASSERT(version < CLUSTER_ASSIGNMENTS_MAX);
    *assignment = (struct assignment_state){
        .topology = mem_copy_text("sim-1"), .epoch = 1, .version = version};
    bool is_same = cut(assignment, before, draw, rng);
    uint32_t count = count_executors(assignment);
    uint32_t *places = NEW_ARRAY(uint32_t, count);
    for (uint32_t e = 0; e < count; e++) {
        uint32_t old = is_same ? find_place(state, before, e) : NOWHERE;
        bool stays =
            old != NOWHERE && (draw->usable >> old & 1) != 0 && rng_below(rng, 1000) < draw->keep;
        places[e] = stays ? old : draw_place(state, draw, rng);
        if (e > 0 && rng_below(rng, 1000) < draw->unassigned)
            places[e] = NOWHERE;
    }
    assignment->workers = NEW_ARRAY(struct assignment_worker, state->place_count);
    for (uint32_t p = 0; p < state->place_count; p++) {
        uint32_t loops = loops_before(state, before, p);
        if (loops == 0 || rng_below(rng, 1000) >= draw->keep)
            loops = 1 + rng_below(rng, draw->loops_max);
        add_worker(state, assignment, p, places, loops);
    }
    free(places);
    return version;
}

bool cluster_state_has(const struct cluster_state *state, uint32_t version, uint32_t place)
{
    const struct assignment_state *assignment = &state->assignments[version];

    for (size_t i = 0; version != 0 && i < assignment->worker_count; i++) {
        if (place_of(state, &assignment->workers[i]) == place)
            return true;
    }
    return false;
}

bool cluster_state_is_whole(const struct cluster_state *state, uint32_t version)
{
    const struct assignment_state *assignment = &state->assignments[version];
    size_t assigned = 0;

    for (size_t i = 0; version != 0 && i < assignment->worker_count; i++)
        assigned += assignment->workers[i].executor_count;
    return version != 0 && assigned == count_executors(assignment);
}
