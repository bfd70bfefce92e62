/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "worker/placement.h"

#define FNV_BASIS UINT64_C(0xCBF29CE484222325)
#define FNV_PRIME UINT64_C(0x100000001B3)

static void mix(uint64_t *digest, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        *digest = (*digest ^ (value >> 8 * i & 0xFF)) * FNV_PRIME;
}

/* Which tasks it has and on which loops; where one executor ends and the next begins does not matter. */
static uint64_t digest_of(const struct placement *placement)
{
    uint64_t digest = FNV_BASIS;

    mix(&digest, placement->loop_count);
    for (uint32_t task = 0; task < placement->task_count; task++) {
        if (placement->loop_of_task[task] == PLACEMENT_ELSEWHERE)
            continue;
        mix(&digest, task);
        mix(&digest, placement->loop_of_task[task]);
    }
    return digest;
}

static enum err take_executors(struct plan *plan, const struct assignment_state *assignment,
                               uint32_t *ret_count, struct error *error)
{
    if (assignment->component_count != plan->component_count)
        return error_set(error, ERR_INVALID, "an assignment of %zu components for %u",
                         assignment->component_count, plan->component_count);
    *ret_count = 0;
    for (uint32_t i = 0; i < plan->component_count; i++) {
        struct plan_component *component = &plan->components[i];
        uint32_t executors = assignment->executors[i];
        if (executors == 0 || executors > component->tasks)
            return error_set(error, ERR_INVALID,
                             "an assignment of %u executors for '%s', which has %u tasks",
                             executors, component->name, component->tasks);
        component->executors = executors;
        *ret_count += executors;
    }
    return ERR_OK;
}

static enum err place_worker(struct roster *roster, const struct plan *plan,
                             const struct assignment_worker *worker, uint32_t executor_count,
                             struct error *error)
{
    AUTO(placement_destroy) struct placement *placement = NULL;
    bool *ours = NEW_ARRAY(bool, executor_count);
    enum err err = ERR_OK;

    for (size_t i = 0; i < worker->executor_count && err == ERR_OK; i++) {
        if (worker->executors[i] >= executor_count)
            err = error_set(error, ERR_INVALID, "an assignment of executor %u of %u",
                            worker->executors[i], executor_count);
        else
            ours[worker->executors[i]] = true;
    }
    if (err == ERR_OK)
        err = placement_new(plan, worker->loops == 0 ? 1 : worker->loops, ours, &placement, error);
    free(ours);
    if (err != ERR_OK)
        return err;

    uint32_t index = roster->worker_count++;
    roster->workers[index].loop_count = placement->loop_count;
    roster->workers[index].digest = digest_of(placement);
    for (uint32_t t = 0; t < plan->task_count; t++) {
        if (placement->loop_of_task[t] == PLACEMENT_ELSEWHERE)
            continue;
        roster->worker_of_task[t] = index;
        roster->loop_of_task[t] = placement->loop_of_task[t];
    }
    return ERR_OK;
}

enum err roster_new(struct plan *plan, const struct assignment_state *assignment,
                    struct roster **ret_roster, struct error *error)
{
    AUTO(roster_destroy) struct roster *roster = NEW(struct roster);
    uint32_t executor_count = 0;
    enum err err = take_executors(plan, assignment, &executor_count, error);

    if (err != ERR_OK)
        return err;
    roster->version = assignment->version;
    roster->task_count = plan->task_count;
    roster->workers = NEW_ARRAY(struct roster_worker, assignment->worker_count);
    roster->worker_of_task = NEW_ARRAY(uint32_t, plan->task_count);
    roster->loop_of_task = NEW_ARRAY(uint32_t, plan->task_count);
    for (uint32_t t = 0; t < plan->task_count; t++)
        roster->worker_of_task[t] = ROSTER_NOBODY;
    for (size_t i = 0; i < assignment->worker_count; i++) {
        const struct assignment_worker *from = &assignment->workers[i];
        struct roster_worker *worker = &roster->workers[i];
        worker->supervisor = mem_copy_text(from->supervisor);
        worker->slot = from->slot;
        err = place_worker(roster, plan, from, executor_count, error);
        if (err != ERR_OK) {
            free(worker->supervisor);
            return err;
        }
    }
    *ret_roster = TAKE(roster);
    return ERR_OK;
}

void roster_destroy(struct roster **roster)
{
    if (*roster == NULL)
        return;
    for (uint32_t i = 0; i < (*roster)->worker_count; i++)
        free((*roster)->workers[i].supervisor);
    free((*roster)->workers);
    free((*roster)->worker_of_task);
    free((*roster)->loop_of_task);
    free(*roster);
    *roster = NULL;
}

uint32_t roster_find(const struct roster *roster, const char *supervisor, uint32_t slot)
{
    for (uint32_t i = 0; i < roster->worker_count; i++) {
        if (roster->workers[i].slot == slot &&
            strcmp(roster->workers[i].supervisor, supervisor) == 0)
            return i;
    }
    return ROSTER_NOBODY;
}

bool roster_is_whole(const struct roster *roster)
{
    for (uint32_t t = 0; t < roster->task_count; t++) {
        if (roster->worker_of_task[t] == ROSTER_NOBODY)
            return false;
    }
    return true;
}
