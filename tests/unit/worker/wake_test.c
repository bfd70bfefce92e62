/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gale_task_service.wake(): who waits for another thread reacts at once.
 */
#include <gale/gale.h>

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "base/parker.h"
#include "base/settings.h"
#include "sdk/src/describe.h"
#include "tests/support/suite.h"
#include "wire/config.h"
#include "worker/conductor.h"
#include "worker/io/local.h"
#include "worker/loop.h"
#include "worker/runtime.h"
#include "worker/worker.h"

#define NUMBERS  2000u
#define HELD_MAX 64u
#define STEP_NS  UINT64_C(1000)

struct number {
    uint64_t value;
};

GALE_STREAM(numbers, struct number, GALE_FIELD(struct number, value));

/* ---- a spout that only says how often it was asked ---- */

struct idler {
    uint32_t asked;
    struct gale_task *task;
    const struct gale_task_service *host;
};

static enum gale_err idler_open(void *self, struct gale_task *task)
{
    struct idler *idler = self;

    idler->task = task;
    idler->host = gale_service(task, "task/1");
    return idler->host == NULL ? GALE_ERROR : GALE_OK;
}

static enum gale_next idler_next(void *self, struct gale_task *task)
{
    (void)task;
    ((struct idler *)self)->asked++;
    return GALE_IDLE;
}

static const struct gale_component idler = {
    .name = "idler",
    .spout = {.size = sizeof(struct idler), .open = idler_open, .next = idler_next},
    .emits = {&numbers.stream},
};

static enum gale_verdict swallow(void *self, struct gale_task *task, const struct gale_tuple *tuple)
{
    (void)self;
    (void)task;
    (void)tuple;
    return GALE_ACK;
}

static const struct gale_component swallower = {
    .name = "swallower",
    .bolt = {.execute = swallow},
    .inputs = {{.from = &idler, .stream = &numbers.stream, .by = GALE_SHUFFLE}},
};

static const struct gale_topology idle_topology = {
    .abi = GALE_ABI, .name = "idle", .components = {&idler, &swallower}};

struct site {
    struct settings *settings;
    struct plan *plan;
    struct config *config;
    struct worker *worker;
    struct conductor conductor;
    uint64_t now_ns;
};

static void make_plan(struct site *site, const struct gale_topology *topology)
{
    struct error error;

    *site = (struct site){.settings = settings_new(), .now_ns = STEP_NS};
    ck_assert_int_eq(describe(topology, &site->plan, &error), ERR_OK);
    ck_assert_int_eq(plan_check(site->plan, &error), ERR_OK);
    ck_assert_int_eq(config_make(site->plan, site->settings, &site->config, &error), ERR_OK);
}

static void open_site(struct site *site, const void *(*find)(const char *, struct error *))
{
    struct error error;

    make_plan(site, &idle_topology);
    struct worker_options options = {.topology = &idle_topology,
                                     .plan = site->plan,
                                     .config = site->config,
                                     .loops = 1,
                                     .find_service = find,
                                     .run = "run-7"};
    ck_assert_int_eq(worker_new(&options, &site->worker, &error), ERR_OK);
    conductor_init(&site->conductor, site->worker);
}

static void close_site(struct site *site)
{
    worker_destroy(&site->worker);
    config_destroy(&site->config);
    plan_destroy(&site->plan);
    settings_destroy(&site->settings);
}

static struct task *idler_task(const struct site *site)
{
    return &site->worker->loops[0]->stages[0]->tasks[0];
}

static uint32_t asked(const struct site *site)
{
    const struct idler *self = idler_task(site)->self;

    return self == NULL ? 0 : self->asked;
}

/* Turns the loop at one moment until it has nothing to do. */
static void turn(struct site *site)
{
    (void)conductor_step(&site->conductor, site->now_ns);
    while (loop_turn(site->worker->loops[0], site->now_ns))
        (void)conductor_step(&site->conductor, site->now_ns);
}

static void run_until_idle(struct site *site)
{
    while (asked(site) == 0) {
        site->now_ns += STEP_NS;
        turn(site);
    }
    turn(site);
}

START_TEST(an_idle_spout_that_is_woken_is_asked_again_at_the_same_moment)
{
    struct site site;

    open_site(&site, NULL);
    run_until_idle(&site);
    uint32_t before = asked(&site);
    turn(&site);
    ck_assert_uint_eq(asked(&site), before);

    const struct idler *self = idler_task(&site)->self;
    self->host->wake(self->task);
    ck_assert(loop_has_input(site.worker->loops[0]));
    turn(&site);
    ck_assert_uint_eq(asked(&site), before + 1);
    ck_assert(!loop_has_input(site.worker->loops[0]));
    close_site(&site);
}
END_TEST

START_TEST(wakes_before_the_first_is_heard_are_one)
{
    struct site site;

    open_site(&site, NULL);
    run_until_idle(&site);
    uint32_t before = asked(&site);
    const struct idler *self = idler_task(&site)->self;
    for (int i = 0; i < 5; i++)
        self->host->wake(self->task);
    turn(&site);
    ck_assert_uint_eq(asked(&site), before + 1);
    close_site(&site);
}
END_TEST

