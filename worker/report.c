/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a task says about the tuples of a tree, on its way to the acker that keeps the tree.
 *
 * A tree of this loop is an array access away. Reports to other loops travel in blocks, on lanes of
 * their own that the receiver empties unconditionally; those of one root are folded into one while
 * their block is open.
 */
#include <string.h>

#include "worker/runtime.h"

static struct lane *acks_lane(const struct loop *loop, uint32_t place)
{
    return loop_lane(loop, place, loop->worker->plan->component_count);
}

static struct lane *fails_lane(const struct loop *loop, uint32_t place)
{
    return loop_lane(loop, place, loop->worker->plan->component_count + 1);
}

static uint32_t place_of_root(const struct loop *loop, uint64_t root)
{
    return loop->routing->place_of_task[tuple_root_task(root)];
}

/* The acker of this loop that keeps a root's tree; NULL if none does, as may be with a root that comes
 * from another worker. */
static struct acker *acker_of_root(const struct loop *loop, uint64_t root)
{
    const struct task *task = loop->tasks[tuple_root_task(root)];

    return task != NULL && task->stage->id == task->id ? task->stage->acker : NULL;
}

/* Folds the report into one for the same root in the open block, or appends it. */
static void report_away(struct loop *loop, uint32_t to, uint64_t root, uint64_t value)
{
    struct lane *lane = acks_lane(loop, to);
    uint32_t *place = &loop->ack_places[root % ACK_PLACES];

    if (lane->open != NULL && *place < lane->open->head.count) {
        struct block_ack *ack = (struct block_ack *)(void *)lane->open->bytes + *place;
        if (ack->root == root) {
            ack->value ^= value;
            return;
        }
    }
    struct block_ack *ack = lane_append(lane, sizeof *ack); /* never refused on this lane */
    *ack = (struct block_ack){.root = root, .value = value};
    *place = lane->open->head.count - 1;
}

static inline void ack_here(struct loop *loop, uint64_t root, uint64_t value)
{
    struct acker *acker = acker_of_root(loop, root);

    if (acker != NULL)
        acker_ack(acker, root, value);
}

/* Whether a report of this size can be sent to the place. To nowhere go as many as one block holds: the
 * spout may be in a worker by now, and our assignment be the one before; or nobody keeps the tree any
 * more, and nobody needs to be told. More would hold up the bolts. */
static bool may_report(const struct loop *loop, uint32_t to, const struct lane *lane, uint32_t size)
{
    return to != routing_nowhere(loop->routing) || lane->open == NULL ||
           lane->open->capacity - lane->open->head.used >= size;
}

static inline void ack_root(struct loop *loop, uint64_t root, uint64_t value)
{
    uint32_t home = place_of_root(loop, root);

    if (home == loop->index)
        ack_here(loop, root, value);
    else if (may_report(loop, home, acks_lane(loop, home), sizeof(struct block_ack)))
        report_away(loop, home, root, value);
}

void report_ack(struct loop *loop, const struct tuple_head *tuple, uint64_t added)
{
    const struct tuple_root *roots = tuple_roots(tuple);

    for (uint32_t i = 0; i < tuple->roots; i++)
        ack_root(loop, roots[i].root, roots[i].edge ^ added);
}

static void fail_away(struct loop *loop, uint32_t to, uint64_t root,
                      const struct acker_report *report)
{
    uint32_t size = block_fail_size((uint32_t)report->length);
    struct block_fail *fail = lane_append(fails_lane(loop, to), size); /* never refused */

    *fail = (struct block_fail){.root = root,
                                .task = report->task,
                                .kind = (uint16_t)report->kind,
                                .length = (uint16_t)report->length};
    memcpy(fail + 1, report->message, report->length);
}

static void fail_here(struct loop *loop, uint64_t root, const struct acker_report *report)
{
    struct acker *acker = acker_of_root(loop, root);

    if (acker != NULL)
        acker_fail(acker, root, report);
}

static void fail_root(struct loop *loop, uint64_t root, const struct acker_report *report)
{
    uint32_t home = place_of_root(loop, root);

    if (home == loop->index)
        fail_here(loop, root, report);
    else if (may_report(loop, home, fails_lane(loop, home),
                        block_fail_size((uint32_t)report->length)))
        fail_away(loop, home, root, report);
}

static void fail_roots(struct loop *loop, const struct tuple_head *tuple,
                       const struct acker_report *report)
{
    const struct tuple_root *roots = tuple_roots(tuple);

    for (uint32_t i = 0; i < tuple->roots; i++)
        fail_root(loop, roots[i].root, report);
}

void report_fail(struct task *task, const struct tuple_head *tuple, const char *message)
{
    struct acker_report report = {.kind = GALE_FAILED,
                                  .task = task->id,
                                  .message = message,
                                  .length = strnlen(message, BLOCK_FAIL_TEXT_MAX)};

    fail_roots(task->loop, tuple, &report);
}

void report_lost_tuple(struct loop *loop, const struct tuple_head *tuple, const char *message)
{
    struct acker_report report = {.kind = GALE_WORKER_LOST,
                                  .task = tuple->target,
                                  .message = message,
                                  .length = strnlen(message, BLOCK_FAIL_TEXT_MAX)};

    fail_roots(loop, tuple, &report);
}

void report_lost(struct loop *loop, const struct block *block, const char *message)
{
    for (uint32_t at = 0; at < block->head.used;) {
        const struct tuple_head *tuple =
            (const struct tuple_head *)(const void *)(block->bytes + at);
        report_lost_tuple(loop, tuple, message);
        at += tuple->size;
    }
}

/* ---- blocks of acks and fails ---- */

static struct acker_report report_of(const struct block_fail *fail)
{
    return (struct acker_report){.kind = fail->kind,
                                 .task = fail->task,
                                 .message = (const char *)(fail + 1),
                                 .length = fail->length};
}

static void apply_acks(struct loop *loop, const struct block *block)
{
    const struct block_ack *acks = (const struct block_ack *)(const void *)block->bytes;

    for (uint32_t i = 0; i < block->head.count; i++)
        ack_here(loop, acks[i].root, acks[i].value);
}

static void apply_fails(struct loop *loop, const struct block *block)
{
    for (uint32_t at = 0; at < block->head.used;) {
        const struct block_fail *fail =
            (const struct block_fail *)(const void *)(block->bytes + at);
        struct acker_report report = report_of(fail);
        fail_here(loop, fail->root, &report);
        at += block_fail_size(fail->length);
    }
}

void report_apply(struct loop *loop, const struct block *block)
{
    if (block->head.kind == BLOCK_ACKS)
        apply_acks(loop, block);
    else
        apply_fails(loop, block);
}

static void forward_acks(struct loop *loop, const struct block *block)
{
    const struct block_ack *acks = (const struct block_ack *)(const void *)block->bytes;

    for (uint32_t i = 0; i < block->head.count; i++)
        ack_root(loop, acks[i].root, acks[i].value);
}

static void forward_fails(struct loop *loop, const struct block *block)
{
    for (uint32_t at = 0; at < block->head.used;) {
        const struct block_fail *fail =
            (const struct block_fail *)(const void *)(block->bytes + at);
        struct acker_report report = report_of(fail);
        fail_root(loop, fail->root, &report);
        at += block_fail_size(fail->length);
    }
}

void report_forward(struct loop *loop, const struct block *block)
{
    if (block->head.kind == BLOCK_ACKS)
        forward_acks(loop, block);
    else
        forward_fails(loop, block);
}
