/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/io/disguise.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(numbers_of_a_user_and_a_group_are_read)
{
    struct disguise disguise = {.uid = 0};

    ck_assert_int_eq(disguise_parse("65534:100", &disguise, NULL), ERR_OK);
    ck_assert(disguise.is_wanted);
    ck_assert_uint_eq(disguise.uid, 65534);
    ck_assert_uint_eq(disguise.gid, 100);
}
END_TEST

START_TEST(root_and_what_is_no_number_are_refused)
{
    static const char *const texts[] = {
        "",      "0:0",  "0:100",     "100:0",        "100",          "100:",
        ":100",  "a:b",  "-1:1",      "1:-1",         " 1:1",         "1:1 ",
        "1:1:1", "1x:1", "root:root", "4294967295:1", "1:4294967296", "99999999999999999999:1",
    };
    struct disguise disguise;
    struct error error;

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ck_assert_msg(disguise_parse(texts[i], &disguise, &error) == ERR_INVALID, "%s", texts[i]);
        ck_assert_ptr_nonnull(strstr(error.text, "--user"));
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        numbers_of_a_user_and_a_group_are_read,
        root_and_what_is_no_number_are_refused,
    };
    return suite_run("disguise", tests, COUNT_OF(tests));
}
