/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/lookups.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/monitor.h"
#include "tests/support/canned_ask.h"
#include "tests/support/suite.h"

#define FOR_EVER UINT64_MAX
#define LONG_NS  (3600ull * 1000000000)

static enum lookup_verdict find(struct lookups *lookups, const char *key,
                                struct lookup **ret_lookup, int64_t *ret_number)
{
    struct control_fault fault;
    struct lookup_answer answer = {.ok = NULL};
    enum lookup_verdict verdict = lookups_find(lookups, key, FOR_EVER, ret_lookup, &answer, &fault);

    *ret_number = answer.ok == NULL ? -(int64_t)fault.code
                                    : json_integer_value(json_object_get(answer.ok, "number"));
    give_back(&answer.ok);
    return verdict;
}

/* Figures of a tick; 0: they have none. */
static void tell_at(struct lookups *lookups, struct lookup *lookup, int number, uint64_t tick)
{
    const struct lookup_told told = {
        .text = control_answer_encode(1, json_pack("{s:i}", "number", number)), .tick = tick};

    lookups_tell(lookups, lookup, &told);
}

static void tell(struct lookups *lookups, struct lookup *lookup, int number)
{
    tell_at(lookups, lookup, number, 0);
}

/* Their number is the tick's. */
static void tell_tick(struct lookups *lookups, struct lookup *lookup, int tick)
{
    tell_at(lookups, lookup, tick, (uint64_t)tick);
}

START_TEST(an_answer_is_given_again_until_it_is_forgotten)
{
    AUTO(lookups_destroy) struct lookups *lookups = lookups_new(LONG_NS);
    struct lookup *lookup;
    int64_t number;

    ck_assert_int_eq(find(lookups, "a", &lookup, &number), LOOKUP_TO_ASK);
    tell(lookups, lookup, 7);
    ck_assert_int_eq(find(lookups, "a", &lookup, &number), LOOKUP_KNOWN);
    ck_assert_int_eq(number, 7);
    lookups_forget(lookups);
    ck_assert_int_eq(find(lookups, "a", &lookup, &number), LOOKUP_TO_ASK);
    tell(lookups, lookup, 8);
}
END_TEST

START_TEST(an_answer_grows_old)
{
    AUTO(lookups_destroy) struct lookups *lookups = lookups_new(0);
    struct lookup *lookup;
    int64_t number;

    for (int i = 0; i < 2 * LOOKUPS_MAX; i++) {
        ck_assert_int_eq(find(lookups, "a", &lookup, &number), LOOKUP_TO_ASK);
        tell(lookups, lookup, i);
    }
}
END_TEST

START_TEST(a_fault_is_not_kept)
{
    AUTO(lookups_destroy) struct lookups *lookups = lookups_new(LONG_NS);
    struct control_fault fault = {.code = CONTROL_UNAVAILABLE};
    struct lookup *lookup;
    int64_t number;

    ck_assert_int_eq(find(lookups, "a", &lookup, &number), LOOKUP_TO_ASK);
    lookups_fail(lookups, lookup, &fault);
    ck_assert_int_eq(find(lookups, "a", &lookup, &number), LOOKUP_TO_ASK);
    tell(lookups, lookup, 1);
}
END_TEST

START_TEST(beyond_the_limit_each_question_is_asked)
{
    AUTO(lookups_destroy) struct lookups *lookups = lookups_new(LONG_NS);
    struct lookup *lookup;
    int64_t number;
    char key[16];

    for (int i = 0; i < LOOKUPS_MAX; i++) {
        (void)snprintf(key, sizeof key, "%d", i);
        ck_assert_int_eq(find(lookups, key, &lookup, &number), LOOKUP_TO_ASK);
        tell(lookups, lookup, i);
    }
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(find(lookups, "more", &lookup, &number), LOOKUP_TO_ASK);
        tell(lookups, lookup, i);
    }
}
END_TEST

struct asker {
    struct lookups *lookups;
    struct monitor monitor;
    unsigned asked;
    unsigned known;
};

/* Every thread asks the same; who has to answer does it when all have begun. */
static void *ask(void *context)
{
    struct asker *asker = context;
    struct lookup *lookup;
    int64_t number;

    enum lookup_verdict verdict = find(asker->lookups, "a", &lookup, &number);
    if (verdict == LOOKUP_TO_ASK)
        tell(asker->lookups, lookup, 5);
    monitor_enter(&asker->monitor);
    asker->asked += verdict == LOOKUP_TO_ASK;
    asker->known += verdict == LOOKUP_KNOWN && number == 5;
    monitor_leave(&asker->monitor);
    return NULL;
}

