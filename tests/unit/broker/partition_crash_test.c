/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What opening makes of damaged files: every length of the last segment, every byte of it, of a closed segment and
 * of the indexes, tails of zeros, holes, files that are missing, left over or empty.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/log/partition.h"
#include "tests/support/batches.h"
#include "tests/support/sim_files.h"
#include "tests/support/suite.h"

enum {
    BATCHES = 15,
    PER_SEGMENT = 5,
    FLUSHED = 12, /* batches */
    NOW_MS = 1000000,
    EPOCH = 3,
};

static const char folder[] = "topic-0";
static const char last_log[] = "topic-0/00000000000000000020.log";

static const struct partition_options options = {
    .segment_bytes = PER_SEGMENT * 90,
    .segment_ms = UINT32_MAX,
    .index_interval_bytes = 150,
    .batch_bytes_max = 1 << 20,
    .retention_ms = -1,
    .retention_bytes = -1,
    .deletes = true,
    .producer_expiry_ms = UINT32_MAX,
};

/* A log of three segments, of batches of two records each. Two thirds of the last segment... were flushed. */
struct scene {
    struct sim_files *sim;
    struct batches_item batches[BATCHES];
    uint64_t positions[BATCHES]; /* in their segment */
    struct partition *partition;
    struct partition_recovery recovery;
    struct partition_checkpoint checkpoint;
};

static void open_again(struct scene *scene)
{
    struct error error = {.code = ERR_OK};
    enum err err = partition_open(sim_files_of(scene->sim), folder, &options, &scene->checkpoint,
                                  EPOCH, NOW_MS, &scene->partition, &scene->recovery, &error);

    ck_assert_msg(err == ERR_OK, "%s", error.text);
}

static struct batches_item make_batch(int number)
{
    const struct batches_order order = {.record_count = 2,
                                        .value_size = 4,
                                        .timestamp_ms = NOW_MS + 10 * number,
                                        .step_ms = 1,
                                        .content = (uint64_t)number};

    return batches_make(&order);
}

static void append(struct scene *scene, int number)
{
    struct batches_item item = make_batch(number);
    struct partition_appended appended;
    struct error error;

    ck_assert_int_eq(
        partition_append(scene->partition, item.bytes, &item.head, NOW_MS, &appended, &error),
        PARTITION_APPENDED);
    ck_assert_int_eq(appended.base_offset, 2 * number);
    batch_place(item.bytes, appended.base_offset, EPOCH);
    item.head.base_offset = appended.base_offset;
    scene->positions[number] = (uint64_t)(number % PER_SEGMENT) * item.head.size;
    scene->batches[number] = item;
}

static void flush(struct scene *scene)
{
    struct partition_flush flush;

    ck_assert(partition_flush_begin(scene->partition, &flush));
    ck_assert_int_eq(partition_flush_run(&flush, NULL), ERR_OK);
    partition_flush_end(scene->partition, &flush, ERR_OK, NULL);
}

static void set_up(struct scene *scene)
{
    *scene = (struct scene){.sim = sim_files_new(1)};
    open_again(scene);
    for (int i = 0; i < BATCHES; i++) {
        append(scene, i);
        if (i + 1 == PER_SEGMENT || i + 1 == 2 * PER_SEGMENT || i + 1 == FLUSHED)
            flush(scene);
    }
    ck_assert_uint_eq(partition_segment_count(scene->partition), 3);
    scene->checkpoint = (struct partition_checkpoint){
        .is_known = true,
        .flushed_offset = partition_flushed_offset(scene->partition),
    };
    ck_assert_int_eq(scene->checkpoint.flushed_offset, 2 * FLUSHED);
}

static void crash(struct scene *scene)
{
    partition_abandon(&scene->partition);
}

static void close_cleanly(struct scene *scene)
{
    ck_assert_int_eq(partition_close(&scene->partition, NULL), ERR_OK);
    scene->checkpoint.flushed_offset = 2 * BATCHES;
    scene->checkpoint.is_clean = true;
}

static void tear_down(struct scene *scene)
{
    partition_abandon(&scene->partition);
    for (size_t i = 0; i < BATCHES; i++)
        free(scene->batches[i].bytes);
    ck_assert_uint_eq(sim_files_open_count(scene->sim), 0);
    sim_files_destroy(&scene->sim);
}

