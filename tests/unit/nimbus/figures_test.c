/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

/* A report of a worker, with ' for ". */
static json_t *parse(const char *text)
{
    AUTO(mem_free_text) char *copy = mem_copy_text(text);

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    json_t *value = json_loads(copy, 0, NULL);
    ck_assert_ptr_nonnull(value);
    return value;
}

static void report(struct figures *figures, const char *supervisor, int incarnation, int acked)
{
    char text[512];

    (void)snprintf(text, sizeof text,
                   "{'topology':'wc-1-1','slot':0,'incarnation':%d,'phase':'running',"
                   "'summary':{'components':[{'name':'reader','acked':%d,'open':3,"
                   "'latency_ns':{'p50':%d}}]}}",
                   incarnation, acked, 10 * incarnation);
    json_t *worker = parse(text);
    ck_assert(figures_check(worker));
    figures_begin(figures, supervisor);
    figures_put(figures, supervisor, worker, 1);
    json_decref(worker);
}

START_TEST(the_latest_report_of_a_worker_counts)
{
    struct figures figures = {0};

    report(&figures, "s1", 1, 5);
    report(&figures, "s1", 1, 9);
    ck_assert_uint_eq(figures_sum(&figures, "reader").counts.acked, 9);
    ck_assert_uint_eq(figures_sum(&figures, "reader").open, 3);
    ck_assert_uint_eq(figures_sum(&figures, "writer").counts.acked, 0);
    figures_done(&figures);
}
END_TEST

START_TEST(counts_do_not_go_back_when_a_worker_is_started_anew)
{
    struct figures figures = {0};

    report(&figures, "s1", 1, 100);
    report(&figures, "s1", 2, 0);
    ck_assert_uint_eq(figures_sum(&figures, "reader").counts.acked, 100);
    report(&figures, "s1", 2, 7);
    ck_assert_uint_eq(figures_sum(&figures, "reader").counts.acked, 107);
    ck_assert_uint_eq(figures_sum(&figures, "reader").open, 3);
    report(&figures, "s1", 3, 1);
    ck_assert_uint_eq(figures_sum(&figures, "reader").counts.acked, 108);
    figures_done(&figures);
}
END_TEST

START_TEST(a_worker_that_is_gone_stays_in_the_sums_but_has_nothing_open)
{
    struct figures figures = {0};

    report(&figures, "s1", 1, 100);
    figures_begin(&figures, "s1"); /* an empty report */
    ck_assert(!figures_find(&figures, "s1", 0)->is_live);
    ck_assert_uint_eq(figures_sum(&figures, "reader").counts.acked, 100);
    ck_assert_uint_eq(figures_sum(&figures, "reader").open, 0);
    report(&figures, "s1", 1, 101); /* its supervisor had only been started anew */
    ck_assert_uint_eq(figures_sum(&figures, "reader").counts.acked, 101);
    figures_done(&figures);
}
END_TEST

START_TEST(of_several_workers_counts_are_summed_and_the_largest_latency_is_shown)
{
    struct figures figures = {0};

    report(&figures, "s1", 1, 10);
    report(&figures, "s2", 4, 20);
    ck_assert_uint_eq(figures_sum(&figures, "reader").counts.acked, 30);
    ck_assert_uint_eq(figures_sum(&figures, "reader").latency_p50_ns, 40);
    figures_done(&figures);
}
END_TEST

START_TEST(places_have_a_limit_and_those_that_are_gone_make_room)
{
    struct figures figures = {0};
    char name[16];

    for (int i = 0; i < FIGURES_WORKERS_MAX; i++) {
        (void)snprintf(name, sizeof name, "s%d", i);
        report(&figures, name, 1, 1);
    }
    report(&figures, "one more", 1, 1);
    ck_assert_uint_eq(figures.worker_count, FIGURES_WORKERS_MAX);
    ck_assert_ptr_null(figures_find(&figures, "one more", 0));
    figures_begin(&figures, "s7");
    report(&figures, "one more", 1, 1);
    ck_assert_uint_eq(figures.worker_count, FIGURES_WORKERS_MAX);
    ck_assert_ptr_nonnull(figures_find(&figures, "one more", 0));
    ck_assert_uint_eq(figures_sum(&figures, "reader").counts.acked, FIGURES_WORKERS_MAX + 1);
    figures_done(&figures);
}
END_TEST

START_TEST(where_there_is_no_process_nothing_is_open)
{
    struct figures figures = {0};
    json_t *worker =
        parse("{'topology':'a','slot':1,'incarnation':1,'phase':'backoff','drained':false}");

    figures_put(&figures, "s1", worker, 1);
    ck_assert(figures_find(&figures, "s1", 1)->is_drained);
    json_decref(worker);
    figures_done(&figures);
}
END_TEST

START_TEST(what_is_no_report_is_told_apart)
{
    static const char *const bad[] = {
        "[]",
        "{'slot':0,'incarnation':1,'phase':'running'}",
        "{'topology':'a','slot':-1,'incarnation':1,'phase':'running'}",
        "{'topology':'a','slot':1024,'incarnation':1,'phase':'running'}",
        "{'topology':'a','slot':0,'incarnation':'1','phase':'running'}",
        "{'topology':'a','slot':0,'incarnation':1,'phase':3}",
        "{'topology':'a','slot':0,'incarnation':1,'phase':'running','summary':[]}",
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        json_t *worker = parse(bad[i]);
        ck_assert_msg(!figures_check(worker), "%s", bad[i]);
        json_decref(worker);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_latest_report_of_a_worker_counts,
        counts_do_not_go_back_when_a_worker_is_started_anew,
        a_worker_that_is_gone_stays_in_the_sums_but_has_nothing_open,
        of_several_workers_counts_are_summed_and_the_largest_latency_is_shown,
        places_have_a_limit_and_those_that_are_gone_make_room,
        where_there_is_no_process_nothing_is_open,
        what_is_no_report_is_told_apart,
    };
    return suite_run("figures", tests, COUNT_OF(tests));
}
