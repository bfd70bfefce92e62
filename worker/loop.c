/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/loop.h"

#include "base/assert.h"
#include "worker/runtime.h"
#include "worker/wiring.h"

/* A turn should be long enough to be worth its overhead and short enough for acks, deadlines and
 * ticks to be on time; how many tuples that is depends on the user's code. */
#define TURN_SHORT_NS UINT64_C(500000)
#define TURN_LONG_NS  UINT64_C(2000000)
#define BUDGET_MAX    1024u

/* ---- what comes from other loops ---- */

static void take_block(struct loop *loop, struct link *link, struct block *block)
{
    loop->taken++;
    if (block->head.kind == BLOCK_DATA) {
        block_queue_push(&loop->queues[block->head.component], block);
        return;
    }
    report_apply(loop, block);
    link_return(link, block);
}

/* What the postman has brought. */
static void take_from_abroad(struct loop *loop, struct block *block)
{
    switch ((enum outbox_way)block->way) {
    case OUTBOX_IN:
        if (block->head.kind == BLOCK_DATA) {
            block_queue_push(&loop->queues[block->head.component], block);
            return;
        }
        report_forward(loop, block); /* its sender may go by an assignment before or after ours */
        loop_send_home(loop, block);
        return;
    case OUTBOX_ASTRAY:
        report_lost(loop, block, "its task is in another worker now");
        loop_send_home(loop, block);
        return;
    case OUTBOX_LOST:
        if (block->head.kind == BLOCK_DATA)
            report_lost(loop, block, "the worker was lost that it was sent to");
        outbox_take_back(&loop->outbox, block);
        return;
    case OUTBOX_BACK:
        outbox_take_back(&loop->outbox, block);
        return;
    case OUTBOX_OUT:
    case OUTBOX_READ:
        UNREACHABLE();
    }
}

static bool receive_from_abroad(struct loop *loop)
{
    struct block *block = intake_take(&loop->inbox);
    bool did = block != NULL;

    while (block != NULL) {
        struct block *next = block->next;
        take_from_abroad(loop, block);
        block = next;
    }
    return did;
}

void loop_send_home(struct loop *loop, struct block *block)
{
    struct lane *lane = block->lane;

    if (block->peer != NULL) {
        block->way = OUTBOX_READ;
        intake_put(&loop->worker->post, block);
        parker_wake(loop->worker->postman);
    } else if (lane->link == NULL) {
        outbox_take_back(&loop->outbox, block);
    } else {
        link_return(lane->link, block);
    }
}

static bool receive(struct loop *loop)
{
    bool did = receive_from_abroad(loop);

    for (uint32_t i = 0; i < loop->worker->loop_count; i++) {
        struct block *block;
        while (loop->in[i] != NULL && (block = ring_pop(&loop->in[i]->forward)) != NULL) {
            take_block(loop, loop->in[i], block);
            did = true;
        }
        while (i != loop->index && (block = ring_pop(&loop->out[i].back)) != NULL) {
            outbox_take_back(&loop->outbox, block);
            did = true;
        }
    }
    return did;
}

bool loop_has_input(const struct loop *loop)
{
    const struct worker *worker = loop->worker;

    if (order_number(atomic_load(&worker->order)) != loop->ordered ||
        atomic_load(&worker->is_active) != loop->seen_active ||
        atomic_load(&worker->is_stopping) != loop->seen_stopping)
        return true;
    if (atomic_load(&worker->lost_ns) != loop->seen_lost_ns)
        return true;
    if (!intake_is_empty(&loop->inbox) || atomic_load(&loop->has_bell))
        return true;
    for (uint32_t i = 0; i < worker->loop_count; i++) {
        if (loop->in[i] != NULL && !ring_is_empty(&loop->in[i]->forward))
            return true;
        if (i != loop->index && !ring_is_empty(&loop->out[i].back))
            return true;
    }
    return false;
}

/* ---- orders ---- */

static void open_stages(struct loop *loop, enum plan_role role)
{
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        struct stage *stage = loop->order[s];
        if (stage->component->role != role)
            continue;
        for (uint32_t i = 0; i < stage->task_count && !loop_has_failed(loop); i++) {
            if (!task_open(&stage->tasks[i]))
                return;
        }
    }
}

/* tick_ms may be set from outside for a component that has no tick. */
static bool has_tick(const struct stage *stage)
{
    const struct gale_component *code = stage->code;

    return stage->component->tick_ms > 0 &&
           (stage->acker != NULL ? code->spout.tick : code->bolt.tick) != NULL;
}