enum state {
    WHOLE,   /* as it was written */
    CHANGED, /* it is given, but not all of its bytes are right: a checksum or an epoch says so */
    REFUSED, /* ERR_CORRUPT */
    MISSING, /* a later one is given, or nothing */
};

static enum state state_of(struct scene *scene, int number)
{
    const struct batches_item *item = &scene->batches[number];
    struct partition_slice slice;
    unsigned char bytes[4096];
    struct error error;
    size_t size;
    enum err err =
        partition_read(scene->partition, item->head.base_offset, 1, true, &slice, &error);

    if (err == ERR_NOT_FOUND) {
        ck_assert_int_gt(item->head.base_offset, partition_end_offset(scene->partition));
        return MISSING;
    }
    if (err == ERR_CORRUPT)
        return REFUSED;
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    if (slice.size == 0)
        return MISSING;
    ck_assert_uint_le(slice.size, sizeof bytes);
    ck_assert_int_eq(
        slice.file->operations->read(slice.file, slice.position, bytes, slice.size, &size, NULL),
        ERR_OK);
    slice.file->operations->give(&slice.file);
    if (size == item->head.size && memcmp(bytes, item->bytes, size) == 0)
        return WHOLE;
    return memcmp(bytes, item->bytes, 8) == 0 ? CHANGED : MISSING;
}

/* All but one batch are as they were. */
static void expect_whole_but(struct scene *scene, int number)
{
    for (int i = 0; i < BATCHES; i++) {
        if (i != number)
            ck_assert_int_eq(state_of(scene, i), WHOLE);
    }
}

/* And the log goes on: what is appended gets an offset that nobody had, and is there after the next start. */
static void expect_to_go_on(struct scene *scene, int64_t least_offset)
{
    struct batches_item item = make_batch(99);
    struct partition_appended appended;
    struct partition_slice slice;

    ck_assert_ptr_null(partition_failure(scene->partition));
    ck_assert_int_eq(
        partition_append(scene->partition, item.bytes, &item.head, NOW_MS, &appended, NULL),
        PARTITION_APPENDED);
    ck_assert_int_ge(appended.base_offset, least_offset);
    free(item.bytes);
    for (int i = 0; i < 2; i++) {
        scene->checkpoint.is_clean = i == 1;
        if (i == 1) {
            ck_assert_int_eq(partition_close(&scene->partition, NULL), ERR_OK);
            scene->checkpoint.flushed_offset = appended.last_offset + 1;
        } else {
            crash(scene);
        }
        open_again(scene);
        ck_assert_int_eq(partition_end_offset(scene->partition), appended.last_offset + 1);
        ck_assert_int_eq(
            partition_read(scene->partition, appended.base_offset, 1, true, &slice, NULL), ERR_OK);
        ck_assert_uint_eq(slice.size, item.head.size);
        slice.file->operations->give(&slice.file);
    }
}

/* ---- the last segment ---- */

START_TEST(every_length_of_the_last_segment_keeps_all_whole_batches)
{
    struct scene scene;

    set_up(&scene);
    uint64_t size = PER_SEGMENT * scene.batches[0].head.size;
    tear_down(&scene);
    for (uint64_t length = 0; length < size; length++) {
        set_up(&scene);
        uint32_t batch_size = scene.batches[0].head.size;
        int whole = 2 * PER_SEGMENT + (int)(length / batch_size);
        int64_t end = whole < FLUSHED ? 2 * FLUSHED : 2 * whole;
        crash(&scene);
        sim_files_resize(scene.sim, last_log, length);
        open_again(&scene);
        ck_assert_int_eq(partition_end_offset(scene.partition), end);
        for (int i = 0; i < BATCHES; i++) {
            enum state state = state_of(&scene, i);
            if (i < whole)
                ck_assert_int_eq(state, WHOLE);
            else
                ck_assert(state == MISSING || (state == REFUSED && i < FLUSHED));
        }
        if (length % batch_size != 0 && whole >= FLUSHED) {
            ck_assert_uint_eq(scene.recovery.bytes_cut, length % batch_size);
            ck_assert_int_eq(scene.recovery.cut_at_offset, end);
        } else {
            ck_assert_uint_eq(scene.recovery.bytes_cut, 0);
        }
        ck_assert(whole >= FLUSHED || scene.recovery.text[0] != '\0');
        expect_to_go_on(&scene, end);
        tear_down(&scene);
    }
}
END_TEST

