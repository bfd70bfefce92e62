/* SPDX-License-Identifier: Apache-2.0 */
/* That the disk of the tests loses what a disk may lose, and nothing else. */
#include "tests/support/sim_files.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

enum {
    SEEDS = 400,
};

static void destroy(struct sim_files **sim)
{
    sim_files_destroy(sim);
}

static struct file *open_file(struct sim_files *sim, const char *path, enum files_open how)
{
    struct files *files = sim_files_of(sim);
    struct file *file = NULL;

    ck_assert_int_eq(files->operations->open(files, path, how, &file, NULL), ERR_OK);
    return file;
}

static enum err try_open(struct sim_files *sim, const char *path, enum files_open how)
{
    struct files *files = sim_files_of(sim);
    struct file *file = NULL;
    enum err err = files->operations->open(files, path, how, &file, NULL);

    if (err == ERR_OK)
        file->operations->give(&file);
    return err;
}

static enum err write_text(struct file *file, uint64_t at, const char *text)
{
    const struct files_piece pieces[2] = {{text, 1}, {text + 1, strlen(text) - 1}};

    return file->operations->write(file, at, pieces, 2, NULL);
}

static void put(struct file *file, uint64_t at, const char *text)
{
    ck_assert_int_eq(write_text(file, at, text), ERR_OK);
}

static void sync_file(struct file *file)
{
    ck_assert_int_eq(file->operations->sync(file, NULL), ERR_OK);
}

static void sync_folder(struct sim_files *sim, const char *path)
{
    struct files *files = sim_files_of(sim);

    ck_assert_int_eq(files->operations->sync_folder(files, path, NULL), ERR_OK);
}

static bool is_content(const struct sim_files *sim, const char *path, const char *text)
{
    size_t size = 0;
    const unsigned char *bytes = sim_files_bytes(sim, path, &size);

    return bytes != NULL && size == strlen(text) && memcmp(bytes, text, size) == 0;
}

START_TEST(what_is_written_is_read)
{
    AUTO(destroy) struct sim_files *sim = sim_files_new(1);
    struct file *file = open_file(sim, "a", FILES_CREATE);
    char bytes[16];
    size_t got;
    uint64_t size;

    put(file, 0, "hello");
    put(file, 8, "there");
    ck_assert_int_eq(file->operations->read(file, 3, bytes, sizeof bytes, &got, NULL), ERR_OK);
    ck_assert_uint_eq(got, 10);
    ck_assert_mem_eq(bytes, "lo\0\0\0there", 10);
    ck_assert_int_eq(file->operations->read(file, 13, bytes, sizeof bytes, &got, NULL), ERR_OK);
    ck_assert_uint_eq(got, 0);
    ck_assert_int_eq(file->operations->truncate(file, 2, NULL), ERR_OK);
    ck_assert_int_eq(file->operations->size(file, &size, NULL), ERR_OK);
    ck_assert_uint_eq(size, 2);
    file->operations->give(&file);
    ck_assert(is_content(sim, "a", "he"));
    ck_assert_int_eq(try_open(sim, "a", FILES_CREATE), ERR_EXISTS);
    ck_assert_int_eq(try_open(sim, "b", FILES_READ), ERR_NOT_FOUND);
    ck_assert_int_eq(try_open(sim, "no/b", FILES_CREATE), ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_removed_file_stays_readable_for_who_has_it)
{
    AUTO(destroy) struct sim_files *sim = sim_files_new(1);
    struct files *files = sim_files_of(sim);
    struct file *file = open_file(sim, "a", FILES_CREATE);
    struct file *same = file;
    char bytes[5];
    size_t got;

    put(file, 0, "hello");
    file->operations->take(file);
    file->operations->give(&same);
    ck_assert_uint_eq(sim_files_open_count(sim), 1);
    files->operations->discard(files, "a");
    ck_assert(!sim_files_has(sim, "a"));
    ck_assert_int_eq(file->operations->read(file, 0, bytes, 5, &got, NULL), ERR_OK);
    ck_assert_mem_eq(bytes, "hello", 5);
    file->operations->give(&file);
    ck_assert_uint_eq(sim_files_open_count(sim), 0);
}
END_TEST

START_TEST(what_was_synced_with_its_name_survives_every_power_cut)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        AUTO(destroy) struct sim_files *sim = sim_files_new(seed);
        struct files *files = sim_files_of(sim);
        ck_assert_int_eq(files->operations->make_folder(files, "f", NULL), ERR_OK);
        sync_folder(sim, "");
        struct file *file = open_file(sim, "f/a", FILES_CREATE);
        put(file, 0, "hello");
        sync_file(file);
        sync_folder(sim, "f");
        put(file, 5, " there");
        sim_files_restart(sim);
        ck_assert_int_eq(write_text(file, 0, "xx"), ERR_IO); /* of an earlier life */
        file->operations->give(&file);
        size_t size;
        const unsigned char *bytes = sim_files_bytes(sim, "f/a", &size);
        ck_assert_ptr_nonnull(bytes);
        ck_assert_uint_ge(size, 5);
        ck_assert_mem_eq(bytes, "hello", 5);
    }
}
END_TEST

