/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/segment.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "tests/support/batches.h"
#include "tests/support/sim_files.h"
#include "tests/support/suite.h"

enum {
    BATCHES = 300,
    BASE = 7,
};

static const char log_path[] = "f/00000000000000000007.log";

/* A closed segment of batches of one record each, without indexes. */
struct stage {
    struct sim_files *sim;
    struct segment_place place;
    struct segment segment;
    uint64_t positions[BATCHES + 1];
};

static void set_up(struct stage *stage)
{
    *stage = (struct stage){.sim = sim_files_new(1)};
    struct files *files = sim_files_of(stage->sim);
    unsigned char *bytes = mem_alloc(1 << 20);
    uint64_t size = 0;

    for (int i = 0; i < BATCHES; i++) {
        struct batches_item item = batches_make(&(struct batches_order){
            .value_size = (size_t)(i % 50 == 49 ? 9000 : i % 40), .timestamp_ms = 1000 + i});
        batch_place(item.bytes, BASE + i, 0);
        memcpy(bytes + size, item.bytes, item.head.size);
        stage->positions[i] = size;
        size += item.head.size;
        free(item.bytes);
    }
    stage->positions[BATCHES] = size;
    ck_assert_int_eq(files->operations->make_folder(files, "f", NULL), ERR_OK);
    sim_files_put(stage->sim, log_path, bytes, size);
    free(bytes);
    stage->place =
        (struct segment_place){.files = files, .folder = "f", .interval_bytes = 500, .now_ms = 4};
    stage->segment = (struct segment){.base_offset = BASE, .size = size};
}

static void tear_down(struct stage *stage)
{
    segment_rest(&stage->segment);
    sim_files_destroy(&stage->sim);
}

static enum err find(struct stage *stage, int64_t offset, struct segment_search *ret_search)
{
    *ret_search = (struct segment_search){.offset = offset};
    return segment_find(&stage->segment, &stage->place, NULL, ret_search, NULL);
}

static void expect_all_but(struct stage *stage, int number)
{
    for (int i = 0; i < BATCHES; i++) {
        struct segment_search search;
        if (i == number)
            continue;
        ck_assert_int_eq(find(stage, BASE + i, &search), ERR_OK);
        ck_assert_uint_eq(search.position, stage->positions[i]);
        ck_assert_int_eq(search.head.base_offset, BASE + i);
    }
}

START_TEST(names_are_read_as_they_are_written)
{
    const char *const wrong[] = {"",
                                 "7.log",
                                 "00000000000000000007",
                                 "00000000000000000007.",
                                 "00000000000000000007.log.",
                                 "00000000000000000007.log.old",
                                 "00000000000000000007.logs",
                                 "0000000000000000000x.log",
                                 "000000000000000000007.log",
                                 "99999999999999999999.log",
                                 "09223372036854775808.log",
                                 "-0000000000000000007.log"};
    const int64_t bases[] = {0, 7, INT64_MAX};
    char path[FILES_PATH_MAX];
    int64_t base;
    enum segment_kind kind;
    enum segment_age age;

    for (size_t i = 0; i < COUNT_OF(bases) * 8; i++) {
        enum segment_kind wanted_kind = (enum segment_kind)(i % 4);
        enum segment_age wanted_age = i / 4 % 2 == 0 ? SEGMENT_IN_PLACE : SEGMENT_NEW;
        segment_path("a/b", bases[i / 8], wanted_kind, wanted_age, path);
        ck_assert_int_eq(strncmp(path, "a/b/", 4), 0);
        ck_assert(segment_parse_name(path + 4, &base, &kind, &age));
        ck_assert_int_eq(base, bases[i / 8]);
        ck_assert_int_eq(kind, wanted_kind);
        ck_assert_int_eq(age, wanted_age);
    }
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        ck_assert_msg(!segment_parse_name(wrong[i], &base, &kind, &age), "%s", wrong[i]);
}
END_TEST

START_TEST(every_batch_is_found_by_its_offset)
{
    struct segment_search search;
    struct stage stage;
    bool is_rebuilt;

    set_up(&stage);
    ck_assert_int_eq(segment_know(&stage.segment, &stage.place, &is_rebuilt, NULL), ERR_OK);
    ck_assert(is_rebuilt);
    ck_assert_int_eq(stage.segment.seal.end_offset, BASE + BATCHES);
    ck_assert_int_eq(stage.segment.seal.max_timestamp_ms, 1000 + BATCHES - 1);
    expect_all_but(&stage, -1);
    ck_assert_int_eq(find(&stage, 0, &search), ERR_OK);
    ck_assert_uint_eq(search.position, 0);
    ck_assert_int_eq(find(&stage, BASE + BATCHES, &search), ERR_NOT_FOUND);

    segment_rest(&stage.segment);
    stage.segment.is_known = false; /* the next time the index is there */
    ck_assert_int_eq(segment_know(&stage.segment, &stage.place, &is_rebuilt, NULL), ERR_OK);
    ck_assert(!is_rebuilt);
    expect_all_but(&stage, -1);
    tear_down(&stage);
}
END_TEST

