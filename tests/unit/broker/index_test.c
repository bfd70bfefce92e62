/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/index.h"

#include <string.h>

#include "base/rng.h"
#include "tests/support/sim_files.h"
#include "tests/support/suite.h"

enum {
    INTERVAL = 1000,
    COUNT = 5000,
    STEP = 1000, /* each batch has an entry */
};

static const char index_path[] = "x.index";
static const char time_path[] = "x.timeindex";

static struct file *open_file(struct sim_files *sim, const char *path)
{
    struct files *files = sim_files_of(sim);
    struct file *file;

    ck_assert_int_eq(files->operations->open(files, path, FILES_READ, &file, NULL), ERR_OK);
    return file;
}

/* Offsets 100, 110, 120 ... of a segment that begins with 100; timestamps grow with every second batch. */
static void note(struct index_writer *writer, uint32_t number)
{
    const struct batch_head head = {.base_offset = 100 + 10 * (int64_t)number,
                                    .size = STEP,
                                    .last_offset_delta = 4,
                                    .base_timestamp_ms = 5,
                                    .max_timestamp_ms = 1000 + number / 2};

    index_writer_note(writer, &head, (uint64_t)number * STEP, 77);
}

static void spill(struct index_writer *writer, struct sim_files *sim)
{
    ck_assert_int_eq(index_writer_spill(writer, sim_files_of(sim), index_path, time_path, NULL),
                     ERR_OK);
}

static void seal(struct index_writer *writer, struct sim_files *sim)
{
    ck_assert_int_eq(index_writer_seal(writer, sim_files_of(sim), index_path, time_path, NULL),
                     ERR_OK);
}

START_TEST(every_offset_finds_its_floor)
{
    struct sim_files *sim = sim_files_new(1);
    struct index_writer writer;
    struct rng rng;

    rng_init(&rng, 1);
    index_writer_init(&writer, 100, INTERVAL);
    for (uint32_t i = 0; i < COUNT; i++) {
        note(&writer, i);
        if (index_writer_is_full(&writer) || rng_below(&rng, 100) == 0)
            spill(&writer, sim);
    }
    spill(&writer, sim);
    ck_assert_uint_eq(writer.entry_written, COUNT);
    struct file *file = open_file(sim, index_path);
    for (uint32_t relative = 0; relative < 10 * COUNT + 20; relative++) {
        struct index_entry floor;
        uint32_t number = relative / 10 < COUNT ? relative / 10 : COUNT - 1;
        ck_assert_int_eq(index_find(file, COUNT, relative, &floor, NULL), ERR_OK);
        ck_assert_uint_eq(floor.relative, 10 * number);
        ck_assert_uint_eq(floor.position, number * STEP);
    }
    struct index_entry none;
    ck_assert_int_eq(index_find(file, 0, 5, &none, NULL), ERR_NOT_FOUND);
    ck_assert_int_eq(index_find(file, COUNT + 1, 10 * COUNT, &none, NULL), ERR_CORRUPT);
    file->operations->give(&file);
    index_writer_done(&writer);
    sim_files_destroy(&sim);
}
END_TEST

START_TEST(entries_that_wait_are_found_in_memory)
{
    struct index_writer writer;
    struct index_entry floor;
    struct index_time_entry time;

    index_writer_init(&writer, 100, INTERVAL);
    ck_assert(!index_writer_find(&writer, 7, &floor));
    for (uint32_t i = 0; i < 100; i++)
        note(&writer, i);
    for (uint32_t relative = 0; relative < 1000; relative++) {
        ck_assert(index_writer_find(&writer, relative, &floor));
        ck_assert_uint_eq(floor.relative, relative / 10 * 10);
    }
    ck_assert(!index_writer_find_time(&writer, 1000, &time));
    ck_assert(index_writer_find_time(&writer, 1002, &time));
    ck_assert_int_eq(time.timestamp_ms, 1001);
    ck_assert_uint_eq(time.relative, 20);
    index_writer_done(&writer);
}
END_TEST

START_TEST(only_batches_that_are_far_enough_get_an_entry)
{
    struct index_writer writer;

    index_writer_init(&writer, 100, 3 * STEP);
    for (uint32_t i = 0; i < 10; i++)
        note(&writer, i);
    ck_assert_uint_eq(writer.seal.entry_count, 4); /* 0, 3, 6, 9 */
    note(&writer, 11);                             /* behind a hole */
    ck_assert_uint_eq(writer.seal.entry_count, 5);
    note(&writer, 12);
    ck_assert_uint_eq(writer.seal.entry_count, 5);
    index_writer_done(&writer);
}
END_TEST

START_TEST(times_find_the_last_that_is_before)
{
    struct sim_files *sim = sim_files_new(1);
    struct index_writer writer;
    struct index_time_entry floor;

    index_writer_init(&writer, 100, INTERVAL);
    for (uint32_t i = 0; i < COUNT; i++)
        note(&writer, i);
    seal(&writer, sim);
    struct file *file = open_file(sim, time_path);
    uint32_t count = writer.seal.time_count;
    for (int64_t time = 990; time < 1000 + COUNT / 2 + 10; time++) {
        enum err err = index_find_time(file, count, time, &floor, NULL);
        ck_assert_int_eq(err, time <= 1000 ? ERR_NOT_FOUND : ERR_OK);
        if (err == ERR_OK) {
            ck_assert_int_lt(floor.timestamp_ms, time);
            ck_assert_uint_eq(floor.relative, 20 * (uint32_t)(floor.timestamp_ms - 1000));
        }
    }
    file->operations->give(&file);
    index_writer_done(&writer);
    sim_files_destroy(&sim);
}
END_TEST

