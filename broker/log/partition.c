/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/partition.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/log/partition_parts.h"

/* ---- questions ---- */

int64_t partition_start_offset(const struct partition *partition)
{
    return partition->start_offset;
}

int64_t partition_end_offset(const struct partition *partition)
{
    return partition->end_offset;
}

int64_t partition_flushed_offset(const struct partition *partition)
{
    return partition->flushed_offset;
}

int64_t partition_high_watermark(const struct partition *partition)
{
    return partition->high_watermark.offset;
}

int32_t partition_leader_epoch(const struct partition *partition)
{
    return partition->leader_epoch;
}

uint64_t partition_size_bytes(const struct partition *partition)
{
    return partition->size;
}

uint32_t partition_segment_count(const struct partition *partition)
{
    return (uint32_t)partition->segment_count;
}

const char *partition_failure(const struct partition *partition)
{
    return partition->failure;
}

uint64_t partition_unflushed_bytes(const struct partition *partition)
{
    return partition->unflushed_bytes;
}

uint64_t partition_unflushed_records(const struct partition *partition)
{
    return partition->unflushed_records;
}

/* The present epoch begins with what will be appended next, if nothing was in it yet. */
void partition_epoch_end(const struct partition *partition, int32_t epoch, int32_t *ret_epoch,
                         int64_t *ret_end)
{
    *ret_epoch = -1;
    *ret_end = -1;
    if (epoch > partition->leader_epoch)
        return;
    if (epoch == partition->leader_epoch) {
        *ret_epoch = epoch;
        *ret_end = partition->end_offset;
        return;
    }
    epochs_find_end(&partition->epochs, epoch, partition->end_offset, ret_epoch, ret_end);
}

/* ---- settings ---- */

void partition_set_options(struct partition *partition, const struct partition_options *options)
{
    partition->options = *options;
    if (partition->options.segment_bytes > SEGMENT_BYTES_MAX)
        partition->options.segment_bytes = SEGMENT_BYTES_MAX;
    partition->writer.interval_bytes = options->index_interval_bytes;
    partition_move_high_watermark(partition);
}

enum err partition_fail(struct partition *partition, const struct error *error)
{
    if (partition->failure == NULL)
        partition->failure = mem_copy_text(error->text);
    return error->code;
}

/* ---- segments ---- */

size_t partition_segment_at(const struct partition *partition, int64_t offset)
{
    size_t low = 0;
    size_t high = partition->segment_count;

    ASSERT(high > 0);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (partition->segments[middle].base_offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? 0 : low - 1;
}

bool partition_find_segment(const struct partition *partition, int64_t base_offset,
                            size_t *ret_index)
{
    if (partition->segment_count == 0)
        return false;
    *ret_index = partition_segment_at(partition, base_offset);
    return partition->segments[*ret_index].base_offset == base_offset;
}

static bool may_rest(const struct segment *segment)
{
    /* The system tells an error of writing back to the file that was open then: it stays until the sync. */
    return segment->log != NULL && segment->is_synced;
}

/* Closes the file that was not used for longest, of the closed segments, if too many are open. */
static void close_one(struct partition *partition)
{
    struct segment *oldest = NULL;
    size_t count = 0;

    for (size_t i = 0; i + 1 < partition->segment_count; i++) {
        struct segment *segment = &partition->segments[i];
        if (!may_rest(segment))
            continue;
        count++;
        if (oldest == NULL || segment->used_at < oldest->used_at)
            oldest = segment;
    }
    if (count >= PARTITION_OPEN_SEGMENTS_MAX)
        segment_rest(oldest);
}

enum err partition_use_segment(struct partition *partition, size_t index, struct error *error)
{
    struct segment *segment = &partition->segments[index];
    struct segment_place place = partition_place(partition);
    bool is_last = index + 1 == partition->segment_count;

    segment->used_at = ++partition->uses;
    if (segment->log != NULL)
        return ERR_OK;
    if (!is_last)
        close_one(partition);
    return segment_open(segment, &place, is_last ? FILES_WRITE : FILES_READ, error);
}

enum err partition_know_segment(struct partition *partition, size_t index, struct error *error)
{
    struct segment *segment = &partition->segments[index];
    struct segment_place place = partition_place(partition);
    bool is_rebuilt;

    if (index + 1 == partition->segment_count) {
        segment->seal = partition->writer.seal;
        return ERR_OK;
    }
    return segment->is_known ? ERR_OK : segment_know(segment, &place, &is_rebuilt, error);
}

struct segment *partition_push_segment(struct partition *partition, int64_t base_offset)
{
    if (partition->segment_count == partition->segment_capacity) {
        partition->segment_capacity =
            partition->segment_capacity == 0 ? 1 : 2 * partition->segment_capacity;
        partition->segments = mem_resize(partition->segments, partition->segment_capacity,
                                         sizeof *partition->segments);
    }
    struct segment *segment = &partition->segments[partition->segment_count++];
    *segment = (struct segment){.base_offset = base_offset};
    return segment;
}

static void discard_files(const struct partition *partition, int64_t base_offset)
{
    const enum segment_kind kinds[] = {SEGMENT_LOG, SEGMENT_INDEX, SEGMENT_TIME_INDEX};
    char path[FILES_PATH_MAX];

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        segment_path(partition->folder, base_offset, kinds[i], SEGMENT_IN_PLACE, path);
        partition->files->operations->discard(partition->files, path);
    }
}

