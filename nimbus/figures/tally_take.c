/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A part that has come: names to places in the tables, and what it says beyond what was known.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "nimbus/figures/tally.h"
#include "nimbus/figures/tally_parts.h"

/* A worker that has lived for longer when it is first heard of has counted before. */
#define YOUNG_NS UINT64_C(3000000000)

/* Where a part's outputs, edges and inputs stand in the component's tables. */
struct mapping {
    uint32_t outputs[TALLY_OUTPUTS_MAX];
    uint32_t edges[TALLY_EDGES_MAX];
    uint32_t inputs[TALLY_INPUTS_MAX]; /* index, not `at` */
};

/* ---- Names --------------------------------------------------------------------------------- */

static uint32_t find_output(const struct tally_component *component, const char *stream)
{
    uint32_t i = 0;

    while (i < component->output_count && strcmp(component->outputs[i].stream, stream) != 0)
        i++;
    return i;
}

static uint32_t find_edge(const struct tally_component *component, uint32_t output, const char *to)
{
    uint32_t i = 0;

    while (i < component->edge_count &&
           (component->edges[i].output != output || strcmp(component->edges[i].to, to) != 0))
        i++;
    return i;
}

static uint32_t find_input(const struct tally_component *component, const char *from,
                           const char *stream)
{
    uint32_t i = 0;

    while (i < component->input_count && (strcmp(component->inputs[i].from, from) != 0 ||
                                          strcmp(component->inputs[i].stream, stream) != 0))
        i++;
    return i;
}

uint32_t tally_output(struct tally_component *component, const char *stream, uint32_t *width)
{
    uint32_t at = find_output(component, stream);

    if (at < component->output_count || at == TALLY_OUTPUTS_MAX)
        return at;
    component->outputs = mem_resize(component->outputs, at + 1, sizeof *component->outputs);
    component->outputs[at] = (struct tally_output){mem_copy_text(stream), *width};
    component->output_count++;
    *width += 2;
    return at;
}

uint32_t tally_edge(struct tally_component *component, uint32_t output, const char *to,
                    uint32_t *width)
{
    uint32_t at = find_edge(component, output, to);

    if (at < component->edge_count || at == TALLY_EDGES_MAX)
        return at;
    component->edges = mem_resize(component->edges, at + 1, sizeof *component->edges);
    component->edges[at] = (struct tally_edge){output, mem_copy_text(to), *width};
    component->edge_count++;
    *width += 1;
    return at;
}

uint32_t tally_input(struct tally_component *component, const char *from, const char *stream,
                     uint32_t *width)
{
    uint32_t at = find_input(component, from, stream);

    if (at < component->input_count || at == TALLY_INPUTS_MAX)
        return at;
    component->inputs = mem_resize(component->inputs, at + 1, sizeof *component->inputs);
    component->inputs[at] = (struct tally_input){
        .from = mem_copy_text(from), .stream = mem_copy_text(stream), .at = *width};
    component->input_count++;
    *width += TALLY_INPUT_COUNTERS;
    return at;
}

static bool map_outputs(struct tally_component *component, const struct figures_part *part,
                        uint32_t *width, struct mapping *mapping)
{
    for (uint32_t i = 0; i < part->output_count; i++) {
        mapping->outputs[i] = tally_output(component, part->outputs[i].stream, width);
        if (mapping->outputs[i] == TALLY_OUTPUTS_MAX)
            return false;
    }
    return true;
}

static bool map_edges(struct tally_component *component, const struct figures_part *part,
                      uint32_t *width, struct mapping *mapping)
{
    for (uint32_t i = 0; i < part->edge_count; i++) {
        uint32_t output = mapping->outputs[part->edges[i].output];
        mapping->edges[i] = tally_edge(component, output, part->edges[i].to, width);
        if (mapping->edges[i] == TALLY_EDGES_MAX)
            return false;
    }
    return true;
}

static bool map_inputs(struct tally_component *component, const struct figures_part *part,
                       uint32_t *width, struct mapping *mapping)
{
    for (uint32_t i = 0; i < part->input_count; i++) {
        const struct figures_input *input = &part->inputs[i];
        mapping->inputs[i] = tally_input(component, input->from, input->stream, width);
        if (mapping->inputs[i] == TALLY_INPUTS_MAX)
            return false;
    }
    return true;
}

