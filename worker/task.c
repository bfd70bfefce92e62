/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "worker/runtime.h"

void worker_fail(struct worker *worker, enum err code, const char *format, ...)
{
    va_list arguments;

    if (atomic_exchange(&worker->is_failing, true))
        return; /* the first reason is the one that counts */
    worker->failure.code = code;
    va_start(arguments, format);
    (void)vsnprintf(worker->failure.text, sizeof worker->failure.text, format, arguments);
    va_end(arguments);
    atomic_store(&worker->has_failed, true);
    parker_wake(&worker->conductor);
}

void task_stop(struct task *task, const char *format, ...)
{
    char reason[TASK_REASON_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    worker_fail(task->worker, ERR_CRASHED, "component '%s', task %u: %s",
                task->stage->component->name, task->index, reason);
}

/* What `open` said, or did not say. */
static void refuse_open(struct task *task)
{
    const char *reason = task->conf.has_failed ? task->conf.why
                         : task->has_reason    ? task->reason
                                               : "open gave no reason";

    worker_fail(task->worker, ERR_INVALID, "component '%s', task %u cannot open: %s",
                task->stage->component->name, task->index, reason);
}

bool task_open(struct task *task)
{
    const struct gale_component *code = task->stage->code;
    bool is_spout = task->stage->component->role == PLAN_SPOUT;
    size_t size = is_spout ? code->spout.size : code->bolt.size;
    enum gale_err err = GALE_OK;

    task->self = mem_alloc(size);
    task_enter(task, "open");
    if (is_spout && code->spout.open != NULL)
        err = code->spout.open(task->self, &task->handle);
    if (!is_spout && code->bolt.open != NULL)
        err = code->bolt.open(task->self, &task->handle);
    task_check_emits(task);
    task_leave(task);
    task->is_open = err == GALE_OK; /* then close will be called, whatever else is wrong */
    if (task->is_open && !task->conf.has_failed)
        return true;
    refuse_open(task);
    return false;
}

void task_close(struct task *task)
{
    const struct gale_component *code = task->stage->code;
    void (*close)(void *, struct gale_task *) =
        task->stage->component->role == PLAN_SPOUT ? code->spout.close : code->bolt.close;

    if (task->is_open && close != NULL) {
        uint64_t emitted = task_emitted(task);
        task_enter(task, "close");
        close(task->self, &task->handle);
        task_leave(task);
        if (task_emitted(task) != emitted)
            task_stop(task, "emits in close, when nobody reads it any more: a bolt has finish for "
                            "what comes last");
    }
    task->is_open = false;
    held_fail_all(task);
    free(task->self);
    task->self = NULL;
}

void task_tick(struct task *task)
{
    const struct gale_component *code = task->stage->code;
    void (*tick)(void *, struct gale_task *) =
        task->stage->component->role == PLAN_SPOUT ? code->spout.tick : code->bolt.tick;

    stats_begin(task->loop, &task->loop->clock);
    task_enter(task, "tick");
    tick(task->self, &task->handle);
    task_check_emits(task);
    task_leave(task);
    stats_ticked(task);
}

void task_stop_for_emit(struct task *task)
{
    task_stop(task, "cannot emit in %s: %s", task->loop->crash.doing, task->reason);
}
