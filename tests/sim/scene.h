/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the user code of the simulated topologies shares: the books, the chances of doing harm, and
 * what it has seen. It travels to the tasks as the first argument of the run.
 */
#ifndef TESTS_SIM_SCENE_H
#define TESTS_SIM_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include <gale/types.h>

#include "base/rng.h"
#include "tests/sim/ledger.h"
#include "tests/sim/trace.h"

#define SCENE_MESSAGES_MAX 256 /* of a spout task */
#define SCENE_WORDS        40
#define SCENE_NOISE_BYTES  (160u * 1024)
#define SCENE_UNTRACKED    UINT64_MAX /* stands for an emit that nobody follows */

struct scene {
    struct trace trace;
    struct ledger ledger;
    struct rng rng;
    char *noise; /* what pads are cut from */
    uint32_t (*owed)(const struct scene *scene, uint64_t message);
    /* how it is played */
    uint32_t messages;      /* of a spout task */
    uint32_t max_pending;   /* 0: measured */
    uint32_t left_tasks;    /* of the component that gets a copy in each task */
    uint32_t idle_chance;   /* of 1000, for a call of next to have nothing */
    uint32_t fail_chance;   /* of 1000, for an execution to end in GALE_FAIL */
    uint32_t refuse_chance; /* of 1000, for an emit to be too large */
    uint32_t hurt_attempts; /* attempts of a message that these may hit */
    uint32_t pad_max;       /* bytes of the larger pads */
    uint32_t small_pads;    /* of 100 */
    uint32_t tuple_bytes_max;
    bool replays_at_once; /* from `fail`, not from `next` */
    bool may_time_out;
    bool is_calm;          /* nothing is lost: every tuple arrives */
    bool may_finish_again; /* who says when to finish may be started anew */
    /* on several workers: whether a process has a task of the component; NULL in one worker */
    bool (*hosts)(void *context, uint32_t process, const char *component);
    void *context;
    uint32_t process; /* whose code runs */
    /* what was seen */
    uint64_t untracked_sent;
    uint64_t untracked_seen;
    uint64_t untracked_total;           /* as the tasks' finish reported it */
    uint32_t task_of_word[SCENE_WORDS]; /* index + 1 */
    uint32_t timed_out;                 /* verdicts */
    uint32_t worker_lost;               /* likewise */
    uint32_t finished_rank;             /* the highest of a bolt that was asked to finish */
};

#endif