static void start(struct loop *loop)
{
    loop->running = true;
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        struct stage *stage = loop->order[s];
        if (has_tick(stage))
            stage->next_tick_ns = loop->now_ns + stage->component->tick_ms * UINT64_C(1000000);
        if (stage->acker != NULL)
            pacer_init(&stage->pacer, loop->worker->config->timeout_ms * UINT64_C(1000000),
                       loop->now_ns);
    }
}

static bool stage_has_held(const struct stage *stage)
{
    for (uint32_t i = 0; i < stage->task_count; i++) {
        if (stage->tasks[i].held_count > 0)
            return true;
    }
    return false;
}

static void finish_held(struct loop *loop)
{
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        if (!loop->order[s]->is_finished && stage_has_held(loop->order[s]))
            bolt_begin_finish(loop->order[s]);
    }
}

static void finish_rank(struct loop *loop, uint32_t rank)
{
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        struct stage *stage = loop->order[s];
        if (stage->component->role == PLAN_BOLT && stage->component->rank == rank &&
            !stage->is_finished)
            bolt_begin_finish(stage);
    }
}

static bool is_finishing(const struct loop *loop)
{
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        if (loop->order[s]->finishing)
            return true;
    }
    return false;
}

static void close_stages(struct loop *loop)
{
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        for (uint32_t i = 0; i < loop->order[s]->task_count; i++)
            task_close(&loop->order[s]->tasks[i]);
    }
    loop->running = false;
}

static void perform(struct loop *loop, uint64_t order)
{
    switch (order_kind(order)) {
    case ORDER_NONE:
        return;
    case ORDER_OPEN_BOLTS:
        open_stages(loop, PLAN_BOLT);
        return;
    case ORDER_OPEN_SPOUTS:
        open_stages(loop, PLAN_SPOUT);
        return;
    case ORDER_RUN:
        start(loop);
        return;
    case ORDER_FLUSH:
        finish_held(loop);
        return;
    case ORDER_FINISH:
        finish_rank(loop, order_rank(order));
        return;
    case ORDER_ROUTE:
        wiring_route(loop);
        return;
    case ORDER_CLOSE:
        close_stages(loop);
        return;
    }
}

static bool obey(struct loop *loop)
{
    uint64_t order = atomic_load_explicit(&loop->worker->order, memory_order_acquire);

    if (order_number(order) == loop->ordered)
        return false;
    perform(loop, order);
    loop->ordered = order_number(order);
    return true;
}

/* The order counts as done once what it made the tasks emit is on its way. */
static void confirm(struct loop *loop)
{
    if (atomic_load_explicit(&loop->done, memory_order_relaxed) == loop->ordered)
        return;
    if (is_finishing(loop) && !loop_has_failed(loop))
        return;
    atomic_store(&loop->sent, loop->outbox.sent);
    atomic_store(&loop->done, loop->ordered);
    parker_wake(&loop->worker->conductor);
}

bool loop_is_closed(const struct loop *loop)
{
    uint64_t order = atomic_load_explicit(&loop->worker->order, memory_order_relaxed);

    return order_kind(order) == ORDER_CLOSE && order_number(order) == loop->ordered;
}

/* ---- work ---- */

/* A tick may emit, so each waits for room as execute does. */
static bool tick(struct stage *stage)
{
    bool is_due = stage->next_tick_ns <= stage->loop->now_ns && stage_has_room(stage);

    if (stage->next_ticked == stage->task_count && is_due) {
        /* After a long delay one tick stands for all that were missed. */
        stage->next_tick_ns = stage->loop->now_ns + stage->component->tick_ms * UINT64_C(1000000);
        stage->next_ticked = 0;
    }
    uint32_t before = stage->next_ticked;
    while (stage->next_ticked < stage->task_count && stage_has_room(stage) &&
           !loop_has_failed(stage->loop))
        task_tick(&stage->tasks[stage->next_ticked++]);
    return stage->next_ticked > before;
}

/* Whoever was woken is ticked, when there is room. */
static bool tick_woken(struct stage *stage)
{
    bool ticked = false;

    for (uint32_t i = 0; i < stage->task_count && stage->woken_count > 0; i++) {
        struct task *task = &stage->tasks[i];
        if (!task->is_woken || !stage_has_room(stage) || loop_has_failed(stage->loop))
            continue;
        task->is_woken = false;
        stage->woken_count--;
        task_tick(task);
        ticked = true;
    }
    return ticked;
}

/* What a tick has done is seen in what it sends or settles; that it was called is no work, or a run
 * with ticks would never come to rest. */
