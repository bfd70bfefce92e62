/* SPDX-License-Identifier: Apache-2.0 */
#include <gale/probe.h>
#include <gale/tuple.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/base/child.h"

/* ---- a topology whose bolt does what a tuple tells it ---- */

struct job {
    struct gale_str command;
    uint64_t number;
};

struct word {
    struct gale_str text;
    struct gale_maybe_i64 size;
};

struct reply {
    uint64_t number;
};

GALE_STREAM(jobs, struct job, GALE_FIELD(struct job, command), GALE_FIELD(struct job, number));
GALE_STREAM(words, struct word, GALE_FIELD(struct word, text), GALE_FIELD(struct word, size));
GALE_STREAM(chosen, struct reply, GALE_FIELD(struct reply, number));
GALE_STREAM(nowhere, struct reply, GALE_FIELD(struct reply, number));
GALE_DIRECT_STREAM(replies, struct reply, GALE_FIELD(struct reply, number));

static const struct gale_stream raw = {
    .name = "raw",
    .fields = {{"key", GALE_KIND_STR, 0}, {"total", GALE_KIND_MAYBE_U64, 0}},
};

static const struct gale_component source;
static const struct gale_component feeder;
static const struct gale_component actor;
static const struct gale_component sink;

#define HELD_MAX 8

struct actor {
    struct gale_held *held[HELD_MAX];
    uint32_t held_count;
    struct gale_counter *seen;
    struct gale_gauge *level;
    struct gale_histogram *sizes;
};

static uint32_t closed_count;
static uint32_t opened_count;

static bool is(struct gale_str text, const char *word)
{
    return gale_str_equal(text, gale_str(word));
}

static void emit_word(struct gale_task *task, const char *text)
{
    gale_emit(task, words, &(struct word){.text = gale_str(text)});
}

/* More than a tuple may have when topology.tuple.bytes.max is 1KiB. */
static void emit_large(struct gale_task *task)
{
    static const char large[2048];

    gale_emit(task, words, &(struct word){.text = gale_str_of(large, sizeof large)});
}

static enum gale_err actor_open(void *self, struct gale_task *task)
{
    struct actor *state = self;

    opened_count++;
    state->seen = gale_counter(task, "seen");
    state->level = gale_gauge(task, "level");
    state->sizes = gale_histogram(task, "sizes");
    if (gale_conf_bool(task, "refuse", false))
        return gale_error(task, "told to refuse %s", gale_conf_str(task, "greeting", "nobody"));
    if (gale_conf_bool(task, "require", false))
        (void)gale_conf_require(task, "missing");
    return gale_conf_bool(task, "silent", false) ? GALE_ERROR : GALE_OK;
}

static void emit_facts(struct gale_task *task, const struct gale_tuple *tuple)
{
    emit_word(task, gale_tuple_component(tuple));
    emit_word(task, gale_task_component(task));
    emit_word(task, gale_conf_str(task, "greeting", ""));
    emit_word(task, gale_arg(task, 1));
    ck_assert_ptr_null(gale_arg(task, 2));
    ck_assert_uint_eq(gale_arg_count(task), 2);
    ck_assert_uint_eq(gale_task_index(task), 1);
    ck_assert_uint_eq(gale_task_count(task), 3);
    ck_assert_uint_eq(gale_task_self(task).value, gale_peer(task, &actor, 1).value);
    ck_assert_uint_eq(gale_tuple_source(tuple).value, gale_peer(task, &feeder, 0).value);
    ck_assert_uint_eq(gale_peer_count(task, &sink), 4);
    ck_assert_uint_eq(gale_now_ms(task), 1234);
    ck_assert_uint_eq(gale_conf_u64(task, "limit", 5), 77);
    ck_assert(gale_conf_f64(task, "limit", 5) == 77.0);
}

static void emit_raw(struct gale_task *task, struct gale_value key, struct gale_value total)
{
    const struct gale_value values[] = {key, total};

    gale_emit_values(task, &raw, values, 2);
}

/* Commands that emit, and are acked. False: it is none of them. */
static bool emits(struct actor *state, struct gale_task *task, const struct gale_tuple *tuple,
                  const struct job *job)
{
    if (is(job->command, "three words")) {
        emit_word(task, "the");
        emit_word(task, "cow");
        gale_emit_unanchored(task, words, &(struct word){.size = {.has = true, .value = -3}});
    } else if (is(job->command, "facts")) {
        emit_facts(task, tuple);
    } else if (is(job->command, "reply")) {
        gale_emit_direct(task, replies, gale_peer(task, &sink, (uint32_t)job->number),
                         &(struct reply){.number = job->number});
    } else if (is(job->command, "choose")) {
        gale_emit(task, chosen, &(struct reply){.number = job->number});
    } else if (is(job->command, "raw")) {
        emit_raw(task, gale_value_str(gale_str("k")), gale_value_u64(job->number));
        emit_raw(task, gale_value_str(gale_str("k")), gale_null());
    } else if (is(job->command, "join")) {
        gale_emit_joined(task, words, state->held, state->held_count,
                         &(struct word){.text = gale_str("joined")});
    } else if (is(job->command, "large")) {
        emit_large(task);
    } else if (is(job->command, "much")) {
        for (uint32_t i = 0; i < 100; i++)
            emit_word(task, "of a kilobyte or so in all, one after the other");
    } else {
        return false;
    }
    return true;
}

static bool measures(struct actor *state, struct gale_task *task, const struct job *job)
{
    if (!is(job->command, "measure"))
        return false;
    gale_count(state->seen, job->number);
    gale_set(state->level, 0.5);
    gale_observe(state->sizes, 10);
    gale_observe(state->sizes, 20);
    gale_warn(task, "measured %s", "twice");
    gale_debug(task, "done");
    return true;
}

