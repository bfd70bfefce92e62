/* SPDX-License-Identifier: Apache-2.0 */
#include "base/histogram.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static void free_histogram(struct histogram **histogram)
{
    free(*histogram);
}

START_TEST(an_empty_histogram_answers_zero)
{
    AUTO(free_histogram) struct histogram *histogram = NEW(struct histogram);

    ck_assert_uint_eq(histogram_count(histogram), 0);
    ck_assert_uint_eq(histogram_sum(histogram), 0);
    ck_assert_uint_eq(histogram_max(histogram), 0);
    ck_assert_uint_eq(histogram_quantile(histogram, 0.5), 0);
    ck_assert_double_eq(histogram_mean(histogram), 0);
}
END_TEST

START_TEST(small_values_are_exact)
{
    AUTO(free_histogram) struct histogram *histogram = NEW(struct histogram);

    for (uint64_t value = 0; value < 64; value++)
        histogram_add(histogram, value);
    for (uint64_t value = 0; value < 64; value++)
        ck_assert_uint_eq(histogram_quantile(histogram, (double)(value + 1) / 64), value);
    ck_assert_double_eq(histogram_mean(histogram), 31.5);
}
END_TEST

START_TEST(one_value_is_every_quantile)
{
    static const uint64_t values[] = {0, 1, 63, 64, 65, 1000000, UINT64_MAX - 1, UINT64_MAX};

    for (size_t i = 0; i < COUNT_OF(values); i++) {
        AUTO(free_histogram) struct histogram *histogram = NEW(struct histogram);
        histogram_add(histogram, values[i]);
        ck_assert_uint_eq(histogram_quantile(histogram, 0), values[i]);
        ck_assert_uint_eq(histogram_quantile(histogram, 0.5), values[i]);
        ck_assert_uint_eq(histogram_quantile(histogram, 1), values[i]);
        ck_assert_uint_eq(histogram_max(histogram), values[i]);
    }
}
END_TEST

