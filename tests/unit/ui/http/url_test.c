/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/url.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "tests/support/suite.h"

/* "/path [segment][segment] name=value name=value" */
static char *show(const char *target)
{
    struct error error;
    struct text text;
    struct url url;

    text_init(&text);
    if (url_parse(target, &url, &error) != ERR_OK) {
        text_add(&text, "%s: %s", err_name(error.code), error.text);
        return text_take(&text);
    }
    text_add(&text, "%s ", url.path);
    for (size_t i = 0; i < url.segment_count; i++) {
        text_add(&text, "[%s]", url.segments[i]);
        ck_assert(strncmp(url.path + url.starts[i], url.segments[i], strlen(url.segments[i])) == 0);
    }
    for (size_t i = 0; i < url.query_count; i++)
        text_add(&text, " %s=%s", url.query[i].name, url.query[i].value);
    url_done(&url);
    return text_take(&text);
}

START_TEST(a_target_is_taken_apart_and_decoded)
{
    static const struct {
        const char *target, *wanted;
    } cases[] = {
        {"/", "/ []"},
        {"/a/b", "/a/b [a][b]"},
        {"/a/", "/a/ [a][]"},
        {"//a", "//a [][a]"},
        {"/a%2Fb/c", "/a/b/c [a/b][c]"},
        {"/a+b?c+d=e+f", "/a+b [a+b] c d=e f"},
        {"/%C3%a4", "/\xC3\xA4 [\xC3\xA4]"},
        {"/?a=1&b=2&a=3", "/ [] a=1 b=2 a=3"},
        {"/?a", "/ [] a="},
        {"/?a=b=c&&=x&d=", "/ [] a=b=c d="},
        {"/?a=%26%3D%3f", "/ [] a=&=?"},
        {"/?a=b?c", "/ [] a=b?c"},
        {"/a#b?c=d", "/a [a]"},
        {"/...", "/... [...]"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(mem_free_text) char *shown = show(cases[i].target);

        ck_assert_str_eq(shown, cases[i].wanted);
    }
}
END_TEST

START_TEST(what_cannot_be_meant_is_refused)
{
    static const char *const targets[] = {
        "",        "a",      "http://x/", "*",     "/%",     "/%4",           "/%zz",
        "/%00",    "/a%00b", "/?a=%00",   "/%FF",  "/%C3",   "/?%ED%A0%80=1", "/../etc",
        "/a/../b", "/a/.",   "/%2e%2e/x", "/.%2E", "/?a=%2",
    };

    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        AUTO(mem_free_text) char *shown = show(targets[i]);

        ck_assert_msg(strncmp(shown, "invalid: ", 9) == 0, "%s: %s", targets[i], shown);
    }
}
END_TEST

static char *repeat(const char *begin, const char *piece, size_t times)
{
    struct text text;

    text_init(&text);
    text_add(&text, "%s", begin);
    for (size_t i = 0; i < times; i++)
        text_add(&text, "%s", piece);
    return text_take(&text);
}

START_TEST(limits_are_kept)
{
    const struct {
        const char *begin, *piece;
        size_t most;
    } cases[] = {
        {"", "/a", URL_SEGMENTS_MAX},
        {"/?", "&a=b", HTTP_QUERY_MAX},
        {"/", "a", HTTP_PATH_MAX - 1},
        {"/?a=", "b", URL_TARGET_MAX - 4},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(mem_free_text) char *most = repeat(cases[i].begin, cases[i].piece, cases[i].most);
        AUTO(mem_free_text) char *more = repeat(cases[i].begin, cases[i].piece, cases[i].most + 1);
        AUTO(mem_free_text) char *shown = show(most);
        AUTO(mem_free_text) char *refused = show(more);

        ck_assert_int_eq(shown[0], '/');
        ck_assert_msg(strncmp(refused, "limit: ", 7) == 0, "%s", refused);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_target_is_taken_apart_and_decoded,
                                  what_cannot_be_meant_is_refused, limits_are_kept};

    return suite_run("url", tests, COUNT_OF(tests));
}
