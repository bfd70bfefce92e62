/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/insight.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/nimbus/parts.h"

#define S_NS UINT64_C(1000000000)

static const struct glance_shape shapes[2] = {{PARTS_SPOUT, 1, 1}, {PARTS_BOLT, 4, 2}};

/* One worker with all tasks: it lives, and has been heard of since it began. */
struct world {
    struct insight insight;
    struct places places;
    uint64_t tick;
    uint64_t incarnation;
    struct parts_task spout;
    struct parts_task bolts[4];
    struct histogram complete;
    struct parts parts[2];
};

static struct world *set_up(void)
{
    struct world *world = NEW(struct world);
    json_t *worker = json_pack("{s:s, s:i, s:i, s:s}", "topology", "t", "slot", 0, "incarnation", 1,
                               "phase", "running");

    places_put(&world->places, "s1", worker, 1);
    json_decref(worker);
    world->incarnation = 1;
    for (uint32_t i = 0; i < 4; i++)
        world->bolts[i] = (struct parts_task){.index = i, .loop = i};
    return world;
}

static void tear_down(struct world *world)
{
    insight_done(&world->insight);
    places_done(&world->places);
    free(world);
}

static void say(struct world *world)
{
    struct parts_worker worker = {1, &world->complete};
    struct tally_source source = {"s1", 0, world->incarnation};

    parts_make_spout(&world->parts[0], &worker, &world->spout, 1);
    worker.latency_ns = NULL;
    parts_make_bolt(&world->parts[1], &worker, world->bolts, 4);
    for (size_t i = 0; i < 2; i++)
        ck_assert(tally_take(&world->insight.tally, &source, &world->parts[i].part));
}

static void freeze(struct world *world, uint64_t ticks)
{
    world->tick += ticks;
    insight_freeze(&world->insight, &(struct insight_tick){.tick = world->tick,
                                                           .world = {&world->places, NULL},
                                                           .shape_count = COUNT_OF(shapes),
                                                           .shapes = shapes});
}

/* A second in which every tree is completed, and the bolts work for so long. */
static void work(struct world *world, uint64_t trees, uint64_t busy_ns)
{
    world->spout.count += trees;
    world->spout.acked += trees;
    histogram_add_many(&world->complete, 1000, trees);
    for (uint32_t i = 0; i < 4; i++) {
        world->bolts[i].count += trees / 4;
        world->bolts[i].busy_ns += busy_ns / (i + 1);
    }
    say(world);
    freeze(world, 1);
}

static double read_last(const struct world *world, struct chart_column column)
{
    double value;

    chart_read(world->insight.chart, column, false, 1, &value);
    return value;
}

START_TEST(rates_are_those_of_the_last_ten_seconds)
{
    struct world *world = set_up();

    freeze(world, 1);
    for (int i = 0; i < 30; i++)
        work(world, i < 20 ? 1000 : 40, 0);
    ck_assert_uint_eq(world->insight.seconds, 10);
    ck_assert_uint_eq(world->insight.recent.acked, 400);
    ck_assert_uint_eq(world->insight.total.acked, 20400);
    ck_assert_uint_eq(world->insight.minute.acked, 20400);
    ck_assert(world->insight.latency.is_known);
    ck_assert_uint_eq(world->insight.latency.p50_ns, 1000);
    tear_down(world);
}
END_TEST

START_TEST(capacity_is_that_of_the_busiest_executor)
{
    struct world *world = set_up();

    freeze(world, 1);
    for (int i = 0; i < 12; i++)
        work(world, 4, S_NS / 2);
    const struct insight_component *bolt = insight_find(&world->insight, PARTS_BOLT);
    /* of tasks 0 and 1: a half, and a quarter */
    ck_assert(fabs(bolt->recent.capacity - 0.75) < 0.001);
    ck_assert(fabs(world->insight.capacity - 0.75) < 0.001);
    tear_down(world);
}
END_TEST

START_TEST(history_has_a_value_for_each_second_and_none_for_those_left_out)
{
    struct world *world = set_up();
    struct chart_column done = {-1, -1, CHART_DONE_PER_S};
    double values[5];

    freeze(world, 1);
    work(world, 100, 0);
    work(world, 200, 0);
    freeze(world, 3); /* nimbus stood still */
    chart_read(world->insight.chart, done, false, COUNT_OF(values), values);
    ck_assert(values[0] == 100 && values[1] == 200);
    ck_assert(isnan(values[2]) && isnan(values[3]));
    ck_assert(values[4] == 0);
    ck_assert_uint_eq(chart_rows(world->insight.chart, false), 6);
    tear_down(world);
}
END_TEST