START_TEST(buckets_follow_each_other_without_a_gap)
{
    uint32_t before = 0;

    for (uint32_t bits = 0; bits < 64; bits++) {
        for (uint64_t part = 0; part < 64; part++) {
            uint64_t base = UINT64_C(1) << bits;
            uint64_t value = base + (bits < 6 ? part % base : part << (bits - 6));
            uint32_t bucket = histogram_bucket(value);
            if (bits >= 6) {
                ck_assert_uint_ge(bucket, before);
                ck_assert_uint_le(bucket, before + 1);
            }
            before = bucket;
        }
    }
    ck_assert_uint_eq(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}
END_TEST

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

enum {
    SAMPLES = 1000
};

/* Sizes of every order of magnitude, or all near each other. */
static uint64_t draw(struct rng *rng, bool is_wide)
{
    return is_wide ? rng_next(rng) >> rng_below(rng, 64) : 5000 + rng_below(rng, 1000);
}

static void check_quantile(const struct histogram *histogram, const uint64_t *sorted, double q)
{
    double exact_rank = q * SAMPLES;
    size_t rank = (size_t)exact_rank;
    if ((double)rank < exact_rank || rank == 0)
        rank++;
    uint64_t exact = sorted[rank - 1];
    uint64_t answer = histogram_quantile(histogram, q);

    ck_assert_uint_ge(answer, exact);
    ck_assert_uint_le(answer - exact, exact / 32);
}

static void check_against_sorted(uint64_t seed)
{
    struct rng rng;
    uint64_t sorted[SAMPLES];
    uint64_t sum = 0;
    AUTO(free_histogram) struct histogram *histogram = NEW(struct histogram);

    rng_init(&rng, seed);
    for (size_t i = 0; i < SAMPLES; i++) {
        sorted[i] = draw(&rng, seed % 2 == 0);
        sum += sorted[i];
        histogram_add(histogram, sorted[i]);
    }
    qsort(sorted, SAMPLES, sizeof *sorted, compare);
    for (int i = 0; i <= 1000; i++)
        check_quantile(histogram, sorted, i / 1000.0);
    ck_assert_uint_eq(histogram_quantile(histogram, 1), sorted[SAMPLES - 1]);
    ck_assert_uint_eq(histogram_max(histogram), sorted[SAMPLES - 1]);
    ck_assert_uint_eq(histogram_sum(histogram), sum);
    ck_assert_uint_eq(histogram_count(histogram), SAMPLES);
}

START_TEST(quantiles_are_near_those_of_the_sorted_values)
{
    for (uint64_t seed = 1; seed <= 40; seed++)
        check_against_sorted(seed);
}
END_TEST

START_TEST(merging_equals_adding_everything_to_one)
{
    struct rng rng;
    struct histogram *parts[3];
    AUTO(free_histogram) struct histogram *whole = NEW(struct histogram);
    AUTO(free_histogram) struct histogram *merged = NEW(struct histogram);

    rng_init(&rng, 7);
    for (size_t part = 0; part < COUNT_OF(parts); part++) {
        parts[part] = NEW(struct histogram);
        for (size_t i = 0; i < 1000; i++) {
            uint64_t value = draw(&rng, true);
            histogram_add(parts[part], value);
            histogram_add(whole, value);
        }
        histogram_merge(merged, parts[part]);
        free(parts[part]);
    }
    ck_assert_mem_eq(merged, whole, sizeof *whole);
}
END_TEST

START_TEST(adding_many_equals_adding_one_so_often)
{
    AUTO(free_histogram) struct histogram *many = NEW(struct histogram);
    AUTO(free_histogram) struct histogram *single = NEW(struct histogram);
    AUTO(free_histogram) struct histogram *empty = NEW(struct histogram);
    struct rng rng;

    rng_init(&rng, 3);
    histogram_add_many(many, 77, 0);
    ck_assert_mem_eq(many, empty, sizeof *empty);
    for (uint32_t i = 0; i < 300; i++) {
        uint64_t value = draw(&rng, i % 2 == 0);
        uint32_t times = rng_below(&rng, 9);
        histogram_add_many(many, value, times);
        for (uint32_t t = 0; t < times; t++)
            histogram_add(single, value);
    }
    ck_assert_mem_eq(many, single, sizeof *single);
}
END_TEST

START_TEST(the_ends_of_the_buckets_are_where_values_change_theirs)
{
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint64_t first = histogram_bucket_first(i);
        uint64_t last = histogram_bucket_last(i);
        ck_assert_uint_le(first, last);
        ck_assert_uint_eq(histogram_bucket(first), i);
        ck_assert_uint_eq(histogram_bucket(last), i);
        if (i + 1 < HISTOGRAM_BUCKETS)
            ck_assert_uint_eq(histogram_bucket_first(i + 1), last + 1);
        else
            ck_assert_uint_eq(last, UINT64_MAX);
    }
}
END_TEST

START_TEST(what_is_put_bucket_by_bucket_is_the_same)
{
    AUTO(free_histogram) struct histogram *histogram = NEW(struct histogram);
    AUTO(free_histogram) struct histogram *copy = NEW(struct histogram);
    struct rng rng;

    rng_init(&rng, 12);
    for (uint32_t i = 0; i < SAMPLES; i++)
        histogram_add(histogram, draw(&rng, true));
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        histogram_put_bucket(copy, i, histogram_bucket_count(histogram, i));
    histogram_put_rest(copy, histogram_sum(histogram), histogram_max(histogram));
    ck_assert_mem_eq(copy, histogram, sizeof *copy);
}
END_TEST

/* `later` minus `earlier` has what came between, but for a maximum that is older. */
static void check_difference(uint64_t seed)
{
    AUTO(free_histogram) struct histogram *earlier = NEW(struct histogram);
    AUTO(free_histogram) struct histogram *later = NEW(struct histogram);
    AUTO(free_histogram) struct histogram *between = NEW(struct histogram);
    struct rng rng;

    rng_init(&rng, seed);
    for (uint32_t i = 0; i < SAMPLES; i++) {
        uint64_t value = draw(&rng, seed % 2 == 0);
        if (i < SAMPLES / 2)
            histogram_add(earlier, value);
        else
            histogram_add(between, value);
    }
    histogram_merge(later, earlier);
    histogram_merge(later, between);
    ck_assert(histogram_subtract(later, earlier));
    ck_assert_mem_eq(later->buckets, between->buckets, sizeof later->buckets);
    ck_assert_uint_eq(later->count, between->count);
    ck_assert_uint_eq(later->sum, between->sum);
    ck_assert_uint_ge(later->max, between->max);
    ck_assert_uint_eq(histogram_bucket(later->max), histogram_bucket(between->max));
    if (between->max > earlier->max)
        ck_assert_uint_eq(later->max, between->max);
}

