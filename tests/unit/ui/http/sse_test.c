/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/sse.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(panels_become_targets)
{
    static const struct {
        const char *panel, *target;
    } cases[] = {
        {"pulse", "/api/v2/pulse"},
        {"events", "/api/v2/events?after=7"},
        {"topology:wc", "/api/v2/topologies/wc/figures"},
        {"topology:wc:600", "/api/v2/topologies/wc/figures?window=600"},
        {"topology:w c/\xC3\xA4", "/api/v2/topologies/w%20c%2F%C3%A4/figures"},
        {"tasks:wc", "/api/v2/topologies/wc/tasks"},
        {"tasks:wc:split&x=1", "/api/v2/topologies/wc/tasks?component=split%26x%3D1"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sse_panel panels[SSE_PANELS_MAX];
        struct text target;
        size_t count;

        text_init(&target);
        ck_assert_int_eq(sse_panels_parse(cases[i].panel, panels, &count, NULL), ERR_OK);
        ck_assert_uint_eq(count, 1);
        ck_assert_str_eq(panels[0].name, cases[i].panel);
        sse_panel_target(&panels[0], 7, &target);
        ck_assert_str_eq(text_data(&target), cases[i].target);
        text_done(&target);
    }
}
END_TEST

START_TEST(a_list_of_panels_names_each_once)
{
    struct sse_panel panels[SSE_PANELS_MAX];
    size_t count;

    ck_assert_int_eq(
        sse_panels_parse("pulse,topology:a,pulse,topology:b,topology:a", panels, &count, NULL),
        ERR_OK);
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(panels[2].name, "topology:b");
}
END_TEST

START_TEST(what_is_no_panel_is_refused)
{
    static const char *const texts[] = {"",      ",",        "pulse,",     "puls",   "pulses",
                                        "tasks", "tasks:",   "topology::", "pulse:", "events:1",
                                        "gone",  "topology", ":"};
    struct sse_panel panels[SSE_PANELS_MAX];
    size_t count;

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        ck_assert_msg(sse_panels_parse(texts[i], panels, &count, NULL) == ERR_INVALID, "%s",
                      texts[i]);
}
END_TEST

START_TEST(panels_are_limited)
{
    struct sse_panel panels[SSE_PANELS_MAX];
    char longest[SSE_PANEL_MAX + 2];
    struct text text;
    size_t count;

    text_init(&text);
    for (int i = 0; i < SSE_PANELS_MAX; i++)
        text_add(&text, "%stasks:%d", i == 0 ? "" : ",", i);
    ck_assert_int_eq(sse_panels_parse(text_data(&text), panels, &count, NULL), ERR_OK);
    text_add(&text, ",pulse");
    ck_assert_int_eq(sse_panels_parse(text_data(&text), panels, &count, NULL), ERR_LIMIT);
    text_done(&text);

    memset(longest, 'a', sizeof longest);
    memcpy(longest, "tasks:", 6);
    longest[sizeof longest - 1] = '\0';
    ck_assert_int_eq(sse_panels_parse(longest, panels, &count, NULL), ERR_LIMIT);
    longest[sizeof longest - 2] = '\0';
    ck_assert_int_eq(sse_panels_parse(longest, panels, &count, NULL), ERR_OK);
}
END_TEST

static void expect_data(const char *panel, const char *object, const char *wanted)
{
    struct text from;
    struct text to;

    text_init(&from);
    text_init(&to);
    text_add(&from, "%s", object);
    sse_add_data(panel, &from, &to);
    ck_assert_str_eq(text_data(&to), wanted);
    text_done(&from);
    text_done(&to);
}

START_TEST(an_answer_gets_the_name_of_its_panel)
{
    expect_data("pulse", "{\"tick\":1}", "{\"panel\":\"pulse\",\"tick\":1}");
    expect_data("tasks:\"\\\n", "{}", "{\"panel\":\"tasks:\\u0022\\u005c\\u000a\"}");
}
END_TEST

START_TEST(an_event_has_its_form)
{
    struct text text;

    text_init(&text);
    sse_add_head("pulse", (struct sse_id){.tick = 17, .event = 203}, &text);
    sse_add_tail("{}", &text);
    sse_add_tail("a\nb", &text);
    sse_add_comment(&text);
    ck_assert_str_eq(text_data(&text), "event: pulse\nid: 17-203\ndata: {}\n\ndata: a\ndata: "
                                       "b\n\n: still here\n\n");
    text_done(&text);
}
END_TEST

START_TEST(an_id_is_read_back_or_is_none)
{
    static const char *const wrong[] = {"",      "1",    "-",    "a-1",
                                        "1-2-3", "1-2 ", "-1-2", "99999999999999999999999-1"};

    ck_assert_uint_eq(sse_id_parse("17-203").tick, 17);
    ck_assert_uint_eq(sse_id_parse("17-203").event, 203);
    ck_assert_uint_eq(sse_id_parse(NULL).event, 0);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct sse_id id = sse_id_parse(wrong[i]);

        ck_assert_msg(id.tick == 0 && id.event == 0, "%s", wrong[i]);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {panels_become_targets,
                                  a_list_of_panels_names_each_once,
                                  what_is_no_panel_is_refused,
                                  panels_are_limited,
                                  an_answer_gets_the_name_of_its_panel,
                                  an_event_has_its_form,
                                  an_id_is_read_back_or_is_none};

    return suite_run("sse", tests, COUNT_OF(tests));
}
