/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/roster.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/worker/crew.h"

START_TEST(every_task_has_its_worker_and_its_loop)
{
    AUTO(plan_destroy) struct plan *plan = crew_plan(2, 4);
    struct assignment_state assignment =
        crew_assignment(1, (const uint32_t[]){2, 2},
                        (const struct crew_worker[]){{"a", 0, 1, {0, 2}}, {"b", 3, 2, {1, 3}}}, 2);
    AUTO(roster_destroy) struct roster *roster = crew_roster(plan, &assignment);

    ck_assert_uint_eq(roster->version, 1);
    ck_assert_uint_eq(roster->worker_count, 2);
    ck_assert_uint_eq(roster->task_count, 6);
    const uint32_t workers[] = {0, 1, 0, 0, 1, 1};
    const uint32_t loops[] = {0, 0, 0, 0, 1, 1};
    for (uint32_t task = 0; task < 6; task++) {
        ck_assert_uint_eq(roster->worker_of_task[task], workers[task]);
        ck_assert_uint_eq(roster->loop_of_task[task], loops[task]);
    }
    ck_assert_uint_eq(roster->workers[0].loop_count, 1);
    ck_assert_uint_eq(roster->workers[1].loop_count, 2);
    ck_assert(roster_is_whole(roster));
    ck_assert_uint_eq(plan->components[1].executors, 2); /* as the assignment says */
    assignment_state_done(&assignment);
}
END_TEST

START_TEST(a_worker_is_found_by_supervisor_and_slot)
{
    AUTO(plan_destroy) struct plan *plan = crew_plan(1, 2);
    struct assignment_state assignment = crew_assignment(
        1, (const uint32_t[]){1, 2},
        (const struct crew_worker[]){{"a", 0, 1, {0}}, {"a", 1, 1, {1}}, {"b", 0, 1, {2}}}, 3);
    AUTO(roster_destroy) struct roster *roster = crew_roster(plan, &assignment);

    ck_assert_uint_eq(roster_find(roster, "a", 1), 1);
    ck_assert_uint_eq(roster_find(roster, "b", 0), 2);
    ck_assert_uint_eq(roster_find(roster, "b", 1), ROSTER_NOBODY);
    ck_assert_uint_eq(roster_find(roster, "c", 0), ROSTER_NOBODY);
    assignment_state_done(&assignment);
}
END_TEST

START_TEST(tasks_without_a_worker_are_nobodys)
{
    AUTO(plan_destroy) struct plan *plan = crew_plan(1, 2);
    struct assignment_state assignment = crew_assignment(
        1, (const uint32_t[]){1, 2}, (const struct crew_worker[]){{"a", 0, 1, {0, 2}}}, 1);
    AUTO(roster_destroy) struct roster *roster = crew_roster(plan, &assignment);

    ck_assert_uint_eq(roster->worker_of_task[1], ROSTER_NOBODY);
    ck_assert_uint_eq(roster->worker_of_task[2], 0);
    ck_assert(!roster_is_whole(roster));
    assignment_state_done(&assignment);
}
END_TEST

/* What two assignments say of the worker a:0. */
static bool is_same_part(const uint32_t executors[2], const struct crew_worker *worker)
{
    AUTO(plan_destroy) struct plan *plan = crew_plan(2, 4);
    struct assignment_state first =
        crew_assignment(1, (const uint32_t[]){2, 2},
                        (const struct crew_worker[]){{"a", 0, 1, {0, 2}}, {"b", 0, 1, {1, 3}}}, 2);
    struct assignment_state second = crew_assignment(2, executors, worker, 1);
    AUTO(roster_destroy) struct roster *before = crew_roster(plan, &first);
    AUTO(roster_destroy) struct roster *after = crew_roster(plan, &second);

    assignment_state_done(&first);
    assignment_state_done(&second);
    return before->workers[0].digest == after->workers[0].digest;
}

START_TEST(a_part_is_the_same_if_its_tasks_and_their_loops_are)
{
    const uint32_t same[] = {2, 2};
    const uint32_t cut[] = {2, 4};
    const struct crew_worker as_before = {"a", 0, 1, {0, 2}};
    const struct crew_worker elsewhere = {"z", 9, 1, {0, 2}};
    const struct crew_worker more_loops = {"a", 0, 2, {0, 2}};
    const struct crew_worker other = {"a", 0, 1, {0, 3}};
    const struct crew_worker fewer = {"a", 0, 1, {0}};

    ck_assert(is_same_part(same, &as_before));
    ck_assert(is_same_part(same, &elsewhere));
    ck_assert(!is_same_part(same, &more_loops));
    ck_assert(!is_same_part(same, &other));
    ck_assert(!is_same_part(same, &fewer));
    ck_assert(!is_same_part(cut, &as_before)); /* executors of other sizes */
}
END_TEST

START_TEST(an_assignment_of_another_plan_is_refused)
{
    AUTO(plan_destroy) struct plan *plan = crew_plan(2, 4);
    static const struct {
        uint32_t executors[2];
        uint32_t executor;
    } cases[] = {{{3, 2}, 0}, {{0, 2}, 0}, {{2, 5}, 0}, {{2, 2}, 4}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct crew_worker worker = {"a", 0, 1, {cases[i].executor}};
        struct assignment_state assignment = crew_assignment(1, cases[i].executors, &worker, 1);
        struct roster *roster = NULL;
        struct error error;
        assignment.workers[0].executors[0] = cases[i].executor;
        assignment.workers[0].executor_count = 1;
        ck_assert_int_eq(roster_new(plan, &assignment, &roster, &error), ERR_INVALID);
        ck_assert_ptr_null(roster);
        assignment_state_done(&assignment);
    }
    struct assignment_state assignment = crew_assignment(
        1, (const uint32_t[]){2, 2}, (const struct crew_worker[]){{"a", 0, 1, {0}}}, 1);
    struct roster *roster = NULL;
    assignment.component_count = 1;
    ck_assert_int_eq(roster_new(plan, &assignment, &roster, NULL), ERR_INVALID);
    assignment_state_done(&assignment);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_task_has_its_worker_and_its_loop,
        a_worker_is_found_by_supervisor_and_slot,
        tasks_without_a_worker_are_nobodys,
        a_part_is_the_same_if_its_tasks_and_their_loops_are,
        an_assignment_of_another_plan_is_refused,
    };
    return suite_run("roster", tests, sizeof tests / sizeof *tests);
}
