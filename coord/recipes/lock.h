/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lock, exclusive or shared, granted in the order of asking: a seat (coord/recipes/seat.h) that is
 * not blocked. A shared one is blocked by exclusive ones before it, an exclusive one by all.
 *
 * A holder that is paused may outlive its lock without knowing. While disconnected it is suspended
 * and must not act; and what it writes into the cluster state should go through lock_fence(), which
 * checks that the seat is still there. Pure. A recipe made while there is a connection is given the
 * last CONNECTED event first.
 */
#ifndef COORD_RECIPES_LOCK_H
#define COORD_RECIPES_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "coord/fence.h"
#include "coord/recipes/seat.h"

enum lock_verdict {
    LOCK_NO_NEWS,
    LOCK_TAKEN,
    LOCK_SUSPENDED, /* the connection is gone: stop acting */
    LOCK_RESUMED,   /* the session lives, and so does the lock */
    LOCK_LOST,      /* it was held, and is not; may be asked for again */
    LOCK_RELEASED,  /* as asked; may be asked for again */
    LOCK_FAILED,    /* lock_error(); nothing happens until lock_retry() */
};

enum lock_hold {
    LOCK_NONE, /* not held: never asked for, or waiting */
    LOCK_HELD,
    LOCK_HELD_SUSPENDED,
};

struct lock {
    struct seat seat;
    enum lock_hold hold;
    struct fence fence;
};

/* All locks of one directory exclude each other. `note` says for people who waits. */
void lock_init(struct lock *lock, uint32_t number, const char *directory, enum seat_kind kind,
               const char *note, struct rng *rng);

/* Asks for it. A wait is not ended by the end of a session: it is asked for again, last in line. */
void lock_take(struct lock *lock, struct coord_calls *calls);

/* Releases it, or ends the wait; not held from now on. True if there was nothing to release: then
 * no verdict follows. */
bool lock_release(struct lock *lock, struct coord_calls *calls);

void lock_retry(struct lock *lock, struct coord_calls *calls);

enum lock_verdict lock_step(struct lock *lock, const struct coord_event *event,
                            struct coord_calls *calls);

/* It is held and not suspended. */
bool lock_is_held(const struct lock *lock);

/* NULL unless lock_is_held(). Its epoch grows from holder to holder. Borrowed until the next step. */
const struct fence *lock_fence(const struct lock *lock);

enum coord_error lock_error(const struct lock *lock);

#endif
