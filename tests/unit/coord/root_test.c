/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/root.h"

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(no_root_can_be_written_in_three_ways)
{
    static const char *const texts[] = {NULL, "", "/"};

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        AUTO(mem_free_text) char *root = root_new(texts[i]);

        ck_assert_str_eq(root, "");
    }
    AUTO(mem_free_text) char *root = root_new("/gale");
    ck_assert_str_eq(root, "/gale");
}
END_TEST

START_TEST(a_path_is_joined_and_stripped_again)
{
    static const char *const rows[][3] = {
        {"", "/", "/"},
        {"", "/a/b", "/a/b"},
        {"/gale", "/", "/gale"},
        {"/gale", "/a/b", "/gale/a/b"},
        {"/gale/eu", "/gale", "/gale/eu/gale"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO(mem_free_text) char *joined = root_join(rows[i][0], rows[i][1]);

        ck_assert_str_eq(joined, rows[i][2]);
        ck_assert_str_eq(root_strip(rows[i][0], joined), rows[i][1]);
    }
}
END_TEST

START_TEST(what_is_not_below_the_root_stays_as_it_is)
{
    ck_assert_str_eq(root_strip("/gale", "/galeere"), "/galeere");
    ck_assert_str_eq(root_strip("/gale", "/zookeeper"), "/zookeeper");
    ck_assert_str_eq(root_strip("/gale", "/"), "/");
}
END_TEST

START_TEST(a_root_is_walked_from_its_first_component)
{
    size_t position = 0;

    ck_assert_uint_eq(root_next("/gale/eu/x", &position), 5);
    ck_assert_uint_eq(root_next("/gale/eu/x", &position), 8);
    ck_assert_uint_eq(root_next("/gale/eu/x", &position), 10);
    ck_assert_uint_eq(root_next("/gale/eu/x", &position), 0);
    position = 0;
    ck_assert_uint_eq(root_next("", &position), 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        no_root_can_be_written_in_three_ways,
        a_path_is_joined_and_stripped_again,
        what_is_not_below_the_root_stays_as_it_is,
        a_root_is_walked_from_its_first_component,
    };
    return suite_run("root", tests, sizeof tests / sizeof *tests);
}
