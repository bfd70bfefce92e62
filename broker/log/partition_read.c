/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "broker/log/partition_parts.h"

enum {
    EMPTIED_MAX = 64, /* batches that are skipped for one answer */
};

/* A batch: where it is, and how large. */
struct place {
    size_t index; /* of its segment */
    uint64_t position;
    uint64_t size;
};

/* Bytes of the segment that may be read: up to the high watermark. */
static uint64_t readable(const struct partition *partition, const struct segment *segment)
{
    const struct partition_mark *mark = &partition->high_watermark;

    if (segment->base_offset == mark->base_offset)
        return mark->position < segment->size ? mark->position : segment->size;
    return segment->base_offset < mark->base_offset ? segment->size : 0;
}

/* ---- near the end: without a look at the file ---- */

static const struct partition_recent *recent_at(const struct partition *partition, uint64_t number)
{
    return &partition->recent[number % PARTITION_RECENT];
}

/* Counts the batches that were appended lately; they end with number recent_count - 1. */
static uint64_t first_recent(const struct partition *partition)
{
    return partition->recent_count > PARTITION_RECENT ? partition->recent_count - PARTITION_RECENT
                                                      : 0;
}

static bool find_recent(const struct partition *partition, int64_t offset, struct place *ret_place)
{
    uint64_t first = first_recent(partition);
    uint64_t end = partition_segment_count(partition) > 0 ? partition_active(partition)->size : 0;

    for (uint64_t i = partition->recent_count; i > first; i--) {
        const struct partition_recent *recent = recent_at(partition, i - 1);
        if (recent->offset <= offset) {
            *ret_place = (struct place){partition->segment_count - 1, recent->position,
                                        end - recent->position};
            return true;
        }
        end = recent->position;
    }
    return false;
}

/* ---- anywhere ---- */

static enum err find_in_segment(struct partition *partition, size_t index,
                                struct segment_search *search, struct error *error)
{
    struct segment_place place = partition_place(partition);
    bool is_last = index + 1 == partition->segment_count;
    enum err err = partition_use_segment(partition, index, error);

    if (err != ERR_OK)
        return err;
    search->offset_limit = partition_segment_limit(partition, index);
    err = segment_find(&partition->segments[index], &place, is_last ? &partition->writer : NULL,
                       search, error);
    if (search->met_damage)
        partition_add_damage(partition, &search->damage);
    return err;
}

enum err partition_find_batch(struct partition *partition, int64_t offset, size_t *ret_index,
                              struct segment_search *ret_search, struct error *error)
{
    enum err err = ERR_NOT_FOUND;
    struct segment_search search = {.offset = offset};
    size_t index = partition_segment_at(partition, offset);

    /* Where a segment ends before the offset there is a gap, and the batch is in a later one. */
    for (; index < partition->segment_count && err == ERR_NOT_FOUND; index++) {
        err = find_in_segment(partition, index, &search, error);
        if (err == ERR_OK) {
            *ret_index = index;
            *ret_search = search;
        }
    }
    return err;
}

/* What a compaction has emptied only says how far it reaches. A client that gets nothing else takes it for a
 * batch that was cut off, and after ten of them for an error. */
static void skip_emptied(struct partition *partition, const struct segment_search *found,
                         struct place *place)
{
    struct segment_search search = *found;
    struct error ignored;
    size_t index;

    for (int i = 0; i < EMPTIED_MAX && search.head.record_count == 0; i++) {
        int64_t next = batch_last_offset(&search.head) + 1;
        if (next >= partition->high_watermark.offset ||
            partition_find_batch(partition, next, &index, &search, &ignored) != ERR_OK)
            return;
        *place = (struct place){index, search.position, search.head.size};
    }
}

static enum err find(struct partition *partition, int64_t offset, struct place *ret_place,
                     struct error *error)
{
    struct segment_search search;
    size_t index;

