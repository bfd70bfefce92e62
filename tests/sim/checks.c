/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/checks.h"

#include <inttypes.h>

static uint32_t lanes_of_a_place(const struct loop *loop)
{
    return loop->worker->plan->component_count + 2;
}

uint32_t checks_lane_count(const struct loop *loop)
{
    return lanes_of_a_place(loop) * loop->place_count;
}

const struct lane *checks_lane(const struct loop *loop, uint32_t index)
{
    return &loop->lanes[index / lanes_of_a_place(loop)][index % lanes_of_a_place(loop)];
}

static void check_waiting(const struct loop *loop, const struct lane *lane, uint32_t index,
                          struct ledger *ledger, struct checks_coverage *coverage)
{
    uint64_t waiting = 0;
    uint64_t last = 0;

    for (const struct block *block = lane->waiting_first; block != NULL; block = block->next) {
        last = block->capacity;
        waiting += last;
    }
    if (waiting != lane->waiting_bytes)
        ledger_complain(ledger, "loop %u, lane %u: %" PRIu64 " bytes wait, counted %" PRIu64,
                        loop->index, index, waiting, lane->waiting_bytes);
    coverage->waiting += lane->kind == BLOCK_DATA && waiting > 0;
    coverage->waiting_reports += lane->kind != BLOCK_DATA && waiting > 0;
    if (lane->kind == BLOCK_DATA && waiting > lane->waiting_bytes_max + last)
        ledger_complain(ledger, "loop %u, lane %u: %" PRIu64 " bytes wait, at most %" PRIu64,
                        loop->index, index, waiting, lane->waiting_bytes_max);
}

static void check_lane(const struct loop *loop, uint32_t index, struct ledger *ledger,
                       struct checks_coverage *coverage)
{
    const struct lane *lane = checks_lane(loop, index);

    if (lane->outbox == NULL)
        return; /* leads nowhere */
    uint64_t over = loop->worker->config->tuple_bytes_max / lane->outbox->block_bytes;
    if (lane->limit == 0 && lane->out > 0)
        ledger_complain(ledger, "loop %u, lane %u: blocks go nowhere", loop->index, index);
    if (lane->out > lane->limit + over) /* one large block may go beyond */
        ledger_complain(ledger, "loop %u, lane %u: %u blocks are out, at most %u", loop->index,
                        index, lane->out, lane->limit);
    if (lane->waiting_first != NULL && lane->out < lane->limit)
        ledger_complain(ledger, "loop %u, lane %u: blocks wait although there is credit",
                        loop->index, index);
    if (lane->waiting_first != NULL || lane->waiting_bytes > 0)
        check_waiting(loop, lane, index, ledger, coverage);
}

static void check_stage(const struct stage *stage, struct ledger *ledger)
{
    for (uint32_t t = 0; t < stage->task_count; t++) {
        if (stage->tasks[t].held_count > stage->loop->worker->config->held_max)
            ledger_complain(ledger, "a task of '%s' holds too many tuples", stage->component->name);
    }
}

void checks_loop(const struct loop *loop, struct ledger *ledger, struct checks_coverage *coverage)
{
    for (uint32_t i = 0; i < checks_lane_count(loop); i++)
        check_lane(loop, i, ledger, coverage);
    for (uint32_t s = 0; s < loop->stage_count; s++)
        check_stage(loop->order[s], ledger);
    if (loop_has_failed(loop))
        ledger_complain(ledger, "the run has failed: %s", loop->worker->failure.text);
}
