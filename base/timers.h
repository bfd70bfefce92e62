/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is due when: a heap of timers that live in the elements. Setting, moving and cancelling one costs the
 * logarithm of how many there are. Times are the caller's. Pure; belongs to one thread.
 */
#ifndef BASE_TIMERS_H
#define BASE_TIMERS_H

#include <stddef.h>
#include <stdint.h>

/* Of zero bytes: not set. Must not move in memory while it is set. */
struct timer {
    uint64_t due_ms;
    size_t place; /* in the heap, from 1; 0: not set */
    int kind;     /* the owner's word for what it is part of */
};

struct timers {
    struct timer **heap;
    size_t count;
    size_t capacity;
};

/* Gives the heap back; timers that are set are the caller's matter. */
void timers_done(struct timers *timers);

/* Sets it, or moves it if it is set. */
void timers_set(struct timers *timers, struct timer *timer, uint64_t due_ms);

/* Does nothing to one that is not set. */
void timers_cancel(struct timers *timers, struct timer *timer);

/* Takes the earliest timer out if it is due by now; else NULL. */
struct timer *timers_take_due(struct timers *timers, uint64_t now_ms);

/* When the earliest is due; UINT64_MAX if none is set. */
uint64_t timers_due_ms(const struct timers *timers);

#endif
