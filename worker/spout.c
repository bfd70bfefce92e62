/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a spout's stage works: tell the tasks what was settled, then ask them for more while there is
 * room and not too many trees are open.
 */
#include "base/assert.h"
#include "worker/runtime.h"

#define IDLE_FIRST_NS   UINT64_C(50000) /* the first wait of an idle spout, doubled each time */
#define IDLE_STREAK_MAX 24u             /* beyond, doubling does not matter */
#define CALLS_IN_A_ROW  64u             /* of one task, before the next has its turn */

/* ---- settled trees ---- */

static struct gale_failure describe(const struct stage *stage, const struct acker_verdict *verdict)
{
    const struct worker *worker = stage->loop->worker;
    struct gale_failure failure = {
        .kind = GALE_TIMED_OUT, .component = "", .message = "topology.message.timeout.secs passed"};

    if (verdict->outcome != ACKER_FAILED)
        return failure;
    const struct plan_component *where =
        &worker->plan->components[worker->component_of_task[verdict->why->task]];
    failure.kind = (enum gale_failure_kind)verdict->why->kind;
    failure.component = where->name;
    failure.task_index = verdict->why->task - where->first_task;
    failure.message = verdict->why->message;
    return failure;
}

static void tell_failed(struct stage *stage, struct task *task, const struct acker_verdict *verdict)
{
    struct gale_failure failure = describe(stage, verdict);

    count_end(&task->counters.failed);
    if (failure.kind == GALE_TIMED_OUT)
        count_end(&task->counters.timed_out);
    if (failure.kind == GALE_REFUSED)
        count_end(&task->counters.refused);
    if (stage->code->spout.fail == NULL)
        return;
    task->is_done = false; /* it may want to replay */
    task->idle_streak = 0;
    task->idle_until_ns = 0;
    task_enter(task, "fail");
    stage->code->spout.fail(task->self, &task->handle, verdict->id, &failure);
    task_check_emits(task);
    task_leave(task);
}

static inline void tell_completed(struct stage *stage, struct task *task,
                                  const struct acker_verdict *verdict)
{
    count_end(&task->counters.acked);
    if (stage->code->spout.ack == NULL)
        return;
    task_enter(task, "ack");
    stage->code->spout.ack(task->self, &task->handle, verdict->id);
    task_check_emits(task);
    task_leave(task);
}

static inline bool may_tell(const struct stage *stage)
{
    return stage_has_room(stage) && !loop_has_failed(stage->loop);
}

/* A spout may emit from `ack` and `fail`, so there must be room; and what is settled meanwhile (a
 * replay that is refused at once) waits for the next turn. */
static uint32_t tell_settled(struct stage *stage)
{
    struct acker_verdict verdict;
    uint32_t told_max = acker_open_count(stage->acker);
    uint32_t completed = 0;
    uint32_t told = 0;
    struct stats_trees trees = {.count = 0};

    if (acker_has_settled(stage->acker))
        stats_begin(stage->loop, &stage->loop->clock);

    for (; told < told_max && may_tell(stage) && acker_take(stage->acker, &verdict); told++) {
        struct task *task = &stage->tasks[verdict.task];
        change_open(task, -1);
        if (verdict.outcome == ACKER_COMPLETED) {
            completed++;
            stats_complete(&trees, task, stage->loop->now_ns - verdict.born_ns);
            tell_completed(stage, task, &verdict);
        } else {
            tell_failed(stage, task, &verdict);
        }
    }
    stats_flush_trees(&trees);
    stats_called_slowly(stage);
    if (completed > 0)
        pacer_completed(&stage->pacer, completed);
    return told;
}

/* ---- next ---- */

/* The user's number for each task; 0 if it is left to the pacer. */
static inline uint32_t own_limit(const struct stage *stage)
{
    uint32_t limit = stage->component->max_pending;

    return limit != 0 ? limit : stage->loop->worker->config->pending_max;
}

/* The user's number, or what the pacer allows to the whole stage. */
static inline bool may_open_tree(const struct stage *stage, const struct task *task)
{
    uint32_t limit = own_limit(stage);

    if (limit != 0)
        return task->counters.open < limit && !acker_is_full(stage->acker);
    return stage->open_count < pacer_limit(&stage->pacer);
}

