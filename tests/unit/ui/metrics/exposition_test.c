/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/metrics/exposition.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static void expect_text(struct exposition *exposition, const char *expected)
{
    struct text out = {.data = NULL};

    exposition_write(exposition, &out);
    ck_assert_str_eq(text_data(&out), expected);
    text_done(&out);
}

START_TEST(without_samples_there_is_nothing)
{
    AUTO(exposition_destroy) struct exposition *exposition = exposition_new();

    expect_text(exposition, "");
}
END_TEST

START_TEST(samples_of_a_metric_stand_together)
{
    AUTO(exposition_destroy) struct exposition *exposition = exposition_new();
    struct label_values one = {{"a", "b"}};
    struct label_values two = {{"c", "d"}};
    struct label_values none = {{NULL}};

    exposition_count(exposition, METRIC_COMPONENT_TASKS, &one, 3);
    exposition_count(exposition, METRIC_UP, &none, 1);
    exposition_count(exposition, METRIC_COMPONENT_TASKS, &two, UINT64_MAX);
    expect_text(exposition,
                "# HELP gale_up 1 if nimbus has answered; without it there is nothing else.\n"
                "# TYPE gale_up gauge\n"
                "gale_up 1\n"
                "# HELP gale_component_tasks Its tasks.\n"
                "# TYPE gale_component_tasks gauge\n"
                "gale_component_tasks{topology=\"a\",component=\"b\"} 3\n"
                "gale_component_tasks{topology=\"c\",component=\"d\"} 18446744073709551615\n");
}
END_TEST

START_TEST(values_of_labels_are_escaped)
{
    AUTO(exposition_destroy) struct exposition *exposition = exposition_new();
    struct label_values labels = {{"a\\b\"c\nd\xc3\xa9"}};
    struct text out = {.data = NULL};

    exposition_count(exposition, METRIC_TOPOLOGY_TASKS, &labels, 0);
    exposition_write(exposition, &out);
    ck_assert_ptr_nonnull(
        strstr(text_data(&out), "\ngale_topology_tasks{topology=\"a\\\\b\\\"c\\nd\xc3\xa9\"} 0\n"));
    text_done(&out);
}
END_TEST

START_TEST(a_summary_has_quantiles_sum_and_count)
{
    AUTO(exposition_destroy) struct exposition *exposition = exposition_new();
    struct label_values labels = {{"wc"}};

    exposition_quantile(exposition, METRIC_TOPOLOGY_LATENCY, &labels, "0.5", 0.0015);
    exposition_quantile(exposition, METRIC_TOPOLOGY_LATENCY, &labels, "0.99", NAN);
    exposition_sum(exposition, METRIC_TOPOLOGY_LATENCY, &labels, 12345678.25);
    exposition_total(exposition, METRIC_TOPOLOGY_LATENCY, &labels, 7);
    expect_text(
        exposition,
        "# HELP gale_topology_latency_seconds From emit to ack, of trees that were completed.\n"
        "# TYPE gale_topology_latency_seconds summary\n"
        "gale_topology_latency_seconds{topology=\"wc\",quantile=\"0.5\"} 0.0015\n"
        "gale_topology_latency_seconds{topology=\"wc\",quantile=\"0.99\"} NaN\n"
        "gale_topology_latency_seconds_sum{topology=\"wc\"} 12345678.25\n"
        "gale_topology_latency_seconds_count{topology=\"wc\"} 7\n");
}
END_TEST

START_TEST(what_is_not_finite_has_a_word_of_its_own)
{
    AUTO(exposition_destroy) struct exposition *exposition = exposition_new();
    struct label_values none = {{NULL}};
    struct text out = {.data = NULL};

    exposition_real(exposition, METRIC_TICK_TIME, &none, INFINITY);
    exposition_real(exposition, METRIC_TICK_TIME, &none, -INFINITY);
    exposition_write(exposition, &out);
    ck_assert_ptr_nonnull(strstr(text_data(&out), "gale_tick_time_seconds +Inf\n"));
    ck_assert_ptr_nonnull(strstr(text_data(&out), "gale_tick_time_seconds -Inf\n"));
    text_done(&out);
}
END_TEST

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text);

    return size >= strlen(end) && strcmp(text + size - strlen(end), end) == 0;
}

/* By prometheus.io/docs/practices/naming: base units, `_total` for counters alone. */
START_TEST(names_follow_the_rules)
{
    static const char *const wrong_ends[] = {"_ms",      "_ns",    "_millis", "_kb",
                                             "_percent", "_count", "_sum",    "_bucket"};

    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const struct metric_spec *spec = &metric_specs[i];
        ck_assert_ptr_nonnull(spec->name);
        ck_assert_msg(metric_is_name(spec->name), "%s", spec->name);
        ck_assert_msg(strncmp(spec->name, "gale_", 5) == 0, "%s", spec->name);
        ck_assert_msg(ends_with(spec->name, "_total") == (spec->kind == METRIC_COUNTER), "%s",
                      spec->name);
        ck_assert_msg(spec->help[0] != '\0' && !ends_with(spec->help, ".") &&
                          strpbrk(spec->help, "\\\n") == NULL,
                      "%s", spec->name);
        ck_assert_ptr_null(strstr(spec->labels, "quantile"));
        for (size_t k = 0; k < COUNT_OF(wrong_ends); k++)
            ck_assert_msg(!ends_with(spec->name, wrong_ends[k]), "%s", spec->name);
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(spec->name, metric_specs[k].name);
    }
}
END_TEST

START_TEST(a_name_begins_with_a_letter)
{
    ck_assert(metric_is_name("a_1:b"));
    ck_assert(!metric_is_name("1a"));
    ck_assert(!metric_is_name(""));
    ck_assert(!metric_is_name("a-b"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        without_samples_there_is_nothing,
        samples_of_a_metric_stand_together,
        values_of_labels_are_escaped,
        a_summary_has_quantiles_sum_and_count,
        what_is_not_finite_has_a_word_of_its_own,
        names_follow_the_rules,
        a_name_begins_with_a_letter,
    };

    return suite_run("exposition", tests, sizeof tests / sizeof *tests);
}
