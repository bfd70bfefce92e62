/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A topology whose loops are turned one by one, by a clock that user code and test set forward: for
 * tests of what is measured. spout -> hop -> sink; the spout's messages are numbered from 0.
 */
#ifndef TESTS_UNIT_WORKER_WATCHED_H
#define TESTS_UNIT_WORKER_WATCHED_H

#include <gale/gale.h>
#include <gale/tuple.h>

#include "base/mem.h"
#include "base/settings.h"
#include "sdk/src/describe.h"
#include "tests/support/suite.h"
#include "wire/config.h"
#include "wire/plan.h"
#include "worker/conductor.h"
#include "worker/loop.h"
#include "worker/runtime.h"
#include "worker/worker.h"

#define WATCHED_SETTINGS_MAX 8
#define WATCHED_TURNS_MAX    20000

struct watched {
    uint64_t now_ns; /* the clock */
    uint64_t emits;  /* messages of each task of the spout */
    uint64_t hop_ns; /* how long an execute of `hop` takes; more with each, by hop_more_ns */
    uint64_t hop_more_ns;
    uint64_t next_ns; /* how long a call of next takes */
    bool holds;       /* `hop` holds each tuple until it is ticked */
    bool fails;       /* ... fails each third */
    struct plan *plan;
    struct config *config;
    struct worker *worker;
    struct conductor conductor;
    bool goes_on;
};

struct watched_item {
    uint64_t id;
};

GALE_STREAM(watched_items, struct watched_item, GALE_FIELD(struct watched_item, id));
GALE_STREAM(watched_halves, struct watched_item, GALE_FIELD(struct watched_item, id));

static inline struct watched *watched_of(const struct gale_task *task)
{
    return (struct watched *)(void *)(uintptr_t)gale_arg(task, 0);
}

/* Without times loops may run in threads. */
static inline void watched_pass(struct watched *watched, uint64_t *ns, uint64_t more_ns)
{
    if (*ns == 0)
        return;
    watched->now_ns += *ns;
    *ns += more_ns;
}

struct watched_spout {
    uint64_t next;
};

static inline enum gale_next watched_next(void *self, struct gale_task *task)
{
    struct watched_spout *spout = self;
    struct watched *watched = watched_of(task);
    struct watched_item item = {.id = spout->next};

    watched_pass(watched, &watched->next_ns, 0);
    if (spout->next == watched->emits)
        return GALE_DONE;
    spout->next++;
    gale_emit_tracked(task, watched_items, item.id, &item);
    if (item.id % 2 == 0)
        gale_emit(task, watched_halves, &item);
    return GALE_MORE;
}

enum {
    WATCHED_HELD_MAX = 1024
};

struct watched_hop {
    struct gale_held *held[WATCHED_HELD_MAX];
    uint32_t held_count;
};

static inline enum gale_verdict watched_hop_execute(void *self, struct gale_task *task,
                                                    const struct gale_tuple *tuple)
{
    struct watched_hop *hop = self;
    struct watched *watched = watched_of(task);
    struct watched_item item = *gale_read(tuple, watched_items);

    watched_pass(watched, &watched->hop_ns, watched->hop_more_ns);
    gale_emit(task, watched_items, &item);
    if (watched->holds) {
        hop->held[hop->held_count++] = gale_hold(tuple);
        return GALE_HELD;
    }
    return watched->fails && item.id % 3 == 0 ? GALE_FAIL : GALE_ACK;
}

static inline void watched_hop_tick(void *self, struct gale_task *task)
{
    struct watched_hop *hop = self;

    (void)task;
    while (hop->held_count > 0)
        gale_settle(&hop->held[--hop->held_count], GALE_ACK);
}

static inline enum gale_verdict watched_sink_execute(void *self, struct gale_task *task,
                                                     const struct gale_tuple *tuple)
{
    (void)self;
    (void)task;
    (void)tuple;
    return GALE_ACK;
}

static const struct gale_component watched_spout = {
    .name = "spout",
    .spout = {.size = sizeof(struct watched_spout), .next = watched_next},
    .emits = {&watched_items.stream, &watched_halves.stream},
};

