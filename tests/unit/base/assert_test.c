/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"

#include <signal.h>
#include <stdio.h>

#include "tests/support/suite.h"
#include "tests/unit/base/child.h"

static void break_a_rule(void)
{
    int one = 1;
    ASSERT(one == 2);
}

static void reach_the_unreachable(void)
{
    UNREACHABLE();
}

START_TEST(a_true_condition_passes_and_is_evaluated_once)
{
    int evaluated = 0;
    ASSERT(++evaluated == 1);
    ck_assert_int_eq(evaluated, 1);
}
END_TEST

START_TEST(a_false_condition_names_its_place_and_aborts)
{
    struct child_end end = child_run(break_a_rule);

    ck_assert_int_eq(end.signal, SIGABRT);
    const char *place = strstr(end.errors, "assert_test.c:13: assertion 'one == 2' failed\n");
    ck_assert_msg(place != NULL, "%s", end.errors);
}
END_TEST

START_TEST(an_unreachable_place_aborts)
{
    struct child_end end = child_run(reach_the_unreachable);

    ck_assert_int_eq(end.signal, SIGABRT);
    ck_assert_ptr_nonnull(strstr(end.errors, "'not reachable' failed\n"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_true_condition_passes_and_is_evaluated_once,
        a_false_condition_names_its_place_and_aborts,
        an_unreachable_place_aborts,
    };
    return suite_run("assert", tests, sizeof tests / sizeof *tests);
}
