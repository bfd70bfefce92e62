/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/log/cleaner_parts.h"

enum {
    FLUSH_BYTES = 256 * 1024, /* collected for one write */
    ATTRIBUTE_CONTROL = 1 << 5,
};

static const enum segment_kind kinds[] = {SEGMENT_LOG, SEGMENT_INDEX, SEGMENT_TIME_INDEX};

/* One output while it is written. */
struct writing {
    struct clean_plan *plan;
    int64_t base_offset;
    struct file *log;
    uint64_t flushed; /* bytes in the file */
    struct codec_buffer waiting;
    struct index_writer indexes;
    int64_t touched_ms;
    struct records_builder builder;
    struct batch_head emptied; /* if has_emptied: the last batch met, of which nothing was left */
    bool has_emptied;
    bool has_changed;
};

static void path_of(const struct clean_plan *plan, int64_t base_offset, enum segment_kind kind,
                    char ret_path[FILES_PATH_MAX])
{
    segment_path(plan->folder, base_offset, kind, SEGMENT_NEW, ret_path);
}

/* ---- Files --------------------------------------------------------------------------------- */

static enum err open_log(struct writing *writing, struct error *error)
{
    struct files *files = writing->plan->files;
    char path[FILES_PATH_MAX];

    path_of(writing->plan, writing->base_offset, SEGMENT_LOG, path);
    enum err err = files->operations->open(files, path, FILES_CREATE, &writing->log, error);
    if (err != ERR_EXISTS)
        return err;
    /* An earlier run could not remove it. */
    err = files->operations->remove(files, path, error);
    if (err == ERR_OK)
        err = files->operations->open(files, path, FILES_CREATE, &writing->log, error);
    return err;
}

static enum err flush(struct writing *writing, struct error *error)
{
    const struct files_piece piece = {writing->waiting.bytes, writing->waiting.size};

    if (piece.size == 0)
        return ERR_OK;
    enum err err =
        writing->log->operations->write(writing->log, writing->flushed, &piece, 1, error);
    writing->flushed += piece.size;
    writing->waiting.size = 0;
    return err;
}

static enum err sync_index(struct clean_plan *plan, const char *path, struct error *error)
{
    struct file *file;
    enum err err = plan->files->operations->open(plan->files, path, FILES_WRITE, &file, error);

    if (err != ERR_OK)
        return err;
    err = file->operations->sync(file, error);
    file->operations->give(&file);
    return err;
}

static enum err write_indexes(struct writing *writing, struct error *error)
{
    struct clean_plan *plan = writing->plan;
    char index_path[FILES_PATH_MAX];
    char time_path[FILES_PATH_MAX];

    path_of(plan, writing->base_offset, SEGMENT_INDEX, index_path);
    path_of(plan, writing->base_offset, SEGMENT_TIME_INDEX, time_path);
    enum err err = index_writer_seal(&writing->indexes, plan->files, index_path, time_path, error);
    if (err == ERR_OK)
        err = sync_index(plan, index_path, error);
    if (err == ERR_OK)
        err = sync_index(plan, time_path, error);
    return err;
}

static enum err put_batch(struct writing *writing, const void *batch, const struct batch_head *head,
                          struct error *error)
{
    uint64_t position = writing->flushed + writing->waiting.size;

    if (position + head->size > SEGMENT_BYTES_MAX)
        return error_set(error, ERR_LIMIT, "a segment became too large when it was compacted");
    codec_buffer_add(&writing->waiting, batch, head->size);
    index_writer_note(&writing->indexes, head, position, writing->touched_ms);
    writing->plan->figures.bytes_kept += head->size;
    return writing->waiting.size < FLUSH_BYTES ? ERR_OK : flush(writing, error);
}

/* ---- What is kept -------------------------------------------------------------------------- */

static bool has_horizon(const struct batch_head *head)
{
    return (head->attributes & RECORDS_HAS_HORIZON) != 0;
}

