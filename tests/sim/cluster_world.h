/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays one topology on several workers, in one thread and in virtual time: the processes, the network
 * between them, and what nimbus and the supervisors would do. What happens to it is drawn from a seed:
 *
 *   - a process is killed, and another is born in its place, or the rest take over its part;
 *   - a process stands still for a while; maybe it goes on beside its successor, until it is killed;
 *   - a way is cut, or is down for a while, in one direction or both;
 *   - another assignment is written, with or without waiting for open trees; executors may be in no
 *     worker for a while;
 *   - spouts are deactivated for a while; the topology is killed;
 *   - a process hears late of all this.
 *
 * After the last of them all that can is repaired, and the run must end by itself.
 */
#ifndef TESTS_SIM_CLUSTER_WORLD_H
#define TESTS_SIM_CLUSTER_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/sim/cluster_process.h"

/* What may happen, as weights; none happens if all are zero. */
enum cluster_harm {
    CLUSTER_HARM_KILL,
    CLUSTER_HARM_LOSE, /* a place, for good or a long time */
    CLUSTER_HARM_STALL,
    CLUSTER_HARM_ZOMBIE, /* stands still, and has a successor when it goes on */
    CLUSTER_HARM_CUT,
    CLUSTER_HARM_PARTITION,
    CLUSTER_HARM_DEAFEN, /* hears nothing for long */
    CLUSTER_HARM_MOVE,
    CLUSTER_HARM_REBALANCE, /* the same, when all is drained */
    CLUSTER_HARM_DEACTIVATE,
    CLUSTER_HARM_KILL_TOPOLOGY,
    CLUSTER_HARMS_COUNT,
};

enum cluster_event_kind {
    CLUSTER_EVENT_HARM,
    CLUSTER_EVENT_STRIKE,  /* a place, how often: whoever lives there is killed */
    CLUSTER_EVENT_START,   /* a place */
    CLUSTER_EVENT_UNLIST,  /* a place, an incarnation: nobody is up there */
    CLUSTER_EVENT_KILL,    /* a process */
    CLUSTER_EVENT_RESTORE, /* a place: it may be used again */
    CLUSTER_EVENT_REPAIR,  /* assigns what is in no worker, or in a lost one */
    CLUSTER_EVENT_ACTIVATE,
    CLUSTER_EVENT_LOOK,   /* whether all is drained */
    CLUSTER_EVENT_REMOVE, /* the topology */
};

struct cluster_event {
    uint64_t due_ns;
    enum cluster_event_kind kind;
    uint32_t of;
    uint64_t incarnation;
};

#define CLUSTER_EVENTS_MAX 256u

struct cluster_options {
    const struct gale_topology *code;
    struct plan *(*make_plan)(void *context); /* checked, with the settings applied */
    void *context;
    struct plan *plan;
    const struct config *config;
    struct scene *scene;
    uint64_t seed;
    uint32_t places;
    uint32_t loops_max;
    uint32_t turn_ns;  /* the longest usual step */
    uint64_t delay_ns; /* of a frame, at most */
    uint32_t slow_chance;
    uint64_t news_ns; /* the longest that news takes */
    uint64_t harm_ns; /* the longest pause between two harms */
    uint32_t harm_max;
    uint32_t harms[CLUSTER_HARMS_COUNT];
    uint32_t unassigned; /* of 1000 executors of an assignment */
    bool hunts_the_end;  /* harm is done when bolts are being finished */
    bool needs_all; /* the topology is removed when all have said that it has ended; else one */
};

struct cluster_place {
    uint32_t process; /* its latest, + 1; 0: none lives */
    uint64_t incarnation;
    bool is_lost;
    bool has_ended; /* as its supervisor says: it is not started again */
};

struct cluster_world {
    struct cluster_options options;
    struct rng rng;
    struct cluster_net net;
    struct cluster_state state;
    struct cluster_shared shared;
    struct cluster_place places[CLUSTER_PLACES_MAX];
    uint32_t process_count;
    struct cluster_event events[CLUSTER_EVENTS_MAX];
    uint32_t event_count;
    uint64_t now_ns;
    uint64_t steps;
    uint32_t harm;
    uint64_t last_harm_ns;
    uint32_t last_process; /* of the step before */
    /* of the topology */
    bool is_going_on; /* REBALANCING or KILLED: until drained, or the deadline */
    uint64_t deadline_ns;
    uint32_t status_view;
    bool is_removed;
    bool was_killed;  /* by its user */
    bool was_drained; /* then */
    bool has_ended;   /* by itself */
    bool has_hunted;
    uint64_t ended_ns;
    /* what was met */
    bool is_disturbed; /* a worker was lost, or tasks have moved */
    uint64_t happened[CLUSTER_HARMS_COUNT];
    uint64_t births;
};

/* To the end, or the first complaint. */
void cluster_world_run(struct cluster_world *world, const struct cluster_options *options);
void cluster_world_done(struct cluster_world *world);

/* ---- cluster_events.c ---- */

void cluster_events_begin(struct cluster_world *world);
uint64_t cluster_events_due_ns(const struct cluster_world *world);
void cluster_events_step(struct cluster_world *world);

/* A process is gone, or says that the topology has ended. */
void cluster_events_note_gone(struct cluster_world *world, const struct cluster_process *process);
void cluster_events_note_ended(struct cluster_world *world, const struct cluster_process *process);

/* Bolts are being finished, or the loops closed. */
void cluster_events_note_finishing(struct cluster_world *world);

/* The process that lives in the place and is its latest; NULL: none. */
struct cluster_process *cluster_world_current(const struct cluster_world *world, uint32_t place);

struct cluster_process *cluster_world_add(struct cluster_world *world, uint32_t place);
void cluster_world_notify(struct cluster_world *world, enum cluster_news news);

#endif
