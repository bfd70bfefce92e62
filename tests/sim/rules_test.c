/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small stories in the simulated worker: what happens to user code at the limits, and to user code
 * that breaks a rule. Each stands for a mistake that was made once, or would easily be.
 */
#include <gale/gale.h>
#include <gale/tuple.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/settings.h"
#include "sdk/src/describe.h"
#include "tests/sim/machine.h"
#include "tests/support/suite.h"
#include "wire/config.h"
#include "wire/plan.h"
#include "worker/runtime.h"
#include "worker/worker.h"

#define TUPLE_MAX 4096 /* topology.tuple.bytes.max in all stories */

enum sin {
    SIN_NONE,
    SIN_HELD_WITHOUT_HOLD,
    SIN_ACK_OF_HELD,
    SIN_FAIL_OF_HELD,
    SIN_STRANGE_VERDICT,
    SIN_STRANGE_STREAM,
    SIN_STRANGE_STRUCT,
    SIN_ACK_AFTER_SETTLE,
    SIN_EMIT_AFTER_SETTLE,
    SIN_TRACKED_IN_BOLT,
    SIN_SETTLE_AS_HELD,
    SINS_COUNT,
};

/* What user code and test tell each other. */
struct story {
    struct scene scene;
    enum sin sin;
    uint32_t emits; /* of the spout: messages 0 .. emits - 1 */
    uint32_t acked; /* bits, by message */
    uint32_t failed;
    uint32_t calls; /* of whatever the story counts */
    uint32_t most;
    char why[512]; /* of the last failure */
    const char *settings[8];
    uint32_t loops;
    uint32_t slow_loop; /* 0: none */
    uint32_t trees_max; /* 0: as usual */
    uint32_t turn_ns;   /* 0: as usual */
    enum conductor_phase stop_in;
    bool is_abandoned;
};

struct item {
    uint64_t id;
    struct gale_str pad;
};

GALE_STREAM(items, struct item, GALE_FIELD(struct item, id), GALE_FIELD(struct item, pad));
GALE_STREAM(others, struct item, GALE_FIELD(struct item, id), GALE_FIELD(struct item, pad));
GALE_STREAM(unknowns, struct item, GALE_FIELD(struct item, id), GALE_FIELD(struct item, pad));

static const char pad[TUPLE_MAX + 1];

static struct story *story_of(const struct gale_task *task)
{
    return (struct story *)(void *)(uintptr_t)gale_arg(task, 0);
}

static struct item sized(uint64_t id, size_t size)
{
    return (struct item){.id = id, .pad = {pad, size}};
}

/* ---- the usual spout and sink ---- */

struct source {
    uint32_t next;
    uint32_t open;
};

static enum gale_next source_next(void *self, struct gale_task *task)
{
    struct source *state = self;
    struct story *story = story_of(task);

    if (state->next == story->emits)
        return GALE_DONE;
    struct item item = sized(state->next++, 0);
    state->open++;
    story->most = state->open > story->most ? state->open : story->most;
    gale_emit_tracked(task, items, item.id, &item);
    return GALE_MORE;
}

static void source_ack(void *self, struct gale_task *task, uint64_t id)
{
    ((struct source *)self)->open--;
    story_of(task)->acked |= UINT32_C(1) << (id % 32);
}

static void source_fail(void *self, struct gale_task *task, uint64_t id,
                        const struct gale_failure *why)
{
    struct story *story = story_of(task);

    ((struct source *)self)->open--;
    story->failed |= UINT32_C(1) << (id % 32);
    (void)snprintf(story->why, sizeof story->why, "%s", why->message);
}

#define SOURCE                                                                                     \
    {                                                                                              \
        .size = sizeof(struct source), .next = source_next, .ack = source_ack, .fail = source_fail \
    }

static enum gale_verdict sink_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    (void)self;
    (void)task;
    (void)tuple;
    return GALE_ACK;
}

static const struct gale_component source = {
    .name = "source", .spout = SOURCE, .emits = {&items.stream}};

/* ---- playing a story ---- */

static void ignore_log(enum gale_log_level level, const char *component, uint32_t task_index,
                       const char *message)
{
    (void)level;
    (void)component;
    (void)task_index;
    (void)message;
}

