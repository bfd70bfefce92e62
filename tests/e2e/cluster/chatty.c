/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A topology that says a lot: a number each few milliseconds, and for each a line of the log at every
 * level.
 *
 *     teller --shuffle--> hearer
 */
#include <gale/gale.h>

#include <time.h>

#define PERIOD_MS 10

struct number {
    uint64_t value;
};

GALE_STREAM(numbers, struct number, GALE_FIELD(struct number, value));

struct teller {
    uint64_t value;
    int64_t due_ms;
};

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum gale_next teller_next(void *self, struct gale_task *task)
{
    struct teller *teller = self;
    struct number number = {.value = teller->value + 1};

    if (now_ms() < teller->due_ms)
        return GALE_IDLE;
    teller->due_ms = now_ms() + PERIOD_MS;
    teller->value++;
    gale_emit_tracked(task, numbers, number.value, &number);
    gale_debug(task, "a debug word %llu", (unsigned long long)number.value);
    gale_info(task, "an info word %llu", (unsigned long long)number.value);
    gale_log_error(task, "an error word %llu", (unsigned long long)number.value);
    return GALE_IDLE;
}

static enum gale_verdict hearer_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    (void)self;
    (void)task;
    (void)tuple;
    return GALE_ACK;
}

static const struct gale_component teller = {
    .name = "teller",
    .spout = {.size = sizeof(struct teller), .next = teller_next},
    .emits = {&numbers.stream},
};

static const struct gale_component hearer = {
    .name = "hearer",
    .bolt = {.execute = hearer_execute},
    .inputs = {{.from = &teller, .stream = &numbers.stream, .by = GALE_SHUFFLE}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "chatty",
    .components = {&teller, &hearer},
};
