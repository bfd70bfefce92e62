/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/columns.h"

#include "tests/support/suite.h"

static void expect(struct columns *columns, const char *rendered)
{
    struct text text;

    text_init(&text);
    columns_render(columns, &text);
    ck_assert_str_eq(text_data(&text), rendered);
    text_done(&text);
    columns_done(columns);
}

START_TEST(columns_are_as_wide_as_their_widest_cell)
{
    struct columns columns;

    columns_init(&columns, "lrl");
    columns_add(&columns, "name");
    columns_add(&columns, "n");
    columns_add(&columns, "what");
    columns_add(&columns, "%s", "splitter");
    columns_add(&columns, "%d", 1234);
    columns_add(&columns, "x");
    expect(&columns, "name         n  what\n"
                     "splitter  1234  x\n");
}
END_TEST

START_TEST(no_line_ends_in_spaces)
{
    struct columns columns;

    columns_init(&columns, "lll");
    columns_add(&columns, "a");
    columns_add(&columns, "bbbb");
    columns_add(&columns, "c");
    columns_add(&columns, "a");
    columns_add(&columns, "%s", "");
    columns_add(&columns, "c");
    columns_add(&columns, "a");
    columns_add(&columns, "%s", "");
    columns_add(&columns, "%s", "");
    expect(&columns, "a  bbbb  c\n"
                     "a        c\n"
                     "a\n");
}
END_TEST

START_TEST(an_empty_table_is_nothing)
{
    struct columns columns;

    columns_init(&columns, "l");
    expect(&columns, "");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        columns_are_as_wide_as_their_widest_cell,
        no_line_ends_in_spaces,
        an_empty_table_is_nothing,
    };
    return suite_run("columns", tests, sizeof tests / sizeof *tests);
}
