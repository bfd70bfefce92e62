/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/log/cleaner.h"
#include "broker/log/partition_parts.h"

/* When the segment got its newest record: what the compaction lag counts from. -1: nothing is known. */
static int64_t age_mark(const struct segment *segment)
{
    return segment->seal.max_timestamp_ms >= 0 ? segment->seal.max_timestamp_ms
                                               : segment->seal.touched_ms;
}

static bool is_young(const struct partition *partition, const struct segment *segment)
{
    uint64_t lag_ms = partition->options.compaction_lag_ms;
    int64_t mark_ms = age_mark(segment);

    return lag_ms > 0 && (mark_ms > partition->now_ms ||
                          (uint64_t)partition->now_ms - (uint64_t)mark_ms < lag_ms);
}

/* Closed, durable, and below what consumers may see. */
static bool is_settled(const struct partition *partition, size_t index)
{
    int64_t limit = partition_segment_limit(partition, index);

    return index + 1 < partition->segment_count && limit <= partition->flushed_offset &&
           limit <= partition->high_watermark.offset;
}

/* How many segments from the first on may be compacted. */
static size_t count_cleanable(struct partition *partition)
{
    struct error ignored;
    size_t count = 0;

    while (is_settled(partition, count) &&
           partition_know_segment(partition, count, &ignored) == ERR_OK &&
           !is_young(partition, &partition->segments[count]))
        count++;
    return count;
}

static bool is_dirty(const struct partition *partition, size_t index)
{
    return partition_segment_limit(partition, index) > partition->cleaned_offset;
}

static bool is_worth_it(const struct partition *partition, size_t count)
{
    uint64_t dirty = 0;
    uint64_t total = 0;

    for (size_t i = 0; i < count; i++) {
        total += partition->segments[i].size;
        if (is_dirty(partition, i))
            dirty += partition->segments[i].size;
    }
    return dirty > 0 && (double)dirty >= partition->options.dirty_ratio * (double)total;
}

static void add_inputs(const struct partition *partition, size_t count, struct clean_plan *plan)
{
    for (size_t i = 0; i < count; i++) {
        const struct segment *segment = &partition->segments[i];
        const struct clean_input input = {
            .base_offset = segment->base_offset,
            .limit_offset = partition_segment_limit(partition, i),
            .size = segment->size,
            .touched_ms = segment->seal.touched_ms,
        };
        clean_plan_add_input(plan, &input);
    }
}

static void add_producers(const struct partition *partition, struct clean_plan *plan)
{
    for (const struct producers_state *state = producers_first(partition->producers); state != NULL;
         state = producers_next(partition->producers, state))
        clean_plan_add_producer(plan, state->producer_id,
                                state->batches[state->batch_count - 1].last_offset);
}

struct clean_plan *partition_clean_plan(struct partition *partition, int64_t now_ms)
{
    partition->now_ms = now_ms;
    if (!partition->options.compacts || partition->cleaning != NULL || partition->failure != NULL)
        return NULL;
    size_t count = count_cleanable(partition);
    if (!is_worth_it(partition, count))
        return NULL;

    const struct clean_options options = {
        .segment_bytes = partition->options.segment_bytes,
        .delete_retention_ms = partition->options.delete_retention_ms,
        .map_bytes_max = partition->options.clean_bytes_max > 0
                             ? (size_t)partition->options.clean_bytes_max
                             : CLEAN_MAP_BYTES,
        .index_interval_bytes = partition->options.index_interval_bytes,
        .dirty_offset = partition->cleaned_offset,
        .now_ms = now_ms,
    };
    struct clean_plan *plan = clean_plan_new(partition->files, partition->folder, &options);
    add_inputs(partition, count, plan);
    add_producers(partition, plan);
    partition->cleaning = plan;
    return plan;
}

/* In the order of offsets, and not beyond a failure: a tombstone goes only when the older records of its
 * key are gone. */
static enum err place_groups(struct partition *partition, struct clean_plan *plan,
                             struct error *error)
{
    for (size_t i = 0; i < clean_group_count(plan); i++) {
        const struct clean_group group = clean_group_at(plan, i);
        enum err err = partition_swap(partition, group.base_offset, group.count, error);
        if (err != ERR_OK)
            return err;
        clean_group_is_placed(plan, i);
    }
    return ERR_OK;
}

enum err partition_clean_finish(struct partition *partition, struct clean_plan **plan,
                                struct error *error)
{
    enum err err = ERR_OK;

    ASSERT(partition->cleaning == *plan);
    if (clean_has_run(*plan)) {
        err = place_groups(partition, *plan, error);
        if (err == ERR_OK && clean_end_offset(*plan) > partition->cleaned_offset)
            partition->cleaned_offset = clean_end_offset(*plan);
    }
    partition->cleaning = NULL;
    clean_plan_destroy(plan);
    return err == ERR_NOT_FOUND ? ERR_OK : err; /* the retention was faster */
}

/* ---- After a crash -------------------------------------------------------------------------- */

/* The last batch of the segment, if it is where the seal says. */
static bool find_last(struct partition *partition, struct segment *segment,
                      struct segment_search *search)
{
    const struct segment_place place = partition_place(partition);
    struct error ignored;

    *search = (struct segment_search){.offset = segment->seal.end_offset - 1};
    return segment_find(segment, &place, NULL, search, &ignored) == ERR_OK &&
           search->position + search->head.size == segment->size &&
           batch_last_offset(&search->head) + 1 == segment->seal.end_offset;
}

static bool crc_is_right(const struct segment *segment, const struct segment_search *search)
{
    unsigned char *batch = mem_alloc(search->head.size);
    size_t size;
    enum err err = segment->log->operations->read(segment->log, search->position, batch,
                                                  search->head.size, &size, NULL);
    bool is_right =
        err == ERR_OK && size == search->head.size && batch_crc_is_right(batch, &search->head);

    free(batch);
    return is_right;
}

/* Where the segment ends beyond doubt; its base, if that is not known. The seal may be that of another log: a crash
 * may have come between the names of log and index. */
static enum err find_reach(struct partition *partition, size_t index, int64_t *ret_end,
                           struct error *error)
{
    struct segment *segment = &partition->segments[index];
    const struct segment_place place = partition_place(partition);
    struct segment_search search;
    enum err err = partition_know_segment(partition, index, error);

    if (err != ERR_OK)
        return err;
    bool is_found = find_last(partition, segment, &search);
    if (!is_found) {
        err = segment_rebuild(segment, &place, NULL, error);
        if (err != ERR_OK)
            return err;
        is_found = find_last(partition, segment, &search);
    }
    *ret_end = is_found && crc_is_right(segment, &search) ? segment->seal.end_offset
                                                          : segment->base_offset;
    return ERR_OK;
}

enum err partition_drop_merged(struct partition *partition, struct error *error)
{
    if (!partition->options.compacts)
        return ERR_OK;
    for (size_t i = 0; i + 2 < partition->segment_count; i++) {
        int64_t end;
        size_t count = 0;
        enum err err = find_reach(partition, i, &end, error);
        if (err != ERR_OK)
            return err;
        segment_rest(&partition->segments[i]);
        while (i + count + 2 < partition->segment_count &&
               partition->segments[i + count + 1].base_offset < end)
            count++;
        if (count > 0)
            partition_drop_segments(partition, i + 1, count);
    }
    return ERR_OK;
}
