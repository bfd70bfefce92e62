/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A partition against a list of batches, under random operations: appends, reads of any offset, rolls, retention,
 * deletion of records, flushes (also with appends while they run), clean and unclean ends, power cuts. After each
 * end the log must hold what the rules promise, byte by byte.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "broker/log/partition.h"
#include "tests/support/batches.h"
#include "tests/support/sim_files.h"
#include "tests/support/suite.h"

enum {
    BATCHES_MAX = 4096,
    STEPS = 400,
    PRODUCERS = 3,
};

struct model {
    struct rng rng;
    struct sim_files *sim;
    struct partition *partition;
    struct partition_options options;
    struct partition_checkpoint checkpoint; /* as it was saved last */
    int64_t now_ms;
    int32_t epoch;

    struct batches_item batches[BATCHES_MAX]; /* as they are stored */
    size_t first;                             /* the first one that is still there */
    size_t count;
    int64_t end;
    int64_t flushed;
    int32_t sequences[PRODUCERS];
    int16_t producer_epochs[PRODUCERS];
    bool has_name_order; /* else a power cut may bring back any of the segments that were deleted */

    struct partition_flush flush;
    bool is_flushing;
};

static const char folder[] = "topic-0";

static void open_partition(struct model *model)
{
    struct partition_recovery recovery;
    struct error error = {.code = ERR_OK};

    model->epoch++;
    enum err err =
        partition_open(sim_files_of(model->sim), folder, &model->options, &model->checkpoint,
                       model->epoch, model->now_ms, &model->partition, &recovery, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    model->checkpoint.is_clean = false;
}

static void save_checkpoint(struct model *model)
{
    model->checkpoint = (struct partition_checkpoint){
        .is_known = true,
        .flushed_offset = partition_flushed_offset(model->partition),
        .start_offset = partition_start_offset(model->partition),
    };
}

/* ---- the model ---- */

static void add_batch(struct model *model, struct batches_item item, int64_t base_offset)
{
    ck_assert_uint_lt(model->count, BATCHES_MAX);
    batch_place(item.bytes, base_offset, model->epoch);
    item.head.base_offset = base_offset;
    item.head.leader_epoch = model->epoch;
    model->batches[model->count++] = item;
    model->end = batch_last_offset(&item.head) + 1;
}

/* The first batch that ends with the offset or behind it; count if there is none. */
static size_t find_batch(const struct model *model, int64_t offset)
{
    size_t i = model->first;

    while (i < model->count && batch_last_offset(&model->batches[i].head) < offset)
        i++;
    return i;
}

static void forget_from(struct model *model, size_t index)
{
    for (size_t i = index; i < model->count; i++)
        free(model->batches[i].bytes);
    model->count = index;
}

/* ---- reads ---- */

static void compare_slice(struct model *model, int64_t offset, const struct partition_slice *slice)
{
    unsigned char *bytes = mem_alloc(slice->size);
    size_t size;
    size_t index = find_batch(model, offset);

    ck_assert_int_eq(slice->file->operations->read(slice->file, slice->position, bytes, slice->size,
                                                   &size, NULL),
                     ERR_OK);
    ck_assert_uint_eq(size, slice->size);
    for (size_t at = 0; at < slice->size; index++) {
        ck_assert_uint_lt(index, model->count);
        size_t part = model->batches[index].head.size;
        if (part > slice->size - at)
            part = slice->size - at;
        ck_assert_mem_eq(bytes + at, model->batches[index].bytes, part);
        at += part;
    }
    free(bytes);
}

static void read_at(struct model *model, int64_t offset, size_t max_bytes, bool at_least_one)
{
    struct partition_slice slice;
    struct error error;
    enum err err =
        partition_read(model->partition, offset, max_bytes, at_least_one, &slice, &error);
    int64_t high_watermark = partition_high_watermark(model->partition);

    if (offset < partition_start_offset(model->partition) ||
        offset > partition_end_offset(model->partition)) {
        ck_assert_int_eq(err, ERR_NOT_FOUND);
        return;
    }
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    size_t index = find_batch(model, offset);
    bool is_there = index < model->count &&
                    model->batches[index].head.base_offset < high_watermark &&
                    offset < high_watermark;
    ck_assert_uint_eq(partition_bytes_from(model->partition, offset) > 0, offset < high_watermark);
    if (slice.size == 0) {
        ck_assert_ptr_null(slice.file);
        ck_assert(!is_there || (!at_least_one && max_bytes < model->batches[index].head.size));
        return;
    }
    ck_assert(is_there);
    ck_assert(slice.size <= max_bytes ||
              (at_least_one && slice.size == model->batches[index].head.size));
    ck_assert_uint_ge(slice.size, model->batches[index].head.size);
    compare_slice(model, offset, &slice);
    slice.file->operations->give(&slice.file);
}

/* From the start to the high watermark, as a consumer does. */
static void read_all(struct model *model)
{
    int64_t offset = partition_start_offset(model->partition);
    int64_t high_watermark = partition_high_watermark(model->partition);
    size_t index = find_batch(model, offset);

    for (; index < model->count && model->batches[index].head.base_offset < high_watermark;
         index++) {
        read_at(model, offset, 1, true);
        offset = batch_last_offset(&model->batches[index].head) + 1;
    }
}

/* ---- operations ---- */

static void append(struct model *model)
{
    uint32_t producer = rng_below(&model->rng, PRODUCERS + 1);
    struct batches_order order = {
        .record_count = 1 + (int32_t)rng_below(&model->rng, 3),
        .value_size = rng_below(&model->rng, 8) == 0 ? rng_below(&model->rng, 3000)
                                                     : rng_below(&model->rng, 60),
        .timestamp_ms = model->now_ms - (int64_t)rng_below(&model->rng, 50),
        .step_ms = 1,
        .content = rng_next(&model->rng),
    };
    struct partition_appended appended;
    struct error error;

    if (producer < PRODUCERS) {
        order.producer_id = 100 + (int64_t)producer;
        order.base_sequence = model->sequences[producer];
        order.producer_epoch = model->producer_epochs[producer];
    }
    struct batches_item item = batches_make(&order);
    enum partition_verdict verdict = partition_append(model->partition, item.bytes, &item.head,
                                                      model->now_ms, &appended, &error);
    ck_assert_int_eq(verdict, PARTITION_APPENDED);
    ck_assert_int_eq(appended.base_offset, model->end);
    add_batch(model, item, appended.base_offset);
    ck_assert_int_eq(appended.last_offset + 1, model->end);
    if (producer < PRODUCERS) {
        model->sequences[producer] += order.record_count;
        verdict = partition_append(model->partition, item.bytes, &item.head, model->now_ms,
                                   &appended, &error);
        ck_assert_int_eq(verdict, PARTITION_DUPLICATE);
        ck_assert_int_eq(appended.last_offset + 1, model->end);
    }
}

static void begin_flush(struct model *model)
{
    if (!model->is_flushing)
        model->is_flushing = partition_flush_begin(model->partition, &model->flush);
}

static void end_flush(struct model *model)
{
    struct error error;

    if (!model->is_flushing)
        return;
    int64_t up_to = model->flush.up_to;
    ck_assert_int_eq(partition_flush_run(&model->flush, &error), ERR_OK);
    partition_flush_end(model->partition, &model->flush, ERR_OK, NULL);
    model->is_flushing = false;
    model->flushed = up_to;
    ck_assert_int_eq(partition_flushed_offset(model->partition), up_to);
    if (rng_below(&model->rng, 2) == 0)
        save_checkpoint(model);
}

/* All that is gone was allowed to go; nothing else is gone. */
static void retain(struct model *model)
{
    int64_t before = partition_start_offset(model->partition);

    (void)partition_retain(model->partition, model->now_ms);
    int64_t start = partition_start_offset(model->partition);
    ck_assert_int_ge(start, before);
    ck_assert_int_le(start, partition_high_watermark(model->partition));
    if (model->options.retention_bytes < 0) {
        for (size_t i = find_batch(model, before); i < model->count; i++) {
            const struct batch_head *head = &model->batches[i].head;
            ck_assert(batch_last_offset(head) >= start ||
                      model->now_ms - head->max_timestamp_ms > model->options.retention_ms);
        }
    }
}

static void delete_records(struct model *model)
{
    int64_t start = partition_start_offset(model->partition);
    int64_t high_watermark = partition_high_watermark(model->partition);
    int64_t before =
        start + (int64_t)rng_below(&model->rng, (uint32_t)(high_watermark - start) / 4 + 1);
    struct error error;

    ck_assert_int_eq(partition_delete_records(model->partition, model->end + 1, &error),
                     ERR_NOT_FOUND);
    ck_assert_int_eq(partition_delete_records(model->partition, before, &error), ERR_OK);
    ck_assert_int_ge(partition_start_offset(model->partition), before);
}

static void find_time(struct model *model)
{
    int64_t wanted = model->now_ms - (int64_t)rng_below(&model->rng, 3000);
    int64_t start = partition_start_offset(model->partition);
    int64_t high_watermark = partition_high_watermark(model->partition);
    int64_t expected = -1;
    struct partition_moment moment;
    struct error error;

    for (size_t i = model->first; i < model->count && expected < 0; i++) {
        const struct batch_head *head = &model->batches[i].head;
        for (int32_t j = 0; j < head->record_count && expected < 0; j++) {
            int64_t offset = head->base_offset + j;
            if (offset >= start && offset < high_watermark && head->base_timestamp_ms + j >= wanted)
                expected = offset;
        }
    }
    enum err err = partition_find_time(model->partition, wanted, &moment, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    ck_assert_int_eq(moment.offset, expected);
}

static void find_latest(struct model *model)
{
    int64_t start = partition_start_offset(model->partition);
    int64_t high_watermark = partition_high_watermark(model->partition);
    int64_t latest = -1;
    struct partition_moment moment;
    struct error error;

    for (size_t i = find_batch(model, start); i < model->count; i++) {
        const struct batch_head *head = &model->batches[i].head;
        if (head->base_offset < high_watermark && head->max_timestamp_ms > latest)
            latest = head->max_timestamp_ms;
    }
    enum err err = partition_find_latest_time(model->partition, &moment, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    ck_assert_int_eq(moment.timestamp_ms, latest);
}

/* ---- ends ---- */

static void close_cleanly(struct model *model)
{
    struct error error;

    end_flush(model);
    int64_t start = partition_start_offset(model->partition);
    ck_assert_int_eq(partition_close(&model->partition, &error), ERR_OK);
    model->flushed = model->end;
    model->checkpoint = (struct partition_checkpoint){true, true, model->end, start};
    ck_assert_uint_eq(sim_files_open_count(model->sim), 0);
    if (rng_below(&model->rng, 2) == 0) { /* what was closed survives a power cut */
        sim_files_restart(model->sim);
    }
    open_partition(model);
    ck_assert_int_eq(partition_end_offset(model->partition), model->end);
    ck_assert_int_eq(partition_start_offset(model->partition), start);
}

static void drop_flush(struct model *model)
{
    for (size_t i = 0; model->is_flushing && i < model->flush.file_count; i++)
        model->flush.files[i]->operations->give(&model->flush.files[i]);
    model->is_flushing = false;
}

/* A crash of the process: nothing is lost. */
static void kill_process(struct model *model)
{
    drop_flush(model);
    partition_abandon(&model->partition);
    open_partition(model);
    ck_assert_int_eq(partition_end_offset(model->partition), model->end);
    model->flushed = model->end;
}

/* What was flushed is there, and of the rest any whole batches; offsets go on from what is there. */
static void cut_power(struct model *model)
{
    struct error error;
    size_t kept;

    drop_flush(model);
    int64_t start = partition_start_offset(model->partition);
    sim_files_restart(model->sim);
    partition_abandon(&model->partition);
    open_partition(model);

    int64_t end = partition_end_offset(model->partition);
    ck_assert_int_ge(end, model->flushed);
    ck_assert_int_le(end, model->end);
    kept = find_batch(model, partition_start_offset(model->partition));
    kept = kept > model->first ? kept : model->first;
    /* Compare what it has with what it should have: each batch is one of ours, or was lost and not flushed. */
    for (size_t i = kept; i < model->count;) {
        struct batch_head *head = &model->batches[i].head;
        struct partition_slice slice = {.size = 0};
        unsigned char found[BATCH_HEAD_SIZE];
        struct batch_head found_head;
        size_t size;
        if (head->base_offset >= end) {
            forget_from(model, i);
            break;
        }
        int64_t offset = partition_start_offset(model->partition);
        if (offset < head->base_offset)
            offset = head->base_offset;
        enum err err = partition_read(model->partition, offset, 1, true, &slice, &error);
        bool is_deleted = err == ERR_NOT_FOUND;
        if (!is_deleted)
            ck_assert_msg(err == ERR_OK, "%s", error.text);
        if (slice.size > 0) {
            ck_assert_int_eq(slice.file->operations->read(slice.file, slice.position, found,
                                                          sizeof found, &size, NULL),
                             ERR_OK);
            slice.file->operations->give(&slice.file);
            (void)!batch_read_head(found, size, UINT32_MAX, &found_head);
        }
        if (!is_deleted && (slice.size == 0 || found_head.base_offset != head->base_offset)) {
            ck_assert(head->base_offset >= model->flushed || batch_last_offset(head) < start);
            free(model->batches[i].bytes);
            memmove(model->batches + i, model->batches + i + 1,
                    (model->count - i - 1) * sizeof *model->batches);
            model->count--;
        } else {
            i++;
        }
    }
    model->end = end;
    model->flushed = end;
}

/* Where it is known what the log knows of them, producers go on; else they begin anew, as clients do. */
static void learn_sequences(struct model *model)
{
    for (size_t i = 0; i < PRODUCERS; i++) {
        model->sequences[i] = 0;
        model->producer_epochs[i] += !model->has_name_order;
    }
    if (!model->has_name_order)
        return;
    for (size_t i = 0; i < model->count; i++) {
        const struct batch_head *head = &model->batches[i].head;
        if (head->producer_id >= 100)
            model->sequences[head->producer_id - 100] = head->base_sequence + head->record_count;
    }
}

static void step(struct model *model)
{
    uint32_t dice = rng_below(&model->rng, 100);

    model->now_ms += rng_below(&model->rng, 20);
    if (dice < 45)
        append(model);
    else if (dice < 70)
        read_at(model, (int64_t)rng_below(&model->rng, (uint32_t)model->end + 2),
                rng_below(&model->rng, 4000), rng_below(&model->rng, 2) == 0);
    else if (dice < 75)
        begin_flush(model);
    else if (dice < 80)
        end_flush(model);
    else if (dice < 83)
        retain(model);
    else if (dice < 85)
        delete_records(model);
    else if (dice < 89)
        find_time(model);
    else if (dice < 91)
        find_latest(model);
    else if (dice < 93)
        read_all(model);
    else if (dice < 95)
        close_cleanly(model);
    else if (dice < 97)
        kill_process(model);
    else if (dice < 98)
        partition_rest(model->partition);
    else
        cut_power(model);
    if (dice >= 98)
        learn_sequences(model);
}

static struct partition_options options_of(struct rng *rng)
{
    return (struct partition_options){
        .segment_bytes = 500 + rng_below(rng, 6000),
        .segment_ms = rng_below(rng, 2) == 0 ? UINT32_MAX : 700,
        .index_interval_bytes = rng_below(rng, 3) == 0 ? 4096 : 100 + rng_below(rng, 400),
        .batch_bytes_max = 1 << 20,
        .retention_ms = rng_below(rng, 2) == 0 ? -1 : 1500,
        .retention_bytes = rng_below(rng, 3) == 0 ? 8000 : -1,
        .deletes = true,
        .flush_always = rng_below(rng, 3) == 0,
        .preallocates = rng_below(rng, 2) == 0,
        .producer_expiry_ms = UINT32_MAX,
    };
}

static void run(uint64_t seed)
{
    struct model *model = NEW(struct model);

    rng_init(&model->rng, seed);
    model->sim = sim_files_new(seed);
    model->options = options_of(&model->rng);
    model->has_name_order = rng_below(&model->rng, 2) == 0;
    if (model->has_name_order)
        sim_files_keep_name_order(model->sim);
    model->now_ms = 1000000;
    open_partition(model);
    for (int i = 0; i < STEPS; i++)
        step(model);
    drop_flush(model);
    partition_abandon(&model->partition);
    forget_from(model, 0);
    sim_files_destroy(&model->sim);
    free(model);
}

START_TEST(a_partition_is_a_list_of_batches)
{
    const char *only = getenv("SEED");
    const char *runs = getenv("RUNS");
    uint64_t count = runs == NULL ? 80 : strtoull(runs, NULL, 10);

    if (only != NULL) {
        run(strtoull(only, NULL, 10));
        return;
    }
    for (uint64_t seed = 1; seed <= count; seed++) {
        run(seed);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_partition_is_a_list_of_batches};

    return suite_run("partition_property", tests, sizeof tests / sizeof *tests);
}
