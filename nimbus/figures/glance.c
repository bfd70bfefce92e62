/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/glance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nimbus/schedule/executors.h"

#define NS_PER_S 1e9

/* ---- Counters ------------------------------------------------------------------------------ */

/* One task's counters as the seven that are shown. */
static struct glance_counts gather(const struct tally_component *component, const uint64_t *values)
{
    struct glance_counts counts = {
        .acked = values[TALLY_ACKED],
        .failed = values[TALLY_FAILED],
        .timed_out = values[TALLY_TIMED_OUT],
        .refused = values[TALLY_REFUSED],
    };

    for (uint32_t i = 0; i < component->output_count; i++) {
        counts.emitted += values[component->outputs[i].at];
        counts.sent += values[component->outputs[i].at + 1];
    }
    for (uint32_t i = 0; i < component->input_count; i++) {
        const uint64_t *input = &values[component->inputs[i].at];
        counts.executed += input[TALLY_EXECUTED];
        counts.acked += input[TALLY_INPUT_ACKED];
        counts.failed += input[TALLY_INPUT_FAILED];
    }
    return counts;
}

static void add(struct glance_counts *into, const struct glance_counts *from)
{
    into->emitted += from->emitted;
    into->sent += from->sent;
    into->executed += from->executed;
    into->acked += from->acked;
    into->failed += from->failed;
    into->timed_out += from->timed_out;
    into->refused += from->refused;
}

struct glance_counts glance_task_window(const struct glance *glance, size_t component,
                                        uint32_t task)
{
    const struct marks_table *table = &glance->counters[component];

    return gather(glance->components[component].tally, &table->values[task * table->width]);
}

struct glance_counts glance_task_total(const struct glance *glance, size_t component, uint32_t task)
{
    const struct tally_component *tally = glance->components[component].tally;
    size_t at = (size_t)task * tally->width;
    struct glance_counts counts = gather(tally, &tally->timed[at]);
    struct glance_counts before = gather(tally, &tally->before[at]);

    add(&counts, &before);
    return counts;
}

static uint64_t sum(const uint64_t *values, size_t tasks, size_t width, uint32_t at)
{
    uint64_t all = 0;

    for (size_t task = 0; task < tasks; task++)
        all += values[task * width + at];
    return all;
}

uint64_t glance_window(const struct glance *glance, size_t component, uint32_t at)
{
    const struct marks_table *table = &glance->counters[component];

    return sum(table->values, table->tasks, table->width, at);
}

uint64_t glance_total(const struct glance *glance, size_t component, uint32_t at)
{
    const struct tally_component *tally = glance->components[component].tally;

    return sum(tally->timed, tally->task_count, tally->width, at) +
           sum(tally->before, tally->task_count, tally->width, at) +
           (tally->base == NULL ? 0 : tally->base[at]);
}

double glance_share(const struct glance *glance, uint64_t ns)
{
    return glance->seconds == 0 ? 0 : (double)ns / ((double)glance->seconds * NS_PER_S);
}

/* ---- What is so now ------------------------------------------------------------------------ */

bool glance_lag(const struct tally_component *component, uint32_t task, uint64_t *ret_lag)
{
    for (uint32_t i = 0; i < component->metric_count; i++) {
        const struct tally_metric *metric = &component->metrics[i];
        if (metric->kind != FIGURES_GAUGE || strcmp(metric->name, GLANCE_LAG) != 0)
            continue;
        if (i >= component->tasks[task].gauge_count || isnan(component->tasks[task].gauges[i]))
            return false;
        double lag = component->tasks[task].gauges[i];
        *ret_lag = lag < 0 ? 0 : lag > 1e18 ? (uint64_t)1e18 : (uint64_t)lag;
        return true;
    }
    return false;
}

static void look_at_task(struct glance_component *shown, uint32_t index)
{
    const struct tally_now *now = &shown->tally->tasks[index].now;
    uint64_t lag;

    shown->open += now->open;
    if (glance_lag(shown->tally, index, &lag)) {
        shown->has_lag = true;
        shown->lag += lag;
    }
    if (!now->is_live || !now->is_first)
        return;
    shown->queue_bytes += now->queue_bytes;
    shown->queue_limit_bytes += now->queue_limit_bytes;
    if (now->queue_limit_bytes == 0)
        return;
    double fill = (double)now->queue_bytes / (double)now->queue_limit_bytes;
    shown->fill = fill > shown->fill ? fill : shown->fill;
}

