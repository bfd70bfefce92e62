/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ended.h"

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(an_id_is_the_name_and_two_numbers)
{
    ck_assert(ended_is_of("wc-1-1795000000", "wc"));
    ck_assert(ended_is_of("wc-2-1-1795000000", "wc-2"));
    ck_assert(!ended_is_of("wc-2-1-1795000000", "wc"));
    ck_assert(!ended_is_of("wc2-1-1795000000", "wc"));
    ck_assert(!ended_is_of("w-1-1795000000", "wc"));
    ck_assert(!ended_is_of("wc-1", "wc"));
    ck_assert(!ended_is_of("wc--1", "wc"));
    ck_assert(!ended_is_of("wc-1-", "wc"));
    ck_assert(!ended_is_of("wc-1-2x", "wc"));
    ck_assert(!ended_is_of("wc-x-2", "wc"));
    ck_assert(!ended_is_of("", "wc"));
}
END_TEST

START_TEST(an_id_names_itself)
{
    ck_assert(ended_is_of("wc-1-1795000000", "wc-1-1795000000"));
    ck_assert(!ended_is_of("wc-1-17950000001", "wc-1-1795000000"));
}
END_TEST

static void look(struct ended *ended, const char *answer)
{
    json_t *object = json_loads(answer, 0, NULL);

    ck_assert_ptr_nonnull(object);
    ended_look(ended, "wc", object);
    json_decref(object);
}

START_TEST(the_one_written_to_last_is_found_whoever_has_it)
{
    struct ended ended = {.id = NULL};

    look(&ended, "{\"topologies\":[{\"id\":\"other-1-1\",\"modified_ms\":900}]}");
    ended_look(&ended, "wc", NULL);
    ck_assert_ptr_null(ended.id);
    look(&ended, "{\"topologies\":[{\"id\":\"wc-1-1\",\"modified_ms\":100},"
                 "{\"id\":\"wc-3-3\",\"modified_ms\":300},{\"id\":\"wc-2-2\","
                 "\"modified_ms\":200}]}");
    ck_assert_str_eq(ended.id, "wc-3-3");
    look(&ended, "{\"topologies\":[{\"id\":\"wc-2-2\",\"modified_ms\":250}]}");
    ck_assert_str_eq(ended.id, "wc-3-3");
    look(&ended, "{\"topologies\":[{\"id\":\"wc-4-4\",\"modified_ms\":400}, 7, {}]}");
    ck_assert_str_eq(ended.id, "wc-4-4");
    ck_assert_uint_eq(ended.modified_ms, 400);
    ended_done(&ended);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_id_is_the_name_and_two_numbers,
        an_id_names_itself,
        the_one_written_to_last_is_found_whoever_has_it,
    };

    return suite_run("ended", tests, COUNT_OF(tests));
}
