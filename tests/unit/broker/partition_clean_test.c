/* SPDX-License-Identifier: Apache-2.0 */
/* Compaction of a whole partition, on a disk that stops at any moment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "broker/log/cleaner.h"
#include "broker/log/partition.h"
#include "broker/log/records.h"
#include "tests/support/sim_files.h"
#include "tests/support/suite.h"

enum {
    KEYS = 10,
    LINES_MAX = 1000,
    NAME_MAX = 16,
    HOUR = 3600 * 1000,
};

struct line {
    char key[NAME_MAX];
    char value[NAME_MAX];
    bool is_tombstone;
};

struct scene {
    struct sim_files *sim;
    struct partition_options options;
    struct partition_checkpoint checkpoint;
    struct partition *partition;
    struct records_builder builder;
    struct rng rng;
    int64_t now_ms;
    struct line lines[LINES_MAX]; /* by offset */
    int64_t end_offset;
};

/* An assertion of check writes to a file each time, which is too slow for what is looked at often. */
static void expect(bool is_so, const char *what)
{
    if (!is_so)
        ck_abort_msg("%s", what);
}

static void open_partition(struct scene *scene)
{
    struct partition_recovery recovery;
    struct error error = {.text = ""};
    enum err err =
        partition_open(sim_files_of(scene->sim), "p", &scene->options, &scene->checkpoint, 1,
                       scene->now_ms, &scene->partition, &recovery, &error);

    ck_assert_msg(err == ERR_OK, "%s", error.text);
    ck_assert_uint_eq(recovery.bytes_cut, 0);
    ck_assert_msg(strstr(recovery.text, "damaged") == NULL, "%s", recovery.text);
}

static struct scene *scene_new(uint64_t seed)
{
    struct scene *scene = NEW(struct scene);

    scene->sim = sim_files_new(seed);
    rng_init(&scene->rng, seed);
    scene->now_ms = 1000000;
    scene->options = (struct partition_options){
        .segment_bytes = 600,
        .segment_ms = UINT64_C(1) << 40,
        .index_interval_bytes = 100,
        .batch_bytes_max = 1 << 20,
        .retention_ms = -1,
        .retention_bytes = -1,
        .compacts = true,
        .producer_expiry_ms = UINT64_C(1) << 40,
    };
    open_partition(scene);
    return scene;
}

static void scene_destroy(struct scene **scene)
{
    if (*scene == NULL)
        return;
    if ((*scene)->partition != NULL)
        partition_abandon(&(*scene)->partition);
    sim_files_destroy(&(*scene)->sim);
    records_builder_done(&(*scene)->builder);
    free(*scene);
    *scene = NULL;
}

/* ---- Writing ------------------------------------------------------------------------------- */

/* `value` of NULL is a tombstone. */
static void append(struct scene *scene, const char *key, const char *value)
{
    struct line *line = &scene->lines[scene->end_offset];
    const unsigned char *batch;
    struct batch_head head = records_plain_head(BATCH_PLAIN, scene->now_ms);
    struct partition_appended appended;
    const struct record record = {
        .timestamp_ms = scene->now_ms,
        .key = (const unsigned char *)key,
        .key_size = (int32_t)strlen(key),
        .value = (const unsigned char *)value,
        .value_size = value != NULL ? (int32_t)strlen(value) : RECORDS_ABSENT,
    };

    expect(scene->end_offset < LINES_MAX, "room for the line");
    records_builder_begin(&scene->builder, &head);
    records_builder_add(&scene->builder, &record);
    expect(records_builder_finish(&scene->builder, &batch, &head, NULL) == ERR_OK,
           "a batch is made");
    expect(partition_append(scene->partition, batch, &head, scene->now_ms, &appended, NULL) ==
               PARTITION_APPENDED,
           "a batch is appended");
    expect(appended.base_offset == scene->end_offset, "offsets have no gap");
    (void)snprintf(line->key, sizeof line->key, "%s", key);
    (void)snprintf(line->value, sizeof line->value, "%s", value != NULL ? value : "");
    line->is_tombstone = value == NULL;
    scene->end_offset++;
}

static void append_random(struct scene *scene, int count)
{
    char key[NAME_MAX];
    char value[NAME_MAX];

    for (int i = 0; i < count; i++) {
        (void)snprintf(key, sizeof key, "k%u", rng_below(&scene->rng, KEYS));
        (void)snprintf(value, sizeof value, "v%u", rng_below(&scene->rng, 1000));
        append(scene, key, rng_below(&scene->rng, 3) == 0 ? NULL : value);
    }
}

