/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nimbuses on a test rig: their cores over the naive model of cluster state, with files in memory, a
 * clock that stands still until it is told, and somebody who asks. What the daemon's loop does between
 * them the rig does: after each event a turn, and what the turn wants done. Supervisors are nodes, and
 * reports that the test sends.
 */
#ifndef TESTS_NIMBUS_RIG_H
#define TESTS_NIMBUS_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "nimbus/core.h"
#include "tests/support/coord_model.h"
#include "wire/control.h"
#include "wire/figures.h"

enum {
    RIG_AWAY_MS = 5000, /* how long a supervisor may be away */
    RIG_NIMBUSES_MAX = 3,
    RIG_FILES_MAX = 64,
    RIG_FETCHES_MAX = 8,
    RIG_ANSWERS_MAX = 4096,
    RIG_TURNS_MAX = 20000, /* until all is quiet */
};

#define RIG_WALL_MS UINT64_C(1700000000000) /* when a rig starts */

/* Contents and their hashes: the core does not compute them. */
#define RIG_PLAN "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define RIG_SO   "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

struct rig_file {
    char *hash; /* NULL: free */
    struct text bytes;
    bool is_whole;
};

struct rig_answer {
    bool is_there;
    struct control_answer answer;
    size_t body_size;
};

struct rig;

struct rig_nimbus {
    struct rig *rig;
    char id[24];
    size_t client; /* of the model */
    struct core *core;
    struct coord_calls calls;
    struct effects effects;
    struct rig_file files[RIG_FILES_MAX];
    char *fetches[RIG_FETCHES_MAX]; /* hashes under way */
    struct text log;
};

struct rig {
    struct coord_model *model;
    uint64_t now_ns;
    uint64_t wall_ms;
    size_t count;
    struct rig_nimbus nimbuses[RIG_NIMBUSES_MAX];
    uint64_t asked; /* the last id of a request */
    struct rig_answer *answers;
    bool is_disk_full;
};

/* Connected, but nothing has happened yet. */
struct rig *rig_new(uint64_t seed, size_t count);
void rig_destroy(struct rig **rig);

/* Until nothing is left to do at this time; the test fails if that is never. */
void rig_settle(struct rig *rig);

/* One random turn, of the model or of some nimbus. */
void rig_turn(struct rig *rig, uint32_t faults);

/* Time goes on, in steps of half a second with all that they bring. */
void rig_pass(struct rig *rig, uint64_t ms);

/* The process is killed and starts again, with its files; its session is over if `is_expired`. */
void rig_restart(struct rig *rig, size_t nimbus);

/* Of the nimbus that acts as the leader; fails if there is none. */
struct rig_nimbus *rig_leader(struct rig *rig);
size_t rig_count_leaders(const struct rig *rig);

/* Sends a request, args in JSON with ' for ", and returns its id. */
uint64_t rig_ask(struct rig *rig, struct rig_nimbus *nimbus, const char *op, const char *args,
                 const char *body);
uint64_t rig_ask_bytes(struct rig *rig, struct rig_nimbus *nimbus, const char *op, const char *args,
                       const struct text *body);

/* The result of a request that was answered; fails if it was not, or was refused. Borrowed. */
const json_t *rig_result(struct rig *rig, uint64_t id);

/* Asks the leader, settles, and gives the result, or the code of the refusal. */
const json_t *rig_do(struct rig *rig, const char *op, const char *args);
enum control_code rig_refusal(struct rig *rig, const char *op, const char *args);

/* Uploads plan (word count: 7 executors, 11 tasks) and .so to the leader. */
void rig_upload(struct rig *rig);

/* ... and submits it, with settings as JSON with ' for ". */
void rig_submit(struct rig *rig, const char *name, const char *settings);

void rig_add_supervisor(struct rig *rig, const char *id, uint32_t slots);
void rig_remove_supervisor(struct rig *rig, const char *id);

/* Reports one worker in each slot that the assignments of the topology give to the supervisor. */
void rig_report(struct rig *rig, const char *supervisor, const char *topology, const char *more);

/* What a worker has counted, as its supervisor sends it on: some parts in one message. */
struct rig_worker {
    const char *supervisor;
    const char *topology; /* id */
    uint32_t slot;
    uint64_t incarnation;
};
void rig_figures(struct rig *rig, const struct rig_worker *worker,
                 const struct figures_part *const parts[], size_t count);

/* The status of a topology by name as rig_leader() lists it; "" if there is none. */
const char *rig_status(struct rig *rig, const char *name);
const char *rig_id(struct rig *rig, const char *name);

#endif
