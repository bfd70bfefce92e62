/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/manual.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static const struct manual_line lines[] = {
    {'d', "data", "FOLDER", "keeps what there is"},
    {0, "fast", NULL, "does not wait"},
    MANUAL_COMMON_LINES,
};

static const char *const exits[] = {"it is done", "it is not"};

static const struct setting_spec specs[] = {
    {"own.size", SETTING_U64, "7", 1, 9, "how large it is"},
    {"own.path", SETTING_TEXT, "", 0, 9, "where C:\\ and ~ are"},
    {"other.size", SETTING_U64, "1", 1, 9, "somebody else's"},
};

static bool is_own(const char *key)
{
    return strncmp(key, "own.", 4) == 0;
}

static const struct manual manual = {
    .program = "gale-thing",
    .date = "January 1, 2026",
    .summary = "Does things, one after the other.",
    .name = "does things",
    .description = "does things.\n",
    .line_count = COUNT_OF(lines),
    .lines = lines,
    .exit_count = COUNT_OF(exits),
    .exits = exits,
    .spec_count = COUNT_OF(specs),
    .specs = specs,
    .is_read = is_own,
};

static void expect(const struct text *text, const char *part)
{
    ck_assert_msg(strstr(text_data(text), part) != NULL, "no '%s' in\n%s", part, text_data(text));
}

START_TEST(the_help_has_every_option_exit_code_and_setting_of_the_program)
{
    struct text text;

    text_init(&text);
    manual_put_help(&manual, &text);
    expect(&text, "usage: gale-thing [OPTION]...\n\nDoes things, one after the other.\n");
    expect(&text, "  -d, --data FOLDER\n      keeps what there is\n");
    expect(&text, "      --fast\n      does not wait\n");
    expect(&text, "  -c KEY=VALUE\n");
    expect(&text, "  1  it is not\n");
    expect(&text, "  own.size = 7\n      how large it is\n");
    ck_assert_ptr_null(strstr(text_data(&text), "other.size"));
    text_done(&text);
}
END_TEST

START_TEST(the_page_has_the_same_in_mdoc_with_escapes)
{
    struct text text;

    text_init(&text);
    manual_put_page(&manual, &text);
    expect(&text, ".Dd January 1, 2026\n.Dt GALE-THING 1\n.Os\n");
    expect(&text, ".Nm gale-thing\n.Nd does things\n");
    expect(&text, ".It Fl d , Fl -data Ar FOLDER\nKeeps what there is.\n");
    expect(&text, ".It Cm own.size No = Li 7\nHow large it is.\n");
    expect(&text, "Where C:\\e and \\(ti are.\n");
    expect(&text, ".It 1\nIt is not.\n");
    ck_assert_ptr_null(strstr(text_data(&text), "other.size"));
    text_done(&text);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_help_has_every_option_exit_code_and_setting_of_the_program,
        the_page_has_the_same_in_mdoc_with_escapes,
    };

    return suite_run("manual", tests, COUNT_OF(tests));
}