static inline bool may_call(const struct stage *stage, const struct task *task)
{
    return !task->is_done && task->idle_until_ns <= stage->loop->now_ns &&
           may_open_tree(stage, task) && stage_has_room(stage) && !loop_has_failed(stage->loop);
}

static void rest(struct task *task)
{
    const struct loop *loop = task->loop;
    uint64_t longest_ns = loop->worker->config->idle_max_ms * UINT64_C(1000000);
    uint64_t wait_ns = IDLE_FIRST_NS << task->idle_streak;

    if (task->idle_streak < IDLE_STREAK_MAX)
        task->idle_streak++;
    task->idle_until_ns = loop->now_ns + (wait_ns < longest_ns ? wait_ns : longest_ns);
}

/* One call. True if the task is to be called again in this turn. */
static inline bool call(struct stage *stage, struct task *task)
{
    bool was_idle = task->idle_streak > 0;
    uint64_t emitted = was_idle ? task_emitted(task) : 0;

    task_enter(task, "next");
    enum gale_next next = stage->code->spout.next(task->self, &task->handle);
    task_check_emits(task);
    task_leave(task);
    if (was_idle && task_emitted(task) != emitted)
        task->idle_streak = 0;

    switch (next) {
    case GALE_MORE:
        return true;
    case GALE_IDLE:
        rest(task);
        return false;
    case GALE_DONE:
        task->is_done = true;
        return false;
    case GALE_STOP:
        task_stop(task, "%s", task->has_reason ? task->reason : "gave no reason");
        return false;
    }
    task_stop(task, "returned %d from next: return GALE_MORE, GALE_IDLE, GALE_DONE or GALE_STOP",
              (int)next);
    return false;
}

/* Lets one task emit. Returns how many calls were of use. */
static uint32_t call_task(struct stage *stage, struct task *task, uint32_t budget)
{
    uint32_t useful = 0;
    uint64_t emitted = task_emitted(task);
    bool goes_on = may_call(stage, task);

    if (goes_on)
        stats_begin(stage->loop, &stage->loop->clock);
    while (goes_on && call(stage, task))
        goes_on = ++useful < budget && may_call(stage, task);
    if (!goes_on) {
        task->calls += useful;
        return useful;
    }
    task->calls += useful + 1;
    return useful + (task->is_done || task_emitted(task) != emitted);
}

static bool call_tasks(struct stage *stage)
{
    uint32_t left = stage->loop->budget;
    uint32_t useless = 0; /* tasks in a row that had nothing */

    while (left > 0 && useless < stage->task_count) {
        uint32_t share = left < CALLS_IN_A_ROW || stage->task_count == 1 ? left : CALLS_IN_A_ROW;
        uint32_t useful = call_task(stage, &stage->tasks[stage->next_task], share);
        stage->next_task = (stage->next_task + 1) % stage->task_count;
        useless = useful == 0 ? useless + 1 : 0;
        left -= useful < left ? useful : left;
        stats_called_slowly(stage);
        if (stage->task_count == 1)
            break;
    }
    return left < stage->loop->budget;
}

/* A task wants to be asked for more, and what would come of it has no room. */
static bool is_blocked(const struct stage *stage)
{
    if (stage_has_room(stage))
        return false;
    for (uint32_t i = 0; i < stage->task_count; i++) {
        const struct task *task = &stage->tasks[i];
        if (!task->is_done && task->idle_until_ns <= stage->loop->now_ns &&
            may_open_tree(stage, task))
            return true;
    }
    return false;
}

static void change_task(struct task *task, bool active)
{
    const struct gale_spout *spout = &task->stage->code->spout;
    void (*change)(void *, struct gale_task *) = active ? spout->activate : spout->deactivate;

    if (change == NULL)
        return;
    task_enter(task, active ? "activate" : "deactivate");
    change(task->self, &task->handle);
    task_check_emits(task);
    task_leave(task);
}

/* Task by task, while there is room for what each may emit. A change of mind waits until all have
 * heard of the one before. Returns whether any has. */
static bool set_active(struct stage *stage, bool active)
{
    if (stage->next_changed == stage->task_count && active != stage->is_active) {
        stage->is_active = active;
        stage->next_changed = 0;
    }
    uint32_t before = stage->next_changed;
    while (stage->next_changed < stage->task_count && may_tell(stage))
        change_task(&stage->tasks[stage->next_changed++], stage->is_active);
    return stage->next_changed > before;
}

