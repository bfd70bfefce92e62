/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/up_plan.h"

#include "base/assert.h"

void up_plan_init(struct up_plan *plan, size_t supervisors, enum up_log log, enum up_ui ui)
{
    ASSERT(supervisors >= 1 && supervisors <= UP_SUPERVISORS_MAX);
    *plan = (struct up_plan){.count = UP_SUPERVISOR + supervisors,
                             .has_log = log == UP_WITH_LOG,
                             .has_ui = ui == UP_WITH_UI};
    if (!plan->has_log)
        plan->children[UP_BROKER].state = UP_CHILD_GONE;
    if (!plan->has_ui)
        plan->children[UP_UI].state = UP_CHILD_GONE;
}

void up_plan_coord_answers(struct up_plan *plan)
{
    plan->coord_answers = true;
}

void up_plan_ready(struct up_plan *plan)
{
    plan->is_ready = true;
}

void up_plan_started(struct up_plan *plan, size_t child, uint64_t now_ms)
{
    plan->children[child].state = UP_CHILD_RUNNING;
    plan->children[child].started_ms = now_ms;
}

/* The first time at once; then the pause grows with each short life. */
static void plan_restart(struct up_child *child, uint64_t now_ms)
{
    uint64_t lived_ms = now_ms - child->started_ms;

    if (lived_ms >= UP_LONG_LIFE_MS)
        child->backoff_ms = 0;
    child->state = UP_CHILD_WAITING;
    child->due_ms = now_ms + child->backoff_ms;
    child->restarts++;
    if (child->backoff_ms == 0)
        child->backoff_ms = UP_BACKOFF_MIN_MS;
    else if (lived_ms < UP_SHORT_LIFE_MS)
        child->backoff_ms =
            2 * child->backoff_ms < UP_BACKOFF_MAX_MS ? 2 * child->backoff_ms : UP_BACKOFF_MAX_MS;
}

void up_plan_ended(struct up_plan *plan, size_t child, uint64_t now_ms)
{
    if (!plan->is_ready)
        plan->is_stopping = true;
    if (plan->is_stopping)
        plan->children[child].state = UP_CHILD_GONE;
    else
        plan_restart(&plan->children[child], now_ms);
}

void up_plan_stop(struct up_plan *plan)
{
    plan->is_stopping = true;
}

void up_plan_hurry(struct up_plan *plan, uint64_t now_ms)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->children[i].state == UP_CHILD_TERMINATED)
            plan->children[i].due_ms = now_ms;
    }
}

/* ---- what to do ---- */

static bool start_next(struct up_plan *plan, uint64_t now_ms, struct up_action *ret_action)
{
    size_t count = plan->coord_answers ? plan->count : UP_COORD + 1;

    for (size_t i = 0; i < count; i++) {
        struct up_child *child = &plan->children[i];

        if (child->state != UP_CHILD_WAITING || child->due_ms > now_ms)
            continue;
        child->state = UP_CHILD_STARTING;
        *ret_action = (struct up_action){.kind = UP_START, .child = i};
        return true;
    }
    return false;
}

static bool is_gone(const struct up_child *child)
{
    return child->state == UP_CHILD_GONE || child->state == UP_CHILD_WAITING;
}

static bool end_one(struct up_child *child, size_t index, uint64_t now_ms,
                    struct up_action *ret_action)
{
    uint64_t grace_ms = index >= UP_SUPERVISOR ? UP_SUPERVISOR_GRACE_MS
                        : index == UP_BROKER   ? UP_BROKER_GRACE_MS
                                               : UP_GRACE_MS;

    if (child->state == UP_CHILD_RUNNING) {
        child->state = UP_CHILD_TERMINATED;
        child->due_ms = now_ms + grace_ms;
        *ret_action = (struct up_action){.kind = UP_TERMINATE, .child = index};
        return true;
    }
    if (child->state == UP_CHILD_TERMINATED && child->due_ms <= now_ms) {
        child->state = UP_CHILD_KILLED;
        *ret_action = (struct up_action){.kind = UP_KILL, .child = index};
        return true;
    }
    return false;
}

/* From the last to the first; page, broker and nimbus when all supervisors are gone, coord when these are. */
static bool stop_next(struct up_plan *plan, uint64_t now_ms, struct up_action *ret_action)
{
    bool all_gone = true;

    for (size_t i = plan->count; i-- > 0;) {
        struct up_child *child = &plan->children[i];
        bool is_new_group = i == UP_UI || i == UP_COORD;

        if (is_new_group && !all_gone)
            return false;
        if (end_one(child, i, now_ms, ret_action))
            return true;
        all_gone = all_gone && is_gone(child);
    }
    return false;
}

bool up_plan_next(struct up_plan *plan, uint64_t now_ms, struct up_action *ret_action)
{
    return plan->is_stopping ? stop_next(plan, now_ms, ret_action)
                             : start_next(plan, now_ms, ret_action);
}

uint64_t up_plan_due_ms(const struct up_plan *plan)
{
    enum up_child_state awaited = plan->is_stopping ? UP_CHILD_TERMINATED : UP_CHILD_WAITING;
    uint64_t due_ms = UINT64_MAX;
    size_t count = plan->coord_answers || plan->is_stopping ? plan->count : UP_COORD + 1;

    for (size_t i = 0; i < count; i++) {
        if (plan->children[i].state == awaited && plan->children[i].due_ms < due_ms)
            due_ms = plan->children[i].due_ms;
    }
    return due_ms;
}

bool up_plan_is_over(const struct up_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (!is_gone(&plan->children[i]))
            return false;
    }
    return plan->is_stopping;
}

const char *up_plan_program(size_t child)
{
    static const char *const programs[] = {[UP_COORD] = "gale-coord",
                                           [UP_NIMBUS] = "gale-nimbus",
                                           [UP_BROKER] = "gale-broker",
                                           [UP_UI] = "gale-ui"};

    return child < UP_SUPERVISOR ? programs[child] : "gale-supervisor";
}
