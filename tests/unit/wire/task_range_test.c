/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/task_range.h"

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(bigger_ranges_come_first)
{
    static const struct {
        uint32_t tasks;
        uint32_t executors;
        uint32_t firsts[5];
    } rows[] = {
        {.tasks = 10, .executors = 3, .firsts = {0, 4, 7, 10}},
        {.tasks = 1, .executors = 1, .firsts = {0, 1}},
        {.tasks = 8, .executors = 4, .firsts = {0, 2, 4, 6, 8}},
        {.tasks = 7, .executors = 4, .firsts = {0, 2, 4, 6, 7}},
        {.tasks = 4, .executors = 4, .firsts = {0, 1, 2, 3, 4}},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (uint32_t e = 0; e <= rows[i].executors; e++)
            ck_assert_uint_eq(task_range_first(rows[i].tasks, rows[i].executors, e),
                              rows[i].firsts[e]);
    }
}
END_TEST

START_TEST(every_task_is_of_the_executor_whose_range_holds_it)
{
    for (uint32_t tasks = 1; tasks < 40; tasks++) {
        for (uint32_t executors = 1; executors <= tasks; executors++) {
            for (uint32_t task = 0; task < tasks; task++) {
                uint32_t index = task_range_executor(tasks, executors, task);
                ck_assert_uint_lt(index, executors);
                ck_assert_uint_le(task_range_first(tasks, executors, index), task);
                ck_assert_uint_gt(task_range_first(tasks, executors, index + 1), task);
            }
        }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        bigger_ranges_come_first,
        every_task_is_of_the_executor_whose_range_holds_it,
    };
    return suite_run("task_range", tests, COUNT_OF(tests));
}
