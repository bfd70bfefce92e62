/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <time.h>

#include "tests/support/suite.h"

START_TEST(the_monotonic_clock_never_goes_back)
{
    uint64_t before_ns = clock_now_ns();

    for (int i = 0; i < 10000; i++) {
        uint64_t now_ns = clock_now_ns();
        ck_assert_uint_ge(now_ns, before_ns);
        before_ns = now_ns;
    }
}
END_TEST

START_TEST(the_monotonic_clock_is_the_one_that_deadlines_use)
{
    struct timespec before;
    struct timespec after;

    ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &before), 0);
    uint64_t now_ns = clock_now_ns();
    ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &after), 0);
    ck_assert_uint_ge(now_ns, (uint64_t)before.tv_sec * 1000000000u + (uint64_t)before.tv_nsec);
    ck_assert_uint_le(now_ns, (uint64_t)after.tv_sec * 1000000000u + (uint64_t)after.tv_nsec);
}
END_TEST

START_TEST(work_uses_cpu_time)
{
    uint64_t start_ns = clock_cpu_ns();

    while (clock_cpu_ns() == start_ns) /* the test's time limit is the limit */
        ;
    ck_assert_uint_gt(clock_cpu_ns(), start_ns);
}
END_TEST

START_TEST(wall_time_counts_milliseconds_since_1970)
{
    time_t before = time(NULL);
    uint64_t now_ms = clock_wall_ms();

    /* time() may be behind by a tick, and somebody may set the clock: a minute is near enough. */
    ck_assert_uint_gt(now_ms / 1000 + 60, (uint64_t)before);
    ck_assert_uint_lt(now_ms / 1000, (uint64_t)before + 60);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_monotonic_clock_never_goes_back,
        the_monotonic_clock_is_the_one_that_deadlines_use,
        work_uses_cpu_time,
        wall_time_counts_milliseconds_since_1970,
    };
    return suite_run("clock", tests, sizeof tests / sizeof *tests);
}
