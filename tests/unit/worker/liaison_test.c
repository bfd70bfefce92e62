/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/liaison.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static json_t *parse(char *message)
{
    json_t *root = json_loads(message, JSON_REJECT_DUPLICATES, NULL);

    ck_assert_msg(root != NULL, "not JSON: %s", message);
    ck_assert_uint_lt(strlen(message), LIAISON_MESSAGE_MAX);
    free(message);
    return root;
}

static void expect_text(const json_t *root, const char *key, const char *text)
{
    ck_assert_str_eq(json_string_value(json_object_get(root, key)), text);
}

static void expect_number(const json_t *root, const char *key, json_int_t number)
{
    ck_assert_int_eq(json_integer_value(json_object_get(root, key)), number);
}

START_TEST(a_worker_says_who_it_is)
{
    const struct liaison_hello hello = {
        .topology = "words-1", .slot = 3, .incarnation = 9, .pid = 77};
    json_t *root = parse(liaison_hello(&hello));

    expect_text(root, "op", "hello");
    expect_number(root, "v", 1);
    expect_text(root, "topology", "words-1");
    expect_number(root, "slot", 3);
    expect_number(root, "incarnation", 9);
    expect_number(root, "pid", 77);
    json_decref(root);
    root = parse(liaison_bound("127.0.0.1:4711"));
    expect_text(root, "op", "bound");
    expect_text(root, "address", "127.0.0.1:4711");
    json_decref(root);
    root = parse(liaison_ended());
    expect_text(root, "op", "ended");
    json_decref(root);
}
END_TEST

START_TEST(a_beat_says_how_it_is)
{
    struct liaison_beat beat = {.phase = "running",
                                .version = 4,
                                .drained = true,
                                .rss_bytes = 1000,
                                .cpu_ns = UINT64_MAX,
                                .links = 2,
                                .links_up = 1};
    json_t *root = parse(liaison_beat(&beat));

    expect_text(root, "phase", "running");
    expect_number(root, "version", 4);
    ck_assert(json_is_true(json_object_get(root, "drained")));
    expect_number(root, "cpu_ns", INT64_MAX); /* beyond what JSON can say here */
    expect_number(root, "links_up", 1);
    json_decref(root);
}
END_TEST

START_TEST(an_error_of_any_bytes_can_be_told)
{
    json_t *root = parse(liaison_error("count", 2, "it \"broke\"\n"));

    expect_text(root, "component", "count");
    expect_number(root, "task", 2);
    expect_text(root, "text", "it \"broke\"\n");
    json_decref(root);
    root = parse(liaison_error("count", 2, "\xFF\xFE"));
    expect_text(root, "text", "(a text that is not UTF-8)");
    json_decref(root);
}
END_TEST

START_TEST(what_was_found_of_the_threads_is_told_with_its_figures)
{
    static const char *const items[] = {"{\"frames\":[\"main\"],\"count\":3}", "{\"cut"};
    struct liaison_found found = {.op = "profile",
                                  .request = 8,
                                  .items = items,
                                  .count = COUNT_OF(items),
                                  .is_last = true,
                                  .profile = {.samples = 3, .dropped = 1, .ms = 1000, .hz = 99}};
    json_t *root = parse(liaison_found(&found));

    expect_text(root, "op", "profile");
    expect_number(root, "request", 8);
    ck_assert(json_is_true(json_object_get(root, "last")));
    ck_assert_uint_eq(json_array_size(json_object_get(root, "items")), 1);
    expect_number(root, "samples", 3);
    expect_number(root, "dropped", 1);
    expect_number(root, "ms", 1000);
    expect_number(root, "hz", 99);
    ck_assert_ptr_null(json_object_get(root, "fault"));
    json_decref(root);
    found = (struct liaison_found){.op = "stacks", .fault = "it is busy"};
    root = parse(liaison_found(&found));
    expect_text(root, "fault", "it is busy");
    ck_assert_ptr_null(json_object_get(root, "samples"));
    json_decref(root);
}
END_TEST

START_TEST(only_what_a_supervisor_may_say_is_an_order)
{
    static const struct {
        const char *message;
        enum liaison_order order;
    } cases[] = {
        {"{\"op\":\"welcome\"}", LIAISON_WELCOME},
        {"{\"v\":1,\"op\":\"stop\"}", LIAISON_STOP},
        {"{\"op\":\"reopen\",\"more\":[]}", LIAISON_REOPEN},
        {"{\"op\":\"stacks\",\"request\":7}", LIAISON_STACKS},
        {"{\"op\":\"stacks\"}", LIAISON_NOTHING},
        {"{\"op\":\"stacks\",\"request\":-7}", LIAISON_NOTHING},
        {"{\"op\":\"profile\",\"request\":7,\"ms\":60000,\"hz\":99}", LIAISON_PROFILE},
        {"{\"op\":\"profile\",\"request\":7,\"ms\":60001,\"hz\":99}", LIAISON_NOTHING},
        {"{\"op\":\"profile\",\"request\":7,\"ms\":0,\"hz\":99}", LIAISON_NOTHING},
        {"{\"op\":\"profile\",\"request\":7,\"ms\":1000,\"hz\":100}", LIAISON_NOTHING},
        {"{\"op\":\"profile\",\"request\":7,\"ms\":1000,\"hz\":1}", LIAISON_NOTHING},
        {"{\"op\":\"profile\",\"request\":7,\"ms\":1000}", LIAISON_NOTHING},
        {"{\"op\":\"hello\"}", LIAISON_NOTHING},
        {"{\"op\":7}", LIAISON_NOTHING},
        {"{\"op\":\"stop\",\"op\":\"stop\"}", LIAISON_NOTHING},
        {"[\"stop\"]", LIAISON_NOTHING},
        {"\"stop\"", LIAISON_NOTHING},
        {"{\"op\":\"stop\"", LIAISON_NOTHING},
        {"", LIAISON_NOTHING},
    };
    struct liaison_asked asked;

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        ck_assert_msg(liaison_read(cases[i].message, strlen(cases[i].message), &asked) ==
                          cases[i].order,
                      "%s", cases[i].message);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_worker_says_who_it_is,
        a_beat_says_how_it_is,
        an_error_of_any_bytes_can_be_told,
        what_was_found_of_the_threads_is_told_with_its_figures,
        only_what_a_supervisor_may_say_is_an_order,
    };
    return suite_run("liaison", tests, sizeof tests / sizeof *tests);
}