/* Counts over many seeds how often something was so. */
struct tally {
    int kept;
    int lost;
    int torn;
    int zeroed;
};

static void count(struct tally *tally, const struct sim_files *sim)
{
    if (is_content(sim, "a", "hello there"))
        tally->kept++;
    else if (is_content(sim, "a", "hello"))
        tally->lost++;
    else if (is_content(sim, "a", "hello t") || is_content(sim, "a", "hello the"))
        tally->torn++;
    size_t size;
    const unsigned char *bytes = sim_files_bytes(sim, "a", &size);
    tally->zeroed += size == 11 && memcmp(bytes + 5, "\0\0\0\0\0\0", 6) == 0;
}

START_TEST(what_was_not_synced_is_kept_lost_torn_or_zeros)
{
    struct tally tally = {0};

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        AUTO(destroy) struct sim_files *sim = sim_files_new(seed);
        sim_files_put(sim, "a", "hello", 5);
        struct file *file = open_file(sim, "a", FILES_WRITE);
        put(file, 5, " there");
        file->operations->give(&file);
        sim_files_restart(sim);
        count(&tally, sim);
        sim_files_restart(sim); /* nothing is open to loss any more */
    }
    ck_assert_int_gt(tally.kept, SEEDS / 10);
    ck_assert_int_gt(tally.lost, SEEDS / 10);
    ck_assert_int_gt(tally.torn, 5);
    ck_assert_int_gt(tally.zeroed, 5);
}
END_TEST

START_TEST(names_come_and_go_with_the_power_unless_their_folder_is_synced)
{
    int olds = 0;
    int news = 0;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        AUTO(destroy) struct sim_files *sim = sim_files_new(seed);
        struct files *files = sim_files_of(sim);
        sim_files_put(sim, "a", "old", 3);
        sim_files_put(sim, "a.new", "new", 3);
        ck_assert_int_eq(files->operations->rename(files, "a.new", "a", NULL), ERR_OK);
        ck_assert(!sim_files_has(sim, "a.new"));
        sim_files_restart(sim);
        bool is_old = is_content(sim, "a", "old");
        ck_assert(is_old || is_content(sim, "a", "new"));
        ck_assert_int_eq(is_old, sim_files_has(sim, "a.new"));
        olds += is_old;
        news += !is_old;
    }
    ck_assert_int_gt(olds, SEEDS / 10);
    ck_assert_int_gt(news, SEEDS / 10);
}
END_TEST

/* Bit 0: "a" is there, bit 1: "b" is. */
static unsigned names_after_power_cut(uint64_t seed, bool keeps_order)
{
    AUTO(destroy) struct sim_files *sim = sim_files_new(seed);

    if (keeps_order)
        sim_files_keep_name_order(sim);
    ck_assert_int_eq(try_open(sim, "a", FILES_CREATE), ERR_OK);
    ck_assert_int_eq(try_open(sim, "b", FILES_CREATE), ERR_OK);
    sim_files_restart(sim);
    return (sim_files_has(sim, "a") ? 1u : 0u) | (sim_files_has(sim, "b") ? 2u : 0u);
}

START_TEST(names_keep_their_order_where_that_is_asked_for)
{
    unsigned any = 0;
    unsigned ordered = 0;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        any |= 1u << names_after_power_cut(seed, false);
        ordered |= 1u << names_after_power_cut(seed, true);
    }
    ck_assert_uint_eq(any, 1 | 2 | 4 | 8);
    ck_assert_uint_eq(ordered, 1 | 2 | 8);
}
END_TEST

