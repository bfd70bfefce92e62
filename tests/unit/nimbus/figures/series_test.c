/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of numbers against a plain list of them.
 */
#include "nimbus/figures/series.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

enum {
    SEEDS = 40,
    ROWS = 1500,
    COLUMNS_MAX = 7,
};

START_TEST(what_was_put_is_read_again_and_what_is_not_there_is_none)
{
    struct series *series = series_new(2, 120);
    uint64_t values[8];

    series_put(series, (uint64_t[]){1, SERIES_NONE});
    series_put(series, NULL);
    series_put(series, (uint64_t[]){0, 7});
    ck_assert_uint_eq(series_rows(series), 3);
    series_read(series, 0, 2, 4, values);
    const uint64_t want[8] = {SERIES_NONE, SERIES_NONE, 1, SERIES_NONE,
                              SERIES_NONE, SERIES_NONE, 0, 7};
    for (size_t i = 0; i < COUNT_OF(want); i++)
        ck_assert_uint_eq(values[i], want[i]);
    series_destroy(&series);
}
END_TEST

START_TEST(rows_have_a_limit_and_the_oldest_go)
{
    struct series *series = series_new(1, 120);
    uint64_t value;

    for (uint64_t i = 0; i < 1000; i++)
        series_put(series, &i);
    ck_assert_uint_ge(series_rows(series), 120);
    ck_assert_uint_lt(series_rows(series), 120 + 2 * SERIES_CHUNK_ROWS);
    series_read(series, 0, 1, 1, &value);
    ck_assert_uint_eq(value, 999);
    series_destroy(&series);
}
END_TEST

START_TEST(what_does_not_change_costs_next_to_nothing)
{
    struct series *series = series_new(100, 900);
    uint64_t row[100] = {0};

    size_t before = series_bytes(series);
    for (size_t i = 0; i < 960; i++)
        series_put(series, row);
    ck_assert_uint_lt(series_bytes(series) - before, 2000);
    series_destroy(&series);
}
END_TEST

START_TEST(dropping_the_oldest_leaves_the_rest_as_it_was)
{
    struct series *series = series_new(1, 900);
    uint64_t value;

    for (uint64_t i = 0; i < 130; i++)
        series_put(series, &i);
    ck_assert(series_drop_oldest(series));
    ck_assert_uint_eq(series_rows(series), 70);
    series_read(series, 0, 1, 1, &value);
    ck_assert_uint_eq(value, 129);
    ck_assert(series_drop_oldest(series));
    ck_assert(!series_drop_oldest(series));
    ck_assert_uint_eq(series_rows(series), 10);
    series_destroy(&series);
}
END_TEST

/* ---- Against a plain list ---- */

static uint64_t draw(struct rng *rng, uint64_t above)
{
    switch (rng_below(rng, 8)) {
    case 0:
        return SERIES_NONE;
    case 1:
        return rng_next(rng) >> 2; /* anything below 2^62 */
    case 2:
        return rng_below(rng, 1000);
    case 3:
        return above == SERIES_NONE ? 1 : above / 2;
    default:
        return above;
    }
}

static void compare(const struct series *series, const uint64_t *naive, size_t columns, size_t rows,
                    struct rng *rng)
{
    size_t first = rng_below(rng, (uint32_t)columns);
    size_t width = 1 + rng_below(rng, (uint32_t)(columns - first));
    size_t count = 1 + rng_below(rng, 400);
    size_t kept = series_rows(series);
    uint64_t *values = NEW_ARRAY(uint64_t, count * width);

    series_read(series, first, width, count, values);
    for (size_t i = 0; i < count; i++) {
        size_t age = count - i; /* 1: the last */
        for (size_t c = 0; c < width; c++) {
            uint64_t want = age > kept ? SERIES_NONE : naive[(rows - age) * columns + first + c];
            ck_assert_uint_eq(values[i * width + c], want);
        }
    }
    free(values);
}

static void run(uint64_t seed)
{
    struct rng rng;

    rng_init(&rng, seed);
    size_t columns = 1 + rng_below(&rng, COLUMNS_MAX);
    size_t rows_max = 1 + rng_below(&rng, 300);
    struct series *series = series_new(columns, rows_max);
    uint64_t *naive = NEW_ARRAY(uint64_t, (size_t)ROWS * columns);
    for (size_t row = 0; row < ROWS; row++) {
        uint64_t *values = &naive[row * columns];
        for (size_t c = 0; c < columns; c++)
            values[c] = draw(&rng, row == 0 ? 0 : values[c - columns]);
        series_put(series, values);
        if (rng_below(&rng, 400) == 0)
            (void)series_drop_oldest(series);
        else
            ck_assert_uint_lt(series_rows(series), rows_max + 2 * SERIES_CHUNK_ROWS);
        if (rng_below(&rng, 20) == 0)
            compare(series, naive, columns, row + 1, &rng);
    }
    free(naive);
    series_destroy(&series);
}

START_TEST(it_says_what_a_plain_list_says)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_was_put_is_read_again_and_what_is_not_there_is_none,
        rows_have_a_limit_and_the_oldest_go,
        what_does_not_change_costs_next_to_nothing,
        dropping_the_oldest_leaves_the_rest_as_it_was,
        it_says_what_a_plain_list_says,
    };

    return suite_run("series", tests, COUNT_OF(tests));
}
