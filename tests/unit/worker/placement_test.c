/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/placement.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"
#include "wire/task_range.h"

/* A chain: each component is fed by the one before. Numbers as plan_check() would fill them in. */
static struct plan *chain(const uint32_t tasks[], const uint32_t executors[], uint32_t count)
{
    struct plan *plan = plan_new(count);

    plan->name = mem_copy_text("chain");
    for (uint32_t i = 0; i < count; i++) {
        struct plan_component *component = &plan->components[i];
        component->name = mem_copy_text("x");
        component->role = i == 0 ? PLAN_SPOUT : PLAN_BOLT;
        component->tasks = tasks[i];
        component->executors = executors[i];
        component->rank = i;
        component->first_task = plan->task_count;
        plan->task_count += tasks[i];
        component->input_count = i > 0;
        component->inputs[0].from_index = i - 1;
    }
    return plan;
}

static struct placement *place(const struct plan *plan, uint32_t loops)
{
    struct placement *placement = NULL;
    struct error error;

    ck_assert_msg(placement_new(plan, loops, NULL, &placement, &error) == ERR_OK, "%s", error.text);
    return placement;
}

static void expect_loops(const struct placement *placement, const uint32_t loops[], uint32_t count)
{
    ck_assert_uint_eq(placement->task_count, count);
    for (uint32_t i = 0; i < count; i++)
        ck_assert_msg(placement->loop_of_task[i] == loops[i], "task %u is on loop %u, not %u", i,
                      placement->loop_of_task[i], loops[i]);
}

START_TEST(each_loop_gets_a_like_share)
{
    AUTO(plan_destroy)
    struct plan *plan = chain((const uint32_t[]){2, 4}, (const uint32_t[]){2, 4}, 2);
    AUTO(placement_destroy) struct placement *placement = place(plan, 2);

    ck_assert_uint_eq(placement->loop_count, 2);
    expect_loops(placement, (const uint32_t[]){0, 1, 0, 1, 0, 1}, 6);
}
END_TEST

START_TEST(a_chain_of_single_tasks_is_cut_where_it_must_be)
{
    AUTO(plan_destroy)
    struct plan *plan = chain((const uint32_t[]){1, 1, 1, 1}, (const uint32_t[]){1, 1, 1, 1}, 4);
    AUTO(placement_destroy) struct placement *one = place(plan, 1);
    AUTO(placement_destroy) struct placement *two = place(plan, 2);

    expect_loops(one, (const uint32_t[]){0, 0, 0, 0}, 4);
    uint32_t counts[2] = {0};
    for (uint32_t i = 0; i < 4; i++)
        counts[two->loop_of_task[i]]++;
    ck_assert_uint_eq(counts[0], 2);
    ck_assert_uint_eq(counts[1], 2);
}
END_TEST

START_TEST(among_equals_a_bolt_goes_where_its_upstream_is)
{
    AUTO(plan_destroy)
    struct plan *plan = chain((const uint32_t[]){2, 1}, (const uint32_t[]){2, 1}, 2);
    AUTO(placement_destroy) struct placement *placement = place(plan, 2);

    ck_assert_uint_eq(placement->loop_of_task[2], placement->loop_of_task[0]);
}
END_TEST

START_TEST(there_are_no_more_loops_than_executors)
{
    AUTO(plan_destroy)
    struct plan *plan = chain((const uint32_t[]){4, 1}, (const uint32_t[]){2, 1}, 2);
    AUTO(placement_destroy) struct placement *placement = place(plan, 16);

    ck_assert_uint_eq(placement->loop_count, 3);
}
END_TEST

START_TEST(components_that_block_get_loops_of_their_own)
{
    AUTO(plan_destroy)
    struct plan *plan = chain((const uint32_t[]){1, 4, 2}, (const uint32_t[]){1, 2, 2}, 3);

    plan->components[1].own_loop = true;
    AUTO(placement_destroy) struct placement *placement = place(plan, 2);
    ck_assert_uint_eq(placement->loop_count, 4);
    expect_loops(placement, (const uint32_t[]){0, 2, 2, 3, 3, 0, 1}, 7);
}
END_TEST

