/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Latencies by age against a list of all values with their ticks.
 */
#include "nimbus/figures/past.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

enum {
    TICKS = 5000,
    SEEDS = 6,
};

/* How many values came at each tick. */
struct world {
    struct past *past;
    uint64_t counts[TICKS + 1];
    struct spread known;
    struct histogram said;
};

static uint64_t count_after(const struct world *world, uint64_t after, uint64_t tick)
{
    uint64_t count = 0;

    for (uint64_t t = after + 1; t <= tick; t++)
        count += world->counts[t];
    return count;
}

static uint64_t count_window(const struct world *world, uint64_t tick, uint64_t seconds)
{
    struct histogram *histogram = NEW(struct histogram);

    past_window(world->past, tick, seconds, histogram);
    uint64_t count = histogram_count(histogram);
    free(histogram);
    return count;
}

/* The window begins at a boundary of its kind, at most one before where it was asked for. */
static uint64_t begin_of(uint64_t tick, uint64_t seconds, uint64_t step)
{
    uint64_t begin = tick > seconds ? tick - seconds : 0;

    return begin - begin % step;
}

static void check(const struct world *world, uint64_t tick)
{
    ck_assert_uint_eq(count_window(world, tick, 10),
                      count_after(world, tick > 10 ? tick - 10 : 0, tick));
    ck_assert_uint_eq(world->past->recent.count,
                      count_after(world, tick > 10 ? tick - 10 : 0, tick));
    ck_assert_uint_eq(count_window(world, tick, 60),
                      count_after(world, begin_of(tick, 60, PAST_MINUTE), tick));
    ck_assert_uint_eq(count_window(world, tick, 900),
                      count_after(world, begin_of(tick, 900, PAST_MINUTE), tick));
    ck_assert_uint_eq(count_window(world, tick, 3600),
                      count_after(world, begin_of(tick, 3600, PAST_HOUR), tick));
    ck_assert_uint_eq(count_window(world, tick, 0), count_after(world, 0, tick));
}

static void run(uint64_t seed)
{
    struct world *world = NEW(struct world);
    struct rng rng;
    uint64_t tick = 0;

    rng_init(&rng, seed);
    world->past = NEW(struct past);
    while (tick < TICKS - 2000) {
        /* now and then nimbus stands still for a while */
        tick += rng_below(&rng, 50) == 0 ? 1 + rng_below(&rng, seed % 2 == 0 ? 1900 : 70) : 1;
        if (rng_below(&rng, 4) > 0)
            world->counts[tick] = 1 + rng_below(&rng, 50);
        for (uint64_t i = 0; i < world->counts[tick]; i++)
            histogram_add(&world->said, rng_below(&rng, 1000000));
        spread_raise(&world->known, &world->said, &world->past->more);
        past_freeze(world->past, tick);
        if (rng_below(&rng, 10) == 0)
            check(world, tick);
    }
    spread_done(&world->known);
    past_destroy(&world->past);
    free(world);
}

START_TEST(windows_have_the_values_of_their_ticks_and_no_others)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run(seed);
}
END_TEST

START_TEST(percentiles_of_merged_spreads_are_those_of_all_values)
{
    struct past *past = NEW(struct past);
    struct histogram *all = NEW(struct histogram);
    struct rng rng;

    rng_init(&rng, 3);
    for (uint64_t tick = 1; tick <= 10; tick++) {
        struct histogram *one = NEW(struct histogram);
        struct spread known = {.buckets = NULL};
        for (int i = 0; i < 500; i++) {
            uint64_t value = rng_below(&rng, 1u << (10 + tick));
            histogram_add(one, value);
            histogram_add(all, value);
        }
        spread_raise(&known, one, &past->more);
        past_freeze(past, tick);
        spread_done(&known);
        free(one);
    }
    for (int q = 0; q <= 100; q++)
        ck_assert_uint_eq(spread_quantile(&past->recent, q / 100.0, past_recent_max(past)),
                          histogram_quantile(all, q / 100.0));
    past_destroy(&past);
    free(all);
}
END_TEST

START_TEST(what_came_before_the_first_tick_is_in_no_window)
{
    struct past *past = NEW(struct past);
    struct histogram *said = NEW(struct histogram);
    struct spread known = {.buckets = NULL};

    histogram_add_many(said, 7, 100);
    spread_raise(&known, said, &past->early);
    past_freeze(past, 1);
    ck_assert_uint_eq(past->all.count, 100);
    ck_assert_uint_eq(past->recent.count, 0);
    spread_done(&known);
    past_destroy(&past);
    free(said);
}
END_TEST

START_TEST(what_is_said_twice_or_late_changes_nothing)
{
    struct histogram *early = NEW(struct histogram);
    struct histogram *late = NEW(struct histogram);
    struct spread known = {.buckets = NULL};
    struct spread more = {.buckets = NULL};

    histogram_add_many(early, 10, 3);
    histogram_add_many(late, 10, 4);
    histogram_add_many(late, 5000, 2);
    spread_raise(&known, late, &more);
    spread_raise(&known, early, &more);
    spread_raise(&known, late, &more);
    ck_assert_uint_eq(more.count, 6);
    ck_assert_uint_eq(more.sum, 10040);
    ck_assert_uint_eq(more.max, 5000);
    spread_done(&known);
    spread_done(&more);
    free(early);
    free(late);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        windows_have_the_values_of_their_ticks_and_no_others,
        percentiles_of_merged_spreads_are_those_of_all_values,
        what_came_before_the_first_tick_is_in_no_window,
        what_is_said_twice_or_late_changes_nothing,
    };

    return suite_run("past", tests, COUNT_OF(tests));
}
