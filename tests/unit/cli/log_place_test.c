/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log_place.h"

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(an_offset_counts_from_the_beginning_or_from_the_end)
{
    static const char *const bad[] = {"", "-", "--1", "+1", "1x", " 1", "9223372036854775808"};
    struct console_place place;

    ck_assert(log_place_offset("17", &place));
    ck_assert_int_eq(place.kind, CONSOLE_PLACE_OFFSET);
    ck_assert_int_eq(place.value, 17);
    ck_assert(log_place_offset("-17", &place));
    ck_assert_int_eq(place.kind, CONSOLE_PLACE_LAST);
    ck_assert_int_eq(place.value, 17);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        ck_assert_msg(!log_place_offset(bad[i], &place), "%s", bad[i]);
}
END_TEST

START_TEST(times_are_milliseconds_or_iso)
{
    static const struct {
        const char *text;
        int64_t ms;
    } times[] = {
        {"0", 0},
        {"1763791200123", 1763791200123},
        {"1970-01-01", 0},
        {"1970-01-02T00:00Z", 86400000},
        {"2000-02-29T12:00:00Z", 951825600000},
        {"2000-03-01", 951868800000},
        {"2100-03-01", 4107542400000},
        {"2026-11-22T06:00:00Z", 1795327200000},
        {"2026-11-22 06:00:00", 1795327200000},
        {"2026-11-22T06:00:00.5Z", 1795327200500},
        {"2026-11-22T06:00:00.123456789Z", 1795327200123},
        {"2026-11-22T08:00:00+02:00", 1795327200000},
        {"2026-11-22T00:30:00-0530", 1795327200000},
    };
    int64_t ms;

    for (size_t i = 0; i < COUNT_OF(times); i++) {
        ck_assert_msg(log_place_time(times[i].text, &ms), "%s", times[i].text);
        ck_assert_msg(ms == times[i].ms, "%s is %lld", times[i].text, (long long)ms);
    }
}
END_TEST

START_TEST(what_is_no_time_is_refused)
{
    static const char *const bad[] = {"",
                                      "now",
                                      "2026-11-31",
                                      "2025-02-29",
                                      "2026-13-01",
                                      "2026-11-22T",
                                      "2026-11-22T24:00",
                                      "2026-11-22T06:00:60",
                                      "2026-11-22T06:00:00.",
                                      "2026-11-22T06:00:00Zulu",
                                      "2026-11-22T06:00:00+15:00",
                                      "1969-12-31",
                                      "1970-01-01T00:00:00+01:00",
                                      "2026-1-2",
                                      "-5"};
    int64_t ms;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        ck_assert_msg(!log_place_time(bad[i], &ms), "%s", bad[i]);
    }
}
END_TEST

START_TEST(a_place_is_any_of_them)
{
    struct console_place place;

    ck_assert(log_place_any("earliest", &place));
    ck_assert_int_eq(place.kind, CONSOLE_PLACE_EARLIEST);
    ck_assert(log_place_any("latest", &place));
    ck_assert_int_eq(place.kind, CONSOLE_PLACE_LATEST);
    ck_assert(log_place_any("3", &place));
    ck_assert_int_eq(place.kind, CONSOLE_PLACE_OFFSET);
    ck_assert(log_place_any("-3", &place));
    ck_assert_int_eq(place.kind, CONSOLE_PLACE_LAST);
    ck_assert(log_place_any("2026-11-22", &place));
    ck_assert_int_eq(place.kind, CONSOLE_PLACE_TIME);
    ck_assert_int_eq(place.value, 1795305600000);
    ck_assert(!log_place_any("newest", &place));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_offset_counts_from_the_beginning_or_from_the_end,
        times_are_milliseconds_or_iso,
        what_is_no_time_is_refused,
        a_place_is_any_of_them,
    };
    return suite_run("log_place", tests, sizeof tests / sizeof *tests);
}
