/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a bolt's stage gets through its queue: tuple by tuple while there is room for what it may
 * emit, in the order in which the blocks came.
 */
#include "worker/runtime.h"

static COLD void judge_fail(struct task *task, const struct view *view)
{
    count_end(&view->input->failed);
    if (view->held != NULL) {
        task_stop(task,
                  "returned GALE_FAIL for a tuple that it holds: return GALE_HELD, and settle");
        return;
    }
    report_fail(task, view->tuple, task->has_reason ? task->reason : "");
}

static COLD void judge_held(struct task *task, struct view *view)
{
    if (view->settled)
        return;
    if (view->held == NULL) {
        task_stop(task, "returned GALE_HELD, but did not call gale_hold()");
        return;
    }
    view->held->view.added ^= view->added;
    view->held->view.must_fail |= task->emit_failed;
}

static COLD void judge_other(struct task *task, struct view *view, enum gale_verdict verdict)
{
    count_add(&view->input->executed_otherwise, 1);
    if (view->settled && verdict != GALE_HELD)
        task_stop(task, "settled a tuple in its execute and returned another verdict: return "
                        "GALE_HELD");
    else if (verdict == GALE_HELD)
        judge_held(task, view);
    else if (verdict == GALE_FAIL || verdict == GALE_ACK)
        judge_fail(task, view); /* an ACK comes here if an emit was refused */
    else
        task_stop(task, "returned verdict %d: return GALE_ACK, GALE_FAIL or GALE_HELD",
                  (int)verdict);
}

static COLD void judge_ack_of_held(struct task *task, const struct view *view)
{
    count_add(&view->input->executed_otherwise, 1);
    task_stop(task, "returned GALE_ACK for a tuple that it holds: return GALE_HELD, and settle");
}

static inline void judge(struct task *task, struct view *view, struct input_stats *input,
                         enum gale_verdict verdict)
{
    if (verdict != GALE_ACK || task->emit_failed || view->settled) {
        judge_other(task, view, verdict);
        return;
    }
    if (view->held != NULL) {
        judge_ack_of_held(task, view);
        return;
    }
    count_add(&input->acked_at_once, 1);
    if (view->tuple->roots > 0)
        report_ack(task->loop, view->tuple, view->added);
}

static inline void execute(struct stage *stage, struct task *task, const struct tuple_head *tuple)
{
    struct view *view = &stage->view;
    struct input_stats *input = &task->inputs[stage->input_of_stream[tuple->stream]];

    view->task = task;
    view->tuple = tuple;
    view->input = input;
    view->added = 0;
    view->held = NULL;
    view->record = NULL;
    view->settled = false;
    task->current = view;
    task_enter(task, "execute");
    enum gale_verdict verdict = stage->code->bolt.execute(task->self, &task->handle, &view->handle);
    task_leave(task);
    task->current = NULL;
    judge(task, view, input, verdict);
}

/* What has to be so before a tuple is executed, with the ways to it looked up once for a block. */
struct gate {
    const struct stage *stage;
    const struct outbox *outbox;
    const _Atomic bool *has_failed;
    uint32_t held_max;
};

static inline bool may_execute(const struct gate *gate, const struct task *task)
{
    return (gate->outbox->full_lanes == 0 || stage_has_room(gate->stage)) &&
           gate->outbox->full_ack_lanes == 0 && task->held_count < gate->held_max &&
           !atomic_load_explicit(gate->has_failed, memory_order_relaxed);
}

/* No call but its tick can settle what the task holds while a tuple waits for it: finish comes when
 * none does. Without a tick it would wait for ever. */
static COLD void check_held(struct task *task, uint32_t held_max)
{
    const struct stage *stage = task->stage;

    if (task->held_count >= held_max && stage->next_tick_ns == UINT64_MAX && !task->has_waker &&
        !stage->finishing)
        task_stop(task,
                  "holds %u tuples, as many as topology.held.max lets it, and more wait for it: "
                  "settle them earlier or in a tick, or raise it",
                  task->held_count);
}

