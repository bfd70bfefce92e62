/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/log/partition_parts.h"

/* ---- what is in the folder ---- */

struct numbers {
    int64_t *items;
    size_t count;
    size_t capacity;
};

struct listing {
    struct numbers found[SEGMENT_SNAPSHOT + 1]; /* by kind */
    struct numbers unfinished[SEGMENT_SNAPSHOT + 1];
    bool has_new_epochs;
};

static void add_number(struct numbers *numbers, int64_t number)
{
    if (numbers->count == numbers->capacity) {
        numbers->capacity = numbers->capacity == 0 ? 2 : 2 * numbers->capacity;
        numbers->items = mem_resize(numbers->items, numbers->capacity, sizeof *numbers->items);
    }
    numbers->items[numbers->count++] = number;
}

static int compare(const void *left, const void *right)
{
    const int64_t *first = left;
    const int64_t *second = right;

    return (*first > *second) - (*first < *second);
}

static bool has_number(const struct numbers *numbers, int64_t number)
{
    return numbers->count > 0 && bsearch(&number, numbers->items, numbers->count,
                                         sizeof *numbers->items, compare) != NULL;
}

static void listing_done(struct listing *listing)
{
    for (size_t kind = 0; kind <= SEGMENT_SNAPSHOT; kind++) {
        free(listing->found[kind].items);
        free(listing->unfinished[kind].items);
    }
}

/* What is not ours stays where it is. */
static void note_name(void *context, const char *name, bool is_folder)
{
    struct listing *listing = context;
    int64_t number;
    enum segment_kind kind;
    enum segment_age age;

    if (is_folder)
        return;
    if (strcmp(name, "epochs.new") == 0)
        listing->has_new_epochs = true;
    else if (segment_parse_name(name, &number, &kind, &age))
        add_number(age == SEGMENT_NEW ? &listing->unfinished[kind] : &listing->found[kind], number);
}

static enum err list(struct partition *partition, struct listing *ret_listing, struct error *error)
{
    const struct files_operations *operations = partition->files->operations;
    enum err err =
        operations->list(partition->files, partition->folder, note_name, ret_listing, error);

    if (err == ERR_NOT_FOUND) {
        err = operations->make_folder(partition->files, partition->folder, error);
        partition->names_made++;
    }
    for (size_t kind = 0; kind <= SEGMENT_SNAPSHOT; kind++) {
        struct numbers *numbers = &ret_listing->found[kind];
        if (numbers->count > 1)
            qsort(numbers->items, numbers->count, sizeof *numbers->items, compare);
    }
    return err;
}

static enum err remove_file(struct partition *partition, const char *path, struct error *error)
{
    enum err err = partition->files->operations->remove(partition->files, path, error);

    partition->names_made++;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err remove_segment_file(struct partition *partition, int64_t number,
                                    enum segment_kind kind, enum segment_age age,
                                    struct error *error)
{
    char path[FILES_PATH_MAX];

    segment_path(partition->folder, number, kind, age, path);
    return remove_file(partition, path, error);
}

/* What was being made when an earlier life ended, and indexes whose log is gone. */
static enum err remove_leftovers(struct partition *partition, const struct listing *listing,
                                 struct error *error)
{
    char path[FILES_PATH_MAX];
    enum err err = ERR_OK;

