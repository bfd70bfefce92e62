/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/partition.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/mem.h"
#include "broker/log/partition_parts.h"
#include "tests/support/batches.h"
#include "tests/support/sim_files.h"
#include "tests/support/suite.h"

#define NOW_MS INT64_C(1700000000000)

static const char folder[] = "topic-0";

struct stage {
    struct sim_files *sim;
    struct partition *partition;
    struct partition_options options;
    struct partition_checkpoint checkpoint;
    struct partition_recovery recovery;
    int32_t epoch;
    int64_t now_ms;
};

static void open_again(struct stage *stage)
{
    struct error error = {.code = ERR_OK};
    enum err err =
        partition_open(sim_files_of(stage->sim), folder, &stage->options, &stage->checkpoint,
                       ++stage->epoch, stage->now_ms, &stage->partition, &stage->recovery, &error);

    ck_assert_msg(err == ERR_OK, "%s", error.text);
}

static void set_up_with(struct stage *stage, const struct partition_options *options)
{
    *stage = (struct stage){.sim = sim_files_new(1), .options = *options, .now_ms = NOW_MS};
    open_again(stage);
}

static struct partition_options plain_options(void)
{
    return (struct partition_options){
        .segment_bytes = 1 << 20,
        .segment_ms = 7 * 24 * 3600 * UINT64_C(1000),
        .index_interval_bytes = 4096,
        .batch_bytes_max = 2 << 20,
        .retention_ms = -1,
        .retention_bytes = -1,
        .deletes = true,
        .producer_expiry_ms = UINT32_MAX,
    };
}

static void set_up(struct stage *stage)
{
    const struct partition_options options = plain_options();

    set_up_with(stage, &options);
}

static void tear_down(struct stage *stage)
{
    partition_abandon(&stage->partition);
    sim_files_destroy(&stage->sim);
}

