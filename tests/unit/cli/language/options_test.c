/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/language/options.h"

#include <string.h>

#include "base/mem.h"
#include "cli/language/table.h"
#include "tests/support/suite.h"

#define PARSE(command, options, error, ...) \
    parse((command), (const char *const[]){__VA_ARGS__, NULL}, (options), (error))

/* `words` end at NULL; the options borrow them. */
static enum err parse(const char *command, const char *const *words, struct options *options,
                      struct error *error)
{
    size_t count = 0;

    while (words[count] != NULL)
        count++;
    return options_parse(table_find(command), words, count, options, error);
}

START_TEST(values_stand_apart_or_attached)
{
    struct options options;
    struct error error;

    ck_assert_int_eq(PARSE("run", &options, &error, "--config", "a.yaml", "x.so", "--loops=4",
                           "-ca=1", "-c", "b=2", "--set=c=3"),
                     ERR_OK);
    ck_assert_str_eq(options.operand, "x.so");
    ck_assert_str_eq(options_value(&options, OPTION_CONFIG), "a.yaml");
    ck_assert_str_eq(options_value(&options, OPTION_LOOPS), "4");
    ck_assert_uint_eq(options.given_count, 5);
    ck_assert_str_eq(options.given[2].value, "a=1");
    ck_assert_str_eq(options.given[3].value, "b=2");
    ck_assert_str_eq(options.given[4].value, "c=3");
    ck_assert(!options_has(&options, OPTION_JSON));
    ck_assert_ptr_null(options_value(&options, OPTION_DIR));
}
END_TEST

START_TEST(a_value_may_begin_with_a_dash_or_be_empty)
{
    struct options options;
    struct error error;

    ck_assert_int_eq(PARSE("run", &options, &error, "--loops", "-3", "x.so", "--config="), ERR_OK);
    ck_assert_str_eq(options_value(&options, OPTION_LOOPS), "-3");
    ck_assert_str_eq(options_value(&options, OPTION_CONFIG), "");
}
END_TEST

START_TEST(what_stands_after_two_dashes_is_not_read)
{
    const char *const words[] = {"x.so", "--quiet", "--", "--json", "--", "b", NULL};
    struct options options;
    struct error error;

    ck_assert_int_eq(parse("run", words, &options, &error), ERR_OK);
    ck_assert(options_has(&options, OPTION_QUIET));
    ck_assert(!options_has(&options, OPTION_JSON));
    ck_assert_uint_eq(options.rest_count, 3);
    ck_assert_str_eq(options.rest[0], "--json");
    ck_assert_str_eq(options.rest[2], "b");
}
END_TEST

START_TEST(two_dashes_make_room_for_an_operand_with_a_dash)
{
    struct options options;
    struct error error;

    ck_assert_int_eq(PARSE("check", &options, &error, "--json", "--", "-x.so"), ERR_OK);
    ck_assert_str_eq(options.operand, "-x.so");
    ck_assert_uint_eq(options.rest_count, 0);
}
END_TEST

START_TEST(a_single_dash_is_an_operand)
{
    struct options options;
    struct error error;

    ck_assert_int_eq(PARSE("check", &options, &error, "-"), ERR_OK);
    ck_assert_str_eq(options.operand, "-");
}
END_TEST

START_TEST(an_operand_that_may_repeat_is_taken_twice)
{
    struct options options;
    struct error error;

    ck_assert_int_eq(PARSE("help", &options, &error, "coord", "--man", "ls"), ERR_OK);
    ck_assert_uint_eq(options.operand_count, 2);
    ck_assert_str_eq(options.operands[0], "coord");
    ck_assert_str_eq(options.operands[1], "ls");
    ck_assert_str_eq(options.operand, "coord");
    ck_assert_int_eq(PARSE("help", &options, &error, "a", "b", "c"), ERR_INVALID);
    ck_assert_str_eq(error.text, "unexpected argument 'c'");
}
END_TEST

START_TEST(all_words_go_to_another_program_but_for_help)
{
    const char *const words[] = {"--port", "0", "--", "--help", NULL};
    struct options options;
    struct error error;

    ck_assert_int_eq(parse("coord serve", words, &options, &error), ERR_OK);
    ck_assert_uint_eq(options.rest_count, 4);
    ck_assert_str_eq(options.rest[0], "--port");
    ck_assert_uint_eq(options.given_count, 0);
    ck_assert_int_eq(PARSE("coord serve", &options, &error, "--help", "--port"), ERR_OK);
    ck_assert(options_has(&options, OPTION_HELP));
}
END_TEST

