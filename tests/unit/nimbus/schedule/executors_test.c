/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/schedule/executors.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"
#include "wire/task_range.h"

static const struct executors_component three[] = {
    {.tasks = 2, .executors = 1},
    {.tasks = 10, .executors = 3},
    {.tasks = 2, .executors = 2},
};

static struct scheduler_place at(uint32_t supervisor, uint32_t slot)
{
    return (struct scheduler_place){.supervisor = supervisor, .slot = slot};
}

static struct scheduler_place nowhere(void)
{
    return at(SCHEDULER_NOWHERE, 0);
}

START_TEST(executors_are_numbered_through_the_components)
{
    static const struct executors_range rows[] = {
        {.component = 0, .first_task = 0, .task_count = 2},
        {.component = 1, .first_task = 2, .task_count = 4},
        {.component = 1, .first_task = 6, .task_count = 3},
        {.component = 1, .first_task = 9, .task_count = 3},
        {.component = 2, .first_task = 12, .task_count = 1},
        {.component = 2, .first_task = 13, .task_count = 1},
    };
    struct executors_range range;

    ck_assert_uint_eq(executors_count(three, COUNT_OF(three)), COUNT_OF(rows));
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        ck_assert(executors_find(three, COUNT_OF(three), i, &range));
        ck_assert_uint_eq(range.component, rows[i].component);
        ck_assert_uint_eq(range.first_task, rows[i].first_task);
        ck_assert_uint_eq(range.task_count, rows[i].task_count);
    }
    ck_assert(!executors_find(three, COUNT_OF(three), COUNT_OF(rows), &range));
}
END_TEST

struct carry_row {
    uint32_t tasks;
    uint32_t before;
    uint32_t after;
    struct scheduler_place places[4];
    struct scheduler_place carried[4];
};

static void check_carry(const struct carry_row *row)
{
    struct executors_component before = {.tasks = row->tasks, .executors = row->before};
    struct executors_component after = {.tasks = row->tasks, .executors = row->after};
    struct scheduler_place *carried = executors_carry(&before, &after, 1, row->places);

    for (uint32_t i = 0; i < row->after; i++) {
        ck_assert_uint_eq(carried[i].supervisor, row->carried[i].supervisor);
        if (carried[i].supervisor != SCHEDULER_NOWHERE)
            ck_assert_uint_eq(carried[i].slot, row->carried[i].slot);
    }
    free(carried);
}

START_TEST(a_new_executor_starts_where_most_of_its_tasks_were)
{
    const struct carry_row rows[] = {
        /* 0 1 | 2 3 -> 0 | 1 | 2 | 3 */
        {.tasks = 4,
         .before = 2,
         .after = 4,
         .places = {at(0, 0), at(1, 0)},
         .carried = {at(0, 0), at(0, 0), at(1, 0), at(1, 0)}},
        /* 0 1 2 | 3 4 5 -> 0 1 | 2 3 | 4 5: the middle one comes from both, the earlier counts */
        {.tasks = 6,
         .before = 2,
         .after = 3,
         .places = {at(2, 1), at(1, 0)},
         .carried = {at(2, 1), at(2, 1), at(1, 0)}},
        /* 0 1 | 2 3 | 4 5 | 6 7 -> 0..7: two at one place outweigh the first */
        {.tasks = 8,
         .before = 4,
         .after = 1,
         .places = {at(0, 0), at(3, 2), at(1, 0), at(3, 2)},
         .carried = {at(3, 2)}},
        /* what had no place does not vote */
        {.tasks = 8,
         .before = 4,
         .after = 2,
         .places = {nowhere(), at(3, 2), nowhere(), nowhere()},
         .carried = {at(3, 2), nowhere()}},
        /* the same number: the same places */
        {.tasks = 7,
         .before = 3,
         .after = 3,
         .places = {at(0, 0), nowhere(), at(1, 0)},
         .carried = {at(0, 0), nowhere(), at(1, 0)}},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_carry(&rows[i]);
}
END_TEST

START_TEST(components_are_carried_one_by_one)
{
    const struct executors_component before[] = {{.tasks = 2, .executors = 2},
                                                 {.tasks = 4, .executors = 1}};
    const struct executors_component after[] = {{.tasks = 2, .executors = 1},
                                                {.tasks = 4, .executors = 2}};
    const struct scheduler_place places[] = {at(5, 0), at(6, 0), at(7, 1)};
    struct scheduler_place *carried = executors_carry(before, after, 2, places);

    ck_assert_uint_eq(carried[0].supervisor, 5);
    ck_assert_uint_eq(carried[1].supervisor, 7);
    ck_assert_uint_eq(carried[2].supervisor, 7);
    free(carried);
}
END_TEST

/* The naive way: ask each task where it was. */
static void check_votes(const struct executors_component *before,
                        const struct executors_component *after,
                        const struct scheduler_place *places, uint32_t executor,
                        struct scheduler_place chosen)
{
    uint32_t votes[4] = {0};
    uint32_t begin = task_range_first(after->tasks, after->executors, executor);
    uint32_t end = task_range_first(after->tasks, after->executors, executor + 1);

    for (uint32_t task = begin; task < end; task++) {
        uint32_t from = task_range_executor(before->tasks, before->executors, task);
        if (places[from].supervisor != SCHEDULER_NOWHERE)
            votes[places[from].supervisor]++;
    }
    for (uint32_t i = 0; i < COUNT_OF(votes); i++) {
        if (chosen.supervisor == SCHEDULER_NOWHERE)
            ck_assert_uint_eq(votes[i], 0);
        else
            ck_assert_uint_le(votes[i], votes[chosen.supervisor]);
    }
}

START_TEST(no_place_had_more_of_the_tasks_than_the_one_that_is_chosen)
{
    struct rng rng;

    rng_init(&rng, 7);
    for (int run = 0; run < 500; run++) {
        struct executors_component before = {.tasks = 1 + rng_below(&rng, 60)};
        struct executors_component after = before;
        struct scheduler_place places[60];

        before.executors = 1 + rng_below(&rng, before.tasks);
        after.executors = 1 + rng_below(&rng, after.tasks);
        for (uint32_t i = 0; i < before.executors; i++)
            places[i] = rng_below(&rng, 5) == 0 ? nowhere() : at(rng_below(&rng, 4), 0);
        struct scheduler_place *carried = executors_carry(&before, &after, 1, places);
        for (uint32_t i = 0; i < after.executors; i++)
            check_votes(&before, &after, places, i, carried[i]);
        free(carried);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        executors_are_numbered_through_the_components,
        a_new_executor_starts_where_most_of_its_tasks_were,
        components_are_carried_one_by_one,
        no_place_had_more_of_the_tasks_than_the_one_that_is_chosen,
    };
    return suite_run("executors", tests, COUNT_OF(tests));
}
