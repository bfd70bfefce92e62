/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Direct grouping: a bolt answers to the very task that asked. And a cycle.
 *
 *     numbers --shuffle--> asker --questions, shuffle--> answerer
 *                          asker <--answers, direct----- answerer
 *                          asker --to one--> report
 *
 * On a direct stream the sender names the receiving task: here gale_tuple_source(), the task that
 * emitted the question. The answers' input closes a cycle, so it needs `reserve_bytes`: room for
 * answers that is kept free however many questions are on their way, lest both sides wait for each
 * other.
 *
 *     gale run direct_echo.so -c asker.tasks=8
 */
#include <gale/gale.h>
#include <gale/ready_numbers.h>

#include <inttypes.h>
#include <stdio.h>

struct question {
    uint64_t value;
    uint64_t asker; /* task index; the answer repeats it */
};

struct answer {
    uint64_t square;
    uint64_t asker;
};

struct balance {
    uint64_t asked;
    uint64_t answered;
    uint64_t astray; /* answers to another task's question */
    uint64_t sum;    /* of the answers */
};

GALE_STREAM(questions, struct question, GALE_FIELD(struct question, value),
            GALE_FIELD(struct question, asker));
GALE_DIRECT_STREAM(answers, struct answer, GALE_FIELD(struct answer, square),
                   GALE_FIELD(struct answer, asker));
GALE_STREAM(balances, struct balance, GALE_FIELD(struct balance, asked),
            GALE_FIELD(struct balance, answered), GALE_FIELD(struct balance, astray),
            GALE_FIELD(struct balance, sum));

static enum gale_verdict asker_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    struct balance *balance = self;
    uint32_t index = gale_task_index(task);

    if (gale_is(tuple, gale_numbers)) {
        struct question question = {gale_read(tuple, gale_numbers)->value, index};

        gale_emit(task, questions, &question);
        balance->asked++;
        return GALE_ACK;
    }
    const struct answer *answer = gale_read(tuple, answers);
    balance->answered++;
    balance->astray += answer->asker != index;
    balance->sum += answer->square;
    return GALE_ACK;
}

static void asker_finish(void *self, struct gale_task *task)
{
    gale_emit_unanchored(task, balances, (const struct balance *)self);
}

static enum gale_verdict answerer_execute(void *self, struct gale_task *task,
                                          const struct gale_tuple *tuple)
{
    (void)self;
    const struct question *question = gale_read(tuple, questions);
    struct answer answer = {question->value * question->value, question->asker};

    gale_emit_direct(task, answers, gale_tuple_source(tuple), &answer);
    return GALE_ACK;
}

static enum gale_verdict report_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    (void)task;
    struct balance *total = self;
    const struct balance *balance = gale_read(tuple, balances);

    total->asked += balance->asked;
    total->answered += balance->answered;
    total->astray += balance->astray;
    total->sum += balance->sum;
    return GALE_ACK;
}

static void report_finish(void *self, struct gale_task *task)
{
    (void)task;
    const struct balance *total = self;

    printf("%" PRIu64 " asked, %" PRIu64 " answered, %" PRIu64 " astray, sum %" PRIu64 "\n",
           total->asked, total->answered, total->astray, total->sum);
}

static const struct gale_component answerer; /* asker and answerer know each other */

static const struct gale_component numbers = {
    .name = "numbers",
    .spout = GALE_NUMBERS_SPOUT,
    .emits = {&gale_numbers.stream},
    .settings = {GALE_NUMBERS_SETTINGS},
};

static const struct gale_component asker = {
    .name = "asker",
    .tasks = 3,
    .bolt = {.size = sizeof(struct balance), .execute = asker_execute, .finish = asker_finish},
    .inputs = {{.from = &numbers, .stream = &gale_numbers.stream, .by = GALE_SHUFFLE},
               {.from = &answerer,
                .stream = &answers.stream,
                .by = GALE_DIRECT,
                .reserve_bytes = 1024 * 1024}},
    .emits = {&questions.stream, &balances.stream},
};

static const struct gale_component answerer = {
    .name = "answerer",
    .tasks = 2,
    .bolt = {.execute = answerer_execute},
    .inputs = {{.from = &asker, .stream = &questions.stream, .by = GALE_SHUFFLE}},
    .emits = {&answers.stream},
};

static const struct gale_component report = {
    .name = "report",
    .bolt = {.size = sizeof(struct balance), .execute = report_execute, .finish = report_finish},
    .inputs = {{.from = &asker, .stream = &balances.stream, .by = GALE_GLOBAL}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "direct-echo",
    .components = {&numbers, &asker, &answerer, &report},
};