static void limit_trees(const struct worker *worker, uint32_t trees_max)
{
    for (uint32_t i = 0; i < worker->stage_total; i++) {
        struct stage *stage = worker->stages[i];
        struct acker_options options = {.task = stage->id,
                                        .trees_max = trees_max,
                                        .timeout_ns = worker->config->timeout_ms * 1000000};
        if (stage->acker == NULL)
            continue;
        acker_destroy(&stage->acker);
        stage->acker = acker_new(&options);
    }
}

static struct config *configure(struct story *story, struct plan *plan)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct config *config = NULL;
    struct error error;

    ck_assert_int_eq(settings_put_line(settings, "topology.tuple.bytes.max=4096", "story", NULL),
                     ERR_OK);
    for (size_t i = 0; i < COUNT_OF(story->settings) && story->settings[i] != NULL; i++)
        ck_assert_int_eq(settings_put_line(settings, story->settings[i], "story", NULL), ERR_OK);
    enum err err = config_make(plan, settings, &config, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    return config;
}

static void play(struct story *story, const struct gale_topology *topology)
{
    AUTO(plan_destroy) struct plan *plan = NULL;
    AUTO(worker_destroy) struct worker *worker = NULL;
    struct error error;

    ck_assert_int_eq(describe(topology, &plan, &error), ERR_OK);
    ck_assert_msg(plan_check(plan, &error) == ERR_OK, "%s", error.text);
    AUTO(config_destroy) struct config *config = configure(story, plan);
    const char *args[] = {(const char *)story};
    struct worker_options options = {.topology = topology,
                                     .plan = plan,
                                     .config = config,
                                     .loops = story->loops == 0 ? 1 : story->loops,
                                     .seed = 1,
                                     .args = args,
                                     .arg_count = 1,
                                     .log = ignore_log};
    ck_assert_int_eq(worker_new(&options, &worker, &error), ERR_OK);
    if (story->trees_max > 0)
        limit_trees(worker, story->trees_max);

    struct machine machine;
    struct machine_options how = {.worker = worker,
                                  .scene = &story->scene,
                                  .seed = 1,
                                  .turn_ns = story->turn_ns == 0 ? 100000 : story->turn_ns,
                                  .stop_in = story->stop_in};
    if (story->slow_loop > 0)
        how.slowness[story->slow_loop] = 500;
    trace_init(&story->scene.trace, false);
    ledger_init(&story->scene.ledger, &story->scene.trace);
    machine_run(&machine, &how);
    story->is_abandoned = machine.conductor.is_abandoned;
    ledger_done(&story->scene.ledger);
    /* A run that has failed was not closed. */
    for (uint32_t i = 0; i < worker->stage_total; i++) {
        for (uint32_t t = 0; t < worker->stages[i]->task_count; t++)
            held_fail_all(&worker->stages[i]->tasks[t]);
    }
}

static void expect_clean(const struct story *story)
{
    ck_assert_msg(!story->scene.ledger.has_complaint, "%s", story->scene.ledger.complaint);
}

static void expect_end(const struct story *story, const char *text)
{
    ck_assert(story->scene.ledger.has_complaint);
    ck_assert_msg(strstr(story->scene.ledger.complaint, text) != NULL, "'%s' instead of '%s'",
                  story->scene.ledger.complaint, text);
}

/* ---- refused emits ---- */

static enum gale_verdict hasty_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    (void)self;
    struct item large = sized(0, TUPLE_MAX);
    struct gale_held *held = gale_hold(tuple);

    gale_emit(task, items, &large);
    gale_settle(&held, GALE_ACK);
    return GALE_HELD;
}

static const struct gale_component hasty = {
    .name = "hasty",
    .bolt = {.execute = hasty_execute},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE}},
    .emits = {&items.stream},
};
static const struct gale_topology hasty_topology = {
    .abi = GALE_ABI, .name = "hasty", .components = {&source, &hasty}};

START_TEST(a_refused_emit_fails_a_tuple_that_is_settled_in_its_own_execute)
{
    struct story story = {.emits = 3};

    play(&story, &hasty_topology);
    expect_clean(&story);
    ck_assert_uint_eq(story.acked, 0);
    ck_assert_uint_eq(story.failed, 7);
    ck_assert_ptr_nonnull(strstr(story.why, "above topology.tuple.bytes.max"));
}
END_TEST

