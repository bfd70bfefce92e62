/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/assets.h"

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(a_file_is_found_by_its_whole_path)
{
    static const struct asset assets[] = {{.path = "/index.html", .size = 1},
                                          {.path = "/app-0123456789.js", .size = 2}};
    const struct asset_table table = {assets, COUNT_OF(assets)};

    ck_assert_uint_eq(assets_find(&table, "/app-0123456789.js")->size, 2);
    ck_assert_ptr_null(assets_find(&table, "/"));
    ck_assert_ptr_null(assets_find(&table, "/index.htm"));
    ck_assert_ptr_null(assets_find(&table, "index.html"));
}
END_TEST

START_TEST(a_hash_in_the_name_makes_a_file_keep)
{
    ck_assert(assets_is_hashed("/app-0123456789.js"));
    ck_assert(assets_is_hashed("/layout-1A2B3C4D.css"));
    ck_assert(!assets_is_hashed("/app-1234567.js"));
    ck_assert(!assets_is_hashed("/app-12345678901234567.js"));
    ck_assert(!assets_is_hashed("/app-0123.56789.js"));
    ck_assert(!assets_is_hashed("/index.html"));
    ck_assert(!assets_is_hashed("/app-0123456789"));
}
END_TEST

START_TEST(views_are_told_from_files_that_are_gone)
{
    static const char *const views[] = {
        "/",     "/topologies/wc", "/topologies/x.js/components/a", "/log/topics/a.json", "/wc.v2",
        "/apis", "/coord"};
    static const char *const others[] = {
        "/api", "/api/v2/x", "/metrics", "/app-0123456789.js", "/favicon.ico", "/assets/a"};

    for (size_t i = 0; i < COUNT_OF(views); i++)
        ck_assert_msg(assets_is_view(views[i]), "%s", views[i]);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        ck_assert_msg(!assets_is_view(others[i]), "%s", others[i]);
}
END_TEST

START_TEST(types_are_known_by_the_end_of_the_name)
{
    ck_assert_str_eq(assets_type("/app.js"), "text/javascript; charset=utf-8");
    ck_assert_str_eq(assets_type("/a/b.woff2"), "font/woff2");
    ck_assert_ptr_null(assets_type("/app.js.gz"));
    ck_assert_ptr_null(assets_type("/js"));
    ck_assert_ptr_null(assets_type(".js"));
}
END_TEST

START_TEST(gzip_is_sent_to_who_takes_it)
{
    static const char *const yes[] = {"gzip",      "gzip, deflate, br", "br;q=1.0, gzip;q=0.8",
                                      "GZIP",      "deflate ,x-gzip",   "gzip;q=0.001",
                                      "gzip ; q=1"};
    static const char *const no[] = {
        NULL, "", "identity", "gzip;q=0", "gzip; q=0.0, br", "gzipped", "not-gzip", "br", "*;q=0"};

    for (size_t i = 0; i < COUNT_OF(yes); i++)
        ck_assert_msg(assets_accepts_gzip(yes[i]), "%s", yes[i]);
    for (size_t i = 0; i < COUNT_OF(no); i++)
        ck_assert_msg(!assets_accepts_gzip(no[i]), "%s", no[i]);
}
END_TEST

START_TEST(what_is_known_already_is_not_sent_again)
{
    ck_assert(assets_is_match("\"a-1\"", "\"a-1\""));
    ck_assert(assets_is_match("W/\"a-1\"", "\"a-1\""));
    ck_assert(assets_is_match("\"b\", W/\"a-1\"", "\"a-1\""));
    ck_assert(assets_is_match("*", "\"a-1\""));
    ck_assert(!assets_is_match(NULL, "\"a-1\""));
    ck_assert(!assets_is_match("a-1", "\"a-1\""));
    ck_assert(!assets_is_match("\"a-1", "\"a-1\""));
    ck_assert(!assets_is_match("\"a-12\"", "\"a-1\""));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_file_is_found_by_its_whole_path,
                                  a_hash_in_the_name_makes_a_file_keep,
                                  views_are_told_from_files_that_are_gone,
                                  types_are_known_by_the_end_of_the_name,
                                  gzip_is_sent_to_who_takes_it,
                                  what_is_known_already_is_not_sent_again};

    return suite_run("assets", tests, COUNT_OF(tests));
}