/* Commands that break a rule: they end the task. */
static void break_rule(struct gale_task *task, const struct gale_tuple *tuple,
                       const struct job *job)
{
    if (is(job->command, "break: undeclared"))
        gale_emit(task, nowhere, &(struct reply){0});
    else if (is(job->command, "break: not direct"))
        gale_emit_direct(task, words, gale_peer(task, &sink, 0), &(struct word){0});
    else if (is(job->command, "break: direct"))
        gale_emit(task, replies, &(struct reply){0});
    else if (is(job->command, "break: no subscriber"))
        gale_emit_direct(task, replies, gale_peer(task, &source, 0), &(struct reply){0});
    else if (is(job->command, "break: peer"))
        (void)gale_peer(task, &sink, 4);
    else if (is(job->command, "break: tracked"))
        gale_emit_tracked(task, words, 1, &(struct word){0});
    else if (is(job->command, "break: kind"))
        emit_raw(task, gale_value_u64(1), gale_value_u64(1));
    else if (is(job->command, "break: read"))
        ck_assert_uint_eq(gale_read(tuple, words)->text.length, 0);
}

static enum gale_verdict hold(struct actor *state, struct gale_task *task,
                              const struct gale_tuple *tuple, const struct job *job)
{
    struct gale_held *held = gale_hold(tuple);

    ck_assert_ptr_eq(gale_hold(tuple), held);
    ck_assert_uint_eq(gale_read(gale_held_tuple(held), jobs)->number, job->number);
    if (is(job->command, "hold: large"))
        emit_large(task);
    if (is(job->command, "hold: settle at once")) {
        gale_settle(&held, GALE_ACK);
        ck_assert_ptr_null(held);
        return GALE_HELD;
    }
    if (is(job->command, "hold: large, settle at once")) {
        emit_large(task);
        gale_settle(&held, GALE_ACK);
        return GALE_HELD;
    }
    if (is(job->command, "hold: settle and ack")) {
        gale_settle(&held, GALE_ACK);
        return GALE_ACK;
    }
    if (is(job->command, "hold: settle and emit")) {
        gale_settle(&held, GALE_ACK);
        emit_word(task, "late");
        return GALE_HELD;
    }
    if (is(job->command, "hold: settle as held")) {
        gale_settle(&held, GALE_HELD);
        return GALE_HELD;
    }
    state->held[state->held_count++] = held;
    if (is(job->command, "hold: and ack"))
        return GALE_ACK;
    return is(job->command, "hold: and fail") ? GALE_FAIL : GALE_HELD;
}

static enum gale_verdict actor_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    struct actor *state = self;

    if (!gale_is(tuple, jobs)) {
        gale_info(task, "got %s with %d fields", gale_tuple_stream(tuple)->name,
                  (int)gale_stream_field_count(gale_tuple_stream(tuple)));
        ck_assert_uint_eq(gale_tuple_value(tuple, 1).as.u64, 9);
        return GALE_ACK;
    }
    const struct job *job = gale_read(tuple, jobs);
    const struct gale_stream of_another_file = jobs.stream;
    ck_assert_ptr_eq(gale_read_record(tuple, &of_another_file), job);
    if (emits(state, task, tuple, job) || measures(state, task, job))
        return GALE_ACK;
    if (job->command.length >= 4 && memcmp(job->command.data, "hold", 4) == 0)
        return hold(state, task, tuple, job);
    if (is(job->command, "fail"))
        return gale_fail_with(task, "no such number as %d", (int)job->number);
    if (is(job->command, "held"))
        return GALE_HELD;
    if (is(job->command, "odd"))
        return (enum gale_verdict)job->number;
    break_rule(task, tuple, job);
    return GALE_ACK;
}

/* Settles the tokens, the odd ones with a failure. */
static void actor_finish(void *self, struct gale_task *task)
{
    struct actor *state = self;

    for (uint32_t i = 0; i < state->held_count; i++) {
        if (i % 2 == 1)
            (void)gale_fail_with(task, "token %d is odd", (int)i);
        gale_settle(&state->held[i], i % 2 == 1 ? GALE_FAIL : GALE_ACK);
    }
    state->held_count = 0;
}

static void actor_tick(void *self, struct gale_task *task)
{
    (void)self;
    emit_word(task, "from a tick");
}

static void actor_close(void *self, struct gale_task *task)
{
    (void)self;
    (void)task;
    closed_count++;
}

static void choose_number(const struct gale_tuple *tuple, struct gale_targets *targets)
{
    targets->add(targets, (uint32_t)gale_read(tuple, chosen)->number);
}

static enum gale_verdict sink_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    (void)self;
    (void)task;
    (void)tuple;
    return GALE_ACK;
}

static void sink_finish(void *self, struct gale_task *task)
{
    (void)self;
    static const char large[2048];

    gale_emit_unanchored(task, words, &(struct word){.text = gale_str_of(large, sizeof large)});
}

/* ---- and a spout ---- */

struct source {
    uint64_t next;
    uint64_t again; /* failed, to be sent again; 0: none */
};

static enum gale_err source_open(void *self, struct gale_task *task)
{
    struct source *state = self;

    state->next = gale_conf_u64(task, "first", 1);
    return GALE_OK;
}

static enum gale_next source_next(void *self, struct gale_task *task)
{
    struct source *state = self;
    uint64_t id = state->again != 0 ? state->again : state->next++;
    struct job job = {.command = gale_str("job"), .number = id};
    static const char large[2048];

    state->again = 0;
    if (id == 100)
        return GALE_DONE;
    if (id == 200)
        return GALE_IDLE;
    if (id == 300)
        return (enum gale_next)9;
    if (id == 600)
        return gale_stop(task, "line %d is torn", (int)id);
    if (id == 400)
        job.command = gale_str_of(large, sizeof large);
    if (id == 500)
        gale_emit(task, jobs, &job);
    else
        gale_emit_tracked(task, jobs, id, &job);
    return GALE_MORE;
}

static void source_ack(void *self, struct gale_task *task, uint64_t id)
{
    (void)self;
    gale_info(task, "acked %d", (int)id);
}