struct joiner {
    struct gale_held *first;
};

static enum gale_verdict joiner_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    struct joiner *joiner = self;
    struct item large = sized(0, TUPLE_MAX);

    if (joiner->first == NULL) {
        joiner->first = gale_hold(tuple);
        return GALE_HELD;
    }
    gale_emit_joined(task, items, &joiner->first, 1, &large);
    return GALE_ACK; /* no part of what was refused */
}

static void joiner_tick(void *self, struct gale_task *task)
{
    struct joiner *joiner = self;

    if (joiner->first != NULL && ++story_of(task)->calls > 5)
        gale_settle(&joiner->first, GALE_ACK);
}

static const struct gale_component joiner = {
    .name = "joiner",
    .tick_ms = 1,
    .bolt = {.size = sizeof(struct joiner), .execute = joiner_execute, .tick = joiner_tick},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE}},
    .emits = {&items.stream},
};
static const struct gale_topology joiner_topology = {
    .abi = GALE_ABI, .name = "joiner", .components = {&source, &joiner}};

START_TEST(what_cannot_be_joined_fails_the_held_tuple_and_no_other)
{
    struct story story = {.emits = 2, .settings = {"source.max_pending=10"}};

    play(&story, &joiner_topology);
    expect_clean(&story);
    ck_assert_uint_eq(story.failed, 1);
    ck_assert_uint_eq(story.acked, 2);
    ck_assert_str_eq(story.why, "an emit from it was refused");
}
END_TEST

static void stubborn_fail(void *self, struct gale_task *task, uint64_t id,
                          const struct gale_failure *why)
{
    struct story *story = story_of(task);
    struct item item = sized(id, ++story->calls < 1000 ? TUPLE_MAX : 1);

    source_fail(self, task, id, why);
    gale_emit_tracked(task, items, id, &item);
}

static enum gale_next stubborn_next(void *self, struct gale_task *task)
{
    struct source *state = self;
    struct item large = sized(0, TUPLE_MAX);

    if (state->next++ == 0)
        gale_emit_tracked(task, items, 0, &large);
    return GALE_DONE;
}

static const struct gale_component stubborn = {
    .name = "stubborn",
    .spout = {.size = sizeof(struct source),
              .next = stubborn_next,
              .ack = source_ack,
              .fail = stubborn_fail},
    .emits = {&items.stream},
};
static const struct gale_component stubborn_sink = {
    .name = "sink",
    .bolt = {.execute = sink_execute},
    .inputs = {{.from = &stubborn, .stream = &items.stream, .by = GALE_SHUFFLE}},
};
static const struct gale_topology stubborn_topology = {
    .abi = GALE_ABI, .name = "stubborn", .components = {&stubborn, &stubborn_sink}};

START_TEST(replays_that_are_refused_at_once_leave_time_for_others)
{
    struct story story = {.emits = 0};

    play(&story, &stubborn_topology);
    expect_clean(&story);
    ck_assert_uint_eq(story.calls, 1000);
    ck_assert_uint_eq(story.acked, 1);
}
END_TEST

static enum gale_next careless_next(void *self, struct gale_task *task)
{
    (void)self;
    struct item large = sized(0, TUPLE_MAX);

    gale_emit(task, items, &large); /* untracked: nobody would hear of it */
    gale_emit_tracked(task, items, 1, &large);
    return GALE_DONE;
}

static const struct gale_component careless = {
    .name = "careless", .spout = {.next = careless_next}, .emits = {&items.stream}};
static const struct gale_topology careless_topology = {
    .abi = GALE_ABI, .name = "careless", .components = {&careless}};

START_TEST(a_refused_root_does_not_cover_up_an_untracked_loss)
{
    struct story story = {.emits = 0};

    play(&story, &careless_topology);
    expect_end(&story, "cannot emit in next");
}
END_TEST

/* ---- ticks ---- */

static const struct gale_component plain_sink = {
    .name = "sink",
    .bolt = {.execute = sink_execute},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE}},
};
static const struct gale_topology plain_topology = {
    .abi = GALE_ABI, .name = "plain", .components = {&source, &plain_sink}};

