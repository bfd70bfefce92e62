/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/say.h"

#include <string.h>

#include "tests/support/suite.h"

START_TEST(a_quoted_text_stays_on_one_line_and_has_an_end)
{
    char text[66];

    ck_assert_str_eq(say_quoted("text").text, "'text'");
    ck_assert_str_eq(say_quoted("").text, "''");
    ck_assert_str_eq(say_quoted(NULL).text, "''");
    ck_assert_str_eq(say_quoted("a\n\x1b[31m\xc3\xa9").text, "'a?\?[31m?\?'");

    memset(text, 'x', sizeof text);
    text[65] = '\0';
    struct said cut = say_quoted(text);
    text[64] = '\0';
    struct said whole = say_quoted(text);
    ck_assert_uint_eq(strlen(cut.text), 64 + 5);
    ck_assert_str_eq(cut.text + 65, "...'");
    ck_assert_uint_eq(strlen(whole.text), 64 + 2);
}
END_TEST

START_TEST(the_nearest_name_is_suggested_else_all_are_listed)
{
    const char *const names[] = {"text", "total"};

    ck_assert_str_eq(say_choices("txt", names, 2).text, "did you mean 'text'?");
    ck_assert_str_eq(say_choices("colour", names, 2).text, "there is: 'text', 'total'");
    ck_assert_str_eq(say_choices("txt", names, 0).text, "there is none");
}
END_TEST

START_TEST(a_long_list_is_cut_at_a_whole_name)
{
    const char *names[40];

    for (size_t i = 0; i < 40; i++)
        names[i] = "temperature";
    struct said said = say_choices("x", names, 40);
    const char *end = said.text + strlen(said.text) - strlen("'temperature', ...");
    ck_assert_str_eq(end, "'temperature', ...");
}
END_TEST

START_TEST(words_of_others_are_no_commands_to_a_terminal)
{
    struct text text = {.data = NULL};

    say_words("a\x1b[2Jb\n\x7f\xc2\x9b \xc3\xa4;", &text);
    ck_assert_str_eq(text_data(&text), "a?[2Jb??? \xc3\xa4;");
    text_done(&text);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_quoted_text_stays_on_one_line_and_has_an_end,
        the_nearest_name_is_suggested_else_all_are_listed,
        a_long_list_is_cut_at_a_whole_name,
        words_of_others_are_no_commands_to_a_terminal,
    };
    return suite_run("say", tests, sizeof tests / sizeof *tests);
}