static void flip(struct scene *scene, const char *path, uint64_t at, unsigned char bits)
{
    size_t size;
    const unsigned char *bytes = sim_files_bytes(scene->sim, path, &size);

    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_lt(at, size);
    unsigned char changed = bytes[at] ^ bits;
    sim_files_damage(scene->sim, path, at, &changed, 1);
}

static const unsigned char patterns[] = {0x01, 0x80, 0xFF};

START_TEST(a_damaged_byte_of_the_last_segment_costs_one_batch)
{
    struct scene scene;

    set_up(&scene);
    uint32_t batch_size = scene.batches[0].head.size;
    tear_down(&scene);
    for (uint64_t at = 0; at < PER_SEGMENT * batch_size * COUNT_OF(patterns); at++) {
        set_up(&scene);
        crash(&scene);
        uint64_t position = at / COUNT_OF(patterns);
        int hit = 2 * PER_SEGMENT + (int)(position / batch_size);
        flip(&scene, last_log, position, patterns[at % COUNT_OF(patterns)]);
        open_again(&scene);
        expect_whole_but(&scene, hit);
        enum state state = state_of(&scene, hit);
        size_t byte = position % batch_size;
        if (hit < FLUSHED)
            ck_assert(state == REFUSED || (state == CHANGED && byte >= 8));
        else
            ck_assert(state == MISSING || (state == CHANGED && byte >= 12 && byte < 16));
        int64_t end = hit == BATCHES - 1 && state == MISSING ? 2 * hit : 2 * BATCHES;
        ck_assert_int_eq(partition_end_offset(scene.partition), end);
        ck_assert(hit < FLUSHED || state == CHANGED || scene.recovery.bytes_cut > 0);
        ck_assert(hit >= FLUSHED || scene.recovery.bytes_cut == 0);
        expect_to_go_on(&scene, end);
        tear_down(&scene);
    }
}
END_TEST

START_TEST(a_tail_of_zeros_is_cut_off)
{
    for (uint64_t zeros = 1; zeros < 300; zeros += 7) {
        struct scene scene;
        set_up(&scene);
        uint64_t size = PER_SEGMENT * scene.batches[0].head.size;
        crash(&scene);
        sim_files_resize(scene.sim, last_log, size + zeros);
        open_again(&scene);
        expect_whole_but(&scene, -1);
        ck_assert_uint_eq(scene.recovery.bytes_cut, zeros);
        ck_assert_int_eq(scene.recovery.cut_at_offset, 2 * BATCHES);
        ck_assert_ptr_nonnull(strstr(scene.recovery.text, "cut"));
        expect_to_go_on(&scene, 2 * BATCHES);
        tear_down(&scene);
    }
}
END_TEST

START_TEST(a_hole_is_cut_out_and_what_is_behind_it_stays)
{
    for (int first = FLUSHED; first < BATCHES - 1; first++) {
        for (int last = first; last < BATCHES - 1; last++) {
            struct scene scene;
            unsigned char zeros[256] = {0};
            set_up(&scene);
            uint32_t size = scene.batches[0].head.size;
            crash(&scene);
            for (int i = first; i <= last; i++)
                sim_files_damage(scene.sim, last_log, scene.positions[i], zeros, size);
            open_again(&scene);
            for (int i = 0; i < BATCHES; i++)
                ck_assert_int_eq(state_of(&scene, i), i >= first && i <= last ? MISSING : WHOLE);
            ck_assert_int_eq(partition_end_offset(scene.partition), 2 * BATCHES);
            ck_assert_int_eq(scene.recovery.cut_at_offset, 2 * first);
            expect_to_go_on(&scene, 2 * BATCHES);
            for (int i = 0; i < BATCHES; i++)
                ck_assert_int_eq(state_of(&scene, i), i >= first && i <= last ? MISSING : WHOLE);
            tear_down(&scene);
        }
    }
}
END_TEST