static void source_fail(void *self, struct gale_task *task, uint64_t id,
                        const struct gale_failure *why)
{
    struct source *state = self;

    gale_warn(task, "failed %d: kind %d at '%s': %s", (int)id, (int)why->kind, why->component,
              why->message);
    if (why->kind != GALE_REFUSED)
        state->again = id;
}

static void source_activate(void *self, struct gale_task *task)
{
    (void)self;
    gale_info(task, "active");
}

static void source_deactivate(void *self, struct gale_task *task)
{
    (void)self;
    gale_info(task, "not active");
}

static enum gale_next feeder_next(void *self, struct gale_task *task)
{
    (void)self;
    gale_emit_tracked(task, jobs, 1, &(struct job){.command = gale_str("job")});
    return GALE_MORE;
}

static const struct gale_component source = {
    .name = "source",
    .max_pending = 3,
    .spout = {.size = sizeof(struct source),
              .open = source_open,
              .next = source_next,
              .ack = source_ack,
              .fail = source_fail,
              .activate = source_activate,
              .deactivate = source_deactivate},
    .emits = {&jobs.stream, &raw},
    .settings = {{.key = "first"}},
};

static const struct gale_component feeder = {
    .name = "feeder",
    .spout = {.next = feeder_next},
    .emits = {&jobs.stream},
};

static const struct gale_component actor = {
    .name = "actor",
    .tasks = 3,
    .bolt = {.size = sizeof(struct actor),
             .open = actor_open,
             .execute = actor_execute,
             .tick = actor_tick,
             .finish = actor_finish,
             .close = actor_close},
    .inputs = {{.from = &source, .stream = &jobs.stream, .by = GALE_SHUFFLE},
               {.from = &feeder, .stream = &jobs.stream, .by = GALE_SHUFFLE},
               {.from = &source, .stream = &raw, .by = GALE_SHUFFLE}},
    .emits = {&words.stream, &replies.stream, &chosen.stream, &raw},
    .settings = {{.key = "greeting", .value = "hello"},
                 {.key = "limit"},
                 {.key = "refuse"},
                 {.key = "require"},
                 {.key = "silent"},
                 {.key = "missing"}},
};

static const struct gale_component sink = {
    .name = "sink",
    .tasks = 4,
    .bolt = {.execute = sink_execute, .finish = sink_finish},
    .inputs =
        {{.from = &actor, .stream = &words.stream, .by = GALE_SHUFFLE},
         {.from = &actor, .stream = &replies.stream, .by = GALE_DIRECT},
         {.from = &actor, .stream = &chosen.stream, .by = GALE_CUSTOM, .choose = choose_number}},
    .emits = {&words.stream},
};

static const struct gale_topology topology = {
    .abi = GALE_ABI,
    .name = "acts",
    .components = {&source, &feeder, &actor, &sink},
};

/* ---- helpers ---- */

static enum gale_verdict give(struct gale_probe *probe, const char *command, uint64_t number)
{
    char *copy = mem_copy_text(command); /* the probe must not keep what it was given */
    struct job job = {.command = gale_str(copy), .number = number};
    enum gale_verdict verdict = gale_probe_give(probe, jobs, &job);

    free(copy);
    return verdict;
}

static const char *error_of(const struct gale_probe *probe)
{
    const char *error = gale_probe_error(probe);

    return error == NULL ? "(no error)" : error;
}

#define ASSERT_ABORTS(action, expected)                             \
    do {                                                            \
        struct child_end end = child_run(action);                   \
        ck_assert_int_eq(end.signal, SIGABRT);                      \
        ck_assert_str_eq(end.errors, "gale_probe: " expected "\n"); \
    } while (0)

/* ---- tuples in and out ---- */

START_TEST(what_is_emitted_is_kept_in_order)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    ck_assert_int_eq(give(probe, "three words", 0), GALE_ACK);
    ck_assert_uint_eq(gale_probe_count(probe), 3);
    ck_assert(is(gale_probe_got(probe, 0, words)->text, "the"));
    ck_assert(is(gale_probe_got(probe, 1, words)->text, "cow"));
    ck_assert_str_eq(gale_probe_stream(probe, 2), "words");
    ck_assert(!gale_probe_got(probe, 1, words)->size.has);
    ck_assert(gale_probe_got(probe, 2, words)->size.has);
    ck_assert_int_eq(gale_probe_got(probe, 2, words)->size.value, -3);
    ck_assert_ptr_null(gale_probe_error(probe));
}
END_TEST

START_TEST(an_emit_is_anchored_unless_it_says_otherwise)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    (void)give(probe, "three words", 0);
    ck_assert_uint_eq(gale_probe_anchored(probe, 0), 1);
    ck_assert_uint_eq(gale_probe_anchored(probe, 2), 0);
    ck_assert(!gale_probe_is_tracked(probe, 0));
}
END_TEST

START_TEST(clear_forgets_what_was_emitted_and_logged)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    (void)give(probe, "three words", 0);
    (void)give(probe, "measure", 1);
    gale_probe_clear(probe);
    ck_assert_uint_eq(gale_probe_count(probe), 0);
    ck_assert_uint_eq(gale_probe_log_count(probe), 0);
    (void)give(probe, "three words", 0);
    ck_assert_uint_eq(gale_probe_count(probe), 3);
    ck_assert_int_eq(gale_probe_verdict(probe, 2), GALE_ACK);
}
END_TEST

START_TEST(what_many_calls_emit_is_kept)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    gale_probe_set(probe, "topology.tuple.bytes.max", "64KiB");
    gale_probe_set(probe, "topology.emit.bytes.max", "64KiB"); /* of one call */
    for (uint32_t i = 0; i < 10; i++)
        ck_assert_int_eq(give(probe, "much", 0), GALE_ACK);
    ck_assert_uint_eq(gale_probe_count(probe), 1000);
    ck_assert(is(gale_probe_got(probe, 999, words)->text,
                 "of a kilobyte or so in all, one after the other"));
}
END_TEST

