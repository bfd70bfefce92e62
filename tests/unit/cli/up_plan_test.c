/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/up_plan.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static void expect_action(struct up_plan *plan, uint64_t now_ms, enum up_action_kind kind,
                          size_t child)
{
    struct up_action action;

    ck_assert(up_plan_next(plan, now_ms, &action));
    ck_assert_int_eq(action.kind, kind);
    ck_assert_uint_eq(action.child, child);
    if (kind == UP_START)
        up_plan_started(plan, child, now_ms);
}

static void expect_nothing(struct up_plan *plan, uint64_t now_ms)
{
    struct up_action action;

    ck_assert(!up_plan_next(plan, now_ms, &action));
}

static void start_all(struct up_plan *plan, size_t supervisors)
{
    up_plan_init(plan, supervisors, UP_WITH_LOG, UP_WITHOUT_UI);
    expect_action(plan, 0, UP_START, UP_COORD);
    up_plan_coord_answers(plan);
    for (size_t i = 1; i < plan->count; i++) {
        if (i != UP_UI)
            expect_action(plan, 0, UP_START, i);
    }
    expect_nothing(plan, 0);
}

START_TEST(coord_is_first_and_the_others_come_when_it_answers)
{
    struct up_plan plan;

    up_plan_init(&plan, 2, UP_WITH_LOG, UP_WITHOUT_UI);
    ck_assert_uint_eq(plan.count, 6);
    expect_action(&plan, 5, UP_START, UP_COORD);
    expect_nothing(&plan, 5);
    ck_assert(up_plan_due_ms(&plan) == UINT64_MAX);
    up_plan_coord_answers(&plan);
    expect_action(&plan, 6, UP_START, UP_NIMBUS);
    expect_action(&plan, 6, UP_START, UP_BROKER);
    expect_action(&plan, 6, UP_START, UP_SUPERVISOR);
    expect_action(&plan, 6, UP_START, UP_SUPERVISOR + 1);
    expect_nothing(&plan, 6);
    ck_assert_str_eq(up_plan_program(UP_COORD), "gale-coord");
    ck_assert_str_eq(up_plan_program(UP_NIMBUS), "gale-nimbus");
    ck_assert_str_eq(up_plan_program(UP_BROKER), "gale-broker");
    ck_assert_str_eq(up_plan_program(UP_SUPERVISOR + 1), "gale-supervisor");
}
END_TEST

START_TEST(without_a_log_there_is_no_broker)
{
    struct up_plan plan;

    up_plan_init(&plan, 1, UP_WITHOUT_LOG, UP_WITHOUT_UI);
    expect_action(&plan, 0, UP_START, UP_COORD);
    up_plan_coord_answers(&plan);
    expect_action(&plan, 0, UP_START, UP_NIMBUS);
    expect_action(&plan, 0, UP_START, UP_SUPERVISOR);
    expect_nothing(&plan, 0);
    up_plan_stop(&plan);
    expect_action(&plan, 1, UP_TERMINATE, UP_SUPERVISOR);
    up_plan_ended(&plan, UP_SUPERVISOR, 2);
    expect_action(&plan, 2, UP_TERMINATE, UP_NIMBUS);
    up_plan_ended(&plan, UP_NIMBUS, 3);
    expect_action(&plan, 3, UP_TERMINATE, UP_COORD);
    up_plan_ended(&plan, UP_COORD, 4);
    ck_assert(up_plan_is_over(&plan));
}
END_TEST

START_TEST(the_page_comes_and_goes_with_nimbus)
{
    struct up_plan plan;

    up_plan_init(&plan, 1, UP_WITHOUT_LOG, UP_WITH_UI);
    expect_action(&plan, 0, UP_START, UP_COORD);
    up_plan_coord_answers(&plan);
    expect_action(&plan, 0, UP_START, UP_NIMBUS);
    expect_action(&plan, 0, UP_START, UP_UI);
    expect_action(&plan, 0, UP_START, UP_SUPERVISOR);
    up_plan_stop(&plan);
    expect_action(&plan, 1, UP_TERMINATE, UP_SUPERVISOR);
    expect_nothing(&plan, 1);
    up_plan_ended(&plan, UP_SUPERVISOR, 2);
    expect_action(&plan, 2, UP_TERMINATE, UP_UI);
    expect_action(&plan, 2, UP_TERMINATE, UP_NIMBUS);
    up_plan_ended(&plan, UP_NIMBUS, 3);
    expect_nothing(&plan, 3);
    up_plan_ended(&plan, UP_UI, 3);
    expect_action(&plan, 3, UP_TERMINATE, UP_COORD);
    ck_assert_str_eq(up_plan_program(UP_UI), "gale-ui");
}
END_TEST

