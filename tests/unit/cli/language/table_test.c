/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/language/table.h"

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

/* An option may mean something else to another command, if its name says so: "--config". */
START_TEST(names_and_letters_of_options_are_unique_in_a_command)
{
    const struct command *commands = table_commands();

    for (int i = 0; i < COMMAND_COUNT; i++) {
        const struct option *a;

        for (size_t j = 0; (a = table_option_at(&commands[i], j)) != NULL; j++) {
            const struct option *b;

            for (size_t k = j + 1; (b = table_option_at(&commands[i], k)) != NULL; k++) {
                ck_assert_str_ne(a->name, b->name);
                ck_assert(a->letter == 0 || a->letter != b->letter);
            }
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
    const struct group *coord = &table_groups()[GROUP_COORD];

    ck_assert_str_eq(table_nearest(NULL, "chekc"), "check");
    ck_assert_str_eq(table_nearest(NULL, "rum"), "run");
    ck_assert_str_eq(table_nearest(NULL, "cord"), "coord");
    ck_assert_ptr_null(table_nearest(NULL, "deploy"));
    ck_assert_ptr_null(table_nearest(NULL, "wacth"));
    ck_assert_str_eq(table_nearest(coord, "wacth"), "watch");
    ck_assert_ptr_null(table_nearest(coord, "check"));
    ck_assert_ptr_null(table_find("rum"));
}
END_TEST

START_TEST(a_group_is_explained_and_its_commands_stand_together)
{
    const struct command *commands = table_commands();
    const struct group *groups = table_groups();
    int begun[GROUP_COUNT] = {0};

    for (int i = GROUP_NONE + 1; i < GROUP_COUNT; i++) {
        ck_assert_int_eq(groups[i].id, i);
        expect_phrase(groups[i].name);
        expect_phrase(groups[i].summary);
        ck_assert_ptr_nonnull(groups[i].text);
    }
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const struct group *group = table_begins_group(&commands[i]);
        const char *space = strchr(commands[i].name, ' ');

        ck_assert_int_eq(space != NULL, commands[i].group != GROUP_NONE);
        if (group != NULL)
            begun[group->id]++;
        if (space == NULL)
            continue;
        const char *name = groups[commands[i].group].name;
        ck_assert_int_eq(strncmp(commands[i].name, name, strlen(name)), 0);
        ck_assert_uint_eq((size_t)(space - commands[i].name), strlen(name));
    }
    for (int i = GROUP_NONE + 1; i < GROUP_COUNT; i++)
        ck_assert_int_eq(begun[i], 1);
}
END_TEST

START_TEST(a_command_is_found_by_one_word_or_by_two)
{
    static const char *const run[] = {"run", "ls"};
    static const char *const coord_ls[] = {"coord", "ls", "/"};
    static const char *const coord_run[] = {"coord", "run"};
    static const char *const ls[] = {"ls"};

    struct table_match match = table_match(run, 2);
    ck_assert_str_eq(match.command->name, "run");
    ck_assert_uint_eq(match.words, 1);
    match = table_match(coord_ls, 3);
    ck_assert_str_eq(match.command->name, "coord ls");
    ck_assert_str_eq(table_short_name(match.command), "ls");
    ck_assert_uint_eq(match.words, 2);
    match = table_match(coord_ls, 1);
    ck_assert_ptr_null(match.command);
    ck_assert_str_eq(match.group->name, "coord");
    ck_assert_uint_eq(match.words, 1);
    match = table_match(coord_run, 2);
    ck_assert_ptr_null(match.command);
    ck_assert_str_eq(match.group->name, "coord");
    match = table_match(ls, 1);
    ck_assert(match.command == NULL && match.group == NULL && match.words == 0);
    match = table_match(ls, 0);
    ck_assert(match.command == NULL && match.group == NULL);
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
        names_and_letters_of_options_are_unique_in_a_command,
        each_command_is_complete,
        each_example_is_a_line_with_the_command_in_it,
        help_is_the_last_option_of_each_command,
        a_misspelt_command_is_recognised,
        a_group_is_explained_and_its_commands_stand_together,
        a_command_is_found_by_one_word_or_by_two,
        exit_codes_ascend_and_each_use_is_explained,
    };
    return suite_run("table", tests, sizeof tests / sizeof *tests);
}
