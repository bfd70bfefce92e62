/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nimbus knows of the cluster: decoded copies of nimbuses, supervisors, topologies and
 * assignments, kept by directories of the cluster state (coord/state/directory.h), and what only nimbus
 * knows of each of them: reports, plans, the write under way.
 *
 * A record that cannot be read is as if it were not there, and is told of; the last good one stays.
 *
 * Pure; belongs to its owner's thread, and to the owner's switchboard.
 */
#ifndef NIMBUS_REGISTRY_H
#define NIMBUS_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attribute.h"
#include "coord/call.h"
#include "coord/event.h"
#include "coord/state/assignment_state.h"
#include "coord/state/directory.h"
#include "coord/state/nimbus_state.h"
#include "coord/state/supervisor_state.h"
#include "coord/state/topology_state.h"
#include "coord/switchboard.h"
#include "nimbus/effects.h"
#include "nimbus/events.h"
#include "nimbus/figures/insight.h"
#include "nimbus/places.h"
#include "nimbus/roll.h"
#include "nimbus/witness.h"
#include "wire/config.h"
#include "wire/plan.h"

struct registry;

struct member {
    char *id;
    struct nimbus_state state;
};

struct supervisor {
    char *id;
    bool is_there;    /* its node is; else it has only reported, or is away */
    uint64_t gone_ns; /* since when it is away, and may come back; 0: it is not */
    struct supervisor_state state;
    bool has_reported; /* to this leader */
    bool is_healthy;
    uint64_t reported_ns;
    char *health_text;

    bool
        is_witnessed; /* what it has was learned, so that changes can be told: nimbus/chronicle.c */
    bool is_told;     /* ... that it is there */
    bool is_told_ill; /* ... that it is not healthy */
};

/* The one write of a topology that is under way. It is through when our copy shows what was written:
 * so whoever asks after the answer sees it, and the next change is made to it. */
enum write_kind {
    WRITE_NONE,
    WRITE_CREATE, /* of the topology */
    WRITE_SET,
    WRITE_DELETE,
    WRITE_ASSIGN,   /* the assignment: created or set */
    WRITE_UNASSIGN, /* deleted */
    WRITE_CLEAN,    /* nodes of workers and errors */
};

struct write {
    enum write_kind kind;
    uint64_t tag; /* of the call under way; 0: written, and our copy is waited for */
    uint64_t since_ns;
    int32_t version; /* SET, ASSIGN: that the copy must have; 0 for a created one */
    struct asker asker;
    json_t *answer;            /* for it; NULL: that of a submission */
    struct events_item *event; /* that becomes true when it is through; owned; NULL: none */
};

/* What is deleted next. */
enum removal {
    REMOVAL_ASSIGNMENT,
    REMOVAL_WORKERS, /* their nodes, which are listed first */
    REMOVAL_ERRORS,  /* ... */
    REMOVAL_TOPOLOGY,
};

/* What is kept of its totals for the next leader: nimbus/ledger.c. */
struct ledger {
    uint64_t tag; /* of the write under way; 0: none */
    uint64_t written_ns;
    uint64_t writing; /* `ends` of the tally, as it is being written */
    uint64_t kept;    /* ..., as it was written */
};

struct topology {
    char *id;
    bool is_there;               /* its node is */
    struct topology_state state; /* if is_there, or while it is being created */
    int32_t version;
    uint64_t status_since_ns; /* when we learned of its status */
    uint64_t ended_since_ns; /* when the first of its workers said that it has ended; 0: none has */
    bool is_assigned;
    struct assignment_state assignment;
    int32_t assignment_version;

    bool is_plan_due;  /* plan and configuration are to be made anew */
    struct plan *plan; /* NULL: not read yet, or faulty */
    struct config *config;
    char *plan_fault;

    struct write write;
    bool is_removing; /* its lifecycle says so */
    enum removal removal;
    uint64_t removal_tag; /* of the list under way; 0: none */
    struct places places;
    struct insight insight; /* what its workers have counted */
    struct ledger ledger;

    uint32_t workers; /* as the scheduler said last */
    uint32_t unplaced;
    char *why_not;

    struct witness witness;

    json_t *errors; /* as read last, an array; NULL */
    uint64_t errors_ns;
};

/* A supervisor whose node goes counts as away, with what it has, for `away_ns`. */
struct registry *registry_new(struct switchboard *board, uint64_t away_ns,
                              struct coord_calls *calls) MUST_USE;
void registry_destroy(struct registry **registry);

/* Once after each event: forgets what is nowhere any more, repeats reads that failed. */
void registry_turn(struct registry *registry, uint64_t now_ns, struct coord_calls *calls,
                   struct effects *effects);

/* All copies were read in this session, and no read is under way. */
bool registry_is_complete(const struct registry *registry);

/* Whether supervisors, topologies or assignments have changed since it was asked last. */
bool registry_take_news(struct registry *registry);
void registry_put_news(struct registry *registry);

const struct roll *registry_members(const struct registry *registry);     /* struct member */
const struct roll *registry_supervisors(const struct registry *registry); /* struct supervisor */
const struct roll *registry_topologies(const struct registry *registry);  /* struct topology */

/* The record of a topology's totals (coord/state/totals_state.h), as read last; false if there is none. Borrowed until
 * the next event. And those of topologies that have no node and are not being created, as with
 * directory_next(). */
bool registry_totals(const struct registry *registry, const char *id,
                     struct directory_entry *ret_entry) MUST_USE;
bool registry_next_orphan(const struct registry *registry, size_t *position,
                          struct directory_entry *ret_entry) MUST_USE;

/* NULL if there is none. A topology by its name: one that is there or is being created. */
struct topology *registry_find(const struct registry *registry, const char *id);
struct topology *registry_find_name(const struct registry *registry, const char *name);
struct topology *registry_find_tag(const struct registry *registry, uint64_t tag);
struct supervisor *registry_supervisor(const struct registry *registry, const char *id);

/* A topology that is about to be created; there is none of its id. Takes over the state. */
struct topology *registry_add(struct registry *registry, struct topology_state *state);

/* The record of a supervisor that reports, made if it is not there; NULL if there are too many. */
struct supervisor *registry_reporter(struct registry *registry, const char *id);

/* Supervisors that have something assigned and are not there count as away from now on: whoever begins
 * to lead does not know for how long they have been. */
void registry_await(struct registry *registry);

/* Whether what it has stays with it. */
static inline bool supervisor_counts(const struct supervisor *supervisor)
{
    return supervisor->is_there || supervisor->gone_ns != 0;
}

/* What supervisors have reported is of no use to a leader that is none any more. */
void registry_forget_reports(struct registry *registry);

void topology_drop_plan(struct topology *topology);

/* Whether its assignment gives something of it to this slot. */
bool topology_has_worker(const struct topology *topology, const char *supervisor, uint32_t slot);

/* Nothing waits any more; the asker was answered. */
void write_done(struct write *write);

#endif
