/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/summary_view.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(counts_are_grouped_by_thousands)
{
    static const struct {
        uint64_t count;
        const char *text;
    } rows[] = {{0, "0"},
                {999, "999"},
                {1000, "1,000"},
                {1002003, "1,002,003"},
                {UINT64_MAX, "18,446,744,073,709,551,615"}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text text;

        text_init(&text);
        summary_view_count(rows[i].count, &text);
        ck_assert_str_eq(text_data(&text), rows[i].text);
        text_done(&text);
    }
}
END_TEST

START_TEST(durations_have_the_unit_that_suits_them)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } rows[] = {{0, "0 ns"},
                {850, "850 ns"},
                {1234, "1.23 us"},
                {45600000, "45.6 ms"},
                {999900000, "1000 ms"},
                {3100000000, "3.1 s"},
                {125000000000, "2 min 5 s"},
                {7500000000000, "2 h 5 min"}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text text;

        text_init(&text);
        summary_view_duration(rows[i].ns, &text);
        ck_assert_str_eq(text_data(&text), rows[i].text);
        text_done(&text);
    }
}
END_TEST

static struct summary_metric metrics[] = {
    {.name = (char[]){"distinct"}, .kind = SUMMARY_COUNTER, .value = 12345},
    {.name = (char[]){"fill"}, .kind = SUMMARY_GAUGE, .value = 0.5, .task_index = 3},
    {.name = (char[]){"size"},
     .kind = SUMMARY_HISTOGRAM,
     .count = 10,
     .mean = 2.5,
     .p50 = 2,
     .p99 = 9,
     .max = 11},
};

static struct summary_component components[] = {
    {.name = (char[]){"reader"},
     .is_spout = true,
     .tasks = 1,
     .emitted = 2000,
     .acked = 1990,
     .failed = 10,
     .timed_out = 4,
     .open = 3,
     .latency_p50_ns = 1500000,
     .latency_p99_ns = 2000000},
    {.name = (char[]){"counter"},
     .tasks = 4,
     .executed = 2000,
     .acked = 1990,
     .failed = 10,
     .metric_count = 3,
     .metrics = metrics},
};

static const struct summary summary = {.topology = (char[]){"wc"},
                                       .loops = 2,
                                       .acking = true,
                                       .elapsed_ns = 2000000000,
                                       .cpu_ns = 3000000000,
                                       .trees_completed = 1990,
                                       .trees_failed = 10,
                                       .tuples_executed = 2000,
                                       .component_count = 2,
                                       .components = components};

START_TEST(the_final_view_has_components_metrics_and_totals)
{
    struct text text;

    text_init(&text);
    summary_view_final(&summary, &text, STYLE_PLAIN);
    ck_assert_str_eq(text_data(&text),
                     "wc: 2.0 s on 2 loops, 2,000 tuples, 1,000 tuples/s, 3.0 s of processor time\n"
                     "trees: 1,990 completed, 10 failed, 3 given up\n"
                     "hint: 4 of them ran into topology.message.timeout.secs: lower max_pending, "
                     "give the slowest bolt more tasks, or raise it\n"
                     "\n"
                     "component  tasks  emitted  executed  acked  failed      p50      p99\n"
                     "reader         1    2,000            1,990      10  1.50 ms  2.00 ms\n"
                     "counter        4        0     2,000  1,990      10\n"
                     "\n"
                     "component  metric     value\n"
                     "counter    distinct  12,345\n"
                     "counter    fill         0.5  task 3\n"
                     "counter    size          10  mean 2.5, p50 2, p99 9, max 11\n");
    text_done(&text);
}
END_TEST

START_TEST(only_coloured_views_have_escapes)
{
    struct text text;

    text_init(&text);
    summary_view_final(&summary, &text, STYLE_PLAIN);
    ck_assert_ptr_null(strchr(text_data(&text), '\x1b'));
    summary_view_final(&summary, &text, STYLE_COLOURED);
    ck_assert_ptr_nonnull(strchr(text_data(&text), '\x1b'));
    text_done(&text);
}
END_TEST

START_TEST(the_rate_of_progress_is_that_since_the_last_line)
{
    struct summary_view view = {.elapsed_ns = 0};
    struct summary now = summary;
    struct text text;

    text_init(&text);
    summary_view_progress(&view, &now, &text);
    ck_assert_str_eq(text_data(&text),
                     "2.0 s  1,000 tuples/s  trees: 1,990 done, 10 failed, 3 open");
    now.elapsed_ns += 1000000000;
    now.tuples_executed += 50;
    text_clear(&text);
    summary_view_progress(&view, &now, &text);
    ck_assert_str_eq(text_data(&text), "3.0 s  50 tuples/s  trees: 1,990 done, 10 failed, 3 open");
    text_clear(&text);
    now.acking = false;
    summary_view_progress(&view, &now, &text);
    ck_assert_str_eq(text_data(&text), "3.0 s  0 tuples/s");
    text_done(&text);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        counts_are_grouped_by_thousands,
        durations_have_the_unit_that_suits_them,
        the_final_view_has_components_metrics_and_totals,
        only_coloured_views_have_escapes,
        the_rate_of_progress_is_that_since_the_last_line,
    };
    return suite_run("summary_view", tests, sizeof tests / sizeof *tests);
}
