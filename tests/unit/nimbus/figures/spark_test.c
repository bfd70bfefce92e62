/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/spark.h"

#include <math.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(means_are_of_fifteen_seconds_and_the_last_of_what_has_passed)
{
    struct spark spark = {0};
    double means[SPARK_POINTS];

    for (uint64_t tick = 30; tick < 45; tick++)
        spark_put(&spark, tick, tick - 30);
    spark_put(&spark, 45, 100);
    spark_put(&spark, 46, 200);
    spark_read(&spark, 46, means);
    ck_assert_double_eq(means[SPARK_POINTS - 1], 150);
    ck_assert_double_eq(means[SPARK_POINTS - 2], 7);
    for (size_t i = 0; i < SPARK_POINTS - 2; i++)
        ck_assert(isnan(means[i]));
}
END_TEST

START_TEST(seconds_without_a_value_are_no_zeros)
{
    struct spark spark = {0};
    double means[SPARK_POINTS];

    spark_put(&spark, 1, 10);
    spark_put(&spark, 14, 30);
    spark_put(&spark, 45, 5);
    spark_read(&spark, 60, means);
    ck_assert(isnan(means[SPARK_POINTS - 1]));
    ck_assert_double_eq(means[SPARK_POINTS - 2], 5);
    ck_assert(isnan(means[SPARK_POINTS - 3]));
    ck_assert_double_eq(means[SPARK_POINTS - 5], 20);
}
END_TEST

START_TEST(what_is_older_than_fifteen_minutes_is_forgotten)
{
    struct spark spark = {0};
    double means[SPARK_POINTS];

    for (uint64_t tick = 1; tick <= 2000; tick++)
        spark_put(&spark, tick, tick);
    spark_read(&spark, 2000, means);
    for (size_t i = 0; i + 1 < SPARK_POINTS; i++)
        ck_assert_double_eq(means[i], (double)(1995 - 15 * (SPARK_POINTS - 1 - i)) + 7);
    spark_read(&spark, 2000 + 900 + 15, means);
    for (size_t i = 0; i < SPARK_POINTS; i++)
        ck_assert(isnan(means[i]));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        means_are_of_fifteen_seconds_and_the_last_of_what_has_passed,
        seconds_without_a_value_are_no_zeros,
        what_is_older_than_fifteen_minutes_is_forgotten,
    };

    return suite_run("spark", tests, COUNT_OF(tests));
}
