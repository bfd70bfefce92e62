/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded queue of pointers from one thread to one other.
 *
 *        head (consumer writes)            tail (producer writes)
 *          v                                 v
 *   | . | item | item | item | item | item | . | . |     slot = index & mask
 *
 * Both indices run freely and wrap at 2^32; tail - head is the number of items. Each side keeps
 * the last index it saw of the other next to its own and looks again only when that one says
 * "full" or "empty", so that a cache line moves between the cores once per lap and not once per
 * item.
 *
 * Going to sleep. With base/parker.h the ring is a store-load protocol:
 *
 *   producer                         consumer
 *   1. ring_push: tail = t + 1       1. parker_prepare: state = asleep
 *   2. parker_wake: reads state      2. ring_is_empty: reads tail, then sleeps or cancels
 *
 * Each stores and then loads what the other stores. If both loads could see the old value, the
 * consumer would sleep on a full ring for ever. Acquire and release allow exactly that: a load may
 * overtake an earlier store to another address. So the four accesses are seq_cst, which puts them
 * in one order for all threads, and in any order at least one side sees the other's store.
 * (Fences would do as well, but the thread sanitizer does not understand them.)
 *
 * ring_push is for the producer, ring_pop and ring_is_empty are for the consumer; init and done
 * are for whoever holds the ring alone. The ring does not own its items.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/attribute.h"

enum {
    RING_CAPACITY_MAX = 1 << 24,
};

struct ring {
    void **slots;  /* read by both, written by neither */
    uint32_t mask; /* capacity - 1 */

    _Alignas(64) _Atomic uint32_t tail; /* the producer's line */
    uint32_t head_seen;

    _Alignas(64) _Atomic uint32_t head; /* the consumer's line */
    uint32_t tail_seen;
};

/* Room for `capacity` items (1 .. RING_CAPACITY_MAX), rounded up to a power of two. */
void ring_init(struct ring *ring, uint32_t capacity);

/* Frees the slots; items still in the ring are the caller's business. */
void ring_done(struct ring *ring);

/* Returns false, and nothing has happened, when the ring is full. The item is not NULL. */
MUST_USE static inline bool ring_push(struct ring *ring, void *item)
{
    ASSERT(item != NULL);

    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (tail - ring->head_seen > ring->mask) {
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (tail - ring->head_seen > ring->mask)
            return false;
    }
    ring->slots[tail & ring->mask] = item;
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_seq_cst);
    return true;
}

/* The oldest item, or NULL when there is none. */
MUST_USE static inline void *ring_pop(struct ring *ring)
{
    uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

    if (head == ring->tail_seen) {
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (head == ring->tail_seen)
            return NULL;
    }
    void *item = ring->slots[head & ring->mask];
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return item;
}

/* What the consumer asks between parker_prepare() and parker_sleep(). */
static inline bool ring_is_empty(const struct ring *ring)
{
    uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

    return head == atomic_load_explicit(&ring->tail, memory_order_seq_cst);
}

#endif
