/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/stats.h"

#include <stdlib.h>

#include "base/mem.h"
#include "worker/runtime.h"

void stats_init(struct stage *stage)
{
    struct stage_stats *stats = &stage->stats;
    const struct plan_component *component = stage->component;
    const struct plan *plan = stage->loop->worker->plan;

    stats->input_count = component->input_count == 0 ? 1 : component->input_count;
    stats->inputs = NEW_ARRAY(struct stage_input, stats->input_count);
    stage->input_of_stream = NEW_ARRAY(uint8_t, plan->stream_count);
    for (uint32_t i = 0; i < component->input_count; i++) {
        const struct plan_input *input = &component->inputs[i];
        uint32_t stream = plan->components[input->from_index].streams[input->stream_index].id;
        stage->input_of_stream[stream] = (uint8_t)i;
    }
}

void stats_done(struct stage *stage)
{
    for (uint32_t i = 0; i < stage->stats.input_count; i++) {
        free(stage->stats.inputs[i].execute_ns);
        free(stage->stats.inputs[i].process_ns);
    }
    free(stage->stats.inputs);
    free(stage->input_of_stream);
}

/* ---- clock and histograms ---- */

static uint64_t read_clock(const struct loop *loop)
{
    const struct worker *worker = loop->worker;

    return worker->clock == NULL ? loop->now_ns : worker->clock(worker->clock_context);
}

void stats_set(struct loop *loop)
{
    loop->clock.mark_ns = read_clock(loop);
    loop->clock.is_set = true;
}

/* The time since the last reading, which begins anew. */
static uint64_t take_time(struct loop *loop)
{
    uint64_t before_ns = loop->clock.mark_ns;

    loop->clock.mark_ns = read_clock(loop);
    return loop->clock.mark_ns - before_ns;
}

/* 15 KiB each, and most tasks of a large topology need few: they come when there is something to add. */
static struct histogram *want(struct histogram **histogram)
{
    if (*histogram == NULL)
        __atomic_store_n(histogram, NEW(struct histogram), __ATOMIC_RELEASE);
    return *histogram;
}

const struct histogram *stats_histogram(struct histogram *const *histogram)
{
    return __atomic_load_n(histogram, __ATOMIC_ACQUIRE);
}

/* Time that is divided: what is left of it, and of those who get it. The last gets the rest. */
struct spread {
    uint64_t ns;
    uint64_t count;
};

static uint64_t take_share(struct spread *spread, uint64_t count)
{
    bool is_last = count >= spread->count;
    uint64_t share_ns = is_last ? spread->ns : spread->ns / spread->count * count;

    spread->ns -= share_ns;
    spread->count = is_last ? 0 : spread->count - count;
    return share_ns;
}

/* ---- bolts ---- */

uint32_t stats_batch(const struct stage *stage, uint32_t budget)
{
    return stage->stats.is_slow && stage->loop->clock.is_on ? 1 : budget;
}

/* What a task has executed of an input since the last time. Who had none gets nothing. */
static void divide_to(struct task *task, uint32_t index, struct spread *spread)
{
    struct input_stats *stats = &task->inputs[index];
    struct stage_input *input = &task->stage->stats.inputs[index];
    uint64_t executed = input_executed(stats) - stats->executed_seen;
    uint64_t settled = input_acked(stats) + stats->failed - stats->settled_seen;

    if (executed == 0)
        return;
    uint64_t ns = take_share(spread, executed);
    uint64_t mean_ns = ns / executed;
    stats->executed_seen += executed;
    stats->settled_seen += settled;
    count_add(&task->counters.busy_ns, ns);
    count_add(&stats->execute_ns, ns);
    count_add(&stats->process_ns, settled == executed ? ns : mean_ns * settled);
    histogram_add_many(want(&task->latency), mean_ns, executed);
    input->executed += executed;
    input->settled += settled;
}

static void divide_to_all(struct stage *stage, struct spread *spread)
{
    for (uint32_t t = 0; t < stage->task_count; t++) {
        for (uint32_t i = 0; i < stage->stats.input_count; i++)
            divide_to(&stage->tasks[t], i, spread);
    }
}

/* The tuples are walked again: those who got some come out. */
static void divide_to_targets(struct stage *stage, struct spread *spread, const struct block *block,
                              uint32_t first)
{
    struct task *const *tasks = stage->loop->tasks;

    for (uint32_t at = first; at < block->cursor;) {
        const struct tuple_head *tuple =
            (const struct tuple_head *)(const void *)(block->bytes + at);
        divide_to(tasks[tuple->target], stage->input_of_stream[tuple->stream], spread);
        at += tuple->size;
    }
}

static void add_to_inputs(struct stage *stage, uint64_t mean_ns)
{
    for (uint32_t i = 0; i < stage->stats.input_count; i++) {
        struct stage_input *input = &stage->stats.inputs[i];
        if (input->executed > 0)
            histogram_add_many(want(&input->execute_ns), mean_ns, input->executed);
        if (input->settled > 0)
            histogram_add_many(want(&input->process_ns), mean_ns, input->settled);
        input->executed = input->settled = 0;
    }
}

static uint32_t slots_of(const struct stage *stage)
{
    return stage->task_count * stage->stats.input_count;
}

