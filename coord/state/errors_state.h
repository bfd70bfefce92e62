/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last errors of a component, with counts: the node paths_errors_of(). Supervisors write it, by
 * compare-and-set; the leader deletes it with the topology, through its fence. An error that comes
 * again is counted, not kept twice, and there are at most ERRORS_STATE_MAX; whoever writes limits
 * how often. Pure; any thread.
 */
#ifndef COORD_STATE_ERRORS_STATE_H
#define COORD_STATE_ERRORS_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/call.h"
#include "coord/fence.h"

#define ERRORS_STATE_VERSION 1

enum {
    ERRORS_STATE_MAX = 10,        /* different errors of a component */
    ERRORS_STATE_TEXT_MAX = 2000, /* bytes; what is longer is cut */
    ERRORS_STATE_TASKS_MAX = 16384,
};

struct component_error {
    char *text;
    char *supervisor; /* where it happened last */
    uint32_t slot;    /* ... */
    uint32_t task;    /* ... */
    uint64_t count;
    uint64_t first_ms; /* wall clock */
    uint64_t last_ms;
};

/* Zero is none. */
struct errors_state {
    size_t count;
    struct component_error items[ERRORS_STATE_MAX]; /* the one that happened last comes last */
};

void errors_state_done(struct errors_state *errors);

/* Adds what happened, copying its texts; its count and first_ms are not looked at. The one that has
 * not happened for longest makes room. */
void errors_state_add(struct errors_state *errors, const struct component_error *happened);

/* JSON; the caller frees it. */
char *errors_state_encode(const struct errors_state *errors) MUST_USE;

/* Errors: ERR_CORRUPT, ERR_LIMIT, ERR_VERSION. */
enum err errors_state_decode(const char *data, size_t size, struct errors_state *ret_errors,
                             struct error *error) MUST_USE;

/* Writes of a supervisor. The create is answered with NO_NODE when the topology is gone. */
void errors_state_create(const char *topology, const char *component,
                         const struct errors_state *errors, uint64_t tag,
                         struct coord_calls *calls);
void errors_state_set(const char *topology, const char *component,
                      const struct errors_state *errors, int32_t version, uint64_t tag,
                      struct coord_calls *calls);

/* Of the leader, before it deletes the topology. */
void errors_state_delete(const struct fence *fence, const char *topology, const char *component,
                         uint64_t tag, struct coord_calls *calls);

#endif
