/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/cleaner.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/log/cleaner_parts.h"

/* ---- The plan ------------------------------------------------------------------------------ */

struct clean_plan *clean_plan_new(struct files *files, const char *folder,
                                  const struct clean_options *options)
{
    struct clean_plan *plan = NEW(struct clean_plan);

    plan->files = files;
    plan->folder = mem_copy_text(folder);
    plan->options = *options;
    plan->end_offset = options->dirty_offset;
    plan->tombstones_before = INT64_MAX;
    return plan;
}

/* What only the run needs. */
static void forget_scratch(struct clean_plan *plan)
{
    cleaner_map_done(&plan->map);
    records_reader_done(&plan->reader);
}

static void drop_outputs(struct clean_plan *plan)
{
    for (size_t i = 0; i < plan->output_count; i++) {
        if (plan->outputs[i].is_ours)
            clean_group_drop(plan, &plan->outputs[i]);
    }
    plan->output_count = 0;
}

void clean_plan_destroy(struct clean_plan **plan)
{
    if (*plan == NULL)
        return;
    drop_outputs(*plan);
    forget_scratch(*plan);
    free((*plan)->outputs);
    free((*plan)->producers);
    free((*plan)->sources);
    free((*plan)->folder);
    free(*plan);
    *plan = NULL;
}

/* Room for one more element: twice as much at each power of two. */
static void *room_for_one(void *array, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return array;
    return mem_resize(array, count == 0 ? 1 : count * 2, size);
}

void clean_plan_add_input(struct clean_plan *plan, const struct clean_input *input)
{
    ASSERT(plan->source_count == 0 ||
           plan->sources[plan->source_count - 1].input.limit_offset <= input->base_offset);
    ASSERT(input->base_offset < input->limit_offset);
    plan->sources = room_for_one(plan->sources, plan->source_count, sizeof *plan->sources);
    plan->sources[plan->source_count++] = (struct clean_source){.input = *input};
}

void clean_plan_add_producer(struct clean_plan *plan, int64_t producer_id, int64_t last_offset)
{
    plan->producers = room_for_one(plan->producers, plan->producer_count, sizeof *plan->producers);
    plan->producers[plan->producer_count++] =
        (struct clean_producer){.producer_id = producer_id, .last_offset = last_offset};
}

static int compare_producers(const void *left, const void *right)
{
    const struct clean_producer *a = left;
    const struct clean_producer *b = right;

    return (a->producer_id > b->producer_id) - (a->producer_id < b->producer_id);
}

bool clean_is_last_of_producer(const struct clean_plan *plan, const struct batch_head *head)
{
    const struct clean_producer key = {.producer_id = head->producer_id};

    if (head->producer_id < 0 || plan->producer_count == 0)
        return false;
    const struct clean_producer *producer =
        bsearch(&key, plan->producers, plan->producer_count, sizeof key, compare_producers);
    return producer != NULL && producer->last_offset == batch_last_offset(head);
}

/* ---- The map ------------------------------------------------------------------------------- */

/* ERR_FULL: not all of its keys are in the map. What cannot be read has no keys. */
static enum err note_batch(struct clean_plan *plan, const void *batch,
                           const struct batch_head *head)
{
    struct record record;
    enum err err = records_open(&plan->reader, batch, head, NULL);

    while (err == ERR_OK && (err = records_next(&plan->reader, &record, NULL)) == ERR_OK) {
        if (record.key_size != RECORDS_ABSENT &&
            !cleaner_map_put(&plan->map, record.key, (size_t)record.key_size, record.offset))
            return ERR_FULL;
    }
    return ERR_OK;
}

/* Everything from here on is behind damage: older records may be hidden there. */
static void note_damage(struct clean_plan *plan, size_t index)
{
    struct clean_source *source = &plan->sources[index];

    source->is_damaged = true;
    plan->figures.segments_damaged++;
    if (source->input.base_offset < plan->tombstones_before)
        plan->tombstones_before = source->input.base_offset;
}

/* ERR_FULL: the map is; plan->end_offset says how far it came. */
static enum err note_input(struct clean_plan *plan, size_t index, struct error *error)
{
    const struct clean_input *input = &plan->sources[index].input;
    struct clean_walk walk = {.file = NULL};
    struct batch_head head;
    enum err err = clean_walk_open(&walk, plan, input, error);

