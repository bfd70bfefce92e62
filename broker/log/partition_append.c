/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "broker/log/partition_parts.h"
#include "broker/log/snapshot.h"

/* ---- closing a segment, beginning one ---- */

static void paths_of_indexes(const struct partition *partition, char index_path[FILES_PATH_MAX],
                             char time_path[FILES_PATH_MAX])
{
    int64_t base_offset = partition_active(partition)->base_offset;

    segment_path(partition->folder, base_offset, SEGMENT_INDEX, SEGMENT_IN_PLACE, index_path);
    segment_path(partition->folder, base_offset, SEGMENT_TIME_INDEX, SEGMENT_IN_PLACE, time_path);
}

enum err partition_spill(struct partition *partition, struct error *error)
{
    char index_path[FILES_PATH_MAX];
    char time_path[FILES_PATH_MAX];

    paths_of_indexes(partition, index_path, time_path);
    return index_writer_spill(&partition->writer, partition->files, index_path, time_path, error);
}

/* Gives back room that was reserved. */
static enum err trim(struct partition *partition, struct error *error)
{
    struct segment *segment = partition_active(partition);

    if (partition->reserved == 0)
        return ERR_OK;
    partition->reserved = 0;
    enum err err = partition_use_segment(partition, partition->segment_count - 1, error);
    return err == ERR_OK ? segment->log->operations->truncate(segment->log, segment->size, error)
                         : err;
}

enum err partition_seal(struct partition *partition, struct error *error)
{
    char index_path[FILES_PATH_MAX];
    char time_path[FILES_PATH_MAX];
    enum err err = trim(partition, error);

    if (err != ERR_OK)
        return err;
    partition->writer.seal.flushed_offset = partition->flushed_offset;
    paths_of_indexes(partition, index_path, time_path);
    return index_writer_seal(&partition->writer, partition->files, index_path, time_path, error);
}

/* Too many closed segments wait for the disk: the oldest does so here and now. */
static enum err sync_oldest(struct partition *partition, struct error *error)
{
    size_t waiting = 0;
    size_t oldest = 0;

    for (size_t i = partition->segment_count; i > 0; i--) {
        if (partition->segments[i - 1].is_synced)
            continue;
        waiting++;
        oldest = i - 1;
    }
    if (waiting < PARTITION_UNSYNCED_MAX)
        return ERR_OK;

    struct segment *segment = &partition->segments[oldest];
    enum err err = partition_use_segment(partition, oldest, error);
    if (err == ERR_OK)
        err = segment->log->operations->sync(segment->log, error);
    if (err != ERR_OK)
        return partition_fail(partition, error);
    segment->is_synced = true;
    return ERR_OK;
}

enum err partition_begin_segment(struct partition *partition, struct error *error)
{
    char path[FILES_PATH_MAX];
    struct file *file;

    segment_path(partition->folder, partition->end_offset, SEGMENT_LOG, SEGMENT_IN_PLACE, path);
    enum err err =
        partition->files->operations->open(partition->files, path, FILES_CREATE, &file, error);
    if (err != ERR_OK)
        return err;

    if (partition->segment_count > 0) {
        struct segment *last = partition_active(partition);
        last->is_known = partition_seal(partition, error) == ERR_OK;
        last->seal = partition->writer.seal;
        index_writer_done(&partition->writer);
    }
    struct segment *segment = partition_push_segment(partition, partition->end_offset);
    segment->log = file;
    segment->is_synced = true; /* there is nothing in it */
    partition->reserved = 0;
    partition->recent_count = 0;
    partition->names_made++;
    partition->is_settled = false;
    index_writer_init(&partition->writer, segment->base_offset,
                      partition->options.index_interval_bytes);
    return ERR_OK;
}

enum err partition_roll(struct partition *partition, struct error *error)
{
    const struct segment *last = partition_active(partition);

    if (last != NULL && last->base_offset == partition->end_offset)
        return ERR_OK;
    enum err err = partition_begin_segment(partition, error);
    if (err == ERR_OK)
        err = sync_oldest(partition, error);
    if (err != ERR_OK || partition->segment_count == 1)
        return err;

    struct error ignored; /* without a snapshot more is read at the next start */
    if (partition_snapshot(partition, NULL, &ignored) != ERR_OK)
        partition->unsnapshot_bytes = PARTITION_SNAPSHOT_BYTES;
    return ERR_OK;
}

/* ---- snapshots of the producers ---- */

static void drop_snapshot(struct partition *partition, int64_t offset)
{
    char path[FILES_PATH_MAX];

    if (offset < 0)
        return;
    segment_path(partition->folder, offset, SEGMENT_SNAPSHOT, SEGMENT_IN_PLACE, path);
    partition->files->operations->discard(partition->files, path);
}

static enum err write_snapshot(struct partition *partition, struct file **ret_file,
                               struct error *error)
{
    char path[FILES_PATH_MAX];
    struct file *file;
    const struct files_operations *operations = partition->files->operations;