static void close_cleanly(struct stage *stage)
{
    struct error error;

    stage->checkpoint = (struct partition_checkpoint){
        .is_known = true,
        .is_clean = true,
        .flushed_offset = partition_end_offset(stage->partition),
        .start_offset = partition_start_offset(stage->partition),
    };
    enum err err = partition_close(&stage->partition, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
}

static enum partition_verdict try_append(struct stage *stage, const struct batches_order *order,
                                         struct partition_appended *ret_appended)
{
    struct batches_item item = batches_make(order);
    enum partition_verdict verdict = partition_append(stage->partition, item.bytes, &item.head,
                                                      stage->now_ms, ret_appended, NULL);

    free(item.bytes);
    return verdict;
}

static int64_t append(struct stage *stage, int64_t timestamp_ms, size_t value_size)
{
    struct partition_appended appended;
    const struct batches_order order = {.timestamp_ms = timestamp_ms, .value_size = value_size};

    ck_assert_int_eq(try_append(stage, &order, &appended), PARTITION_APPENDED);
    return appended.base_offset;
}

static void flush(struct stage *stage)
{
    struct partition_flush flush;

    while (partition_flush_begin(stage->partition, &flush)) {
        ck_assert_int_eq(partition_flush_run(&flush, NULL), ERR_OK);
        partition_flush_end(stage->partition, &flush, ERR_OK, NULL);
    }
}

static size_t read_size(struct stage *stage, int64_t offset, size_t max_bytes, bool at_least_one)
{
    struct partition_slice slice;

    ck_assert_int_eq(
        partition_read(stage->partition, offset, max_bytes, at_least_one, &slice, NULL), ERR_OK);
    if (slice.file != NULL)
        slice.file->operations->give(&slice.file);
    return slice.size;
}

/* ---- offsets, segments ---- */

START_TEST(an_empty_partition_has_no_files)
{
    struct stage stage;
    struct partition_slice slice;
    struct partition_flush flushing;
    struct partition_moment moment;

    set_up(&stage);
    ck_assert_int_eq(partition_end_offset(stage.partition), 0);
    ck_assert_uint_eq(partition_segment_count(stage.partition), 0);
    ck_assert_uint_eq(partition_open_files(stage.partition), 0);
    ck_assert_uint_eq(sim_files_used(stage.sim), 0);
    ck_assert_uint_eq(read_size(&stage, 0, 100, true), 0);
    ck_assert_int_eq(partition_read(stage.partition, 1, 100, true, &slice, NULL), ERR_NOT_FOUND);
    ck_assert_int_eq(partition_read(stage.partition, -1, 100, true, &slice, NULL), ERR_NOT_FOUND);
    ck_assert(!partition_flush_begin(stage.partition, &flushing));
    ck_assert_int_eq(partition_find_time(stage.partition, 0, &moment, NULL), ERR_OK);
    ck_assert_int_eq(moment.offset, -1);
    ck_assert_int_eq(partition_find_latest_time(stage.partition, &moment, NULL), ERR_OK);
    ck_assert_int_eq(moment.offset, -1);
    ck_assert_uint_eq(partition_retain(stage.partition, NOW_MS), 0);
    close_cleanly(&stage);
    open_again(&stage);
    ck_assert_int_eq(append(&stage, NOW_MS, 5), 0);
    tear_down(&stage);
}
END_TEST

START_TEST(a_partition_costs_little_memory)
{
    ck_assert_uint_le(sizeof(struct partition), 2048);
    ck_assert_uint_le(sizeof(struct segment), 256);
}
END_TEST

START_TEST(a_segment_is_rolled_when_the_next_batch_does_not_fit)
{
    struct partition_options options = plain_options();
    struct stage stage;

    options.segment_bytes = 1000;
    set_up_with(&stage, &options);
    append(&stage, NOW_MS, 300);
    append(&stage, NOW_MS, 300);
    ck_assert_uint_eq(partition_segment_count(stage.partition), 1);
    append(&stage, NOW_MS, 300);
    ck_assert_uint_eq(partition_segment_count(stage.partition), 2);
    append(&stage, NOW_MS, 5000); /* larger than a segment: one of its own */
    append(&stage, NOW_MS, 1);
    ck_assert_uint_eq(partition_segment_count(stage.partition), 4);
    ck_assert(sim_files_has(stage.sim, "topic-0/00000000000000000003.log"));
    for (int64_t offset = 0; offset < 5; offset++)
        ck_assert_uint_gt(read_size(&stage, offset, 1, true), 0);
    tear_down(&stage);
}
END_TEST

START_TEST(a_segment_is_rolled_when_its_records_span_too_much_time)
{
    struct partition_options options = plain_options();
    struct stage stage;

    options.segment_ms = 1000;
    set_up_with(&stage, &options);
    append(&stage, NOW_MS, 1);
    append(&stage, NOW_MS + 1000, 1);
    append(&stage, NOW_MS - 5000, 1); /* an old one is none of that */
    ck_assert_uint_eq(partition_segment_count(stage.partition), 1);
    append(&stage, NOW_MS + 1001, 1);
    ck_assert_uint_eq(partition_segment_count(stage.partition), 2);
    (void)partition_retain(stage.partition, NOW_MS + 2001);
    ck_assert_uint_eq(partition_segment_count(stage.partition), 2);
    (void)partition_retain(stage.partition, NOW_MS + 2002); /* and one that nobody appends to */
    ck_assert_uint_eq(partition_segment_count(stage.partition), 3);
    (void)partition_retain(stage.partition, NOW_MS + 9999); /* but not an empty one */
    ck_assert_uint_eq(partition_segment_count(stage.partition), 3);
    tear_down(&stage);
}
END_TEST

/* A batch that stands for so many offsets, as after a compaction. */
static enum partition_verdict append_wide(struct stage *stage, int32_t last_offset_delta,
                                          struct partition_appended *ret_appended)
{
    struct batches_item item = batches_make(&(struct batches_order){.timestamp_ms = NOW_MS});

    bytes_put_u32(item.bytes + 23, __builtin_bswap32((uint32_t)last_offset_delta));
    uint32_t crc = crc32c_of(item.bytes + BATCH_CRC_FROM, item.head.size - BATCH_CRC_FROM);
    bytes_put_u32(item.bytes + 17, __builtin_bswap32(crc));
    ck_assert_int_eq(batch_read_head(item.bytes, item.head.size, UINT32_MAX, &item.head), ERR_OK);
    enum partition_verdict verdict =
        partition_append(stage->partition, item.bytes, &item.head, NOW_MS, ret_appended, NULL);
    free(item.bytes);
    return verdict;
}

START_TEST(a_segment_is_rolled_before_its_offsets_outgrow_the_index)
{
    struct partition_appended appended;
    struct stage stage;

    set_up(&stage);
    ck_assert_int_eq(append_wide(&stage, INT32_MAX - 1, &appended), PARTITION_APPENDED);
    ck_assert_int_eq(append(&stage, NOW_MS, 1), INT32_MAX);
    ck_assert_uint_eq(partition_segment_count(stage.partition), 1);
    ck_assert_int_eq(append(&stage, NOW_MS, 1), INT64_C(1) << 31);
    ck_assert_uint_eq(partition_segment_count(stage.partition), 2);
    ck_assert_int_eq(append_wide(&stage, INT32_MAX, &appended), PARTITION_APPENDED);
    ck_assert_uint_eq(partition_segment_count(stage.partition), 3);
    partition_abandon(&stage.partition);
    open_again(&stage);
    ck_assert_int_eq(partition_end_offset(stage.partition), appended.last_offset + 1);
    ck_assert_uint_gt(read_size(&stage, INT32_MAX, 1, true), 0);
    ck_assert_uint_gt(read_size(&stage, appended.last_offset, 1, true), 0);
    tear_down(&stage);
}
END_TEST

START_TEST(offsets_end_before_they_wrap)
{
    struct partition_appended appended;
    struct stage stage;

    set_up(&stage);
    partition_abandon(&stage.partition);
    stage.checkpoint = (struct partition_checkpoint){
        .is_known = true, .flushed_offset = INT64_MAX - 3, .start_offset = INT64_MAX - 3};
    open_again(&stage);
    ck_assert_int_eq(append(&stage, NOW_MS, 1), INT64_MAX - 3);
    ck_assert_int_eq(append(&stage, NOW_MS, 1), INT64_MAX - 2);
    const struct batches_order order = {.timestamp_ms = NOW_MS};
    ck_assert_int_eq(append(&stage, NOW_MS, 1), INT64_MAX - 1);
    ck_assert_int_eq(try_append(&stage, &order, &appended), PARTITION_NO_ROOM);
    ck_assert_ptr_null(partition_failure(stage.partition));
    tear_down(&stage);
}
END_TEST

/* ---- append ---- */

START_TEST(a_topic_that_stamps_gives_its_own_time)
{
    struct partition_options options = plain_options();
    struct partition_appended appended;
    struct partition_slice slice;
    struct batch_head head;
    struct stage stage;
    unsigned char bytes[512];
    size_t size;

    options.stamps = true;
    set_up_with(&stage, &options);
    const struct batches_order order = {.timestamp_ms = 5, .value_size = 20, .producer_id = 9};
    ck_assert_int_eq(try_append(&stage, &order, &appended), PARTITION_APPENDED);
    ck_assert_int_eq(appended.append_time_ms, NOW_MS);
    ck_assert_int_eq(partition_read(stage.partition, 0, 512, true, &slice, NULL), ERR_OK);
    ck_assert_int_eq(
        slice.file->operations->read(slice.file, slice.position, bytes, slice.size, &size, NULL),
        ERR_OK);
    slice.file->operations->give(&slice.file);
    ck_assert_int_eq(batch_read_head(bytes, size, UINT32_MAX, &head), ERR_OK);
    ck_assert(batch_crc_is_right(bytes, &head));
    ck_assert_int_eq(head.max_timestamp_ms, NOW_MS);
    stage.now_ms += 50;
    ck_assert_int_eq(try_append(&stage, &order, &appended), PARTITION_DUPLICATE);
    ck_assert_int_eq(appended.append_time_ms, NOW_MS);
    tear_down(&stage);
}
END_TEST

static void expect_producer(struct stage *stage)
{
    struct partition_appended appended;
    struct batches_order order = {.timestamp_ms = NOW_MS, .producer_id = 77, .producer_epoch = 1};

    ck_assert_int_eq(try_append(stage, &order, &appended), PARTITION_DUPLICATE);
    ck_assert_int_eq(appended.base_offset, 0);
    order.base_sequence = 2;
    ck_assert_int_eq(try_append(stage, &order, &appended), PARTITION_OUT_OF_ORDER);
    order.producer_epoch = 0;
    ck_assert_int_eq(try_append(stage, &order, &appended), PARTITION_FENCED);
}

START_TEST(a_producer_is_known_after_any_kind_of_end)
{
    struct partition_appended appended;
    struct stage stage;

    set_up(&stage);
    const struct batches_order order = {
        .timestamp_ms = NOW_MS, .producer_id = 77, .producer_epoch = 1};
    ck_assert_int_eq(try_append(&stage, &order, &appended), PARTITION_APPENDED);
    expect_producer(&stage);
    partition_abandon(&stage.partition);
    open_again(&stage);
    expect_producer(&stage);
    close_cleanly(&stage);
    open_again(&stage);
    ck_assert_uint_eq(stage.recovery.bytes_checked, 0);
    expect_producer(&stage);
    ck_assert_int_eq(partition_end_offset(stage.partition), 1);
    tear_down(&stage);
}
END_TEST

START_TEST(a_batch_that_is_too_large_is_refused)
{
    struct partition_options options = plain_options();
    struct partition_appended appended;
    struct stage stage;

    options.batch_bytes_max = 200;
    set_up_with(&stage, &options);
    const struct batches_order order = {.timestamp_ms = NOW_MS, .value_size = 200};
    ck_assert_int_eq(try_append(&stage, &order, &appended), PARTITION_TOO_LARGE);
    ck_assert_uint_eq(partition_segment_count(stage.partition), 0);
    tear_down(&stage);
}
END_TEST

START_TEST(a_full_disk_changes_nothing)
{
    for (uint64_t at = 0; at < 12; at++) {
        struct partition_options options = plain_options();
        struct partition_appended appended;
        struct stage stage;
        options.segment_bytes = 700;
        set_up_with(&stage, &options);
        const struct batches_order order = {.timestamp_ms = NOW_MS, .value_size = 200};
        int64_t end = 0;
        sim_files_plan(stage.sim, SIM_FILES_FULL_ONCE, at);
        for (int i = 0; i < 9; i++) {
            enum partition_verdict verdict = try_append(&stage, &order, &appended);
            ck_assert(verdict == PARTITION_APPENDED || verdict == PARTITION_NO_ROOM);
            end += verdict == PARTITION_APPENDED;
            ck_assert_int_eq(partition_end_offset(stage.partition), end);
        }
        ck_assert_int_ge(end, 8);
        ck_assert_ptr_null(partition_failure(stage.partition));
        partition_abandon(&stage.partition);
        open_again(&stage);
        ck_assert_int_eq(partition_end_offset(stage.partition), end);
        ck_assert_uint_eq(stage.recovery.bytes_cut, 0);
        tear_down(&stage);
    }
}
END_TEST

START_TEST(a_write_that_fails_ends_all_writing_and_not_the_reading)
{
    struct partition_appended appended;
    struct stage stage;

    set_up(&stage);
    append(&stage, NOW_MS, 10);
    sim_files_plan(stage.sim, SIM_FILES_ERROR, 0);
    const struct batches_order order = {.timestamp_ms = NOW_MS, .value_size = 10};
    ck_assert_int_eq(try_append(&stage, &order, &appended), PARTITION_FAILED);
    sim_files_plan(stage.sim, SIM_FILES_FINE, 0);
    ck_assert_ptr_nonnull(strstr(partition_failure(stage.partition), folder));
    ck_assert_int_eq(try_append(&stage, &order, &appended), PARTITION_FAILED);
    ck_assert_int_eq(partition_end_offset(stage.partition), 1);
    ck_assert_uint_gt(read_size(&stage, 0, 1, true), 0);
    ck_assert_int_eq(partition_close(&stage.partition, NULL), ERR_IO);
    tear_down(&stage);
}
END_TEST

/* ---- flush, high watermark ---- */

START_TEST(with_flush_always_nobody_sees_what_is_not_durable)
{
    struct partition_options options = plain_options();
    struct partition_flush flushing;
    struct stage stage;

    options.flush_always = true;
    set_up_with(&stage, &options);
    append(&stage, NOW_MS, 10);
    ck_assert_int_eq(partition_high_watermark(stage.partition), 0);
    ck_assert_uint_eq(read_size(&stage, 0, 100, true), 0);
    ck_assert_uint_eq(partition_bytes_from(stage.partition, 0), 0);
    ck_assert(partition_flush_begin(stage.partition, &flushing));
    ck_assert(!partition_flush_begin(stage.partition, &flushing)); /* one at a time */
    append(&stage, NOW_MS, 10);
    ck_assert_int_eq(partition_flush_run(&flushing, NULL), ERR_OK);
    partition_flush_end(stage.partition, &flushing, ERR_OK, NULL);
    ck_assert_int_eq(partition_high_watermark(stage.partition), 1);
    ck_assert_uint_eq(partition_unflushed_records(stage.partition), 1);
    uint64_t batch_size = partition_size_bytes(stage.partition) / 2;
    ck_assert_uint_eq(partition_unflushed_bytes(stage.partition), batch_size);
    ck_assert_uint_eq(read_size(&stage, 0, 1000, true), batch_size);
    ck_assert_uint_eq(read_size(&stage, 1, 1000, true), 0);
    flush(&stage);
    ck_assert_uint_eq(read_size(&stage, 0, 1000, true), 2 * batch_size);
    ck_assert_uint_eq(partition_unflushed_bytes(stage.partition), 0);
    tear_down(&stage);
}
END_TEST

START_TEST(many_segments_are_flushed_in_their_order)
{
    struct partition_options options = plain_options();
    struct partition_flush flushing;
    struct stage stage;
    int64_t before = 0;

    options.segment_bytes = 200;
    set_up_with(&stage, &options);
    for (int i = 0; i < 40; i++)
        append(&stage, NOW_MS, 100);
    ck_assert_uint_eq(partition_segment_count(stage.partition), 40);
    while (partition_flush_begin(stage.partition, &flushing)) {
        ck_assert_uint_le(flushing.file_count, PARTITION_FLUSH_FILES_MAX);
        ck_assert_int_eq(partition_flush_run(&flushing, NULL), ERR_OK);
        int64_t up_to = flushing.up_to;
        partition_flush_end(stage.partition, &flushing, ERR_OK, NULL);
        ck_assert_int_gt(up_to, before);
        before = up_to;
        stage.checkpoint = (struct partition_checkpoint){.is_known = true, .flushed_offset = up_to};
    }
    ck_assert_int_eq(before, 40);
    partition_rest(stage.partition);
    ck_assert_uint_eq(partition_open_files(stage.partition), 0);
    for (int64_t offset = 0; offset < 40; offset++)
        ck_assert_uint_gt(read_size(&stage, offset, 1, true), 0);
    ck_assert_uint_le(partition_open_files(stage.partition), 2 * PARTITION_OPEN_SEGMENTS_MAX + 2);
    tear_down(&stage);
}
END_TEST

START_TEST(a_flush_that_fails_fails_the_partition)
{
    struct partition_flush flushing;
    struct error error;
    struct stage stage;

    set_up(&stage);
    append(&stage, NOW_MS, 10);
    ck_assert(partition_flush_begin(stage.partition, &flushing));
    sim_files_plan(stage.sim, SIM_FILES_ERROR, 0);
    enum err err = partition_flush_run(&flushing, &error);
    ck_assert_int_eq(err, ERR_IO);
    partition_flush_end(stage.partition, &flushing, err, &error);
    sim_files_plan(stage.sim, SIM_FILES_FINE, 0);
    ck_assert_ptr_nonnull(partition_failure(stage.partition));
    ck_assert(!partition_flush_begin(stage.partition, &flushing));
    ck_assert_int_eq(partition_flushed_offset(stage.partition), 0);
    tear_down(&stage);
}
END_TEST

/* Not the whole segment is read again after a crash, although nobody saved a checkpoint since its beginning. */
START_TEST(a_crash_costs_the_reading_of_a_bounded_part)
{
    struct partition_options options = plain_options();
    struct stage stage;

    options.segment_bytes = 1 << 30;
    options.preallocates = true;
    set_up_with(&stage, &options);
    for (int i = 0; i < 50; i++) {
        append(&stage, NOW_MS + i, 1 << 20);
        if (i % 4 == 3)
            flush(&stage);
    }
    partition_abandon(&stage.partition);
    open_again(&stage);
    ck_assert_int_eq(partition_end_offset(stage.partition), 50);
    ck_assert_uint_le(stage.recovery.bytes_checked, 20 << 20);
    ck_assert_uint_eq(stage.recovery.indexes_rebuilt, 0);
    for (int64_t offset = 0; offset < 50; offset++) {
        struct partition_moment moment;
        ck_assert_uint_gt(read_size(&stage, offset, 1, true), 1 << 20);
        ck_assert_int_eq(partition_find_time(stage.partition, NOW_MS + offset, &moment, NULL),
                         ERR_OK);
        ck_assert_int_eq(moment.offset, offset);
    }
    close_cleanly(&stage);
    open_again(&stage);
    ck_assert_uint_eq(stage.recovery.bytes_checked, 0);
    tear_down(&stage);
}
END_TEST

/* ---- read ---- */

START_TEST(a_slice_of_a_deleted_segment_stays_readable)
{
    struct partition_options options = plain_options();
    struct partition_slice slice;
    struct stage stage;
    unsigned char bytes[512];
    struct batch_head head;
    size_t size;

    options.segment_bytes = 200;
    set_up_with(&stage, &options);
    for (int i = 0; i < 3; i++)
        append(&stage, NOW_MS, 100);
    ck_assert_int_eq(partition_read(stage.partition, 0, 512, true, &slice, NULL), ERR_OK);
    ck_assert_int_eq(partition_delete_records(stage.partition, 3, NULL), ERR_OK);
    ck_assert(!sim_files_has(stage.sim, "topic-0/00000000000000000000.log"));
    ck_assert_int_eq(
        slice.file->operations->read(slice.file, slice.position, bytes, slice.size, &size, NULL),
        ERR_OK);
    ck_assert_int_eq(batch_read_head(bytes, size, UINT32_MAX, &head), ERR_OK);
    ck_assert(batch_crc_is_right(bytes, &head));
    slice.file->operations->give(&slice.file);
    tear_down(&stage);
}
END_TEST

START_TEST(a_read_is_as_large_as_asked_for)
{
    struct stage stage;

    set_up(&stage);
    for (int i = 0; i < 100; i++)
        append(&stage, NOW_MS, 100);
    size_t one = partition_size_bytes(stage.partition) / 100;
    for (int64_t offset = 0; offset < 100; offset += 7) {
        size_t left = (size_t)(100 - offset) * one;
        ck_assert_uint_eq(read_size(&stage, offset, 1 << 20, false), left);
        ck_assert_uint_eq(read_size(&stage, offset, 1, true), one);
        ck_assert_uint_eq(read_size(&stage, offset, one - 1, false), 0);
        ck_assert_uint_eq(read_size(&stage, offset, one, false), one);
        ck_assert_uint_eq(read_size(&stage, offset, one + 5, false), offset < 99 ? one + 5 : one);
    }
    ck_assert_uint_eq(partition_bytes_from(stage.partition, 99), one);
    ck_assert_uint_eq(partition_bytes_from(stage.partition, 100), 0);
    tear_down(&stage);
}
END_TEST

/* ---- the start moves ---- */

START_TEST(a_deleted_log_goes_on_with_its_offsets)
{
    struct stage stage;

    set_up(&stage);
    for (int i = 0; i < 10; i++)
        append(&stage, NOW_MS, 10);
    ck_assert_int_eq(partition_delete_records(stage.partition, 11, NULL), ERR_NOT_FOUND);
    ck_assert_int_eq(partition_delete_records(stage.partition, 4, NULL), ERR_OK);
    ck_assert_int_eq(partition_start_offset(stage.partition), 4);
    ck_assert_int_eq(partition_delete_records(stage.partition, 2, NULL), ERR_OK);
    ck_assert_int_eq(partition_start_offset(stage.partition), 4);
    ck_assert_int_eq(partition_delete_records(stage.partition, 10, NULL), ERR_OK);
    ck_assert_uint_eq(partition_size_bytes(stage.partition), 0);
    partition_abandon(&stage.partition);
    sim_files_restart(stage.sim); /* the power, and no checkpoint was ever saved */
    open_again(&stage);
    ck_assert_int_eq(partition_start_offset(stage.partition), 10);
    ck_assert_int_eq(append(&stage, NOW_MS, 10), 10);
    tear_down(&stage);
}
END_TEST

START_TEST(retention_goes_by_time_and_by_size)
{
    struct partition_options options = plain_options();
    struct stage stage;

    options.segment_bytes = 200;
    options.retention_ms = 1000;
    set_up_with(&stage, &options);
    for (int i = 0; i < 10; i++)
        append(&stage, NOW_MS + 100 * i, 100);
    ck_assert_uint_eq(partition_retain(stage.partition, NOW_MS + 1000), 0);
    ck_assert_uint_eq(partition_retain(stage.partition, NOW_MS + 1301), 4);
    ck_assert_int_eq(partition_start_offset(stage.partition), 4);
    options.retention_bytes = (int64_t)(2 * partition_size_bytes(stage.partition) / 6);
    partition_set_options(stage.partition, &options);
    ck_assert_uint_eq(partition_retain(stage.partition, NOW_MS + 1301), 4);
    ck_assert_int_eq(partition_start_offset(stage.partition), 8);
    options.deletes = false;
    partition_set_options(stage.partition, &options);
    ck_assert_uint_eq(partition_retain(stage.partition, NOW_MS * 2), 0);
    options.deletes = true;
    partition_set_options(stage.partition, &options);
    ck_assert_uint_ge(partition_retain(stage.partition, NOW_MS * 2), 2); /* the last one, too */
    ck_assert_int_eq(partition_start_offset(stage.partition), 10);
    ck_assert_int_eq(append(&stage, NOW_MS * 2, 1), 10);
    tear_down(&stage);
}
END_TEST

START_TEST(records_without_a_timestamp_age_from_their_append)
{
    struct partition_options options = plain_options();
    struct stage stage;

    options.segment_bytes = 200;
    options.retention_ms = 1000;
    set_up_with(&stage, &options);
    for (int i = 0; i < 4; i++)
        append(&stage, -1, 100);
    ck_assert_uint_eq(partition_retain(stage.partition, NOW_MS + 1000), 0);
    close_cleanly(&stage);
    open_again(&stage);
    ck_assert_uint_eq(partition_retain(stage.partition, NOW_MS + 1000), 0);
    ck_assert_uint_eq(partition_retain(stage.partition, NOW_MS + 1001), 4);
    tear_down(&stage);
}
END_TEST

/* ---- epochs ---- */

static void expect_epoch_end(struct stage *stage, int32_t asked, int32_t epoch, int64_t end)
{
    int32_t found;
    int64_t found_end;

    partition_epoch_end(stage->partition, asked, &found, &found_end);
    ck_assert_int_eq(found, epoch);
    ck_assert_int_eq(found_end, end);
}

START_TEST(each_life_is_an_epoch)
{
    struct stage stage;

    set_up(&stage);
    append(&stage, NOW_MS, 1); /* 1 */
    append(&stage, NOW_MS, 1);
    close_cleanly(&stage);
    open_again(&stage); /* 2 appends nothing */
    close_cleanly(&stage);
    open_again(&stage);
    append(&stage, NOW_MS, 1); /* 3 */
    partition_abandon(&stage.partition);
    stage.checkpoint.is_clean = false;
    open_again(&stage);
    expect_epoch_end(&stage, 0, -1, -1);
    expect_epoch_end(&stage, 1, 1, 2);
    expect_epoch_end(&stage, 2, 1, 2);
    expect_epoch_end(&stage, 3, 3, 3);
    expect_epoch_end(&stage, 4, 4, 3);
    expect_epoch_end(&stage, 5, -1, -1);
    append(&stage, NOW_MS, 1); /* 4 */
    expect_epoch_end(&stage, 3, 3, 3);
    expect_epoch_end(&stage, 4, 4, 4);
    tear_down(&stage);
}
END_TEST

/* ---- segments that are replaced ---- */

/* A copy of a closed segment without some of its batches, as a compaction would leave it. */
static void thin_out(struct stage *stage, int64_t base_offset, int64_t last_offset)
{
    struct files *files = sim_files_of(stage->sim);
    struct index_writer writer;
    char path[FILES_PATH_MAX];
    char index_path[FILES_PATH_MAX];
    char time_path[FILES_PATH_MAX];
    struct file *file;
    uint64_t at = 0;

    segment_path(folder, base_offset, SEGMENT_LOG, SEGMENT_NEW, path);
    segment_path(folder, base_offset, SEGMENT_INDEX, SEGMENT_NEW, index_path);
    segment_path(folder, base_offset, SEGMENT_TIME_INDEX, SEGMENT_NEW, time_path);
    ck_assert_int_eq(files->operations->open(files, path, FILES_CREATE, &file, NULL), ERR_OK);
    index_writer_init(&writer, base_offset, 100);
    for (int64_t offset = base_offset; offset <= last_offset; offset++) {
        struct partition_slice slice;
        unsigned char bytes[512];
        struct batch_head head;
        size_t size;
        if (offset % 3 != 0)
            continue;
        ck_assert_int_eq(partition_read(stage->partition, offset, 1, true, &slice, NULL), ERR_OK);
        ck_assert_int_eq(slice.file->operations->read(slice.file, slice.position, bytes, slice.size,
                                                      &size, NULL),
                         ERR_OK);
        slice.file->operations->give(&slice.file);
        ck_assert_int_eq(batch_read_head(bytes, size, UINT32_MAX, &head), ERR_OK);
        struct files_piece piece = {bytes, size};
        ck_assert_int_eq(file->operations->write(file, at, &piece, 1, NULL), ERR_OK);
        index_writer_note(&writer, &head, at, NOW_MS);
        at += size;
    }
    ck_assert_int_eq(file->operations->sync(file, NULL), ERR_OK);
    file->operations->give(&file);
    ck_assert_int_eq(index_writer_seal(&writer, files, index_path, time_path, NULL), ERR_OK);
    index_writer_done(&writer);
}

static void expect_gaps(struct stage *stage)
{
    for (int64_t offset = 0; offset < 40; offset++) {
        struct partition_slice slice;
        struct batch_head head;
        unsigned char bytes[512];
        size_t size;
        int64_t expected = offset;
        while (expected % 3 != 0 && expected < 24)
            expected++;
        ck_assert_int_eq(partition_read(stage->partition, offset, 1, true, &slice, NULL), ERR_OK);
        ck_assert_int_eq(slice.file->operations->read(slice.file, slice.position, bytes, slice.size,
                                                      &size, NULL),
                         ERR_OK);
        slice.file->operations->give(&slice.file);
        ck_assert_int_eq(batch_read_head(bytes, size, UINT32_MAX, &head), ERR_OK);
        ck_assert_int_eq(head.base_offset, expected);

        struct partition_moment moment;
        ck_assert_int_eq(partition_find_time(stage->partition, NOW_MS + offset, &moment, NULL),
                         ERR_OK);
        ck_assert_int_eq(moment.offset, expected);
    }
}

START_TEST(a_log_with_gaps_gives_the_next_batch)
{
    struct partition_options options = plain_options();
    struct stage stage;

    options.segment_bytes = 1500; /* twelve batches */
    options.index_interval_bytes = 100;
    set_up_with(&stage, &options);
    for (int i = 0; i < 40; i++)
        append(&stage, NOW_MS + i, 50);
    ck_assert_int_eq(stage.partition->segments[1].base_offset, 12);
    ck_assert_int_eq(stage.partition->segments[2].base_offset, 24);
    ck_assert_int_eq(partition_swap(stage.partition, 0, 1, NULL), ERR_NOT_FOUND); /* not flushed */
    flush(&stage);
    thin_out(&stage, 0, 23);
    ck_assert_int_eq(partition_swap(stage.partition, 12, 3, NULL), ERR_NOT_FOUND);
    ck_assert_int_eq(partition_swap(stage.partition, 0, 2, NULL), ERR_OK);
    ck_assert(!sim_files_has(stage.sim, "topic-0/00000000000000000012.log"));
    expect_gaps(&stage);
    partition_abandon(&stage.partition);
    open_again(&stage); /* without a checkpoint: all is read again */
    ck_assert_uint_eq(stage.recovery.bytes_cut, 0);
    expect_gaps(&stage);
    close_cleanly(&stage);
    open_again(&stage);
    expect_gaps(&stage);
    tear_down(&stage);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_empty_partition_has_no_files,
        a_partition_costs_little_memory,
        a_segment_is_rolled_when_the_next_batch_does_not_fit,
        a_segment_is_rolled_when_its_records_span_too_much_time,
        a_segment_is_rolled_before_its_offsets_outgrow_the_index,
        offsets_end_before_they_wrap,
        a_topic_that_stamps_gives_its_own_time,
        a_producer_is_known_after_any_kind_of_end,
        a_batch_that_is_too_large_is_refused,
        a_full_disk_changes_nothing,
        a_write_that_fails_ends_all_writing_and_not_the_reading,
        with_flush_always_nobody_sees_what_is_not_durable,
        many_segments_are_flushed_in_their_order,
        a_flush_that_fails_fails_the_partition,
        a_crash_costs_the_reading_of_a_bounded_part,
        a_slice_of_a_deleted_segment_stays_readable,
        a_read_is_as_large_as_asked_for,
        a_deleted_log_goes_on_with_its_offsets,
        retention_goes_by_time_and_by_size,
        records_without_a_timestamp_age_from_their_append,
        each_life_is_an_epoch,
        a_log_with_gaps_gives_the_next_batch,
    };

    return suite_run("partition", tests, sizeof tests / sizeof *tests);
}
