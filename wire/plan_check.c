/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/plan.h"

#include <inttypes.h>

#include "base/mem.h"
#include "wire/plan_passes.h"

/* ---- what a component says of itself ---- */

static enum err check_tasks(const struct plan_component *component, struct error *error)
{
    if (component->tasks == 0)
        return error_set(error, ERR_INVALID, "it has no task: set tasks to 1 or more");
    if (component->tasks > PLAN_TASKS_MAX)
        return error_set(error, ERR_LIMIT, "%" PRIu32 " tasks: at most %d", component->tasks,
                         PLAN_TASKS_MAX);
    if (component->executors == 0)
        return error_set(error, ERR_INVALID, "it has no executor: set executors to 1 or more");
    if (component->executors > component->tasks)
        return error_set(error, ERR_INVALID,
                         "%" PRIu32 " executors for %" PRIu32
                         " tasks: lower executors or raise tasks",
                         component->executors, component->tasks);
    if (component->tick_ms > PLAN_TICK_MS_MAX)
        return error_set(error, ERR_LIMIT, "tick_ms is %" PRIu32 ": at most %d", component->tick_ms,
                         PLAN_TICK_MS_MAX);
    return ERR_OK;
}

static enum err check_spout(const struct plan_component *component, struct error *error)
{
    if (component->input_count > 0)
        return error_set(error, ERR_INVALID,
                         "a spout has no inputs: remove them or make it a bolt");
    if (component->max_pending > PLAN_PENDING_MAX)
        return error_set(error, ERR_LIMIT, "max_pending is %" PRIu32 ": at most %d",
                         component->max_pending, PLAN_PENDING_MAX);
    return ERR_OK;
}

static enum err check_bolt(const struct plan_component *component, struct error *error)
{
    if (component->input_count == 0)
        return error_set(error, ERR_INVALID, "a bolt needs an input: give it one");
    if (component->input_count > PLAN_INPUTS_MAX)
        return error_set(error, ERR_LIMIT, "more than %d inputs", PLAN_INPUTS_MAX);
    if (component->max_pending > 0)
        return error_set(error, ERR_INVALID, "max_pending is for spouts only: remove it");
    return ERR_OK;
}

static enum err check_role(const struct plan_component *component, struct error *error)
{
    switch (component->role) {
    case PLAN_SPOUT:
        return check_spout(component, error);
    case PLAN_BOLT:
        return check_bolt(component, error);
    }
    return error_set(error, ERR_INVALID, "unknown role %u", (unsigned)component->role);
}

static enum err check_components(struct plan *plan, struct error *error)
{
    uint64_t tasks = 0;

    if (plan->component_count == 0)
        return error_set(error, ERR_INVALID, "topology '%s' has no components: list them",
                         plan->name);
    for (uint32_t i = 0; i < plan->component_count; i++) {
        const struct plan_component *component = &plan->components[i];
        enum err err = check_tasks(component, error);

        if (err == ERR_OK)
            err = check_role(component, error);
        if (err != ERR_OK)
            return error_wrap(error, "component '%s'", component->name);
        tasks += component->tasks;
    }
    if (tasks > PLAN_TASKS_MAX)
        return error_set(error, ERR_LIMIT, "topology '%s' has %" PRIu64 " tasks in all: at most %d",
                         plan->name, tasks, PLAN_TASKS_MAX);
    return ERR_OK;
}

/* ---- what follows from it ---- */

static void number_streams_and_tasks(struct plan *plan)
{
    plan->stream_count = 0;
    plan->task_count = 0;
    for (uint32_t i = 0; i < plan->component_count; i++) {
        struct plan_component *component = &plan->components[i];

        for (uint32_t j = 0; j < component->stream_count; j++)
            component->streams[j].id = plan->stream_count++;
        component->first_task = plan->task_count;
        plan->task_count += component->tasks;
    }
}

enum err plan_check(struct plan *plan, struct error *error)
{
    static enum err (*const passes[])(struct plan *, struct error *) = {
        plan_names_check,
        check_components,
        plan_inputs_resolve,
        plan_graph_check,
    };
    struct error reason;

    for (size_t i = 0; i < COUNT_OF(passes); i++) {
        enum err err = passes[i](plan, &reason);
        if (err != ERR_OK)
            return error_set(error, err, "%s", reason.text);
    }
    number_streams_and_tasks(plan);
    return ERR_OK;
}
