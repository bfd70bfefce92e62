/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/storm/shape.h"

#include "tests/unit/ui/storm/expect.h"
#include "ui/read.h"
#include "ui/storm/ask.h"
#include "ui/storm/nodes.h"

static void expect_duration(uint64_t seconds, const char *expected)
{
    char text[SHAPE_DURATION_MAX];

    shape_duration(seconds, text);
    ck_assert_str_eq(text, expected);
}

START_TEST(durations_are_written_from_their_largest_unit_down)
{
    expect_duration(0, "0s");
    expect_duration(59, "59s");
    expect_duration(60, "1m 0s");
    expect_duration(3600, "1h 0m 0s");
    expect_duration(86400 + 2 * 3600 + 3 * 60 + 4, "1d 2h 3m 4s");
    expect_duration(UINT64_MAX, "213503982334601d 7h 0m 15s");
}
END_TEST

START_TEST(the_windows_are_written_as_durations)
{
    for (size_t i = 0; i < SHAPE_ALL_TIME; i++)
        expect_duration(shape_windows[i].seconds, shape_windows[i].pretty);
    ck_assert_uint_eq(shape_windows[SHAPE_ALL_TIME].seconds, 0);
}
END_TEST

START_TEST(a_time_that_is_not_known_or_to_come_is_no_uptime)
{
    ck_assert_uint_eq(shape_since(0, 5), 0);
    ck_assert_uint_eq(shape_since(6, 5), 0);
    ck_assert_uint_eq(shape_since(2, 5), 3);
}
END_TEST

static void expect_text(json_t *made, const char *expected)
{
    ck_assert_str_eq(json_string_value(made), expected);
    json_decref(made);
}

START_TEST(latencies_are_texts_of_milliseconds)
{
    AUTO(give_back) json_t *latency = json_loads("{\"mean\": 1234567}", 0, NULL);
    AUTO(give_back) json_t *tiny = json_loads("{\"mean\": 400}", 0, NULL);

    expect_text(shape_latency(latency), "1.235");
    expect_text(shape_latency(tiny), "0.000");
    expect_text(shape_latency(NULL), "0");
    expect_text(shape_milliseconds(2.5e6), "2.500");
    expect_text(shape_milliseconds(0), "0");
    expect_text(shape_share(0.0625), "0.062");
}
END_TEST

START_TEST(ids_are_encoded_as_a_form_is)
{
    expect_text(shape_encoded("[24-24]"), "%5B24-24%5D");
    expect_text(shape_encoded("a b_c.d*\xc3\xa9"), "a+b_c.d*%C3%A9");
    expect_text(shape_log_link("wc-1-2", "s/1", 3),
                "/api/v1/log?file=wc-1-2%2F3%2Fworker.log&supervisor=s%2F1");
    expect_text(shape_status("rebalancing"), "REBALANCING");
}
END_TEST

START_TEST(values_of_settings_get_the_type_that_they_look_like)
{
    static const struct {
        const char *text;
        const char *json;
    } cases[] = {
        {"true", "true"},
        {"false", "false"},
        {"30", "30"},
        {"-5", "-5"},
        {"007", "\"007\""},
        {"1.5", "\"1.5\""},
        {"", "\"\""},
        {"64KiB", "\"64KiB\""},
        {"99999999999999999999", "\"99999999999999999999\""},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(give_back) json_t *made = shape_new("{s:o}", "x", shape_value(cases[i].text));
        expect_at(made, "x", cases[i].json);
    }
}
END_TEST

START_TEST(an_id_ends_in_two_numbers)
{
    char name[ASK_NAME_MAX + 1];

    ck_assert(ask_name_of_id("wc-1-1795000000", name));
    ck_assert_str_eq(name, "wc");
    ck_assert(ask_name_of_id("a-1-2-33-1795000000", name));
    ck_assert_str_eq(name, "a-1-2");
    ck_assert(!ask_name_of_id("wc", name));
    ck_assert(!ask_name_of_id("wc-1", name));
    ck_assert(!ask_name_of_id("wc-1-", name));
    ck_assert(!ask_name_of_id("-1-2", name));
    ck_assert(!ask_name_of_id("1-2", name));
    ck_assert(!ask_name_of_id("", name));
}
END_TEST

START_TEST(addresses_come_in_several_spellings)
{
    static const struct {
        const char *address;
        const char *host;
        uint64_t port;
    } cases[] = {
        {"tcp://alpha:6627", "alpha", 6627},
        {"alpha:1", "alpha", 1},
        {"alpha", "alpha", 0},
        {"[::1]:80", "::1", 80},
        {"", "", 0},
        {"alpha:x", "alpha", 0},
    };
    struct nodes_address address;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        nodes_split_address(cases[i].address, &address);
        ck_assert_str_eq(address.host, cases[i].host);
        ck_assert_uint_eq(address.port, cases[i].port);
    }
}
END_TEST

START_TEST(what_is_missing_or_of_another_kind_reads_as_nothing)
{
    AUTO(give_back)
    json_t *object = json_loads(
        "{\"text\": 5, \"count\": -1, \"list\": {}, \"flag\": 1, \"null\": null}", 0, NULL);

    ck_assert_str_eq(read_text(object, "text"), "");
    ck_assert_str_eq(read_text(NULL, "text"), "");
    ck_assert_uint_eq(read_count(object, "count"), 0);
    ck_assert(!read_flag(object, "flag"));
    ck_assert(!read_has(object, "null"));
    ck_assert(read_has(object, "list"));
    ck_assert_ptr_null(read_list(object, "list"));
    ck_assert_ptr_null(read_find(NULL, "name", "x"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        durations_are_written_from_their_largest_unit_down,
        the_windows_are_written_as_durations,
        a_time_that_is_not_known_or_to_come_is_no_uptime,
        latencies_are_texts_of_milliseconds,
        ids_are_encoded_as_a_form_is,
        values_of_settings_get_the_type_that_they_look_like,
        an_id_ends_in_two_numbers,
        addresses_come_in_several_spellings,
        what_is_missing_or_of_another_kind_reads_as_nothing,
    };

    return suite_run("shape", tests, sizeof tests / sizeof *tests);
}