START_TEST(a_failed_tuple_has_its_reason)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    ck_assert_str_eq(gale_probe_reason(probe), "");
    ck_assert_int_eq(give(probe, "fail", 7), GALE_FAIL);
    ck_assert_str_eq(gale_probe_reason(probe), "no such number as 7");
    ck_assert_int_eq(gale_probe_verdict(probe, 0), GALE_FAIL);
    ck_assert_ptr_null(gale_probe_error(probe));
}
END_TEST

START_TEST(a_tuple_comes_from_the_component_that_is_named)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    gale_probe_set(probe, "actor.greeting", "good day");
    gale_probe_set(probe, "actor.limit", "77");
    gale_probe_arg(probe, "first");
    gale_probe_arg(probe, "second");
    gale_probe_set_task_index(probe, 1);
    gale_probe_set_time_ms(probe, 1234);
    struct job job = {.command = gale_str("facts")};
    ck_assert_int_eq(gale_probe_give_from(probe, &feeder, jobs, &job), GALE_ACK);
    ck_assert(is(gale_probe_got(probe, 0, words)->text, "feeder"));
    ck_assert(is(gale_probe_got(probe, 1, words)->text, "actor"));
    ck_assert(is(gale_probe_got(probe, 2, words)->text, "good day"));
    ck_assert(is(gale_probe_got(probe, 3, words)->text, "second"));
}
END_TEST

START_TEST(a_direct_emit_knows_its_task)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    ck_assert_int_eq(give(probe, "reply", 2), GALE_ACK);
    ck_assert_uint_eq(gale_probe_got(probe, 0, replies)->number, 2);
    ck_assert(gale_probe_is_direct_to(probe, 0, &sink, 2));
    ck_assert(!gale_probe_is_direct_to(probe, 0, &sink, 1));
    ck_assert_uint_eq(gale_probe_anchored(probe, 0), 1);
    (void)give(probe, "choose", 0);
    ck_assert(!gale_probe_is_direct_to(probe, 1, &sink, 0));
}
END_TEST

START_TEST(tuples_go_in_and_out_by_position)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");
    const struct gale_value values[] = {gale_value_str(gale_str("key")), gale_value_u64(9)};

    ck_assert_int_eq(gale_probe_give_values(probe, &raw, values, 2), GALE_ACK);
    ck_assert_str_eq(gale_probe_log_line(probe, 0), "got raw with 2 fields");
    ck_assert_int_eq(give(probe, "raw", 5), GALE_ACK);
    ck_assert_str_eq(gale_probe_stream(probe, 0), "raw");
    ck_assert(is(gale_probe_got_value(probe, 0, 0).as.str, "k"));
    ck_assert_uint_eq(gale_probe_got_value(probe, 0, 1).as.u64, 5);
    ck_assert_int_eq(gale_probe_got_value(probe, 1, 1).kind, GALE_KIND_NONE);
}
END_TEST

/* ---- holding ---- */

START_TEST(a_held_tuple_waits_for_its_verdict)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    ck_assert_int_eq(give(probe, "hold", 1), GALE_HELD);
    ck_assert_int_eq(give(probe, "hold", 2), GALE_HELD);
    ck_assert_uint_eq(gale_probe_held(probe), 2);
    ck_assert_int_eq(gale_probe_verdict(probe, 1), GALE_HELD);
    gale_probe_finish(probe);
    ck_assert_uint_eq(gale_probe_held(probe), 0);
    ck_assert_int_eq(gale_probe_verdict(probe, 0), GALE_ACK);
    ck_assert_int_eq(gale_probe_verdict(probe, 1), GALE_FAIL);
    ck_assert_str_eq(gale_probe_reason(probe), "token 1 is odd");
}
END_TEST

START_TEST(a_joined_emit_is_anchored_to_all_that_it_joins)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    (void)give(probe, "hold", 1);
    (void)give(probe, "hold", 2);
    (void)give(probe, "hold", 3);
    ck_assert_int_eq(give(probe, "join", 0), GALE_ACK);
    ck_assert_uint_eq(gale_probe_anchored(probe, 0), 3);
    ck_assert(is(gale_probe_got(probe, 0, words)->text, "joined"));
}
END_TEST

START_TEST(what_is_held_at_close_fails)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    (void)give(probe, "hold", 1);
    gale_probe_close(probe);
    ck_assert_int_eq(gale_probe_verdict(probe, 0), GALE_FAIL);
    ck_assert_str_eq(gale_probe_reason(probe), "held when its task closed");
    ck_assert_uint_eq(gale_probe_held(probe), 0);
}
END_TEST

START_TEST(a_token_may_be_settled_within_execute)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    ck_assert_int_eq(give(probe, "hold: settle at once", 1), GALE_ACK);
    ck_assert_uint_eq(gale_probe_held(probe), 0);
    ck_assert_ptr_null(gale_probe_error(probe));
}
END_TEST

/* ---- what cannot be sent ---- */

START_TEST(a_tuple_too_large_fails_what_it_was_emitted_from)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    gale_probe_set(probe, "topology.tuple.bytes.max", "1KiB");
    ck_assert_int_eq(give(probe, "large", 0), GALE_FAIL);
    ck_assert_uint_eq(gale_probe_count(probe), 0);
    ck_assert_str_eq(gale_probe_reason(probe), "a tuple of 2088 bytes on stream 'words' is above "
                                               "topology.tuple.bytes.max");
    ck_assert_ptr_null(gale_probe_error(probe));
}
END_TEST

START_TEST(a_held_tuple_fails_if_an_emit_from_it_was_refused)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    gale_probe_set(probe, "topology.tuple.bytes.max", "1KiB");
    ck_assert_int_eq(give(probe, "hold: large", 0), GALE_HELD);
    gale_probe_finish(probe);
    ck_assert_int_eq(gale_probe_verdict(probe, 0), GALE_FAIL);
    ck_assert_int_eq(give(probe, "hold: large, settle at once", 0), GALE_FAIL);
}
END_TEST

