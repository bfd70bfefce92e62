/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from the batches, and is kept beside them so that not all of them are read: producers and
 * epochs. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "broker/log/partition_parts.h"
#include "broker/log/snapshot.h"

/* ---- batches again, from an offset to the end ---- */

struct replay {
    struct partition *partition;
    void (*take)(struct partition *partition, const struct batch_head *head);
};

static enum err replay_segment(const struct replay *replay, size_t index, int64_t from,
                               struct error *error)
{
    struct partition *partition = replay->partition;
    struct segment *segment = &partition->segments[index];
    struct segment_search search = {.offset = from};
    struct segment_scan scan;
    size_t found;
    enum err err = partition_find_batch(partition, from, &found, &search, error);

    if (err == ERR_NOT_FOUND || (err == ERR_OK && found != index))
        return ERR_OK;
    if (err == ERR_OK ||
        err == ERR_CORRUPT) /* what is damaged is stepped over from the beginning */
        err = partition_use_segment(partition, index, error);
    if (err != ERR_OK)
        return err;
    segment_scan_init(&scan, segment->log, segment->base_offset, segment->size,
                      SEGMENT_CHECK_HEADS);
    if (search.position > 0 && search.head.base_offset >= segment->base_offset) {
        scan.position = search.position;
        scan.next_offset = search.head.base_offset;
    }
    do {
        err = segment_scan_next(&scan, &search.head, &search.position, error);
        if (err == ERR_OK && search.head.base_offset >= from)
            replay->take(partition, &search.head);
        else if (err == ERR_CORRUPT)
            err = segment_scan_resume(&scan, &search.offset, error);
    } while (err == ERR_OK);
    segment_scan_done(&scan);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err replay_from(const struct replay *replay, int64_t from, struct error *error)
{
    struct partition *partition = replay->partition;
    enum err err = ERR_OK;

    if (partition->segment_count == 0 || from >= partition->end_offset)
        return ERR_OK;
    for (size_t i = partition_segment_at(partition, from);
         i < partition->segment_count && err == ERR_OK; i++) {
        int64_t base_offset = partition->segments[i].base_offset;
        err = replay_segment(replay, i, from > base_offset ? from : base_offset, error);
    }
    return err;
}

/* A small file as a whole. */
static enum err read_file(struct partition *partition, const char *path, size_t size_max,
                          unsigned char **ret_bytes, size_t *ret_size, struct error *error)
{
    struct file *file;
    uint64_t size;
    size_t got = 0;
    enum err err =
        partition->files->operations->open(partition->files, path, FILES_READ, &file, error);

    if (err != ERR_OK)
        return err;
    err = file->operations->size(file, &size, error);
    if (err == ERR_OK && size > size_max)
        err = error_set(error, ERR_CORRUPT, "it is larger than any that was written");
    if (err == ERR_OK) {
        unsigned char *bytes = mem_alloc((size_t)size);
        err = file->operations->read(file, 0, bytes, (size_t)size, &got, error);
        if (err == ERR_OK)
            *ret_bytes = bytes;
        else
            free(bytes);
    }
    file->operations->give(&file);
    if (err == ERR_OK)
        *ret_size = got;
    return err;
}

/* ---- producers ---- */

static void take_producer(struct partition *partition, const struct batch_head *head)
{
    producers_add(partition->producers, head, partition->now_ms);
}

static enum err load_snapshot(struct partition *partition, int64_t offset, struct error *error)
{
    char path[FILES_PATH_MAX];
    unsigned char *bytes;
    size_t size;
    int64_t stored;

    segment_path(partition->folder, offset, SEGMENT_SNAPSHOT, SEGMENT_IN_PLACE, path);
    enum err err = read_file(partition, path, SNAPSHOT_BYTES_MAX, &bytes, &size, error);
    if (err != ERR_OK)
        return err;
    err = snapshot_decode(bytes, size, partition->producers, &stored, error);
    free(bytes);
    if (err == ERR_OK && stored != offset) {
        producers_clear(partition->producers);
        return error_set(error, ERR_CORRUPT, "the snapshot is of another offset");
    }
    return err;
}

static void discard_snapshot(struct partition *partition, int64_t offset)
{
    char path[FILES_PATH_MAX];

    segment_path(partition->folder, offset, SEGMENT_SNAPSHOT, SEGMENT_IN_PLACE, path);
    partition->files->operations->discard(partition->files, path);
}

/* It must not know of batches that are not there: who sends one of them again would be told that it is. And none
 * that came behind it may have been deleted: who goes on behind one of them would be told that it is missing.
 * Without a snapshot a producer is not known, and may go on. */
static bool is_of_use(const struct recovery *recovery, int64_t offset)
{
    const struct partition *partition = recovery->partition;
    int64_t first = partition->segment_count > 0 ? partition->segments[0].base_offset : 0;

    return offset >= first && offset <= partition->end_offset && offset <= recovery->lost_from;
}

/* ERR_NOT_FOUND: it is no good; ERR_IO. */
static enum err try_snapshot(struct recovery *recovery, int64_t offset, struct error *error)
{
    struct error why;

