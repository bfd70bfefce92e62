/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes from leader to leader: the counts of incarnations that are over (coord/state/totals_state.h), and which
 * these are.
 *
 * What is kept is every sum less what the incarnations that may still speak are known to have counted. Whoever takes
 * it over adds what those say, which is all that they have counted, and so has the same sums again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nimbus/figures/tally.h"
#include "nimbus/figures/tally_parts.h"

/* ---- keeping ---- */

/* What one component's incarnations that are over have counted, by column. */
static uint64_t *sum_over(const struct tally *tally, uint32_t index)
{
    const struct tally_component *component = &tally->components[index];
    uint64_t *sums = NEW_ARRAY(uint64_t, component->width);

    for (uint32_t at = 0; component->base != NULL && at < component->width; at++)
        sums[at] = component->base[at];
    for (uint32_t task = 0; task < component->task_count; task++) {
        size_t first = (size_t)task * component->width;
        for (uint32_t at = 0; at < component->width; at++)
            sums[at] += component->timed[first + at] + component->before[first + at] +
                        component->pending[first + at] + component->early[first + at];
    }
    for (size_t c = 0; c < tally->cell_count; c++) {
        const struct tally_cell *cell = tally->cells[c];
        for (size_t i = 0; !cell->has_ended && i < cell->entry_count; i++)
            for (uint32_t at = 0;
                 cell->entries[i].component == index && at < cell->entries[i].width; at++)
                sums[at] -= cell->entries[i].known[at];
    }
    return sums;
}

static uint64_t sum_metric(const struct tally *tally, uint32_t index, uint32_t metric)
{
    const struct tally_metric *known = &tally->components[index].metrics[metric];
    uint64_t sum = known->base + known->count + known->more;

    for (size_t c = 0; c < tally->cell_count; c++) {
        const struct tally_cell *cell = tally->cells[c];
        for (size_t i = 0; !cell->has_ended && i < cell->entry_count; i++)
            if (cell->entries[i].component == index && metric < cell->entries[i].value_count)
                sum -= cell->entries[i].values[metric].count;
    }
    return sum;
}

static void keep_streams(const struct tally_component *component, const uint64_t *sums,
                         struct totals_component *kept)
{
    kept->outputs = NEW_ARRAY(struct totals_output, component->output_count);
    for (uint32_t i = 0; i < component->output_count; i++) {
        const struct tally_output *output = &component->outputs[i];
        kept->outputs[kept->output_count++] = (struct totals_output){
            mem_copy_text(output->stream), sums[output->at], sums[output->at + 1]};
    }
    kept->edges = NEW_ARRAY(struct totals_edge, component->edge_count);
    for (uint32_t i = 0; i < component->edge_count; i++) {
        const struct tally_edge *edge = &component->edges[i];
        kept->edges[kept->edge_count++] =
            (struct totals_edge){mem_copy_text(component->outputs[edge->output].stream),
                                 mem_copy_text(edge->to), sums[edge->at]};
    }
    kept->inputs = NEW_ARRAY(struct totals_input, component->input_count);
    for (uint32_t i = 0; i < component->input_count; i++) {
        const struct tally_input *input = &component->inputs[i];
        const uint64_t *counts = &sums[input->at];
        kept->inputs[kept->input_count++] = (struct totals_input){
            .from = mem_copy_text(input->from),
            .stream = mem_copy_text(input->stream),
            .executed = counts[TALLY_EXECUTED],
            .acked = counts[TALLY_INPUT_ACKED],
            .failed = counts[TALLY_INPUT_FAILED],
            .execute_ns = counts[TALLY_EXECUTE_NS],
            .process_ns = counts[TALLY_PROCESS_NS],
        };
    }
}

static void keep_component(const struct tally *tally, uint32_t index, struct totals_component *kept)
{
    const struct tally_component *component = &tally->components[index];
    uint64_t *sums = sum_over(tally, index);

    *kept = (struct totals_component){
        .name = mem_copy_text(component->name),
        .is_spout = component->is_spout,
        .acked = sums[TALLY_ACKED],
        .failed = sums[TALLY_FAILED],
        .timed_out = sums[TALLY_TIMED_OUT],
        .refused = sums[TALLY_REFUSED],
        .complete_ns = sums[TALLY_COMPLETE_NS],
    };
    keep_streams(component, sums, kept);
    free(sums);
    kept->metrics = NEW_ARRAY(struct totals_metric, component->metric_count);
    for (uint32_t i = 0; i < component->metric_count; i++)
        if (component->metrics[i].kind == FIGURES_COUNTER)
            kept->metrics[kept->metric_count++] = (struct totals_metric){
                mem_copy_text(component->metrics[i].name), sum_metric(tally, index, i)};
}

/* Of a place whose present incarnation may still speak, those before it are over. */
static uint64_t last_over(const struct tally_cell *cell)
{
    if (cell->has_ended)
        return cell->incarnation;
    return cell->incarnation == 0 ? 0 : cell->incarnation - 1;
}

/* There may be more than are kept: those that have not been heard of for longest would hardly speak. */
static uint64_t find_oldest_tick(const struct tally *tally)
{
    uint64_t oldest = 0;
    uint64_t newest = tally->tick;

    while (oldest < newest) {
        uint64_t middle = oldest + (newest - oldest) / 2;
        size_t count = 0;
        for (size_t i = 0; i < tally->cell_count; i++)
            count += tally->cells[i]->tick >= middle;
        if (count <= TOTALS_STATE_PLACES_MAX)
            newest = middle;
        else
            oldest = middle + 1;
    }
    return oldest;
}