/* Nothing was known to be durable, as after a lost checkpoint: still only what is damaged goes. */
START_TEST(without_a_checkpoint_all_is_read_and_all_that_is_whole_is_kept)
{
    struct scene scene;

    for (int hit = 0; hit < BATCHES; hit++) {
        char path[64];
        set_up(&scene);
        crash(&scene);
        scene.checkpoint = (struct partition_checkpoint){.is_known = false};
        (void)snprintf(path, sizeof path, "topic-0/%020d.log", hit / PER_SEGMENT * 10);
        flip(&scene, path, scene.positions[hit] + 70, 0xFF);
        open_again(&scene);
        expect_whole_but(&scene, hit);
        ck_assert_int_eq(state_of(&scene, hit), MISSING);
        int64_t end = hit == BATCHES - 1 ? 2 * hit : 2 * BATCHES;
        ck_assert_int_eq(partition_end_offset(scene.partition), end);
        expect_to_go_on(&scene, end);
        tear_down(&scene);
    }
}
END_TEST

/* ---- indexes ---- */

static void expect_times(struct scene *scene)
{
    for (int i = 0; i < BATCHES; i++) {
        struct partition_moment moment;
        struct error error;
        int64_t wanted = scene->batches[i].head.base_timestamp_ms;
        ck_assert_int_eq(partition_find_time(scene->partition, wanted, &moment, &error), ERR_OK);
        ck_assert_int_eq(moment.offset, 2 * i);
        ck_assert_int_eq(partition_find_time(scene->partition, wanted + 1, &moment, &error),
                         ERR_OK);
        ck_assert_int_eq(moment.offset, 2 * i + 1);
        ck_assert_int_eq(moment.timestamp_ms, wanted + 1);
    }
}

static void try_index(const char *path, bool is_clean, bool is_cut)
{
    struct scene scene;
    size_t size = 1;

    for (size_t at = 0; at < size; at++) {
        set_up(&scene);
        if (is_clean)
            close_cleanly(&scene);
        else
            crash(&scene);
        if (sim_files_bytes(scene.sim, path, &size) == NULL) {
            tear_down(&scene);
            return;
        }
        if (is_cut)
            sim_files_resize(scene.sim, path, at);
        else
            flip(&scene, path, at, 0xFF);
        open_again(&scene);
        expect_whole_but(&scene, -1);
        expect_times(&scene);
        ck_assert_int_eq(partition_end_offset(scene.partition), 2 * BATCHES);
        ck_assert_uint_eq(scene.recovery.bytes_cut, 0);
        expect_to_go_on(&scene, 2 * BATCHES);
        tear_down(&scene);
    }
}

START_TEST(no_index_is_believed)
{
    const char *const paths[] = {
        "topic-0/00000000000000000000.index", "topic-0/00000000000000000000.timeindex",
        "topic-0/00000000000000000020.index", "topic-0/00000000000000000020.timeindex",
        "topic-0/00000000000000000010.index", "topic-0/00000000000000000010.timeindex",
    };

    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        for (int how = 0; how < 4; how++)
            try_index(paths[i], how % 2 == 0, how / 2 == 0);
    }
}
END_TEST

START_TEST(an_index_that_is_missing_or_longer_than_the_log_is_made_anew)
{
    const char *const paths[] = {
        "topic-0/00000000000000000000.index", "topic-0/00000000000000000000.timeindex",
        "topic-0/00000000000000000020.index", "topic-0/00000000000000000020.timeindex"};

    for (size_t i = 0; i < 2 * COUNT_OF(paths); i++) {
        struct scene scene;
        const char *path = paths[i % COUNT_OF(paths)];
        set_up(&scene);
        close_cleanly(&scene);
        struct files *files = sim_files_of(scene.sim);
        size_t size;
        (void)sim_files_bytes(scene.sim, path, &size);
        if (i < COUNT_OF(paths))
            ck_assert_int_eq(files->operations->remove(files, path, NULL), ERR_OK);
        else
            sim_files_resize(scene.sim, path, size + 4000);
        open_again(&scene);
        if (i < 2)
            ck_assert_uint_eq(scene.recovery.indexes_rebuilt, 1);
        expect_whole_but(&scene, -1);
        expect_times(&scene);
        expect_to_go_on(&scene, 2 * BATCHES);
        tear_down(&scene);
    }
}
END_TEST

/* ---- other files ---- */

