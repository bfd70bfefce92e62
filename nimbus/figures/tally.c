/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nimbus/figures/tally_parts.h"

/* ---- Giving back --------------------------------------------------------------------------- */

void tally_empty_cell(struct tally_cell *cell)
{
    for (size_t i = 0; i < cell->entry_count; i++) {
        struct tally_entry *entry = &cell->entries[i];
        for (size_t v = 0; v < entry->value_count; v++)
            spread_done(&entry->values[v].spread);
        free(entry->values);
        free(entry->known);
        spread_done(&entry->latency);
    }
    for (size_t i = 0; i < cell->known_count; i++) {
        spread_done(&cell->known[i].complete);
        for (size_t input = 0; input < TALLY_INPUTS_MAX; input++) {
            spread_done(&cell->known[i].execute[input]);
            spread_done(&cell->known[i].process[input]);
        }
    }
    free(cell->entries);
    free(cell->known);
    cell->entries = NULL;
    cell->known = NULL;
    cell->entry_count = cell->entry_capacity = cell->known_count = 0;
}

static void free_cell(struct tally_cell *cell)
{
    if (cell->before != NULL)
        tally_empty_cell(cell->before);
    free(cell->before);
    tally_empty_cell(cell);
    free(cell->supervisor);
    free(cell);
}

static void free_task(struct tally_task *task)
{
    spread_done(&task->latency.more);
    spread_done(&task->latency.early);
    spread_done(&task->latency.all);
    spread_done(&task->latency.minute);
    spread_done(&task->latency.before);
    free(task->gauges);
}

static void free_names(struct tally_component *component)
{
    for (uint32_t i = 0; i < component->output_count; i++)
        free(component->outputs[i].stream);
    for (uint32_t i = 0; i < component->edge_count; i++)
        free(component->edges[i].to);
    for (uint32_t i = 0; i < component->input_count; i++) {
        free(component->inputs[i].from);
        free(component->inputs[i].stream);
        past_destroy(&component->inputs[i].execute_ns);
        past_destroy(&component->inputs[i].process_ns);
    }
    for (uint32_t i = 0; i < component->metric_count; i++) {
        free(component->metrics[i].name);
        spread_done(&component->metrics[i].spread);
        spread_done(&component->metrics[i].more_spread);
    }
    free(component->outputs);
    free(component->edges);
    free(component->inputs);
    free(component->metrics);
}

static void free_component(struct tally_component *component)
{
    free_names(component);
    for (uint32_t i = 0; i < component->task_count; i++)
        free_task(&component->tasks[i]);
    free(component->tasks);
    past_destroy(&component->complete_ns);
    free(component->pending);
    free(component->early);
    free(component->timed);
    free(component->before);
    free(component->base);
    free(component->name);
}

void tally_done(struct tally *tally)
{
    for (size_t i = 0; i < tally->cell_count; i++)
        free_cell(tally->cells[i]);
    for (uint32_t i = 0; i < tally->component_count; i++)
        free_component(&tally->components[i]);
    free(tally->cells);
    free(tally->components);
    *tally = (struct tally){.cells = NULL};
}

/* ---- Cells --------------------------------------------------------------------------------- */

static int compare(const struct tally_cell *cell, const struct tally_source *source)
{
    int order = strcmp(cell->supervisor, source->supervisor);

    if (order != 0)
        return order;
    return cell->slot < source->slot ? -1 : cell->slot > source->slot;
}

