/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/routing.h"

#include <stdlib.h>

#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/worker/crew.h"

#define EXECUTORS ((const uint32_t[]){2, 4})

/* Two workers that others send to. */
static char left, right;

/* We are a:0, with two loops; the bolts are spread. */
static struct routing *route(struct plan *plan, const struct crew_worker workers[], size_t count,
                             uint64_t version, void *const remotes[], const struct routing *before)
{
    struct assignment_state assignment = crew_assignment(version, EXECUTORS, workers, count);
    AUTO(roster_destroy) struct roster *roster = crew_roster(plan, &assignment);

    assignment_state_done(&assignment);
    return routing_new(plan, roster, 0, remotes, before);
}

static const struct crew_worker first[] = {
    {"a", 0, 2, {0, 2}}, {"b", 0, 1, {1, 3}}, {"c", 0, 2, {4, 5}}};

START_TEST(own_loops_come_first_then_nowhere_then_the_others)
{
    AUTO(plan_destroy) struct plan *plan = crew_plan(2, 4);
    void *const remotes[] = {NULL, &left, &right};
    AUTO(routing_destroy) struct routing *routing = route(plan, first, 3, 7, remotes, NULL);

    ck_assert_uint_eq(routing->version, 7);
    ck_assert_uint_eq(routing->own_loops, 2);
    ck_assert_uint_eq(routing_nowhere(routing), 2);
    ck_assert_uint_eq(routing->place_count, 6); /* and one loop of the left, two of the right */
    ck_assert_uint_eq(routing->place_of_task[0], 0);
    ck_assert_uint_eq(routing->place_of_task[2], 1);
    ck_assert_ptr_eq(routing->places[routing->place_of_task[1]].remote, &left);
    ck_assert_ptr_eq(routing->places[routing->place_of_task[3]].remote, &left);
    ck_assert_uint_eq(routing->place_of_task[1], routing->place_of_task[3]);
    ck_assert_ptr_eq(routing->places[routing->place_of_task[4]].remote, &right);
    ck_assert_uint_ne(routing->place_of_task[4], routing->place_of_task[5]);
    ck_assert_uint_eq(routing->places[routing->place_of_task[1]].hosts, 3);
    ck_assert_uint_eq(routing->places[routing->place_of_task[4]].hosts, 2);
    ck_assert_uint_eq(routing->places[routing_nowhere(routing)].hosts, 0);
}
END_TEST

START_TEST(places_keep_their_numbers_when_tasks_move)
{
    static const struct crew_worker second[] = {{"a", 0, 2, {0, 2}}, {"c", 0, 2, {1, 3, 4, 5}}};
    AUTO(plan_destroy) struct plan *plan = crew_plan(2, 4);
    void *const remotes[] = {NULL, &left, &right};
    void *const fewer[] = {NULL, &right};
    AUTO(routing_destroy) struct routing *before = route(plan, first, 3, 7, remotes, NULL);
    AUTO(routing_destroy) struct routing *after = route(plan, second, 2, 8, fewer, before);

    ck_assert_uint_eq(after->version, 8);
    ck_assert_uint_eq(after->place_count, before->place_count);
    for (uint32_t i = 0; i < before->place_count; i++) {
        ck_assert_ptr_eq(after->places[i].remote, before->places[i].remote);
        ck_assert_uint_eq(after->places[i].loop, before->places[i].loop);
    }
    ck_assert_uint_eq(after->places[before->place_of_task[1]].hosts, 0); /* the left has nothing */
    for (uint32_t task = 3; task < 6; task++)
        ck_assert_ptr_eq(after->places[after->place_of_task[task]].remote, &right);
    AUTO(routing_destroy) struct routing *back = route(plan, first, 3, 9, remotes, after);
    for (uint32_t task = 0; task < 6; task++)
        ck_assert_uint_eq(back->place_of_task[task], before->place_of_task[task]);
}
END_TEST

START_TEST(what_is_in_no_worker_is_nowhere)
{
    static const struct crew_worker alone[] = {{"a", 0, 2, {0, 2}}};
    AUTO(plan_destroy) struct plan *plan = crew_plan(2, 4);
    void *const remotes[] = {NULL};
    AUTO(routing_destroy) struct routing *routing = route(plan, alone, 1, 1, remotes, NULL);

    ck_assert_uint_eq(routing->place_count, 3);
    ck_assert_uint_eq(routing->place_of_task[5], routing_nowhere(routing));
    ck_assert_uint_eq(routing->places[routing_nowhere(routing)].hosts, 3);
}
END_TEST

START_TEST(there_is_a_limit_to_the_places_ever_seen)
{
    static const struct crew_worker pair[] = {{"a", 0, 1, {0, 2}}, {"b", 0, 1, {1, 3, 4, 5}}};
    AUTO(plan_destroy) struct plan *plan = crew_plan(2, 4);
    char *others = mem_alloc(ROUTING_PLACES_MAX);
    void *remotes[] = {NULL, others};
    struct routing *routing = route(plan, pair, 2, 1, remotes, NULL);
    uint32_t changes = 1;

    /* Each time it is another worker that has the rest. */
    while (routing != NULL) {
        remotes[1] = others + changes;
        struct routing *next = route(plan, pair, 2, changes + 1, remotes, routing);
        if (next != NULL)
            ck_assert_uint_eq(next->place_count, routing->place_count + 1);
        else
            ck_assert_uint_eq(routing->place_count, ROUTING_PLACES_MAX);
        routing_destroy(&routing);
        routing = next;
        changes++;
    }
    ck_assert_uint_eq(changes, ROUTING_PLACES_MAX - 1);
    free(others);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        own_loops_come_first_then_nowhere_then_the_others,
        places_keep_their_numbers_when_tasks_move,
        what_is_in_no_worker_is_nowhere,
        there_is_a_limit_to_the_places_ever_seen,
    };
    return suite_run("routing", tests, sizeof tests / sizeof *tests);
}