START_TEST(a_difference_is_what_came_between)
{
    for (uint64_t seed = 1; seed <= 40; seed++)
        check_difference(seed);
}
END_TEST

START_TEST(a_difference_to_itself_is_empty)
{
    AUTO(free_histogram) struct histogram *histogram = NEW(struct histogram);
    AUTO(free_histogram) struct histogram *empty = NEW(struct histogram);

    histogram_add_many(histogram, 12345, 6);
    ck_assert(histogram_subtract(histogram, histogram));
    ck_assert_mem_eq(histogram, empty, sizeof *empty);
}
END_TEST

START_TEST(what_cannot_be_earlier_is_not_taken_away)
{
    AUTO(free_histogram) struct histogram *histogram = NEW(struct histogram);
    AUTO(free_histogram) struct histogram *other = NEW(struct histogram);

    histogram_add(histogram, 5);
    histogram_add(histogram, 6);
    histogram_add(other, 4);
    ck_assert(!histogram_subtract(histogram, other));
    ck_assert_uint_eq(histogram_count(histogram), 2);
    ck_assert_uint_eq(histogram_sum(histogram), 11);
    ck_assert_uint_eq(histogram_max(histogram), 6);
}
END_TEST

START_TEST(init_empties)
{
    AUTO(free_histogram) struct histogram *histogram = NEW(struct histogram);
    AUTO(free_histogram) struct histogram *empty = NEW(struct histogram);

    histogram_add(histogram, 99);
    histogram_init(histogram);
    ck_assert_mem_eq(histogram, empty, sizeof *empty);
}
END_TEST

enum {
    ADDED = 50000
};

static void *add_many(void *context)
{
    struct histogram *histogram = context;

    for (uint64_t i = 0; i < ADDED; i++)
        histogram_add(histogram, i % 1024);
    return NULL;
}

START_TEST(a_reader_may_look_while_a_thread_adds)
{
    AUTO(free_histogram) struct histogram *histogram = NEW(struct histogram);
    AUTO(free_histogram) struct histogram *copy = NEW(struct histogram);
    pthread_t writer;
    uint64_t seen = 0;

    ck_assert_int_eq(pthread_create(&writer, NULL, add_many, histogram), 0);
    while (seen < ADDED) {
        uint64_t count = histogram_count(histogram);
        ck_assert_uint_ge(count, seen);
        seen = count;
        ck_assert_uint_lt(histogram_quantile(histogram, 0.99), 1024);
        histogram_init(copy);
        histogram_merge(copy, histogram);
    }
    ck_assert_int_eq(pthread_join(writer, NULL), 0);
    ck_assert_uint_eq(histogram_count(histogram), ADDED);
    ck_assert_uint_eq(histogram_max(histogram), 1023);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_empty_histogram_answers_zero,
        small_values_are_exact,
        one_value_is_every_quantile,
        buckets_follow_each_other_without_a_gap,
        quantiles_are_near_those_of_the_sorted_values,
        merging_equals_adding_everything_to_one,
        adding_many_equals_adding_one_so_often,
        the_ends_of_the_buckets_are_where_values_change_theirs,
        what_is_put_bucket_by_bucket_is_the_same,
        a_difference_is_what_came_between,
        a_difference_to_itself_is_empty,
        what_cannot_be_earlier_is_not_taken_away,
        init_empties,
        a_reader_may_look_while_a_thread_adds,
    };
    return suite_run("histogram", tests, sizeof tests / sizeof *tests);
}
