/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How blocks go from one thread to the other and come back empty, and how a thread waits for them.
 */
#ifndef BENCH_HANDWRITTEN_PIPE_H
#define BENCH_HANDWRITTEN_PIPE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/parker.h"
#include "base/ring.h"
#include "bench/handwritten/block.h"

#define PIPE_BLOCKS 32u
#define PIPE_SPINS  1000 /* looks before a sleep: some tens of microseconds */

struct pipe {
    struct ring full;
    struct ring empty;
};

/* What the threads share. */
struct run {
    const struct job *job;
    struct pipe tuples;
    struct pipe acks;
    struct parker producer;
    struct parker consumer;
};

static inline void pipe_give(struct ring *ring, struct block *block, struct parker *other)
{
    bool is_pushed = ring_push(ring, block);

    ASSERT(is_pushed); /* a ring has room for all its blocks */
    parker_wake(other);
}

static inline void pipe_init(struct pipe *pipe)
{
    ring_init(&pipe->full, PIPE_BLOCKS + 1); /* and the one that says that it is over */
    ring_init(&pipe->empty, PIPE_BLOCKS);
    for (uint32_t i = 0; i < PIPE_BLOCKS; i++) {
        bool is_pushed = ring_push(&pipe->empty, NEW(struct block));
        ASSERT(is_pushed);
    }
}

static inline void pipe_done(struct pipe *pipe)
{
    struct block *block;

    while ((block = ring_pop(&pipe->empty)) != NULL)
        free(block);
    ring_done(&pipe->empty);
    ring_done(&pipe->full);
}

static inline void pipe_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Until there is something in one of the two. */
static inline void pipe_await(struct parker *parker, const struct ring *first,
                              const struct ring *second)
{
    for (int i = 0; i < PIPE_SPINS; i++) {
        if (!ring_is_empty(first) || !ring_is_empty(second))
            return;
        pipe_relax();
    }
    parker_prepare(parker);
    if (ring_is_empty(first) && ring_is_empty(second))
        parker_sleep(parker, UINT64_MAX);
    else
        parker_cancel(parker);
}

#endif