static bool seals_are_equal(const struct index_seal *first, const struct index_seal *second)
{
    return first->size == second->size && first->end_offset == second->end_offset &&
           first->first_timestamp_ms == second->first_timestamp_ms &&
           first->max_timestamp_ms == second->max_timestamp_ms &&
           first->max_timestamp_offset == second->max_timestamp_offset &&
           first->touched_ms == second->touched_ms &&
           first->flushed_offset == second->flushed_offset &&
           first->entry_count == second->entry_count && first->time_count == second->time_count;
}

START_TEST(of_two_seals_one_is_whole_whatever_happens_to_the_other)
{
    struct sim_files *sim = sim_files_new(1);
    struct index_writer writer;
    struct index_seal written[2];
    struct index_seals seals;

    index_writer_init(&writer, 100, INTERVAL);
    for (uint32_t i = 0; i < 2; i++) {
        note(&writer, i);
        writer.seal.flushed_offset = 100 + i;
        seal(&writer, sim);
        written[i] = writer.seal;
    }
    index_writer_done(&writer);
    struct file *file = open_file(sim, time_path);
    ck_assert_int_eq(index_read_seals(file, &seals, NULL), ERR_OK);
    ck_assert_uint_eq(seals.count, 2);
    ck_assert(seals_are_equal(&seals.seals[0], &written[1]));
    ck_assert(seals_are_equal(&seals.seals[1], &written[0]));
    for (size_t at = 0; at < INDEX_TIMES_AT; at++) {
        struct index_seal seal_found;
        size_t size;
        size_t other = at < INDEX_SEAL_SIZE ? 1 : 0;
        unsigned char changed = sim_files_bytes(sim, time_path, &size)[at] ^ 0x20;
        sim_files_damage(sim, time_path, at, &changed, 1);
        ck_assert_int_eq(index_read_seals(file, &seals, NULL), ERR_OK);
        ck_assert_uint_eq(seals.count, 1);
        ck_assert(seals_are_equal(&seals.seals[0], &written[other]));
        ck_assert_uint_eq(seals.places[0], other);
        ck_assert_int_eq(index_read_seal(file, written[other].size, &seal_found, NULL), ERR_OK);
        ck_assert_int_eq(index_read_seal(file, written[1 - other].size, &seal_found, NULL),
                         ERR_CORRUPT);
        changed ^= 0x20;
        sim_files_damage(sim, time_path, at, &changed, 1);
    }
    file->operations->give(&file);
    sim_files_destroy(&sim);
}
END_TEST

START_TEST(a_writer_goes_on_behind_a_seal_and_cuts_off_what_is_more)
{
    struct sim_files *sim = sim_files_new(1);
    struct index_writer writer;
    struct index_seals seals;
    size_t size;

    index_writer_init(&writer, 100, INTERVAL);
    for (uint32_t i = 0; i < 10; i++)
        note(&writer, i);
    seal(&writer, sim);
    for (uint32_t i = 10; i < 20; i++)
        note(&writer, i);
    spill(&writer, sim); /* and then a crash */
    index_writer_done(&writer);

    struct file *file = open_file(sim, time_path);
    ck_assert_int_eq(index_read_seals(file, &seals, NULL), ERR_OK);
    file->operations->give(&file);
    index_writer_resume(&writer, 100, INTERVAL, &seals.seals[0], seals.places[0]);
    note(&writer, 10);
    seal(&writer, sim);
    (void)sim_files_bytes(sim, index_path, &size);
    ck_assert_uint_eq(size, 11 * INDEX_ENTRY_SIZE);
    ck_assert_uint_eq(writer.seal.entry_count, 11);
    index_writer_done(&writer);

    index_writer_init(&writer, 100, INTERVAL); /* anew: nothing of the old one stays */
    note(&writer, 0);
    spill(&writer, sim);
    (void)sim_files_bytes(sim, index_path, &size);
    ck_assert_uint_eq(size, INDEX_ENTRY_SIZE);
    file = open_file(sim, time_path);
    ck_assert_int_eq(index_read_seals(file, &seals, NULL), ERR_OK);
    ck_assert_uint_eq(seals.count, 0);
    file->operations->give(&file);
    index_writer_done(&writer);
    sim_files_destroy(&sim);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_offset_finds_its_floor,
        entries_that_wait_are_found_in_memory,
        only_batches_that_are_far_enough_get_an_entry,
        times_find_the_last_that_is_before,
        of_two_seals_one_is_whole_whatever_happens_to_the_other,
        a_writer_goes_on_behind_a_seal_and_cuts_off_what_is_more,
    };

    return suite_run("index", tests, sizeof tests / sizeof *tests);
}