static void keep_places(const struct tally *tally, struct totals_state *kept)
{
    uint64_t oldest = find_oldest_tick(tally);

    kept->places = NEW_ARRAY(struct totals_place, TOTALS_STATE_PLACES_MAX);
    for (size_t i = 0; i < tally->cell_count && kept->place_count < TOTALS_STATE_PLACES_MAX; i++) {
        const struct tally_cell *cell = tally->cells[i];
        if (cell->tick >= oldest)
            kept->places[kept->place_count++] =
                (struct totals_place){mem_copy_text(cell->supervisor), cell->slot, last_over(cell)};
    }
}

struct totals_state tally_keep(const struct tally *tally, const char *topology)
{
    struct totals_state kept = {.topology = mem_copy_text(topology)};

    kept.components = NEW_ARRAY(struct totals_component, tally->component_count);
    for (; kept.component_count < tally->component_count; kept.component_count++)
        keep_component(tally, (uint32_t)kept.component_count,
                       &kept.components[kept.component_count]);
    keep_places(tally, &kept);
    return kept;
}

/* ---- taking over ---- */

/* Adds the names that the record has, so that its counts have columns. */
static uint32_t inherit_names(struct tally_component *component,
                              const struct totals_component *kept)
{
    uint32_t width = component->width;

    for (size_t i = 0; i < kept->output_count; i++)
        (void)tally_output(component, kept->outputs[i].stream, &width);
    for (size_t i = 0; i < kept->edge_count; i++) {
        uint32_t output = tally_output(component, kept->edges[i].stream, &width);
        if (output < TALLY_OUTPUTS_MAX)
            (void)tally_edge(component, output, kept->edges[i].to, &width);
    }
    for (size_t i = 0; i < kept->input_count; i++)
        (void)tally_input(component, kept->inputs[i].from, kept->inputs[i].stream, &width);
    return width;
}

static void inherit_streams(struct tally_component *component, const struct totals_component *kept)
{
    uint32_t width = component->width; /* all names are there */

    for (size_t i = 0; i < kept->output_count; i++) {
        uint32_t output = tally_output(component, kept->outputs[i].stream, &width);
        if (output == TALLY_OUTPUTS_MAX)
            continue;
        component->base[component->outputs[output].at] += kept->outputs[i].emitted;
        component->base[component->outputs[output].at + 1] += kept->outputs[i].sent;
    }
    for (size_t i = 0; i < kept->edge_count; i++) {
        uint32_t output = tally_output(component, kept->edges[i].stream, &width);
        uint32_t edge = output == TALLY_OUTPUTS_MAX
                            ? TALLY_EDGES_MAX
                            : tally_edge(component, output, kept->edges[i].to, &width);
        if (edge < TALLY_EDGES_MAX)
            component->base[component->edges[edge].at] += kept->edges[i].sent;
    }
    for (size_t i = 0; i < kept->input_count; i++) {
        const struct totals_input *counts = &kept->inputs[i];
        uint32_t input = tally_input(component, counts->from, counts->stream, &width);
        if (input == TALLY_INPUTS_MAX)
            continue;
        uint64_t *base = &component->base[component->inputs[input].at];
        base[TALLY_EXECUTED] += counts->executed;
        base[TALLY_INPUT_ACKED] += counts->acked;
        base[TALLY_INPUT_FAILED] += counts->failed;
        base[TALLY_EXECUTE_NS] += counts->execute_ns;
        base[TALLY_PROCESS_NS] += counts->process_ns;
    }
}

static void inherit_component(struct tally *tally, const struct totals_component *kept)
{
    struct tally_component *component = tally_component(tally, kept->name, kept->is_spout);

    if (component == NULL)
        return;
    tally_widen(component, 0, inherit_names(component, kept));
    if (component->base == NULL)
        component->base = NEW_ARRAY(uint64_t, component->width);
    component->base[TALLY_ACKED] += kept->acked;
    component->base[TALLY_FAILED] += kept->failed;
    component->base[TALLY_TIMED_OUT] += kept->timed_out;
    component->base[TALLY_REFUSED] += kept->refused;
    component->base[TALLY_COMPLETE_NS] += kept->complete_ns;
    inherit_streams(component, kept);
    for (size_t i = 0; i < kept->metric_count; i++) {
        uint32_t metric = tally_metric(component, kept->metrics[i].name, FIGURES_COUNTER, 0);
        if (metric < TALLY_METRICS_MAX)
            component->metrics[metric].base += kept->metrics[i].count;
    }
}

void tally_inherit(struct tally *tally, const struct totals_state *kept)
{
    for (size_t i = 0; i < kept->component_count; i++)
        inherit_component(tally, &kept->components[i]);
    for (size_t i = 0; i < kept->place_count; i++) {
        const struct totals_place *place = &kept->places[i];
        struct tally_source source = {place->supervisor, place->slot, place->incarnation};
        struct tally_cell *cell = tally_cell(tally, &source);
        if (cell != NULL) /* a record may name a place twice */
            cell->has_ended = cell->is_over = true;
    }
}
