/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tuples that are written down while somebody asks, and lines of them for the log.
 */
#include <gale/gale.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/settings.h"
#include "sdk/src/describe.h"
#include "tests/support/suite.h"
#include "wire/config.h"
#include "worker/conductor.h"
#include "worker/loop.h"
#include "worker/runtime.h"
#include "worker/sample.h"
#include "worker/worker.h"

#define STEP_NS UINT64_C(1000000000) /* longer than an idle spout is left alone */

struct number {
    uint64_t value;
};

GALE_STREAM(numbers, struct number, GALE_FIELD(struct number, value));

/* ---- a spout that emits as many as it is told ---- */

struct teller {
    uint64_t value;
    uint32_t left;
};

static enum gale_next teller_next(void *self, struct gale_task *task)
{
    struct teller *teller = self;

    if (teller->left == 0)
        return GALE_IDLE;
    teller->left--;
    struct number number = {.value = ++teller->value};
    gale_emit(task, numbers, &number);
    return GALE_MORE;
}

static const struct gale_component teller = {
    .name = "teller",
    .spout = {.size = sizeof(struct teller), .next = teller_next},
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
    .inputs = {{.from = &teller, .stream = &numbers.stream, .by = GALE_SHUFFLE}},
};

static const struct gale_topology topology = {
    .abi = GALE_ABI, .name = "told", .components = {&teller, &swallower}};

struct site {
    struct settings *settings;
    struct plan *plan;
    struct config *config;
    struct worker *worker;
    struct conductor conductor;
    uint64_t now_ns;
    uint8_t teller; /* its number in the plan */
};

/* Until the loop has nothing to do. */
static void turn(struct site *site)
{
    site->now_ns += STEP_NS;
    (void)conductor_step(&site->conductor, site->now_ns);
    while (loop_turn(site->worker->loops[0], site->now_ns))
        (void)conductor_step(&site->conductor, site->now_ns);
}

static void open_site(struct site *site)
{
    struct error error;

    *site = (struct site){.settings = settings_new(), .now_ns = STEP_NS};
    ck_assert_int_eq(describe(&topology, &site->plan, &error), ERR_OK);
    ck_assert_int_eq(plan_check(site->plan, &error), ERR_OK);
    ck_assert_int_eq(config_make(site->plan, site->settings, &site->config, &error), ERR_OK);
    struct worker_options options = {.topology = &topology,
                                     .plan = site->plan,
                                     .config = site->config,
                                     .loops = 1,
                                     .run = "run-7"};
    ck_assert_int_eq(worker_new(&options, &site->worker, &error), ERR_OK);
    conductor_init(&site->conductor, site->worker);
    site->teller = (uint8_t)plan_find(site->plan, "teller");
    turn(site);
}

static void close_site(struct site *site)
{
    worker_destroy(&site->worker);
    config_destroy(&site->config);
    plan_destroy(&site->plan);
    settings_destroy(&site->settings);
}

/* So many tuples flow. */
static void flow(struct site *site, uint32_t count)
{
    for (uint32_t s = 0; s < site->worker->loops[0]->stage_count; s++) {
        struct task *task = &site->worker->loops[0]->stages[s]->tasks[0];
        if (task->stage->component_index == site->teller)
            ((struct teller *)task->self)->left = count;
    }
    turn(site);
    turn(site);
}

static void set_percent(struct site *site, uint8_t percent)
{
    uint8_t percents[PLAN_COMPONENTS_MAX] = {0};

    percents[site->teller] = percent;
    sample_set_lines(site->worker, percents);
}

static uint32_t count_lines(struct site *site)
{
    uint32_t count = 0;
    char *line;

    while ((line = sample_take_line(site->worker)) != NULL) {
        count++;
        free(line);
    }
    return count;
}

START_TEST(nothing_is_written_down_unless_somebody_asks)
{
    struct site site;

    open_site(&site);
    flow(&site, 20);
    ck_assert(!sample_is_wanted(&site.worker->sampler));
    ck_assert_ptr_null(sample_take_line(site.worker));
    ck_assert_ptr_null(sample_take(site.worker));
    close_site(&site);
}
END_TEST

START_TEST(a_line_says_from_where_to_where_and_what)
{
    struct site site;

    open_site(&site);
    set_percent(&site, 100);
    flow(&site, 1);
    AUTO(mem_free_text) char *line = sample_take_line(site.worker);
    ck_assert_ptr_nonnull(line);
    ck_assert_str_eq(line, "component=teller task=0 stream=numbers to=swallower to_task=0 "
                           "values={\"value\":1}");
    ck_assert_ptr_null(sample_take_line(site.worker));
    close_site(&site);
}
END_TEST

START_TEST(a_share_of_them_is_written)
{
    struct site site;

    open_site(&site);
    set_percent(&site, 25);
    for (int i = 0; i < 40; i++)
        flow(&site, 1);
    ck_assert_uint_eq(count_lines(&site), 10);
    flow(&site, 3);
    ck_assert_uint_eq(count_lines(&site), 0);
    flow(&site, 1);
    ck_assert_uint_eq(count_lines(&site), 1);
    close_site(&site);
}
END_TEST

START_TEST(lines_that_nobody_takes_hold_the_others_off)
{
    struct site site;

    open_site(&site);
    set_percent(&site, 100);
    for (int i = 0; i < 10; i++)
        flow(&site, 100);
    ck_assert_uint_eq(count_lines(&site), SAMPLE_LINES);
    flow(&site, 2);
    ck_assert_uint_eq(count_lines(&site), 2);
    close_site(&site);
}
END_TEST

START_TEST(when_it_is_over_what_is_left_is_forgotten)
{
    struct site site;

    open_site(&site);
    set_percent(&site, 100);
    flow(&site, 5);
    set_percent(&site, 0);
    ck_assert(!sample_is_wanted(&site.worker->sampler));
    ck_assert_ptr_null(sample_take_line(site.worker));
    flow(&site, 5);
    ck_assert_ptr_null(sample_take_line(site.worker));
    close_site(&site);
}
END_TEST

START_TEST(samples_and_lines_do_not_disturb_each_other)
{
    struct site site;

    open_site(&site);
    set_percent(&site, 100);
    sample_begin(site.worker, site.teller, false);
    flow(&site, 1);
    AUTO(mem_free_text) char *sample = sample_take(site.worker);
    ck_assert_ptr_nonnull(sample);
    ck_assert_uint_eq(count_lines(&site), 1);
    sample_end(site.worker);
    ck_assert(sample_is_wanted(&site.worker->sampler));
    flow(&site, 1);
    ck_assert_ptr_null(sample_take(site.worker));
    ck_assert_uint_eq(count_lines(&site), 1);
    sample_begin(site.worker, site.teller, false);
    set_percent(&site, 0);
    flow(&site, 1);
    AUTO(mem_free_text) char *another = sample_take(site.worker);
    ck_assert_ptr_nonnull(another);
    ck_assert_uint_eq(count_lines(&site), 0);
    sample_end(site.worker);
    close_site(&site);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        nothing_is_written_down_unless_somebody_asks,
        a_line_says_from_where_to_where_and_what,
        a_share_of_them_is_written,
        lines_that_nobody_takes_hold_the_others_off,
        when_it_is_over_what_is_left_is_forgotten,
        samples_and_lines_do_not_disturb_each_other,
    };

    return suite_run("sample", tests, COUNT_OF(tests));
}