static bool work(struct loop *loop, bool *ret_ticked)
{
    bool did = false;

    for (uint32_t s = 0; s < loop->stage_count && !loop_has_failed(loop); s++) {
        struct stage *stage = loop->order[s];
        did |= stage->acker != NULL ? spout_step(stage) : bolt_step(stage);
        did |= stage->finishing && bolt_finish_step(stage);
        *ret_ticked |= tick(stage);
        *ret_ticked |= stage->woken_count > 0 && tick_woken(stage);
    }
    return did;
}

static void adapt_budget(struct loop *loop, uint64_t now_ns)
{
    uint64_t passed_ns = now_ns - loop->now_ns;

    loop->now_ns = now_ns;
    if (loop->rested)
        loop->rested = false;
    else if (passed_ns > TURN_LONG_NS && loop->budget > 1)
        loop->budget /= 2;
    else if (passed_ns < TURN_SHORT_NS && loop->budget < BUDGET_MAX)
        loop->budget *= 2;
}

bool loop_turn(struct loop *loop, uint64_t now_ns)
{
    adapt_budget(loop, now_ns);
    loop->seen_active = atomic_load(&loop->worker->is_active);
    loop->seen_stopping = atomic_load(&loop->worker->is_stopping);
    loop->seen_lost_ns = atomic_load(&loop->worker->lost_ns);
    bool ticked = false;
    bool did = receive(loop);
    stats_turn(&loop->clock, now_ns, !did);
    service_hear_bells(loop);
    did |= obey(loop);
    if (loop->running)
        did |= work(loop, &ticked);
    did |= outbox_flush(&loop->outbox);
    confirm(loop);
    if (did)
        atomic_store_explicit(&loop->busy, loop->busy + 1, memory_order_relaxed);
    return did || ticked;
}

/* ---- rest ---- */

static bool spouts_are_done(const struct loop *loop)
{
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        const struct stage *stage = loop->order[s];
        if (stage->acker != NULL && !spout_is_done(stage))
            return false;
    }
    return true;
}

static bool trees_are_open(const struct loop *loop)
{
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        const struct stage *stage = loop->order[s];
        if (stage->acker != NULL && stage->open_count > 0)
            return true;
    }
    return false;
}

bool loop_holds(const struct loop *loop)
{
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        if (!loop->order[s]->is_finished && stage_has_held(loop->order[s]))
            return true;
    }
    return false;
}

bool loop_has_queued(const struct loop *loop)
{
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        const struct stage *stage = loop->order[s];
        if (stage->reading != NULL || loop->queues[stage->component_index].first != NULL)
            return true;
    }
    return !outbox_is_empty(&loop->outbox) || loop->outbox.abroad > 0;
}

/* What the conductor needs to know of a loop that has nothing to do. */
static void publish(struct loop *loop)
{
    bool done = spouts_are_done(loop);
    bool drained = done && !trees_are_open(loop);

    atomic_store(&loop->is_done, done);
    atomic_store(&loop->is_drained, drained);
    atomic_store(&loop->has_held, loop_holds(loop));
    atomic_store(&loop->sent, loop->outbox.sent);
    atomic_store(&loop->received, loop->taken);
    atomic_store(&loop->is_resting, !loop_has_queued(loop));
    if (done != loop->was_done) {
        atomic_fetch_add(&loop->worker->undone, done ? UINT32_MAX : 1u);
        loop->was_done = done;
    }
    if (atomic_load(&loop->worker->undone) == 0)
        parker_wake(&loop->worker->conductor);
}

bool loop_rest_begin(struct loop *loop)
{
    atomic_store(&loop->wants_room, !outbox_is_empty(&loop->outbox));
    parker_prepare(&loop->parker);
    if (loop_has_input(loop)) {
        parker_cancel(&loop->parker);
        return false;
    }
    publish(loop);
    return true;
}

void loop_rest_end(struct loop *loop)
{
    atomic_store(&loop->is_resting, false);
    atomic_store_explicit(&loop->wants_room, false, memory_order_relaxed);
    loop->rested = true;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t loop_deadline_ns(const struct loop *loop)
{
    uint64_t deadline_ns = UINT64_MAX;

    if (!loop->running || loop_has_failed(loop))
        return deadline_ns;
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        const struct stage *stage = loop->order[s];
        if (stage_has_room(stage))
            deadline_ns = earlier(deadline_ns, stage->next_tick_ns);
        if (stage->acker != NULL)
            deadline_ns = earlier(deadline_ns, spout_deadline_ns(stage));
    }
    return deadline_ns;
}