START_TEST(the_first_restart_is_at_once_and_further_ones_wait_longer)
{
    static const uint64_t pauses[] = {0, 100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000, 10000};
    struct up_plan plan;
    uint64_t now_ms = 1000;

    start_all(&plan, 1);
    up_plan_ready(&plan);
    for (size_t i = 0; i < COUNT_OF(pauses); i++) {
        up_plan_ended(&plan, UP_NIMBUS, now_ms);
        if (pauses[i] > 0)
            expect_nothing(&plan, now_ms + pauses[i] - 1);
        ck_assert_uint_eq(up_plan_due_ms(&plan), now_ms + pauses[i]);
        now_ms += pauses[i];
        expect_action(&plan, now_ms, UP_START, UP_NIMBUS);
        now_ms += 1000;
    }
    ck_assert_uint_eq(plan.children[UP_NIMBUS].restarts, COUNT_OF(pauses));
}
END_TEST

START_TEST(who_lived_long_is_started_again_at_once)
{
    struct up_plan plan;

    start_all(&plan, 1);
    up_plan_ready(&plan);
    up_plan_ended(&plan, UP_COORD, 100);
    expect_action(&plan, 100, UP_START, UP_COORD);
    up_plan_ended(&plan, UP_COORD, 200);
    expect_nothing(&plan, 200);
    expect_action(&plan, 300, UP_START, UP_COORD);
    up_plan_ended(&plan, UP_COORD, 300 + UP_LONG_LIFE_MS);
    expect_action(&plan, 300 + UP_LONG_LIFE_MS, UP_START, UP_COORD);
}
END_TEST

START_TEST(whoever_ends_before_the_cluster_is_ready_ends_everything)
{
    struct up_plan plan;

    start_all(&plan, 1);
    up_plan_ended(&plan, UP_NIMBUS, 10);
    ck_assert(plan.is_stopping);
    expect_action(&plan, 10, UP_TERMINATE, UP_SUPERVISOR);
    up_plan_ended(&plan, UP_SUPERVISOR, 20);
    expect_action(&plan, 20, UP_TERMINATE, UP_BROKER);
    up_plan_ended(&plan, UP_BROKER, 25);
    expect_action(&plan, 25, UP_TERMINATE, UP_COORD);
    ck_assert(!up_plan_is_over(&plan));
    up_plan_ended(&plan, UP_COORD, 30);
    ck_assert(up_plan_is_over(&plan));
}
END_TEST

START_TEST(supervisors_stop_first_then_broker_and_nimbus_then_coord)
{
    struct up_plan plan;

    start_all(&plan, 2);
    up_plan_ready(&plan);
    up_plan_stop(&plan);
    expect_action(&plan, 100, UP_TERMINATE, UP_SUPERVISOR + 1);
    expect_action(&plan, 100, UP_TERMINATE, UP_SUPERVISOR);
    expect_nothing(&plan, 100);
    up_plan_ended(&plan, UP_SUPERVISOR + 1, 200);
    expect_nothing(&plan, 200);
    up_plan_ended(&plan, UP_SUPERVISOR, 300);
    expect_action(&plan, 300, UP_TERMINATE, UP_BROKER);
    expect_action(&plan, 300, UP_TERMINATE, UP_NIMBUS);
    expect_nothing(&plan, 300);
    up_plan_ended(&plan, UP_NIMBUS, 350);
    expect_nothing(&plan, 350);
    up_plan_ended(&plan, UP_BROKER, 400);
    expect_action(&plan, 400, UP_TERMINATE, UP_COORD);
    expect_nothing(&plan, 400);
    up_plan_ended(&plan, UP_COORD, 500);
    expect_nothing(&plan, 500);
    ck_assert(up_plan_is_over(&plan));
}
END_TEST

