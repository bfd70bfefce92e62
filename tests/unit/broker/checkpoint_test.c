/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/sim_files.h"
#include "tests/support/suite.h"

static void put(struct checkpoint *checkpoint, const char *folder, int64_t flushed, int64_t start,
                bool is_clean)
{
    checkpoint_put(checkpoint, folder,
                   &(struct partition_checkpoint){
                       .flushed_offset = flushed, .start_offset = start, .is_clean = is_clean});
}

static void save(struct sim_files *sim, int64_t flushed)
{
    AUTO(checkpoint_destroy) struct checkpoint *checkpoint = checkpoint_new();

    put(checkpoint, "b-1", flushed, 1, false);
    put(checkpoint, "a name with blanks-0", INT64_MAX, 0, true);
    ck_assert_int_eq(checkpoint_save(sim_files_of(sim), checkpoint, NULL), ERR_OK);
}

START_TEST(what_was_saved_is_found_again)
{
    struct sim_files *sim = sim_files_new(1);
    struct checkpoint *checkpoint;
    struct error error;

    ck_assert_int_eq(checkpoint_load(sim_files_of(sim), &checkpoint, &error), ERR_OK);
    ck_assert_uint_eq(checkpoint_count(checkpoint), 0);
    ck_assert(!checkpoint_find(checkpoint, "b-1").is_known);
    checkpoint_destroy(&checkpoint);

    save(sim, 5);
    save(sim, 7); /* replaces */
    sim_files_restart(sim);
    ck_assert_int_eq(checkpoint_load(sim_files_of(sim), &checkpoint, &error), ERR_OK);
    ck_assert_uint_eq(checkpoint_count(checkpoint), 2);
    struct partition_checkpoint found = checkpoint_find(checkpoint, "b-1");
    ck_assert(found.is_known && !found.is_clean);
    ck_assert_int_eq(found.flushed_offset, 7);
    ck_assert_int_eq(found.start_offset, 1);
    found = checkpoint_find(checkpoint, "a name with blanks-0");
    ck_assert(found.is_known && found.is_clean);
    ck_assert_int_eq(found.flushed_offset, INT64_MAX);
    ck_assert(!checkpoint_find(checkpoint, "b-").is_known);
    ck_assert(!checkpoint_find(checkpoint, "b-10").is_known);
    checkpoint_destroy(&checkpoint);
    sim_files_destroy(&sim);
}
END_TEST

START_TEST(no_damage_is_taken_for_a_checkpoint)
{
    struct sim_files *sim = sim_files_new(1);
    struct checkpoint *checkpoint;
    struct error error;
    size_t size;

    save(sim, 5);
    (void)sim_files_bytes(sim, "checkpoint", &size);
    for (size_t at = 0; at < size; at++) {
        unsigned char changed = sim_files_bytes(sim, "checkpoint", &size)[at] ^ 4;
        sim_files_damage(sim, "checkpoint", at, &changed, 1);
        ck_assert_int_eq(checkpoint_load(sim_files_of(sim), &checkpoint, &error), ERR_CORRUPT);
        changed ^= 4;
        sim_files_damage(sim, "checkpoint", at, &changed, 1);
    }
    for (size_t cut = size; cut-- > 0;) {
        sim_files_resize(sim, "checkpoint", cut);
        ck_assert_int_eq(checkpoint_load(sim_files_of(sim), &checkpoint, &error), ERR_CORRUPT);
    }
    sim_files_destroy(&sim);
}
END_TEST

START_TEST(a_save_that_fails_leaves_the_old_or_the_new_one)
{
    const enum sim_files_fault faults[] = {SIM_FILES_POWER_CUT, SIM_FILES_KILL, SIM_FILES_ERROR,
                                           SIM_FILES_FULL};

    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        bool has_struck = true;
        for (uint64_t at = 0; has_struck; at++) {
            struct sim_files *sim = sim_files_new(at + 1);
            AUTO(checkpoint_destroy) struct checkpoint *second = checkpoint_new();
            struct checkpoint *loaded;
            struct error error;
            save(sim, 5);
            put(second, "b-1", 6, 0, true);
            sim_files_plan(sim, faults[i], at);
            enum err err = checkpoint_save(sim_files_of(sim), second, &error);
            has_struck = sim_files_has_struck(sim);
            sim_files_restart(sim);
            sim_files_plan(sim, SIM_FILES_FINE, 0);
            ck_assert_int_eq(checkpoint_load(sim_files_of(sim), &loaded, &error), ERR_OK);
            int64_t flushed = checkpoint_find(loaded, "b-1").flushed_offset;
            ck_assert(flushed == 6 || (flushed == 5 && err != ERR_OK));
            checkpoint_destroy(&loaded);
            save(sim, 9); /* what is left over is no obstacle */
            sim_files_destroy(&sim);
        }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_was_saved_is_found_again,
        no_damage_is_taken_for_a_checkpoint,
        a_save_that_fails_leaves_the_old_or_the_new_one,
    };

    return suite_run("checkpoint", tests, sizeof tests / sizeof *tests);
}
