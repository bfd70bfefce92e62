/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/lock.h"

void lock_init(struct lock *lock, uint32_t number, const char *directory, enum seat_kind kind,
               const char *note, struct rng *rng)
{
    *lock = (struct lock){.hold = LOCK_NONE};
    seat_init(&lock->seat, number, directory, kind, note, rng);
}

void lock_take(struct lock *lock, struct coord_calls *calls)
{
    seat_take(&lock->seat, calls);
}

bool lock_release(struct lock *lock, struct coord_calls *calls)
{
    lock->hold = LOCK_NONE;
    return seat_leave(&lock->seat, calls);
}

void lock_retry(struct lock *lock, struct coord_calls *calls)
{
    seat_retry(&lock->seat, calls);
}

static enum lock_verdict hold(struct lock *lock)
{
    lock->hold = LOCK_HELD;
    /* Nobody sets a seat's data, so its version stays 0; the guid in its name makes it unique. */
    lock->fence = (struct fence){.version = 0, .epoch = (uint64_t)lock->seat.czxid};
    seat_path(&lock->seat, lock->fence.path);
    return LOCK_TAKEN;
}

/* A holder has to know before it holds the lock again, so it has to ask again. */
static enum lock_verdict lose(struct lock *lock, struct coord_calls *calls)
{
    bool was_held = lock->hold != LOCK_NONE;

    lock->hold = LOCK_NONE;
    if (!was_held)
        return LOCK_NO_NEWS;
    (void)seat_leave(&lock->seat, calls);
    return LOCK_LOST;
}

static enum lock_verdict follow_connection(struct lock *lock)
{
    if (lock->hold == LOCK_HELD && !lock->seat.line.is_connected) {
        lock->hold = LOCK_HELD_SUSPENDED;
        return LOCK_SUSPENDED;
    }
    if (lock->hold == LOCK_HELD_SUSPENDED && lock->seat.line.is_connected) {
        lock->hold = LOCK_HELD;
        return LOCK_RESUMED;
    }
    return LOCK_NO_NEWS;
}

enum lock_verdict lock_step(struct lock *lock, const struct coord_event *event,
                            struct coord_calls *calls)
{
    switch (seat_step(&lock->seat, event, calls)) {
    case SEAT_NO_NEWS:
        return follow_connection(lock);
    case SEAT_FRONT:
        return hold(lock);
    case SEAT_LOST:
        return lose(lock, calls);
    case SEAT_LEFT:
        return LOCK_RELEASED;
    case SEAT_FAILED:
        return LOCK_FAILED;
    }
    return LOCK_NO_NEWS;
}

bool lock_is_held(const struct lock *lock)
{
    return lock->hold == LOCK_HELD;
}

const struct fence *lock_fence(const struct lock *lock)
{
    return lock_is_held(lock) ? &lock->fence : NULL;
}

enum coord_error lock_error(const struct lock *lock)
{
    return lock->seat.error;
}