START_TEST(what_was_being_made_is_removed_and_what_is_not_ours_stays)
{
    const char *const gone[] = {
        "topic-0/00000000000000000000.log.new",      "topic-0/00000000000000000000.index.new",
        "topic-0/00000000000000000040.index",        "topic-0/00000000000000000041.timeindex",
        "topic-0/00000000000000000099.snapshot",     "topic-0/epochs.new",
        "topic-0/00000000000000000010.timeindex.new"};
    const char *const stay[] = {"topic-0/notes.txt", "topic-0/0000000000000000000.log",
                                "topic-0/00000000000000000000.log.bak"};
    struct scene scene;

    set_up(&scene);
    crash(&scene);
    for (size_t i = 0; i < COUNT_OF(gone); i++)
        sim_files_put(scene.sim, gone[i], "junk", 4);
    for (size_t i = 0; i < COUNT_OF(stay); i++)
        sim_files_put(scene.sim, stay[i], "junk", 4);
    open_again(&scene);
    expect_whole_but(&scene, -1);
    for (size_t i = 0; i < COUNT_OF(gone); i++)
        ck_assert_msg(!sim_files_has(scene.sim, gone[i]), "%s", gone[i]);
    for (size_t i = 0; i < COUNT_OF(stay); i++)
        ck_assert_msg(sim_files_has(scene.sim, stay[i]), "%s", stay[i]);
    expect_to_go_on(&scene, 2 * BATCHES);
    tear_down(&scene);
}
END_TEST

START_TEST(a_segment_that_is_gone_leaves_a_gap)
{
    struct scene scene;

    set_up(&scene);
    crash(&scene);
    struct files *files = sim_files_of(scene.sim);
    ck_assert_int_eq(files->operations->remove(files, "topic-0/00000000000000000010.log", NULL),
                     ERR_OK);
    open_again(&scene);
    for (int i = 0; i < BATCHES; i++)
        ck_assert_int_eq(state_of(&scene, i), i / PER_SEGMENT == 1 ? MISSING : WHOLE);
    expect_to_go_on(&scene, 2 * BATCHES);
    tear_down(&scene);
}
END_TEST

START_TEST(a_log_that_is_gone_does_not_give_its_offsets_again)
{
    struct scene scene;
    const char *const names[] = {"00", "10", "20"};

    set_up(&scene);
    crash(&scene);
    struct files *files = sim_files_of(scene.sim);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "topic-0/000000000000000000%s.log", names[i]);
        ck_assert_int_eq(files->operations->remove(files, path, NULL), ERR_OK);
    }
    open_again(&scene);
    ck_assert_int_eq(partition_end_offset(scene.partition), 2 * FLUSHED);
    ck_assert_int_eq(partition_start_offset(scene.partition), 2 * FLUSHED);
    ck_assert_ptr_nonnull(strstr(scene.recovery.text, "was durable up to"));
    expect_to_go_on(&scene, 2 * FLUSHED);
    tear_down(&scene);
}
END_TEST

START_TEST(empty_files_are_no_obstacle)
{
    const char *const paths[] = {
        "topic-0/00000000000000000020.log",       "topic-0/00000000000000000000.index",
        "topic-0/00000000000000000000.timeindex", "topic-0/epochs",
        "topic-0/00000000000000000020.snapshot",
    };
    struct scene scene;

    set_up(&scene);
    crash(&scene);
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        sim_files_put(scene.sim, paths[i], "", 0);
    scene.checkpoint.flushed_offset = 20;
    open_again(&scene);
    ck_assert_int_eq(partition_end_offset(scene.partition), 20);
    for (int i = 0; i < 2 * PER_SEGMENT; i++)
        ck_assert_int_eq(state_of(&scene, i), WHOLE);
    expect_to_go_on(&scene, 20);
    tear_down(&scene);
}
END_TEST

START_TEST(damage_below_the_flushed_offset_takes_nothing_else_with_it)
{
    struct scene scene;
    unsigned char junk[32];

    memset(junk, 0xA5, sizeof junk);
    set_up(&scene);
    crash(&scene);
    sim_files_damage(scene.sim, "topic-0/00000000000000000000.log", scene.positions[2], junk,
                     sizeof junk);
    open_again(&scene);
    ck_assert_uint_eq(scene.recovery.bytes_cut, 0);
    for (int round = 0; round < 2; round++) {
        expect_whole_but(&scene, 2);
        ck_assert_int_eq(state_of(&scene, 2), REFUSED);
    }
    /* A slice ends before it. */
    struct partition_slice slice;
    ck_assert_int_eq(partition_read(scene.partition, 0, 1 << 20, true, &slice, NULL), ERR_OK);
    ck_assert_uint_eq(slice.size, scene.positions[2]);
    slice.file->operations->give(&slice.file);
    tear_down(&scene);
}
END_TEST