START_TEST(who_asks_at_the_same_time_gets_the_one_answer)
{
    AUTO(lookups_destroy) struct lookups *lookups = lookups_new(LONG_NS);
    struct asker asker = {.lookups = lookups};
    pthread_t threads[8];

    monitor_init(&asker.monitor);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        ck_assert_int_eq(monitor_start_thread(ask, &asker, &threads[i], NULL), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_uint_eq(asker.asked, 1);
    ck_assert_uint_eq(asker.known, COUNT_OF(threads) - 1);
    monitor_done(&asker.monitor);
}
END_TEST

START_TEST(who_waits_for_the_answer_of_another_gives_up_in_time)
{
    AUTO(lookups_destroy) struct lookups *lookups = lookups_new(LONG_NS);
    struct control_fault fault;
    struct lookup *first;
    struct lookup *second;
    struct lookup_answer answer;
    int64_t number;

    ck_assert_int_eq(find(lookups, "a", &first, &number), LOOKUP_TO_ASK);
    ck_assert_int_eq(lookups_find(lookups, "a", clock_now_ns(), &second, &answer, &fault),
                     LOOKUP_LATE);
    lookups_forget(lookups);
    ck_assert_int_eq(find(lookups, "a", &second, &number), LOOKUP_TO_ASK);
    tell(lookups, first, 1);
    tell(lookups, second, 2);
    ck_assert_int_eq(find(lookups, "a", &second, &number), LOOKUP_KNOWN);
    ck_assert_int_eq(number, 2);
}
END_TEST

START_TEST(bytes_that_came_with_an_answer_are_given_again)
{
    AUTO(lookups_destroy) struct lookups *lookups = lookups_new(LONG_NS);
    struct lookup_told told = {.body = (char[]){"abc"}, .size = 3};
    struct lookup_answer answer = {.ok = NULL};
    struct control_fault fault;
    struct lookup *lookup;
    int64_t number;

    ck_assert_int_eq(find(lookups, "a", &lookup, &number), LOOKUP_TO_ASK);
    told.text = control_answer_encode(1, json_pack("{s:i}", "number", 7));
    lookups_tell(lookups, lookup, &told);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(lookups_find(lookups, "a", FOR_EVER, &lookup, &answer, &fault),
                         LOOKUP_KNOWN);
        ck_assert_uint_eq(answer.size, 3);
        ck_assert_mem_eq(answer.body, "abc", 3);
        give_back(&answer.ok);
        free(answer.body);
    }
}
END_TEST

START_TEST(figures_of_a_later_tick_end_all_that_was_told_before)
{
    AUTO(lookups_destroy) struct lookups *lookups = lookups_new(LONG_NS);
    struct lookup *lookup;
    int64_t number;

    ck_assert_int_eq(find(lookups, "figures", &lookup, &number), LOOKUP_TO_ASK);
    tell_tick(lookups, lookup, 10);
    ck_assert_int_eq(find(lookups, "nodes", &lookup, &number), LOOKUP_TO_ASK);
    tell(lookups, lookup, 1);
    ck_assert_int_eq(find(lookups, "tasks", &lookup, &number), LOOKUP_TO_ASK);
    tell_tick(lookups, lookup, 10);
    ck_assert_int_eq(find(lookups, "figures", &lookup, &number), LOOKUP_KNOWN);
    ck_assert_int_eq(find(lookups, "nodes", &lookup, &number), LOOKUP_KNOWN);

    ck_assert_int_eq(find(lookups, "pulse", &lookup, &number), LOOKUP_TO_ASK);
    tell_tick(lookups, lookup, 11);
    ck_assert_int_eq(find(lookups, "pulse", &lookup, &number), LOOKUP_KNOWN);
    ck_assert_int_eq(number, 11);
    ck_assert_int_eq(find(lookups, "figures", &lookup, &number), LOOKUP_TO_ASK);
    tell_tick(lookups, lookup, 11);
    ck_assert_int_eq(find(lookups, "nodes", &lookup, &number), LOOKUP_TO_ASK);
    tell(lookups, lookup, 2);
    ck_assert_int_eq(find(lookups, "figures", &lookup, &number), LOOKUP_KNOWN);
}
END_TEST

