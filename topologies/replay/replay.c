/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fails is emitted again: a bolt that refuses each message at first, and nothing is lost.
 *
 *     source --by id--> flaky --to one--> checker
 *
 * `flaky` fails each message the first `times` times it sees it, with a reason, which the spout is
 * told. The record carries how often it was emitted, so the checker can tell what it took.
 *
 *     gale run replay.so
 *     gale run replay.so -c flaky.times=5
 */
#include <gale/gale.h>

#include <inttypes.h>
#include <stdio.h>

#define MESSAGES 100

struct message {
    uint64_t id;
    uint64_t attempt; /* from 1 */
};

GALE_STREAM(messages, struct message, GALE_FIELD(struct message, id),
            GALE_FIELD(struct message, attempt));

struct source {
    uint64_t next;
    uint64_t attempts[MESSAGES];
    uint64_t failed[MESSAGES]; /* to be emitted again */
    uint32_t failed_count;
    struct gale_counter *replays;
};

static enum gale_err source_open(void *self, struct gale_task *task)
{
    struct source *source = self;

    source->replays = gale_counter(task, "replays");
    return GALE_OK;
}

/* After GALE_DONE, next is called again whenever something failed. */
static enum gale_next source_next(void *self, struct gale_task *task)
{
    struct source *source = self;

    if (source->failed_count == 0 && source->next == MESSAGES)
        return GALE_DONE;

    uint64_t id =
        source->failed_count > 0 ? source->failed[--source->failed_count] : source->next++;
    struct message message = {.id = id, .attempt = ++source->attempts[id]};
    gale_emit_tracked(task, messages, id, &message);
    return GALE_MORE;
}

static void source_fail(void *self, struct gale_task *task, uint64_t id,
                        const struct gale_failure *why)
{
    struct source *source = self;

    gale_debug(task, "message %" PRIu64 " failed in %s: %s", id, why->component, why->message);
    gale_count(source->replays, 1);
    source->failed[source->failed_count++] = id;
}

struct flaky {
    uint64_t times;
    uint64_t seen[MESSAGES];
};

static enum gale_err flaky_open(void *self, struct gale_task *task)
{
    struct flaky *flaky = self;

    flaky->times = gale_conf_u64(task, "times", 2);
    return GALE_OK;
}

static enum gale_verdict flaky_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    struct flaky *flaky = self;
    const struct message *message = gale_read(tuple, messages);

    if (++flaky->seen[message->id] <= flaky->times)
        return gale_fail_with(task, "seen only %" PRIu64 " times", flaky->seen[message->id]);
    gale_emit(task, messages, message);
    return GALE_ACK;
}

struct checker {
    uint64_t arrivals[MESSAGES];
    uint64_t attempts; /* that it took, of all messages */
};

static enum gale_verdict checker_execute(void *self, struct gale_task *task,
                                         const struct gale_tuple *tuple)
{
    (void)task;
    struct checker *checker = self;
    const struct message *message = gale_read(tuple, messages);

    if (checker->arrivals[message->id]++ == 0)
        checker->attempts += message->attempt;
    return GALE_ACK;
}

static void checker_finish(void *self, struct gale_task *task)
{
    (void)task;
    const struct checker *checker = self;
    uint64_t arrived = 0;

    for (size_t id = 0; id < MESSAGES; id++) {
        arrived += checker->arrivals[id] > 0;
        if (checker->arrivals[id] != 1)
            printf("message %zu arrived %" PRIu64 " times\n", id, checker->arrivals[id]);
    }
    printf("%" PRIu64 " of %d messages arrived, after %" PRIu64 " attempts\n", arrived, MESSAGES,
           checker->attempts);
}

static const struct gale_component source = {
    .name = "source",
    .spout = {.size = sizeof(struct source),
              .open = source_open,
              .next = source_next,
              .fail = source_fail},
    .emits = {&messages.stream},
};

static const struct gale_component flaky = {
    .name = "flaky",
    .tasks = 2,
    .bolt = {.size = sizeof(struct flaky), .open = flaky_open, .execute = flaky_execute},
    .inputs = {{.from = &source,
                .stream = &messages.stream,
                .by = GALE_FIELDS,
                .keys = {GALE_FIELD(struct message, id)}}},
    .emits = {&messages.stream},
    .settings = {{"times", "2", "how often each message fails"}},
};

static const struct gale_component checker = {
    .name = "checker",
    .bolt = {.size = sizeof(struct checker), .execute = checker_execute, .finish = checker_finish},
    .inputs = {{.from = &flaky, .stream = &messages.stream, .by = GALE_GLOBAL}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "replay",
    .components = {&source, &flaky, &checker},
};