START_TEST(a_kill_takes_nothing_back_that_was_done)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        AUTO(destroy) struct sim_files *sim = sim_files_new(seed);
        struct file *file = open_file(sim, "a", FILES_CREATE);
        put(file, 0, "hello");
        sim_files_plan(sim, SIM_FILES_KILL, 0);
        ck_assert_int_eq(write_text(file, 5, " there"), ERR_IO);
        ck_assert_int_eq(file->operations->sync(file, NULL), ERR_IO);
        ck_assert_int_eq(try_open(sim, "a", FILES_READ), ERR_IO);
        file->operations->give(&file);
        sim_files_restart(sim);
        size_t size;
        ck_assert_mem_eq(sim_files_bytes(sim, "a", &size), "hello there", size);
        ck_assert_uint_ge(size, 5);
    }
}
END_TEST

START_TEST(a_power_cut_comes_at_its_operation)
{
    AUTO(destroy) struct sim_files *sim = sim_files_new(1);
    struct file *file = open_file(sim, "a", FILES_CREATE);

    sim_files_plan(sim, SIM_FILES_POWER_CUT, 2);
    put(file, 0, "one");
    sync_file(file);
    ck_assert(!sim_files_has_struck(sim));
    ck_assert_int_eq(write_text(file, 3, "two"), ERR_IO);
    ck_assert(sim_files_has_struck(sim));
    ck_assert_uint_eq(sim_files_operations(sim), 3);
    file->operations->give(&file);
    sim_files_restart(sim);
    ck_assert_int_eq(try_open(sim, "z", FILES_CREATE), ERR_OK);
}
END_TEST

START_TEST(a_sync_that_fails_has_lost_what_it_was_to_store)
{
    AUTO(destroy) struct sim_files *sim = sim_files_new(1);

    sim_files_put(sim, "a", "old", 3);
    struct file *file = open_file(sim, "a", FILES_WRITE);
    put(file, 0, "new");
    sim_files_plan(sim, SIM_FILES_ERROR, 0);
    ck_assert_int_eq(file->operations->sync(file, NULL), ERR_IO);
    sync_file(file); /* says that all is well, as the machine does */
    ck_assert(is_content(sim, "a", "new"));
    file->operations->give(&file);
    sim_files_restart(sim);
    ck_assert(is_content(sim, "a", "old"));
}
END_TEST

START_TEST(a_full_disk_refuses_what_grows)
{
    AUTO(destroy) struct sim_files *sim = sim_files_new(1);
    struct files *files = sim_files_of(sim);
    struct file *file = open_file(sim, "a", FILES_CREATE);

    put(file, 0, "hello");
    sim_files_plan(sim, SIM_FILES_FULL, 0);
    ck_assert_int_eq(write_text(file, 5, "more"), ERR_FULL);
    ck_assert_int_eq(file->operations->reserve(file, 100, NULL), ERR_FULL);
    ck_assert_int_eq(try_open(sim, "b", FILES_CREATE), ERR_FULL);
    sync_file(file);
    ck_assert_int_eq(files->operations->rename(files, "a", "c", NULL), ERR_OK);
    sim_files_plan(sim, SIM_FILES_FULL_ONCE, 0);
    ck_assert_int_eq(write_text(file, 5, "more"), ERR_FULL);
    put(file, 5, "more");
    ck_assert(is_content(sim, "c", "hellomore"));
    file->operations->give(&file);
}
END_TEST