    segment_path(partition->folder, partition->end_offset, SEGMENT_SNAPSHOT, SEGMENT_IN_PLACE,
                 path);
    enum err err = operations->open(partition->files, path, FILES_CREATE, &file, error);
    if (err == ERR_EXISTS)
        err = operations->open(partition->files, path, FILES_WRITE, &file, error);
    if (err != ERR_OK)
        return err;

    struct text text;
    text_init(&text);
    snapshot_encode(partition->producers, partition->end_offset, &text);
    struct files_piece piece = {text_data(&text), text_size(&text)};
    err = operations->truncate(file, 0, error);
    if (err == ERR_OK)
        err = operations->write(file, 0, &piece, 1, error);
    text_done(&text);
    if (err == ERR_OK && ret_file != NULL)
        *ret_file = file;
    else
        operations->give(&file);
    return err;
}

/* Of all snapshots two are kept: the newest, and the newest that is durable. */
enum err partition_snapshot(struct partition *partition, struct file **ret_file,
                            struct error *error)
{
    enum err err = write_snapshot(partition, ret_file, error);

    if (err != ERR_OK)
        return err;
    int64_t before = partition->snapshot_offset;
    if (before != partition->end_offset && before != partition->snapshot_synced &&
        before != partition->flushing_snapshot)
        drop_snapshot(partition, before);
    partition->snapshot_offset = partition->end_offset;
    partition->unsnapshot_bytes = 0;
    partition->names_made++;
    return ERR_OK;
}

void partition_snapshot_is_synced(struct partition *partition, int64_t offset)
{
    if (partition->snapshot_synced != offset)
        drop_snapshot(partition, partition->snapshot_synced);
    partition->snapshot_synced = offset;
}

/* ---- append ---- */

static bool must_roll(const struct partition *partition, const struct batch_head *head)
{
    const struct segment *last = partition_active(partition);
    const struct partition_options *options = &partition->options;

    if (last == NULL)
        return true;
    if (last->size == 0)
        return false;

    const struct index_seal *seal = &partition->writer.seal;
    bool is_full = last->size + head->size > options->segment_bytes;
    bool is_far = partition->end_offset - last->base_offset > INT32_MAX - head->last_offset_delta;
    bool is_old =
        seal->first_timestamp_ms >= 0 && head->max_timestamp_ms > seal->first_timestamp_ms &&
        (uint64_t)(head->max_timestamp_ms - seal->first_timestamp_ms) > options->segment_ms;
    return is_full || is_far || is_old;
}

/* Room ahead of the end keeps a file in one piece. It is a hint: that there is none is said by the write. */
static void reserve(struct partition *partition, size_t size)
{
    struct segment *segment = partition_active(partition);
    uint64_t end = segment->size + size;

    if (!partition->options.preallocates || segment->size < PARTITION_RESERVE_FROM ||
        end <= partition->reserved)
        return;

    uint64_t wanted = end + PARTITION_RESERVE_PIECE;
    if (wanted > partition->options.segment_bytes && end <= partition->options.segment_bytes)
        wanted = partition->options.segment_bytes;
    (void)segment->log->operations->reserve(segment->log, wanted, NULL);
    partition->reserved = wanted;
}

/* The epoch is in its file before the first batch that has it is in the log. */
static enum err begin_epoch(struct partition *partition, struct error *error)
{
    if (epochs_last(&partition->epochs) == partition->leader_epoch)
        return ERR_OK;

    enum err err = partition_open_epochs(partition, error);
    if (err != ERR_OK)
        return err;
    const struct epochs_entry entry = {partition->leader_epoch, partition->end_offset};
    unsigned char bytes[EPOCHS_ENTRY_SIZE];
    struct files_piece piece = {bytes, sizeof bytes};
    epochs_encode(&entry, bytes);
    err = partition->epochs_file->operations->write(partition->epochs_file, partition->epochs_size,
                                                    &piece, 1, error);
    if (err != ERR_OK)
        return err;
    partition->epochs_size += EPOCHS_ENTRY_SIZE;
    (void)epochs_add(&partition->epochs, entry.epoch, entry.start_offset);
    return ERR_OK;
}

/* The log as it was: bytes of a write that found no room may stand behind its end. */
static enum err take_back(struct partition *partition, struct error *error)
{
    struct segment *segment = partition_active(partition);
    struct error second;

    partition->reserved = 0;
    segment->is_synced =
        false; /* or they may be back after a power cut, when another segment comes next */
    if (segment->log->operations->truncate(segment->log, segment->size, &second) == ERR_OK)
        return ERR_FULL;
    return error_set(error, ERR_IO, "%s", second.text);
}

static enum err write_batch(struct partition *partition, const unsigned char *batch,
                            const struct batch_head *stored, struct error *error)
{
    struct segment *segment = partition_active(partition);
    unsigned char head_bytes[BATCH_HEAD_SIZE];
    size_t rest_size = stored->size - BATCH_HEAD_SIZE;
    struct files_piece pieces[] = {{head_bytes, sizeof head_bytes},
                                   {batch + BATCH_HEAD_SIZE, rest_size}};

    memcpy(head_bytes, batch, sizeof head_bytes);
    batch_place(head_bytes, stored->base_offset, stored->leader_epoch);
    if (partition->options.stamps)
        batch_stamp(head_bytes, batch + BATCH_HEAD_SIZE, rest_size, stored->max_timestamp_ms);
    reserve(partition, stored->size);
    enum err err = segment->log->operations->write(segment->log, segment->size, pieces,
                                                   rest_size == 0 ? 1 : 2, error);
    return err == ERR_FULL ? take_back(partition, error) : err;
}