/* Nothing else moves, and a bolt holds tuples, or may do so in another worker: it may be waiting for
 * more. What is read here of other loops may be out of date; then the limit is raised for nothing,
 * once. */
static bool others_wait_for_more(const struct loop *loop)
{
    const struct worker *worker = loop->worker;
    uint64_t sent = loop->outbox.sent;
    uint64_t received = loop->taken;
    bool some_hold = loop_holds(loop) || worker->postman != NULL;

    for (uint32_t i = 0; i < worker->loop_count; i++) {
        struct loop *other = worker->loops[i];
        if (other == loop)
            continue;
        if (!atomic_load(&other->is_resting))
            return false;
        some_hold |= atomic_load(&other->has_held);
        sent += atomic_load(&other->sent);
        received += atomic_load(&other->received);
    }
    return some_hold && sent == received && !loop_has_queued(loop);
}

static void pace(struct stage *stage)
{
    uint64_t now_ns = stage->loop->now_ns;

    pacer_step(&stage->pacer, now_ns, stage->open_count);
    if (pacer_stuck_ns(&stage->pacer) > now_ns || own_limit(stage) != 0)
        return;
    if (others_wait_for_more(stage->loop))
        pacer_boost(&stage->pacer, now_ns);
    else
        pacer_go_on(&stage->pacer, now_ns);
}

/* One loss at a time: those that follow before its time is over come after it, as one. So they cannot
 * put off for ever what is to fail. */
static void note_loss(struct stage *stage)
{
    const struct worker *worker = stage->loop->worker;
    uint64_t lost_ns = atomic_load_explicit(&worker->lost_ns, memory_order_acquire);

    if (lost_ns == stage->lost_ns || stage->lost_due_ns != UINT64_MAX)
        return;
    stage->lost_ns = lost_ns;
    stage->lost_due_ns = lost_ns + worker->config->lost_ms * UINT64_C(1000000);
}

/* What was sent to a worker that is gone has come back and has failed. What had gone through it may
 * still complete, or never: where the rest of a tree was is not known here. */
static void give_up_lost(struct stage *stage)
{
    const struct worker *worker = stage->loop->worker;
    static const char message[] = "a worker was lost, and the tree is still not complete";

    note_loss(stage);
    if (stage->loop->now_ns < stage->lost_due_ns)
        return;
    struct acker_report report = {.kind = GALE_WORKER_LOST,
                                  .task = atomic_load(&worker->lost_task),
                                  .message = message,
                                  .length = sizeof message - 1};
    (void)acker_fail_older(stage->acker, stage->lost_ns, &report);
    stage->lost_due_ns = UINT64_MAX;
    note_loss(stage);
}

bool spout_step(struct stage *stage)
{
    bool active = stage->loop->seen_active;
    bool stopping = stage->loop->seen_stopping;

    give_up_lost(stage);
    (void)acker_expire(stage->acker, stage->loop->now_ns);
    pace(stage);
    uint32_t told = tell_settled(stage);
    bool changed = !stopping && set_active(stage, active);
    bool may_go_on =
        stage->is_active && active && !stopping && stage->next_changed == stage->task_count;
    bool called = may_go_on && call_tasks(stage);
    stats_called(stage);
    stats_blocked(stage, called, may_go_on && is_blocked(stage));
    return told > 0 || changed || called || (acker_has_settled(stage->acker) && may_tell(stage));
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t spout_deadline_ns(const struct stage *stage)
{
    uint64_t deadline_ns = earlier(acker_deadline_ns(stage->acker), stage->lost_due_ns);

    if (!stage->is_active || stage->loop->seen_stopping)
        return deadline_ns;
    for (uint32_t i = 0; i < stage->task_count; i++) {
        const struct task *task = &stage->tasks[i];
        if (!task->is_done && may_open_tree(stage, task) && stage_has_room(stage))
            deadline_ns = earlier(deadline_ns, task->idle_until_ns);
    }
    if (own_limit(stage) == 0 && !spout_is_done(stage))
        deadline_ns = earlier(deadline_ns, pacer_stuck_ns(&stage->pacer));
    return deadline_ns;
}

bool spout_is_done(const struct stage *stage)
{
    if (stage->loop->seen_stopping)
        return true;
    for (uint32_t i = 0; i < stage->task_count; i++) {
        if (!stage->tasks[i].is_done)
            return false;
    }
    return true;
}
