/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the log again after a crash. From the flushed offset on each batch is read and its checksum
 * checked. Where there is something that is no batch, what follows decides:
 *
 *     nothing whole     it is the torn end of the segment: cut off
 *     whole batches     a hole: they move to a segment of their own, and then the hole is cut off
 *
 * Below the flushed offset all was durable once, so damage is not of the crash: nothing is cut, what is whole
 * behind it is used, and reading what is lost says so. The offsets that were lost are not given again: the log goes
 * on behind the flushed offset, and behind each segment's name that is there.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/log/partition_parts.h"

enum {
    COPY_SIZE = 256 * 1024,
};

void recovery_say(struct recovery *recovery, const char *format, ...)
{
    char *text = recovery->report->text;
    size_t size = sizeof recovery->report->text;
    size_t used = strlen(text);
    va_list arguments;

    if (used + 3 > size)
        return;
    if (used > 0)
        used += (size_t)snprintf(text + used, size - used, "; ");
    va_start(arguments, format);
    (void)vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

/* Batches from this offset on, up to some other, are not there. */
static void note_loss(struct recovery *recovery, int64_t offset)
{
    if (offset >= recovery->flushed_offset && offset < recovery->lost_from)
        recovery->lost_from = offset;
}

static int64_t limit_of(const struct partition *partition, size_t index)
{
    return index + 1 < partition->segment_count ? partition->segments[index + 1].base_offset
                                                : INT64_MAX;
}

/* ---- cutting ---- */

static enum err cut(struct recovery *recovery, size_t index, uint64_t at, int64_t at_offset,
                    struct error *error)
{
    struct partition *partition = recovery->partition;
    struct segment *segment = &partition->segments[index];
    enum err err = segment->log->operations->truncate(segment->log, at, error);

    if (err != ERR_OK)
        return err;
    recovery->report->bytes_cut += segment->size - at;
    if (recovery->report->cut_at_offset < 0)
        recovery->report->cut_at_offset = at_offset;
    recovery_say(recovery,
                 "cut %" PRIu64 " bytes at position %" PRIu64 " of segment %" PRId64
                 ", offset %" PRId64,
                 segment->size - at, at, segment->base_offset, at_offset);
    partition->size -= segment->size - at;
    segment->size = at;
    segment->is_known = false;
    segment->is_synced = false;
    return ERR_OK;
}

static enum err copy(struct file *from, uint64_t at, uint64_t end, struct file *to,
                     struct error *error)
{
    unsigned char *buffer = mem_alloc(COPY_SIZE);
    enum err err = ERR_OK;

    for (uint64_t written = 0; at < end && err == ERR_OK;) {
        size_t size = end - at < COPY_SIZE ? (size_t)(end - at) : COPY_SIZE;
        struct files_piece piece = {buffer, size};
        err = from->operations->read(from, at, buffer, size, &piece.size, error);
        if (err == ERR_OK && piece.size == 0)
            break; /* it has become shorter */
        if (err == ERR_OK)
            err = to->operations->write(to, written, &piece, 1, error);
        at += piece.size;
        written += piece.size;
    }
    free(buffer);
    return err == ERR_OK ? to->operations->sync(to, error) : err;
}

/* Makes a segment of what is whole behind a hole. It has its name when all of it is durable. */
static enum err make_segment(struct partition *partition, struct file *from, uint64_t at,
                             uint64_t end, int64_t base_offset, struct error *error)
{
    const struct files_operations *operations = partition->files->operations;
    char new_path[FILES_PATH_MAX];
    char path[FILES_PATH_MAX];
    struct file *file;

    segment_path(partition->folder, base_offset, SEGMENT_LOG, SEGMENT_NEW, new_path);
    segment_path(partition->folder, base_offset, SEGMENT_LOG, SEGMENT_IN_PLACE, path);
    enum err err = operations->open(partition->files, new_path, FILES_CREATE, &file, error);
    if (err != ERR_OK)
        return err;
    err = copy(from, at, end, file, error);
    operations->give(&file);
    if (err == ERR_OK)
        err = operations->rename(partition->files, new_path, path, error);
    if (err == ERR_OK)
        err = operations->sync_folder(partition->files, partition->folder, error);
    return err;
}

static void insert_segment(struct partition *partition, size_t index, int64_t base_offset,
                           uint64_t size)
{
    (void)partition_push_segment(partition, base_offset); /* makes room */
    memmove(partition->segments + index + 1, partition->segments + index,
            (partition->segment_count - 1 - index) * sizeof *partition->segments);
    partition->segments[index] = (struct segment){.base_offset = base_offset, .size = size};
    partition->size += size;
}

/* ---- damage ---- */

/* Stays as it is, and is refused to readers. */
static void keep(struct recovery *recovery, const struct segment_damage *damage)
{
    partition_add_damage(recovery->partition, damage);
    recovery_say(recovery,
                 "bytes %" PRIu64 " to %" PRIu64 " of segment %" PRId64
                 " are damaged and stay, from offset %" PRId64 " on",
                 damage->from, damage->to, damage->base_offset, damage->from_offset);
}

/* Splits the segment behind the hole; false: it is not possible, so the hole has to stay. */
static bool split(struct recovery *recovery, size_t index, const struct segment_damage *damage)
{
    struct partition *partition = recovery->partition;
    struct segment *segment = &partition->segments[index];
    struct error ignored;

    if (recovery->splits == RECOVERY_SPLITS_MAX ||
        make_segment(partition, segment->log, damage->to, segment->size, damage->to_offset,
                     &ignored) != ERR_OK)
        return false;
    recovery->splits++;
    insert_segment(partition, index + 1, damage->to_offset, segment->size - damage->to);
    recovery_say(recovery, "%" PRIu64 " whole bytes behind a hole are segment %" PRId64 " now",
                 partition->segments[index + 1].size, damage->to_offset);
    return true;
}

/* The scan stands before something that is no batch. *ret_is_end: nothing of this segment is left to be
 * read. */
static enum err meet_damage(struct recovery *recovery, size_t index, struct segment_scan *scan,
                            bool *ret_is_end, struct error *error)
{
    struct segment_damage damage = {.base_offset = scan->base_offset,
                                    .from = scan->position,
                                    .to = scan->limit,
                                    .from_offset = scan->next_offset,
                                    .to_offset = INT64_MAX};
    enum err err = segment_scan_resume(scan, &damage.to_offset, error);

    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return err;
    note_loss(recovery, damage.from_offset);
    bool is_tail = err == ERR_NOT_FOUND;
    bool was_durable = damage.from_offset < recovery->flushed_offset;
    if (!is_tail)
        damage.to = scan->position;
    *ret_is_end = is_tail;
    if (was_durable || (!is_tail && !split(recovery, index, &damage))) {
        keep(recovery, &damage);
        return ERR_OK;
    }
    *ret_is_end = true;
    return cut(recovery, index, damage.from, damage.from_offset, error);
}

/* ---- reading a segment ---- */

/* Reads on from where the scan stands; notes each batch in `writer`, if there is one. */
static enum err read_batches(struct recovery *recovery, size_t index, struct segment_scan *scan,
                             struct index_writer *writer, struct error *error)
{
    struct batch_head head;
    uint64_t position;
    bool is_end = false;

    while (!is_end) {
        enum err err = segment_scan_next(scan, &head, &position, error);
        if (err == ERR_NOT_FOUND)
            break;
        if (err == ERR_CORRUPT)
            err = meet_damage(recovery, index, scan, &is_end, error);
        else if (err == ERR_OK && writer != NULL)
            index_writer_note(writer, &head, position, recovery->partition->now_ms);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err check_from(struct recovery *recovery, size_t index, uint64_t position,
                           int64_t offset, struct index_writer *writer, struct error *error)
{
    struct segment *segment = &recovery->partition->segments[index];
    struct segment_scan scan;

    segment_scan_init(&scan, segment->log, segment->base_offset, segment->size, SEGMENT_CHECK_ALL);
    scan.position = position;
    scan.next_offset = offset;
    scan.offset_limit = limit_of(recovery->partition, index);
    scan.is_dense = writer != NULL; /* the last segment was never compacted */
    if (offset < recovery->checked_from)
        recovery->checked_from = offset;
    enum err err = read_batches(recovery, index, &scan, writer, error);
    recovery->report->bytes_checked += scan.bytes_read;
    segment_scan_done(&scan);
    if (index + 1 < recovery->partition->segment_count &&
        scan.next_offset < limit_of(recovery->partition, index))
        note_loss(recovery, scan.next_offset);
    return err;
}

/* ---- a closed segment ---- */

static enum err check_closed(struct recovery *recovery, size_t index, struct error *error)
{
    struct partition *partition = recovery->partition;
    struct segment_place place = partition_place(partition);
    struct segment *segment = &partition->segments[index];
    struct segment_search search = {.offset = recovery->flushed_offset};
    uint64_t position = 0;
    int64_t offset = segment->base_offset;

    if (recovery->flushed_offset > segment->base_offset) {
        enum err err = segment_find(segment, &place, NULL, &search, error);
        if (err == ERR_NOT_FOUND) { /* all that there is was durable */
            if (recovery->flushed_offset < limit_of(partition, index))
                note_loss(recovery, recovery->flushed_offset);
            return ERR_OK;
        }
        if (err != ERR_OK && err != ERR_CORRUPT)
            return err;
        if (err == ERR_OK) {
            position = search.position;
            offset = search.head.base_offset;
        }
    }
    return check_from(recovery, index, position, offset, NULL, error);
}

/* Was the last one when it was read, or was cut: its indexes are those of something longer. */
static enum err know_closed(struct recovery *recovery, size_t index, struct error *error)
{
    struct segment_place place = partition_place(recovery->partition);
    bool is_rebuilt;
    enum err err = segment_know(&recovery->partition->segments[index], &place, &is_rebuilt, error);

    recovery->report->indexes_rebuilt += is_rebuilt;
    return err;
}

/* ---- the last segment ---- */

/* Whether the seal speaks of this log: the batch that it says is the last stands before the place that it says
 * is the end. */
static bool is_of_log(struct recovery *recovery, size_t index, const struct index_seal *seal,
                      unsigned seal_place)
{
    struct segment *segment = &recovery->partition->segments[index];
    struct segment_place place = partition_place(recovery->partition);
    struct segment_search search = {.offset = seal->end_offset - 1};
    struct segment whole = *segment; /* only as long as the seal says */
    struct index_writer writer;
    struct error ignored;

    if (seal->size == 0)
        return seal->end_offset == segment->base_offset && seal->entry_count == 0;
    if (seal->end_offset <= segment->base_offset || seal->entry_count == 0)
        return false;
    index_writer_resume(&writer, segment->base_offset, place.interval_bytes, seal, seal_place);
    whole.size = seal->size;
    enum err err = segment_find(&whole, &place, &writer, &search, &ignored);
    segment->log = whole.log;
    segment->index = whole.index;
    /* A writer that had to be made anew has nothing to do with the seal any more. */
    bool is_right = err == ERR_OK && writer.entry_written == seal->entry_count &&
                    search.position + search.head.size == seal->size &&
                    batch_last_offset(&search.head) + 1 == seal->end_offset;
    index_writer_done(&writer);
    return is_right;
}

/* The writer goes on behind the newest seal whose batches were all durable; without one it begins at the
 * beginning of the segment. */
static enum err resume(struct recovery *recovery, size_t index, struct error *error)
{
    struct partition *partition = recovery->partition;
    struct segment *segment = &partition->segments[index];
    struct index_seals seals = {.count = 0};
    char path[FILES_PATH_MAX];
    struct file *file;

    index_writer_init(&partition->writer, segment->base_offset,
                      partition->options.index_interval_bytes);
    segment_path(partition->folder, segment->base_offset, SEGMENT_TIME_INDEX, SEGMENT_IN_PLACE,
                 path);
    enum err err =
        partition->files->operations->open(partition->files, path, FILES_READ, &file, error);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    err = index_read_seals(file, &seals, error);
    file->operations->give(&file);
    if (err != ERR_OK)
        return err;

    for (unsigned i = 0; i < seals.count; i++) {
        const struct index_seal *seal = &seals.seals[i];
        if (seal->size > segment->size ||
            (seal->end_offset > recovery->flushed_offset &&
             seal->end_offset > seal->flushed_offset) ||
            !is_of_log(recovery, index, seal, seals.places[i]))
            continue;
        index_writer_done(&partition->writer);
        index_writer_resume(&partition->writer, segment->base_offset,
                            partition->options.index_interval_bytes, seal, seals.places[i]);
        if (seal->end_offset > recovery->flushed_offset)
            recovery->flushed_offset = seal->end_offset;
        break;
    }
    return ERR_OK;
}

static enum err check_last(struct recovery *recovery, size_t index, struct error *error)
{
    struct partition *partition = recovery->partition;
    enum err err = resume(recovery, index, error);

    if (err != ERR_OK)
        return err;
    uint64_t position = partition->writer.seal.size;
    err = check_from(recovery, index, position, partition->writer.seal.end_offset,
                     &partition->writer, error);
    if (err == ERR_OK && position == 0 && partition->segments[index].size > 0)
        recovery->report->indexes_rebuilt++;
    return err;
}

static enum err check_segment(struct recovery *recovery, size_t index, struct error *error)
{
    struct partition *partition = recovery->partition;
    struct segment_place place = partition_place(partition);
    bool is_last = index + 1 == partition->segment_count;

    segment_rest(&partition->segments[index]); /* it may be open to be read only */
    enum err err = segment_open(&partition->segments[index], &place, FILES_WRITE, error);
    if (err == ERR_OK)
        err = is_last ? check_last(recovery, index, error) : check_closed(recovery, index, error);
    if (err != ERR_OK)
        return err;
    if (index + 1 == partition->segment_count)
        return ERR_OK;
    if (is_last)
        index_writer_done(&partition->writer); /* what is behind a hole comes after it now */
    err = know_closed(recovery, index, error);
    if (!partition->segments[index].is_synced)
        return err; /* it stays open until the sync */
    segment_rest(&partition->segments[index]);
    return err;
}

enum err recovery_check_log(struct recovery *recovery, struct error *error)
{
    struct partition *partition = recovery->partition;

    if (partition->segment_count == 0)
        return ERR_OK;
    enum err err = resume(recovery, partition->segment_count - 1, error);
    if (err != ERR_OK)
        return err;
    index_writer_done(&partition->writer); /* now it is known how far all was durable */
    for (size_t i = partition_segment_at(partition, recovery->flushed_offset);
         i < partition->segment_count; i++) {
        err = check_segment(recovery, i, error);
        if (err != ERR_OK)
            return error_wrap(error, "cannot read segment %" PRId64 " again",
                              partition->segments[i].base_offset);
    }
    return ERR_OK;
}
