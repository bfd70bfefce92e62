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

/* `to` is the index of a loop. */
static struct lane *acks_lane(struct loop *loop, uint32_t to)
{
    const struct worker *worker = loop->worker;

    return &loop->lanes[worker->plan->component_count * worker->loop_count + to];
}

static struct lane *fails_lane(struct loop *loop, uint32_t to)
{
    const struct worker *worker = loop->worker;

    return &loop->lanes[(worker->plan->component_count + 1) * worker->loop_count + to];
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

void report_ack(struct loop *loop, const struct tuple_head *tuple, uint64_t added)
{
    const struct tuple_root *roots = tuple_roots(tuple);

    for (uint32_t i = 0; i < tuple->roots; i++) {
        uint32_t stage = acker_stage_of(roots[i].root);
        uint32_t home = loop->worker->loop_of_stage[stage];
        uint64_t value = roots[i].edge ^ added;
        if (home == loop->index)
            acker_ack(loop->worker->stages_by_id[stage]->acker, roots[i].root, value);
        else
            report_away(loop, home, roots[i].root, value);
    }
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

void report_fail(struct task *task, const struct tuple_head *tuple, const char *message)
{
    struct loop *loop = task->loop;
    const struct tuple_root *roots = tuple_roots(tuple);
    struct acker_report report = {.kind = GALE_FAILED,
                                  .task = task->id,
                                  .message = message,
                                  .length = strnlen(message, BLOCK_FAIL_TEXT_MAX)};

    for (uint32_t i = 0; i < tuple->roots; i++) {
        uint32_t stage = acker_stage_of(roots[i].root);
        uint32_t home = loop->worker->loop_of_stage[stage];
        if (home == loop->index)
            acker_fail(loop->worker->stages_by_id[stage]->acker, roots[i].root, &report);
        else
            fail_away(loop, home, roots[i].root, &report);
    }
}

static void apply_acks(struct loop *loop, const struct block *block)
{
    const struct block_ack *acks = (const struct block_ack *)(const void *)block->bytes;

    for (uint32_t i = 0; i < block->head.count; i++) {
        struct stage *stage = loop->worker->stages_by_id[acker_stage_of(acks[i].root)];
        acker_ack(stage->acker, acks[i].root, acks[i].value);
    }
}

static void apply_fails(struct loop *loop, const struct block *block)
{
    for (uint32_t at = 0; at < block->head.used;) {
        const struct block_fail *fail =
            (const struct block_fail *)(const void *)(block->bytes + at);
        struct stage *stage = loop->worker->stages_by_id[acker_stage_of(fail->root)];
        struct acker_report report = {.kind = fail->kind,
                                      .task = fail->task,
                                      .message = (const char *)(fail + 1),
                                      .length = fail->length};
        acker_fail(stage->acker, fail->root, &report);
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