static void emit_much_joined(struct gale_task *task, struct gale_held *const *held)
{
    static const char half[600];

    for (uint32_t i = 0; i < 200; i++)
        gale_emit_joined(task, words, held, 1,
                         &(struct word){.text = gale_str_of(half, sizeof half)});
}

struct joiner {
    struct gale_held *first;
};

static enum gale_verdict joiner_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    struct joiner *state = self;

    if (state->first == NULL) {
        state->first = gale_hold(tuple);
        return GALE_HELD;
    }
    emit_much_joined(task, &state->first);
    return GALE_ACK;
}

static void joiner_finish(void *self, struct gale_task *task)
{
    struct joiner *state = self;

    (void)task;
    gale_settle(&state->first, GALE_ACK);
}

START_TEST(one_call_that_emits_too_much_fails_its_anchors)
{
    const struct gale_component joiner = {
        .name = "joiner",
        .bolt = {.size = sizeof(struct joiner), .execute = joiner_execute, .finish = joiner_finish},
        .inputs = {{.from = &feeder, .stream = &jobs.stream, .by = GALE_SHUFFLE}},
        .emits = {&words.stream},
    };
    const struct gale_topology joins = {
        .abi = GALE_ABI, .name = "joins", .components = {&feeder, &joiner}};
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&joins, "joiner");

    gale_probe_set(probe, "topology.tuple.bytes.max", "1KiB");
    gale_probe_set(probe, "topology.emit.bytes.max", "64KiB");
    ck_assert_int_eq(give(probe, "", 0), GALE_HELD);
    ck_assert_int_eq(give(probe, "", 1), GALE_ACK); /* it is not one of the anchors */
    ck_assert_uint_gt(gale_probe_count(probe), 50);
    ck_assert_uint_lt(gale_probe_count(probe), 200);
    gale_probe_finish(probe);
    ck_assert_int_eq(gale_probe_verdict(probe, 0), GALE_FAIL);
    ck_assert_str_eq(gale_probe_reason(probe), "an emit from it was refused");
    ck_assert_ptr_null(gale_probe_error(probe));
}
END_TEST

START_TEST(an_emit_refused_outside_of_execute_stops_the_task)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "sink");

    gale_probe_set(probe, "topology.tuple.bytes.max", "1KiB");
    gale_probe_finish(probe);
    ck_assert_str_eq(error_of(probe),
                     "component 'sink', task 0: cannot emit in finish: a tuple of 2088 bytes on "
                     "stream 'words' is above topology.tuple.bytes.max");
}
END_TEST

/* ---- broken rules ---- */

static const struct broken {
    const char *command;
    uint64_t number;
    const char *error; /* behind "component 'actor', task 0: " */
} broken[] = {
    {"held", 0, "returned GALE_HELD, but did not call gale_hold()"},
    {"odd", 17, "returned verdict 17: return GALE_ACK, GALE_FAIL or GALE_HELD"},
    {"hold: and ack", 0,
     "returned GALE_ACK for a tuple that it holds: return GALE_HELD, and settle"},
    {"hold: and fail", 0,
     "returned GALE_FAIL for a tuple that it holds: return GALE_HELD, and settle"},
    {"hold: settle and ack", 0,
     "settled a tuple in its execute and returned another verdict: return GALE_HELD"},
    {"hold: settle and emit", 0,
     "emits anchored to a tuple that it has settled already: settle it last"},
    {"hold: settle as held", 0,
     "settles a held tuple with verdict 3: only GALE_ACK and GALE_FAIL settle"},
    {"choose", 4, "a custom grouping of stream 'chosen' chose task 4 of 4: indices end at 3"},
    {"break: undeclared", 0, "emits on stream 'nowhere', which is not in its .emits: add it there"},
    {"break: not direct", 0, "emits directly on stream 'words', which is not declared direct"},
    {"break: direct", 0, "emits on direct stream 'replies' without naming a task"},
    {"break: no subscriber", 0,
     "emits on direct stream 'replies' to task 0, which does not subscribe to it"},
    {"break: peer", 0, "asks for task 4 of 'sink', which has 4"},
    {"break: tracked", 0, "emits a tracked tuple, but only a spout has roots: use gale_emit()"},
    {"break: kind", 0, "emits on stream 'raw' by position: a value of another kind than its field"},
    {"break: read", 0, "reads stream 'words' from a tuple of stream 'jobs': ask gale_is() first"},
};

START_TEST(a_broken_rule_is_said_in_the_words_of_the_runtime)
{
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");
        const char prefix[] = "component 'actor', task 0: ";

        ck_assert_msg(give(probe, broken[i].command, broken[i].number) == GALE_FAIL, "%s",
                      broken[i].command);
        ck_assert_int_eq(strncmp(error_of(probe), prefix, sizeof prefix - 1), 0);
        ck_assert_str_eq(error_of(probe) + sizeof prefix - 1, broken[i].error);
    }
}
END_TEST

START_TEST(a_plain_emit_in_tick_has_nothing_to_anchor_to)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    gale_probe_tick(probe);
    ck_assert_str_eq(error_of(probe),
                     "component 'actor', task 0: emits in tick, where there is no tuple to anchor "
                     "to: use gale_emit_unanchored() or gale_emit_joined()");
    ck_assert_uint_eq(gale_probe_count(probe), 0);
}
END_TEST

START_TEST(a_stopped_task_is_only_closed)
{
    closed_count = 0;
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    (void)give(probe, "held", 0);
    ck_assert_int_eq(give(probe, "three words", 0), GALE_FAIL);
    ck_assert_int_eq(gale_probe_verdict(probe, 1), GALE_FAIL);
    gale_probe_tick(probe);
    gale_probe_finish(probe);
    ck_assert_uint_eq(gale_probe_count(probe), 0);
    ck_assert_int_eq(gale_probe_open(probe), GALE_ERROR);
    gale_probe_close(probe);
    ck_assert_uint_eq(closed_count, 1);
}
END_TEST

/* ---- opening and closing ---- */

