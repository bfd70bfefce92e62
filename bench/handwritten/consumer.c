/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/handwritten/consumer.h"

#include <stdlib.h>

/* The very code that the topology counts with. */
#include "topologies/word_count/word_table.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "bench/fatal.h"

void consumer_init(struct consumer *consumer, struct run *run, uint64_t seed)
{
    *consumer =
        (struct consumer){.run = run, .copies = NEW(struct block), .words = NEW(struct word_table)};
    rng_init(&consumer->rng, seed);
}

void consumer_done(struct consumer *consumer)
{
    word_table_done(consumer->words);
    free(consumer->words);
    free(consumer->copies);
}

uint64_t consumer_words(const struct consumer *consumer)
{
    return consumer->words->total;
}

uint64_t consumer_distinct(const struct consumer *consumer)
{
    return consumer->words->count;
}

static void execute_null(struct consumer *consumer, struct block *block, struct block *acks)
{
    for (uint32_t at = 0; at < block->used;) {
        struct tuple *tuple = tuple_at(block, at);

        consumer->bytes += tuple->length;
        if (acks != NULL)
            acks_put(acks, *tuple_edge(tuple));
        at += tuple->size;
    }
    consumer->tuples += block->count;
}

/* A copy of each tuple, on an edge of its own. */
static void execute_id(struct consumer *consumer, struct block *block, struct block *acks)
{
    uint32_t offset = tuple_text_offset(consumer->run->job);
    struct block *copies = consumer->copies;

    copies->used = copies->count = 0;
    for (uint32_t at = 0; at < block->used;) {
        struct tuple *tuple = tuple_at(block, at);
        struct tuple *copy = tuple_at(copies, copies->used);

        bytes_copy_short((char *)copy + offset, (char *)tuple + offset, tuple->length);
        if (acks != NULL) {
            struct edge edge = *tuple_edge(tuple);
            *tuple_edge(copy) = (struct edge){edge.root, rng_next(&consumer->rng)};
            acks_edges(acks)[acks->count++] =
                (struct edge){edge.root, edge.value ^ tuple_edge(copy)->value};
        }
        tuple_commit(copies, copy, offset, tuple->length);
        at += tuple->size;
    }
}

/* The same as execute_null() but that each tuple's tree is in the acks already, in its place. */
static void execute_null_after_id(struct consumer *consumer, struct block *acks)
{
    struct block *block = consumer->copies;
    struct edge *edge = acks != NULL ? acks_edges(acks) : NULL;

    for (uint32_t at = 0; at < block->used;) {
        struct tuple *tuple = tuple_at(block, at);

        consumer->bytes += tuple->length;
        if (acks != NULL) {
            ASSERT(edge->root == tuple_edge(tuple)->root);
            edge++->value ^= tuple_edge(tuple)->value;
        }
        at += tuple->size;
    }
    consumer->tuples += block->count;
}

static void execute_count(struct consumer *consumer, struct block *block, struct block *acks)
{
    uint32_t offset = tuple_text_offset(consumer->run->job);

    for (uint32_t at = 0; at < block->used;) {
        struct tuple *tuple = tuple_at(block, at);
        struct gale_str word = gale_str_of((char *)tuple + offset, tuple->length);

        fatal_unless(word_table_add(consumer->words, word, 1), "too many different words");
        consumer->bytes += tuple->length;
        if (acks != NULL)
            acks_put(acks, *tuple_edge(tuple));
        at += tuple->size;
    }
    consumer->tuples += block->count;
}

void consumer_execute(struct consumer *consumer, struct block *block, struct block *acks)
{
    if (acks != NULL)
        acks->used = acks->count = 0;
    switch (consumer->run->job->kind) {
    case JOB_CONST:
        execute_null(consumer, block, acks);
        return;
    case JOB_CONST_ID:
        execute_id(consumer, block, acks);
        execute_null_after_id(consumer, acks);
        return;
    case JOB_WORDS:
        execute_count(consumer, block, acks);
        return;
    }
}

static struct block *take(struct ring *ring, struct parker *parker)
{
    struct block *block;

    while ((block = ring_pop(ring)) == NULL)
        pipe_await(parker, ring, ring);
    return block;
}

void *consumer_run(void *argument)
{
    struct consumer *consumer = argument;
    struct run *run = consumer->run;

    for (;;) {
        struct block *block = take(&run->tuples.full, &run->consumer);
        struct block *acks = NULL;

        if (block->count == 0) {
            pipe_give(&run->tuples.empty, block, &run->producer);
            return NULL;
        }
        if (run->job->has_acks)
            acks = take(&run->acks.empty, &run->consumer);
        consumer_execute(consumer, block, acks);
        pipe_give(&run->tuples.empty, block, &run->producer);
        if (acks != NULL)
            pipe_give(&run->acks.full, acks, &run->producer);
    }
}
