/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker's process in the simulator: a team with its loops, turned step by step as worker/io/member.c
 * and its threads do, in virtual time. What it hears of the cluster state, and of its end, is the
 * world's affair (tests/sim/cluster_world.h).
 */
#ifndef TESTS_SIM_CLUSTER_PROCESS_H
#define TESTS_SIM_CLUSTER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include <gale/host.h>

#include "base/rng.h"
#include "tests/sim/checks.h"
#include "tests/sim/cluster_net.h"
#include "tests/sim/cluster_state.h"
#include "tests/sim/scene.h"
#include "worker/placement.h"
#include "worker/team.h"

#define CLUSTER_LOSSES_MAX 64u

enum cluster_phase {
    CLUSTER_RUNS,
    CLUSTER_CLOSES,
    CLUSTER_LEAVES,
    CLUSTER_GONE,
};

/* Why a process is gone. */
enum cluster_end {
    CLUSTER_ENDED,      /* the topology has */
    CLUSTER_UNASSIGNED, /* it has another part, or none */
    CLUSTER_STOPPED,    /* it was told to */
    CLUSTER_KILLED,
};

enum cluster_actor_state {
    CLUSTER_TURNS,
    CLUSTER_WANTS_REST,
    CLUSTER_SLEEPS,
    CLUSTER_IS_OVER,
};

struct cluster_actor {
    enum cluster_actor_state state;
    uint64_t deadline_ns; /* CLUSTER_SLEEPS */
    uint32_t slowness;    /* one of so many chances is taken, while others may run */
};

struct cluster_coverage {
    struct checks_coverage lanes;
    uint64_t stale;    /* frames of a worker whose successor was known */
    uint64_t refused;  /* HELLOs */
    uint64_t again;    /* blocks sent again */
    uint64_t lost;     /* blocks given back as lost */
    uint64_t astray;   /* blocks for tasks that have moved */
    uint64_t routings; /* adopted without a new start */
};

/* What all processes of a run share. */
struct cluster_shared {
    const struct gale_topology *code;
    struct plan *roster_plan;
    const struct config *config;
    struct scene *scene;
    struct cluster_net *net;
    struct cluster_state *state;
    struct rng *rng;
    uint64_t news_ns;                                    /* the longest that news takes */
    struct cluster_process *processes[CLUSTER_ENDS_MAX]; /* by id; those that are gone, too */
    struct cluster_coverage coverage;
};

struct cluster_process {
    struct cluster_shared *shared;
    uint32_t id;
    uint32_t place;
    uint32_t address;
    uint64_t incarnation;
    uint64_t hosts; /* bit c: has tasks of component c, all its life */
    struct plan *plan;
    struct team *team;
    const char *args[1];
    uint64_t now_ns;
    enum cluster_phase phase;
    enum cluster_end end;
    bool has_ended;     /* it says so */
    bool is_stopped;    /* it was told to stop */
    uint64_t paused_ns; /* stands still until then */
    uint64_t leave_ns;  /* CLUSTER_LEAVES: goes then at the latest */
    uint32_t heard[CLUSTER_NEWS_COUNT];
    uint64_t heard_ns[CLUSTER_NEWS_COUNT];  /* when the next news comes; UINT64_MAX: none */
    uint32_t told;                          /* the view of workers that the team was told of */
    uint64_t losses_ns[CLUSTER_LOSSES_MAX]; /* of other workers, the last ones */
    uint32_t loss_count;
    uint64_t version; /* of the assignment that it goes by */
    /* loops, then the shell */
    uint32_t actor_count;
    struct cluster_actor *actors;
};

struct cluster_process_options {
    struct cluster_shared *shared;
    struct plan *plan; /* taken over */
    uint32_t id;
    uint32_t place;
    uint32_t address;
    uint64_t incarnation;
    uint64_t seed;
    uint64_t now_ns;
};

/* Born with what the cluster state says now. NULL if it has no part in it. */
struct cluster_process *cluster_process_new(const struct cluster_process_options *options);
void cluster_process_destroy(struct cluster_process **process);

/* The cluster state has changed. */
void cluster_process_notify(struct cluster_process *process, enum cluster_news news,
                            uint64_t now_ns);

/* Whether this actor may run now; else when, UINT64_MAX for never without news. */
bool cluster_process_may_run(const struct cluster_process *process, uint32_t actor, uint64_t now_ns,
                             uint64_t *ret_chance_ns);
void cluster_process_step(struct cluster_process *process, uint32_t actor, uint64_t now_ns);

/* SIGKILL. */
void cluster_process_kill(struct cluster_process *process);

/* SIGTERM. */
void cluster_process_stop(struct cluster_process *process, uint64_t now_ns);

/* All is done, read and given back, as at the end of a topology. */
void cluster_process_check_quiet(const struct cluster_process *process);

void cluster_process_print(const struct cluster_process *process);

#endif
