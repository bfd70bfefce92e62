/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Held tuples: each is a copy with a token, so that the block it came in can go home.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "worker/runtime.h"

struct gale_held *held_take(const struct gale_tuple *handle)
{
    struct view *view = CONTAINER_OF(handle, struct view, handle);
    struct task *task = view->task;

    if (view->held != NULL)
        return &view->held->handle; /* held already: the same token */
    struct held *held = mem_alloc(sizeof *held + view->tuple->size);
    held->handle.host = view->handle.host;
    memcpy(held->tuple, view->tuple, view->tuple->size);
    held->view = (struct view){.handle = view->handle,
                               .task = task,
                               .tuple = (const struct tuple_head *)(const void *)held->tuple,
                               .input = view->input,
                               .began_ns = task->loop->clock.mark_ns,
                               .held = held,
                               .owns_record = true};
    view->held = held;
    list_push_last(&task->held, &held->node);
    task->held_count++;
    count_add(&task->counters.open, 1);
    return &held->handle;
}

const struct gale_tuple *held_view(const struct gale_held *handle)
{
    return &CONTAINER_OF(handle, struct held, handle)->view.handle;
}

static void forget(struct held *held)
{
    struct task *task = held->view.task;

    list_remove(&held->node);
    task->held_count--;
    count_add(&task->counters.open, (uint64_t)-1);
    free(held->view.record);
    free(held);
}

static void settle(struct held *held, enum gale_verdict verdict, const char *reason)
{
    struct task *task = held->view.task;
    struct input_stats *input = held->view.input;

    if (verdict == GALE_ACK) {
        count_end(&input->acked_later);
        report_ack(task->loop, held->view.tuple, held->view.added);
    } else {
        count_end(&input->failed);
        report_fail(task, held->view.tuple, reason);
    }
    stats_settled(task, input, held->view.began_ns);
    forget(held);
}

/* While its own execute still runs, what was emitted from the tuple so far is in the view. */
static void take_over(struct held *held)
{
    struct view *current = held->view.task->current;

    if (current == NULL || current->held != held)
        return;
    held->view.added ^= current->added;
    held->view.must_fail |= held->view.task->emit_failed;
    current->added = 0;
    current->held = NULL;
    current->settled = true;
}

void held_settle(struct gale_held **handle, enum gale_verdict verdict)
{
    struct held *held = CONTAINER_OF(*handle, struct held, handle);
    struct task *task = held->view.task;

    *handle = NULL;
    if (verdict != GALE_ACK && verdict != GALE_FAIL) {
        task_stop(task, "settles a held tuple with verdict %d: only GALE_ACK and GALE_FAIL settle",
                  (int)verdict);
        return;
    }
    take_over(held);
    const char *reason = task->has_reason       ? task->reason
                         : held->view.must_fail ? "an emit from it was refused"
                                                : "";
    if (held->view.must_fail)
        verdict = GALE_FAIL;
    settle(held, verdict, reason);
}

void held_fail_all(struct task *task)
{
    for (struct list_node *next, *node = list_first(&task->held); node != NULL; node = next) {
        next = list_next(&task->held, node);
        settle(CONTAINER_OF(node, struct held, node), GALE_FAIL, "held when its task closed");
    }
}