static bool may_go(const struct clean_plan *plan, const struct batch_head *head,
                   const struct record *tombstone)
{
    return has_horizon(head) && head->base_timestamp_ms <= plan->options.now_ms &&
           tombstone->offset < plan->tombstones_before;
}

static bool is_kept(const struct clean_plan *plan, const struct batch_head *head,
                    const struct record *record)
{
    if (record->offset >= plan->end_offset)
        return true;
    if (record->key_size == RECORDS_ABSENT)
        return false;
    if (cleaner_map_find(&plan->map, record->key, (size_t)record->key_size) > record->offset)
        return false;
    return record->value_size != RECORDS_ABSENT || !may_go(plan, head, record);
}

/* What is to be done with a batch. */
struct judgement {
    int32_t read;
    int32_t kept;
    bool has_new_tombstone; /* that is kept, and it does not say yet until when */
};

static enum err judge(struct clean_plan *plan, const void *batch, const struct batch_head *head,
                      struct judgement *ret_judgement)
{
    struct judgement judgement = {.read = 0};
    struct record record;
    enum err err = records_open(&plan->reader, batch, head, NULL);

    while (err == ERR_OK && (err = records_next(&plan->reader, &record, NULL)) == ERR_OK) {
        judgement.read++;
        if (!is_kept(plan, head, &record))
            continue;
        judgement.kept++;
        if (record.value_size == RECORDS_ABSENT && record.offset < plan->end_offset &&
            !has_horizon(head))
            judgement.has_new_tombstone = true;
    }
    if (err != ERR_NOT_FOUND)
        return err;
    *ret_judgement = judgement;
    return ERR_OK;
}

/* ---- Batches ------------------------------------------------------------------------------- */

static enum err finish_batch(struct writing *writing, struct error *error)
{
    const unsigned char *batch;
    struct batch_head head;
    enum err err = records_builder_finish(&writing->builder, &batch, &head, error);

    return err == ERR_OK ? put_batch(writing, batch, &head, error) : err;
}

static enum err put_emptied(struct writing *writing, const struct batch_head *head,
                            struct error *error)
{
    records_builder_begin(&writing->builder, head);
    return finish_batch(writing, error);
}

static enum err put_rebuilt(struct writing *writing, const void *batch,
                            const struct batch_head *head, const struct judgement *judgement,
                            struct error *error)
{
    struct clean_plan *plan = writing->plan;
    struct batch_head wanted = *head;
    struct record record;

    if (judgement->has_new_tombstone) {
        wanted.attributes |= RECORDS_HAS_HORIZON;
        wanted.base_timestamp_ms =
            (int64_t)((uint64_t)plan->options.now_ms + plan->options.delete_retention_ms);
    }
    records_builder_begin(&writing->builder, &wanted);
    enum err err = records_open(&plan->reader, batch, head, error);
    while (err == ERR_OK && (err = records_next(&plan->reader, &record, error)) == ERR_OK) {
        if (is_kept(plan, head, &record))
            records_builder_add(&writing->builder, &record);
    }
    ASSERT(err == ERR_NOT_FOUND); /* it was read once already */
    return finish_batch(writing, error);
}

static enum err clean_batch(struct writing *writing, const void *batch,
                            const struct batch_head *head, struct error *error)
{
    struct clean_plan *plan = writing->plan;
    struct judgement judgement;

    plan->figures.bytes_read += head->size;
    writing->has_emptied = false;
    if ((head->attributes & ATTRIBUTE_CONTROL) != 0 ||
        judge(plan, batch, head, &judgement) != ERR_OK)
        return put_batch(writing, batch, head, error);

    plan->figures.records_read += (uint64_t)judgement.read;
    plan->figures.records_kept += (uint64_t)judgement.kept;
    if (judgement.kept > 0 && judgement.kept == judgement.read && !judgement.has_new_tombstone)
        return put_batch(writing, batch, head, error);
    if (judgement.kept > 0) {
        writing->has_changed = true;
        return put_rebuilt(writing, batch, head, &judgement, error);
    }
    writing->has_changed = writing->has_changed || judgement.read > 0;
    if (clean_is_last_of_producer(plan, head))
        return put_emptied(writing, head, error);
    writing->has_emptied = true;
    writing->emptied = *head;
    return ERR_OK;
}

