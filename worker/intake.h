/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks from any threads to one: whoever has a block puts it down, the taker takes all there are, in
 * the order in which they were put. Between loops of one worker there are rings, which are bounded by
 * credit and cheaper; this is for what comes from and goes to other workers, whose number changes.
 *
 *     put --.   compare and swap
 *     put ---+--> newest -> ... -> oldest          take: all of it, turned round
 *     put --'
 *
 * The put and the look are seq_cst, for the protocol of base/parker.h. Bounded by the credit of those
 * who send.
 */
#ifndef WORKER_INTAKE_H
#define WORKER_INTAKE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "wire/block.h"

struct intake {
    _Alignas(64) _Atomic(struct block *) newest;
};

static inline void intake_init(struct intake *intake)
{
    atomic_init(&intake->newest, NULL);
}

static inline void intake_put(struct intake *intake, struct block *block)
{
    block->next = atomic_load_explicit(&intake->newest, memory_order_relaxed);
    while (!atomic_compare_exchange_weak(&intake->newest, &block->next, block))
        continue;
}

/* For the taker, between parker_prepare() and the sleep. */
static inline bool intake_is_empty(const struct intake *intake)
{
    return atomic_load(&intake->newest) == NULL;
}

/* All there are, the oldest first, linked by `next`; NULL if there is none. */
static inline struct block *intake_take(struct intake *intake)
{
    struct block *first = NULL;
    struct block *block;

    if (atomic_load_explicit(&intake->newest, memory_order_relaxed) == NULL)
        return NULL;
    block = atomic_exchange(&intake->newest, NULL);
    while (block != NULL) {
        struct block *older = block->next;
        block->next = first;
        first = block;
        block = older;
    }
    return first;
}

#endif