    for (size_t kind = 0; kind <= SEGMENT_SNAPSHOT; kind++) {
        const struct numbers *numbers = &listing->unfinished[kind];
        for (size_t i = 0; i < numbers->count && err == ERR_OK; i++)
            err = remove_segment_file(partition, numbers->items[i], (enum segment_kind)kind,
                                      SEGMENT_NEW, error);
    }
    for (size_t kind = SEGMENT_INDEX; kind <= SEGMENT_TIME_INDEX; kind++) {
        const struct numbers *numbers = &listing->found[kind];
        for (size_t i = 0; i < numbers->count && err == ERR_OK; i++) {
            if (!has_number(&listing->found[SEGMENT_LOG], numbers->items[i]))
                err = remove_segment_file(partition, numbers->items[i], (enum segment_kind)kind,
                                          SEGMENT_IN_PLACE, error);
        }
    }
    if (err != ERR_OK || !listing->has_new_epochs)
        return err;
    partition_epochs_path(partition, SEGMENT_NEW, path);
    return remove_file(partition, path, error);
}

static enum err add_segments(struct partition *partition, const struct numbers *bases,
                             struct error *error)
{
    for (size_t i = 0; i < bases->count; i++) {
        struct segment *segment = partition_push_segment(partition, bases->items[i]);
        struct segment_place place = partition_place(partition);
        enum err err = segment_open(segment, &place, FILES_READ, error);
        if (err == ERR_OK)
            err = segment->log->operations->size(segment->log, &segment->size, error);
        if (err != ERR_OK)
            return err;
        segment_rest(segment);
        segment->is_synced = true;
        partition->size += segment->size;
    }
    return ERR_OK;
}

/* A closed segment without one of its indexes: both are made anew. */
static enum err restore_indexes(struct recovery *recovery, const struct listing *listing,
                                struct error *error)
{
    struct partition *partition = recovery->partition;

    for (size_t i = 0; i + 1 < partition->segment_count; i++) {
        struct segment *segment = &partition->segments[i];
        struct segment_place place = partition_place(partition);
        if (segment->is_known ||
            (has_number(&listing->found[SEGMENT_INDEX], segment->base_offset) &&
             has_number(&listing->found[SEGMENT_TIME_INDEX], segment->base_offset)))
            continue;
        enum err err = segment_rebuild(segment, &place, NULL, error);
        if (err != ERR_OK)
            return err;
        recovery->report->indexes_rebuilt++;
        segment_rest(segment);
    }
    return ERR_OK;
}

/* ---- epochs ---- */

void partition_epochs_path(const struct partition *partition, enum segment_age age,
                           char ret_path[FILES_PATH_MAX])
{
    (void)snprintf(ret_path, FILES_PATH_MAX, "%s/epochs%s", partition->folder,
                   age == SEGMENT_NEW ? ".new" : "");
}

enum err partition_open_epochs(struct partition *partition, struct error *error)
{
    char path[FILES_PATH_MAX];

    if (partition->epochs_file != NULL)
        return ERR_OK;
    partition_epochs_path(partition, SEGMENT_IN_PLACE, path);
    enum err err = partition->files->operations->open(partition->files, path, FILES_WRITE,
                                                      &partition->epochs_file, error);
    if (err != ERR_NOT_FOUND)
        return err;
    partition->names_made++;
    return partition->files->operations->open(partition->files, path, FILES_CREATE,
                                              &partition->epochs_file, error);
}

static enum err put_epochs(const struct partition *partition, struct file *file,
                           struct error *error)
{
    size_t size = partition->epochs.count * EPOCHS_ENTRY_SIZE;
    unsigned char *bytes = mem_alloc(size);
    struct files_piece piece = {bytes, size};

    for (size_t i = 0; i < partition->epochs.count; i++)
        epochs_encode(&partition->epochs.entries[i], bytes + i * EPOCHS_ENTRY_SIZE);
    enum err err = size == 0 ? ERR_OK : file->operations->write(file, 0, &piece, 1, error);
    free(bytes);
    return err == ERR_OK ? file->operations->sync(file, error) : err;
}

enum err partition_write_epochs(struct partition *partition, struct error *error)
{
    const struct files_operations *operations = partition->files->operations;
    char new_path[FILES_PATH_MAX];
    char path[FILES_PATH_MAX];
    struct file *file;

