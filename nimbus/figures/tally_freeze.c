/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tick: what has come since the last one is shown.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nimbus/figures/tally.h"
#include "nimbus/figures/tally_parts.h"

/* ---- Sums ---------------------------------------------------------------------------------- */

static void freeze_latency(struct tally_latency *latency, bool is_minute)
{
    if (is_minute) {
        spread_clear(&latency->before);
        spread_add(&latency->before, &latency->minute);
        spread_clear(&latency->minute);
    }
    spread_add(&latency->all, &latency->more);
    spread_add(&latency->all, &latency->early);
    spread_add(&latency->minute, &latency->more);
    spread_clear(&latency->more);
    spread_done(&latency->early);
}

static void freeze_past(struct past *past, uint64_t tick)
{
    if (past != NULL)
        past_freeze(past, tick);
}

static void freeze_counters(struct tally_component *component, bool has_early)
{
    size_t count = (size_t)component->task_count * component->width;

    for (size_t i = 0; i < count; i++) {
        component->timed[i] += component->pending[i];
        component->pending[i] = 0;
    }
    for (size_t i = 0; has_early && i < count; i++) {
        component->before[i] += component->early[i];
        component->early[i] = 0;
    }
}

static void freeze_metric(struct tally_metric *metric)
{
    metric->count += metric->more;
    metric->more = 0;
    spread_add(&metric->spread, &metric->more_spread);
    spread_clear(&metric->more_spread);
}

static void freeze_component(struct tally_component *component, bool has_early, uint64_t tick)
{
    freeze_counters(component, has_early);
    freeze_past(component->complete_ns, tick);
    for (uint32_t i = 0; i < component->input_count; i++) {
        freeze_past(component->inputs[i].execute_ns, tick);
        freeze_past(component->inputs[i].process_ns, tick);
    }
    for (uint32_t i = 0; i < component->metric_count; i++)
        freeze_metric(&component->metrics[i]);
    for (uint32_t i = 0; i < component->task_count; i++) {
        struct tally_task *task = &component->tasks[i];
        freeze_latency(&task->latency, tick % TALLY_RECENT_TICKS == 0);
        task->now = (struct tally_now){.is_live = false};
        for (size_t g = 0; g < task->gauge_count; g++)
            task->gauges[g] = NAN;
    }
}

/* ---- What is so at present, of the workers that live --------------------------------------- */

static void show_gauges(const struct tally_entry *entry, struct tally_task *task)
{
    if (task->gauge_count < entry->value_count) {
        task->gauges = mem_resize(task->gauges, entry->value_count, sizeof *task->gauges);
        for (; task->gauge_count < entry->value_count; task->gauge_count++)
            task->gauges[task->gauge_count] = NAN;
    }
    for (size_t i = 0; i < entry->value_count; i++)
        if (entry->values[i].is_there)
            task->gauges[i] = entry->values[i].gauge;
}

/* The loops on which a task of the component was met. */
struct loops {
    uint64_t bits[TALLY_LOOPS_MAX / 64];
};

static bool meet(struct loops *loops, uint32_t loop)
{
    uint64_t bit = UINT64_C(1) << (loop % 64);
    bool is_first = (loops->bits[loop / 64] & bit) == 0;

    loops->bits[loop / 64] |= bit;
    return is_first;
}

static void show_cell(struct tally *tally, const struct tally_cell *cell)
{
    struct loops loops = {{0}};

    for (size_t i = 0; i < cell->entry_count; i++) {
        const struct tally_entry *entry = &cell->entries[i];
        struct tally_task *task = &tally->components[entry->component].tasks[entry->task];
        if (i > 0 && cell->entries[i - 1].component != entry->component)
            loops = (struct loops){{0}};
        task->now = entry->now;
        task->now.is_live = true;
        task->now.is_first = meet(&loops, entry->now.loop);
        show_gauges(entry, task);
    }
}

static bool lives(const struct places *places, const struct tally_cell *cell)
{
    const struct place *place = places_find(places, cell->supervisor, cell->slot);

    return place != NULL && place->is_live && place->has_process &&
           place->incarnation == cell->incarnation;
}

/* ---- What is over -------------------------------------------------------------------------- */

static bool is_assigned(const struct assignment_state *assignment, const struct tally_cell *cell)
{
    for (size_t w = 0; assignment != NULL && w < assignment->worker_count; w++)
        if (assignment->workers[w].slot == cell->slot &&
            strcmp(assignment->workers[w].supervisor, cell->supervisor) == 0)
            return true;
    return false;
}

static bool is_silent(const struct tally_cell *cell, uint64_t tick)
{
    return tick >= cell->tick + TALLY_LAST_WORDS;
}

/* A supervisor that is away may come back with it, as long as it is assigned there. */
static bool has_ended(const struct tally_world *world, const struct tally_cell *cell, uint64_t tick)
{
    const struct place *place = places_find(world->places, cell->supervisor, cell->slot);

    if (place != NULL && place->is_live)
        return place->incarnation > cell->incarnation ||
               (place->incarnation == cell->incarnation && !place->has_process);
    return is_silent(cell, tick) && !is_assigned(world->assignment, cell);
}

static void forget_words(struct tally_cell *cell, uint64_t tick)
{
    if (!cell->has_ended || !is_silent(cell, tick))
        return;
    cell->is_over = true;
    tally_empty_cell(cell);
}

static void age_cell(struct tally *tally, const struct tally_world *world, struct tally_cell *cell,
                     uint64_t tick)
{
    if (!cell->has_ended && has_ended(world, cell, tick)) {
        cell->has_ended = true;
        tally->ends++;
    }
    forget_words(cell, tick);
    if (cell->before != NULL)
        forget_words(cell->before, tick);
}

/* ---- The tick ------------------------------------------------------------------------------ */

void tally_freeze(struct tally *tally, const struct tally_world *world, uint64_t tick)
{
    for (uint32_t i = 0; i < tally->component_count; i++)
        freeze_component(&tally->components[i], tally->has_early, tick);
    for (size_t i = 0; i < tally->cell_count; i++) {
        age_cell(tally, world, tally->cells[i], tick);
        if (lives(world->places, tally->cells[i]))
            show_cell(tally, tally->cells[i]);
    }
    tally->has_early = false;
    tally->tick = tick;
}
