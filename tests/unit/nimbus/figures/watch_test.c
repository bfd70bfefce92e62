/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/watch.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define MINUTE_NS UINT64_C(60000000000)

START_TEST(restarts_are_forgotten_after_an_hour)
{
    struct watch watch = {.restarts = 0};

    watch_note_restarts(&watch, 0, 100 * MINUTE_NS);
    watch_note_restarts(&watch, 3, 100 * MINUTE_NS + 5);
    watch_note_restarts(&watch, 4, 130 * MINUTE_NS);
    ck_assert_uint_eq(watch_restarts_hour(&watch, 159 * MINUTE_NS), 4);
    ck_assert_uint_eq(watch_restarts_hour(&watch, 160 * MINUTE_NS), 1);
    watch_note_restarts(&watch, 4, 189 * MINUTE_NS);
    ck_assert_uint_eq(watch_restarts_hour(&watch, 189 * MINUTE_NS), 1);
    watch_note_restarts(&watch, 5, 500 * MINUTE_NS);
    ck_assert_uint_eq(watch_restarts_hour(&watch, 500 * MINUTE_NS), 1);
    watch_done(&watch);
}
END_TEST

START_TEST(lags_are_known_when_all_samples_are)
{
    struct watch watch = {.restarts = 0};
    uint64_t lags[VERDICT_LAGS];

    for (uint64_t tick = 1; tick <= 310; tick++) {
        watch_note_lag(&watch, tick, true, tick);
        ck_assert(watch_lags(&watch, tick, lags) == (tick >= 310));
    }
    ck_assert_uint_eq(lags[0], 10);
    ck_assert_uint_eq(lags[VERDICT_LAGS - 1], 310);
    for (uint64_t tick = 311; tick <= 320; tick++)
        watch_note_lag(&watch, tick, false, 0);
    ck_assert(!watch_lags(&watch, 320, lags));
    ck_assert(!watch_lags(&watch, 900, lags)); /* nimbus stood still */
    watch_done(&watch);
}
END_TEST

START_TEST(who_is_down_keeps_since_when)
{
    struct watch watch = {.restarts = 0};
    char name[] = "s1";
    struct watch_down downs[2] = {{name, 0, 100}, {name, 1, 100}};

    watch_put_downs(&watch, downs, 1);
    downs[0].since_ns = downs[1].since_ns = 200;
    watch_put_downs(&watch, downs, 2);
    ck_assert_uint_eq(downs[0].since_ns, 100);
    ck_assert_uint_eq(downs[1].since_ns, 200);
    watch_put_downs(&watch, downs, 0);
    downs[0].since_ns = 300;
    watch_put_downs(&watch, downs, 1);
    ck_assert_uint_eq(downs[0].since_ns, 300);
    watch_done(&watch);
}
END_TEST

START_TEST(of_each_component_the_last_error_is_kept)
{
    struct watch watch = {.restarts = 0};
    char component[] = "counter";
    char supervisor[] = "s1";
    char first[] = "first";
    char second[WATCH_TEXT_MAX + 100];

    memset(second, 'x', sizeof second - 1);
    second[sizeof second - 1] = '\0';
    memcpy(&second[WATCH_TEXT_MAX - 1], "\xC3\xA4", 2); /* is not cut in two */
    ck_assert_ptr_null(watch_find_error(&watch, component));
    watch_put_error(&watch, &(struct watch_error){.component = component,
                                                  .text = first,
                                                  .supervisor = supervisor,
                                                  .count = 2,
                                                  .last_ms = 5});
    watch_put_error(&watch, &(struct watch_error){.component = component,
                                                  .text = second,
                                                  .supervisor = supervisor,
                                                  .task = 3,
                                                  .count = 1,
                                                  .last_ms = 9});
    const struct watch_error *error = watch_find_error(&watch, component);
    ck_assert_uint_eq(error->count, 3);
    ck_assert_uint_eq(error->task, 3);
    ck_assert_uint_eq(error->last_ms, 9);
    ck_assert_uint_eq(strlen(error->text), WATCH_TEXT_MAX - 1);
    watch_done(&watch);
}
END_TEST

START_TEST(components_with_errors_have_a_limit)
{
    struct watch watch = {.restarts = 0};
    char name[16];
    char text[] = "x";

    for (int i = 0; i < WATCH_ERRORS_MAX + 3; i++) {
        (void)snprintf(name, sizeof name, "c%d", i);
        watch_put_error(&watch,
                        &(struct watch_error){.component = name, .text = text, .supervisor = text});
    }
    ck_assert_uint_eq(watch.error_count, WATCH_ERRORS_MAX);
    watch_done(&watch);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        restarts_are_forgotten_after_an_hour, lags_are_known_when_all_samples_are,
        who_is_down_keeps_since_when,         of_each_component_the_last_error_is_kept,
        components_with_errors_have_a_limit,
    };

    return suite_run("watch", tests, COUNT_OF(tests));
}
