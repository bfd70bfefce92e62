/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/sample_view.h"

#include "base/mem.h"
#include "tests/support/suite.h"

static void expect(const char *tuple, const char *line)
{
    json_t *object = json_loads(tuple, 0, NULL);
    struct text text;

    ck_assert_ptr_nonnull(object);
    text_init(&text);
    sample_view_tuple(object, &text);
    ck_assert_str_eq(text_data(&text), line);
    text_done(&text);
    json_decref(object);
}

START_TEST(a_tuple_is_one_line)
{
    expect("{\"component\":\"splitter\",\"task\":1,\"stream\":\"words\",\"to\":\"counter\","
           "\"to_task\":0,\"tracked\":true,\"values\":{\"word\":\"whale\",\"count\":3,"
           "\"share\":0.5,\"more\":null,\"last\":true}}",
           "splitter[1] -> counter[0] words {word=\"whale\", count=3, share=0.5, more=null, "
           "last=true}\n");
}
END_TEST

START_TEST(a_tuple_that_nobody_tracks_says_so)
{
    expect("{\"component\":\"a\",\"task\":0,\"stream\":\"s\",\"to\":\"b\",\"to_task\":2,"
           "\"tracked\":false,\"values\":{}}",
           "a[0] -> b[2] s {} (not tracked)\n");
}
END_TEST

START_TEST(what_commands_a_terminal_or_ends_a_line_is_not_passed_on)
{
    expect("{\"component\":\"a\\u001b[2J\",\"task\":0,\"stream\":\"s\\n\",\"to\":\"b\","
           "\"to_task\":2,\"tracked\":true,\"values\":{\"f\\r\":\"x\\n\\u001b[2J\\u009b2J\"}}",
           "a?[2J[0] -> b[2] s? {f?=\"x\\n\\u001B[2J?2J\"}\n");
}
END_TEST

START_TEST(a_tuple_of_another_version_is_shown_as_far_as_it_goes)
{
    expect("{\"component\":7,\"values\":[1]}", "[0] -> [0]  {} (not tracked)\n");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_tuple_is_one_line,
        a_tuple_that_nobody_tracks_says_so,
        what_commands_a_terminal_or_ends_a_line_is_not_passed_on,
        a_tuple_of_another_version_is_shown_as_far_as_it_goes,
    };

    return suite_run("sample_view", tests, COUNT_OF(tests));
}