/* A flush takes a few files at a time. */
static void flush(struct scene *scene)
{
    struct partition_flush flushing;

    while (partition_flush_begin(scene->partition, &flushing)) {
        enum err err = partition_flush_run(&flushing, NULL);
        ck_assert_int_eq(err, ERR_OK);
        partition_flush_end(scene->partition, &flushing, err, NULL);
    }
    ck_assert_int_eq(partition_flushed_offset(scene->partition), scene->end_offset);
}

/* False: there was nothing to do. */
static bool clean(struct scene *scene, enum err *ret_run, enum err *ret_finish)
{
    struct clean_plan *plan = partition_clean_plan(scene->partition, scene->now_ms);

    if (plan == NULL)
        return false;
    *ret_run = clean_run(plan, NULL);
    *ret_finish = partition_clean_finish(scene->partition, &plan, NULL);
    ck_assert_ptr_null(plan);
    return true;
}

static void clean_well(struct scene *scene)
{
    enum err run = ERR_IO;
    enum err finish = ERR_IO;

    ck_assert(clean(scene, &run, &finish));
    ck_assert_int_eq(run, ERR_OK);
    ck_assert_int_eq(finish, ERR_OK);
}

/* ---- Reading ------------------------------------------------------------------------------- */

struct reading {
    int64_t last[KEYS]; /* the offset of the last record of the key; -1: none */
    size_t counts[KEYS];
    int64_t next_offset;
};

static void read_batch(const struct scene *scene, const void *batch, const struct batch_head *head,
                       struct reading *reading)
{
    AUTO(records_reader_done) struct records_reader reader = {.left = 0};
    struct record record;
    enum err err = records_open(&reader, batch, head, NULL);

    while (err == ERR_OK && (err = records_next(&reader, &record, NULL)) == ERR_OK) {
        if (record.offset < reading->next_offset)
            continue; /* of a batch that began before what was asked for */
        const struct line *line = &scene->lines[record.offset];
        expect((size_t)record.key_size == strlen(line->key) &&
                   memcmp(record.key, line->key, (size_t)record.key_size) == 0,
               "the key is that of the offset");
        expect((record.value_size < 0) == line->is_tombstone, "a tombstone is one");
        expect(record.value_size <= 0 ||
                   memcmp(record.value, line->value, (size_t)record.value_size) == 0,
               "the value is that of the offset");
        reading->last[record.key[1] - '0'] = record.offset;
        reading->counts[record.key[1] - '0']++;
    }
    expect(err == ERR_NOT_FOUND, "a batch is read to its end");
    reading->next_offset = batch_last_offset(head) + 1;
}

static void read_slice(const struct scene *scene, const unsigned char *bytes, size_t size,
                       struct reading *reading)
{
    while (size >= BATCH_HEAD_SIZE) {
        struct batch_head head;
        if (batch_read_head(bytes, size, UINT32_MAX, &head) != ERR_OK)
            break;
        expect(batch_crc_is_right(bytes, &head), "the sum is right");
        read_batch(scene, bytes, &head, reading);
        bytes += head.size;
        size -= head.size;
    }
}

/* As a consumer does: from `offset` to the end. */
static struct reading read_from(struct scene *scene, int64_t offset)
{
    struct reading reading = {.next_offset = offset};

    memset(reading.last, 0xff, sizeof reading.last);
    while (reading.next_offset < partition_high_watermark(scene->partition)) {
        struct partition_slice slice;
        struct error error = {.text = ""};
        int64_t before = reading.next_offset;
        enum err err = partition_read(scene->partition, before, 10000, true, &slice, &error);
        expect(err == ERR_OK, error.text);
        expect(slice.size > 0, "there is something to read");
        unsigned char *bytes = mem_alloc(slice.size);
        size_t got;
        ck_assert_int_eq(
            slice.file->operations->read(slice.file, slice.position, bytes, slice.size, &got, NULL),
            ERR_OK);
        slice.file->operations->give(&slice.file);
        read_slice(scene, bytes, got, &reading);
        free(bytes);
        expect(reading.next_offset > before, "reading goes on");
    }
    return reading;
}

static int64_t last_offset_of(const struct scene *scene, int key)
{
    for (int64_t i = scene->end_offset; i > 0; i--) {
        if (scene->lines[i - 1].key[1] - '0' == key)
            return i - 1;
    }
    return -1;
}

/* Wherever a consumer begins, it ends with the state that the whole log had: but for tombstones that are gone
 * together with all that they were about. */
static void expect_sound_from(struct scene *scene, int64_t from)
{
    struct reading reading = read_from(scene, from);

    expect(partition_end_offset(scene->partition) == scene->end_offset, "the end is kept");
    for (int key = 0; key < KEYS; key++) {
        int64_t last = last_offset_of(scene, key);
        bool may_be_gone = last < from || scene->lines[last].is_tombstone;
        if (reading.last[key] >= 0 || !may_be_gone)
            expect(reading.last[key] == last, "a key has its last value");
    }
}

