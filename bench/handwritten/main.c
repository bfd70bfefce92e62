/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jobs that bench/run.py gives to Gale, done by hand: what is left of them without a runtime.
 *
 *     producer --- blocks of tuples ---> consumer      two threads, bounded rings of blocks
 *     ack table <--- blocks of acks ---
 *
 *     handwritten const    [--acks] [--count N] [--threads 1|2]     const -> null
 *     handwritten const-id [--acks] [--count N] [--threads 1|2]     const -> id -> null
 *     handwritten words FILE [--acks] [--passes N] [--threads 1|2]  lines -> words -> counts
 *
 * The same work is done as in Gale: a text is copied into each tuple, edges are random numbers, a
 * root says where its tree stands in the table, a line is one tree, words are split and counted by
 * the headers of topologies/word_count. What a program for one job does not need is left out:
 * types, groupings, user code behind pointers, deadlines, failures, figures. With one thread the
 * consumer is called with each block, which then never leaves the cache; there are no rings.
 *
 * It prints one JSON object, after it has checked its own result.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/fatal.h"
#include "bench/handwritten/consumer.h"
#include "bench/handwritten/job.h"
#include "bench/handwritten/producer.h"

static void produce_for_thread(struct producer *producer, struct consumer *consumer)
{
    struct run *run = producer->run;
    pthread_t thread;
    int status = pthread_create(&thread, NULL, consumer_run, consumer);

    if (status != 0)
        fatal("cannot start a thread", strerror(status));
    producer_take_block(producer);
    producer_run(producer);
    pipe_give(&run->tuples.full, producer->block, &run->consumer);
    (void)pthread_join(thread, NULL);
}

static void produce_alone(struct producer *producer)
{
    producer->block = NEW(struct block);
    producer->acks = NEW(struct block);
    producer_run(producer);
    free(producer->block);
    free(producer->acks);
}

static void check_result(const struct producer *producer, const struct consumer *consumer)
{
    const struct forest *forest = &producer->forest;
    uint64_t trees = forest->planted;

    fatal_unless(consumer->tuples == producer->tuples, "tuples are missing");
    fatal_unless(consumer->bytes == producer->bytes, "text is missing");
    fatal_unless(forest->completed == trees, "trees are open");
    fatal_unless(trees == 0 || forest->id_sum == trees * (trees - 1) / 2,
                 "a tree was taken for another");
    if (producer->run->job->kind == JOB_WORDS)
        fatal_unless(consumer_words(consumer) == producer->tuples, "words are missing");
}

static void print_result(const struct job *job, const struct consumer *consumer, uint64_t ns)
{
    static const char *const names[] = {
        [JOB_CONST] = "const", [JOB_CONST_ID] = "const-id", [JOB_WORDS] = "words"};

    printf("{\"job\":\"%s\",\"acks\":%s,\"threads\":%" PRIu64 ",\"tuples\":%" PRIu64
           ",\"distinct\":%" PRIu64 ",\"rate\":%.0f,\"elapsed_ns\":%" PRIu64 "}\n",
           names[job->kind], job->has_acks ? "true" : "false", job->threads, consumer->tuples,
           consumer_distinct(consumer), (double)consumer->tuples * 1e9 / (double)(ns + 1), ns);
}

static void perform(const struct job *job)
{
    struct run *run = NEW(struct run);
    struct consumer consumer;
    struct producer producer = {.run = run, .alone = job->threads == 1 ? &consumer : NULL};

    run->job = job;
    pipe_init(&run->tuples);
    pipe_init(&run->acks);
    parker_init(&run->producer);
    parker_init(&run->consumer);
    forest_init(&producer.forest);
    rng_init(&producer.rng, clock_now_ns());
    consumer_init(&consumer, run, rng_next(&producer.rng));

    uint64_t start_ns = clock_now_ns();
    if (producer.alone != NULL)
        produce_alone(&producer);
    else
        produce_for_thread(&producer, &consumer);
    uint64_t elapsed_ns = clock_now_ns() - start_ns;

    check_result(&producer, &consumer);
    print_result(job, &consumer, elapsed_ns);
    consumer_done(&consumer);
    free(producer.forest.trees);
    pipe_done(&run->acks);
    pipe_done(&run->tuples);
    free(run);
}

int main(int argc, char **argv)
{
    struct job job = job_parse(argv + (argc > 0));

    perform(&job);
    return fflush(stdout) == 0 ? 0 : 1;
}