START_TEST(all_may_block)
{
    AUTO(plan_destroy)
    struct plan *plan = chain((const uint32_t[]){1, 2}, (const uint32_t[]){1, 2}, 2);

    plan->components[0].own_loop = true;
    plan->components[1].own_loop = true;
    AUTO(placement_destroy) struct placement *placement = place(plan, 2);
    ck_assert_uint_eq(placement->loop_count, 3);
    expect_loops(placement, (const uint32_t[]){0, 1, 2}, 3);
}
END_TEST

START_TEST(too_many_loops_are_refused)
{
    AUTO(plan_destroy)
    struct plan *plan = chain((const uint32_t[]){1, 64}, (const uint32_t[]){1, 64}, 2);
    struct placement *placement = NULL;
    struct error error;

    plan->components[1].own_loop = true;
    ck_assert_int_eq(placement_new(plan, 1, NULL, &placement, &error), ERR_LIMIT);
    ck_assert_ptr_null(placement);
    ck_assert_ptr_nonnull(strstr(error.text, "64"));
    plan->components[1].executors = 63;
    placement = place(plan, 1);
    ck_assert_uint_eq(placement->loop_count, PLACEMENT_LOOPS_MAX);
    placement_destroy(&placement);

    plan->components[1].own_loop = false;
    plan->components[1].executors = 64;
    ck_assert_int_eq(placement_new(plan, 65, NULL, &placement, &error), ERR_LIMIT);
}
END_TEST

static void expect_sound(const struct plan *plan, const struct placement *placement, uint32_t loops)
{
    uint32_t used[PLACEMENT_LOOPS_MAX] = {0};
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;

    ck_assert_uint_le(placement->loop_count, loops);
    for (uint32_t c = 0; c < plan->component_count; c++) {
        const struct plan_component *component = &plan->components[c];
        for (uint32_t e = 0; e < component->executors; e++) {
            uint32_t begin = task_range_first(component->tasks, component->executors, e);
            uint32_t end = task_range_first(component->tasks, component->executors, e + 1);
            ck_assert_uint_lt(begin, end);
            uint32_t loop = placement->loop_of_task[component->first_task + begin];
            ck_assert_uint_lt(loop, placement->loop_count);
            used[loop]++;
            for (uint32_t t = begin; t < end; t++)
                ck_assert_uint_eq(placement->loop_of_task[component->first_task + t], loop);
        }
    }
    for (uint32_t loop = 0; loop < placement->loop_count; loop++) {
        least = used[loop] < least ? used[loop] : least;
        most = used[loop] > most ? used[loop] : most;
    }
    ck_assert_uint_gt(least, 0);
    ck_assert_uint_le(most - least, 1);
}

START_TEST(executors_stay_whole_and_loads_even_whatever_the_plan)
{
    struct rng rng;

    rng_init(&rng, 5);
    for (uint32_t round = 0; round < 1000; round++) {
        uint32_t tasks[8];
        uint32_t executors[8];
        uint32_t count = 1 + rng_below(&rng, 8);
        uint32_t loops = 1 + rng_below(&rng, 16);

        for (uint32_t i = 0; i < count; i++) {
            tasks[i] = 1 + rng_below(&rng, 30);
            executors[i] = 1 + rng_below(&rng, tasks[i]);
        }
        AUTO(plan_destroy) struct plan *plan = chain(tasks, executors, count);
        AUTO(placement_destroy) struct placement *placement = place(plan, loops);
        expect_sound(plan, placement, loops);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_loop_gets_a_like_share,
        a_chain_of_single_tasks_is_cut_where_it_must_be,
        among_equals_a_bolt_goes_where_its_upstream_is,
        there_are_no_more_loops_than_executors,
        components_that_block_get_loops_of_their_own,
        all_may_block,
        too_many_loops_are_refused,
        executors_stay_whole_and_loads_even_whatever_the_plan,
    };
    return suite_run("placement", tests, sizeof tests / sizeof *tests);
}
