/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/language/help.h"

#include <stdio.h>
#include <string.h>

#include "cli/language/table.h"
#include "tests/support/suite.h"

static void expect_lines_below(const char *text, size_t columns)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        ck_assert_msg(length <= columns, "%zu columns: %.*s", length, (int)length, text);
        ck_assert(length == 0 || text[length - 1] != ' ');
        text += length + 1;
    }
}

START_TEST(the_overview_names_every_command_and_group)
{
    const struct command *commands = table_commands();
    struct text text;

    text_init(&text);
    help_overview(&text, STYLE_PLAIN);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].group != GROUP_NONE)
            continue;
        ck_assert_ptr_nonnull(strstr(text_data(&text), commands[i].name));
        ck_assert_ptr_nonnull(strstr(text_data(&text), commands[i].summary));
    }
    for (int i = GROUP_NONE + 1; i < GROUP_COUNT; i++)
        ck_assert_ptr_nonnull(strstr(text_data(&text), table_groups()[i].summary));
    expect_lines_below(text_data(&text), 80);
    text_done(&text);
}
END_TEST

START_TEST(the_help_of_a_group_names_its_commands_and_no_other)
{
    const struct command *commands = table_commands();
    struct text text;

    text_init(&text);
    help_group(&table_groups()[GROUP_COORD], &text, STYLE_PLAIN);
    for (int i = 0; i < COMMAND_COUNT; i++)
        ck_assert_int_eq(strstr(text_data(&text), commands[i].summary) != NULL,
                         commands[i].group == GROUP_COORD);
    expect_lines_below(text_data(&text), 80);
    text_done(&text);
}
END_TEST

START_TEST(the_help_of_a_command_has_all_that_the_table_has)
{
    const struct command *commands = table_commands();

    for (int i = 0; i < COMMAND_COUNT; i++) {
        const struct option *option;
        struct text text;

        text_init(&text);
        help_command(&commands[i], &text, STYLE_PLAIN);
        for (size_t j = 0; (option = table_option_at(&commands[i], j)) != NULL; j++) {
            char flag[64];

            (void)snprintf(flag, sizeof flag, " --%s", option->name);
            ck_assert_ptr_nonnull(strstr(text_data(&text), flag));
        }
        for (int j = 0; j < COMMAND_EXAMPLES_MAX && commands[i].examples[j].line != NULL; j++)
            ck_assert_ptr_nonnull(strstr(text_data(&text), commands[i].examples[j].line));
        ck_assert_ptr_nonnull(strstr(text_data(&text), "Exit codes:"));
        expect_lines_below(text_data(&text), 80);
        text_done(&text);
    }
}
END_TEST

START_TEST(only_coloured_help_has_escapes)
{
    struct text plain;
    struct text coloured;

    text_init(&plain);
    text_init(&coloured);
    help_command(table_find("run"), &plain, STYLE_PLAIN);
    help_command(table_find("run"), &coloured, STYLE_COLOURED);
    ck_assert_ptr_null(strchr(text_data(&plain), '\x1b'));
    ck_assert_ptr_nonnull(strchr(text_data(&coloured), '\x1b'));
    text_done(&plain);
    text_done(&coloured);
}
END_TEST

START_TEST(usage_shows_what_may_be_left_out)
{
    static const char *const usages[][2] = {
        {"run", "gale run TOPOLOGY.so [OPTION]... [-- ARG...]"},
        {"help", "gale help [COMMAND]... [OPTION]..."},
        {"coord ls", "gale coord ls PATH [OPTION]..."},
        {"coord serve", "gale coord serve [ARG]..."},
        {"version", "gale version [OPTION]..."},
    };

    for (size_t i = 0; i < sizeof usages / sizeof *usages; i++) {
        struct text text;

        text_init(&text);
        help_usage(table_find(usages[i][0]), &text);
        ck_assert_str_eq(text_data(&text), usages[i][1]);
        text_done(&text);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_overview_names_every_command_and_group,
        the_help_of_a_group_names_its_commands_and_no_other,
        the_help_of_a_command_has_all_that_the_table_has,
        only_coloured_help_has_escapes,
        usage_shows_what_may_be_left_out,
    };
    return suite_run("help", tests, sizeof tests / sizeof *tests);
}