    if (!is_of_use(recovery, offset))
        return ERR_NOT_FOUND;
    enum err err = load_snapshot(recovery->partition, offset, &why);
    if (err == ERR_IO)
        return error_set(error, err, "%s", why.text);
    if (err == ERR_OK)
        return ERR_OK;
    recovery_say(recovery, "snapshot %" PRId64 " is no good: %s", offset, why.text);
    return ERR_NOT_FOUND;
}

enum err recovery_load_producers(struct recovery *recovery, const int64_t *snapshots,
                                 size_t snapshot_count, struct error *error)
{
    struct partition *partition = recovery->partition;
    const struct replay replay = {partition, take_producer};
    int64_t from = -1;

    for (size_t i = snapshot_count; i > 0; i--) {
        int64_t offset = snapshots[i - 1];
        enum err err = from < 0 ? try_snapshot(recovery, offset, error) : ERR_NOT_FOUND;
        if (err == ERR_IO)
            return err;
        if (err == ERR_OK)
            from = offset;
        else
            discard_snapshot(partition, offset); /* older than needed, or no good */
    }
    partition->snapshot_offset = from;
    partition->snapshot_synced = from;
    return replay_from(&replay, from < 0 ? partition->start_offset : from, error);
}

/* ---- epochs ---- */

/* The epoch of a batch lies outside its checksum: one that cannot be yet is damage. */
static void take_epoch(struct partition *partition, const struct batch_head *head)
{
    if (head->leader_epoch <= partition->leader_epoch)
        (void)epochs_add(&partition->epochs, head->leader_epoch, head->base_offset);
}

/* ERR_NOT_FOUND, ERR_CORRUPT: to be made anew. */
static enum err read_epochs(struct partition *partition, struct error *error)
{
    char path[FILES_PATH_MAX];
    unsigned char *bytes;
    size_t size;

    partition_epochs_path(partition, SEGMENT_IN_PLACE, path);
    enum err err = read_file(partition, path, (size_t)2 * EPOCHS_MAX * EPOCHS_ENTRY_SIZE, &bytes,
                             &size, error);
    if (err != ERR_OK)
        return err;
    bool is_whole = epochs_decode(&partition->epochs, bytes, size);
    partition->epochs_size = size;
    free(bytes);
    if (!is_whole)
        return error_set(error, ERR_CORRUPT, "an entry is damaged");
    return size % EPOCHS_ENTRY_SIZE == 0 ? ERR_OK
                                         : error_set(error, ERR_CONFLICT, "its end is torn");
}

/* The file is written anew where it does not say what is known. */
enum err recovery_load_epochs(struct recovery *recovery, int64_t from, struct error *error)
{
    struct partition *partition = recovery->partition;
    const struct replay replay = {partition, take_epoch};
    struct error why;
    enum err err = read_epochs(partition, &why);
    bool is_as_known = err == ERR_OK;

    if (err == ERR_IO)
        return error_set(error, err, "%s", why.text);
    if (err == ERR_NOT_FOUND && partition->segment_count == 0)
        return ERR_OK;
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT) {
        recovery_say(recovery, "the epochs were read from the batches: %s", why.text);
        epochs_done(&partition->epochs);
        from = partition->start_offset;
    }
    size_t gone = epochs_cut_from(&partition->epochs, partition->end_offset);
    size_t before = partition->epochs.count;
    err = replay_from(&replay, from, error);
    if (err != ERR_OK)
        return err;
    size_t old = epochs_cut_before(&partition->epochs, partition->start_offset);
    if (is_as_known && gone == 0 && before == partition->epochs.count + old && old < EPOCHS_MAX / 2)
        return ERR_OK;
    return partition_write_epochs(partition, error);
}
