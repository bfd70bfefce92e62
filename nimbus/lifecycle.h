/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides what becomes of a topology: which status follows which event, and what is to be done
 * then.
 *
 *     (nothing) --submit--> ACTIVE <--activate/deactivate--> INACTIVE
 *     ACTIVE, INACTIVE --rebalance--> REBALANCING --drained or deadline--> the one before
 *     any --kill--> KILLED --drained or deadline--> (nothing)
 *     any --ended--> KILLED, and removed at once
 *
 * In KILLED and REBALANCING spouts are not asked for more, and what is under way may come to its
 * end: until every worker says that nothing is open, or until the deadline. Asking for what is so
 * already changes nothing, so that a repeated request does no harm. While a topology is rebalanced,
 * activate and deactivate choose the status that comes after it. Killing again sets a new deadline.
 *
 * All of it is in struct topology_state, so that another leader goes on where this one stopped: it
 * asks lifecycle_due() about each topology and needs nothing else.
 *
 * Pure: the wall clock comes in as `now_ms`.
 */
#ifndef NIMBUS_LIFECYCLE_H
#define NIMBUS_LIFECYCLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/state/topology_state.h"

enum lifecycle_event {
    LIFECYCLE_SUBMIT,
    LIFECYCLE_SUBMIT_INACTIVE,
    LIFECYCLE_ACTIVATE,
    LIFECYCLE_DEACTIVATE,
    LIFECYCLE_KILL,
    LIFECYCLE_REBALANCE,
    LIFECYCLE_DRAINED,  /* nothing is open in any worker */
    LIFECYCLE_DEADLINE, /* ... of the status has passed */
    LIFECYCLE_ENDED,    /* all workers of a finite topology have come to their end */
    LIFECYCLE_EVENT_COUNT,
};

/* What is to be done, after the topology was written if `is_changed`. */
enum lifecycle_effect {
    LIFECYCLE_NO_EFFECT,
    LIFECYCLE_SCHEDULE, /* place it: it is new, or its rebalance is through */
    LIFECYCLE_REMOVE,   /* assignment, workers, errors, topology; in this order */
};

struct lifecycle_request {
    enum lifecycle_event event;
    const char *name; /* of the topology, for the refusal */
    uint64_t now_ms;  /* wall clock */
    uint64_t wait_ms; /* KILL, REBALANCE: until the deadline */
};

struct lifecycle_change {
    bool is_changed; /* the three below differ from what the topology has, or pending is to apply */
    enum topology_status status;
    enum topology_status status_before;
    uint64_t deadline_ms;
    bool is_applied; /* its pending settings are in force now */
    enum lifecycle_effect effect;
};

/* The workers that the assignment of a topology names and whose supervisor is there. Those of a
 * supervisor that has not reported to this leader yet count, and are not drained. */
struct lifecycle_workers {
    uint32_t count;
    uint32_t drained; /* of them; one that has ended counts in both */
    uint32_t ended;
};

/* What follows an event. `topology` is NULL if there is none of the name. Refusals name the
 * topology and the remedy: ERR_NOT_FOUND (there is none), ERR_CONFLICT (the name is in use, or its
 * status does not allow it). DRAINED, DEADLINE and ENDED are never refused: where they mean
 * nothing, nothing changes. */
enum err lifecycle_step(const struct topology_state *topology,
                        const struct lifecycle_request *request,
                        struct lifecycle_change *ret_change, struct error *error) MUST_USE;

/* Which of DRAINED, DEADLINE and ENDED is due by now, for lifecycle_step(). False: none. */
bool lifecycle_due(const struct topology_state *topology, const struct lifecycle_workers *workers,
                   uint64_t now_ms, enum lifecycle_event *ret_event) MUST_USE;

/* Writes a change into the topology. With `is_applied` each pending setting replaces the one of its
 * key, or is added; a change to KILLED drops them. */
void lifecycle_apply(struct topology_state *topology, const struct lifecycle_change *change);

/* Adds a pending setting, to one of REBALANCING or about to be; of two with one key the later is in
 * force. Both texts are copied. ERR_LIMIT, if there would be too many settings afterwards. */
enum err lifecycle_put_pending(struct topology_state *topology, const char *key, const char *value,
                               struct error *error) MUST_USE;

#endif