/* ---- Groups -------------------------------------------------------------------------------- */

static enum err clean_input(struct writing *writing, const struct clean_input *input,
                            struct error *error)
{
    struct clean_walk walk = {.file = NULL};
    struct batch_head head;
    enum err err = clean_walk_open(&walk, writing->plan, input, error);

    if (input->touched_ms > writing->touched_ms)
        writing->touched_ms = input->touched_ms;
    while (err == ERR_OK && (err = clean_walk_next(&walk, &head, error)) == ERR_OK)
        err = clean_batch(writing, walk.batch.bytes, &head, error);
    clean_walk_close(&walk);
    codec_buffer_done(&walk.batch);
    return err == ERR_CLOSED ? ERR_OK : err;
}

/* Whether the next input can go into the same segment, even if all of it is kept. */
static bool has_room_for(const struct writing *writing, size_t index)
{
    const struct clean_plan *plan = writing->plan;
    uint64_t limit = plan->options.segment_bytes < SEGMENT_BYTES_MAX ? plan->options.segment_bytes
                                                                     : SEGMENT_BYTES_MAX;

    if (index == plan->source_count || plan->sources[index].is_damaged)
        return false;
    const struct clean_input *input = &plan->sources[index].input;
    return input->base_offset < plan->end_offset &&
           input->limit_offset - writing->base_offset <= INT32_MAX &&
           writing->flushed + writing->waiting.size + input->size <= limit;
}

static enum err clean_inputs(struct writing *writing, struct clean_output *output,
                             size_t *ret_damaged, struct error *error)
{
    size_t index = output->first;
    enum err err;

    do {
        err = clean_input(writing, &writing->plan->sources[index].input, error);
        if (err == ERR_CORRUPT)
            *ret_damaged = index;
        index++;
    } while (err == ERR_OK && has_room_for(writing, index));
    if (err != ERR_OK)
        return err;
    output->count = index - output->first;
    /* So that the segment says how far it reaches. */
    return writing->has_emptied ? put_emptied(writing, &writing->emptied, error) : ERR_OK;
}

static enum err finish_files(struct writing *writing, struct error *error)
{
    enum err err = flush(writing, error);

    if (err == ERR_OK)
        err = writing->log->operations->sync(writing->log, error);
    return err == ERR_OK ? write_indexes(writing, error) : err;
}

static void writing_done(struct writing *writing)
{
    if (writing->log != NULL)
        writing->log->operations->give(&writing->log);
    codec_buffer_done(&writing->waiting);
    index_writer_done(&writing->indexes);
    records_builder_done(&writing->builder);
}

void clean_group_drop(struct clean_plan *plan, const struct clean_output *output)
{
    char path[FILES_PATH_MAX];

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        path_of(plan, plan->sources[output->first].input.base_offset, kinds[i], path);
        /* What cannot be removed goes at the next opening. */
        if (plan->files->operations->remove(plan->files, path, NULL) != ERR_OK)
            continue;
    }
}

enum err clean_group_write(struct clean_plan *plan, struct clean_output *output,
                           bool *ret_is_needed, size_t *ret_damaged, struct error *error)
{
    struct writing writing = {
        .plan = plan,
        .base_offset = plan->sources[output->first].input.base_offset,
        .touched_ms = -1,
    };

    index_writer_init(&writing.indexes, writing.base_offset, plan->options.index_interval_bytes);
    enum err err = open_log(&writing, error);
    if (err == ERR_OK)
        err = clean_inputs(&writing, output, ret_damaged, error);
    bool is_needed = err == ERR_OK && (writing.has_changed || output->count > 1);
    if (is_needed)
        err = finish_files(&writing, error);
    writing_done(&writing);
    if (err != ERR_OK || !is_needed)
        clean_group_drop(plan, output);
    if (err == ERR_OK)
        *ret_is_needed = is_needed;
    return err;
}
