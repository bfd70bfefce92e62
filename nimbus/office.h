/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office of the leader, as one nimbus sees it: being a member, standing for election, leading,
 * and when it may act.
 *
 *                 may stand                won, resumed           synced, copies complete
 *   PREPARING ---------------> STANDING ---------------> CATCHING_UP ---------------> ACTING
 *       ^                                                    ^                          |
 *       |  resigned, fenced out                              '------- connection -------'
 *       '---------------------------------------------------------------- lost
 *
 * Whoever may not stand (its copies of the cluster state are not complete, or it lacks a blob of some
 * topology) is no candidate. Whoever has won does not act at once: a sync, and then complete
 * copies, show all that leaders before it have written, and what became of writes of its own whose
 * answers were lost.
 *
 * Pure; belongs to its owner's thread, and to the owner's switchboard.
 */
#ifndef NIMBUS_OFFICE_H
#define NIMBUS_OFFICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "coord/call.h"
#include "coord/event.h"
#include "coord/fence.h"
#include "coord/state/nimbus_state.h"
#include "coord/switchboard.h"
#include "nimbus/effects.h"

struct office;

struct office_options { /* texts are copied */
    const char *id;
    const char *address; /* that others reach us at */
    const char *gale;    /* our version */
    uint64_t since_ms;
    uint64_t seed;
};

enum office_state {
    OFFICE_AWAY,      /* no connection to the cluster state */
    OFFICE_PREPARING, /* no candidate */
    OFFICE_STANDING,  /* a candidate, or somebody else leads */
    OFFICE_CATCHING_UP,
    OFFICE_ACTING,
};

struct office *office_new(const struct office_options *options, struct switchboard *board,
                          struct coord_calls *calls) MUST_USE;
void office_destroy(struct office **office);

/* Once after each event, with what is known now: whether the copies of the cluster state are
 * complete, and whether all blobs are there. */
struct office_view {
    bool is_complete;
    bool has_blobs;
    uint64_t now_ns;
};
void office_turn(struct office *office, const struct office_view *view, struct coord_calls *calls,
                 struct effects *effects);

/* Leads no more, and stands again as soon as it may. For FENCE_OUT, and for a leader that cannot do
 * its work. */
void office_resign(struct office *office, const char *reason, struct coord_calls *calls,
                   struct effects *effects);

/* Gives up the seat for good: the process ends. */
void office_close(struct office *office, struct coord_calls *calls);

/* After office_close(): the seat is given up, or nothing can be done about it. */
bool office_is_closed(const struct office *office);

enum office_state office_state(const struct office *office);
const char *office_state_name(enum office_state state); /* "acting", ... */

/* NULL unless it acts. Borrowed until the next event. */
const struct fence *office_fence(const struct office *office);

/* Who led last, as the cluster state says; NULL if that is not known. Whether it still leads is not
 * said. Borrowed until the next event. */
const struct leader_state *office_leader(const struct office *office);

const char *office_id(const struct office *office);

#endif
