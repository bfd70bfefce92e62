/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workers of a topology, as one of them sees them: itself (worker, conductor), the links to the
 * others (postman), who they are (roster, routing) and how all come to the end (chorus). The shell
 * around it (io/member.c, or a simulator) carries frames, turns the loops, and says what the cluster
 * state says.
 *
 *     opening -> linking -> running -> stopping -> over
 *                              '-----> ended ------^
 *
 * Bolts are opened first; then the links come up; then the spouts are opened and run. Paused, as while a
 * topology is being killed or rebalanced, spouts are not asked for more. An assignment that leaves our
 * part as it is makes new ways for the loops; one that changes it, or does not have us any more, ends
 * this worker: its supervisor starts another.
 *
 * Pure but for the loops' atomics. One thread, with the loops turned by others or the same.
 */
#ifndef WORKER_TEAM_H
#define WORKER_TEAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gale/host.h>

#include "base/err.h"
#include "coord/state/assignment_state.h"
#include "coord/state/topology_state.h"
#include "coord/state/worker_state.h"
#include "wire/config.h"
#include "wire/plan.h"
#include "worker/postman.h"

struct team;
struct worker;

struct team_host {
    /* Sends a frame of head and payload, copying both; lost without a connection. */
    void (*send)(void *context, struct remote *remote, const struct frame_head *head,
                 const void *payload, size_t size);

    /* The other worker is at this address, in this incarnation: connect, or connect anew. The host keeps
     * what it needs in remote->way. */
    void (*connect)(void *context, struct remote *remote, const char *address);
    void (*disconnect)(void *context, struct remote *remote);

    /* For the log. */
    void (*changed)(void *context, const struct remote *remote, enum peer_news news);
};

struct team_options {
    const char *topology; /* borrowed for life, as everything here */
    const char *supervisor;
    uint32_t slot;
    uint64_t incarnation;
    const struct gale_topology *code;
    struct plan *plan;        /* what runs: gets the executors of the assignment */
    struct plan *roster_plan; /* the same again: gets those of every later one */
    const struct config *config;
    const char *const *args;
    uint32_t arg_count;
    uint64_t seed;
    void (*log)(enum gale_log_level level, const char *component, uint32_t task_index,
                const char *message);
    const void *(*find_service)(const char *name, struct error *error); /* as for worker_new() */
    uint64_t (*clock)(void *context);                                   /* the same */
    void *clock_context;
    const struct team_host *host;
    void *context;
};

enum team_phase {
    TEAM_OPENING,
    TEAM_LINKING,
    TEAM_RUNNING,
    TEAM_STOPPING,
    TEAM_ENDED, /* the topology has ended, and this worker is closing */
};

/* What a worker is to do after a change. */
enum team_verdict {
    TEAM_GOES_ON,
    TEAM_IS_OUT, /* it has no part, or another, in the assignment */
    TEAM_FAILED, /* the error says why */
};

/* Builds the worker; loops may be turned from now on. TEAM_IS_OUT if it is not in the assignment; then
 * nothing was made. */
enum team_verdict team_new(const struct team_options *options,
                           const struct assignment_state *assignment, uint64_t now_ns,
                           struct team **ret_team, struct error *error) MUST_USE;

/* No loop is turned any more. Accepts NULL inside. */
void team_destroy(struct team **team);

struct worker *team_worker(const struct team *team);

enum team_parker {
    TEAM_PARKER_POSTMAN,   /* woken when a block is to be sent, or was read */
    TEAM_PARKER_CONDUCTOR, /* woken when the loops have news */
};

/* Where the shell sleeps; it is prepared, or given an eventfd, there. */
struct parker *team_parker(const struct team *team, enum team_parker which);

/* ---- what the cluster state says ---- */

enum team_verdict team_assign(struct team *team, const struct assignment_state *assignment,
                              uint64_t now_ns, struct error *error) MUST_USE;

/* All workers of the topology that are up. */
void team_told(struct team *team, const struct worker_state *const workers[], size_t count,
               uint64_t now_ns);

void team_set_status(struct team *team, const struct topology_state *topology, uint64_t now_ns);

/* ---- turns ---- */

void team_receive(struct team *team, const void *bytes, size_t size, uint64_t now_ns);

/* Does what is due. Returns whether there was anything. TEAM_FAILED may come of an assignment that had
 * to wait. */
bool team_turn(struct team *team, uint64_t now_ns, enum team_verdict *ret_verdict,
               struct error *error);
uint64_t team_deadline_ns(const struct team *team);

/* Comes to rest, for a moment at most, and closes. */
void team_stop(struct team *team, uint64_t now_ns);

/* Closes at once. */
void team_close(struct team *team, uint64_t now_ns);

/* Every loop has closed its tasks. */
bool team_is_closed(const struct team *team);

/* Tells the others that nothing more comes; team_has_left() when they know. The loops are closed. */
void team_leave(struct team *team, uint64_t now_ns);
bool team_has_left(const struct team *team);

/* ---- for reports ---- */

enum team_phase team_phase(const struct team *team);
const char *team_phase_name(enum team_phase phase);
uint64_t team_version(const struct team *team);    /* of the assignment that the loops go by */
uint64_t team_running_ns(const struct team *team); /* since when the spouts run; 0: not yet */

/* Paused, and no tree is open. */
bool team_is_drained(const struct team *team, uint64_t now_ns);
struct postman_counts team_counts(const struct team *team);

#endif
