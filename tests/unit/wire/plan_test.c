/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/plan.h"

#include "tests/support/plans.h"
#include "tests/support/suite.h"

START_TEST(a_new_plan_is_empty)
{
    AUTO(plan_destroy) struct plan *plan = plan_new(2);

    ck_assert_uint_eq(plan->component_count, 2);
    ck_assert_ptr_null(plan->name);
    ck_assert_ptr_null(plan->components[1].name);
    ck_assert_uint_eq(plan->components[1].stream_count, 0);
}
END_TEST

START_TEST(destroying_a_plan_clears_the_pointer)
{
    struct plan *plan = plan_new(0);

    plan_destroy(&plan);
    ck_assert_ptr_null(plan);
    plan_destroy(&plan);
}
END_TEST

START_TEST(a_component_is_found_by_name)
{
    AUTO(plan_destroy) struct plan *plan = plan_text_plan(PLAN_WORD_COUNT);

    ck_assert_int_eq(plan_find(plan, "reader"), 0);
    ck_assert_int_eq(plan_find(plan, "counter"), 2);
    ck_assert_int_eq(plan_find(plan, "count"), -1);
}
END_TEST

START_TEST(groupings_have_distinct_names)
{
    for (unsigned i = PLAN_SHUFFLE; i <= PLAN_CUSTOM; i++) {
        const char *name = plan_grouping_name((enum plan_grouping)i);

        ck_assert_str_ne(name, "unknown");
        for (unsigned j = PLAN_SHUFFLE; j < i; j++)
            ck_assert_str_ne(name, plan_grouping_name((enum plan_grouping)j));
    }
    ck_assert_str_eq(plan_grouping_name((enum plan_grouping)99), "unknown");
}
END_TEST

START_TEST(kinds_have_names_with_a_mark_when_nullable)
{
    ck_assert_str_eq(kind_name(KIND_STR), "str");
    ck_assert_str_eq(kind_name(KIND_BYTES), "bytes");
    ck_assert_str_eq(kind_name((enum kind)(KIND_I64 | KIND_NULLABLE)), "i64?");
    ck_assert_str_eq(kind_name(KIND_NONE), "none");
    ck_assert_str_eq(kind_name(KIND_NULLABLE), "none");
    ck_assert_str_eq(kind_name((enum kind)0x25), "none");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_new_plan_is_empty,
        destroying_a_plan_clears_the_pointer,
        a_component_is_found_by_name,
        groupings_have_distinct_names,
        kinds_have_names_with_a_mark_when_nullable,
    };
    return suite_run("plan", tests, sizeof tests / sizeof *tests);
}