START_TEST(a_task_learns_where_it_is)
{
    struct site site;

    open_site(&site, NULL);
    run_until_idle(&site);
    const struct idler *self = idler_task(&site)->self;
    ck_assert_str_eq(self->host->topology(self->task), "idle");
    ck_assert_str_eq(self->host->run(self->task), "run-7");
    ck_assert_ptr_eq(self->host->stream(self->task, 0), &numbers.stream);
    ck_assert_ptr_null(self->host->stream(self->task, 1));
    close_site(&site);
}
END_TEST

static const void *find_tea(const char *name, struct error *error)
{
    static const int tea = 1;

    if (strcmp(name, "tea/1") == 0)
        return &tea;
    (void)error_set(error, ERR_NOT_FOUND, "no %s today", name);
    return NULL;
}

START_TEST(other_services_are_the_shells)
{
    struct site site;

    open_site(&site, find_tea);
    run_until_idle(&site);
    struct task *task = idler_task(&site);
    ck_assert_ptr_nonnull(gale_service(&task->handle, "tea/1"));
    ck_assert_ptr_null(gale_service(&task->handle, "milk/1"));
    ck_assert_str_eq(task->reason, "no milk/1 today");
    close_site(&site);
}
END_TEST

/* ---- a bolt whose tuples another thread sees to ---- */

struct counter {
    uint64_t next;
};

static enum gale_next counter_next(void *self, struct gale_task *task)
{
    struct counter *counter = self;

    if (counter->next == NUMBERS)
        return GALE_DONE;
    gale_emit_tracked(task, numbers, counter->next, &(struct number){counter->next});
    counter->next++;
    return GALE_MORE;
}

static const struct gale_component counter = {
    .name = "counter",
    .max_pending = HELD_MAX,
    .spout = {.size = sizeof(struct counter), .next = counter_next},
    .emits = {&numbers.stream},
};

struct holder {
    const struct gale_task_service *host;
    struct gale_task *task;
    struct gale_held *held[HELD_MAX];
    uint64_t given; /* to the helper; HELD_MAX at most beyond `settled` */
    uint64_t settled;
    pthread_t thread;
    struct parker parker;   /* the helper's */
    _Atomic uint64_t asked; /* of the helper */
    _Atomic uint64_t seen;  /* by the helper */
    _Atomic bool must_end;
};

static void *help(void *argument)
{
    struct holder *holder = argument;

    while (!atomic_load(&holder->must_end)) {
        parker_prepare(&holder->parker);
        if (atomic_load(&holder->seen) != atomic_load(&holder->asked) ||
            atomic_load(&holder->must_end))
            parker_cancel(&holder->parker);
        else
            parker_sleep(&holder->parker, UINT64_MAX);
        atomic_store(&holder->seen, atomic_load(&holder->asked));
        holder->host->wake(holder->task);
    }
    return NULL;
}

static enum gale_err holder_open(void *self, struct gale_task *task)
{
    struct holder *holder = self;

    holder->task = task;
    holder->host = gale_service(task, "task/1");
    parker_init(&holder->parker);
    ck_assert_int_eq(pthread_create(&holder->thread, NULL, help, holder), 0);
    return GALE_OK;
}

static enum gale_verdict holder_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    struct holder *holder = self;

    (void)task;
    holder->held[holder->given++ % HELD_MAX] = gale_hold(tuple);
    atomic_store(&holder->asked, holder->given);
    parker_wake(&holder->parker);
    return GALE_HELD;
}

static void holder_tick(void *self, struct gale_task *task)
{
    struct holder *holder = self;

    (void)task;
    while (holder->settled < atomic_load(&holder->seen))
        gale_settle(&holder->held[holder->settled++ % HELD_MAX], GALE_ACK);
}

static void holder_close(void *self, struct gale_task *task)
{
    struct holder *holder = self;

    (void)task;
    atomic_store(&holder->must_end, true);
    parker_wake(&holder->parker);
    (void)pthread_join(holder->thread, NULL);
}

static const struct gale_component holder = {
    .name = "holder",
    .tasks = 2,
    .bolt = {.size = sizeof(struct holder),
             .open = holder_open,
             .execute = holder_execute,
             .tick = holder_tick,
             .close = holder_close},
    .inputs = {{.from = &counter, .stream = &numbers.stream, .by = GALE_SHUFFLE}},
};

static const struct gale_topology holding_topology = {
    .abi = GALE_ABI, .name = "holding", .components = {&counter, &holder}};

/* No tick_ms is set, and there is no finish: without a wake nothing would ever be settled. */
START_TEST(a_bolt_that_is_woken_is_ticked)
{
    AUTO(summary_destroy) struct summary *summary = NULL;
    struct site site;
    struct error error;
    enum local_end end;

    make_plan(&site, &holding_topology);
    site.config->loops = 2;
    struct local_options options = {
        .topology = &holding_topology, .plan = site.plan, .config = site.config};
    ck_assert_int_eq(local_run(&options, &end, &summary, &error), ERR_OK);
    ck_assert_int_eq(end, LOCAL_DONE);
    ck_assert_uint_eq(summary->components[0].acked, NUMBERS);
    close_site(&site);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_idle_spout_that_is_woken_is_asked_again_at_the_same_moment,
        wakes_before_the_first_is_heard_are_one,
        a_task_learns_where_it_is,
        other_services_are_the_shells,
        a_bolt_that_is_woken_is_ticked,
    };

    return suite_run("wake", tests, sizeof tests / sizeof *tests);
}
