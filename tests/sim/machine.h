/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a whole worker in one thread and in virtual time: whoever may run is drawn from a seeded
 * generator, and when all sleep the clock jumps to the next deadline. A loop goes through the same
 * steps as its thread in worker/io/local.c, and sleeps as its parker says.
 *
 * Harm is done between turns: a loop stalls, a bolt's stage crashes, a block is lost.
 */
#ifndef TESTS_SIM_MACHINE_H
#define TESTS_SIM_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "tests/sim/checks.h"
#include "tests/sim/scene.h"
#include "worker/conductor.h"
#include "worker/runtime.h"

/* Each in 100000 turns. */
struct machine_chances {
    uint32_t stall;
    uint32_t crash;
    uint32_t drop;
    uint32_t deactivate;
    uint32_t stop;
};

struct machine_options {
    struct worker *worker;
    struct scene *scene;
    uint64_t seed;
    struct machine_chances chances;
    uint32_t harm_max; /* how often all of these may happen */
    uint64_t stall_ns; /* the longest stall */
    uint32_t turn_ns;  /* the longest usual turn */
    /* A phase in which the run is stopped after a while; CONDUCTOR_OPENING_BOLTS: none. */
    enum conductor_phase stop_in;
    /* Of the loops, and of the conductor: a slow one has its turn only once in so many times. */
    uint32_t slowness[PLACEMENT_LOOPS_MAX + 1];
};

/* What a run has met, so that it can be seen whether the seeds are any good. */
struct machine_coverage {
    struct checks_coverage lanes;
    uint64_t crashes;
    uint64_t drops;
};

enum machine_state {
    MACHINE_TURNS,
    MACHINE_WANTS_REST, /* its last turn did nothing */
    MACHINE_SLEEPS,
    MACHINE_ENDED,
};

struct machine_actor {
    enum machine_state state;
    uint64_t deadline_ns; /* MACHINE_SLEEPS */
    uint64_t stalled_until_ns;
};

struct machine {
    struct machine_options options;
    struct rng rng;
    uint64_t now_ns;
    uint64_t steps;
    uint32_t harm;
    struct conductor conductor;
    struct machine_actor conducting;
    struct machine_actor *loops;
    bool was_stopped;
    bool is_checked;      /* the state before closing was looked at */
    uint64_t activate_ns; /* when deactivated spouts are wanted back */
    struct machine_coverage coverage;
};

/* Runs it to its end; what goes wrong is a complaint in the scene's ledger. */
void machine_run(struct machine *machine, const struct machine_options *options);

#endif