START_TEST(help_makes_everything_else_unimportant)
{
    struct options options;
    struct error error;

    ck_assert_int_eq(PARSE("run", &options, &error, "--help", "--nonsense"), ERR_OK);
    ck_assert(options_has(&options, OPTION_HELP));
    ck_assert_int_eq(PARSE("run", &options, &error, "-h"), ERR_OK);
    ck_assert(options_has(&options, OPTION_HELP));
}
END_TEST

START_TEST(each_mistake_has_its_text)
{
    static const struct {
        const char *command;
        const char *words[4];
        const char *text;
    } rows[] = {
        {"run", {"--lops"}, "unknown option '--lops'; did you mean '--loops'?"},
        {"run", {"--lops=4"}, "unknown option '--lops'; did you mean '--loops'?"},
        {"run", {"--nonsense"}, "unknown option '--nonsense'"},
        {"new", {"--json", "x"}, "unknown option '--json'"},
        {"run", {"-x"}, "unknown option '-x'"},
        {"run", {"-qc", "a=b"}, "'-qc': options of one letter are written apart"},
        {"run", {"x.so", "--loops"}, "option '--loops' needs a value: --loops N"},
        {"run", {"x.so", "-c"}, "option '--set' needs a value: --set KEY=VALUE"},
        {"run", {"x.so", "--json=1"}, "option '--json' takes no value"},
        {"run", {"x.so", "--json", "--json"}, "option '--json' is given twice"},
        {"run", {"--quiet"}, "TOPOLOGY.so is missing"},
        {"run",
         {"x.so", "a"},
         "unexpected argument 'a'; arguments for the topology stand after '--'"},
        {"check", {"x.so", "a"}, "unexpected argument 'a'"},
        {"version", {"a"}, "unexpected argument 'a'"},
        {"check", {"x.so", "--", "a"}, "unexpected argument 'a'"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct options options = {.command = NULL};
        struct error error = {.code = ERR_OK};

        ck_assert_int_eq(parse(rows[i].command, rows[i].words, &options, &error), ERR_INVALID);
        ck_assert_str_eq(error.text, rows[i].text);
        ck_assert_ptr_null(options.command);
    }
}
END_TEST

START_TEST(too_many_options_are_refused)
{
    const char *words[OPTIONS_GIVEN_MAX + 1];
    struct options options;
    struct error error;

    for (size_t i = 0; i < COUNT_OF(words); i++)
        words[i] = "-ca=b";
    ck_assert_int_eq(options_parse(table_find("run"), words, COUNT_OF(words), &options, &error),
                     ERR_LIMIT);
}
END_TEST

START_TEST(a_command_may_want_two_words)
{
    struct options options;
    struct error error;

    ck_assert_int_eq(PARSE("debug sample", &options, &error, "wc", "-n", "3", "split"), ERR_OK);
    ck_assert_str_eq(options.operands[0], "wc");
    ck_assert_str_eq(options.operands[1], "split");
    ck_assert_int_eq(PARSE("debug sample", &options, &error, "wc"), ERR_INVALID);
    ck_assert_str_eq(error.text, "COMPONENT is missing");
    ck_assert_int_eq(PARSE("debug sample", &options, &error, "--json"), ERR_INVALID);
    ck_assert_str_eq(error.text, "NAME is missing");
    ck_assert_int_eq(PARSE("debug sample", &options, &error, "wc", "split", "more"), ERR_INVALID);
    ck_assert_str_eq(error.text, "unexpected argument 'more'");
    ck_assert_int_eq(PARSE("debug sample", &options, &error, "--help"), ERR_OK);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        values_stand_apart_or_attached,
        a_value_may_begin_with_a_dash_or_be_empty,
        what_stands_after_two_dashes_is_not_read,
        two_dashes_make_room_for_an_operand_with_a_dash,
        a_single_dash_is_an_operand,
        an_operand_that_may_repeat_is_taken_twice,
        a_command_may_want_two_words,
        all_words_go_to_another_program_but_for_help,
        help_makes_everything_else_unimportant,
        each_mistake_has_its_text,
        too_many_options_are_refused,
    };
    return suite_run("options", tests, sizeof tests / sizeof *tests);
}
