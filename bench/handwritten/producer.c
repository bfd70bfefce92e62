/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/handwritten/producer.h"

#include "topologies/word_count/word_next.h"

#include "base/bytes.h"
#include "bench/handwritten/lines.h"

static bool take_acks(struct producer *producer)
{
    struct run *run = producer->run;
    struct block *acks;
    bool has_taken = false;

    while ((acks = ring_pop(&run->acks.full)) != NULL) {
        forest_report_all(&producer->forest, acks);
        pipe_give(&run->acks.empty, acks, &run->consumer);
        has_taken = true;
    }
    return has_taken;
}

void producer_take_block(struct producer *producer)
{
    struct run *run = producer->run;

    while ((producer->block = ring_pop(&run->tuples.empty)) == NULL) {
        if (!take_acks(producer))
            pipe_await(&run->producer, &run->tuples.empty, &run->acks.full);
    }
    producer->block->used = producer->block->count = 0;
}

static void hand_over(struct producer *producer)
{
    struct run *run = producer->run;
    struct block *acks = run->job->has_acks ? producer->acks : NULL;

    if (producer->alone == NULL) {
        pipe_give(&run->tuples.full, producer->block, &run->consumer);
        (void)take_acks(producer);
        producer_take_block(producer);
        return;
    }
    consumer_execute(producer->alone, producer->block, acks);
    if (acks != NULL)
        forest_report_all(&producer->forest, acks);
    producer->block->used = producer->block->count = 0;
}

/* Room for a tuple of at most `size` bytes, of which nothing is written yet. */
static struct tuple *reserve(struct producer *producer, uint32_t size)
{
    if (size > BLOCK_BYTES - producer->block->used)
        hand_over(producer);
    return tuple_at(producer->block, producer->block->used);
}

/* Hands over what there is, and waits until `free_count` trees are free. */
static void drain(struct producer *producer, uint32_t free_count)
{
    struct ring *acks = &producer->run->acks.full;

    if (producer->block->count > 0)
        hand_over(producer);
    while (producer->alone == NULL && producer->forest.free_count < free_count) {
        if (!take_acks(producer))
            pipe_await(&producer->run->producer, acks, acks);
    }
}

static uint64_t plant_when_free(struct producer *producer, uint64_t id)
{
    if (producer->forest.free_count == 0)
        drain(producer, 1);
    return forest_plant(&producer->forest, id);
}

static void emit_const(struct producer *producer)
{
    const struct job *job = producer->run->job;
    struct gale_str text = gale_str("some data");
    uint32_t offset = tuple_text_offset(job);

    for (uint64_t id = 0; id < job->count; id++) {
        struct edge edge = {0, 0};

        if (job->has_acks)
            edge = (struct edge){plant_when_free(producer, id), rng_next(&producer->rng)};
        struct tuple *tuple = reserve(producer, tuple_padded(offset + (uint32_t)text.length));
        bytes_copy_short((char *)tuple + offset, text.data, text.length);
        if (job->has_acks) {
            *tuple_edge(tuple) = edge;
            forest_seal(&producer->forest, edge);
        }
        tuple_commit(producer->block, tuple, offset, (uint32_t)text.length);
    }
    producer->tuples = job->count;
    producer->bytes = job->count * text.length;
}

/* A line is a tree; its words are written where they are to be read. */
static void emit_line(struct producer *producer, struct gale_str line, uint64_t number)
{
    const struct job *job = producer->run->job;
    uint32_t offset = tuple_text_offset(job);
    struct edge all = {0, 0};

    if (job->has_acks)
        all.root = plant_when_free(producer, number);
    for (;;) {
        struct tuple *tuple = reserve(producer, tuple_padded(offset + WORD_BYTES_MAX));
        struct gale_str word;

        if (!word_next(&line, (char *)tuple + offset, &word))
            break;
        if (job->has_acks) {
            *tuple_edge(tuple) = (struct edge){all.root, rng_next(&producer->rng)};
            all.value ^= tuple_edge(tuple)->value;
        }
        tuple_commit(producer->block, tuple, offset, (uint32_t)word.length);
        producer->tuples++;
        producer->bytes += word.length;
    }
    if (job->has_acks)
        forest_seal(&producer->forest, all);
}

static void emit_words(struct producer *producer)
{
    const struct job *job = producer->run->job;
    struct lines lines;
    struct gale_str line;
    uint64_t number = 0;

    lines_open(&lines, job->path);
    for (uint64_t pass = 0; pass < job->passes; pass++) {
        while (lines_next(&lines, &line))
            emit_line(producer, line, number++);
        lines_rewind(&lines);
    }
    lines_close(&lines);
}

void producer_run(struct producer *producer)
{
    if (producer->run->job->kind == JOB_WORDS)
        emit_words(producer);
    else
        emit_const(producer);
    drain(producer, TREES_MAX);
}
