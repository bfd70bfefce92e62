/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/project.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define LONGEST "a123456789012345678901234567890123456789012345678901234567890123"

START_TEST(good_names_are_accepted)
{
    static const char *const names[] = {"a", "word_count", "word-count", "W2", LONGEST};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        ck_assert_int_eq(project_check_name(names[i], NULL), ERR_OK);
}
END_TEST

START_TEST(bad_names_are_refused)
{
    static const char *const names[] = {"",    "2a",  "_a",          "-a",   "a b", "a/b", "..",
                                        "a.b", "a$b", "caf\xc3\xa9", "test", "all", "gale"};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        ck_assert_int_eq(project_check_name(names[i], NULL), ERR_INVALID);
}
END_TEST

START_TEST(a_name_of_65_bytes_is_too_long)
{
    char name[66] = "";

    memset(name, 'a', 65);
    ck_assert_int_eq(project_check_name(name, NULL), ERR_LIMIT);
    name[64] = '\0';
    ck_assert_int_eq(project_check_name(name, NULL), ERR_OK);
}
END_TEST

START_TEST(the_name_is_filled_in_wherever_it_is_marked)
{
    static const char content[] = "@NAME@: a NAME, @NAME, @@NAME@@NAME@";
    struct project_file file = {.path = "src/NAME.c",
                                .content = (const unsigned char *)content,
                                .size = sizeof content - 1};
    struct text text;

    text_init(&text);
    project_path(&file, "wc", &text);
    ck_assert_str_eq(text_data(&text), "src/wc.c");
    text_clear(&text);
    project_content(&file, "wc", &text);
    ck_assert_str_eq(text_data(&text), "wc: a NAME, @NAME, @wcwc");
    text_done(&text);
}
END_TEST

START_TEST(the_templates_leave_no_mark_behind)
{
    size_t count;
    const struct project_file *files = project_files(&count);

    ck_assert_uint_ge(count, 6);
    for (size_t i = 0; i < count; i++) {
        struct text text;

        text_init(&text);
        project_path(&files[i], "wc", &text);
        text_add(&text, "\n");
        project_content(&files[i], "wc", &text);
        ck_assert_msg(strstr(text_data(&text), "@NAME") == NULL, "%s", files[i].path);
        ck_assert_uint_gt(files[i].size, 0);
        text_done(&text);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        good_names_are_accepted,
        bad_names_are_refused,
        a_name_of_65_bytes_is_too_long,
        the_name_is_filled_in_wherever_it_is_marked,
        the_templates_leave_no_mark_behind,
    };
    return suite_run("project", tests, sizeof tests / sizeof *tests);
}