START_TEST(the_first_call_opens_and_destroy_closes)
{
    opened_count = 0;
    closed_count = 0;
    struct gale_probe *probe = gale_probe_new(&topology, "actor");

    ck_assert_uint_eq(opened_count, 0);
    ck_assert_int_eq(gale_probe_open(probe), GALE_OK);
    (void)give(probe, "three words", 0);
    ck_assert_uint_eq(opened_count, 1);
    gale_probe_destroy(&probe);
    ck_assert_ptr_null(probe);
    ck_assert_uint_eq(closed_count, 1);
    gale_probe_destroy(&probe);
}
END_TEST

static const struct refusal {
    const char *key;
    const char *value;
    const char *error;
} refusals[] = {
    {"actor.refuse", "true", "component 'actor', task 0 cannot open: told to refuse hello"},
    {"actor.silent", "true", "component 'actor', task 0 cannot open: open gave no reason"},
    {"actor.refuse", "maybe",
     "component 'actor', task 0 cannot open: -c: setting 'actor.refuse' is 'maybe', but must be "
     "true or false"},
    {"actor.require", "true",
     "component 'actor', task 0 cannot open: setting 'actor.missing' is required: give it with -c "
     "actor.missing=VALUE"},
};

START_TEST(a_task_that_cannot_open_says_why)
{
    closed_count = 0;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

        gale_probe_set(probe, refusals[i].key, refusals[i].value);
        ck_assert_int_eq(gale_probe_open(probe), GALE_ERROR);
        ck_assert_str_eq(error_of(probe), refusals[i].error);
        ck_assert_int_eq(give(probe, "three words", 0), GALE_FAIL);
        ck_assert_int_eq(gale_probe_verdict(probe, 0), GALE_FAIL);
    }
    ck_assert_uint_eq(closed_count, 2); /* where open returned GALE_OK, but a setting is wrong */
}
END_TEST

START_TEST(an_unknown_setting_is_refused_with_the_nearest)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    gale_probe_set(probe, "actor.greting", "x");
    ck_assert_int_eq(gale_probe_open(probe), GALE_ERROR);
    ck_assert_str_eq(error_of(probe),
                     "-c: unknown setting 'actor.greting'; did you mean 'actor.greeting'?");
}
END_TEST

/* ---- metrics and log ---- */

START_TEST(metrics_and_log_lines_are_kept)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "actor");

    (void)give(probe, "measure", 4);
    ck_assert_uint_eq(gale_probe_counter(probe, "seen"), 4);
    ck_assert(gale_probe_gauge(probe, "level") == 0.5);
    ck_assert_uint_eq(gale_probe_histogram_count(probe, "sizes"), 2);
    ck_assert_uint_eq(gale_probe_histogram_sum(probe, "sizes"), 30);
    ck_assert_uint_eq(gale_probe_log_count(probe), 2);
    ck_assert_str_eq(gale_probe_log_line(probe, 0), "measured twice");
    ck_assert_int_eq(gale_probe_log_level(probe, 0), GALE_LOG_WARN);
    ck_assert_int_eq(gale_probe_log_level(probe, 1), GALE_LOG_DEBUG);
}
END_TEST

/* ---- spouts ---- */

START_TEST(a_spout_emits_roots_and_hears_of_them)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "source");

    ck_assert_int_eq(gale_probe_next(probe), GALE_MORE);
    ck_assert_int_eq(gale_probe_next(probe), GALE_MORE);
    ck_assert_uint_eq(gale_probe_got(probe, 1, jobs)->number, 2);
    ck_assert(gale_probe_is_tracked(probe, 1));
    ck_assert_uint_eq(gale_probe_message_id(probe, 1), 2);
    ck_assert_uint_eq(gale_probe_pending(probe), 2);
    gale_probe_ack(probe, 2);
    ck_assert_uint_eq(gale_probe_pending(probe), 1);
    ck_assert_str_eq(gale_probe_log_line(probe, 1), "acked 2");
}
END_TEST

START_TEST(a_failed_root_is_emitted_again)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "source");

    (void)gale_probe_next(probe);
    gale_probe_fail(probe, 1, GALE_FAILED, "too blue");
    ck_assert_str_eq(gale_probe_log_line(probe, 1), "failed 1: kind 1 at 'source': too blue");
    (void)gale_probe_next(probe);
    ck_assert_uint_eq(gale_probe_message_id(probe, 1), 1);
    gale_probe_fail(probe, 1, GALE_TIMED_OUT, NULL);
    ck_assert_str_eq(gale_probe_log_line(probe, 2), "failed 1: kind 2 at '': ");
}
END_TEST

START_TEST(a_spout_that_is_done_is_called_again_after_a_failure)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "source");

    gale_probe_set(probe, "source.first", "99");
    ck_assert_int_eq(gale_probe_next(probe), GALE_MORE);
    ck_assert_int_eq(gale_probe_next(probe), GALE_DONE);
    ck_assert_int_eq(gale_probe_next(probe), GALE_DONE);
    ck_assert_uint_eq(gale_probe_count(probe), 1);
    gale_probe_fail(probe, 99, GALE_WORKER_LOST, NULL);
    ck_assert_int_eq(gale_probe_next(probe), GALE_MORE);
    ck_assert_uint_eq(gale_probe_count(probe), 2);
}
END_TEST

START_TEST(a_spout_may_be_idle_and_emit_untracked)
{
    AUTO(gale_probe_destroy) struct gale_probe *idle = gale_probe_new(&topology, "source");
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "source");

    gale_probe_set(idle, "source.first", "200");
    ck_assert_int_eq(gale_probe_next(idle), GALE_IDLE);
    gale_probe_set(probe, "source.first", "500");
    ck_assert_int_eq(gale_probe_next(probe), GALE_MORE);
    ck_assert(!gale_probe_is_tracked(probe, 0));
    ck_assert_uint_eq(gale_probe_anchored(probe, 0), 0);
    ck_assert_uint_eq(gale_probe_pending(probe), 0);
}
END_TEST

