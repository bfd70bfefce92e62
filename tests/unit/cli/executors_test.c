/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/executors.h"

#include "base/mem.h"
#include "cli/duration.h"
#include "tests/support/suite.h"

START_TEST(a_component_and_its_number_are_read)
{
    json_t *executors = json_object();
    struct error error;

    ck_assert_int_eq(executors_read("splitter=8", executors, &error), ERR_OK);
    ck_assert_int_eq(executors_read("counter=16384", executors, &error), ERR_OK);
    ck_assert_int_eq(json_integer_value(json_object_get(executors, "splitter")), 8);
    ck_assert_int_eq(json_integer_value(json_object_get(executors, "counter")), 16384);
    ck_assert_int_eq(executors_read("splitter=9", executors, &error), ERR_INVALID);
    ck_assert_str_eq(error.text, "--executors is given twice for 'splitter'");
    ck_assert_int_eq(json_integer_value(json_object_get(executors, "splitter")), 8);
    json_decref(executors);
}
END_TEST

START_TEST(anything_else_is_refused)
{
    static const char *const texts[] = {
        "",
        "splitter",
        "=8",
        "splitter=",
        "splitter=0",
        "splitter=16385",
        "splitter=-1",
        "a=x",
        "a=1 ",
        "a=1e3",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1"};
    json_t *executors = json_object();

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct error error;

        ck_assert_msg(executors_read(texts[i], executors, &error) == ERR_INVALID, "%s", texts[i]);
    }
    ck_assert_uint_eq(json_object_size(executors), 0);
    json_decref(executors);
}
END_TEST

START_TEST(seconds_are_read_as_milliseconds)
{
    uint64_t ms = 0;

    ck_assert(duration_read("0", &ms) && ms == 0);
    ck_assert(duration_read("2.5", &ms) && ms == 2500);
    ck_assert(duration_read("31536000", &ms) && ms == 31536000000);
    ck_assert(!duration_read("31536001", &ms));
    ck_assert(!duration_read("-1", &ms));
    ck_assert(!duration_read("soon", &ms));
    ck_assert(!duration_read("", &ms));
    ck_assert_uint_eq(ms, 31536000000);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_component_and_its_number_are_read,
        anything_else_is_refused,
        seconds_are_read_as_milliseconds,
    };
    return suite_run("executors", tests, sizeof tests / sizeof *tests);
}