START_TEST(room_is_what_the_files_do_not_hold)
{
    AUTO(destroy) struct sim_files *sim = sim_files_new(1);
    struct files *files = sim_files_of(sim);
    struct file *file = open_file(sim, "a", FILES_CREATE);
    struct file *other = open_file(sim, "b", FILES_CREATE);

    sim_files_set_room(sim, 10);
    put(file, 0, "hello");
    ck_assert_int_eq(write_text(other, 0, "too long"), ERR_FULL);
    ck_assert(is_content(sim, "b", "too l")); /* as much as went in */
    ck_assert_uint_eq(sim_files_used(sim), 10);
    put(file, 0, "HELLO"); /* grows nothing */
    ck_assert_int_eq(other->operations->truncate(other, 0, NULL), ERR_OK);
    ck_assert_int_eq(file->operations->reserve(file, 11, NULL), ERR_FULL);
    ck_assert_int_eq(file->operations->reserve(file, 9, NULL), ERR_OK);
    ck_assert_int_eq(write_text(other, 0, "xx"), ERR_FULL);
    put(file, 5, "four");
    files->operations->discard(files, "a");
    ck_assert_int_eq(write_text(other, 0, "xx"), ERR_FULL); /* it is still open */
    file->operations->give(&file);
    put(other, 0, "xx");
    other->operations->give(&other);
}
END_TEST

static void note(void *context, const char *name, bool is_folder)
{
    char *text = context;

    (void)strncat(text, name, 20);
    (void)strncat(text, is_folder ? "/ " : " ", 3);
}

START_TEST(folders_are_listed_and_go_with_their_files)
{
    AUTO(destroy) struct sim_files *sim = sim_files_new(1);
    struct files *files = sim_files_of(sim);
    char names[100] = "";

    ck_assert_int_eq(files->operations->make_folder(files, "f", NULL), ERR_OK);
    ck_assert_int_eq(files->operations->make_folder(files, "f", NULL), ERR_EXISTS);
    ck_assert_int_eq(files->operations->make_folder(files, "g/h", NULL), ERR_NOT_FOUND);
    sim_files_put(sim, "f/a", "x", 1);
    sim_files_put(sim, "b", "x", 1);
    ck_assert_int_eq(files->operations->list(files, "", note, names, NULL), ERR_OK);
    ck_assert_str_eq(names, "f/ b ");
    names[0] = '\0';
    ck_assert_int_eq(files->operations->list(files, "f", note, names, NULL), ERR_OK);
    ck_assert_str_eq(names, "a ");
    ck_assert_int_eq(files->operations->list(files, "g", note, names, NULL), ERR_NOT_FOUND);
    ck_assert_int_eq(files->operations->remove(files, "f", NULL), ERR_IO);
    files->operations->discard(files, "f");
    ck_assert(!sim_files_has(sim, "f/a"));
    ck_assert(!sim_files_has(sim, "f"));
}
END_TEST

START_TEST(a_read_fails_when_told_to)
{
    AUTO(destroy) struct sim_files *sim = sim_files_new(1);
    char byte;
    size_t got;

    sim_files_put(sim, "a", "x", 1);
    struct file *file = open_file(sim, "a", FILES_READ);
    sim_files_plan(sim, SIM_FILES_READ_ERROR, 1);
    ck_assert_int_eq(file->operations->read(file, 0, &byte, 1, &got, NULL), ERR_OK);
    ck_assert_int_eq(file->operations->read(file, 0, &byte, 1, &got, NULL), ERR_IO);
    ck_assert_int_eq(file->operations->read(file, 0, &byte, 1, &got, NULL), ERR_OK);
    ck_assert_uint_eq(sim_files_reads(sim), 3);
    file->operations->give(&file);
}
END_TEST

START_TEST(damage_is_stored_at_once)
{
    AUTO(destroy) struct sim_files *sim = sim_files_new(1);

    sim_files_put(sim, "a", "hello", 5);
    sim_files_damage(sim, "a", 1, "u", 1);
    sim_files_resize(sim, "a", 4);
    sim_files_restart(sim);
    ck_assert(is_content(sim, "a", "hull"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_written_is_read,
        a_removed_file_stays_readable_for_who_has_it,
        what_was_synced_with_its_name_survives_every_power_cut,
        what_was_not_synced_is_kept_lost_torn_or_zeros,
        names_come_and_go_with_the_power_unless_their_folder_is_synced,
        names_keep_their_order_where_that_is_asked_for,
        a_kill_takes_nothing_back_that_was_done,
        a_power_cut_comes_at_its_operation,
        a_sync_that_fails_has_lost_what_it_was_to_store,
        a_full_disk_refuses_what_grows,
        room_is_what_the_files_do_not_hold,
        folders_are_listed_and_go_with_their_files,
        a_read_fails_when_told_to,
        damage_is_stored_at_once,
    };
    return suite_run("sim_files", tests, COUNT_OF(tests));
}
