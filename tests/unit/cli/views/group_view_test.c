/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/group_view.h"

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

START_TEST(groups_are_a_table)
{
    expect("{\"groups\":[{\"name\":\"report\",\"state\":\"Stable\"},"
           "{\"name\":\"old\",\"state\":\"Empty\"}]}",
           group_view_list,
           "group   state\n"
           "report  Stable\n"
           "old     Empty\n");
    expect("{}", group_view_list, "there are no groups\n");
}
END_TEST

START_TEST(a_group_is_shown_with_members_offsets_and_lag)
{
    expect(
        "{\"name\":\"report\",\"state\":\"Stable\",\"assignor\":\"range\",\"lag\":12,"
        "\"members\":[{\"id\":\"c-1\",\"instance\":null,\"client\":\"c\",\"host\":\"/127.0.0.1\","
        "\"partitions\":[{\"topic\":\"lines\",\"partition\":0},{\"topic\":\"lines\","
        "\"partition\":2},{\"topic\":\"words\",\"partition\":1}]}],"
        "\"offsets\":[{\"topic\":\"lines\",\"partition\":0,\"committed\":5,\"end\":17,"
        "\"lag\":12,\"member\":\"c-1\"},{\"topic\":\"lines\",\"partition\":2,"
        "\"committed\":null,\"end\":0,\"lag\":0,\"member\":\"c-1\"}]}",
        group_view_group,
        "group report: Stable, 1 member, assignor range, total lag 12\n"
        "\n"
        "member  instance  client  host        partitions\n"
        "c-1     -         c       /127.0.0.1  lines:0,2 words:1\n"
        "\n"
        "topic  partition  committed  end  lag  member\n"
        "lines          0          5   17   12  c-1\n"
        "lines          2          -    0    0  c-1\n");
    expect("{\"name\":\"old\",\"state\":\"Empty\"}", group_view_group,
           "group old: Empty, no members, total lag 0\n");
}
END_TEST

START_TEST(a_reset_shows_before_and_after)
{
    expect("{\"group\":\"report\",\"topic\":\"lines\",\"partitions\":[{\"partition\":0,"
           "\"before\":17,\"after\":0},{\"partition\":1,\"before\":null,\"after\":3}]}",
           group_view_reset,
           "topic  partition  before      after\n"
           "lines          0      17  ->      0\n"
           "lines          1       -  ->      3\n");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        groups_are_a_table,
        a_group_is_shown_with_members_offsets_and_lag,
        a_reset_shows_before_and_after,
    };
    return suite_run("group_view", tests, sizeof tests / sizeof *tests);
}