START_TEST(a_tick_that_is_not_there_may_be_wished_for)
{
    struct story story = {.emits = 5, .settings = {"source.tick_ms=1", "sink.tick_ms=1"}};

    play(&story, &plain_topology);
    expect_clean(&story);
    ck_assert_uint_eq(story.acked, 0x1F);
}
END_TEST

static void ticker_tick(void *self, struct gale_task *task)
{
    (void)self;
    struct item large = sized(0, TUPLE_MAX / 2);

    story_of(task)->calls++;
    for (int i = 0; i < 16; i++)
        gale_emit_unanchored(task, others, &large);
}

static const struct gale_component ticker = {
    .name = "ticker",
    .tick_ms = 1,
    .own_loop = true,
    .bolt = {.execute = sink_execute, .tick = ticker_tick},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE}},
    .emits = {&others.stream},
};
static const struct gale_component ticker_sink = {
    .name = "sink",
    .own_loop = true,
    .bolt = {.execute = sink_execute},
    .inputs = {{.from = &ticker, .stream = &others.stream, .by = GALE_SHUFFLE}},
};
static const struct gale_topology ticker_topology = {
    .abi = GALE_ABI, .name = "ticker", .components = {&source, &ticker, &ticker_sink}};

START_TEST(a_tick_waits_for_room)
{
    struct story story = {.emits = UINT32_MAX, /* until the stop */
                          .slow_loop = 2,
                          .turn_ns = 5000000, /* a tick is due in every turn */
                          .stop_in = CONDUCTOR_RUNNING,
                          .settings = {"topology.emit.bytes.max=65536", "topology.drain.secs=0",
                                       "topology.link.bytes=65536", "source.max_pending=5"}};

    play(&story, &ticker_topology);
    expect_clean(&story);
    ck_assert_uint_gt(story.calls, 10);
}
END_TEST

/* ---- limits ---- */

START_TEST(a_full_acker_holds_the_spout_back)
{
    struct story story = {.emits = 5000,
                          .trees_max = 64,
                          .loops = 2,
                          .slow_loop = 1,
                          .settings = {"source.max_pending=1000"}};

    play(&story, &plain_topology);
    expect_clean(&story);
    ck_assert_uint_le(story.most, 64);
    ck_assert_uint_gt(story.most, 8);
}
END_TEST

static enum gale_verdict ping_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    (void)self;
    (void)tuple;
    struct item item = sized(0, 0);

    if (gale_is(tuple, others))
        gale_emit(task, items, &item);
    return GALE_ACK;
}

static void ping_finish(void *self, struct gale_task *task)
{
    (void)self;
    struct item item = sized(0, 0);

    gale_emit_unanchored(task, items, &item);
}

static enum gale_verdict pong_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    (void)self;
    (void)tuple;
    struct item item = sized(0, 0);

    story_of(task)->calls++;
    gale_emit(task, others, &item);
    return GALE_ACK;
}

static const struct gale_component pong;

static const struct gale_component ping = {
    .name = "ping",
    .bolt = {.execute = ping_execute, .finish = ping_finish},
    .inputs =
        {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE},
         {.from = &pong, .stream = &others.stream, .by = GALE_SHUFFLE, .reserve_bytes = 65536}},
    .emits = {&items.stream},
};
static const struct gale_component pong = {
    .name = "pong",
    .bolt = {.execute = pong_execute},
    .inputs = {{.from = &ping, .stream = &items.stream, .by = GALE_SHUFFLE}},
    .emits = {&others.stream},
};
static const struct gale_topology ping_topology = {
    .abi = GALE_ABI, .name = "ping", .components = {&source, &ping, &pong}};

START_TEST(a_stop_ends_what_finish_has_started)
{
    struct story story = {.emits = 3, .stop_in = CONDUCTOR_FINISHING};

    play(&story, &ping_topology);
    expect_clean(&story);
    ck_assert(story.is_abandoned);
    ck_assert_uint_gt(story.calls, 10);
}
END_TEST

/* ---- user code that breaks a rule ---- */

static enum gale_verdict hold_and(const struct gale_tuple *tuple, enum gale_verdict verdict)
{
    (void)gale_hold(tuple);
    return verdict;
}

