/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One slot of a supervisor: at most one worker process, and what has to be done so that it becomes
 * the one that the assignments want.
 *
 *                    blobs there           first beat
 *     FETCHING -----------------> STARTING -----------> RUNNING
 *      ^  ^  |                       |  \                 |  | not wanted: TERM, then KILL
 *      |  |  | cannot                |   `---- silent: KILL ----------> STOPPING
 *      |  |  v                       | exit               | exit           | exit
 *      |  | FAILED <-- cannot start -+--------------------+                |
 *      |  '---' due                  v                                     v
 *      '--------------- due ----- BACKOFF <---- wanted ---------------- (exit) --> EMPTY
 *
 * and ENDED: the topology has ended by itself; nothing is started until something else is wanted.
 *
 * A process is started only when the one before is known to be dead. The first restart comes at once;
 * then the pause doubles from backoff_min_ms to backoff_max_ms for as long as workers live less than
 * 10 s, and is forgotten when one has lived for 60 s. Five exits within five minutes are a crash
 * loop, and called so.
 *
 * A restart that somebody has asked for goes the way of one that is not wanted, and begins anew at once: no
 * pause, and no exit in the sense of a loop. It names an incarnation, of which it is obeyed once.
 *
 * What the caller must do comes out as a set of effects, each at most once, to be performed in the
 * order of their values. Pure; belongs to its owner's thread. Times are of one clock that never goes
 * back.
 */
#ifndef SUPERVISOR_SLOT_H
#define SUPERVISOR_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "coord/state/paths.h"

enum {
    SLOT_TEXT_MAX = 256,    /* bytes of a reason, with the final NUL */
    SLOT_ADDRESS_MAX = 300, /* ... of a worker's address */
    SLOT_PHASE_MAX = 16,
    SLOT_LOOP_EXITS = 5,          /* so many exits ... */
    SLOT_LOOP_MS = 5 * 60 * 1000, /* ... in such a time are a crash loop */
    SLOT_SHORT_LIFE_MS = 10 * 1000,
    SLOT_LONG_LIFE_MS = 60 * 1000,
};

enum slot_state {
    SLOT_EMPTY,
    SLOT_FETCHING,
    SLOT_BACKOFF,
    SLOT_STARTING,
    SLOT_RUNNING,
    SLOT_STOPPING,
    SLOT_ENDED,
    SLOT_FAILED, /* blobs cannot be had, or no process be started: tried again later */
};

struct slot_limits {
    uint64_t start_timeout_ms; /* from the start to the first beat */
    uint64_t beat_timeout_ms;
    uint64_t shutdown_ms; /* from TERM to KILL */
    uint64_t backoff_min_ms;
    uint64_t backoff_max_ms;
};

/* To be read by everybody, changed by slot_step() alone. */
struct slot {
    struct slot_limits limits;
    enum slot_state state;
    uint64_t due_ms;               /* when SLOT_TICK has work; UINT64_MAX: never */
    char wanted[PATHS_ID_MAX + 1]; /* topology; "" for none */
    bool is_halted;                /* nothing is started any more */

    char topology[PATHS_ID_MAX + 1]; /* what the rest is about; "" at first */
    uint64_t incarnation;            /* of the process that lives, or lived last */
    int64_t pid;                     /* 0: no process */
    uint64_t born;                   /* with the pid, the identity of the process */
    uint64_t started_ms;
    char address[SLOT_ADDRESS_MAX]; /* where it is bound; "" if it is not */
    char phase[SLOT_PHASE_MAX];     /* as it said last */
    bool has_ended;                 /* ... that the topology has */
    bool is_killed;                 /* by us, since it was silent */
    bool is_stopped;                /* ... since it was not wanted, or somebody asked for it */
    bool is_restarted;              /* ... the latter */
    uint64_t restarted;             /* the incarnation of which that was obeyed last */

    uint64_t starts; /* of this topology here */
    uint64_t backoff_ms;
    uint64_t retry_ms;                  /* pause after the next failure to fetch or start */
    uint64_t exits_ms[SLOT_LOOP_EXITS]; /* the last ones, newest first; 0: none */
    char last_exit[SLOT_TEXT_MAX];      /* "" if none */
    char fault[SLOT_TEXT_MAX];          /* FAILED: why */
};

enum slot_event_kind {
    SLOT_WANT,        /* topology; NULL for nothing */
    SLOT_ADOPT,       /* a process that was found alive: topology, pid, born, age_ms, incarnation */
    SLOT_BLOBS_READY, /* of the topology */
    SLOT_BLOBS_MISSING, /* of the topology; text */
    SLOT_STARTED,       /* pid, born */
    SLOT_START_FAILED,  /* text */
    SLOT_BOUND,         /* text: the address */
    SLOT_BEAT,          /* text: the phase */
    SLOT_HAS_ENDED,     /* it said so */
    SLOT_EXITED,        /* text: how; code */
    SLOT_PAUSED,        /* we ourselves were stopped for a while: silence means nothing */
    SLOT_RESTART,       /* topology, incarnation: of the process that is to be replaced */
    SLOT_HALT,          /* stop, and start nothing any more */
    SLOT_TICK,
};

struct slot_event {
    enum slot_event_kind kind;
    const char *topology;
    const char *text;
    int64_t pid;
    uint64_t born;
    uint64_t age_ms;
    uint64_t incarnation;
    int code; /* EXITED: the exit code; -1 for a signal, or not known */
};

/* In this order. */
enum slot_effect {
    SLOT_REMEMBER = 1 << 0,  /* write slot_record.h to disk; before a start, or it is not started */
    SLOT_UNPUBLISH = 1 << 1, /* the worker node of `topology` */
    SLOT_TERM = 1 << 2,
    SLOT_KILL = 1 << 3,
    SLOT_FETCH = 1 << 4, /* the blobs of `wanted`; BLOBS_READY or BLOBS_MISSING follows */
    SLOT_START = 1 << 5, /* `topology` as `incarnation`; STARTED or START_FAILED follows at once */
    SLOT_PUBLISH = 1 << 6,
    SLOT_COMPLAIN = 1 << 7, /* last_exit, or fault when FAILED, is news */
    SLOT_REPORT = 1 << 8,   /* something that is reported has changed */
};

#define SLOT_RESTARTED_TEXT \
    "restarted on request" /* the last exit of one that was; nimbus knows it */

enum {
    SLOT_EXIT_UNPLACED = 70, /* exit code of a worker that has no place in the assignment */
};

/* The first incarnation is the one after `incarnation`. */
void slot_init(struct slot *slot, const struct slot_limits *limits, uint64_t incarnation);

/* Returns the effects. */
unsigned slot_step(struct slot *slot, const struct slot_event *event, uint64_t now_ms) MUST_USE;

bool slot_has_process(const struct slot *slot);
bool slot_is_looping(const struct slot *slot, uint64_t now_ms);

/* As reported: "fetching", "starting", "opening", ..., "backoff"; "" for EMPTY. */
const char *slot_phase(const struct slot *slot);
const char *slot_state_name(enum slot_state state);

#endif
