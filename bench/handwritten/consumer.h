/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done with the tuples: the bolts of all jobs.
 */
#ifndef BENCH_HANDWRITTEN_CONSUMER_H
#define BENCH_HANDWRITTEN_CONSUMER_H

#include <stdint.h>

#include "base/rng.h"
#include "bench/handwritten/block.h"
#include "bench/handwritten/pipe.h"

struct word_table;

struct consumer {
    struct run *run;
    struct rng rng;
    struct block *copies; /* from id to null */
    struct word_table *words;
    uint64_t tuples;
    uint64_t bytes; /* of text */
};

void consumer_init(struct consumer *consumer, struct run *run, uint64_t seed);
void consumer_done(struct consumer *consumer);

/* Executes a block of tuples and writes the acks of them; `acks` is NULL if there are none. */
void consumer_execute(struct consumer *consumer, struct block *block, struct block *acks);

/* The second thread, for a struct consumer: executes blocks until an empty one comes. */
void *consumer_run(void *argument);

/* How many words were counted, and how many different ones. */
uint64_t consumer_words(const struct consumer *consumer);
uint64_t consumer_distinct(const struct consumer *consumer);

#endif
