/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "broker/log/partition_parts.h"

/* The newest record of the segment, or, where they have no timestamps, its last append. -1: not known. */
static int64_t age_mark(struct partition *partition, size_t index)
{
    const struct segment *segment = &partition->segments[index];

    if (partition_know_segment(partition, index, NULL) != ERR_OK)
        return -1;
    return segment->seal.max_timestamp_ms >= 0 ? segment->seal.max_timestamp_ms
                                               : segment->seal.touched_ms;
}

static bool is_expired(struct partition *partition, size_t index)
{
    if (!partition->options.deletes || partition->options.retention_ms < 0)
        return false;
    int64_t mark = age_mark(partition, index);
    return mark >= 0 && partition->now_ms - mark > partition->options.retention_ms;
}

/* Without the segment the log still holds what the retention wants to be kept. */
static bool is_surplus(const struct partition *partition, uint64_t gone_bytes, size_t index)
{
    const struct partition_options *options = &partition->options;

    return options->deletes && options->retention_bytes >= 0 &&
           partition->size - gone_bytes - partition->segments[index].size >=
               (uint64_t)options->retention_bytes;
}

/* Segments from the first on that nobody is to read any more. The last one is never among them. */
static size_t count_leaving(struct partition *partition)
{
    size_t count = 0;
    uint64_t bytes = 0;

    while (count + 1 < partition->segment_count) {
        int64_t limit = partition_segment_limit(partition, count);
        if (limit > partition->high_watermark.offset)
            break;
        if (limit > partition->start_offset && !is_surplus(partition, bytes, count) &&
            !is_expired(partition, count))
            break;
        bytes += partition->segments[count].size;
        count++;
    }
    return count;
}

/* The name of the last segment keeps the end of the log: it is durable before anything goes. */
static uint32_t drop_first(struct partition *partition, size_t count)
{
    struct error error;

    if (count == 0 || partition_sync_folder(partition, &error) != ERR_OK)
        return 0;
    int64_t start = partition->segments[count].base_offset;
    if (partition->start_offset < start)
        partition->start_offset = start;
    partition_drop_segments(partition, 0, count);
    return (uint32_t)count;
}

/* What is closed can be deleted and compacted, so a segment does not stay open for ever. */
static bool is_to_be_rolled(struct partition *partition)
{
    const struct index_seal *seal = &partition->writer.seal;

    if (partition_active(partition)->size == 0)
        return false;
    if (partition->start_offset == partition->end_offset ||
        is_expired(partition, partition->segment_count - 1))
        return true;
    int64_t born_ms = seal->first_timestamp_ms >= 0 ? seal->first_timestamp_ms : seal->touched_ms;
    return born_ms >= 0 && partition->now_ms > born_ms &&
           (uint64_t)(partition->now_ms - born_ms) > partition->options.segment_ms;
}

uint32_t partition_retain(struct partition *partition, int64_t now_ms)
{
    struct error error;

    partition->now_ms = now_ms;
    if (partition->failure != NULL || partition->segment_count == 0)
        return 0;
    if (is_to_be_rolled(partition)) {
        enum err err = partition_roll(partition, &error);
        if (err != ERR_OK && err != ERR_FULL) {
            (void)partition_fail(partition, &error);
            return 0;
        }
    }
    return drop_first(partition, count_leaving(partition));
}

enum err partition_delete_records(struct partition *partition, int64_t before_offset,
                                  struct error *error)
{
    struct error own;

    if (partition->failure != NULL)
        return error_set(error, ERR_IO, "%s", partition->failure);
    if (before_offset > partition->high_watermark.offset || before_offset < 0)
        return error_set(error, ERR_NOT_FOUND,
                         "offset %" PRId64 " is not in '%s', which ends with %" PRId64,
                         before_offset, partition->folder, partition->high_watermark.offset);
    if (before_offset <= partition->start_offset)
        return ERR_OK;
    partition->start_offset = before_offset;
    if (partition->segment_count > 0 && is_to_be_rolled(partition)) {
        enum err err = partition_roll(partition, &own);
        if (err != ERR_OK && err != ERR_FULL) /* without room it is rolled later */
            return error_set(error, partition_fail(partition, &own), "%s", own.text);
    }
    (void)drop_first(partition, count_leaving(partition));
    return ERR_OK;
}

void partition_expire_producers(struct partition *partition, int64_t now_ms)
{
    partition->now_ms = now_ms;
    producers_expire(partition->producers, now_ms, partition->options.producer_expiry_ms);
}
