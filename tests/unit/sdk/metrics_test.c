/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/src/metrics.h"

#include <gale/gale.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static const struct gale_host host = {.size = sizeof host, .observe = metrics_observe};

START_TEST(counters_and_gauges_keep_what_they_are_told)
{
    struct metrics metrics;

    metrics_init(&metrics, &host);
    struct gale_counter *counter = metrics_counter(&metrics, "words");
    struct gale_gauge *gauge = metrics_gauge(&metrics, "level");
    gale_count(counter, 2);
    gale_count(counter, 3);
    gale_set(gauge, 0.5);
    ck_assert_uint_eq(metrics_count(&metrics), 2);
    ck_assert_str_eq(metrics.items[0].name, "words");
    ck_assert_int_eq(metrics.items[0].kind, METRIC_COUNTER);
    ck_assert_uint_eq(metrics.items[0].counter.value, 5);
    ck_assert_int_eq(metrics.items[1].kind, METRIC_GAUGE);
    ck_assert(metrics.items[1].gauge.value == 0.5);
    metrics_done(&metrics);
}
END_TEST

START_TEST(histograms_are_observed_through_the_host)
{
    struct metrics metrics;

    metrics_init(&metrics, &host);
    struct gale_histogram *histogram = metrics_histogram(&metrics, "size");
    gale_observe(histogram, 10);
    gale_observe(histogram, UINT64_MAX);
    ck_assert_uint_eq(histogram_count(metrics.items[0].histogram), 2);
    ck_assert_uint_eq(histogram_max(metrics.items[0].histogram), UINT64_MAX);
    metrics_done(&metrics);
}
END_TEST

START_TEST(a_name_asked_for_again_is_the_same_metric)
{
    struct metrics metrics;

    metrics_init(&metrics, &host);
    ck_assert_uint_eq(metrics_count(&metrics), 0);
    struct gale_counter *counter = metrics_counter(&metrics, "words");
    struct gale_histogram *histogram = metrics_histogram(&metrics, "size");
    gale_observe(histogram, 1);
    ck_assert_ptr_eq(metrics_counter(&metrics, "words"), counter);
    ck_assert_ptr_eq(metrics_histogram(&metrics, "size"), histogram);
    ck_assert_uint_eq(histogram_count(metrics.items[1].histogram), 1);
    ck_assert_uint_eq(metrics_count(&metrics), 2);
    metrics_done(&metrics);
}
END_TEST

START_TEST(a_name_of_another_kind_works_but_is_not_exported)
{
    struct metrics metrics;

    metrics_init(&metrics, &host);
    struct gale_counter *counter = metrics_counter(&metrics, "words");
    gale_count(counter, 1);
    gale_set(metrics_gauge(&metrics, "words"), 9);
    gale_observe(metrics_histogram(&metrics, "words"), 9);
    gale_observe(metrics_histogram(&metrics, "words"), 9);
    ck_assert_uint_eq(metrics_count(&metrics), 1);
    ck_assert_uint_eq(counter->value, 1);
    metrics_done(&metrics);
}
END_TEST

START_TEST(beyond_the_limit_metrics_work_but_are_not_exported)
{
    struct metrics metrics;
    char name[METRICS_NAME_MAX];

    metrics_init(&metrics, &host);
    for (uint32_t i = 0; i < METRICS_MAX + 5; i++) {
        (void)snprintf(name, sizeof name, "metric_%u", i);
        gale_count(metrics_counter(&metrics, name), i);
    }
    gale_observe(metrics_histogram(&metrics, "late"), 1);
    ck_assert_uint_eq(metrics_count(&metrics), METRICS_MAX);
    for (uint32_t i = 0; i < METRICS_MAX; i++)
        ck_assert_uint_eq(metrics.items[i].counter.value, i);
    ck_assert_ptr_eq(metrics_counter(&metrics, "metric_7"), &metrics.items[7].counter);
    metrics_done(&metrics);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_not_cut_and_not_exported)
{
    struct metrics metrics;
    char name[METRICS_NAME_MAX + 1];

    memset(name, 'x', sizeof name);
    name[METRICS_NAME_MAX] = '\0';
    metrics_init(&metrics, &host);
    gale_count(metrics_counter(&metrics, name), 1);
    ck_assert_uint_eq(metrics_count(&metrics), 0);
    name[METRICS_NAME_MAX - 1] = '\0';
    gale_count(metrics_counter(&metrics, name), 1);
    ck_assert_uint_eq(metrics_count(&metrics), 1);
    ck_assert_str_eq(metrics.items[0].name, name);
    metrics_done(&metrics);
}
END_TEST

START_TEST(handles_do_not_move_when_others_come)
{
    struct metrics metrics;
    struct gale_counter *counters[METRICS_MAX];
    char name[METRICS_NAME_MAX];

    metrics_init(&metrics, &host);
    for (uint32_t i = 0; i < METRICS_MAX; i++) {
        (void)snprintf(name, sizeof name, "%u", i);
        counters[i] = metrics_counter(&metrics, name);
    }
    for (uint32_t i = 0; i < METRICS_MAX; i++)
        ck_assert_ptr_eq(counters[i], &metrics.items[i].counter);
    metrics_done(&metrics);
}
END_TEST

START_TEST(done_twice_is_done)
{
    struct metrics metrics;

    metrics_init(&metrics, &host);
    (void)metrics_histogram(&metrics, "size");
    metrics_done(&metrics);
    metrics_done(&metrics);
    ck_assert_uint_eq(metrics_count(&metrics), 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        counters_and_gauges_keep_what_they_are_told,
        histograms_are_observed_through_the_host,
        a_name_asked_for_again_is_the_same_metric,
        a_name_of_another_kind_works_but_is_not_exported,
        beyond_the_limit_metrics_work_but_are_not_exported,
        a_name_that_is_too_long_is_not_cut_and_not_exported,
        handles_do_not_move_when_others_come,
        done_twice_is_done,
    };
    return suite_run("metrics", tests, sizeof tests / sizeof *tests);
}
