/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <string.h>

#include "tests/support/suite.h"

/* A short text of the tables: it is put into sentences and lists. */
static void expect_phrase(const char *text)
{
    size_t length = strlen(text);

    ck_assert_uint_gt(length, 0);
    ck_assert_msg(strchr(".?! ", text[length - 1]) == NULL, "ends wrongly: %s", text);
    ck_assert_msg(strchr(text, '\n') == NULL, "more than a line: %s", text);
}

START_TEST(each_option_stands_at_its_id_and_is_explained)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = table_option((enum option_id)i);

        ck_assert_int_eq(option->id, i);
        expect_phrase(option->name);
        expect_phrase(option->help);
        ck_assert_int_eq(option->value == VALUE_NONE, option->value_name == NULL);
    }
}
END_TEST

START_TEST(names_and_letters_of_options_are_unique)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option *a = table_option((enum option_id)i);

        for (int j = i + 1; j < OPTION_COUNT; j++) {
            const struct option *b = table_option((enum option_id)j);

            ck_assert_str_ne(a->name, b->name);
            ck_assert(a->letter == 0 || a->letter != b->letter);
        }
    }
}
END_TEST

START_TEST(each_command_is_complete)
{
    const struct command *commands = table_commands();

    for (int i = 0; i < COMMAND_COUNT; i++) {
        const struct command *command = &commands[i];

        ck_assert_int_eq(command->id, i);
        ck_assert_ptr_eq(table_find(command->name), command);
        expect_phrase(command->summary);
        ck_assert_ptr_nonnull(command->text);
        ck_assert_ptr_nonnull(command->examples[0].line);
        ck_assert_int_eq(command->exits[0], EXIT_CODE_DONE);
        ck_assert_int_eq(command->exits[2], EXIT_CODE_USAGE);
    }
}
END_TEST

START_TEST(each_example_is_a_line_with_the_command_in_it)
{
    const struct command *commands = table_commands();

    for (int i = 0; i < COMMAND_COUNT; i++) {
        const struct example *examples = commands[i].examples;

        for (int j = 0; j < COMMAND_EXAMPLES_MAX && examples[j].line != NULL; j++) {
            const char *gale = strstr(examples[j].line, "gale ");

            ck_assert_ptr_nonnull(gale);
            ck_assert_msg(strncmp(gale + 5, commands[i].name, strlen(commands[i].name)) == 0 ||
                              strstr(gale, " run ") != NULL,
                          "%s", examples[j].line);
            expect_phrase(examples[j].meaning);
        }
    }
}
END_TEST

START_TEST(help_is_the_last_option_of_each_command)
{
    const struct command *commands = table_commands();

    for (int i = 0; i < COMMAND_COUNT; i++) {
        const struct option *last = NULL;
        const struct option *option;
        size_t count = 0;

        for (; (option = table_option_at(&commands[i], count)) != NULL; count++)
            last = option;
        ck_assert_uint_le(count, COMMAND_OPTIONS_MAX);
        ck_assert_int_eq(last->id, OPTION_HELP);
    }
}
END_TEST

START_TEST(a_misspelt_command_is_recognised)
{
    ck_assert_str_eq(table_nearest("chekc"), "check");
    ck_assert_str_eq(table_nearest("rum"), "run");
    ck_assert_ptr_null(table_nearest("deploy"));
    ck_assert_ptr_null(table_find("rum"));
}
END_TEST

START_TEST(exit_codes_ascend_and_each_use_is_explained)
{
    size_t count;
    const struct exit_meaning *table = exit_code_table(&count);
    const struct command *commands = table_commands();

    for (size_t i = 0; i < count; i++) {
        expect_phrase(table[i].meaning);
        ck_assert(i == 0 || table[i - 1].code < table[i].code);
    }
    for (int i = 0; i < COMMAND_COUNT; i++) {
        for (int j = 1; j < COMMAND_EXITS_MAX && commands[i].exits[j] != EXIT_CODE_DONE; j++) {
            size_t at = 0;

            while (at < count && table[at].code != commands[i].exits[j])
                at++;
            ck_assert_uint_lt(at, count);
        }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_option_stands_at_its_id_and_is_explained,
        names_and_letters_of_options_are_unique,
        each_command_is_complete,
        each_example_is_a_line_with_the_command_in_it,
        help_is_the_last_option_of_each_command,
        a_misspelt_command_is_recognised,
        exit_codes_ascend_and_each_use_is_explained,
    };
    return suite_run("table", tests, sizeof tests / sizeof *tests);
}