START_TEST(who_does_not_end_in_time_is_killed)
{
    struct up_plan plan;

    start_all(&plan, 1);
    up_plan_ready(&plan);
    up_plan_stop(&plan);
    expect_action(&plan, 0, UP_TERMINATE, UP_SUPERVISOR);
    ck_assert_uint_eq(up_plan_due_ms(&plan), UP_SUPERVISOR_GRACE_MS);
    expect_nothing(&plan, UP_SUPERVISOR_GRACE_MS - 1);
    expect_action(&plan, UP_SUPERVISOR_GRACE_MS, UP_KILL, UP_SUPERVISOR);
    expect_nothing(&plan, UP_SUPERVISOR_GRACE_MS);
    up_plan_ended(&plan, UP_SUPERVISOR, UP_SUPERVISOR_GRACE_MS + 1);
    expect_action(&plan, UP_SUPERVISOR_GRACE_MS + 1, UP_TERMINATE, UP_BROKER);
    expect_action(&plan, UP_SUPERVISOR_GRACE_MS + 1, UP_TERMINATE, UP_NIMBUS);
    up_plan_ended(&plan, UP_BROKER, UP_SUPERVISOR_GRACE_MS + 1);
    up_plan_hurry(&plan, UP_SUPERVISOR_GRACE_MS + 2);
    expect_action(&plan, UP_SUPERVISOR_GRACE_MS + 2, UP_KILL, UP_NIMBUS);
}
END_TEST

/* Whatever happens: nothing is started while it stops, nobody who runs is started, and it ends. */
START_TEST(it_always_ends_with_nobody_left)
{
    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct rng rng;
        bool runs[UP_CHILDREN_MAX] = {false};
        struct up_plan plan;
        struct up_action action;
        uint64_t now_ms = 0;

        rng_init(&rng, seed);
        up_plan_init(&plan, 1 + (size_t)rng_below(&rng, 4),
                     rng_below(&rng, 2) == 0 ? UP_WITH_LOG : UP_WITHOUT_LOG,
                     rng_below(&rng, 2) == 0 ? UP_WITH_UI : UP_WITHOUT_UI);
        for (int step = 0; step < 3000 && !up_plan_is_over(&plan); step++) {
            size_t child = (size_t)rng_below(&rng, (uint32_t)plan.count);

            now_ms += rng_below(&rng, 2000);
            if (rng_below(&rng, 20) == 0 && runs[UP_COORD])
                up_plan_coord_answers(&plan);
            if (rng_below(&rng, 20) == 0 && plan.coord_answers)
                up_plan_ready(&plan);
            if (step == 1000)
                up_plan_stop(&plan);
            if (runs[child] && rng_below(&rng, 10) == 0) {
                runs[child] = false;
                up_plan_ended(&plan, child, now_ms);
            }
            while (up_plan_next(&plan, now_ms, &action)) {
                if (action.kind == UP_START) {
                    ck_assert(!runs[action.child] && !plan.is_stopping);
                    runs[action.child] = true;
                    up_plan_started(&plan, action.child, now_ms);
                } else {
                    ck_assert(runs[action.child] && plan.is_stopping);
                }
                if (action.kind == UP_KILL) {
                    runs[action.child] = false;
                    up_plan_ended(&plan, action.child, now_ms);
                }
            }
        }
        ck_assert_msg(up_plan_is_over(&plan), "seed %d", (int)seed);
        for (size_t i = 0; i < plan.count; i++)
            ck_assert(!runs[i]);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        coord_is_first_and_the_others_come_when_it_answers,
        without_a_log_there_is_no_broker,
        the_page_comes_and_goes_with_nimbus,
        the_first_restart_is_at_once_and_further_ones_wait_longer,
        who_lived_long_is_started_again_at_once,
        whoever_ends_before_the_cluster_is_ready_ends_everything,
        supervisors_stop_first_then_broker_and_nimbus_then_coord,
        who_does_not_end_in_time_is_killed,
        it_always_ends_with_nobody_left,
    };
    return suite_run("up_plan", tests, sizeof tests / sizeof *tests);
}
