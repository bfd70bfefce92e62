/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the tuples come from: the spouts of all jobs, and the ack table.
 */
#ifndef BENCH_HANDWRITTEN_PRODUCER_H
#define BENCH_HANDWRITTEN_PRODUCER_H

#include <stdint.h>

#include "base/rng.h"
#include "bench/handwritten/block.h"
#include "bench/handwritten/consumer.h"
#include "bench/handwritten/forest.h"

struct producer {
    struct run *run;
    struct consumer *alone; /* the consumer, if there is one thread; else NULL */
    struct block *block;    /* being filled */
    struct block *acks;     /* one thread */
    struct forest forest;
    struct rng rng;
    uint64_t tuples;
    uint64_t bytes; /* of text */
};

/* Waits for an empty block to fill: before the first tuple, if there are two threads. */
void producer_take_block(struct producer *producer);

/* Emits everything, and waits until all trees are complete. */
void producer_run(struct producer *producer);

#endif
