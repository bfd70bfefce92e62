/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fenced writes. Whoever holds an office (leads, holds a lock) writes what belongs to the office in
 * a multi whose first part checks a node that changes or goes when the office changes hands. So a
 * holder that was paused and replaced may believe what it likes: its writes are refused.
 *
 * A fence is made by the recipe that gives the office (election_fence(), lock_fence()) and by
 * nothing else; functions that write what belongs to a leader take one. Pure; any thread.
 */
#ifndef COORD_FENCE_H
#define COORD_FENCE_H

#include <stddef.h>
#include <stdint.h>

#include "coord/call.h"
#include "coord/event.h"

enum {
    FENCE_PARTS_MAX = COORD_PARTS_MAX - 1,
};

struct fence {
    char path[COORD_PATH_MAX]; /* of the node that is checked */
    int32_t version;           /* that it must have */
    uint64_t epoch;            /* of the office; grows from holder to holder. Goes with orders to
                                  third parties, which refuse a lower one than they have seen */
};

enum fence_outcome {
    FENCE_DONE,    /* all parts are written */
    FENCE_OUT,     /* nothing is: the office is not ours any more. Resign */
    FENCE_REFUSED, /* nothing is: one of the parts failed, see ret_error */
    FENCE_UNKNOWN, /* connection lost: all or nothing was done */
};

/* Sends the parts (1 .. FENCE_PARTS_MAX of CREATE, DELETE, SET, CHECK) behind the fence. */
void fence_send(const struct fence *fence, const struct coord_call *parts, size_t count,
                uint64_t tag, struct coord_calls *calls);

/* Reads the answer to it. *ret_part, with FENCE_REFUSED, is the index among the caller's parts of
 * the one that failed, and *ret_error its error; in other cases they are 0 and the answer's. */
enum fence_outcome fence_read(const struct coord_event *event, enum coord_error *ret_error,
                              size_t *ret_part);

#endif
