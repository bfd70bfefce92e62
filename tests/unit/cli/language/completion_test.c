/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/language/completion.h"

#include <stdio.h>
#include <string.h>

#include "cli/language/table.h"
#include "tests/support/suite.h"

/* Each shell has its own way to write an option. */
static void expect_option(const char *script, const char *shell, const char *name)
{
    char word[64];

    (void)snprintf(word, sizeof word, "%s%s", strcmp(shell, "fish") == 0 ? "-l " : "--", name);
    ck_assert_msg(strstr(script, word) != NULL, "%s: no %s", shell, word);
}

START_TEST(every_shell_knows_every_command_and_option)
{
    size_t count;
    const char *const *shells = completion_shells(&count);

    ck_assert_uint_eq(count, 3);
    for (size_t i = 0; i < count; i++) {
        struct text text;

        text_init(&text);
        ck_assert(completion_render(shells[i], &text));
        for (int j = 0; j < COMMAND_COUNT; j++)
            ck_assert_ptr_nonnull(strstr(text_data(&text), table_short_name(&table_commands()[j])));
        for (int j = 0; j < OPTION_COUNT; j++)
            expect_option(text_data(&text), shells[i], table_option((enum option_id)j)->name);
        ck_assert_ptr_nonnull(strstr(text_data(&text), "topology.acking="));
        text_done(&text);
    }
}
END_TEST

START_TEST(another_shell_is_refused)
{
    struct text text;

    text_init(&text);
    ck_assert(!completion_render("tcsh", &text));
    ck_assert_uint_eq(text_size(&text), 0);
    text_done(&text);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_shell_knows_every_command_and_option,
        another_shell_is_refused,
    };
    return suite_run("completion", tests, sizeof tests / sizeof *tests);
}