/* Most stand where they stood in the part of the task before: at `guess`. */
uint32_t tally_metric(struct tally_component *component, const char *name,
                      enum figures_metric_kind kind, uint32_t guess)
{
    uint32_t i = 0;

    if (guess < component->metric_count && strcmp(component->metrics[guess].name, name) == 0)
        i = guess;
    while (i < component->metric_count && strcmp(component->metrics[i].name, name) != 0)
        i++;
    if (i < component->metric_count)
        return component->metrics[i].kind == kind ? i : TALLY_METRICS_MAX;
    if (i == TALLY_METRICS_MAX)
        return i;
    component->metrics = mem_resize(component->metrics, i + 1, sizeof *component->metrics);
    component->metrics[i] = (struct tally_metric){.name = mem_copy_text(name), .kind = kind};
    component->metric_count++;
    return i;
}

/* ---- Entries ------------------------------------------------------------------------------- */

static int compare(const struct tally_entry *entry, uint32_t component, uint32_t task)
{
    if (entry->component != component)
        return entry->component < component ? -1 : 1;
    return entry->task < task ? -1 : entry->task > task;
}

static struct tally_entry *make_entry(struct tally_cell *cell, uint32_t component, uint32_t task,
                                      bool *ret_is_new)
{
    size_t begin = 0;
    size_t end = cell->entry_count;

    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (compare(&cell->entries[middle], component, task) < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    *ret_is_new =
        begin == cell->entry_count || compare(&cell->entries[begin], component, task) != 0;
    if (!*ret_is_new)
        return &cell->entries[begin];
    if (cell->entry_count == cell->entry_capacity) {
        cell->entry_capacity = cell->entry_capacity == 0 ? 8 : cell->entry_capacity * 2;
        cell->entries = mem_resize(cell->entries, cell->entry_capacity, sizeof *cell->entries);
    }
    memmove(&cell->entries[begin + 1], &cell->entries[begin],
            (cell->entry_count - begin) * sizeof *cell->entries);
    cell->entry_count++;
    cell->entries[begin] = (struct tally_entry){.component = component, .task = task};
    return &cell->entries[begin];
}

static void widen_entry(struct tally_entry *entry, uint32_t width)
{
    if (entry->width == width)
        return;
    entry->known = mem_resize(entry->known, width, sizeof *entry->known);
    memset(&entry->known[entry->width], 0, (width - entry->width) * sizeof *entry->known);
    entry->width = width;
}

static struct tally_known *make_known(struct tally_cell *cell, uint32_t component, bool *ret_is_new)
{
    for (size_t i = 0; i < cell->known_count; i++) {
        *ret_is_new = false;
        if (cell->known[i].component == component)
            return &cell->known[i];
    }
    *ret_is_new = true;
    cell->known = mem_resize(cell->known, cell->known_count + 1, sizeof *cell->known);
    memset(&cell->known[cell->known_count], 0, sizeof *cell->known);
    cell->known[cell->known_count].component = component;
    return &cell->known[cell->known_count++];
}

/* ---- Counters ------------------------------------------------------------------------------ */

struct raising {
    uint64_t *known; /* of the entry */
    uint64_t *more;  /* of the task, pending or early; NULL: it has been counted */
};

static void raise(struct raising to, uint32_t at, uint64_t said)
{
    if (said <= to.known[at])
        return;
    if (to.more != NULL)
        to.more[at] += said - to.known[at];
    to.known[at] = said;
}

static void raise_counters(struct raising to, const struct figures_task *task)
{
    raise(to, TALLY_ACKED, task->acked);
    raise(to, TALLY_FAILED, task->failed);
    raise(to, TALLY_TIMED_OUT, task->timed_out);
    raise(to, TALLY_REFUSED, task->refused);
    raise(to, TALLY_COMPLETE_NS, task->complete_ns);
    raise(to, TALLY_BUSY_NS, task->busy_ns);
    raise(to, TALLY_BLOCKED_NS, task->blocked_ns);
}

static void raise_streams(struct raising to, const struct tally_component *component,
                          const struct figures_part *part, const struct mapping *mapping,
                          const struct figures_task *task)
{
    for (uint32_t i = 0; i < part->output_count; i++) {
        uint32_t at = component->outputs[mapping->outputs[i]].at;
        raise(to, at, task->outputs[i].emitted);
        raise(to, at + 1, task->outputs[i].sent);
    }
    for (uint32_t i = 0; i < part->edge_count; i++)
        raise(to, component->edges[mapping->edges[i]].at, task->sent[i]);
    for (uint32_t i = 0; i < part->input_count; i++) {
        uint32_t at = component->inputs[mapping->inputs[i]].at;
        raise(to, at + TALLY_EXECUTED, task->inputs[i].executed);
        raise(to, at + TALLY_INPUT_ACKED, task->inputs[i].acked);
        raise(to, at + TALLY_INPUT_FAILED, task->inputs[i].failed);
        raise(to, at + TALLY_EXECUTE_NS, task->inputs[i].execute_ns);
        raise(to, at + TALLY_PROCESS_NS, task->inputs[i].process_ns);
    }
}

/* ---- Metrics ------------------------------------------------------------------------------- */

static struct tally_value *make_value(struct tally_entry *entry, uint32_t metric)
{
    if (entry->value_count <= metric) {
        entry->values = mem_resize(entry->values, metric + 1, sizeof *entry->values);
        memset(&entry->values[entry->value_count], 0,
               (metric + 1 - entry->value_count) * sizeof *entry->values);
        entry->value_count = metric + 1;
    }
    return &entry->values[metric];
}

/* What has been counted is known from now on, and no more than that. */
static void raise_spread(struct spread *known, const struct histogram *said, struct spread *more)
{
    struct spread none = {.buckets = NULL};

    spread_raise(known, said, more != NULL ? more : &none);
    spread_done(&none);
}

static void take_metric(struct tally_component *component, struct tally_entry *entry,
                        const struct figures_metric *said, uint32_t guess, bool is_counted)
{
    uint32_t index = tally_metric(component, said->name, said->kind, guess);

    if (index == TALLY_METRICS_MAX)
        return;
    struct tally_metric *metric = &component->metrics[index];
    struct tally_value *value = make_value(entry, index);
    switch (said->kind) {
    case FIGURES_COUNTER:
        if (said->count > value->count) {
            metric->more += is_counted ? 0 : said->count - value->count;
            value->count = said->count;
        }
        break;
    case FIGURES_GAUGE:
        value->is_there = true;
        value->gauge = said->value;
        break;
    case FIGURES_HISTOGRAM:
        raise_spread(&value->spread, said->histogram, is_counted ? NULL : &metric->more_spread);
        break;
    }
}

/* ---- Histograms of the component ----------------------------------------------------------- */

enum belonging {
    BELONGS_TO_TIME,
    BELONGS_BEFORE, /* to no moment that was seen */
    BELONGS_NOWHERE /* it has been counted */
};

struct taking {
    struct tally *tally;
    struct tally_cell *cell;
    struct tally_component *component;
    uint32_t index; /* of the component */
    const struct figures_part *part;
    const struct mapping *mapping;
};

static enum belonging belonging_of(const struct taking *taking, bool is_new)
{
    const struct tally_cell *cell = taking->cell;

    if (cell->is_over && (is_new || taking->tally->tick < cell->counts_from))
        return BELONGS_NOWHERE;
    return is_new && taking->part->uptime_ns > YOUNG_NS ? BELONGS_BEFORE : BELONGS_TO_TIME;
}

static void take_past(struct past **past, struct spread *known, const struct histogram *said,
                      enum belonging belonging)
{
    struct spread *more;

    if (said == NULL || histogram_count(said) == 0)
        return;
    if (*past == NULL)
        *past = NEW(struct past);
    more = belonging == BELONGS_BEFORE ? &(*past)->early : &(*past)->more;
    raise_spread(known, said, belonging == BELONGS_NOWHERE ? NULL : more);
}

static void take_histograms(const struct taking *taking)
{
    struct tally_component *component = taking->component;
    const struct figures_part *part = taking->part;
    bool is_new;
    struct tally_known *known = make_known(taking->cell, taking->index, &is_new);
    enum belonging belonging = belonging_of(taking, is_new);

    take_past(&component->complete_ns, &known->complete, part->complete_ns, belonging);
    for (uint32_t i = 0; i < part->input_count; i++) {
        uint32_t at = taking->mapping->inputs[i];
        struct tally_input *input = &component->inputs[at];
        take_past(&input->execute_ns, &known->execute[at], part->inputs[i].execute_ns, belonging);
        take_past(&input->process_ns, &known->process[at], part->inputs[i].process_ns, belonging);
    }
}

/* ---- A part -------------------------------------------------------------------------------- */

/* `now` is what was said last, even if counters come late: nothing tells how late. */
static void take_now(struct tally_entry *entry, const struct figures_part *part,
                     const struct figures_task *task)
{
    if (part->uptime_ns < entry->now.uptime_ns)
        return;
    entry->now = (struct tally_now){
        .loop = task->loop % TALLY_LOOPS_MAX,
        .uptime_ns = part->uptime_ns,
        .open = task->open,
        .queue_bytes = task->queue_bytes,
        .queue_limit_bytes = task->queue_limit_bytes,
    };
}

static void take_latency(struct tally_task *task, struct tally_entry *entry,
                         const struct histogram *said, enum belonging belonging)
{
    struct spread *more = belonging == BELONGS_BEFORE ? &task->latency.early : &task->latency.more;

    if (said != NULL)
        raise_spread(&entry->latency, said, belonging == BELONGS_NOWHERE ? NULL : more);
}

static void take_task(const struct taking *taking, const struct figures_task *said)
{
    struct tally_component *component = taking->component;
    struct tally_task *task = &component->tasks[said->index];
    bool is_new;
    struct tally_entry *entry = make_entry(taking->cell, taking->index, said->index, &is_new);
    enum belonging belonging = belonging_of(taking, is_new);
    bool is_counted = belonging == BELONGS_NOWHERE;

    widen_entry(entry, component->width);
    ASSERT(entry->known != NULL);
    uint64_t *more = belonging == BELONGS_BEFORE ? component->early : component->pending;
    struct raising to = {
        .known = entry->known,
        .more = is_counted ? NULL : more + (size_t)said->index * component->width,
    };
    raise_counters(to, said);
    raise_streams(to, component, taking->part, taking->mapping, said);
    take_latency(task, entry, said->latency_ns, belonging);
    for (uint32_t i = 0; i < said->metric_count; i++)
        take_metric(component, entry, &said->metrics[i], i, is_counted);
    take_now(entry, taking->part, said);
    task->is_known = true;
    taking->tally->has_early = taking->tally->has_early || belonging == BELONGS_BEFORE;
}

static bool fits(const struct figures_part *part)
{
    if (part->output_count > TALLY_OUTPUTS_MAX || part->edge_count > TALLY_EDGES_MAX ||
        part->input_count > TALLY_INPUTS_MAX)
        return false;
    for (uint32_t i = 0; i < part->edge_count; i++)
        if (part->edges[i].output >= part->output_count)
            return false;
    for (uint32_t i = 0; i < part->task_count; i++)
        if (part->tasks[i].index >= TALLY_TASKS_MAX)
            return false;
    return true;
}

/* A part may be the first that names a stream, or a task. */
static bool make_room(struct tally_component *component, const struct figures_part *part,
                      struct mapping *mapping)
{
    uint32_t width = component->width;
    uint32_t count = 0;
    bool has_all = map_outputs(component, part, &width, mapping) &&
                   map_edges(component, part, &width, mapping) &&
                   map_inputs(component, part, &width, mapping);

    for (uint32_t i = 0; i < part->task_count; i++)
        if (part->tasks[i].index >= count)
            count = part->tasks[i].index + 1;
    tally_widen(component, count, width);
    return has_all;
}

bool tally_take(struct tally *tally, const struct tally_source *source,
                const struct figures_part *part)
{
    struct mapping mapping;

    if (!fits(part))
        return false;
    struct tally_cell *cell = tally_cell(tally, source);
    struct tally_component *component = tally_component(tally, part->component, part->is_spout);
    if (cell == NULL || component == NULL || !make_room(component, part, &mapping))
        return false;
    struct taking taking = {tally, cell,    component, (uint32_t)(component - tally->components),
                            part,  &mapping};
    if (cell->is_over && cell->entry_count == 0)
        cell->counts_from = tally->tick + TALLY_LAST_WORDS;
    cell->tick = tally->tick;
    for (uint32_t i = 0; i < part->task_count; i++)
        take_task(&taking, &part->tasks[i]);
    take_histograms(&taking);
    cell->has_spoken = true;
    tally->ends += cell->has_ended;
    return true;
}
