/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/api/spark.h"

#include "base/mem.h"
#include "tests/support/suite.h"

static json_t *history_of(size_t count, double (*value)(size_t index))
{
    json_t *values = json_array();

    for (size_t i = 0; i < count; i++) {
        double number = value(i);
        json_array_append_new(values, number < 0 ? json_null() : json_real(number));
    }
    return json_pack("{s:[{s:o}]}", "series", "values", values);
}

static double step_of(size_t index)
{
    return (double)(index / SPARK_STEP);
}

static double even(size_t index)
{
    return index % 2 == 0 ? 4 : -1;
}

START_TEST(each_point_is_the_mean_of_its_fifteen_seconds)
{
    json_t *history = history_of((size_t)SPARK_POINTS * SPARK_STEP, step_of);
    json_t *spark = spark_of(history);

    ck_assert_uint_eq(json_array_size(spark), SPARK_POINTS);
    for (size_t i = 0; i < SPARK_POINTS; i++)
        ck_assert_double_eq(json_number_value(json_array_get(spark, i)), (double)i);
    json_decref(spark);
    json_decref(history);
}
END_TEST

START_TEST(a_short_history_stands_at_the_end)
{
    json_t *history = history_of(20, step_of);
    json_t *spark = spark_of(history);

    ck_assert(json_is_null(json_array_get(spark, SPARK_POINTS - 3)));
    ck_assert_double_eq(json_number_value(json_array_get(spark, SPARK_POINTS - 2)), 0);
    ck_assert_double_eq_tol(json_number_value(json_array_get(spark, SPARK_POINTS - 1)), 5.0 / 15,
                            1e-9);
    json_decref(spark);
    json_decref(history);
}
END_TEST

START_TEST(what_is_not_known_does_not_count_as_nothing)
{
    json_t *history = history_of((size_t)SPARK_POINTS * SPARK_STEP, even);
    json_t *spark = spark_of(history);

    ck_assert_double_eq(json_number_value(json_array_get(spark, 30)), 4);
    json_decref(spark);
    json_decref(history);
    spark = spark_of(NULL);
    ck_assert_uint_eq(json_array_size(spark), SPARK_POINTS);
    ck_assert(json_is_null(json_array_get(spark, 0)));
    json_decref(spark);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_point_is_the_mean_of_its_fifteen_seconds,
        a_short_history_stands_at_the_end,
        what_is_not_known_does_not_count_as_nothing,
    };

    return suite_run("spark", tests, COUNT_OF(tests));
}
