/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where one thread sleeps until another has work for it.
 *
 *   sleeper                                    any other thread
 *     parker_prepare(p);                         ring_push(ring, item);
 *     if (ring_is_empty(ring))                   parker_wake(p);
 *         parker_sleep(p, deadline_ns);
 *     else
 *         parker_cancel(p);
 *
 * A wake-up is not lost: prepare stores and the sleeper then looks at its queues, push stores and
 * the waker then looks at the state, all of it seq_cst (why: base/ring.h). So either the sleeper
 * sees the item or the waker sees the sleeper. While the sleeper is awake, which is nearly always,
 * a wake costs one load and no system call. Only the first of several wakers makes one.
 *
 * A thread that must wait for descriptors, too, has an eventfd: a wake-up then makes that readable, and
 * the thread sleeps in poll() or its like instead of in parker_sleep():
 *
 *     parker_prepare(p);
 *     if (ring_is_empty(ring))
 *         poll(the eventfd and others);
 *     parker_settle(p);
 *
 * parker_sleep may return early, for a signal or for a wake that was meant for the sleep before:
 * look at the queues again. The parker orders nothing but itself; data go through the queue.
 * One thread calls prepare, cancel and sleep; any thread calls wake.
 */
#ifndef BASE_PARKER_H
#define BASE_PARKER_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/attribute.h"

enum parker_state {
    PARKER_AWAKE,
    PARKER_ASLEEP, /* or about to */
};

struct parker {
    _Alignas(64) _Atomic uint32_t state; /* enum parker_state; 32 bits wide for the futex */
    int eventfd;                         /* -1: the futex it is */
};

static inline void parker_init(struct parker *parker)
{
    atomic_init(&parker->state, PARKER_AWAKE);
    parker->eventfd = -1;
}

/* The same with a non-blocking eventfd, which stays the caller's. Before any other thread knows the
 * parker. */
static inline void parker_use_eventfd(struct parker *parker, int eventfd)
{
    parker->eventfd = eventfd;
}

/* Announces the sleep. Look at the queues next, then cancel or sleep. */
static inline void parker_prepare(struct parker *parker)
{
    atomic_store_explicit(&parker->state, PARKER_ASLEEP, memory_order_seq_cst);
}

/* There was work after all. */
static inline void parker_cancel(struct parker *parker)
{
    atomic_store_explicit(&parker->state, PARKER_AWAKE, memory_order_relaxed);
}

/* Sleeps until woken or until clock_now_ns() reaches the deadline; UINT64_MAX means no deadline. */
void parker_sleep(struct parker *parker, uint64_t deadline_ns);

/* Awake again after poll(); the eventfd is emptied. */
void parker_settle(struct parker *parker);

/* The slow half of parker_wake(). */
COLD void parker_rouse(struct parker *parker);

/* Call it after the item is in the queue. */
static inline void parker_wake(struct parker *parker)
{
    if (atomic_load_explicit(&parker->state, memory_order_seq_cst) == PARKER_ASLEEP)
        parker_rouse(parker);
}

#endif