START_TEST(what_comes_late_is_divided_over_its_seconds)
{
    struct world *world = set_up();

    freeze(world, 1);
    world->spout.acked = 90;
    say(world);
    freeze(world, 3);
    ck_assert(read_last(world, (struct chart_column){-1, -1, CHART_DONE_PER_S}) == 30);
    tear_down(world);
}
END_TEST

START_TEST(tasks_and_components_have_histories_too)
{
    struct world *world = set_up();

    freeze(world, 1);
    work(world, 400, S_NS / 10);
    world->bolts[0].queue_bytes = 250;
    work(world, 400, S_NS / 10);
    ck_assert(read_last(world, (struct chart_column){1, 2, CHART_TASK_PER_S}) == 100);
    ck_assert(read_last(world, (struct chart_column){1, 0, CHART_TASK_CAPACITY}) == 0.1);
    ck_assert(read_last(world, (struct chart_column){1, 0, CHART_TASK_FILL}) == 0.25);
    ck_assert(read_last(world, (struct chart_column){1, -1, CHART_IN_PER_S}) == 400);
    ck_assert(read_last(world, (struct chart_column){1, -1, CHART_FILL}) == 0.25);
    ck_assert(isnan(read_last(world, (struct chart_column){-1, -1, CHART_LAG})));
    tear_down(world);
}
END_TEST

START_TEST(half_a_minute_is_the_mean_of_its_seconds)
{
    struct world *world = set_up();
    double rates[2];
    double latency;

    while (world->tick < 60)
        work(world, world->tick < 45 ? 100 : 40, 0);
    chart_read(world->insight.chart, (struct chart_column){-1, -1, CHART_DONE_PER_S}, true, 2,
               rates);
    chart_read(world->insight.chart, (struct chart_column){-1, -1, CHART_P99}, true, 1, &latency);
    ck_assert(rates[0] == 100 && rates[1] == 70);
    ck_assert(latency >= 1000 && latency <= 1032);
    ck_assert_uint_eq(chart_rows(world->insight.chart, true), 2);
    tear_down(world);
}
END_TEST

START_TEST(windows_are_exact_to_their_ticks)
{
    static const uint64_t windows[] = {1, 10, 60, 600, 3600};
    struct world *world = set_up();
    struct glance *glance = NEW(struct glance);
    uint64_t counts[1301] = {0}; /* completed, by tick */

    while (world->tick < 1300) {
        work(world, 1 + world->tick % 7 * 11, 0);
        counts[world->tick] = world->spout.acked;
        for (size_t i = 0; i < COUNT_OF(windows) && world->tick % 13 == 0; i++) {
            glance_init(glance, &world->insight.tally, &world->insight.marks, windows[i], shapes,
                        COUNT_OF(shapes));
            ck_assert_uint_eq(glance->components[0].window.acked,
                              counts[world->tick] - counts[world->tick - glance->seconds]);
            if (world->tick >= windows[i]) {
                ck_assert_uint_ge(glance->seconds, windows[i]);
                ck_assert_uint_lt(glance->seconds, windows[i] + (windows[i] <= 10 ? 1 : 10));
            } else {
                ck_assert_uint_eq(glance->seconds, world->tick);
            }
            glance_done(glance);
        }
    }
    free(glance);
    tear_down(world);
}
END_TEST

/* All of the one second that is known is a sixtieth of the minute. */
START_TEST(what_is_not_known_of_a_minute_was_idle)
{
    struct world *world = set_up();

    freeze(world, 1);
    for (uint64_t second = 1; second <= 60; second++) {
        work(world, 4, S_NS);
        world->spout.blocked_ns = second * S_NS;
        const struct insight_component *bolt = insight_find(&world->insight, PARTS_BOLT);
        ck_assert(bolt->recent.capacity > 0.7);
        ck_assert(fabs(bolt->minute_capacity - 1.5 * (double)second / 60) < 0.05);
    }
    tear_down(world);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        rates_are_those_of_the_last_ten_seconds,
        capacity_is_that_of_the_busiest_executor,
        history_has_a_value_for_each_second_and_none_for_those_left_out,
        what_comes_late_is_divided_over_its_seconds,
        tasks_and_components_have_histories_too,
        half_a_minute_is_the_mean_of_its_seconds,
        windows_are_exact_to_their_ticks,
        what_is_not_known_of_a_minute_was_idle,
    };

    return suite_run("insight", tests, COUNT_OF(tests));
}