/* The first that is not before this place. */
static size_t find_index(const struct tally *tally, const struct tally_source *source)
{
    size_t begin = 0;
    size_t end = tally->cell_count;

    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (compare(tally->cells[middle], source) < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

static bool is_of_less_use(const struct tally_cell *cell, const struct tally_cell *than)
{
    return cell->is_over != than->is_over ? cell->is_over : cell->tick < than->tick;
}

static void drop_oldest(struct tally *tally)
{
    size_t oldest = 0;

    for (size_t i = 1; i < tally->cell_count; i++)
        if (is_of_less_use(tally->cells[i], tally->cells[oldest]))
            oldest = i;
    free_cell(tally->cells[oldest]);
    tally->cell_count--;
    memmove(&tally->cells[oldest], &tally->cells[oldest + 1],
            (tally->cell_count - oldest) * sizeof(struct tally_cell *));
}

static struct tally_cell *add_cell(struct tally *tally, const struct tally_source *source)
{
    struct tally_cell *cell = NEW(struct tally_cell);

    if (tally->cell_count == TALLY_CELLS_MAX)
        drop_oldest(tally);
    size_t index = find_index(tally, source);
    tally->cells = mem_resize(tally->cells, tally->cell_count + 1, sizeof(struct tally_cell *));
    memmove(&tally->cells[index + 1], &tally->cells[index],
            (tally->cell_count - index) * sizeof(struct tally_cell *));
    tally->cell_count++;
    tally->cells[index] = cell;
    cell->supervisor = mem_copy_text(source->supervisor);
    cell->slot = source->slot;
    cell->incarnation = source->incarnation;
    return cell;
}

/* What the one before the one before has counted is in the sums. */
static void succeed(struct tally *tally, struct tally_cell *cell, uint64_t incarnation)
{
    struct tally_cell *before = cell->before;

    if (before != NULL)
        tally_empty_cell(before);
    else
        before = NEW(struct tally_cell);
    *before = *cell;
    before->supervisor = NULL;
    before->before = NULL;
    cell->before = before;
    cell->entries = NULL;
    cell->known = NULL;
    cell->entry_count = cell->entry_capacity = cell->known_count = 0;
    cell->incarnation = incarnation;
    tally->ends += !cell->has_ended;
    cell->has_spoken = cell->has_ended = cell->is_over = false;
    before->has_ended = true;
}

struct tally_cell *tally_find_cell(const struct tally *tally, const char *supervisor, uint32_t slot)
{
    struct tally_source source = {supervisor, slot, 0};
    size_t index = find_index(tally, &source);

    if (index == tally->cell_count || compare(tally->cells[index], &source) != 0)
        return NULL;
    return tally->cells[index];
}

bool tally_has_heard(const struct tally *tally, const struct tally_source *source)
{
    const struct tally_cell *cell = tally_find_cell(tally, source->supervisor, source->slot);

    return cell != NULL && cell->incarnation == source->incarnation && cell->has_spoken;
}

struct tally_cell *tally_cell(struct tally *tally, const struct tally_source *source)
{
    size_t index = find_index(tally, source);

    if (index == tally->cell_count || compare(tally->cells[index], source) != 0)
        return add_cell(tally, source);
    struct tally_cell *cell = tally->cells[index];
    if (source->incarnation > cell->incarnation)
        succeed(tally, cell, source->incarnation);
    if (source->incarnation == cell->incarnation)
        return cell;
    if (cell->before == NULL && cell->is_over)
        return NULL;            /* what was before it has been counted */
    if (cell->before == NULL) { /* the next one was heard of first */
        cell->before = NEW(struct tally_cell);
        cell->before->incarnation = source->incarnation;
        cell->before->has_ended = true;
    }
    bool is_of = cell->before->incarnation == source->incarnation && !cell->before->is_over;
    return is_of ? cell->before : NULL;
}

/* ---- Components ---------------------------------------------------------------------------- */

const struct tally_component *tally_find(const struct tally *tally, const char *component)
{
    for (uint32_t i = 0; i < tally->component_count; i++)
        if (strcmp(tally->components[i].name, component) == 0)
            return &tally->components[i];
    return NULL;
}

struct tally_component *tally_component(struct tally *tally, const char *name, bool is_spout)
{
    for (uint32_t i = 0; i < tally->component_count; i++)
        if (strcmp(tally->components[i].name, name) == 0)
            return &tally->components[i];
    if (tally->component_count == TALLY_COMPONENTS_MAX)
        return NULL;
    tally->components =
        mem_resize(tally->components, tally->component_count + 1, sizeof *tally->components);
    struct tally_component *component = &tally->components[tally->component_count++];
    *component = (struct tally_component){
        .name = mem_copy_text(name), .is_spout = is_spout, .width = TALLY_COUNTERS};
    return component;
}

static void widen_values(uint64_t **values, const struct tally_component *component, uint32_t count,
                         uint32_t width)
{
    uint64_t *wide = NEW_ARRAY(uint64_t, (size_t)count * width);

    for (uint32_t task = 0; *values != NULL && task < component->task_count; task++)
        memcpy(&wide[(size_t)task * width], &(*values)[(size_t)task * component->width],
               component->width * sizeof *wide);
    free(*values);
    *values = wide;
}

void tally_widen(struct tally_component *component, uint32_t count, uint32_t width)
{
    uint32_t old = component->task_count;

    count = count < old ? old : count;
    if (count == old && width == component->width && component->pending != NULL)
        return;
    widen_values(&component->pending, component, count, width);
    widen_values(&component->early, component, count, width);
    widen_values(&component->timed, component, count, width);
    widen_values(&component->before, component, count, width);
    if (component->base != NULL && width > component->width) {
        component->base = mem_resize(component->base, width, sizeof *component->base);
        memset(&component->base[component->width], 0,
               (width - component->width) * sizeof *component->base);
    }
    component->width = width;
    if (count == old)
        return;
    component->tasks = mem_resize(component->tasks, count, sizeof *component->tasks);
    memset(&component->tasks[old], 0, (count - old) * sizeof *component->tasks);
    component->task_count = count;
}

void tally_begin_windows(struct tally *tally)
{
    for (uint32_t c = 0; c < tally->component_count; c++) {
        struct tally_component *component = &tally->components[c];
        for (size_t i = 0; i < (size_t)component->task_count * component->width; i++) {
            component->before[i] += component->timed[i];
            component->timed[i] = 0;
        }
    }
}

size_t tally_tables(const struct tally *tally, struct marks_table ret_tables[TALLY_COMPONENTS_MAX])
{
    for (uint32_t i = 0; i < tally->component_count; i++) {
        const struct tally_component *component = &tally->components[i];
        ret_tables[i] =
            (struct marks_table){component->task_count, component->width, component->timed};
    }
    return tally->component_count;
}

/* ---- Memory -------------------------------------------------------------------------------- */

static size_t bytes_of(const struct past *past)
{
    return past == NULL ? 0 : sizeof *past + past->bytes;
}

static void thin(struct past *past)
{
    if (past != NULL)
        past_thin(past);
}

static size_t bytes_of_spread(const struct spread *spread)
{
    return spread->capacity * sizeof *spread->buckets;
}

static size_t bytes_of_entries(const struct tally_cell *cell)
{
    size_t bytes = cell->entry_capacity * sizeof *cell->entries;

    for (size_t i = 0; i < cell->entry_count; i++) {
        const struct tally_entry *entry = &cell->entries[i];
        bytes += entry->width * sizeof *entry->known + bytes_of_spread(&entry->latency) +
                 entry->value_count * sizeof *entry->values;
        for (size_t v = 0; v < entry->value_count; v++)
            bytes += bytes_of_spread(&entry->values[v].spread);
    }
    return bytes;
}

static size_t bytes_of_cell(const struct tally_cell *cell)
{
    size_t bytes = sizeof *cell + bytes_of_entries(cell) + cell->known_count * sizeof *cell->known;

    for (size_t i = 0; i < cell->known_count; i++) {
        bytes += bytes_of_spread(&cell->known[i].complete);
        for (size_t input = 0; input < TALLY_INPUTS_MAX; input++)
            bytes += bytes_of_spread(&cell->known[i].execute[input]) +
                     bytes_of_spread(&cell->known[i].process[input]);
    }
    return bytes;
}

size_t tally_bytes(const struct tally *tally)
{
    size_t bytes = 0;

    for (size_t i = 0; i < tally->cell_count; i++) {
        const struct tally_cell *cell = tally->cells[i];
        bytes += sizeof(struct tally_cell *) + strlen(cell->supervisor) + 1 + bytes_of_cell(cell);
        bytes += cell->before == NULL ? 0 : bytes_of_cell(cell->before);
    }
    return bytes;
}

size_t tally_past_bytes(const struct tally *tally)
{
    size_t bytes = 0;

    for (uint32_t c = 0; c < tally->component_count; c++) {
        const struct tally_component *component = &tally->components[c];
        bytes += bytes_of(component->complete_ns);
        for (uint32_t i = 0; i < component->input_count; i++)
            bytes += bytes_of(component->inputs[i].execute_ns) +
                     bytes_of(component->inputs[i].process_ns);
    }
    return bytes;
}

void tally_thin(struct tally *tally)
{
    for (uint32_t c = 0; c < tally->component_count; c++) {
        struct tally_component *component = &tally->components[c];
        thin(component->complete_ns);
        for (uint32_t i = 0; i < component->input_count; i++) {
            thin(component->inputs[i].execute_ns);
            thin(component->inputs[i].process_ns);
        }
    }
}
