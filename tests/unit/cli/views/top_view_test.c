/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/top_view.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static void render(struct top_view *view, const char *list, const char *topology, uint64_t now_ns,
                   struct text *text)
{
    json_t *nodes = json_pack("{}");
    json_t *listed = list == NULL ? NULL : json_loads(list, 0, NULL);
    json_t *one = topology == NULL ? NULL : json_loads(topology, 0, NULL);
    struct top_picture picture = {
        .nodes = nodes, .list = listed, .topology = one, .now_ns = now_ns, .now_ms = 1000};

    text_clear(text);
    top_view_render(view, &picture, text, STYLE_PLAIN);
    json_decref(nodes);
    json_decref(listed);
    json_decref(one);
}

START_TEST(rates_are_those_since_the_picture_before)
{
    struct top_view view = {.before = NULL};
    struct text text;

    text_init(&text);
    render(&view, "{\"topologies\":[{\"name\":\"wc\",\"completed\":1000,\"failed\":5}]}", NULL,
           1000000000, &text);
    ck_assert_ptr_nonnull(strstr(text_data(&text), "1,000       5"));
    render(&view,
           "{\"topologies\":[{\"name\":\"new\",\"completed\":7},"
           "{\"name\":\"wc\",\"completed\":5000,\"failed\":5}]}",
           NULL, 3000000000, &text);
    ck_assert_ptr_nonnull(strstr(text_data(&text), "   2,000         0      5,000       5"));
    top_view_done(&view);
    text_done(&text);
}
END_TEST

START_TEST(a_counter_that_went_back_has_no_rate)
{
    struct top_view view = {.before = NULL};
    struct text text;

    text_init(&text);
    render(&view, NULL, "{\"components\":[{\"name\":\"a\",\"emitted\":100,\"acked\":1}]}", 0,
           &text);
    render(&view, NULL, "{\"components\":[{\"name\":\"a\",\"emitted\":10,\"acked\":3}]}",
           1000000000, &text);
    ck_assert_ptr_nonnull(strstr(text_data(&text), "\na              0                      0"));
    ck_assert_ptr_nonnull(strstr(text_data(&text), "      2  "));
    top_view_done(&view);
    text_done(&text);
}
END_TEST

/* As of a nimbus that has just begun to lead. */
START_TEST(what_was_not_known_before_has_no_rate)
{
    struct top_view view = {.before = NULL};
    struct text text;

    text_init(&text);
    render(&view, "{\"topologies\":[{\"name\":\"wc\",\"completed\":null,\"failed\":null}]}", NULL,
           1000000000, &text);
    ck_assert_ptr_nonnull(strstr(text_data(&text), "        -       -"));
    render(&view, "{\"topologies\":[{\"name\":\"wc\",\"completed\":5000,\"failed\":5}]}", NULL,
           2000000000, &text);
    const char *total = strstr(text_data(&text), "5,000");
    ck_assert_ptr_nonnull(total);
    ck_assert_ptr_null(strstr(total + 1, "5,000")); /* no rate beside it */
    top_view_done(&view);
    text_done(&text);
}
END_TEST

START_TEST(a_picture_is_cut_to_the_screen)
{
    static const struct {
        const char *picture;
        size_t rows;
        size_t columns;
        const char *wanted;
    } rows[] = {
        {"abc\ndef\nghi\n", 4, 3, "abc\x1b[K\r\ndef\x1b[K\r\nghi\x1b[K\r\n\x1b[J"},
        {"abc\ndef\nghi\n", 3, 2, "ab\x1b[K\r\nde\x1b[K\r\n\x1b[J"},
        {"\x1b[1mabc\x1b[0m", 9, 2, "\x1b[1mab\x1b[K\r\n\x1b[J"},
        {"\xc3\xb8\xc3\xb8\xc3\xb8", 9, 2, "\xc3\xb8\xc3\xb8\x1b[K\r\n\x1b[J"},
        {"abc", 1, 80, "\x1b[J"},
        {"", 24, 80, "\x1b[J"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text text;

        text_init(&text);
        top_view_fit(rows[i].picture, rows[i].rows, rows[i].columns, &text);
        ck_assert_str_eq(text_data(&text), rows[i].wanted);
        text_done(&text);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        rates_are_those_since_the_picture_before,
        a_counter_that_went_back_has_no_rate,
        what_was_not_known_before_has_no_rate,
        a_picture_is_cut_to_the_screen,
    };
    return suite_run("top_view", tests, sizeof tests / sizeof *tests);
}