static const struct gale_component watched_hop = {
    .name = "hop",
    .bolt = {.size = sizeof(struct watched_hop),
             .execute = watched_hop_execute,
             .tick = watched_hop_tick},
    .inputs = {{.from = &watched_spout, .stream = &watched_items.stream, .by = GALE_SHUFFLE}},
    .emits = {&watched_items.stream},
};

static const struct gale_component watched_sink = {
    .name = "sink",
    .bolt = {.execute = watched_sink_execute},
    .inputs = {{.from = &watched_hop, .stream = &watched_items.stream, .by = GALE_ALL},
               {.from = &watched_spout, .stream = &watched_halves.stream, .by = GALE_SHUFFLE}},
};

static const struct gale_topology watched_topology = {
    .abi = GALE_ABI,
    .name = "watched",
    .components = {&watched_spout, &watched_hop, &watched_sink},
};

static inline void watched_log(enum gale_log_level level, const char *component,
                               uint32_t task_index, const char *message)
{
    (void)level;
    (void)component;
    (void)task_index;
    (void)message;
}

static inline uint64_t watched_clock(void *context)
{
    return ((struct watched *)context)->now_ns;
}

/* Builds a worker that is alone, with so many loops. `settings` ends in NULL; `args` is of the caller, for
 * life. */
static inline void watched_open(struct watched *watched, uint32_t loops,
                                const char *const settings[], const char *args[1])
{
    AUTO(settings_destroy) struct settings *given = settings_new();
    struct error error;

    for (size_t i = 0; i < WATCHED_SETTINGS_MAX && settings[i] != NULL; i++)
        ck_assert_int_eq(settings_put_line(given, settings[i], "test", NULL), ERR_OK);
    ck_assert_int_eq(describe(&watched_topology, &watched->plan, &error), ERR_OK);
    ck_assert_int_eq(plan_check(watched->plan, &error), ERR_OK);
    enum err err = config_make(watched->plan, given, &watched->config, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    args[0] = (const char *)watched;
    struct worker_options options = {.topology = &watched_topology,
                                     .plan = watched->plan,
                                     .config = watched->config,
                                     .loops = loops,
                                     .seed = 1,
                                     .args = args,
                                     .arg_count = 1,
                                     .log = watched_log,
                                     .clock = watched_clock,
                                     .clock_context = watched};
    watched->now_ns = 1000000000;
    ck_assert_int_eq(worker_new(&options, &watched->worker, &error), ERR_OK);
    conductor_init(&watched->conductor, watched->worker);
    watched->goes_on = true;
}

static inline void watched_close(struct watched *watched)
{
    worker_destroy(&watched->worker);
    config_destroy(&watched->config);
    plan_destroy(&watched->plan);
}

/* One turn of each of the first `loops`, then a look of the conductor, while those that have nothing to do
 * rest. Returns whether any did something. */
static inline bool watched_turn(struct watched *watched, uint32_t loops)
{
    bool is_resting[PLAN_COMPONENTS_MAX] = {false};
    bool did = false;

    watched->now_ns += 1000;
    for (uint32_t i = 0; i < loops; i++) {
        struct loop *loop = watched->worker->loops[i];
        if (loop_is_closed(loop))
            continue;
        bool has_done = loop_turn(loop, watched->now_ns);
        did |= has_done;
        is_resting[i] = !has_done;
        if (is_resting[i])
            (void)loop_rest_begin(loop);
    }
    watched->goes_on = conductor_step(&watched->conductor, watched->now_ns);
    for (uint32_t i = 0; i < loops; i++) {
        if (is_resting[i])
            loop_rest_end(watched->worker->loops[i]);
    }
    return did;
}

/* Turns all loops to the end of the run; time goes on while nothing happens. */
static inline void watched_run(struct watched *watched)
{
    for (uint32_t turns = 0; watched->goes_on; turns++) {
        ck_assert_uint_lt(turns, WATCHED_TURNS_MAX);
        if (!watched_turn(watched, watched->worker->loop_count))
            watched->now_ns += 1000000;
    }
    ck_assert_msg(!atomic_load(&watched->worker->has_failed), "%s", watched->worker->failure.text);
}

static inline struct stage *watched_stage(const struct watched *watched, uint32_t loop,
                                          const char *component)
{
    return watched->worker->loops[loop]->stages[plan_find(watched->plan, component)];
}

#endif
