/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan of one spout and one bolt, and assignments of it, for the tests of who runs what.
 */
#ifndef TESTS_UNIT_WORKER_CREW_H
#define TESTS_UNIT_WORKER_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/state/assignment_state.h"
#include "tests/support/suite.h"
#include "wire/plan.h"
#include "worker/roster.h"

#define CREW_EXECUTORS_MAX 8

/* Zeros behind the first executor end the list. */
struct crew_worker {
    const char *supervisor;
    uint32_t slot;
    uint32_t loops;
    uint32_t executors[CREW_EXECUTORS_MAX];
};

/* Numbers as plan_check() would fill them in. */
static inline struct plan *crew_plan(uint32_t spout_tasks, uint32_t bolt_tasks)
{
    struct plan *plan = plan_new(2);

    plan->name = mem_copy_text("crew");
    for (uint32_t i = 0; i < 2; i++) {
        struct plan_component *component = &plan->components[i];
        component->name = mem_copy_text(i == 0 ? "spout" : "bolt");
        component->role = i == 0 ? PLAN_SPOUT : PLAN_BOLT;
        component->tasks = component->executors = i == 0 ? spout_tasks : bolt_tasks;
        component->rank = i;
        component->first_task = plan->task_count;
        plan->task_count += component->tasks;
        component->input_count = i;
    }
    return plan;
}

static inline struct assignment_worker crew_assigned(const struct crew_worker *from)
{
    struct assignment_worker worker = {
        .supervisor = mem_copy_text(from->supervisor), .slot = from->slot, .loops = from->loops};

    worker.executors = NEW_ARRAY(uint32_t, CREW_EXECUTORS_MAX);
    do {
        worker.executors[worker.executor_count] = from->executors[worker.executor_count];
        worker.executor_count++;
    } while (worker.executor_count < CREW_EXECUTORS_MAX &&
             from->executors[worker.executor_count] != 0);
    return worker;
}

static inline struct assignment_state crew_assignment(uint64_t version, const uint32_t executors[2],
                                                      const struct crew_worker workers[],
                                                      size_t count)
{
    struct assignment_state assignment = {.topology = mem_copy_text("crew-1"),
                                          .epoch = 1,
                                          .version = version,
                                          .component_count = 2,
                                          .worker_count = count};

    assignment.executors = NEW_ARRAY(uint32_t, 2);
    assignment.executors[0] = executors[0];
    assignment.executors[1] = executors[1];
    assignment.workers = NEW_ARRAY(struct assignment_worker, count);
    for (size_t i = 0; i < count; i++)
        assignment.workers[i] = crew_assigned(&workers[i]);
    return assignment;
}

static inline struct roster *crew_roster(struct plan *plan,
                                         const struct assignment_state *assignment)
{
    struct roster *roster = NULL;
    struct error error;
    enum err err = roster_new(plan, assignment, &roster, &error);

    ck_assert_msg(err == ERR_OK, "%s", error.text);
    return roster;
}

#endif