/* ---- Shares -------------------------------------------------------------------------------- */

static const struct glance_shape *find_shape(const struct glance_shape *shapes, size_t count,
                                             const char *component)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(shapes[i].component, component) == 0)
            return &shapes[i];
    return NULL;
}

static double busiest(const struct glance *glance, const struct marks_table *table,
                      const struct glance_shape *shape)
{
    struct executors_component all = {shape->tasks, shape->executors};
    struct executors_range range;
    double capacity = 0;

    for (uint32_t e = 0; executors_find(&all, 1, e, &range); e++) {
        uint64_t busy = 0;
        for (uint32_t t = range.first_task; t < range.first_task + range.task_count; t++)
            busy += t < table->tasks ? table->values[t * table->width + TALLY_BUSY_NS] : 0;
        double share = glance_share(glance, busy);
        capacity = share > capacity ? share : capacity;
    }
    return capacity;
}

static double worst(const struct glance *glance, const struct marks_table *table)
{
    double blocked = 0;

    for (size_t task = 0; task < table->tasks; task++) {
        double share = glance_share(glance, table->values[task * table->width + TALLY_BLOCKED_NS]);
        blocked = share > blocked ? share : blocked;
    }
    return blocked;
}

/* ---- The whole ----------------------------------------------------------------------------- */

static void look(struct glance *glance, size_t index, const struct glance_shape *shape)
{
    struct glance_component *shown = &glance->components[index];
    const struct marks_table *table = &glance->counters[index];
    struct glance_shape alone = {NULL, (uint32_t)table->tasks, (uint32_t)table->tasks};

    if (shown->tally->base != NULL)
        shown->total = gather(shown->tally, shown->tally->base);
    for (uint32_t task = 0; task < shown->tally->task_count; task++) {
        struct glance_counts total = glance_task_total(glance, index, task);
        struct glance_counts window = glance_task_window(glance, index, task);
        add(&shown->total, &total);
        add(&shown->window, &window);
        look_at_task(shown, task);
    }
    if (shown->tally->task_count == 0)
        return;
    shown->capacity = busiest(glance, table, shape != NULL ? shape : &alone);
    shown->blocked = worst(glance, table);
}

static void copy_tables(struct glance *glance, const struct tally *tally)
{
    struct marks_table now[TALLY_COMPONENTS_MAX];

    glance->count = tally_tables(tally, now);
    for (size_t i = 0; i < glance->count; i++) {
        size_t count = now[i].tasks * now[i].width;
        glance->counters[i] = now[i];
        glance->counters[i].values = NEW_ARRAY(uint64_t, count);
        if (count > 0)
            memcpy(glance->counters[i].values, now[i].values, count * sizeof(uint64_t));
    }
}

/* What was counted belongs to no window yet. */
static void clear_tables(struct glance *glance)
{
    for (size_t i = 0; i < glance->count; i++)
        for (size_t at = 0; at < glance->counters[i].tasks * glance->counters[i].width; at++)
            glance->counters[i].values[at] = 0;
}

void glance_init(struct glance *glance, const struct tally *tally, const struct marks *marks,
                 uint64_t seconds, const struct glance_shape *shapes, size_t shape_count)
{
    *glance = (struct glance){.tick = tally->tick, .asked_s = seconds};
    copy_tables(glance, tally);
    if (seconds == 0)
        glance->seconds = marks->has_begun ? tally->tick - marks->first : 0;
    else
        glance->seconds =
            marks_subtract(marks, tally->tick, seconds, glance->counters, glance->count);
    if (glance->seconds == 0)
        clear_tables(glance);
    for (size_t i = 0; i < glance->count; i++) {
        glance->components[i].tally = &tally->components[i];
        look(glance, i, find_shape(shapes, shape_count, tally->components[i].name));
    }
}

void glance_done(struct glance *glance)
{
    for (size_t i = 0; i < glance->count; i++)
        free(glance->counters[i].values);
    glance->count = 0;
}

const struct glance_component *glance_find(const struct glance *glance, const char *component)
{
    for (size_t i = 0; i < glance->count; i++)
        if (strcmp(glance->components[i].tally->name, component) == 0)
            return &glance->components[i];
    return NULL;
}
