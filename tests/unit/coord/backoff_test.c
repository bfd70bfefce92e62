/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/backoff.h"

#include "tests/support/suite.h"

/* The longest of many pauses comes near the bound: the generator is uniform, the seed fixed. */
static uint32_t longest_ms(struct backoff backoff, struct rng *rng)
{
    uint32_t longest = 0;

    for (int i = 0; i < 200; i++) {
        struct backoff copy = backoff;
        uint32_t pause_ms = backoff_next_ms(&copy, rng);

        ck_assert_uint_ge(pause_ms, 1);
        longest = pause_ms > longest ? pause_ms : longest;
    }
    return longest;
}

START_TEST(pauses_grow_up_to_the_maximum)
{
    static const uint32_t bounds[] = {200, 400, 800, 1600, 3200, 5000, 5000};
    struct backoff backoff;
    struct rng rng;

    rng_init(&rng, 1);
    backoff_init(&backoff, 5000);
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        uint32_t longest = longest_ms(backoff, &rng);

        ck_assert_uint_le(longest, bounds[i]);
        ck_assert_uint_gt(longest, bounds[i] * 9 / 10);
        (void)backoff_next_ms(&backoff, &rng);
    }
}
END_TEST

START_TEST(a_success_makes_the_next_pause_short_again)
{
    struct backoff backoff;
    struct rng rng;

    rng_init(&rng, 2);
    backoff_init(&backoff, 5000);
    for (int i = 0; i < 10; i++)
        (void)backoff_next_ms(&backoff, &rng);
    ck_assert_uint_gt(longest_ms(backoff, &rng), 4000);
    backoff_reset(&backoff);
    ck_assert_uint_le(longest_ms(backoff, &rng), BACKOFF_FIRST_MS);
}
END_TEST

START_TEST(a_small_maximum_holds_from_the_start)
{
    struct backoff backoff;
    struct rng rng;

    rng_init(&rng, 3);
    backoff_init(&backoff, 1);
    for (int i = 0; i < 10; i++)
        ck_assert_uint_eq(backoff_next_ms(&backoff, &rng), 1);
}
END_TEST

/* The largest a setting allows: the bound must not wrap while it doubles. */
START_TEST(a_huge_maximum_is_reached_without_a_wrap)
{
    struct backoff backoff;
    struct rng rng;

    rng_init(&rng, 4);
    backoff_init(&backoff, UINT32_MAX);
    for (int i = 0; i < 40; i++) {
        uint32_t before = backoff.bound_ms;

        (void)backoff_next_ms(&backoff, &rng);
        ck_assert_uint_ge(backoff.bound_ms, before);
    }
    ck_assert_uint_eq(backoff.bound_ms, UINT32_MAX);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        pauses_grow_up_to_the_maximum,
        a_success_makes_the_next_pause_short_again,
        a_small_maximum_holds_from_the_start,
        a_huge_maximum_is_reached_without_a_wrap,
    };
    return suite_run("backoff", tests, sizeof tests / sizeof *tests);
}
