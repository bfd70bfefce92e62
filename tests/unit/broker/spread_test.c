/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client/spread.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static void expect_refusal(const char *text, const char *why)
{
    struct spread_topics topics;
    struct error error;

    ck_assert_int_ne(spread_topics_parse(text, &topics, &error), ERR_OK);
    ck_assert_msg(strstr(error.text, why) != NULL, "'%s': %s", text, error.text);
}

START_TEST(topics_are_read_in_order_and_once)
{
    AUTO(spread_topics_done) struct spread_topics topics = {.count = 0};
    struct error error;

    ck_assert_int_eq(spread_topics_parse("lines, a.b_c-9 ,lines,Z", &topics, &error), ERR_OK);
    ck_assert_uint_eq(topics.count, 3);
    ck_assert_str_eq(topics.names[0], "Z");
    ck_assert_str_eq(topics.names[1], "a.b_c-9");
    ck_assert_str_eq(topics.names[2], "lines");
    ck_assert_uint_eq(spread_topics_find(&topics, "lines"), 2);
    ck_assert_uint_eq(spread_topics_find(&topics, "line"), UINT32_MAX);
}
END_TEST

START_TEST(what_is_no_name_is_refused)
{
    char long_name[SPREAD_NAME_MAX + 2];

    expect_refusal("", "'' is no name");
    expect_refusal("a,,b", "'' is no name");
    expect_refusal("a,", "'' is no name");
    expect_refusal("a/b", "'a/b' is no name");
    expect_refusal(".", "'.' is no name");
    expect_refusal("..", "'..' is no name");
    memset(long_name, 'x', sizeof long_name);
    long_name[SPREAD_NAME_MAX + 1] = '\0';
    expect_refusal(long_name, "is no name");
    long_name[SPREAD_NAME_MAX] = '\0';
    ck_assert(spread_is_name(long_name));
}
END_TEST

START_TEST(too_many_topics_are_refused)
{
    char text[SPREAD_TOPICS_MAX * 4 + 8];
    size_t size = 0;

    for (int i = 0; i <= SPREAD_TOPICS_MAX; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%x", i > 0 ? "," : "", i);
    expect_refusal(text, "more than 256");
}
END_TEST

START_TEST(each_partition_has_one_owner_and_all_tasks_have_as_many)
{
    for (uint32_t tasks = 1; tasks <= 7; tasks++) {
        uint32_t owned[7] = {0};
        for (int32_t partition = 0; partition < 70; partition++)
            owned[spread_owner(3, partition, tasks)]++;
        for (uint32_t task = 0; task < tasks; task++)
            ck_assert_uint_ge(owned[task], 70 / tasks);
    }
}
END_TEST

START_TEST(topics_of_one_partition_are_spread_too)
{
    bool has_some[4] = {false};

    for (uint32_t topic = 0; topic < 4; topic++)
        has_some[spread_owner(topic, 0, 4)] = true;
    for (int i = 0; i < 4; i++)
        ck_assert(has_some[i]);
}
END_TEST

START_TEST(the_first_topic_is_dealt_out_from_the_first_task_on)
{
    for (int32_t partition = 0; partition < 10; partition++)
        ck_assert_uint_eq(spread_owner(0, partition, 3), (uint32_t)partition % 3);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        topics_are_read_in_order_and_once,
        what_is_no_name_is_refused,
        too_many_topics_are_refused,
        each_partition_has_one_owner_and_all_tasks_have_as_many,
        topics_of_one_partition_are_spread_too,
        the_first_topic_is_dealt_out_from_the_first_task_on,
    };

    return suite_run("spread", tests, sizeof tests / sizeof *tests);
}