/* Executes from the cursor on, at most *budget tuples. True if the block was read to its end. */
static bool execute_block(struct stage *stage, struct block *block, uint32_t *budget)
{
    struct loop *loop = stage->loop;
    struct task *const *tasks = loop->tasks;
    const struct gate gate = {.stage = stage,
                              .outbox = &loop->outbox,
                              .has_failed = &loop->worker->has_failed,
                              .held_max = loop->worker->config->held_max};

    while (block->cursor < block->head.used) {
        const struct tuple_head *tuple =
            (const struct tuple_head *)(const void *)(block->bytes + block->cursor);
        struct task *task = tasks[tuple->target];
        if (*budget == 0)
            return false;
        if (!may_execute(&gate, task)) {
            check_held(task, gate.held_max);
            return false;
        }
        execute(stage, task, tuple);
        block->cursor += tuple->size;
        --*budget;
    }
    return true;
}

/* The same, with readings of the clock between. */
static bool read_block(struct stage *stage, struct block *block, uint32_t *budget)
{
    bool is_read = false;
    bool goes_on = true;

    stats_begin(stage->loop, &stage->loop->clock);
    while (!is_read && goes_on && *budget > 0) {
        uint32_t first = block->cursor;
        uint32_t batch = stats_batch(stage, *budget);
        uint32_t left = batch;
        is_read = execute_block(stage, block, &left);
        goes_on = left == 0;
        stats_executed(stage, block, first, batch - left);
        *budget -= batch - left;
    }
    return is_read;
}

/* NULL if there is none. */
static struct block *next_block(const struct stage *stage)
{
    struct loop *loop = stage->loop;
    struct block *block = block_queue_pop(&loop->queues[stage->component_index]);

    if (block != NULL && sample_is_wanted(&loop->worker->sampler))
        sample_block(loop, block);
    return block;
}

/* It waits for others, not for its turn. */
static bool is_blocked(const struct stage *stage)
{
    return stage->reading != NULL &&
           (stage->loop->outbox.full_ack_lanes > 0 || !stage_has_room(stage));
}

static void publish_queue(struct stage *stage)
{
    uint64_t bytes = stage->loop->queues[stage->component_index].bytes;

    if (stage->reading != NULL)
        bytes += stage->reading->capacity;
    __atomic_store_n(&stage->stats.queue_bytes, bytes, __ATOMIC_RELAXED);
}

bool bolt_step(struct stage *stage)
{
    struct loop *loop = stage->loop;
    uint32_t budget = loop->budget;

    /* What this loop's own tasks have emitted in this turn is read in this turn. */
    lane_flush(loop_lane(loop, loop->index, stage->component_index));
    while (budget > 0) {
        if (stage->reading == NULL)
            stage->reading = next_block(stage);
        if (stage->reading == NULL || !read_block(stage, stage->reading, &budget))
            break;
        struct block *read = stage->reading;
        stage->reading = NULL;
        loop_send_home(loop, read);
    }
    stats_rest(stage);
    stats_blocked(stage, budget < loop->budget, is_blocked(stage));
    publish_queue(stage);
    if (budget == loop->budget)
        return false;
    stage->is_finished = false;
    return true;
}

void bolt_begin_finish(struct stage *stage)
{
    stage->finishing = true;
    stage->next_task = 0;
}

static void finish_task(struct task *task)
{
    const struct stage *stage = task->stage;

    if (stage->code->bolt.finish == NULL)
        return;
    stats_begin(task->loop, &task->loop->clock);
    task_enter(task, "finish");
    stage->code->bolt.finish(task->self, &task->handle);
    task_check_emits(task);
    task_leave(task);
    stats_ticked(task);
}

bool bolt_finish_step(struct stage *stage)
{
    uint32_t before = stage->next_task;

    while (stage->next_task < stage->task_count && stage_has_room(stage) &&
           !loop_has_failed(stage->loop))
        finish_task(&stage->tasks[stage->next_task++]);
    if (stage->next_task == stage->task_count) {
        stage->finishing = false;
        stage->is_finished = true;
    }
    return stage->next_task > before;
}