/* What cannot be written waits on, and is tried again with the next full block. It is bounded by the segment,
 * and made anew at worst. */
static void spill_if_due(struct partition *partition)
{
    struct error ignored;

    if (index_writer_is_full(&partition->writer) &&
        partition->writer.seal.entry_count % INDEX_BLOCK == 0 &&
        partition_spill(partition, &ignored) != ERR_OK)
        partition->writer.is_open_ended = false;
}

/* The batch is in the file. */
static void note_batch(struct partition *partition, const struct batch_head *stored)
{
    struct segment *segment = partition_active(partition);

    index_writer_note(&partition->writer, stored, segment->size, partition->now_ms);
    spill_if_due(partition);
    partition->recent[partition->recent_count++ % PARTITION_RECENT] =
        (struct partition_recent){stored->base_offset, segment->size};
    segment->size += stored->size;
    segment->is_synced = false;
    partition->size += stored->size;
    partition->end_offset = batch_last_offset(stored) + 1;
    partition->unflushed_bytes += stored->size;
    partition->unflushed_records += (uint32_t)stored->record_count;
    partition->unsnapshot_bytes += stored->size;
    partition->is_settled = false;
    producers_add(partition->producers, stored, partition->now_ms);
    partition_move_high_watermark(partition);
}

/* Makes all ready for a write at the end of the log. */
static enum err prepare(struct partition *partition, const struct batch_head *head,
                        struct error *error)
{
    enum err err = ERR_OK;

    if (head->last_offset_delta > INT64_MAX - 1 - partition->end_offset)
        return error_set(error, ERR_FULL, "the offsets of '%s' are used up", partition->folder);
    if (must_roll(partition, head))
        err = partition_roll(partition, error);
    if (err == ERR_OK)
        err = partition_use_segment(partition, partition->segment_count - 1, error);
    if (err == ERR_OK)
        err = begin_epoch(partition, error);
    return err;
}

static enum partition_verdict append(struct partition *partition, const void *batch,
                                     const struct batch_head *head,
                                     struct partition_appended *ret_appended, struct error *error)
{
    enum err err = prepare(partition, head, error);
    struct batch_head stored = *head;

    stored.base_offset = partition->end_offset;
    stored.leader_epoch = partition->leader_epoch;
    if (partition->options.stamps)
        stored.max_timestamp_ms = partition->now_ms;
    if (err == ERR_OK)
        err = write_batch(partition, batch, &stored, error);
    if (err == ERR_FULL)
        return PARTITION_NO_ROOM;
    if (err != ERR_OK) {
        (void)error_wrap(error, "cannot write to '%s'", partition->folder);
        (void)partition_fail(partition, error);
        return PARTITION_FAILED;
    }
    note_batch(partition, &stored);
    *ret_appended = (struct partition_appended){
        .base_offset = stored.base_offset,
        .last_offset = batch_last_offset(&stored),
        .append_time_ms = partition->options.stamps ? partition->now_ms : -1,
    };
    return PARTITION_APPENDED;
}

static enum partition_verdict repeat(const struct producers_batch *first, bool stamps,
                                     struct partition_appended *ret_appended)
{
    *ret_appended = (struct partition_appended){
        .base_offset = first->base_offset,
        .last_offset = first->last_offset,
        .append_time_ms = stamps ? first->max_timestamp_ms : -1,
    };
    return PARTITION_DUPLICATE;
}

enum partition_verdict partition_append(struct partition *partition, const void *batch,
                                        const struct batch_head *head, int64_t now_ms,
                                        struct partition_appended *ret_appended,
                                        struct error *error)
{
    struct error own;
    struct producers_batch first;

    if (error == NULL)
        error = &own;
    partition->now_ms = now_ms;
    if (partition->failure != NULL) {
        (void)error_set(error, ERR_IO, "%s", partition->failure);
        return PARTITION_FAILED;
    }
    if (head->size > partition->options.batch_bytes_max) {
        (void)error_set(error, ERR_LIMIT, "a batch of %" PRIu32 " bytes is larger than %" PRIu32,
                        head->size, partition->options.batch_bytes_max);
        return PARTITION_TOO_LARGE;
    }
    switch (producers_check(partition->producers, head, &first)) {
    case PRODUCERS_NEXT:
        return append(partition, batch, head, ret_appended, error);
    case PRODUCERS_DUPLICATE:
        return repeat(&first, partition->options.stamps, ret_appended);
    case PRODUCERS_OUT_OF_ORDER:
        return PARTITION_OUT_OF_ORDER;
    case PRODUCERS_FENCED:
        return PARTITION_FENCED;
    }
    UNREACHABLE();
}
