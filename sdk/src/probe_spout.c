/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sdk/src/probe.h"

/* ---- trees ---- */

uint32_t probe_plant(struct gale_probe *probe, uint64_t message_id)
{
    if (probe->tree_count == GALE_PROBE_TUPLES_MAX)
        probe_abort("more than %u trees are open", GALE_PROBE_TUPLES_MAX);
    probe->trees = probe_grow(probe->trees, probe->tree_count, sizeof *probe->trees);
    probe->trees[probe->tree_count] = (struct probe_tree){
        .message_id = message_id,
        .state = probe->config->acking ? PROBE_TREE_OPEN : PROBE_TREE_COMPLETED,
    };
    return probe->tree_count++;
}

static struct probe_tree fell(struct gale_probe *probe, uint32_t index)
{
    struct probe_tree tree = probe->trees[index];

    probe->tree_count--;
    memmove(&probe->trees[index], &probe->trees[index + 1],
            (probe->tree_count - index) * sizeof tree);
    return tree;
}

static void tell_completed(struct gale_probe *probe, uint64_t message_id)
{
    if (probe->code->spout.ack == NULL)
        return;
    probe_enter(probe, "ack");
    probe->code->spout.ack(probe->self, &probe->handle, message_id);
    probe_check_emits(probe);
    probe_leave(probe);
}

static void tell_failed(struct gale_probe *probe, uint64_t message_id, enum gale_failure_kind kind,
                        const char *message)
{
    bool has_place = kind == GALE_FAILED || kind == GALE_REFUSED;
    struct gale_failure failure = {
        .kind = kind,
        .component = has_place ? probe->code->name : "",
        .task_index = has_place ? probe->task_index : 0,
        .message = message,
    };

    if (probe->code->spout.fail == NULL)
        return;
    probe->is_done = false; /* it may want to replay */
    probe_enter(probe, "fail");
    probe->code->spout.fail(probe->self, &probe->handle, message_id, &failure);
    probe_check_emits(probe);
    probe_leave(probe);
}

/* Trees that are settled without the test's doing. What the spout emits in answer waits for the
 * next time: it might be refused again, and again. */
static void tell_settled(struct gale_probe *probe)
{
    uint32_t waiting = 0;
    uint32_t at = 0;

    for (uint32_t i = 0; i < probe->tree_count; i++)
        waiting += probe->trees[i].state != PROBE_TREE_OPEN;
    while (waiting > 0 && !probe->has_failed) {
        if (probe->trees[at].state == PROBE_TREE_OPEN) {
            at++;
            continue;
        }
        struct probe_tree tree = fell(probe, at);
        waiting--;
        if (tree.state == PROBE_TREE_COMPLETED)
            tell_completed(probe, tree.message_id);
        else
            tell_failed(probe, tree.message_id, GALE_REFUSED, tree.reason);
        free(tree.reason);
    }
}

/* ---- what a test does ---- */

static bool is_ready(struct gale_probe *probe)
{
    if (!probe_is_spout(probe))
        probe_abort("component '%s' is a bolt: call gale_probe_give()", probe->code->name);
    return probe_is_ready(probe);
}

void probe_set_active(struct gale_probe *probe, bool active)
{
    const struct gale_spout *spout = &probe->code->spout;
    void (*change)(void *, struct gale_task *) = active ? spout->activate : spout->deactivate;

    if (probe->is_active == active)
        return;
    probe->is_active = active;
    if (change == NULL)
        return;
    probe_enter(probe, active ? "activate" : "deactivate");
    change(probe->self, &probe->handle);
    probe_check_emits(probe);
    probe_leave(probe);
}

void gale_probe_activate(struct gale_probe *probe)
{
    if (is_ready(probe))
        probe_set_active(probe, true);
}

void gale_probe_deactivate(struct gale_probe *probe)
{
    if (is_ready(probe))
        probe_set_active(probe, false);
}

static void check_may_call(const struct gale_probe *probe)
{
    uint32_t limit = probe_component(probe)->max_pending;

    if (limit == 0)
        limit = probe->config->pending_max;
    if (limit != 0 && probe->tree_count >= limit)
        probe_abort("component '%s' has %u trees open and max_pending is %u: ack or fail some "
                    "before the next",
                    probe->code->name, probe->tree_count, limit);
    if (!probe->is_active)
        probe_abort("component '%s' is deactivated", probe->code->name);
}

static void check_next(struct gale_probe *probe, enum gale_next next)
{
    switch (next) {
    case GALE_MORE:
    case GALE_IDLE:
        return;
    case GALE_DONE:
        probe->is_done = true;
        return;
    case GALE_STOP:
        probe_stop(probe, "%s", probe->has_reason ? probe->reason : "gave no reason");
        return;
    }
    probe_stop(probe, "returned %d from next: return GALE_MORE, GALE_IDLE, GALE_DONE or GALE_STOP",
               (int)next);
}

enum gale_next gale_probe_next(struct gale_probe *probe)
{
    if (!is_ready(probe))
        return GALE_STOP;
    if (probe->is_done)
        return GALE_DONE;
    check_may_call(probe);
    probe_enter(probe, "next");
    enum gale_next next = probe->code->spout.next(probe->self, &probe->handle);
    probe_check_emits(probe);
    check_next(probe, next);
    probe_leave(probe);
    tell_settled(probe);
    return probe->has_failed ? GALE_STOP : next;
}

/* Takes out the oldest open tree with this id. */
static void take_tree(struct gale_probe *probe, uint64_t id)
{
    for (uint32_t i = 0; i < probe->tree_count; i++) {
        if (probe->trees[i].message_id == id && probe->trees[i].state == PROBE_TREE_OPEN) {
            (void)fell(probe, i);
            return;
        }
    }
    probe_abort("component '%s' has no open tree with message id %llu", probe->code->name,
                (unsigned long long)id);
}

void gale_probe_ack(struct gale_probe *probe, uint64_t id)
{
    if (!is_ready(probe))
        return;
    take_tree(probe, id);
    tell_completed(probe, id);
    tell_settled(probe);
}

void gale_probe_fail(struct gale_probe *probe, uint64_t id, enum gale_failure_kind kind,
                     const char *message)
{
    if (!is_ready(probe))
        return;
    take_tree(probe, id);
    tell_failed(probe, id, kind, message == NULL ? "" : message);
    tell_settled(probe);
}

uint32_t gale_probe_pending(const struct gale_probe *probe)
{
    return probe->tree_count;
}
