/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rng.h"

#include <stdlib.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(it_is_splitmix64)
{
    static const uint64_t published[] = {
        UINT64_C(6457827717110365317),  UINT64_C(3203168211198807973),
        UINT64_C(9817491932198370423),  UINT64_C(4593380528125082431),
        UINT64_C(16408922859458223821),
    };
    struct rng rng = {.state = 1234567};

    for (size_t i = 0; i < COUNT_OF(published); i++)
        ck_assert_uint_eq(rng_next(&rng), published[i]);
}
END_TEST

START_TEST(a_seed_fixes_the_sequence)
{
    struct rng a;
    struct rng b;
    struct rng other;

    rng_init(&a, 42);
    rng_init(&b, 42);
    rng_init(&other, 43);
    for (int i = 0; i < 1000; i++) {
        uint64_t value = rng_next(&a);
        ck_assert_uint_eq(value, rng_next(&b));
        ck_assert_uint_ne(value, rng_next(&other));
    }
}
END_TEST

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

START_TEST(values_do_not_repeat)
{
    enum {
        COUNT = 100000
    };
    uint64_t *values = NEW_ARRAY(uint64_t, COUNT);
    struct rng rng;

    rng_init(&rng, 1);
    for (size_t i = 0; i < COUNT; i++)
        values[i] = rng_next(&rng);
    qsort(values, COUNT, sizeof *values, compare);
    for (size_t i = 1; i < COUNT; i++)
        ck_assert_uint_ne(values[i], values[i - 1]);
    free(values);
}
END_TEST

START_TEST(each_bit_is_set_half_of_the_time)
{
    enum {
        DRAWS = 65536,
        FIVE_SIGMA = 5 * 128
    };
    int set[64] = {0};
    struct rng rng;

    rng_init(&rng, 2);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t value = rng_next(&rng);
        for (int bit = 0; bit < 64; bit++)
            set[bit] += (int)(value >> bit & 1);
    }
    for (int bit = 0; bit < 64; bit++)
        ck_assert_int_le(abs(set[bit] - DRAWS / 2), FIVE_SIGMA);
}
END_TEST

START_TEST(below_stays_below_and_reaches_everything)
{
    enum {
        BOUND = 10,
        DRAWS = 100000,
        FIVE_SIGMA = 475
    };
    int hits[BOUND] = {0};
    struct rng rng;

    rng_init(&rng, 3);
    for (int i = 0; i < DRAWS; i++) {
        uint32_t value = rng_below(&rng, BOUND);
        ck_assert_uint_lt(value, BOUND);
        hits[value]++;
    }
    for (int i = 0; i < BOUND; i++)
        ck_assert_int_le(abs(hits[i] - DRAWS / BOUND), FIVE_SIGMA);
}
END_TEST

START_TEST(below_knows_its_extremes)
{
    struct rng rng;
    uint32_t largest = 0;

    rng_init(&rng, 4);
    for (int i = 0; i < 1000; i++) {
        ck_assert_uint_eq(rng_below(&rng, 1), 0);
        uint32_t value = rng_below(&rng, UINT32_MAX);
        ck_assert_uint_lt(value, UINT32_MAX);
        largest = value > largest ? value : largest;
    }
    ck_assert_uint_gt(largest, UINT32_MAX / 2);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        it_is_splitmix64,
        a_seed_fixes_the_sequence,
        values_do_not_repeat,
        each_bit_is_set_half_of_the_time,
        below_stays_below_and_reaches_everything,
        below_knows_its_extremes,
    };
    return suite_run("rng", tests, sizeof tests / sizeof *tests);
}
