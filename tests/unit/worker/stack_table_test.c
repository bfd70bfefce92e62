/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/stack_table.h"

#include <stdlib.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static struct stack stack_of(uintptr_t first, uint32_t depth)
{
    struct stack stack = {.thread = 1, .depth = depth};

    for (uint32_t i = 0; i < depth; i++)
        stack.frames[i] = first + i;
    return stack;
}

START_TEST(the_same_stack_is_counted_in_one_place)
{
    struct stack_table *table = NEW(struct stack_table);
    struct stack stack = stack_of(1000, 3);

    for (int i = 0; i < 5; i++)
        ck_assert(stack_table_add(table, &stack));
    ck_assert_uint_eq(table->count, 1);
    ck_assert_uint_eq(table->entries[0].count, 5);
    ck_assert_uint_eq(table->entries[0].stack.frames[2], 1002);
    ck_assert_uint_eq(table->samples, 5);
    free(table);
}
END_TEST

START_TEST(who_it_is_for_and_how_deep_it_is_makes_it_another_one)
{
    static const char component[] = "counter";
    struct stack_table *table = NEW(struct stack_table);
    struct stack stacks[] = {stack_of(1000, 3), stack_of(1000, 2), stack_of(1001, 3),
                             stack_of(1000, 3), stack_of(1000, 3), stack_of(1000, 3)};

    stacks[3].thread = -1;
    stacks[4].component = component;
    stacks[5].component = component;
    stacks[5].task = 7;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < COUNT_OF(stacks); i++)
            ck_assert(stack_table_add(table, &stacks[i]));
    ck_assert_uint_eq(table->count, COUNT_OF(stacks));
    for (size_t i = 0; i < COUNT_OF(stacks); i++)
        ck_assert_uint_eq(table->entries[i].count, 2);
    free(table);
}
END_TEST

START_TEST(a_full_table_goes_on_to_count_what_it_knows_and_says_what_it_drops)
{
    struct stack_table *table = NEW(struct stack_table);

    for (uintptr_t i = 0; i < STACK_TABLE_MAX; i++) {
        struct stack stack = stack_of(i * 64, 1 + (uint32_t)i % STACK_FRAMES_MAX);
        ck_assert(stack_table_add(table, &stack));
    }
    struct stack known = stack_of(0, 1);
    struct stack other = stack_of(7, STACK_FRAMES_MAX);
    ck_assert(!stack_table_add(table, &other));
    ck_assert(stack_table_add(table, &known));
    ck_assert(!stack_table_add(table, &other));
    ck_assert_uint_eq(table->count, STACK_TABLE_MAX);
    ck_assert_uint_eq(table->samples, STACK_TABLE_MAX + 1);
    ck_assert_uint_eq(table->dropped, 2);
    ck_assert_uint_eq(table->entries[0].count, 2);
    free(table);
}
END_TEST

START_TEST(a_stack_without_frames_is_one_too)
{
    struct stack_table *table = NEW(struct stack_table);
    struct stack stack = stack_of(0, 0);

    ck_assert(stack_table_add(table, &stack));
    ck_assert(stack_table_add(table, &stack));
    ck_assert_uint_eq(table->count, 1);
    free(table);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_same_stack_is_counted_in_one_place,
        who_it_is_for_and_how_deep_it_is_makes_it_another_one,
        a_full_table_goes_on_to_count_what_it_knows_and_says_what_it_drops,
        a_stack_without_frames_is_one_too,
    };

    return suite_run("stack_table", tests, COUNT_OF(tests));
}
