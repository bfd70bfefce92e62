/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/router.h"

#include <stdio.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static const struct route first[] = {
    {HTTP_GET, "/", ROUTE_READ, NULL},
    {HTTP_GET, "/t/{id}", ROUTE_READ, NULL},
    {HTTP_GET, "/t/summary", ROUTE_READ, NULL},
    {HTTP_POST, "/t/{id}/kill/{wait}", ROUTE_CHANGE, NULL},
    {HTTP_GET, "/t/{id}/{part}", ROUTE_READ, NULL},
};
static const struct route second[] = {
    {HTTP_GET, "/t/{id}/errors", ROUTE_READ, NULL},
    {HTTP_GET, "/files/{path...}", ROUTE_READ, NULL},
    {HTTP_GET, "/files/index", ROUTE_READ, NULL},
};
static const struct router router = {
    .count = 2, .tables = {{first, COUNT_OF(first)}, {second, COUNT_OF(second)}}};

static void expect(enum http_method method, const char *target, const char *wanted)
{
    static const char *const verdicts[] = {[ROUTER_NO_PATH] = "404", [ROUTER_NO_METHOD] = "405"};
    struct match match;
    struct text text;
    struct url url;

    text_init(&text);
    ck_assert_int_eq(url_parse(target, &url, NULL), ERR_OK);
    enum router_verdict verdict = router_find(&router, method, &url, &match);
    text_add(&text, "%s",
             verdict == ROUTER_FOUND ? match.route->pattern : verdicts[(size_t)verdict]);
    for (size_t i = 0; verdict == ROUTER_FOUND && i < match.param_count; i++)
        text_add(&text, " %s=%s", match.params[i].name, match.params[i].value);
    ck_assert_str_eq(text_data(&text), wanted);
    text_done(&text);
    url_done(&url);
}

START_TEST(a_path_finds_its_route_and_parameters)
{
    expect(HTTP_GET, "/", "/");
    expect(HTTP_GET, "/t/wc", "/t/{id} id=wc");
    expect(HTTP_GET, "/t/a%2Fb", "/t/{id} id=a/b");
    expect(HTTP_POST, "/t/wc/kill/30", "/t/{id}/kill/{wait} id=wc wait=30");
    expect(HTTP_GET, "/files/a/b%20c", "/files/{path...} path=a/b c");
    expect(HTTP_GET, "/files/", "/files/{path...} path=");
}
END_TEST

START_TEST(a_word_goes_before_a_parameter)
{
    expect(HTTP_GET, "/t/summary", "/t/summary");
    expect(HTTP_GET, "/t/wc/errors", "/t/{id}/errors id=wc");
    expect(HTTP_GET, "/t/wc/other", "/t/{id}/{part} id=wc part=other");
    expect(HTTP_GET, "/files/index", "/files/index");
}
END_TEST

START_TEST(what_there_is_not_is_told_from_what_is_for_another_method)
{
    expect(HTTP_GET, "/x", "404");
    expect(HTTP_GET, "/t", "404");
    expect(HTTP_GET, "/t/", "404");
    expect(HTTP_GET, "/t/a/b/c/d", "404");
    expect(HTTP_GET, "/t/wc/kill/30", "405");
    expect(HTTP_POST, "/t/wc", "405");
}
END_TEST

START_TEST(patterns_that_nothing_could_take_are_known)
{
    ck_assert(router_is_pattern("/"));
    ck_assert(router_is_pattern("/a/{b}/{c...}"));
    ck_assert(!router_is_pattern("a"));
    ck_assert(!router_is_pattern("/{}"));
    ck_assert(!router_is_pattern("/{a...}/b"));
    ck_assert(!router_is_pattern("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}"));
    ck_assert(!router_is_pattern("/{a-name-that-is-longer-than-names-may-be}"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_path_finds_its_route_and_parameters,
                                  a_word_goes_before_a_parameter,
                                  what_there_is_not_is_told_from_what_is_for_another_method,
                                  patterns_that_nothing_could_take_are_known};

    return suite_run("router", tests, COUNT_OF(tests));
}
