/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "broker/log/partition_parts.h"

enum {
    FLUSH_LOGS_MAX = PARTITION_FLUSH_FILES_MAX - 4, /* besides epochs, snapshot and two indexes */
};

static struct partition_mark mark_of_end(const struct partition *partition)
{
    const struct segment *last = partition_active(partition);

    return (struct partition_mark){
        .offset = partition->end_offset,
        .base_offset = last == NULL ? partition->end_offset : last->base_offset,
        .position = last == NULL ? 0 : last->size,
    };
}

void partition_move_high_watermark(struct partition *partition)
{
    if (!partition->options.flush_always || partition->flushed_offset == partition->end_offset)
        partition->high_watermark = mark_of_end(partition);
}

/* ---- the folder ---- */

/* The folder that holds `folder`: "" for the data folder itself. */
static void parent_of(const char *folder, char ret_parent[FILES_PATH_MAX])
{
    const char *slash = strrchr(folder, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - folder);

    memcpy(ret_parent, folder, length);
    ret_parent[length] = '\0';
}

static enum err sync_folders(struct files *files, const char *folder, struct error *error)
{
    char parent[FILES_PATH_MAX];
    enum err err = files->operations->sync_folder(files, folder, error);

    parent_of(folder, parent);
    return err == ERR_OK ? files->operations->sync_folder(files, parent, error) : err;
}

enum err partition_sync_folder(struct partition *partition, struct error *error)
{
    if (partition->names_synced == partition->names_made)
        return ERR_OK;
    enum err err = sync_folders(partition->files, partition->folder, error);
    if (err != ERR_OK)
        return partition_fail(partition, error);
    partition->names_synced = partition->names_made;
    return ERR_OK;
}

/* ---- begin ---- */

static void add_file(struct partition_flush *flush, struct file *file)
{
    file->operations->take(file);
    flush->files[flush->file_count++] = file;
}

static enum err add_index(struct partition *partition, struct partition_flush *flush,
                          enum segment_kind kind, struct error *error)
{
    char path[FILES_PATH_MAX];
    struct file *file;

    segment_path(partition->folder, partition_active(partition)->base_offset, kind,
                 SEGMENT_IN_PLACE, path);
    enum err err =
        partition->files->operations->open(partition->files, path, FILES_WRITE, &file, error);
    if (err == ERR_OK)
        flush->files[flush->file_count++] = file;
    return err;
}

/* The entries of the last segment become durable with its batches, and then a seal says so. */
static bool add_indexes(struct partition *partition, struct partition_flush *flush)
{
    struct error ignored;

    if (partition->flushing.offset != partition->end_offset ||
        partition_spill(partition, &ignored) != ERR_OK ||
        add_index(partition, flush, SEGMENT_INDEX, &ignored) != ERR_OK ||
        add_index(partition, flush, SEGMENT_TIME_INDEX, &ignored) != ERR_OK)
        return false;
    partition->flushing_seal = partition->writer.seal;
    partition->flushing_seal.flushed_offset = partition->end_offset;
    return true;
}

/* Now and then the state of producers and indexes becomes durable, too: that bounds what is read after a
 * crash. Without it a crash costs more time, nothing else. */
static void add_state(struct partition *partition, struct partition_flush *flush)
{
    struct error ignored;
    struct file *file;

    partition->flushing_snapshot = -1;
    partition->is_flushing_seal = false;
    if (partition->unsnapshot_bytes < PARTITION_SNAPSHOT_BYTES)
        return;
    partition->is_flushing_seal = add_indexes(partition, flush);
    if (partition_snapshot(partition, &file, &ignored) != ERR_OK)
        return;
    flush->files[flush->file_count++] = file;
    partition->flushing_snapshot = partition->end_offset;
}

static struct partition_mark mark_of_segment(const struct partition *partition, size_t index)
{
    const struct segment *segment = &partition->segments[index];

    return (struct partition_mark){
        .offset = partition_segment_limit(partition, index),
        .base_offset = segment->base_offset,
        .position = segment->size,
    };
}

/* The oldest segments that are not durable, as many as there is room for. ERR_NOT_FOUND: all are. */
static enum err add_segments(struct partition *partition, struct partition_flush *flush,
                             size_t room, struct error *error)
{
    enum err result = ERR_NOT_FOUND;

    for (size_t i = 0; i < partition->segment_count && room > 0; i++) {
        if (partition->segments[i].is_synced)
            continue;
        enum err err = partition_use_segment(partition, i, error);
        if (err != ERR_OK)
            return err;
        add_file(flush, partition->segments[i].log);
        partition->flushing = mark_of_segment(partition, i);
        result = ERR_OK;
        room--;
    }
    return result;
}

static void give_all(struct partition_flush *flush)
{
    for (size_t i = 0; i < flush->file_count; i++)
        flush->files[i]->operations->give(&flush->files[i]);
    flush->file_count = 0;
}