    partition_epochs_path(partition, SEGMENT_NEW, new_path);
    partition_epochs_path(partition, SEGMENT_IN_PLACE, path);
    enum err err = operations->open(partition->files, new_path, FILES_CREATE, &file, error);
    if (err != ERR_OK)
        return err;
    err = put_epochs(partition, file, error);
    operations->give(&file);
    if (err == ERR_OK)
        err = operations->rename(partition->files, new_path, path, error);
    partition->names_made++;
    partition->epochs_size = partition->epochs.count * EPOCHS_ENTRY_SIZE;
    return err;
}

/* ---- opening ---- */

/* After a clean end the last segment's seal says all that there is to know, if it fits the checkpoint. */
static bool trust(struct partition *partition, const struct partition_checkpoint *checkpoint)
{
    struct segment *last = partition_active(partition);
    struct index_seals seals = {.count = 0};
    char path[FILES_PATH_MAX];
    struct error ignored;
    struct file *file;

    if (last == NULL || !checkpoint->is_clean)
        return false;
    segment_path(partition->folder, last->base_offset, SEGMENT_TIME_INDEX, SEGMENT_IN_PLACE, path);
    if (partition->files->operations->open(partition->files, path, FILES_READ, &file, &ignored) !=
        ERR_OK)
        return false;
    enum err err = index_read_seals(file, &seals, &ignored);
    file->operations->give(&file);
    for (unsigned i = 0; i < seals.count && err == ERR_OK; i++) {
        if (seals.seals[i].size != last->size ||
            seals.seals[i].end_offset != checkpoint->flushed_offset)
            continue;
        index_writer_resume(&partition->writer, last->base_offset,
                            partition->options.index_interval_bytes, &seals.seals[i],
                            seals.places[i]);
        return true;
    }
    return false;
}

static int64_t larger(int64_t first, int64_t second)
{
    return first > second ? first : second;
}

/* The end of the log, and where it must be, so that no offset is given twice: behind what was durable, and
 * behind what was deleted. */
static enum err find_end(struct recovery *recovery, const struct partition_checkpoint *checkpoint,
                         struct error *error)
{
    struct partition *partition = recovery->partition;
    int64_t wanted = recovery->flushed_offset;
    bool has_segment = partition->segment_count > 0;

    if (checkpoint->is_known)
        wanted = larger(wanted, checkpoint->start_offset);
    partition->end_offset = has_segment ? partition->writer.seal.end_offset : 0;
    if (wanted <= partition->end_offset)
        return ERR_OK;
    if (recovery->flushed_offset > partition->end_offset)
        recovery_say(recovery,
                     "the log ends with %" PRId64 ", and was durable up to %" PRId64
                     ": it goes on from there",
                     partition->end_offset, recovery->flushed_offset);
    partition->end_offset = wanted;
    return partition_begin_segment(partition, error);
}

/* Segments that were deleted, and are there again after a crash. */
static void drop_deleted(struct partition *partition)
{
    size_t count = 0;

    while (count + 1 < partition->segment_count &&
           partition->segments[count + 1].base_offset <= partition->start_offset)
        count++;
    if (count > 0)
        partition_drop_segments(partition, 0, count);
}

static void find_start(struct partition *partition, const struct partition_checkpoint *checkpoint)
{
    int64_t first = partition->segment_count > 0 ? partition->segments[0].base_offset : 0;

    partition->start_offset = larger(first, checkpoint->is_known ? checkpoint->start_offset : 0);
    if (partition->start_offset > partition->end_offset)
        partition->start_offset = partition->end_offset;
}

/* What was read again, and may be in the memory of the system only, becomes durable before anything else is done
 * with it. */
static enum err make_durable(struct recovery *recovery, struct error *error)
{
    struct partition *partition = recovery->partition;
    int64_t flushed = recovery->flushed_offset;