static enum gale_verdict settle_and(struct gale_task *task, const struct gale_tuple *tuple,
                                    enum gale_verdict verdict)
{
    struct gale_held *held = gale_hold(tuple);
    struct item item = sized(0, 0);

    gale_settle(&held, verdict == GALE_FAIL ? GALE_HELD : GALE_ACK);
    if (verdict == GALE_HELD)
        gale_emit(task, items, &item);
    return verdict == GALE_ACK ? GALE_ACK : GALE_HELD;
}

static enum gale_verdict sinner_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    (void)self;
    struct item item = sized(0, 0);

    switch (story_of(task)->sin) {
    case SIN_HELD_WITHOUT_HOLD:
        return GALE_HELD;
    case SIN_ACK_OF_HELD:
        return hold_and(tuple, GALE_ACK);
    case SIN_FAIL_OF_HELD:
        return hold_and(tuple, GALE_FAIL);
    case SIN_STRANGE_VERDICT:
        return (enum gale_verdict)77;
    case SIN_STRANGE_STREAM:
        gale_emit(task, unknowns, &item);
        return GALE_ACK;
    case SIN_STRANGE_STRUCT:
        return gale_read(tuple, unknowns)->id == 0 ? GALE_ACK : GALE_FAIL;
    case SIN_ACK_AFTER_SETTLE:
        return settle_and(task, tuple, GALE_ACK);
    case SIN_EMIT_AFTER_SETTLE:
        return settle_and(task, tuple, GALE_HELD);
    case SIN_SETTLE_AS_HELD:
        return settle_and(task, tuple, GALE_FAIL);
    case SIN_TRACKED_IN_BOLT:
        gale_emit_tracked(task, items, 1, &item);
        return GALE_ACK;
    case SIN_NONE:
    case SINS_COUNT:
        break;
    }
    return GALE_ACK;
}

static const struct gale_component sinner = {
    .name = "sinner",
    .bolt = {.execute = sinner_execute},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE}},
    .emits = {&items.stream},
};
static const struct gale_topology sinner_topology = {
    .abi = GALE_ABI, .name = "sinner", .components = {&source, &sinner}};

START_TEST(who_breaks_a_rule_is_stopped_and_told_so)
{
    static const char *const texts[SINS_COUNT] = {
        [SIN_HELD_WITHOUT_HOLD] = "returned GALE_HELD, but did not call gale_hold()",
        [SIN_ACK_OF_HELD] = "returned GALE_ACK for a tuple that it holds",
        [SIN_FAIL_OF_HELD] = "returned GALE_FAIL for a tuple that it holds",
        [SIN_STRANGE_VERDICT] = "returned verdict 77",
        [SIN_STRANGE_STREAM] = "emits on stream 'unknowns', which is not in its .emits",
        [SIN_STRANGE_STRUCT] = "reads stream 'unknowns' from a tuple of stream 'items'",
        [SIN_ACK_AFTER_SETTLE] = "settled a tuple in its execute and returned another verdict",
        [SIN_EMIT_AFTER_SETTLE] = "emits anchored to a tuple that it has settled already",
        [SIN_TRACKED_IN_BOLT] = "only a spout has roots",
        [SIN_SETTLE_AS_HELD] = "settles a held tuple with verdict 3",
    };

    for (int sin = SIN_NONE + 1; sin < SINS_COUNT; sin++) {
        struct story story = {.emits = 1, .sin = (enum sin)sin};
        play(&story, &sinner_topology);
        expect_end(&story, "component 'sinner', task 0: ");
        expect_end(&story, texts[sin]);
    }
    struct story story = {.emits = 1};
    play(&story, &sinner_topology);
    expect_clean(&story);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_refused_emit_fails_a_tuple_that_is_settled_in_its_own_execute,
        what_cannot_be_joined_fails_the_held_tuple_and_no_other,
        replays_that_are_refused_at_once_leave_time_for_others,
        a_refused_root_does_not_cover_up_an_untracked_loss,
        a_tick_that_is_not_there_may_be_wished_for,
        a_tick_waits_for_room,
        a_full_acker_holds_the_spout_back,
        a_stop_ends_what_finish_has_started,
        who_breaks_a_rule_is_stopped_and_told_so,
    };
    return suite_run("rules", tests, sizeof tests / sizeof *tests);
}
