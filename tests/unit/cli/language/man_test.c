/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/language/man.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/language/table.h"
#include "tests/support/suite.h"
#include "wire/cluster.h"

static char *render(void)
{
    struct text text;

    text_init(&text);
    man_render(&text);
    return text_take(&text);
}

static void expect_line(const char *page, const char *before, const char *word)
{
    char line[256];

    (void)snprintf(line, sizeof line, "\n%s%s", before, word);
    ck_assert_msg(strstr(page, line) != NULL, "not there: %s", line + 1);
}

START_TEST(every_command_option_setting_variable_and_code_is_there)
{
    AUTO(mem_free_text) char *page = render();
    size_t count;

    for (int i = 0; i < COMMAND_COUNT; i++)
        expect_line(page, ".Ss gale ", table_commands()[i].name);
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = table_option((enum option_id)i);
        char flag[64];

        if (option->letter == 0) {
            expect_line(page, ".It Fl -", option->name);
            continue;
        }
        (void)snprintf(flag, sizeof flag, "%c , Fl -%s", option->letter, option->name);
        expect_line(page, ".It Fl ", flag);
    }
    struct setting_table tables[CLUSTER_TABLES];
    cluster_tables(tables);
    for (size_t i = 0; i < CLUSTER_TABLES; i++) {
        for (size_t j = 0; j < tables[i].count; j++)
            expect_line(page, ".It Ic ", tables[i].specs[j].key);
    }
    const struct variable *variables = table_variables(&count);
    for (size_t i = 0; i < count; i++)
        expect_line(page, ".It Ev ", variables[i].name);
    const struct exit_meaning *codes = exit_code_table(&count);
    for (size_t i = 0; i < count; i++) {
        char number[16];

        (void)snprintf(number, sizeof number, "%d\n", (int)codes[i].code);
        expect_line(page, ".It ", number);
    }
}
END_TEST

/* A line of text that begins with a dot by chance would be read as a macro. */
START_TEST(each_line_with_a_dot_in_front_is_a_macro)
{
    AUTO(mem_free_text) char *page = render();

    for (const char *line = page; line != NULL && *line != '\0';) {
        if (*line == '.')
            ck_assert_msg((line[1] >= 'A' && line[1] <= 'Z') || line[1] == '\\', "%.20s", line);
        ck_assert(*line != '\'' && *line != '\n');
        line = strchr(line, '\n') + 1;
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_command_option_setting_variable_and_code_is_there,
        each_line_with_a_dot_in_front_is_a_macro,
    };
    return suite_run("man", tests, sizeof tests / sizeof *tests);
}
