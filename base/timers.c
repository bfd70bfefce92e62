/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timers.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"

enum {
    CAPACITY_MIN = 16,
};

static void put_at(struct timers *timers, size_t place, struct timer *timer)
{
    timers->heap[place - 1] = timer;
    timer->place = place;
}

static void rise(struct timers *timers, struct timer *timer)
{
    size_t place = timer->place;

    while (place > 1 && timers->heap[place / 2 - 1]->due_ms > timer->due_ms) {
        put_at(timers, place, timers->heap[place / 2 - 1]);
        place /= 2;
    }
    put_at(timers, place, timer);
}

static void sink(struct timers *timers, struct timer *timer)
{
    size_t place = timer->place;

    while (place * 2 <= timers->count) {
        size_t child = place * 2;
        if (child < timers->count && timers->heap[child]->due_ms < timers->heap[child - 1]->due_ms)
            child++;
        if (timers->heap[child - 1]->due_ms >= timer->due_ms)
            break;
        put_at(timers, place, timers->heap[child - 1]);
        place = child;
    }
    put_at(timers, place, timer);
}

void timers_done(struct timers *timers)
{
    free(timers->heap);
    *timers = (struct timers){0};
}

void timers_set(struct timers *timers, struct timer *timer, uint64_t due_ms)
{
    if (timer->place == 0) {
        if (timers->count == timers->capacity) {
            timers->capacity = timers->capacity == 0 ? CAPACITY_MIN : timers->capacity * 2;
            timers->heap = (struct timer **)mem_resize((void *)timers->heap, timers->capacity,
                                                       sizeof(struct timer *));
        }
        timers->count++;
        put_at(timers, timers->count, timer);
    }
    timer->due_ms = due_ms;
    rise(timers, timer);
    sink(timers, timer);
}

void timers_cancel(struct timers *timers, struct timer *timer)
{
    if (timer->place == 0)
        return;
    ASSERT(timers->heap[timer->place - 1] == timer);

    struct timer *last = timers->heap[timers->count - 1];
    timers->count--;
    if (last != timer) {
        put_at(timers, timer->place, last);
        rise(timers, last);
        sink(timers, last);
    }
    timer->place = 0;
}

struct timer *timers_take_due(struct timers *timers, uint64_t now_ms)
{
    if (timers_due_ms(timers) > now_ms || timers->count == 0)
        return NULL;
    struct timer *timer = timers->heap[0];
    timers_cancel(timers, timer);
    return timer;
}

uint64_t timers_due_ms(const struct timers *timers)
{
    return timers->count == 0 ? UINT64_MAX : timers->heap[0]->due_ms;
}