void partition_forget_damages(struct partition *partition, int64_t base_offset)
{
    size_t kept = 0;

    for (size_t i = 0; i < partition->damage_count; i++) {
        if (partition->damages[i].base_offset != base_offset)
            partition->damages[kept++] = partition->damages[i];
    }
    partition->damage_count = kept;
}

void partition_drop_segments(struct partition *partition, size_t first, size_t count)
{
    ASSERT(first + count < partition->segment_count);
    for (size_t i = first; i < first + count; i++) {
        struct segment *segment = &partition->segments[i];
        partition_forget_damages(partition, segment->base_offset);
        segment_rest(segment);
        discard_files(partition, segment->base_offset);
        partition->size -= segment->size;
    }
    partition->segment_count -= count;
    memmove(partition->segments + first, partition->segments + first + count,
            (partition->segment_count - first) * sizeof *partition->segments);
}

void partition_add_damage(struct partition *partition, const struct segment_damage *damage)
{
    for (size_t i = 0; i < partition->damage_count; i++) {
        const struct segment_damage *known = &partition->damages[i];
        if (known->base_offset == damage->base_offset && known->from == damage->from)
            return;
    }
    if (partition->damage_count == PARTITION_DAMAGES_MAX)
        return;
    if (partition->damages == NULL)
        partition->damages = NEW_ARRAY(struct segment_damage, PARTITION_DAMAGES_MAX);
    partition->damages[partition->damage_count++] = *damage;
}

/* ---- files ---- */

void partition_rest(struct partition *partition)
{
    for (size_t i = 0; i < partition->segment_count; i++) {
        if (may_rest(&partition->segments[i]))
            segment_rest(&partition->segments[i]);
    }
}

uint32_t partition_open_files(const struct partition *partition)
{
    uint32_t count = partition->epochs_file != NULL;

    for (size_t i = 0; i < partition->segment_count; i++) {
        count += partition->segments[i].log != NULL;
        count += partition->segments[i].index != NULL;
    }
    return count;
}

/* ---- the end ---- */

void partition_abandon(struct partition **partition)
{
    struct partition *gone = *partition;

    if (gone == NULL)
        return;
    *partition = NULL;
    for (size_t i = 0; i < gone->segment_count; i++)
        segment_rest(&gone->segments[i]);
    if (gone->epochs_file != NULL)
        gone->epochs_file->operations->give(&gone->epochs_file);
    if (gone->segment_count > 0)
        index_writer_done(&gone->writer);
    producers_destroy(&gone->producers);
    epochs_done(&gone->epochs);
    free(gone->segments);
    free(gone->damages);
    free(gone->failure);
    free(gone->folder);
    free(gone);
}

bool partition_is_unsettled(const struct partition *partition)
{
    return partition->segment_count > 0 && (partition->failure != NULL || !partition->is_settled);
}

static enum err explain_close(const struct partition *partition, enum err err, struct error *error)
{
    return error_set(error, err, "cannot close '%s': %s", partition->folder,
                     error == NULL ? "" : error->text);
}

/* The snapshot is the caller's to give, if there is one. */
static enum err put_end(struct partition *partition, struct file **ret_snapshot,
                        struct error *error)
{
    if (partition->failure != NULL)
        return error_set(error, ERR_IO, "%s", partition->failure);
    enum err err = partition_seal(partition, error);
    return err == ERR_OK ? partition_snapshot(partition, ret_snapshot, error) : err;
}

static void give(struct file **file)
{
    if (*file != NULL)
        (*file)->operations->give(file);
}

/* A partition that was only read since it was opened has all of it on the disk already. */
enum err partition_settle_begin(struct partition *partition, struct error *error)
{
    struct file *snapshot = NULL;

    if (!partition_is_unsettled(partition))
        return ERR_OK;
    enum err err = put_end(partition, &snapshot, error);
    give(&snapshot);
    return err == ERR_OK ? ERR_OK : explain_close(partition, err, error);
}

enum err partition_settle(struct partition *partition, struct error *error)
{
    struct file *snapshot = NULL;

    if (!partition_is_unsettled(partition))
        return ERR_OK;
    enum err err = put_end(partition, &snapshot, error);
    if (err == ERR_OK)
        err = snapshot->operations->sync(snapshot, error);
    give(&snapshot);
    if (err == ERR_OK)
        partition_snapshot_is_synced(partition, partition->snapshot_offset);
    if (err == ERR_OK)
        err = partition_flush_now(partition, error);
    return err == ERR_OK ? ERR_OK : explain_close(partition, err, error);
}

enum err partition_close(struct partition **partition, struct error *error)
{
    if (*partition == NULL)
        return ERR_OK;
    ASSERT(!(*partition)->is_flushing);
    enum err err = partition_settle(*partition, error);
    partition_abandon(partition);
    return err;
}