START_TEST(an_unknown_answer_of_next_stops_the_task)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "source");

    gale_probe_set(probe, "source.first", "300");
    ck_assert_int_eq(gale_probe_next(probe), GALE_STOP);
    ck_assert_str_eq(error_of(probe),
                     "component 'source', task 0: returned 9 from next: return GALE_MORE, "
                     "GALE_IDLE, GALE_DONE or GALE_STOP");
}
END_TEST

START_TEST(a_spout_may_stop_the_run)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "source");

    gale_probe_set(probe, "source.first", "600");
    ck_assert_int_eq(gale_probe_next(probe), GALE_STOP);
    ck_assert_str_eq(error_of(probe), "component 'source', task 0: line 600 is torn");
    ck_assert_int_eq(gale_probe_next(probe), GALE_STOP);
}
END_TEST

START_TEST(a_root_too_large_is_refused_through_fail)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "source");

    gale_probe_set(probe, "source.first", "400");
    gale_probe_set(probe, "topology.tuple.bytes.max", "1KiB");
    ck_assert_int_eq(gale_probe_next(probe), GALE_MORE);
    ck_assert_uint_eq(gale_probe_count(probe), 0);
    ck_assert_uint_eq(gale_probe_pending(probe), 0);
    ck_assert_ptr_null(gale_probe_error(probe));
    ck_assert_str_eq(gale_probe_log_line(probe, 1),
                     "failed 400: kind 4 at 'source': a tuple of 2080 bytes on stream 'jobs' is "
                     "above topology.tuple.bytes.max");
}
END_TEST

START_TEST(without_tracking_roots_are_acked_at_once)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "source");

    gale_probe_set(probe, "topology.acking", "false");
    (void)gale_probe_next(probe);
    ck_assert_uint_eq(gale_probe_pending(probe), 0);
    ck_assert_str_eq(gale_probe_log_line(probe, 1), "acked 1");
}
END_TEST

START_TEST(a_spout_is_activated_when_it_opens)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "source");

    ck_assert_int_eq(gale_probe_open(probe), GALE_OK);
    ck_assert_str_eq(gale_probe_log_line(probe, 0), "active");
    gale_probe_activate(probe);
    ck_assert_uint_eq(gale_probe_log_count(probe), 1);
    gale_probe_deactivate(probe);
    ck_assert_str_eq(gale_probe_log_line(probe, 1), "not active");
    gale_probe_activate(probe);
    ck_assert_int_eq(gale_probe_next(probe), GALE_MORE);
}
END_TEST

START_TEST(what_a_component_does_not_have_is_not_called)
{
    AUTO(gale_probe_destroy) struct gale_probe *probe = gale_probe_new(&topology, "feeder");

    gale_probe_tick(probe);
    gale_probe_deactivate(probe);
    gale_probe_close(probe);
    ck_assert_ptr_null(gale_probe_error(probe));
}
END_TEST

/* ---- mistakes of a test ---- */

static void name_unknown_component(void)
{
    (void)gale_probe_new(&topology, "acter");
}

static void use_no_topology(void)
{
    (void)gale_probe_new(NULL, "actor");
}

static void use_broken_topology(void)
{
    static const struct gale_topology nameless = {.abi = GALE_ABI, .components = {&feeder}};

    (void)gale_probe_new(&nameless, "feeder");
}

static void give_to_spout(void)
{
    (void)give(gale_probe_new(&topology, "source"), "x", 0);
}

static void ask_bolt_for_next(void)
{
    (void)gale_probe_next(gale_probe_new(&topology, "actor"));
}

static void give_unknown_stream(void)
{
    (void)gale_probe_give(gale_probe_new(&topology, "sink"), jobs, &(struct job){0});
}

static void give_from_stranger(void)
{
    (void)gale_probe_give_from(gale_probe_new(&topology, "actor"), &sink, jobs, &(struct job){0});
}

static void give_by_position_wrongly(void)
{
    (void)gale_probe_give_values(gale_probe_new(&topology, "actor"), &raw, NULL, 0);
}

static void look_beyond_the_last(void)
{
    struct gale_probe *probe = gale_probe_new(&topology, "actor");

    (void)give(probe, "choose", 1);
    (void)gale_probe_got(probe, 1, chosen);
}

static void look_at_another_stream(void)
{
    struct gale_probe *probe = gale_probe_new(&topology, "actor");

    (void)give(probe, "choose", 1);
    (void)gale_probe_got(probe, 0, words);
}

static void set_too_late(void)
{
    struct gale_probe *probe = gale_probe_new(&topology, "actor");

    (void)gale_probe_open(probe);
    gale_probe_set(probe, "actor.limit", "1");
}

static void go_on_after_close(void)
{
    struct gale_probe *probe = gale_probe_new(&topology, "actor");

    gale_probe_close(probe);
    (void)give(probe, "x", 0);
}

static void be_a_task_too_many(void)
{
    struct gale_probe *probe = gale_probe_new(&topology, "actor");

    gale_probe_set_task_index(probe, 3);
    (void)gale_probe_open(probe);
}

static void go_back_in_time(void)
{
    struct gale_probe *probe = gale_probe_new(&topology, "actor");

    gale_probe_set_time_ms(probe, 5);
    gale_probe_set_time_ms(probe, 4);
}

static void hold_too_many(void)
{
    struct gale_probe *probe = gale_probe_new(&topology, "actor");

    gale_probe_set(probe, "topology.held.max", "1");
    (void)give(probe, "hold", 0);
    (void)give(probe, "hold", 0);
}

static void open_too_many_trees(void)
{
    struct gale_probe *probe = gale_probe_new(&topology, "source");

    for (uint32_t i = 0; i < 4; i++)
        (void)gale_probe_next(probe);
}

static void open_too_many_trees_of_the_topology(void)
{
    struct gale_probe *probe = gale_probe_new(&topology, "feeder");

    gale_probe_set(probe, "topology.max.spout.pending", "2");
    for (uint32_t i = 0; i < 3; i++)
        (void)gale_probe_next(probe);
}

