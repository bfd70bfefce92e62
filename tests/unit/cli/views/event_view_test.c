/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/event_view.h"

#include "base/mem.h"
#include "tests/support/suite.h"

static void expect(const char *json, enum style style, const char *expected)
{
    json_t *event = json_loads(json, 0, NULL);
    struct text text;

    ck_assert_ptr_nonnull(event);
    text_init(&text);
    event_view_line(event, &text, style);
    ck_assert_str_eq(text_data(&text), expected);
    text_done(&text);
    json_decref(event);
}

START_TEST(a_line_says_when_how_bad_what_and_who)
{
    static const struct {
        const char *json;
        const char *line;
    } cases[] = {
        {"{\"at_ms\":1700000000999,\"severity\":\"info\",\"text\":\"wc was activated\","
         "\"by\":\"ada\",\"via\":\"cli\"}",
         "2023-11-14 22:13:20           wc was activated (by ada, cli)\n"},
        {"{\"at_ms\":0,\"severity\":\"watch\",\"text\":\"worker s1:0 of wc failed: exit 1\","
         "\"by\":null,\"via\":null}",
         "1970-01-01 00:00:00  watch    worker s1:0 of wc failed: exit 1\n"},
        {"{\"at_ms\":0,\"severity\":\"trouble\",\"text\":\"x\",\"by\":null,\"via\":\"ui\"}",
         "1970-01-01 00:00:00  trouble  x (ui)\n"},
        {"{\"at_ms\":0,\"severity\":\"info\",\"text\":\"x\",\"by\":\"ada\"}",
         "1970-01-01 00:00:00           x (by ada)\n"},
        {"{}", "1970-01-01 00:00:00           \n"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        expect(cases[i].json, STYLE_PLAIN, cases[i].line);
}
END_TEST

START_TEST(only_a_terminal_gets_colours_and_nobody_commands_it)
{
    expect("{\"at_ms\":0,\"severity\":\"trouble\",\"text\":\"x\"}", STYLE_COLOURED,
           "1970-01-01 00:00:00  \x1b[1;31mtrouble\x1b[0m  x\n");
    expect("{\"at_ms\":0,\"severity\":\"info\",\"text\":\"a\\u001b[2Jb\\nc\"}", STYLE_COLOURED,
           "1970-01-01 00:00:00           a?[2Jb?c\n");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_line_says_when_how_bad_what_and_who,
        only_a_terminal_gets_colours_and_nobody_commands_it,
    };

    return suite_run("event_view", tests, COUNT_OF(tests));
}
