/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/mem.h"
#include "broker/log/partition_parts.h"

static const enum segment_kind kinds[] = {SEGMENT_INDEX, SEGMENT_TIME_INDEX, SEGMENT_LOG};

static void remove_new(const struct partition *partition, int64_t base_offset)
{
    char path[FILES_PATH_MAX];

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        segment_path(partition->folder, base_offset, kinds[i], SEGMENT_NEW, path);
        (void)partition->files->operations->remove(partition->files, path, NULL);
    }
}

static enum err size_of(const struct partition *partition, int64_t base_offset, uint64_t *ret_size,
                        struct error *error)
{
    char path[FILES_PATH_MAX];
    struct file *file;

    segment_path(partition->folder, base_offset, SEGMENT_LOG, SEGMENT_NEW, path);
    enum err err =
        partition->files->operations->open(partition->files, path, FILES_READ, &file, error);
    if (err != ERR_OK)
        return err;
    err = file->operations->size(file, ret_size, error);
    file->operations->give(&file);
    return err;
}

/* The log is the last: until then the indexes do not fit, and are made anew after a crash. */
static enum err put_in_place(const struct partition *partition, int64_t base_offset,
                             struct error *error)
{
    char from[FILES_PATH_MAX];
    char to[FILES_PATH_MAX];
    enum err err = ERR_OK;

    for (size_t i = 0; i < COUNT_OF(kinds) && err == ERR_OK; i++) {
        segment_path(partition->folder, base_offset, kinds[i], SEGMENT_NEW, from);
        segment_path(partition->folder, base_offset, kinds[i], SEGMENT_IN_PLACE, to);
        err = partition->files->operations->rename(partition->files, from, to, error);
    }
    return err;
}

/* A place at the end of what is replaced is one at the beginning of what follows. */
static void move_mark(struct partition_mark *mark, int64_t limit)
{
    if (mark->base_offset < limit)
        *mark = (struct partition_mark){mark->offset, limit, 0};
}

/* From the rename on the new segment stands for all of them. Those that are still there after a crash
 * hold nothing that it does not, but what compaction took out: reading goes from one to the next by
 * offset, so nothing is read twice. */
static enum err replace(struct partition *partition, size_t first, size_t count, uint64_t size,
                        struct error *error)
{
    struct segment *segment = &partition->segments[first];
    int64_t limit = partition->segments[first + count].base_offset;
    enum err err = put_in_place(partition, segment->base_offset, error);

    if (err != ERR_OK)
        return partition_fail(partition, error);
    partition->names_made++;
    err = partition_sync_folder(partition, error);
    if (err != ERR_OK)
        return err;

    segment_rest(segment);
    partition->size += size;
    partition->size -= segment->size;
    *segment =
        (struct segment){.base_offset = segment->base_offset, .size = size, .is_synced = true};
    move_mark(&partition->high_watermark, limit);
    move_mark(&partition->flushed, limit);
    if (partition->damage_count > 0)
        partition_forget_damages(partition, segment->base_offset);
    if (count > 1)
        partition_drop_segments(partition, first + 1, count - 1);
    return ERR_OK;
}

/* They are there, in a row, closed, durable, and seen by consumers. */
static bool can_be_swapped(const struct partition *partition, int64_t first_base, size_t count,
                           size_t *ret_first)
{
    if (count == 0 || !partition_find_segment(partition, first_base, ret_first) ||
        *ret_first + count >= partition->segment_count)
        return false;
    int64_t limit = partition->segments[*ret_first + count].base_offset;
    return limit <= partition->flushed_offset && limit <= partition->high_watermark.offset &&
           !partition->is_flushing;
}

enum err partition_swap(struct partition *partition, int64_t first_base, size_t count,
                        struct error *error)
{
    struct error own;
    uint64_t size;
    size_t first;

    if (error == NULL)
        error = &own;
    if (partition->failure != NULL) {
        remove_new(partition, first_base);
        return error_set(error, ERR_IO, "%s", partition->failure);
    }
    if (!can_be_swapped(partition, first_base, count, &first)) {
        remove_new(partition, first_base);
        return error_set(error, ERR_NOT_FOUND,
                         "%zu segments from %" PRId64 " on in '%s' cannot be replaced now", count,
                         first_base, partition->folder);
    }
    enum err err = size_of(partition, first_base, &size, error);
    if (err != ERR_OK) {
        remove_new(partition, first_base);
        return err;
    }
    return replace(partition, first, count, size, error);
}
