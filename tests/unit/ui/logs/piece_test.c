/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/logs/piece.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define LOST "\xEF\xBF\xBD"

START_TEST(what_is_not_utf8_is_replaced_byte_by_byte)
{
    static const struct {
        const char *bytes;
        const char *text;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F"},
        {"\xFF", LOST},
        {"a\xC3", "a" LOST},
        {"\xA4z", LOST "z"},
        {"\xE2\x82z", LOST LOST "z"},
        {"\xC0\x80!", LOST LOST "!"},
    };
    struct text text = {.data = NULL};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        text_clear(&text);
        piece_repair(cases[i].bytes, strlen(cases[i].bytes), &text);
        ck_assert_str_eq(text_data(&text), cases[i].text);
    }
    text_done(&text);
    json_t *json = piece_json("a\0\xFF", 3);
    ck_assert_uint_eq(json_string_length(json), 2 + sizeof LOST - 1);
    json_decref(json);
}
END_TEST

START_TEST(nothing_of_a_log_is_markup)
{
    static const char bytes[] = "<script>alert('a' && \"b\")</script>\0";
    struct text html = {.data = NULL};

    piece_html(bytes, sizeof bytes - 1, &html);
    ck_assert_str_eq(text_data(&html), "&lt;script&gt;alert(&#39;a&#39; &amp;&amp; "
                                       "&quot;b&quot;)&lt;/script&gt;" LOST);
    text_done(&html);
}
END_TEST

START_TEST(a_value_of_a_url_is_encoded)
{
    struct text url = {.data = NULL};

    piece_url("a/b c&d=\xC3\xBC-._~9", &url);
    ck_assert_str_eq(text_data(&url), "a%2Fb%20c%26d%3D%C3%BC-._~9");
    text_done(&url);
}
END_TEST

START_TEST(a_line_says_when_it_was_written_and_how_much_it_matters)
{
    static const struct {
        const char *line;
        int64_t at;
        const char *level;
    } cases[] = {
        {"1970-01-01T00:00:00.000Z info a.b", 0, "info"},
        {"2026-11-22T09:36:07.125Z warn x", 1795340167125, "warn"},
        {"2024-02-29T23:59:59.999Z error x", 1709251199999, "error"},
        {"2000-03-01T00:00:00.000Z debug x", 951868800000, "debug"},
        {"2026-11-22T09:36:07.125Z fatal x", 1795340167125, NULL},
        {"2026-11-22T09:36:07.125Z info", 1795340167125, NULL},
        {"2026-13-22T09:36:07.125Z info x", -1, "info"},
        {"2026-11-22 09:36:07.125Z info x", -1, NULL},
        {"info", -1, NULL},
        {"", -1, NULL},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t size = strlen(cases[i].line);
        const char *level = piece_level(cases[i].line, size);
        ck_assert_int_eq(piece_time(cases[i].line, size), cases[i].at);
        ck_assert_str_eq(level == NULL ? "" : level, cases[i].level == NULL ? "" : cases[i].level);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_not_utf8_is_replaced_byte_by_byte,
        nothing_of_a_log_is_markup,
        a_value_of_a_url_is_encoded,
        a_line_says_when_it_was_written_and_how_much_it_matters,
    };

    return suite_run("piece", tests, COUNT_OF(tests));
}