static void expect_sound(struct scene *scene)
{
    for (int64_t from = 0; from < scene->end_offset; from += 1 + from)
        expect_sound_from(scene, from);
}

/* ---- Stories ------------------------------------------------------------------------------- */

START_TEST(a_log_that_does_not_compact_is_left_alone)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    scene->options.compacts = false;
    partition_set_options(scene->partition, &scene->options);
    append_random(scene, 100);
    flush(scene);
    ck_assert_ptr_null(partition_clean_plan(scene->partition, scene->now_ms));
}
END_TEST

START_TEST(what_is_not_durable_or_not_closed_is_left_alone)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    append_random(scene, 3);
    flush(scene);
    ck_assert_ptr_null(partition_clean_plan(scene->partition, scene->now_ms));
    append_random(scene, 100);
    ck_assert_ptr_null(partition_clean_plan(scene->partition, scene->now_ms));
    flush(scene);
    clean_well(scene);
    expect_sound(scene);
}
END_TEST

START_TEST(a_log_shrinks_and_keeps_the_last_of_each_key)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    append_random(scene, 300);
    flush(scene);
    uint64_t size = partition_size_bytes(scene->partition);
    uint32_t segments = partition_segment_count(scene->partition);
    clean_well(scene);
    ck_assert_uint_lt(partition_size_bytes(scene->partition), size / 4);
    ck_assert_uint_lt(partition_segment_count(scene->partition), segments / 4);
    expect_sound(scene);
    /* Nothing new: nothing to do. */
    ck_assert_ptr_null(partition_clean_plan(scene->partition, scene->now_ms));
}
END_TEST

START_TEST(one_run_is_under_way_at_a_time)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    append_random(scene, 100);
    flush(scene);
    struct clean_plan *plan = partition_clean_plan(scene->partition, scene->now_ms);
    ck_assert_ptr_nonnull(plan);
    ck_assert_ptr_null(partition_clean_plan(scene->partition, scene->now_ms));
    /* It was given up before it ran. */
    ck_assert_int_eq(partition_clean_finish(scene->partition, &plan, NULL), ERR_OK);
    clean_well(scene);
}
END_TEST

START_TEST(a_log_is_compacted_once_enough_of_it_is_new)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);
    struct clean_plan *plan;

    scene->options.dirty_ratio = 0.5;
    partition_set_options(scene->partition, &scene->options);
    append_random(scene, 100);
    flush(scene);
    clean_well(scene);
    append_random(scene, 8);
    flush(scene);
    uint64_t clean_bytes = partition_size_bytes(scene->partition);
    while ((plan = partition_clean_plan(scene->partition, scene->now_ms)) == NULL) {
        append_random(scene, 1);
        flush(scene);
    }
    ck_assert_uint_gt(partition_size_bytes(scene->partition), clean_bytes + 300);
    ck_assert_int_eq(partition_clean_finish(scene->partition, &plan, NULL), ERR_OK);
}
END_TEST

START_TEST(what_is_too_young_waits)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    scene->options.compaction_lag_ms = 100;
    partition_set_options(scene->partition, &scene->options);
    append_random(scene, 100);
    flush(scene);
    scene->now_ms += 99;
    ck_assert_ptr_null(partition_clean_plan(scene->partition, scene->now_ms));
    scene->now_ms += 1;
    clean_well(scene);
    expect_sound(scene);
}
END_TEST

START_TEST(records_that_are_deleted_during_a_run_are_not_brought_back)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    append_random(scene, 200);
    flush(scene);
    struct clean_plan *plan = partition_clean_plan(scene->partition, scene->now_ms);
    ck_assert_int_eq(clean_run(plan, NULL), ERR_OK);
    ck_assert_int_eq(partition_delete_records(scene->partition, 100, NULL), ERR_OK);
    ck_assert_int_eq(partition_clean_finish(scene->partition, &plan, NULL), ERR_OK);
    ck_assert_int_ge(partition_start_offset(scene->partition), 100);
    expect_sound_from(scene, partition_start_offset(scene->partition));
    clean_well(scene);
    expect_sound_from(scene, partition_start_offset(scene->partition));
}
END_TEST

START_TEST(the_partition_may_go_before_the_plan)
{
    AUTO(scene_destroy) struct scene *scene = scene_new(1);

    append_random(scene, 100);
    flush(scene);
    struct clean_plan *plan = partition_clean_plan(scene->partition, scene->now_ms);
    partition_abandon(&scene->partition);
    ck_assert_int_eq(clean_run(plan, NULL), ERR_OK);
    clean_plan_destroy(&plan);
    scene->checkpoint = (struct partition_checkpoint){.is_known = true, .flushed_offset = 100};
    open_partition(scene);
    expect_sound(scene);
}
END_TEST