bool partition_flush_begin(struct partition *partition, struct partition_flush *ret_flush)
{
    struct partition_flush flush = {.file_count = 0};
    struct error error;

    if (partition->is_flushing || partition->failure != NULL || partition->segment_count == 0 ||
        (partition->flushed_offset == partition->end_offset &&
         partition->names_synced == partition->names_made))
        return false;

    partition->flushing = mark_of_end(partition);
    enum err err = add_segments(partition, &flush, FLUSH_LOGS_MAX, &error);
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        give_all(&flush);
        (void)partition_fail(partition, &error);
        return false;
    }
    partition->is_flushing_epochs = partition->epochs_file != NULL;
    if (partition->is_flushing_epochs)
        add_file(&flush, partition->epochs_file);
    add_state(partition, &flush);
    if (partition->names_synced != partition->names_made) {
        flush.folder_files = partition->files;
        (void)snprintf(flush.folder, sizeof flush.folder, "%s", partition->folder);
    }
    flush.up_to = partition->flushing.offset;
    partition->flushing_names = partition->names_made;
    /* Of a part of the segments nobody knows how many: then they count until all are flushed. */
    partition->flushing_records =
        flush.up_to == partition->end_offset ? partition->unflushed_records : 0;
    partition->is_flushing = true;
    *ret_flush = flush;
    return true;
}

/* ---- run, end ---- */

enum err partition_flush_run(const struct partition_flush *flush, struct error *error)
{
    for (size_t i = 0; i < flush->file_count; i++) {
        enum err err = flush->files[i]->operations->sync(flush->files[i], error);
        if (err != ERR_OK)
            return err;
    }
    return flush->folder_files == NULL ? ERR_OK
                                       : sync_folders(flush->folder_files, flush->folder, error);
}

static uint64_t count_unflushed(const struct partition *partition)
{
    uint64_t sum = 0;

    for (size_t i = partition->segment_count; i > 0; i--) {
        const struct segment *segment = &partition->segments[i - 1];
        if (segment->base_offset < partition->flushed.base_offset)
            break;
        if (segment->base_offset > partition->flushed.base_offset)
            sum += segment->size;
        else if (segment->size > partition->flushed.position)
            sum += segment->size - partition->flushed.position;
    }
    return sum;
}

/* Unless the segment was closed meanwhile. */
static void put_seal(struct partition *partition)
{
    char path[FILES_PATH_MAX];
    struct error ignored;
    int64_t base_offset = partition_active(partition)->base_offset;

    if (!partition->is_flushing_seal || partition->flushing.base_offset != base_offset)
        return;
    segment_path(partition->folder, base_offset, SEGMENT_TIME_INDEX, SEGMENT_IN_PLACE, path);
    if (index_writer_put_seal(&partition->writer, partition->files, path, &partition->flushing_seal,
                              &ignored) != ERR_OK)
        partition->is_flushing_seal = false;
}

/* What is below the mark is durable now. */
static void settle(struct partition *partition)
{
    const struct partition_mark *mark = &partition->flushing;

    for (size_t i = 0; i < partition->segment_count; i++) {
        struct segment *segment = &partition->segments[i];
        if (segment->base_offset < mark->base_offset ||
            (segment->base_offset == mark->base_offset && segment->size == mark->position))
            segment->is_synced = true;
    }
    partition->flushed_offset = mark->offset;
    partition->flushed = *mark;
    partition->unflushed_bytes = count_unflushed(partition);
    if (partition->unflushed_bytes == 0)
        partition->unflushed_records = 0;
    else
        partition->unflushed_records -= partition->flushing_records;
    partition->names_synced = partition->flushing_names;
    if (partition->options.flush_always && mark->offset > partition->high_watermark.offset)
        partition->high_watermark = *mark;
    if (partition->flushing_snapshot >= 0)
        partition_snapshot_is_synced(partition, partition->flushing_snapshot);
    put_seal(partition);
    if (partition->is_flushing_epochs)
        partition->epochs_file->operations->give(&partition->epochs_file);
}

void partition_flush_end(struct partition *partition, struct partition_flush *flush,
                         enum err result, const struct error *error)
{
    ASSERT(partition->is_flushing);
    partition->is_flushing = false;
    give_all(flush);
    if (result != ERR_OK) {
        struct error failure;
        (void)error_set(&failure, result, "cannot flush '%s': %s", partition->folder,
                        error == NULL ? err_text(result) : error->text);
        (void)partition_fail(partition, &failure);
    } else {
        settle(partition);
    }
    partition->flushing_snapshot = -1;
}

enum err partition_flush_now(struct partition *partition, struct error *error)
{
    struct partition_flush flush;
    struct error own;

    while (partition_flush_begin(partition, &flush)) {
        enum err err = partition_flush_run(&flush, &own);
        partition_flush_end(partition, &flush, err, &own);
    }
    return partition->failure == NULL ? ERR_OK : error_set(error, ERR_IO, "%s", partition->failure);
}