START_TEST(an_answer_that_comes_behind_a_later_tick_is_not_kept)
{
    AUTO(lookups_destroy) struct lookups *lookups = lookups_new(LONG_NS);
    struct lookup *figures;
    struct lookup *nodes;
    struct lookup *tasks;
    struct lookup *pulse;
    int64_t number;

    ck_assert_int_eq(find(lookups, "figures", &figures, &number), LOOKUP_TO_ASK);
    ck_assert_int_eq(find(lookups, "nodes", &nodes, &number), LOOKUP_TO_ASK);
    ck_assert_int_eq(find(lookups, "tasks", &tasks, &number), LOOKUP_TO_ASK);
    ck_assert_int_eq(find(lookups, "pulse", &pulse, &number), LOOKUP_TO_ASK);
    tell_tick(lookups, pulse, 11);
    tell_tick(lookups, figures, 10);
    tell(lookups, nodes, 1);
    tell_tick(lookups, tasks, 11);
    ck_assert_int_eq(find(lookups, "pulse", &pulse, &number), LOOKUP_KNOWN);
    ck_assert_int_eq(find(lookups, "tasks", &tasks, &number), LOOKUP_KNOWN);
    ck_assert_int_eq(find(lookups, "figures", &figures, &number), LOOKUP_TO_ASK);
    tell_tick(lookups, figures, 11);
    ck_assert_int_eq(find(lookups, "nodes", &nodes, &number), LOOKUP_TO_ASK);
    tell(lookups, nodes, 2);
}
END_TEST

START_TEST(another_nimbus_counts_from_the_beginning)
{
    AUTO(lookups_destroy) struct lookups *lookups = lookups_new(LONG_NS);
    struct lookup *lookup;
    int64_t number;

    ck_assert_int_eq(find(lookups, "pulse", &lookup, &number), LOOKUP_TO_ASK);
    tell_tick(lookups, lookup, 5000);
    ck_assert_int_eq(find(lookups, "figures", &lookup, &number), LOOKUP_TO_ASK);
    tell_tick(lookups, lookup, 1);
    ck_assert_int_eq(find(lookups, "figures", &lookup, &number), LOOKUP_KNOWN);
    ck_assert_int_eq(number, 1);
    ck_assert_int_eq(find(lookups, "pulse", &lookup, &number), LOOKUP_TO_ASK);
    tell_tick(lookups, lookup, 1);
}
END_TEST

/* Waits for figures that come behind a later tick, and so asks itself. */
static void *ask_figures(void *context)
{
    struct asker *asker = context;
    struct lookup *lookup;
    int64_t number;

    enum lookup_verdict verdict = find(asker->lookups, "figures", &lookup, &number);
    if (verdict == LOOKUP_TO_ASK)
        tell_tick(asker->lookups, lookup, 11);
    monitor_enter(&asker->monitor);
    asker->asked += verdict == LOOKUP_TO_ASK;
    asker->known += verdict == LOOKUP_KNOWN && number == 11;
    monitor_leave(&asker->monitor);
    return NULL;
}

START_TEST(who_waits_for_an_answer_that_comes_too_late_asks_anew)
{
    AUTO(lookups_destroy) struct lookups *lookups = lookups_new(LONG_NS);
    struct asker asker = {.lookups = lookups};
    struct lookup *figures;
    struct lookup *pulse;
    pthread_t threads[4];
    int64_t number;

    monitor_init(&asker.monitor);
    ck_assert_int_eq(find(lookups, "figures", &figures, &number), LOOKUP_TO_ASK);
    ck_assert_int_eq(find(lookups, "pulse", &pulse, &number), LOOKUP_TO_ASK);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        ck_assert_int_eq(monitor_start_thread(ask_figures, &asker, &threads[i], NULL), ERR_OK);
    tell_tick(lookups, pulse, 11);
    tell_tick(lookups, figures, 10);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_uint_eq(asker.asked, 1);
    ck_assert_uint_eq(asker.known, COUNT_OF(threads) - 1);
    monitor_done(&asker.monitor);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {an_answer_is_given_again_until_it_is_forgotten,
                                  an_answer_grows_old,
                                  a_fault_is_not_kept,
                                  beyond_the_limit_each_question_is_asked,
                                  who_asks_at_the_same_time_gets_the_one_answer,
                                  who_waits_for_the_answer_of_another_gives_up_in_time,
                                  bytes_that_came_with_an_answer_are_given_again,
                                  figures_of_a_later_tick_end_all_that_was_told_before,
                                  an_answer_that_comes_behind_a_later_tick_is_not_kept,
                                  another_nimbus_counts_from_the_beginning,
                                  who_waits_for_an_answer_that_comes_too_late_asks_anew};

    return suite_run("lookups", tests, COUNT_OF(tests));
}