/* Of the block, from byte `first` on; NULL: not only of one. */
static void divide(struct stage *stage, const struct block *block, uint32_t first)
{
    struct stage_stats *stats = &stage->stats;
    struct spread spread = {.ns = take_time(stage->loop), .count = stats->pending};
    uint64_t mean_ns = spread.ns / stats->pending;

    stats->is_slow = mean_ns > STATS_SLOW_NS;
    if (block == NULL || slots_of(stage) <= stats->pending)
        divide_to_all(stage, &spread);
    else
        divide_to_targets(stage, &spread, block, first);
    add_to_inputs(stage, mean_ns);
    stats->pending = 0;
}

void stats_executed(struct stage *stage, const struct block *block, uint32_t first, uint32_t count)
{
    struct stage_stats *stats = &stage->stats;
    bool may_wait = !stats->is_slow && slots_of(stage) <= STATS_FEW;

    if (!stage->loop->clock.is_on || count == 0)
        return;
    stats->pending += count;
    if (!may_wait)
        divide(stage, block, first);
    else if (stats->pending >= STATS_BATCH)
        divide(stage, NULL, 0);
}

void stats_rest(struct stage *stage)
{
    if (stage->stats.pending > 0)
        divide(stage, NULL, 0);
}

void stats_settled(struct task *task, struct input_stats *input, uint64_t began_ns)
{
    const struct stats_clock *clock = &task->loop->clock;

    input->settled_seen++;
    if (!clock->is_on)
        return;
    uint64_t ns = clock->mark_ns > began_ns ? clock->mark_ns - began_ns : 0;
    count_add(&input->process_ns, ns);
    histogram_add(want(&task->stage->stats.inputs[input - task->inputs].process_ns), ns);
}

/* ---- spouts ---- */

static uint64_t calls_of(const struct task *task)
{
    return task->calls + task->counters.acked + task->counters.failed - task->settled_seen;
}

void stats_called(struct stage *stage)
{
    struct loop *loop = stage->loop;
    struct spread spread = {.count = 0};

    if (!loop->clock.is_set)
        return;
    for (uint32_t t = 0; t < stage->task_count; t++)
        spread.count += calls_of(&stage->tasks[t]);
    if (spread.count == 0)
        return;
    spread.ns = take_time(loop);
    stage->stats.is_slow = spread.ns / spread.count > STATS_SLOW_NS;
    for (uint32_t t = 0; t < stage->task_count; t++) {
        struct task *task = &stage->tasks[t];
        uint64_t calls = calls_of(task);
        if (calls == 0)
            continue;
        count_add(&task->counters.busy_ns, take_share(&spread, calls));
        task->settled_seen += calls - task->calls;
        task->calls = 0;
    }
}

void stats_called_slowly(struct stage *stage)
{
    if (stage->stats.is_slow)
        stats_called(stage);
}

void stats_flush_trees(struct stats_trees *trees)
{
    if (trees->count > 0)
        histogram_add_many(want(&trees->task->latency), trees->age_ns, trees->count);
    trees->count = 0;
}

/* ---- both ---- */

void stats_ticked(struct task *task)
{
    struct loop *loop = task->loop;

    if (loop->clock.is_set)
        count_add(&task->counters.busy_ns, take_time(loop));
}

/* Another thread adds the two. It must never see one time twice, so the later is taken away before the
 * other grows. */
static void put_blocked(struct stage_stats *stats, uint64_t now_ns)
{
    uint64_t since_ns = stats->blocked_since_ns;

    __atomic_store_n(&stats->blocked_since_ns, 0, __ATOMIC_RELAXED);
    if (now_ns > since_ns)
        __atomic_store_n(&stats->blocked_ns, stats->blocked_ns + now_ns - since_ns,
                         __ATOMIC_RELEASE);
}

void stats_blocked(struct stage *stage, bool has_moved, bool is_blocked)
{
    struct stage_stats *stats = &stage->stats;
    const struct loop *loop = stage->loop;

    if (!loop->clock.is_on)
        return;
    if (stats->blocked_since_ns != 0 && (has_moved || !is_blocked))
        put_blocked(stats, loop->now_ns);
    if (is_blocked && stats->blocked_since_ns == 0)
        __atomic_store_n(&stats->blocked_since_ns, loop->clock.mark_ns, __ATOMIC_RELAXED);
}

static uint64_t add_blocked(const struct stage_stats *stats, uint64_t now_ns)
{
    uint64_t since_ns = __atomic_load_n(&stats->blocked_since_ns, __ATOMIC_RELAXED);
    uint64_t before_ns = __atomic_load_n(&stats->blocked_ns, __ATOMIC_ACQUIRE);

    if (since_ns == 0 || now_ns <= since_ns ||
        __atomic_load_n(&stats->blocked_since_ns, __ATOMIC_RELAXED) != since_ns)
        return before_ns;
    return before_ns + (now_ns - since_ns);
}

/* The loop ends it with the time of its turn, which may be a little before a `now_ns` of ours. */
uint64_t stats_blocked_ns(struct stage *stage, uint64_t now_ns)
{
    struct stage_stats *stats = &stage->stats;
    uint64_t blocked_ns = add_blocked(stats, now_ns);

    if (blocked_ns > stats->blocked_told_ns)
        stats->blocked_told_ns = blocked_ns;
    return stats->blocked_told_ns;
}
