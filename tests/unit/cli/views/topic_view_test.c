/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/topic_view.h"

#include "tests/support/suite.h"

static void expect(const char *json, void (*render)(const json_t *answer, struct text *text),
                   const char *wanted)
{
    json_t *answer = json_loads(json, 0, NULL);
    struct text text;

    ck_assert_ptr_nonnull(answer);
    text_init(&text);
    render(answer, &text);
    ck_assert_str_eq(text_data(&text), wanted);
    text_done(&text);
    json_decref(answer);
}

START_TEST(topics_are_a_table)
{
    expect("{\"topics\":[{\"name\":\"counts\",\"partitions\":1},"
           "{\"name\":\"lines\",\"partitions\":12}]}",
           topic_view_list,
           "topic   partitions\n"
           "counts           1\n"
           "lines           12\n");
    expect("{\"topics\":[]}", topic_view_list, "there are no topics\n");
}
END_TEST

START_TEST(a_topic_is_shown_with_configs_and_partitions)
{
    expect(
        "{\"topics\":[{\"name\":\"lines\",\"configs\":{\"retention.ms\":\"1000\"},"
        "\"partitions\":[{\"partition\":0,\"leader\":0,\"replicas\":[0],\"first\":5,\"next\":17},"
        "{\"partition\":1,\"leader\":-1,\"replicas\":[0,1],\"first\":null,\"next\":null}]}]}",
        topic_view_topics,
        "topic lines: 2 partitions, with its own\n"
        "  retention.ms=1000\n"
        "partition  leader  replicas  first  next  records\n"
        "        0  0       0             5    17       12\n"
        "        1  none    0,1           ?     ?        ?\n");
}
END_TEST

START_TEST(what_would_command_the_terminal_is_replaced)
{
    expect("{\"topics\":[{\"name\":\"a\\u001b[2J\",\"partitions\":1}]}", topic_view_list,
           "topic  partitions\n"
           "a?[2J           1\n");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        topics_are_a_table,
        a_topic_is_shown_with_configs_and_partitions,
        what_would_command_the_terminal_is_replaced,
    };
    return suite_run("topic_view", tests, sizeof tests / sizeof *tests);
}
