/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "broker/log/partition_parts.h"
#include "broker/log/records.h"

/* What of a batch counts: the offsets that may be read. */
struct window {
    int64_t from;
    int64_t to; /* one behind */
};

/* Which record of a batch: the first with a timestamp not before `timestamp_ms`. */
struct question {
    struct window window;
    int64_t timestamp_ms;
};

static bool is_in(const struct window *window, int64_t offset)
{
    return offset >= window->from && offset < window->to;
}

/* ---- in a batch ---- */

/* ERR_NOT_FOUND: none of its records. */
static enum err find_record(const void *batch, const struct batch_head *head,
                            const struct question *question, struct partition_moment *ret_moment,
                            struct error *error)
{
    struct records_reader reader = {.size = 0};
    struct record record;
    enum err err = records_open(&reader, batch, head, error);

    while (err == ERR_OK) {
        err = records_next(&reader, &record, error);
        if (err == ERR_OK && record.timestamp_ms >= question->timestamp_ms &&
            is_in(&question->window, record.offset)) {
            *ret_moment =
                (struct partition_moment){record.offset, record.timestamp_ms, head->leader_epoch};
            break;
        }
    }
    records_reader_done(&reader);
    return err;
}

static enum err look_into(struct file *file, uint64_t position, const struct batch_head *head,
                          const struct question *question, struct partition_moment *ret_moment,
                          struct error *error)
{
    unsigned char *batch = mem_alloc(head->size);
    size_t size;
    enum err err = file->operations->read(file, position, batch, head->size, &size, error);

    if (err == ERR_OK && size < head->size)
        err = error_set(error, ERR_CORRUPT, "a batch ends too early");
    if (err == ERR_OK)
        err = find_record(batch, head, question, ret_moment, error);
    free(batch);
    return err;
}

/* ---- in a segment ---- */

static struct index_writer *writer_of(struct partition *partition, size_t index)
{
    return index + 1 == partition->segment_count ? &partition->writer : NULL;
}

/* From that offset on to the end of the segment. ERR_NOT_FOUND: none. */
static enum err walk(struct partition *partition, size_t index, int64_t offset,
                     const struct question *question, struct partition_moment *ret_moment,
                     struct error *error)
{
    struct segment *segment = &partition->segments[index];
    struct segment_place place = partition_place(partition);
    struct segment_search search = {.offset = offset,
                                    .offset_limit = partition_segment_limit(partition, index)};
    enum err err = segment_find(segment, &place, writer_of(partition, index), &search, error);
    struct segment_scan scan;

    if (err != ERR_OK)
        return err;
    segment_scan_init(&scan, segment->log, segment->base_offset, segment->size,
                      SEGMENT_CHECK_HEADS);
    scan.position = search.position;
    scan.next_offset = search.head.base_offset;
    do {
        err = segment_scan_next(&scan, &search.head, &search.position, error);
        if (err != ERR_OK || search.head.max_timestamp_ms < question->timestamp_ms)
            continue;
        err = look_into(segment->log, search.position, &search.head, question, ret_moment, error);
        if (err == ERR_OK)
            break;
        if (err == ERR_NOT_FOUND)
            err = ERR_OK;
    } while (err == ERR_OK && scan.next_offset < question->window.to);
    segment_scan_done(&scan);
    return err == ERR_OK && ret_moment->offset < 0 ? ERR_NOT_FOUND : err;
}

static enum err find_in_segment(struct partition *partition, size_t index,
                                const struct question *question,
                                struct partition_moment *ret_moment, struct error *error)
{
    struct segment *segment = &partition->segments[index];
    struct segment_place place = partition_place(partition);
    int64_t offset;
    enum err err = partition_know_segment(partition, index, error);

    if (err == ERR_OK && segment->seal.max_timestamp_ms < question->timestamp_ms)
        return ERR_NOT_FOUND;
    if (err == ERR_OK)
        err = partition_use_segment(partition, index, error);
    if (err == ERR_OK)
        err = segment_find_time(segment, &place, writer_of(partition, index),
                                question->timestamp_ms, &offset, error);
    if (err != ERR_OK)
        return err;
    if (offset < question->window.from)
        offset = question->window.from;
    return walk(partition, index, offset, question, ret_moment, error);
}

enum err partition_find_time(struct partition *partition, int64_t timestamp_ms,
                             struct partition_moment *ret_moment, struct error *error)
{
    const struct question question = {{partition->start_offset, partition->high_watermark.offset},
                                      timestamp_ms};
    struct partition_moment moment = {-1, -1, -1};
    struct error own;
    enum err err = ERR_NOT_FOUND;

    if (partition->segment_count > 0) {
        size_t index = partition_segment_at(partition, partition->start_offset);
        for (; index < partition->segment_count && err == ERR_NOT_FOUND; index++)
            err = find_in_segment(partition, index, &question, &moment, &own);
    }
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return error_set(error, err, "cannot look for time %" PRId64 " in '%s': %s", timestamp_ms,
                         partition->folder, own.text);
    *ret_moment = moment;
    return ERR_OK;
}

/* ---- the latest ---- */

/* The largest timestamp of the batches that overlap the window. */
static enum err find_max(struct partition *partition, size_t index, const struct window *window,
                         int64_t *ret_max, struct error *error)
{
    struct segment *segment = &partition->segments[index];
    struct segment_scan scan;
    struct batch_head head;
    uint64_t position;
    int64_t max = -1;
    enum err err = partition_use_segment(partition, index, error);

    if (err != ERR_OK)
        return err;
    segment_scan_init(&scan, segment->log, segment->base_offset, segment->size,
                      SEGMENT_CHECK_HEADS);
    while ((err = segment_scan_next(&scan, &head, &position, error)) == ERR_OK) {
        bool overlaps = batch_last_offset(&head) >= window->from && head.base_offset < window->to;
        if (overlaps && head.max_timestamp_ms > max)
            max = head.max_timestamp_ms;
    }
    segment_scan_done(&scan);
    if (err != ERR_NOT_FOUND && err != ERR_CORRUPT)
        return err;
    *ret_max = max;
    return ERR_OK;
}

/* The seal says it, unless a part of the segment is not to be read. */
static enum err max_of_segment(struct partition *partition, size_t index,
                               const struct window *window, int64_t *ret_max, struct error *error)
{
    const struct segment *segment = &partition->segments[index];

    if (segment->base_offset < window->from ||
        partition_segment_limit(partition, index) > window->to)
        return find_max(partition, index, window, ret_max, error);
    enum err err = partition_know_segment(partition, index, error);
    if (err == ERR_OK)
        *ret_max = segment->seal.max_timestamp_ms;
    return err;
}

enum err partition_find_latest_time(struct partition *partition,
                                    struct partition_moment *ret_moment, struct error *error)
{
    const struct window window = {partition->start_offset, partition->high_watermark.offset};
    int64_t latest = -1;

    if (window.from < window.to && partition->segment_count > 0) {
        size_t index = partition_segment_at(partition, window.from);
        for (; index < partition->segment_count; index++) {
            int64_t max = -1;
            enum err err = max_of_segment(partition, index, &window, &max, error);
            if (err != ERR_OK)
                return err;
            latest = max > latest ? max : latest;
        }
    }
    if (latest >= 0)
        return partition_find_time(partition, latest, ret_moment, error);
    *ret_moment = (struct partition_moment){-1, -1, -1};
    return ERR_OK;
}