START_TEST(a_lookup_reads_little)
{
    struct stage stage;

    set_up(&stage);
    expect_all_but(&stage, -1);
    sim_files_plan(stage.sim, SIM_FILES_FINE, 0);
    expect_all_but(&stage, -1);
    ck_assert_uint_le(sim_files_reads(stage.sim), 4 * BATCHES);
    tear_down(&stage);
}
END_TEST

START_TEST(every_time_finds_a_place_that_is_not_behind_it)
{
    struct stage stage;

    set_up(&stage);
    for (int64_t time = 990; time < 1000 + BATCHES; time++) {
        int64_t offset;
        int64_t first = time < 1000 ? BASE : BASE + time - 1000;
        ck_assert_int_eq(segment_find_time(&stage.segment, &stage.place, NULL, time, &offset, NULL),
                         ERR_OK);
        ck_assert_int_le(offset, first);
        ck_assert_int_ge(offset, first - 30); /* and not far before */
    }
    tear_down(&stage);
}
END_TEST

START_TEST(damage_is_met_and_stepped_over)
{
    const size_t places[] = {0, 8, 9, 11, 16, 23};

    for (size_t i = 0; i < COUNT_OF(places); i++) {
        for (int number = 0; number < BATCHES; number += 37) {
            struct segment_search search;
            struct stage stage;
            const unsigned char junk = 0x77;
            set_up(&stage);
            sim_files_damage(stage.sim, log_path, stage.positions[number] + places[i], &junk, 1);
            expect_all_but(&stage, number);
            enum err err = find(&stage, BASE + number, &search);
            if (err == ERR_CORRUPT) {
                ck_assert(search.met_damage);
                ck_assert_uint_eq(search.damage.from, stage.positions[number]);
                ck_assert_uint_eq(search.damage.to, stage.positions[number + 1]);
                ck_assert_int_eq(search.damage.from_offset, BASE + number);
                ck_assert_int_eq(search.damage.to_offset, BASE + number + 1);
            } else {
                ck_assert_uint_ge(places[i], 8); /* a length, a delta: only the checksum tells */
                ck_assert_int_eq(err, ERR_OK);
            }
            tear_down(&stage);
        }
    }
}
END_TEST

START_TEST(a_search_among_false_heads_gives_up_in_time)
{
    struct sim_files *sim = sim_files_new(1);
    struct files *files = sim_files_of(sim);
    enum {
        SIZE = 1 << 20
    };
    unsigned char *bytes = mem_alloc(SIZE);
    struct segment_scan scan;
    struct batch_head head;
    uint64_t position;
    int64_t offset;
    struct file *file;

    /* Every 17 bytes something that looks like the head of a batch up to the end. */
    for (size_t at = 0; at + 17 <= SIZE; at += 17) {
        size_t left = SIZE - at;
        bytes_put_u32(bytes + at + 8, __builtin_bswap32((uint32_t)(left - 12)));
        bytes[at + 16] = 2;
    }
    sim_files_put(sim, "x", bytes, SIZE);
    free(bytes);
    ck_assert_int_eq(files->operations->open(files, "x", FILES_READ, &file, NULL), ERR_OK);
    segment_scan_init(&scan, file, 0, SIZE, SEGMENT_CHECK_ALL);
    ck_assert_int_eq(segment_scan_next(&scan, &head, &position, NULL), ERR_CORRUPT);
    uint64_t before = scan.bytes_read;
    ck_assert_int_eq(segment_scan_resume(&scan, &offset, NULL), ERR_NOT_FOUND);
    ck_assert_uint_le(scan.bytes_read - before, 8 * (uint64_t)SIZE);
    ck_assert_uint_eq(scan.position, 0);
    segment_scan_done(&scan);
    file->operations->give(&file);
    sim_files_destroy(&sim);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        names_are_read_as_they_are_written,
        every_batch_is_found_by_its_offset,
        a_lookup_reads_little,
        every_time_finds_a_place_that_is_not_behind_it,
        damage_is_met_and_stepped_over,
        a_search_among_false_heads_gives_up_in_time,
    };

    return suite_run("segment", tests, sizeof tests / sizeof *tests);
}
