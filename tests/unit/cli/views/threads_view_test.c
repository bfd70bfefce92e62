/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/threads_view.h"

#include "base/mem.h"
#include "tests/support/suite.h"

static void expect(void (*view)(const json_t *answer, struct text *text), const char *answer,
                   const char *lines)
{
    json_t *object = json_loads(answer, 0, NULL);
    struct text text;

    ck_assert_ptr_nonnull(object);
    text_init(&text);
    view(object, &text);
    ck_assert_str_eq(text_data(&text), lines);
    text_done(&text);
    json_decref(object);
}

static const char profile[] = "{\"samples\":10,\"dropped\":3,\"ms\":2000,\"hz\":99,\"stacks\":["
                              "{\"thread\":\"loop 0\",\"component\":\"counter\",\"task\":2,"
                              "\"count\":7,\"frames\":[\"run\",\"add\",\"add\"]},"
                              "{\"thread\":\"loop 0\",\"component\":\"counter\",\"task\":2,"
                              "\"count\":2,\"frames\":[\"run\",\"add\",\"a;\\u001bb\"]},"
                              "{\"thread\":\"member\",\"component\":null,\"task\":null,"
                              "\"count\":1,\"frames\":[\"run\"]}]}";

START_TEST(a_profile_says_who_ran_and_in_which_functions)
{
    expect(threads_view_profile, profile,
           "10 samples in 2.0 s, 99 in each second of a thread's processor time; 3 were dropped\n"
           " 90.0%  loop 0 counter[2]\n"
           " 10.0%  member\n"
           "  self    all  function\n"
           " 70.0%  90.0%  add\n"
           " 20.0%  20.0%  a;?b\n"
           " 10.0% 100.0%  run\n");
}
END_TEST

START_TEST(a_profile_of_nothing_is_one_line)
{
    expect(threads_view_profile,
           "{\"samples\":0,\"dropped\":0,\"ms\":1000,\"hz\":99,\"stacks\":[]}",
           "0 samples in 1.0 s, 99 in each second of a thread's processor time\n");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_profile_says_who_ran_and_in_which_functions,
        a_profile_of_nothing_is_one_line,
    };

    return suite_run("threads_view", tests, COUNT_OF(tests));
}