    if (find_recent(partition, offset, ret_place))
        return partition_use_segment(partition, ret_place->index, error);
    enum err err = partition_find_batch(partition, offset, &index, &search, error);
    if (err != ERR_OK)
        return err;
    *ret_place = (struct place){index, search.position, search.head.size};
    skip_emptied(partition, &search, ret_place);
    return partition_use_segment(partition, ret_place->index, error);
}

/* Nothing that is known to be damaged is given to anybody. */
static uint64_t end_before_damage(const struct partition *partition, const struct segment *segment,
                                  uint64_t position, uint64_t end)
{
    for (size_t i = 0; i < partition->damage_count; i++) {
        const struct segment_damage *damage = &partition->damages[i];
        if (damage->base_offset == segment->base_offset && damage->from > position &&
            damage->from < end)
            end = damage->from;
    }
    return end;
}

static void slice(const struct partition *partition, const struct place *place, size_t max_bytes,
                  bool at_least_one, struct partition_slice *ret_slice)
{
    const struct segment *segment = &partition->segments[place->index];
    uint64_t end =
        end_before_damage(partition, segment, place->position, readable(partition, segment));
    uint64_t size = end > place->position ? end - place->position : 0;

    if (size > max_bytes)
        size = max_bytes;
    if (size < place->size)
        size = at_least_one && place->position + place->size <= end ? place->size : 0;
    *ret_slice = (struct partition_slice){.position = place->position, .size = (size_t)size};
    if (size > 0) {
        segment->log->operations->take(segment->log);
        ret_slice->file = segment->log;
    }
}

enum err partition_read(struct partition *partition, int64_t offset, size_t max_bytes,
                        bool at_least_one, struct partition_slice *ret_slice, struct error *error)
{
    struct place place;

    if (offset < partition->start_offset || offset > partition->end_offset)
        return error_set(error, ERR_NOT_FOUND,
                         "offset %" PRId64 " is not in '%s', which has %" PRId64 " to %" PRId64,
                         offset, partition->folder, partition->start_offset, partition->end_offset);
    *ret_slice = (struct partition_slice){.file = NULL};
    if (offset >= partition->high_watermark.offset)
        return ERR_OK;

    struct error own;
    enum err err = find(partition, offset, &place, &own);
    if (err == ERR_NOT_FOUND)
        return ERR_OK; /* a gap up to the end */
    if (err != ERR_OK)
        return error_set(error, err, "cannot read offset %" PRId64 " of '%s': %s", offset,
                         partition->folder, own.text);
    slice(partition, &place, max_bytes, at_least_one, ret_slice);
    return ERR_OK;
}

/* ---- how much there is ---- */

/* Bytes of the segment from the offset on, as if all its records were of one size. */
static uint64_t estimate(const struct partition *partition, size_t index, int64_t offset)
{
    const struct segment *segment = &partition->segments[index];
    int64_t limit = partition_segment_limit(partition, index);
    uint64_t bytes = readable(partition, segment);

    if (offset <= segment->base_offset)
        return bytes;
    if (offset >= limit)
        return 0;
    double share = (double)(limit - offset) / (double)(limit - segment->base_offset);
    uint64_t guess = (uint64_t)((double)segment->size * share);
    uint64_t beyond = segment->size - bytes; /* not readable yet */
    return guess > beyond ? guess - beyond : 0;
}

uint64_t partition_bytes_from(const struct partition *partition, int64_t offset)
{
    struct place place;
    uint64_t sum;

    if (offset >= partition->high_watermark.offset || partition->segment_count == 0)
        return 0;
    if (find_recent(partition, offset, &place)) {
        uint64_t end = readable(partition, partition_active(partition));
        return end > place.position ? end - place.position : 1;
    }
    sum = 0;
    for (size_t i = partition_segment_at(partition, offset); i < partition->segment_count; i++)
        sum += estimate(partition, i, offset);
    return sum > 0 ? sum : 1;
}
