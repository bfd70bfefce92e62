/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cluster state as the workers of a simulated topology hear of it: every change makes a view, and each
 * process hears of each kind of change in its own time. It may miss views, but it never goes back.
 */
#ifndef TESTS_SIM_CLUSTER_STATE_H
#define TESTS_SIM_CLUSTER_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "coord/state/assignment_state.h"
#include "coord/state/topology_state.h"
#include "wire/plan.h"

#define CLUSTER_PLACES_MAX      6u
#define CLUSTER_VIEWS_MAX       1024u
#define CLUSTER_ASSIGNMENTS_MAX 64u

/* A slot of a supervisor. */
struct cluster_name {
    char supervisor[8];
    uint32_t slot;
};

struct cluster_view {
    uint32_t assignment; /* its version; 0: none */
    enum topology_status status;
    enum topology_status status_before;
    uint64_t incarnation[CLUSTER_PLACES_MAX]; /* by place; 0: nobody is up */
    uint32_t address[CLUSTER_PLACES_MAX];
};

enum cluster_news {
    CLUSTER_TOPOLOGY,
    CLUSTER_ASSIGNMENT,
    CLUSTER_WORKERS,
    CLUSTER_NEWS_COUNT,
};

struct cluster_state {
    uint32_t place_count;
    struct cluster_name names[CLUSTER_PLACES_MAX];
    struct assignment_state assignments[CLUSTER_ASSIGNMENTS_MAX]; /* by version */
    uint32_t assignment_count;                                    /* the highest version */
    struct cluster_view views[CLUSTER_VIEWS_MAX];
    uint32_t view_count;
    uint32_t last[CLUSTER_NEWS_COUNT]; /* the last view that changed this */
};

void cluster_state_init(struct cluster_state *state, uint32_t place_count);
void cluster_state_done(struct cluster_state *state);

static inline const struct cluster_view *cluster_state_now(const struct cluster_state *state)
{
    return &state->views[state->view_count - 1];
}

/* A copy of the last view to be changed, which is the last from now on. */
struct cluster_view *cluster_state_change(struct cluster_state *state, enum cluster_news news);

/* What is drawn for an assignment. */
struct cluster_draw {
    const struct plan *plan;
    uint64_t usable;     /* places, as bits */
    uint32_t keep;       /* of 1000: for an executor to stay where it is */
    uint32_t unassigned; /* of 1000: for an executor to be in no worker */
    bool recut;          /* components get other numbers of executors */
    uint32_t loops_max;
};

/* Makes the next assignment, and returns its version. It is in no view yet. */
uint32_t cluster_state_assign(struct cluster_state *state, const struct cluster_draw *draw,
                              struct rng *rng);

/* Whether it has the place; whether every executor is in some place of it. */
bool cluster_state_has(const struct cluster_state *state, uint32_t version, uint32_t place);
bool cluster_state_is_whole(const struct cluster_state *state, uint32_t version);

#endif
