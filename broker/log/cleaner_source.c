/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "broker/log/cleaner_parts.h"

enum err clean_walk_open(struct clean_walk *walk, struct clean_plan *plan,
                         const struct clean_input *input, struct error *error)
{
    char path[FILES_PATH_MAX];

    segment_path(plan->folder, input->base_offset, SEGMENT_LOG, SEGMENT_IN_PLACE, path);
    enum err err = plan->files->operations->open(plan->files, path, FILES_READ, &walk->file, error);
    if (err != ERR_OK)
        return err;
    walk->plan = plan;
    segment_scan_init(&walk->scan, walk->file, input->base_offset, input->size, SEGMENT_CHECK_ALL);
    walk->scan.offset_limit = input->limit_offset;
    return ERR_OK;
}

void clean_walk_close(struct clean_walk *walk)
{
    if (walk->file == NULL)
        return;
    segment_scan_done(&walk->scan);
    walk->file->operations->give(&walk->file);
}

/* The sum was checked before memory was taken: so a damaged size takes none. */
static enum err read_whole(struct clean_walk *walk, const struct batch_head *head,
                           uint64_t position, struct error *error)
{
    size_t size;

    walk->batch.size = 0;
    codec_buffer_reserve(&walk->batch, head->size);
    enum err err = walk->file->operations->read(walk->file, position, walk->batch.bytes, head->size,
                                                &size, error);
    if (err == ERR_OK && size < head->size)
        err = error_set(error, ERR_CORRUPT, "the file ends early");
    if (err == ERR_OK)
        walk->batch.size = size;
    return err;
}

enum err clean_walk_next(struct clean_walk *walk, struct batch_head *ret_head, struct error *error)
{
    struct batch_head head;
    uint64_t position;

    if (atomic_load_explicit(&walk->plan->is_cancelled, memory_order_relaxed))
        return error_set(error, ERR_CANCELLED, "the compaction was cancelled");
    enum err err = segment_scan_next(&walk->scan, &head, &position, error);
    if (err == ERR_NOT_FOUND)
        return ERR_CLOSED;
    if (err == ERR_OK)
        err = read_whole(walk, &head, position, error);
    if (err == ERR_OK)
        *ret_head = head;
    return err;
}
