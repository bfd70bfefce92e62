/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a task may ask its host for by name; and the bells by which other threads reach a task.
 *
 * A bell is one flag of the task, and one of its loop so that the loop sees at a glance that there are
 * any. Both are set before the loop's parker is woken, so that no ring is slept through.
 */
#include <string.h>

#include "base/mem.h"
#include "worker/runtime.h"

static const struct task *task_of(const struct gale_task *handle)
{
    return (const struct task *)(const void *)handle;
}

/* ---- "task/1" ---- */

static const struct gale_stream *get_stream(const struct gale_task *handle, uint32_t index)
{
    const struct task *task = task_of(handle);

    return index < task->emitter_count ? task->emitters[index].stream : NULL;
}

static const char *get_topology(const struct gale_task *handle)
{
    return task_of(handle)->worker->plan->name;
}

static const char *get_run(const struct gale_task *handle)
{
    return task_of(handle)->worker->run;
}

static void wake(struct gale_task *handle)
{
    struct task *task = CONTAINER_OF(handle, struct task, handle);

    if (atomic_exchange(&task->bell, true))
        return; /* who rang before wakes the loop, or has */
    atomic_store(&task->loop->has_bell, true);
    parker_wake(&task->loop->parker);
}

static const struct gale_task_service task_service = {
    .size = sizeof(struct gale_task_service),
    .stream = get_stream,
    .topology = get_topology,
    .run = get_run,
    .wake = wake,
};

const void *service_get(struct gale_task *handle, const char *name)
{
    struct task *task = CONTAINER_OF(handle, struct task, handle);
    const struct worker *worker = task->worker;
    struct error error = {.text = "there are no services here"};

    if (strcmp(name, "task/1") == 0) {
        task->has_waker = true;
        return &task_service;
    }
    const void *service = worker->find_service == NULL ? NULL : worker->find_service(name, &error);
    if (service == NULL)
        handle->host->reason(handle, "%s", error.text);
    return service;
}

/* ---- bells ---- */

static bool has_tick(const struct stage *stage)
{
    return (stage->acker != NULL ? stage->code->spout.tick : stage->code->bolt.tick) != NULL;
}

static void hear(struct stage *stage, struct task *task)
{
    task->idle_until_ns = 0;
    if (task->is_woken || !has_tick(stage))
        return;
    task->is_woken = true;
    stage->woken_count++;
}

void service_hear_bells(struct loop *loop)
{
    if (!atomic_load_explicit(&loop->has_bell, memory_order_relaxed) ||
        !atomic_exchange(&loop->has_bell, false))
        return;
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        struct stage *stage = loop->order[s];
        for (uint32_t i = 0; i < stage->task_count; i++) {
            if (atomic_exchange(&stage->tasks[i].bell, false))
                hear(stage, &stage->tasks[i]);
        }
    }
}