static void ack_what_is_not_open(void)
{
    struct gale_probe *probe = gale_probe_new(&topology, "source");

    (void)gale_probe_next(probe);
    gale_probe_ack(probe, 1);
    gale_probe_ack(probe, 1);
}

static void ask_for_next_while_deactivated(void)
{
    struct gale_probe *probe = gale_probe_new(&topology, "source");

    gale_probe_deactivate(probe);
    (void)gale_probe_next(probe);
}

static void ask_for_unknown_counter(void)
{
    struct gale_probe *probe = gale_probe_new(&topology, "actor");

    (void)gale_probe_open(probe);
    (void)gale_probe_counter(probe, "sen");
}

static void ask_for_unknown_line(void)
{
    (void)gale_probe_log_line(gale_probe_new(&topology, "actor"), 0);
}

START_TEST(a_probe_of_nothing_aborts_and_says_what_there_is)
{
    ASSERT_ABORTS(name_unknown_component,
                  "topology 'acts' has no component 'acter'; did you mean 'actor'?");
    ASSERT_ABORTS(use_no_topology, "a topology is needed, not NULL");
    ASSERT_ABORTS(use_broken_topology,
                  "the topology is broken: the topology has no name: set .name");
}
END_TEST

START_TEST(a_tuple_that_the_task_would_never_get_aborts)
{
    ASSERT_ABORTS(give_to_spout, "component 'source' is a spout: call gale_probe_next()");
    ASSERT_ABORTS(ask_bolt_for_next, "component 'actor' is a bolt: call gale_probe_give()");
    ASSERT_ABORTS(give_unknown_stream, "component 'sink' has no input of stream 'jobs'; there is: "
                                       "'words', 'replies', 'chosen'");
    ASSERT_ABORTS(give_from_stranger,
                  "component 'actor' has no input of stream 'jobs' from 'sink'");
    ASSERT_ABORTS(give_by_position_wrongly,
                  "a tuple of stream 'raw' by position: there must be one value for each field of "
                  "the stream");
    ASSERT_ABORTS(hold_too_many,
                  "component 'actor' holds 1 tuples, which is topology.held.max: it is given no "
                  "more until it settles some");
}
END_TEST

START_TEST(looking_at_what_is_not_there_aborts)
{
    ASSERT_ABORTS(look_beyond_the_last,
                  "component 'actor' has emitted no tuple 1: there are 1, counted from 0");
    ASSERT_ABORTS(look_at_another_stream,
                  "component 'actor' has emitted tuple 0 on stream 'chosen', not on 'words'");
    ASSERT_ABORTS(ask_for_unknown_counter,
                  "component 'actor' has no counter 'sen'; did you mean 'seen'?");
    ASSERT_ABORTS(ask_for_unknown_line,
                  "component 'actor' has logged no line 0: there are 0, counted from 0");
}
END_TEST

START_TEST(calls_out_of_order_abort)
{
    ASSERT_ABORTS(set_too_late,
                  "gale_probe_set() comes before the first call of component 'actor'");
    ASSERT_ABORTS(go_on_after_close, "component 'actor' is closed");
    ASSERT_ABORTS(be_a_task_too_many, "component 'actor' has no task 3: it has 3");
    ASSERT_ABORTS(go_back_in_time, "time goes back from 5 to 4 ms");
}
END_TEST

START_TEST(calls_of_a_spout_that_the_runtime_would_not_make_abort)
{
    ASSERT_ABORTS(open_too_many_trees,
                  "component 'source' has 3 trees open and max_pending is 3: ack or fail some "
                  "before the next");
    ASSERT_ABORTS(open_too_many_trees_of_the_topology,
                  "component 'feeder' has 2 trees open and max_pending is 2: ack or fail some "
                  "before the next");
    ASSERT_ABORTS(ack_what_is_not_open, "component 'source' has no open tree with message id 1");
    ASSERT_ABORTS(ask_for_next_while_deactivated, "component 'source' is deactivated");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_emitted_is_kept_in_order,
        an_emit_is_anchored_unless_it_says_otherwise,
        clear_forgets_what_was_emitted_and_logged,
        what_many_calls_emit_is_kept,
        a_failed_tuple_has_its_reason,
        a_tuple_comes_from_the_component_that_is_named,
        a_direct_emit_knows_its_task,
        tuples_go_in_and_out_by_position,
        a_held_tuple_waits_for_its_verdict,
        a_joined_emit_is_anchored_to_all_that_it_joins,
        what_is_held_at_close_fails,
        a_token_may_be_settled_within_execute,
        a_tuple_too_large_fails_what_it_was_emitted_from,
        a_held_tuple_fails_if_an_emit_from_it_was_refused,
        one_call_that_emits_too_much_fails_its_anchors,
        an_emit_refused_outside_of_execute_stops_the_task,
        a_broken_rule_is_said_in_the_words_of_the_runtime,
        a_plain_emit_in_tick_has_nothing_to_anchor_to,
        a_stopped_task_is_only_closed,
        the_first_call_opens_and_destroy_closes,
        a_task_that_cannot_open_says_why,
        an_unknown_setting_is_refused_with_the_nearest,
        metrics_and_log_lines_are_kept,
        a_spout_emits_roots_and_hears_of_them,
        a_failed_root_is_emitted_again,
        a_spout_that_is_done_is_called_again_after_a_failure,
        a_spout_may_be_idle_and_emit_untracked,
        an_unknown_answer_of_next_stops_the_task,
        a_spout_may_stop_the_run,
        a_root_too_large_is_refused_through_fail,
        without_tracking_roots_are_acked_at_once,
        a_spout_is_activated_when_it_opens,
        what_a_component_does_not_have_is_not_called,
        a_probe_of_nothing_aborts_and_says_what_there_is,
        a_tuple_that_the_task_would_never_get_aborts,
        looking_at_what_is_not_there_aborts,
        calls_out_of_order_abort,
        calls_of_a_spout_that_the_runtime_would_not_make_abort,
    };
    return suite_run("probe", tests, sizeof tests / sizeof *tests);
}
