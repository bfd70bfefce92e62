/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Samples of what flows: while somebody asks, now and then a tuple that a component emits, or that it
 * receives, is written down as JSON.
 *
 * A sampler is of the whole worker. Loops look at it once a block, which costs one load while nobody
 * asks; each keeps the last tuple it has written down until it is taken. The fields end in the middle if
 * they are long.
 *
 *     {"component":"splitter","task":1,"stream":"words","to":"counter","to_task":0,"tracked":true,
 *      "values":{"text":"whale"}}
 *
 * One thread asks and takes; the loops write.
 */
#ifndef WORKER_SAMPLE_H
#define WORKER_SAMPLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/block.h"

#define SAMPLE_TEXT_MAX 256 /* bytes of a field; longer ones are cut */
#define SAMPLE_TUPLES   16  /* of a block that are looked at */

struct loop;
struct worker;

struct sampler {
    _Atomic uint32_t wanted; /* see sample_pack(); 0: nobody asks */
};

static inline bool sample_is_wanted(const struct sampler *sampler)
{
    return atomic_load_explicit(&sampler->wanted, memory_order_relaxed) != 0;
}

/* Begins to sample what the component emits, or else what it receives. */
void sample_begin(struct worker *worker, uint32_t component, bool received);
void sample_end(struct worker *worker);

/* The loop is about to read the block. */
void sample_block(struct loop *loop, const struct block *block);

/* A tuple that a loop has written down since the last call; NULL if none has. The caller frees it. */
char *sample_take(struct worker *worker);

#endif
