/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/messages/place.h"

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(places_are_read)
{
    static const struct {
        const char *text;
        enum console_place_kind kind;
        int64_t value;
    } cases[] = {
        {"latest", CONSOLE_PLACE_LATEST, 0},
        {"earliest", CONSOLE_PLACE_EARLIEST, 0},
        {"offset:0", CONSOLE_PLACE_OFFSET, 0},
        {"offset:999999999999999999", CONSOLE_PLACE_OFFSET, 999999999999999999},
        {"time:1795000000000", CONSOLE_PLACE_TIME, 1795000000000},
        {"last:20", CONSOLE_PLACE_LAST, 20},
    };
    struct console_place place;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ck_assert(place_read(cases[i].text, &place));
        ck_assert_int_eq(place.kind, cases[i].kind);
        ck_assert_int_eq(place.value, cases[i].value);
    }
}
END_TEST

START_TEST(what_is_no_place_is_refused)
{
    static const char *const wrong[] = {
        "",          "late",      "latest ", "offset:",  "offset:-1",
        "offset:1x", "offset: 1", "last",    "time:1e3", "offset:1000000000000000000",
        "at:0=1"};
    struct console_place place;

    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        ck_assert_msg(!place_read(wrong[i], &place), "%s", wrong[i]);
}
END_TEST

START_TEST(lists_of_places_have_each_partition_once)
{
    static const char *const wrong[] = {"at:",      "at:0",           "at:0=",      "at:=1",
                                        "at:0=1,",  "at:0=1,0=2",     "at:0=1;1=2", "0=1",
                                        "at:0=1,,", "at:2147483648=1"};
    struct place_list list;

    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        ck_assert_msg(!place_read_list(wrong[i], &list), "%s", wrong[i]);
    ck_assert(place_read_list("at:7=0,0=33", &list));
    ck_assert_uint_eq(list.count, 2);
    ck_assert_int_eq(list.items[0].partition, 7);
    ck_assert_int_eq(list.items[1].offset, 33);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        places_are_read,
        what_is_no_place_is_refused,
        lists_of_places_have_each_partition_once,
    };

    return suite_run("place", tests, COUNT_OF(tests));
}
