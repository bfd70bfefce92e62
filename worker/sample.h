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
 * Beside it, for as long as a topology's record says so, a share of what components emit is written down as
 * lines for the log: every so-manieth tuple of those that are looked at, as long as there is room for its
 * line. The two do not disturb each other.
 *
 *     component=splitter task=1 stream=words to=counter to_task=0 values={"text":"whale"}
 *
 * One thread asks and takes; the loops write.
 */
#ifndef WORKER_SAMPLE_H
#define WORKER_SAMPLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/block.h"
#include "wire/plan.h"

#define SAMPLE_TEXT_MAX 256 /* bytes of a field; longer ones are cut */
#define SAMPLE_TUPLES   16  /* of a block that are looked at */
#define SAMPLE_LINES    10  /* that a loop keeps until they are taken */

struct loop;
struct worker;

struct sampler {
    _Atomic uint32_t wanted; /* what is sampled, and whether lines are; 0: nobody asks */
    _Atomic uint8_t percents[PLAN_COMPONENTS_MAX]; /* of lines, by component */
    uint32_t next_loop; /* of sample_take_line(), so that none is left out */
};

/* Of a loop. */
struct sample_lines {
    _Atomic(char *) items[SAMPLE_LINES]; /* NULL: there is room */
    uint32_t credit;                     /* percents of the tuples that were looked at */
};

static inline bool sample_is_wanted(const struct sampler *sampler)
{
    return atomic_load_explicit(&sampler->wanted, memory_order_relaxed) != 0;
}

/* Begins to sample what the component emits, or else what it receives. */
void sample_begin(struct worker *worker, uint32_t component, bool received);
void sample_end(struct worker *worker);

/* Lines from now on; all 0 ends it. By component of the worker's plan. */
void sample_set_lines(struct worker *worker, const uint8_t percents[PLAN_COMPONENTS_MAX]);

/* A line that a loop has written down; NULL if none has. The caller frees it. */
char *sample_take_line(struct worker *worker);

/* What no loop will read any more. */
void sample_forget_lines(struct sample_lines *lines);

/* The loop is about to read the block. */
void sample_block(struct loop *loop, const struct block *block);

/* A tuple that a loop has written down since the last call; NULL if none has. The caller frees it. */
char *sample_take(struct worker *worker);

#endif
