/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts by a key of which one value makes up half of all: partial key grouping, in two stages.
 *
 *     numbers --shuffle--> visits --by part of customer--> counter --to one--> merger
 *
 * With GALE_FIELDS, one counter task would do more than half of the work. With GALE_PARTIAL_KEY
 * each key has two tasks, and a tuple goes to the one that has had less from its sender. So a
 * customer's total is spread over at most two tasks, and a second stage adds them up.
 *
 *     gale run partial_key_count.so
 */
#include <gale/gale.h>
#include <gale/ready_numbers.h>

#include <inttypes.h>
#include <stdio.h>

#define CUSTOMERS 10
#define TASKS_MAX 64

struct visit {
    uint64_t customer;
};

struct tally {
    uint64_t customer;
    uint64_t visits;
    uint64_t counter; /* which task counted them */
};

GALE_STREAM(visits, struct visit, GALE_FIELD(struct visit, customer));
GALE_STREAM(tallies, struct tally, GALE_FIELD(struct tally, customer),
            GALE_FIELD(struct tally, visits), GALE_FIELD(struct tally, counter));

/* Every second visit is by customer 0. */
static enum gale_verdict visits_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    (void)self;
    uint64_t number = gale_read(tuple, gale_numbers)->value;
    uint64_t customer = number % 2 == 0 ? 0 : 1 + number / 2 % (CUSTOMERS - 1);

    gale_emit(task, visits, &(struct visit){.customer = customer});
    return GALE_ACK;
}

struct counter {
    uint64_t visits[CUSTOMERS];
};

static enum gale_verdict counter_execute(void *self, struct gale_task *task,
                                         const struct gale_tuple *tuple)
{
    (void)task;
    struct counter *counter = self;

    counter->visits[gale_read(tuple, visits)->customer]++;
    return GALE_ACK;
}

static void counter_finish(void *self, struct gale_task *task)
{
    const struct counter *counter = self;

    for (uint64_t i = 0; i < CUSTOMERS; i++) {
        struct tally tally = {i, counter->visits[i], gale_task_index(task)};

        if (tally.visits > 0)
            gale_emit_unanchored(task, tallies, &tally);
    }
}

struct merger {
    uint64_t visits[CUSTOMERS];
    uint64_t tasks[CUSTOMERS]; /* how many counters had this customer */
    uint64_t work[TASKS_MAX];  /* visits that each counter counted */
};

static enum gale_verdict merger_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    (void)task;
    struct merger *merger = self;
    const struct tally *tally = gale_read(tuple, tallies);

    merger->visits[tally->customer] += tally->visits;
    merger->tasks[tally->customer]++;
    merger->work[tally->counter % TASKS_MAX] += tally->visits;
    return GALE_ACK;
}

static void merger_finish(void *self, struct gale_task *task)
{
    const struct merger *merger = self;
    uint64_t total = 0;
    uint64_t most = 0;
    uint64_t spread = 0;

    for (size_t i = 0; i < TASKS_MAX; i++) {
        most = merger->work[i] > most ? merger->work[i] : most;
        if (merger->work[i] > 0)
            gale_info(task, "counter %zu counted %" PRIu64 " visits", i, merger->work[i]);
    }
    for (size_t i = 0; i < CUSTOMERS; i++) {
        total += merger->visits[i];
        spread = merger->tasks[i] > spread ? merger->tasks[i] : spread;
        printf("customer %zu: %" PRIu64 " visits\n", i, merger->visits[i]);
    }
    printf("all: %" PRIu64 " visits\n", total);
    printf("a customer has at most two counters: %s\n", spread <= 2 ? "yes" : "no");
    printf("a counter has less than half of the work: %s\n", most * 2 < total ? "yes" : "no");
}

static const struct gale_component numbers = {
    .name = "numbers",
    .spout = GALE_NUMBERS_SPOUT,
    .emits = {&gale_numbers.stream},
    .settings = {{"to", "10000", "how many visits there are"}},
};

static const struct gale_component visits_of = {
    .name = "visits",
    .tasks = 2,
    .bolt = {.execute = visits_execute},
    .inputs = {{.from = &numbers, .stream = &gale_numbers.stream, .by = GALE_SHUFFLE}},
    .emits = {&visits.stream},
};

static const struct gale_component counter = {
    .name = "counter",
    .tasks = 4,
    .bolt = {.size = sizeof(struct counter), .execute = counter_execute, .finish = counter_finish},
    .inputs = {{.from = &visits_of,
                .stream = &visits.stream,
                .by = GALE_PARTIAL_KEY,
                .keys = {GALE_FIELD(struct visit, customer)}}},
    .emits = {&tallies.stream},
};

static const struct gale_component merger = {
    .name = "merger",
    .bolt = {.size = sizeof(struct merger), .execute = merger_execute, .finish = merger_finish},
    .inputs = {{.from = &counter, .stream = &tallies.stream, .by = GALE_GLOBAL}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "partial-key-count",
    .components = {&numbers, &visits_of, &counter, &merger},
};