    while (err == ERR_OK && (err = clean_walk_next(&walk, &head, error)) == ERR_OK) {
        if (batch_last_offset(&head) < plan->options.dirty_offset)
            continue;
        err = note_batch(plan, walk.batch.bytes, &head);
        if (err == ERR_OK)
            plan->end_offset = batch_last_offset(&head) + 1;
    }
    clean_walk_close(&walk);
    codec_buffer_done(&walk.batch);
    if (err == ERR_CORRUPT)
        note_damage(plan, index);
    if (err != ERR_CLOSED && err != ERR_CORRUPT)
        return err;
    plan->end_offset = input->limit_offset;
    return ERR_OK;
}

/* Learns the keys of the dirty part, or of as much of it as there is room for. */
static enum err fill_map(struct clean_plan *plan, struct error *error)
{
    enum err err = ERR_OK;

    cleaner_map_init(&plan->map, plan->options.map_bytes_max);
    for (size_t i = 0; i < plan->source_count && err == ERR_OK; i++) {
        if (plan->sources[i].input.limit_offset > plan->options.dirty_offset)
            err = note_input(plan, i, error);
    }
    if (err != ERR_FULL)
        return err;
    if (plan->end_offset <= plan->options.dirty_offset)
        return error_set(error, ERR_LIMIT,
                         "a batch at offset %lld has more keys than compaction "
                         "has room for",
                         (long long)plan->end_offset);
    return ERR_OK;
}

/* ---- Groups -------------------------------------------------------------------------------- */

static void add_output(struct clean_plan *plan, const struct clean_output *output)
{
    plan->outputs = room_for_one(plan->outputs, plan->output_count, sizeof *plan->outputs);
    plan->outputs[plan->output_count++] = *output;
}

/* Writes one group and steps over it; if damage is met, it steps over nothing, and the next attempt
 * goes around it. */
static enum err write_group(struct clean_plan *plan, size_t *index, struct error *error)
{
    struct clean_output output = {.first = *index, .is_ours = true};
    const struct clean_figures before = plan->figures;
    bool is_needed = false;
    size_t damaged = *index;
    enum err err = clean_group_write(plan, &output, &is_needed, &damaged, error);

    if (err == ERR_CORRUPT) {
        plan->figures = before;
        note_damage(plan, damaged);
        return ERR_OK;
    }
    if (err != ERR_OK)
        return err;
    if (is_needed)
        add_output(plan, &output);
    *index += output.count;
    return ERR_OK;
}

static enum err write_groups(struct clean_plan *plan, struct error *error)
{
    enum err err = ERR_OK;
    size_t index = 0;

    while (err == ERR_OK && index < plan->source_count &&
           plan->sources[index].input.base_offset < plan->end_offset) {
        if (plan->sources[index].is_damaged)
            index++;
        else
            err = write_group(plan, &index, error);
    }
    return err;
}

/* ---- The run ------------------------------------------------------------------------------- */

enum err clean_run(struct clean_plan *plan, struct error *error)
{
    struct error own; /* texts are put before others on the way */

    ASSERT(!plan->has_run);
    if (error == NULL)
        error = &own;
    if (plan->producer_count > 0)
        qsort(plan->producers, plan->producer_count, sizeof *plan->producers, compare_producers);
    enum err err = fill_map(plan, error);
    if (err == ERR_OK)
        err = write_groups(plan, error);
    forget_scratch(plan);
    if (err != ERR_OK)
        drop_outputs(plan);
    plan->has_run = err == ERR_OK;
    return err;
}

void clean_cancel(struct clean_plan *plan)
{
    atomic_store_explicit(&plan->is_cancelled, true, memory_order_relaxed);
}

/* ---- The result ---------------------------------------------------------------------------- */

bool clean_has_run(const struct clean_plan *plan)
{
    return plan->has_run;
}

size_t clean_group_count(const struct clean_plan *plan)
{
    return plan->output_count;
}

struct clean_group clean_group_at(const struct clean_plan *plan, size_t index)
{
    ASSERT(index < plan->output_count);
    const struct clean_output *output = &plan->outputs[index];
    return (struct clean_group){.base_offset = plan->sources[output->first].input.base_offset,
                                .count = output->count};
}

void clean_group_is_placed(struct clean_plan *plan, size_t index)
{
    ASSERT(index < plan->output_count);
    plan->outputs[index].is_ours = false;
}

int64_t clean_end_offset(const struct clean_plan *plan)
{
    return plan->end_offset;
}

struct clean_figures clean_figures(const struct clean_plan *plan)
{
    return plan->figures;
}