/* ---- Crashes ------------------------------------------------------------------------------- */

enum memory {
    MEMORY_NONE,       /* there is no checkpoint */
    MEMORY_CHECKPOINT, /* one that knows that all was durable */
};

/* A log whose next run takes out records, tombstones and whole segments. */
static struct scene *make_ripe(uint64_t seed)
{
    struct scene *scene = scene_new(seed);

    append_random(scene, 60);
    flush(scene);
    clean_well(scene); /* now the tombstones have their time */
    append_random(scene, 60);
    flush(scene);
    scene->now_ms += HOUR;
    return scene;
}

static bool crash_at(enum sim_files_fault fault, uint64_t at, uint64_t seed, enum memory memory)
{
    AUTO(scene_destroy) struct scene *scene = make_ripe(seed);
    enum err run;
    enum err finish;

    sim_files_plan(scene->sim, fault, at);
    bool has_run = clean(scene, &run, &finish);
    bool has_struck = sim_files_has_struck(scene->sim);
    ck_assert(has_run || has_struck);
    if (fault == SIM_FILES_READ_ERROR)
        sim_files_plan(scene->sim, SIM_FILES_FINE, 0);
    if (fault != SIM_FILES_KILL && fault != SIM_FILES_POWER_CUT &&
        partition_failure(scene->partition) == NULL)
        expect_sound(scene);
    partition_abandon(&scene->partition);
    sim_files_restart(scene->sim);

    scene->checkpoint = (struct partition_checkpoint){.is_known = memory == MEMORY_CHECKPOINT,
                                                      .flushed_offset = scene->end_offset};
    open_partition(scene);
    expect_sound(scene);
    append_random(scene, 20);
    flush(scene);
    clean_well(scene);
    expect_sound(scene);
    return has_struck;
}

static void crash_everywhere(enum sim_files_fault fault)
{
    for (uint64_t seed = 0; seed < 2; seed++) {
        bool has_struck = true;
        uint64_t at = 0;
        for (; has_struck; at++)
            has_struck = crash_at(fault, at, seed, seed % 2 == 0 ? MEMORY_NONE : MEMORY_CHECKPOINT);
        ck_assert_uint_gt(at, 10);
    }
}

START_TEST(a_kill_at_any_operation_costs_nothing)
{
    crash_everywhere(SIM_FILES_KILL);
}
END_TEST

START_TEST(a_power_cut_at_any_operation_costs_nothing)
{
    crash_everywhere(SIM_FILES_POWER_CUT);
}
END_TEST

START_TEST(an_error_at_any_operation_costs_nothing)
{
    crash_everywhere(SIM_FILES_ERROR);
}
END_TEST

START_TEST(a_disk_that_fills_up_costs_nothing)
{
    crash_everywhere(SIM_FILES_FULL);
}
END_TEST

START_TEST(an_error_of_any_read_costs_nothing)
{
    crash_everywhere(SIM_FILES_READ_ERROR);
}
END_TEST

static void close_and_open(struct scene *scene)
{
    ck_assert_int_eq(partition_close(&scene->partition, NULL), ERR_OK);
    sim_files_restart(scene->sim);
    scene->checkpoint = (struct partition_checkpoint){
        .is_known = true, .is_clean = true, .flushed_offset = scene->end_offset};
    open_partition(scene);
}

/* Segments that were merged are gone for good when the checkpoint may say that all was closed; also where a
 * compaction was all that was done in a life. */
START_TEST(a_power_cut_after_a_clean_end_brings_nothing_back)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        AUTO(scene_destroy) struct scene *scene = make_ripe(seed);
        close_and_open(scene);
        clean_well(scene);
        uint32_t segments = partition_segment_count(scene->partition);
        close_and_open(scene);
        ck_assert_uint_eq(partition_segment_count(scene->partition), segments);
        expect_sound(scene);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_log_that_does_not_compact_is_left_alone,
        what_is_not_durable_or_not_closed_is_left_alone,
        a_log_shrinks_and_keeps_the_last_of_each_key,
        one_run_is_under_way_at_a_time,
        a_log_is_compacted_once_enough_of_it_is_new,
        what_is_too_young_waits,
        records_that_are_deleted_during_a_run_are_not_brought_back,
        the_partition_may_go_before_the_plan,
        a_kill_at_any_operation_costs_nothing,
        a_power_cut_at_any_operation_costs_nothing,
        an_error_at_any_operation_costs_nothing,
        a_disk_that_fills_up_costs_nothing,
        an_error_of_any_read_costs_nothing,
        a_power_cut_after_a_clean_end_brings_nothing_back,
    };
    return suite_run("partition_clean", tests, COUNT_OF(tests));
}
