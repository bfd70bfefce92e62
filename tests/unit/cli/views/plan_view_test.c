/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/plan_view.h"

#include "tests/support/plans.h"
#include "tests/support/suite.h"

static void expect_view(const char *line, const char *view)
{
    AUTO(plan_destroy) struct plan *plan = plan_text_plan(PLAN_WORD_COUNT);
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(config_destroy) struct config *config = NULL;
    struct error error;
    struct text text;

    ck_assert_int_eq(plan_check(plan, &error), ERR_OK);
    if (line != NULL)
        ck_assert_int_eq(settings_put_line(settings, line, "-c", &error), ERR_OK);
    ck_assert_int_eq(config_make(plan, settings, &config, &error), ERR_OK);
    text_init(&text);
    plan_view_render(plan, config, &text, STYLE_PLAIN);
    ck_assert_str_eq(text_data(&text), view);
    text_done(&text);
}

START_TEST(a_plan_is_shown_in_three_tables)
{
    expect_view(
        NULL,
        "word-count: 3 components, 11 tasks\n"
        "\n"
        "component  tasks  executors  kind                                emits\n"
        "reader         1          1  spout, max_pending 1000             sentences(text str, line "
        "u64)\n"
        "splitter       4          4  bolt                                words(text str, size "
        "i64?)\n"
        "counter        6          2  bolt, ticks every 500 ms, own loop  tallies(word str)\n"
        "\n"
        "component  reads             grouped by\n"
        "splitter   reader.sentences  shuffle\n"
        "counter    splitter.words    fields on text\n"
        "\n"
        "setting       value    from      meaning\n"
        "reader.path   in.txt   topology  what to read\n"
        "language      English  topology\n"
        "reader.limit           not set\n");
}
END_TEST

START_TEST(what_comes_from_outside_is_shown_with_its_origin)
{
    expect_view(
        "splitter.tasks=2",
        "word-count: 3 components, 9 tasks\n"
        "\n"
        "component  tasks  executors  kind                                emits\n"
        "reader         1          1  spout, max_pending 1000             sentences(text str, line "
        "u64)\n"
        "splitter       2          2  bolt                                words(text str, size "
        "i64?)\n"
        "counter        6          2  bolt, ticks every 500 ms, own loop  tallies(word str)\n"
        "\n"
        "component  reads             grouped by\n"
        "splitter   reader.sentences  shuffle\n"
        "counter    splitter.words    fields on text\n"
        "\n"
        "setting             value    from      meaning\n"
        "reader.path         in.txt   topology  what to read\n"
        "splitter.tasks      2        -c\n"
        "splitter.executors  2        -c\n"
        "language            English  topology\n"
        "reader.limit                 not set\n");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_plan_is_shown_in_three_tables,
        what_comes_from_outside_is_shown_with_its_origin,
    };
    return suite_run("plan_view", tests, sizeof tests / sizeof *tests);
}