/* ---- each operation fails in turn ---- */

static void work(struct scene *scene)
{
    struct error error;

    if (partition_open(sim_files_of(scene->sim), folder, &options, &scene->checkpoint, EPOCH,
                       NOW_MS, &scene->partition, &scene->recovery, &error) != ERR_OK)
        return;
    for (int i = 0; i < BATCHES; i++) {
        struct batches_item item = make_batch(i);
        struct partition_appended appended;
        (void)!partition_append(scene->partition, item.bytes, &item.head, NOW_MS, &appended,
                                &error);
        free(item.bytes);
        struct partition_flush flush;
        if (i % 3 == 2 && partition_flush_begin(scene->partition, &flush)) {
            enum err err = partition_flush_run(&flush, &error);
            partition_flush_end(scene->partition, &flush, err, &error);
        }
    }
}

static void expect_sound(struct scene *scene, int64_t least_end, int64_t most_end)
{
    int64_t end;

    open_again(scene);
    end = partition_end_offset(scene->partition);
    ck_assert_int_ge(end, least_end);
    ck_assert_int_le(end, most_end);
    for (int64_t offset = 0; offset < least_end;) {
        struct partition_slice slice;
        struct batch_head head;
        unsigned char bytes[256];
        size_t size;
        ck_assert_int_eq(partition_read(scene->partition, offset, 1, true, &slice, NULL), ERR_OK);
        ck_assert_uint_gt(slice.size, 0);
        ck_assert_int_eq(slice.file->operations->read(slice.file, slice.position, bytes, slice.size,
                                                      &size, NULL),
                         ERR_OK);
        slice.file->operations->give(&slice.file);
        ck_assert_int_eq(batch_read_head(bytes, size, 256, &head), ERR_OK);
        ck_assert(batch_crc_is_right(bytes, &head));
        ck_assert_int_eq(head.base_offset, offset);
        offset = batch_last_offset(&head) + 1;
    }
    partition_abandon(&scene->partition);
}

START_TEST(whatever_operation_fails_nothing_that_was_flushed_is_lost)
{
    const enum sim_files_fault faults[] = {SIM_FILES_POWER_CUT, SIM_FILES_KILL, SIM_FILES_ERROR,
                                           SIM_FILES_FULL_ONCE, SIM_FILES_FULL};

    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        bool has_struck = true;
        for (uint64_t at = 0; has_struck; at++) {
            struct scene scene = {.sim = sim_files_new(at + 1)};
            int64_t flushed = 0;
            int64_t end = 0;
            sim_files_plan(scene.sim, faults[i], at);
            work(&scene);
            has_struck = sim_files_has_struck(scene.sim);
            if (scene.partition != NULL) {
                flushed = partition_flushed_offset(scene.partition);
                end = partition_end_offset(scene.partition);
            }
            partition_abandon(&scene.partition);
            sim_files_restart(scene.sim);
            sim_files_plan(scene.sim, SIM_FILES_FINE, 0);
            /* The batch that was under way may be there. */
            expect_sound(&scene, faults[i] == SIM_FILES_KILL ? end : flushed, end + 2);
            sim_files_destroy(&scene.sim);
        }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_length_of_the_last_segment_keeps_all_whole_batches,
        a_damaged_byte_of_the_last_segment_costs_one_batch,
        a_tail_of_zeros_is_cut_off,
        a_hole_is_cut_out_and_what_is_behind_it_stays,
        without_a_checkpoint_all_is_read_and_all_that_is_whole_is_kept,
        no_index_is_believed,
        an_index_that_is_missing_or_longer_than_the_log_is_made_anew,
        what_was_being_made_is_removed_and_what_is_not_ours_stays,
        a_segment_that_is_gone_leaves_a_gap,
        a_log_that_is_gone_does_not_give_its_offsets_again,
        empty_files_are_no_obstacle,
        damage_below_the_flushed_offset_takes_nothing_else_with_it,
        whatever_operation_fails_nothing_that_was_flushed_is_lost,
    };

    return suite_run("partition_crash", tests, sizeof tests / sizeof *tests);
}
