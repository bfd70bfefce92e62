/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/places.h"

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

static void report(struct places *places, const char *supervisor, int incarnation)
{
    char text[512];

    (void)snprintf(text, sizeof text,
                   "{'topology':'wc-1-1','slot':0,'incarnation':%d,'phase':'running'}",
                   incarnation);
    json_t *worker = parse(text);
    ck_assert(places_check(worker));
    places_begin(places, supervisor);
    places_put(places, supervisor, worker, 1);
    json_decref(worker);
}

START_TEST(the_latest_report_of_a_worker_counts)
{
    struct places places = {0};

    report(&places, "s1", 1);
    report(&places, "s1", 2);
    report(&places, "s2", 7);
    ck_assert_uint_eq(places.count, 2);
    ck_assert_uint_eq(places_find(&places, "s1", 0)->incarnation, 2);
    ck_assert_ptr_null(places_find(&places, "s1", 1));
    places_done(&places);
}
END_TEST

START_TEST(a_worker_that_is_not_in_the_report_is_not_live)
{
    struct places places = {0};

    report(&places, "s1", 1);
    places_begin(&places, "s1"); /* an empty report */
    ck_assert(!places_find(&places, "s1", 0)->is_live);
    report(&places, "s1", 1); /* its supervisor had only been started anew */
    ck_assert(places_find(&places, "s1", 0)->is_live);
    places_done(&places);
}
END_TEST

START_TEST(places_have_a_limit_and_those_that_are_gone_make_room)
{
    struct places places = {0};
    char name[16];

    for (int i = 0; i < PLACES_MAX; i++) {
        (void)snprintf(name, sizeof name, "s%d", i);
        report(&places, name, 1);
    }
    report(&places, "one more", 1);
    ck_assert_uint_eq(places.count, PLACES_MAX);
    ck_assert_ptr_null(places_find(&places, "one more", 0));
    places_begin(&places, "s7");
    report(&places, "one more", 1);
    ck_assert_uint_eq(places.count, PLACES_MAX);
    ck_assert_ptr_nonnull(places_find(&places, "one more", 0));
    places_done(&places);
}
END_TEST

START_TEST(where_there_is_no_process_nothing_is_open)
{
    struct places places = {0};
    json_t *worker =
        parse("{'topology':'a','slot':1,'incarnation':1,'phase':'backoff','drained':false}");

    places_put(&places, "s1", worker, 1);
    ck_assert(places_find(&places, "s1", 1)->is_drained);
    json_decref(worker);
    places_done(&places);
}
END_TEST

START_TEST(restarts_are_counted_as_the_supervisor_says_them)
{
    static const char *const reports[] = {
        "{'topology':'a','slot':1,'incarnation':1,'phase':'running','restarts':4}",
        "{'topology':'a','slot':1,'incarnation':2,'phase':'running','restarts':5}",
        "{'topology':'a','slot':1,'incarnation':3,'phase':'running','restarts':0}",
        "{'topology':'a','slot':1,'incarnation':9,'phase':'running','restarts':6}",
    };
    struct places places = {0};

    for (size_t i = 0; i < COUNT_OF(reports); i++) {
        json_t *worker = parse(reports[i]);
        places_put(&places, "s1", worker, 100 * (i + 1));
        json_decref(worker);
    }
    ck_assert_uint_eq(places.restarts, 7);
    ck_assert_uint_eq(place_restarts(places_find(&places, "s1", 1), 0), PLACES_RESTARTS);
    ck_assert_uint_eq(place_restarts(places_find(&places, "s1", 1), 400), 0);
    places_done(&places);
}
END_TEST

START_TEST(a_restart_on_request_is_no_crash)
{
    static const char *const reports[] = {
        "{'topology':'a','slot':1,'incarnation':1,'phase':'running','restarts':0}",
        "{'topology':'a','slot':1,'incarnation':2,'phase':'running','restarts':1,"
        "'last_exit':'restarted on request'}",
        "{'topology':'a','slot':1,'incarnation':3,'phase':'running','restarts':2,"
        "'last_exit':'signal 9'}",
    };
    struct places places = {0};

    for (size_t i = 0; i < COUNT_OF(reports); i++) {
        json_t *worker = parse(reports[i]);
        places_put(&places, "s1", worker, 100 * (i + 1));
        json_decref(worker);
    }
    ck_assert_uint_eq(places.restarts, 2);
    ck_assert_uint_eq(place_restarts(places_find(&places, "s1", 1), 0), 1);
    places_done(&places);
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
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        json_t *worker = parse(bad[i]);
        ck_assert_msg(!places_check(worker), "%s", bad[i]);
        json_decref(worker);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_latest_report_of_a_worker_counts,
        a_worker_that_is_not_in_the_report_is_not_live,
        places_have_a_limit_and_those_that_are_gone_make_room,
        where_there_is_no_process_nothing_is_open,
        restarts_are_counted_as_the_supervisor_says_them,
        a_restart_on_request_is_no_crash,
        what_is_no_report_is_told_apart,
    };

    return suite_run("places", tests, COUNT_OF(tests));
}