    partition->flushed_offset = flushed < partition->end_offset ? flushed : partition->end_offset;
    for (size_t i = 0; i < partition->segment_count; i++) {
        if (partition_segment_limit(partition, i) > flushed)
            partition->segments[i].is_synced = false;
    }
    if (flushed < partition->end_offset || recovery->report->bytes_cut > 0)
        partition->names_made++; /* of an earlier life, perhaps not durable */
    partition->high_watermark.offset = partition->flushed_offset;
    return partition_flush_now(partition, error);
}

/* All that was appended is durable. But an earlier life may have cut the last segment, or made the next one, and have
 * ended before that was; so with what is appended next both become durable. Until then it does no harm, and to wait
 * for it costs nothing at a start. */
static void doubt_end(struct partition *partition)
{
    for (size_t i = partition->segment_count; i > 0; i--) {
        if (partition_segment_limit(partition, i - 1) < partition->end_offset)
            break;
        partition->segments[i - 1].is_synced = false;
    }
    partition->names_made++;
}

static enum err load(struct recovery *recovery, const struct listing *listing,
                     const struct partition_checkpoint *checkpoint, struct error *error)
{
    struct partition *partition = recovery->partition;
    const struct numbers *snapshots = &listing->found[SEGMENT_SNAPSHOT];
    enum err err = ERR_OK;

    recovery->checked_from = INT64_MAX;
    recovery->lost_from = INT64_MAX;
    bool is_clean = trust(partition, checkpoint);
    partition->is_settled = is_clean;
    if (!is_clean)
        err = partition_drop_merged(partition, error);
    if (!is_clean && err == ERR_OK)
        err = recovery_check_log(recovery, error);
    if (err == ERR_OK)
        err = find_end(recovery, checkpoint, error);
    if (err != ERR_OK)
        return err;
    find_start(partition, checkpoint);
    err = restore_indexes(recovery, listing, error);
    if (err == ERR_OK)
        err = recovery_load_producers(recovery, snapshots->items, snapshots->count, error);
    if (err == ERR_OK)
        err = recovery_load_epochs(recovery, recovery->checked_from, error);
    if (err == ERR_OK)
        err = make_durable(recovery, error);
    if (err != ERR_OK)
        return err;
    if (partition->snapshot_offset != partition->end_offset)
        partition->is_settled = false;
    partition_move_high_watermark(partition);
    drop_deleted(partition);
    partition_rest(partition);
    if (!is_clean)
        doubt_end(partition);
    return ERR_OK;
}

static struct partition *new_partition(struct files *files, const char *folder,
                                       int32_t leader_epoch, int64_t now_ms)
{
    struct partition *partition = NEW(struct partition);

    partition->files = files;
    partition->folder = mem_copy_text(folder);
    partition->leader_epoch = leader_epoch;
    partition->now_ms = now_ms;
    partition->snapshot_offset = -1;
    partition->snapshot_synced = -1;
    partition->flushing_snapshot = -1;
    return partition;
}

static enum err open_in(struct partition *partition, const struct partition_checkpoint *checkpoint,
                        struct partition_recovery *report, struct error *error)
{
    struct recovery recovery = {
        .partition = partition,
        .flushed_offset = checkpoint->is_known ? checkpoint->flushed_offset : 0,
        .report = report,
    };
    struct listing listing = {.has_new_epochs = false};
    enum err err = list(partition, &listing, error);

    if (err == ERR_OK)
        err = remove_leftovers(partition, &listing, error);
    if (err == ERR_OK)
        err = add_segments(partition, &listing.found[SEGMENT_LOG], error);
    if (err == ERR_OK)
        err = load(&recovery, &listing, checkpoint, error);
    listing_done(&listing);
    return err;
}

/* NOLINTNEXTLINE(readability-function-size): nine things to open with, each of its own kind */
enum err partition_open(struct files *files, const char *folder,
                        const struct partition_options *options,
                        const struct partition_checkpoint *checkpoint, int32_t leader_epoch,
                        int64_t now_ms, struct partition **ret_partition,
                        struct partition_recovery *ret_recovery, struct error *error)
{
    struct partition_recovery report = {.cut_at_offset = -1};
    struct error own;

    if (error == NULL)
        error = &own;
    if (strlen(folder) >= PARTITION_FOLDER_MAX)
        return error_set(error, ERR_LIMIT, "cannot open '%s': the name is too long", folder);

    struct partition *partition = new_partition(files, folder, leader_epoch, now_ms);
    partition->producers =
        producers_new(options->producers_max > 0 ? options->producers_max : PRODUCERS_MAX);
    partition_set_options(partition, options);
    enum err err = open_in(partition, checkpoint, &report, error);
    if (err != ERR_OK) {
        partition_abandon(&partition);
        return error_wrap(error, "cannot open '%s'", folder);
    }
    *ret_recovery = report;
    *ret_partition = partition;
    return ERR_OK;
}
