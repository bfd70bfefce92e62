/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nimbus decides: events come in (of the cluster state, requests, what became of work on files,
 * the passing of time), calls to the cluster state and effects come out. Nothing in it waits, reads a
 * clock, or touches a file or socket.
 *
 *     coord_take() -----.                       .--> coord_call_all()
 *     control server ---+--> core_step() ------>+--> replies
 *     blob files -------+      core_turn()      +--> work on blob files
 *     timer ------------'                       '--> the log
 *
 * After all events of a round core_turn() is called once: there decisions are taken which depend on
 * more than one event. The copies of the cluster state (nimbus/registry.h) are the truth, and one
 * write at a time is under way for each topology, made to the version that the copy shows; so another
 * leader, or this one after a restart, goes on where it stopped.
 *
 *   core.c         events, requests that wait, their table
 *   submit.c       topology.submit
 *   operations.c   topology.kill, activate, deactivate, rebalance; what their deadlines bring
 *   steering.c     topology.log_level, debug; worker.restart
 *   chronicle.c    events; event.note
 *   placing.c      snapshot -> scheduler -> assignments
 *   removal.c      taking a topology out of the cluster state
 *   reporting.c    supervisor.report, supervisor.figures
 *   ledger.c       totals that the next leader needs: written, taken over, deleted
 *   tick.c         figures once a second: frozen, entered into history, judged
 *   views.c        topology.list, status, ended, errors; info
 *   views_*.c      topology.figures, tasks, history; pulse; cluster.nodes; the graph in a status
 *   writes.c       fenced writes and what comes of them
 *
 * Pure; belongs to one thread.
 */
#ifndef NIMBUS_CORE_H
#define NIMBUS_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "base/settings.h"
#include "coord/call.h"
#include "coord/event.h"
#include "nimbus/effects.h"
#include "nimbus/office.h"
#include "wire/role.h"

struct core;

enum {
    CORE_REQUESTS_MAX = 1024, /* that wait; beyond it they are told to come again */
};

struct core_options { /* texts are copied */
    const char *id;
    const char *address;
    const char *gale;
    uint64_t since_ms;
    uint64_t seed;
    uint64_t blob_bytes_max;
    uint64_t monitor_ms;
    uint64_t away_ms; /* how long a supervisor may be away and keep what it has */
    uint64_t deletion_delay_ms;
    uint64_t history_bytes_max; /* 0: as much as it takes */
    const struct settings
        *defaults; /* of topologies, as nimbus' file says; borrowed, may be NULL */
};

struct core *core_new(const struct core_options *options) MUST_USE;
void core_destroy(struct core **core);

enum core_event_kind {
    CORE_COORD,        /* coord */
    CORE_REQUEST,      /* peer, role, head, head_size, bytes, size */
    CORE_BLOB_HELD,    /* hash, size_bytes: the file was there at the start */
    CORE_BLOB_PUT,     /* asker, hash, size_bytes (in the file by now), is_done, fault */
    CORE_BLOB_READ,    /* asker, hash, size_bytes (of the whole), bytes, size, fault */
    CORE_BLOB_LOADED,  /* hash, bytes (NULL: there is no such file), size */
    CORE_BLOB_FETCHED, /* hash, is_done */
    CORE_TIME,         /* has passed */
};

/* All of it is borrowed. */
struct core_event {
    enum core_event_kind kind;
    uint64_t now_ns;
    uint64_t wall_ms;
    const struct coord_event *coord;
    uint64_t peer; /* not 0 */
    enum role role;
    struct asker asker;
    const char *head;
    size_t head_size;
    const char *hash;
    uint64_t size_bytes;
    const void *bytes;
    size_t size;
    bool is_done;
    struct control_fault fault;
};

void core_step(struct core *core, const struct core_event *event, struct coord_calls *calls,
               struct effects *effects);
void core_turn(struct core *core, uint64_t now_ns, uint64_t wall_ms, struct coord_calls *calls,
               struct effects *effects);

/* When core_turn() has something to do though nothing happens. */
uint64_t core_deadline_ns(const struct core *core);

/* The process is about to end: a standby leads as soon as the calls are done. */
void core_close(struct core *core, struct coord_calls *calls);
bool core_is_closed(const struct core *core);

enum office_state core_state(const struct core *core);

#endif
