/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/io/disk_files.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/support/suite.h"

struct scene {
    char folder[64];
    struct disk_files *disk;
    struct files *files;
    char later[8][64]; /* what was discarded */
    size_t later_count;
};

static void note_later(void *context, const char *path)
{
    struct scene *scene = context;

    ck_assert_uint_lt(scene->later_count, COUNT_OF(scene->later));
    (void)snprintf(scene->later[scene->later_count++], 64, "%s", path);
}

static void open_disk(struct scene *scene, bool is_lazy)
{
    const struct disk_files_options options = {.later = is_lazy ? note_later : NULL,
                                               .context = scene};

    ck_assert_int_eq(disk_files_open(scene->folder, &options, &scene->disk, NULL), ERR_OK);
    scene->files = disk_files_of(scene->disk);
}

static void scene_init(struct scene *scene, bool is_lazy)
{
    *scene = (struct scene){.folder = "/tmp/gale-disk-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(scene->folder));
    open_disk(scene, is_lazy);
}

static void remove_tree(const char *folder)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0); /* NOLINT(cert-env33-c): a path of our own */
}

static void scene_done(struct scene *scene)
{
    disk_files_close(&scene->disk);
    remove_tree(scene->folder);
}

static struct file *open_file(struct scene *scene, const char *path, enum files_open how)
{
    struct file *file = NULL;

    ck_assert_int_eq(scene->files->operations->open(scene->files, path, how, &file, NULL), ERR_OK);
    return file;
}

static enum err try_open(struct scene *scene, const char *path, enum files_open how)
{
    struct error error;
    struct file *file = NULL;
    enum err err = scene->files->operations->open(scene->files, path, how, &file, &error);

    if (err == ERR_OK)
        file->operations->give(&file);
    else
        ck_assert_ptr_nonnull(strstr(error.text, path));
    return err;
}

static void write_text(struct scene *scene, const char *path, const char *text)
{
    struct file *file = open_file(scene, path, FILES_CREATE);
    const struct files_piece piece = {text, strlen(text)};

    ck_assert_int_eq(file->operations->write(file, 0, &piece, 1, NULL), ERR_OK);
    file->operations->give(&file);
}

static void expect(struct file *file, uint64_t at, const char *text, size_t size)
{
    char bytes[64];
    size_t got;

    ck_assert_int_eq(file->operations->read(file, at, bytes, sizeof bytes, &got, NULL), ERR_OK);
    ck_assert_uint_eq(got, size);
    ck_assert_mem_eq(bytes, text, size);
}

START_TEST(pieces_are_written_one_behind_the_other)
{
    AUTO(scene_done) struct scene scene;
    struct files_piece pieces[FILES_PIECES_MAX];
    uint64_t size;

    scene_init(&scene, true);
    struct file *file = open_file(&scene, "a", FILES_CREATE);
    for (size_t i = 0; i < FILES_PIECES_MAX; i++)
        pieces[i] = (struct files_piece){i % 3 == 0 ? "" : "ab", i % 3 == 0 ? 0 : 2};
    ck_assert_int_eq(file->operations->write(file, 3, pieces, FILES_PIECES_MAX, NULL), ERR_OK);
    ck_assert_int_eq(file->operations->write(file, 3, pieces, 0, NULL), ERR_OK);
    ck_assert_int_eq(file->operations->write(file, 3, pieces, 1, NULL), ERR_OK);
    expect(file, 0, "\0\0\0abababababababababab", 23);
    expect(file, 22, "b", 1);
    expect(file, 23, "", 0);
    expect(file, 1000, "", 0);
    ck_assert_int_eq(file->operations->sync(file, NULL), ERR_OK);
    ck_assert_int_eq(file->operations->truncate(file, 5, NULL), ERR_OK);
    ck_assert_int_eq(file->operations->size(file, &size, NULL), ERR_OK);
    ck_assert_uint_eq(size, 5);
    file->operations->give(&file);
}
END_TEST

START_TEST(large_writes_arrive_whole)
{
    AUTO(scene_done) struct scene scene;
    size_t size = 9 * 1000 * 1000 + 1;
    unsigned char *bytes = mem_alloc(size);
    unsigned char *again = mem_alloc(size);
    size_t got;

    scene_init(&scene, true);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 4096);
    struct file *file = open_file(&scene, "a", FILES_CREATE);
    const struct files_piece pieces[2] = {{bytes, 1000001}, {bytes + 1000001, size - 1000001}};
    ck_assert_int_eq(file->operations->write(file, 0, pieces, 2, NULL), ERR_OK);
    ck_assert_int_eq(file->operations->read(file, 0, again, size, &got, NULL), ERR_OK);
    ck_assert_uint_eq(got, size);
    ck_assert_mem_eq(bytes, again, size);
    file->operations->give(&file);
    free(bytes);
    free(again);
}
END_TEST

START_TEST(room_that_is_reserved_does_not_change_the_size)
{
    AUTO(scene_done) struct scene scene;
    uint64_t size;

    scene_init(&scene, true);
    struct file *file = open_file(&scene, "a", FILES_CREATE);
    ck_assert_int_eq(file->operations->reserve(file, 1 << 20, NULL), ERR_OK);
    ck_assert_int_eq(file->operations->reserve(file, 0, NULL), ERR_OK);
    ck_assert_int_eq(file->operations->size(file, &size, NULL), ERR_OK);
    ck_assert_uint_eq(size, 0);
    file->operations->give(&file);
}
END_TEST

START_TEST(files_exist_or_not_as_they_are_asked_for)
{
    AUTO(scene_done) struct scene scene;

    scene_init(&scene, true);
    ck_assert_int_eq(try_open(&scene, "a", FILES_READ), ERR_NOT_FOUND);
    ck_assert_int_eq(try_open(&scene, "a", FILES_WRITE), ERR_NOT_FOUND);
    ck_assert_int_eq(try_open(&scene, "no/a", FILES_CREATE), ERR_NOT_FOUND);
    ck_assert_int_eq(try_open(&scene, "a", FILES_CREATE), ERR_OK);
    ck_assert_int_eq(try_open(&scene, "a", FILES_CREATE), ERR_EXISTS);
    ck_assert_int_eq(try_open(&scene, "a/b", FILES_CREATE), ERR_NOT_FOUND);
    ck_assert_int_eq(try_open(&scene, "a", FILES_WRITE), ERR_OK);
}
END_TEST

START_TEST(a_file_stays_open_until_the_last_reference_is_given)
{
    AUTO(scene_done) struct scene scene;

    scene_init(&scene, false);
    write_text(&scene, "a", "hello");
    struct file *file = open_file(&scene, "a", FILES_READ);
    struct file *same = file;
    int descriptor = file->operations->descriptor(file);
    file->operations->take(file);
    file->operations->give(&same);
    ck_assert_ptr_null(same);
    scene.files->operations->discard(scene.files, "a");
    ck_assert_int_eq(try_open(&scene, "a", FILES_READ), ERR_NOT_FOUND);
    expect(file, 0, "hello", 5);
    file->operations->give(&file);
    char byte;
    ck_assert_int_eq(pread(descriptor, &byte, 1, 0), -1);
}
END_TEST

static void note_name(void *context, const char *name, bool is_folder)
{
    char *text = context;

    (void)strncat(text, name, 20);
    (void)strncat(text, is_folder ? "/ " : " ", 3);
}

START_TEST(folders_are_made_listed_and_synced)
{
    AUTO(scene_done) struct scene scene;
    char names[64] = "";

    scene_init(&scene, true);
    const struct files_operations *operations = scene.files->operations;
    ck_assert_int_eq(operations->make_folder(scene.files, "f", NULL), ERR_OK);
    ck_assert_int_eq(operations->make_folder(scene.files, "f", NULL), ERR_EXISTS);
    ck_assert_int_eq(operations->list(scene.files, "", note_name, names, NULL), ERR_OK);
    ck_assert_str_eq(names, "f/ ");
    write_text(&scene, "f/a", "x");
    names[0] = '\0';
    ck_assert_int_eq(operations->list(scene.files, "f", note_name, names, NULL), ERR_OK);
    ck_assert_str_eq(names, "a ");
    ck_assert_int_eq(operations->sync_folder(scene.files, "f", NULL), ERR_OK);
    ck_assert_int_eq(operations->sync_folder(scene.files, "", NULL), ERR_OK);
    ck_assert_int_eq(operations->sync_folder(scene.files, "g", NULL), ERR_NOT_FOUND);
    ck_assert_int_eq(operations->list(scene.files, "g", note_name, names, NULL), ERR_NOT_FOUND);
    ck_assert_int_eq(operations->remove(scene.files, "f", NULL), ERR_IO);
    ck_assert_int_eq(operations->remove(scene.files, "f/a", NULL), ERR_OK);
    ck_assert_int_eq(operations->remove(scene.files, "f/a", NULL), ERR_NOT_FOUND);
    ck_assert_int_eq(operations->remove(scene.files, "f", NULL), ERR_OK);
}
END_TEST

START_TEST(a_renamed_file_replaces_another)
{
    AUTO(scene_done) struct scene scene;

    scene_init(&scene, true);
    write_text(&scene, "a", "old");
    write_text(&scene, "b", "new");
    ck_assert_int_eq(scene.files->operations->rename(scene.files, "b", "a", NULL), ERR_OK);
    ck_assert_int_eq(scene.files->operations->rename(scene.files, "b", "a", NULL), ERR_NOT_FOUND);
    struct file *file = open_file(&scene, "a", FILES_READ);
    expect(file, 0, "new", 3);
    file->operations->give(&file);
}
END_TEST

static size_t count_discarded(const struct scene *scene)
{
    char path[128];
    static const char *const names[] = {"1", "2", "3"};
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct stat status;
        (void)snprintf(path, sizeof path, "%s/.discarded/%s", scene->folder, names[i]);
        count += stat(path, &status) == 0;
    }
    return count;
}

START_TEST(what_is_discarded_is_gone_at_once_and_removed_later)
{
    AUTO(scene_done) struct scene scene;
    char names[64] = "";

    scene_init(&scene, true);
    write_text(&scene, "a", "x");
    ck_assert_int_eq(scene.files->operations->make_folder(scene.files, "f", NULL), ERR_OK);
    write_text(&scene, "f/a", "x");
    write_text(&scene, "f/b", "x");
    scene.files->operations->discard(scene.files, "a");
    scene.files->operations->discard(scene.files, "f");
    scene.files->operations->discard(scene.files, "not there");
    ck_assert_uint_eq(scene.later_count, 2);
    ck_assert_int_eq(scene.files->operations->list(scene.files, "", note_name, names, NULL),
                     ERR_OK);
    ck_assert_str_eq(names, "");
    write_text(&scene, "a", "another"); /* of the same name */
    ck_assert_uint_eq(count_discarded(&scene), 2);
    for (size_t i = 0; i < scene.later_count; i++)
        ck_assert_int_eq(disk_files_remove(scene.disk, scene.later[i], NULL), ERR_OK);
    ck_assert_uint_eq(count_discarded(&scene), 0);
    ck_assert_int_eq(disk_files_remove(scene.disk, scene.later[0], NULL), ERR_OK);
}
END_TEST

START_TEST(what_a_crash_left_of_the_discarded_comes_again)
{
    AUTO(scene_done) struct scene scene;

    scene_init(&scene, true);
    write_text(&scene, "a", "x");
    scene.files->operations->discard(scene.files, "a");
    disk_files_close(&scene.disk);
    open_disk(&scene, true);
    ck_assert_uint_eq(scene.later_count, 2);
    ck_assert_str_eq(scene.later[0], scene.later[1]);
    write_text(&scene, "b", "x");
    scene.files->operations->discard(scene.files, "b");
    ck_assert_uint_eq(count_discarded(&scene), 2); /* under another name */
    disk_files_close(&scene.disk);
    open_disk(&scene, false);
    ck_assert_uint_eq(count_discarded(&scene), 0);
}
END_TEST

START_TEST(a_folder_that_is_not_there_cannot_be_opened)
{
    const struct disk_files_options options = {.later = NULL};
    struct disk_files *disk = NULL;
    struct error error;

    ck_assert_int_eq(disk_files_open("/tmp/gale-no-such-folder", &options, &disk, &error),
                     ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.text, "/tmp/gale-no-such-folder"));
    ck_assert_ptr_null(disk);
}
END_TEST

START_TEST(free_bytes_are_told)
{
    AUTO(scene_done) struct scene scene;
    uint64_t bytes = 0;

    scene_init(&scene, true);
    ck_assert_int_eq(disk_files_free_bytes(scene.disk, &bytes, NULL), ERR_OK);
    ck_assert_uint_gt(bytes, 0);
}
END_TEST

/* Writing to /dev/full through a link: no room, as on a disk that is full. */
START_TEST(a_full_disk_is_told_from_a_broken_one)
{
    AUTO(scene_done) struct scene scene;
    char path[128];
    struct error error;

    scene_init(&scene, true);
    (void)snprintf(path, sizeof path, "%s/full", scene.folder);
    ck_assert_int_eq(symlink("/dev/full", path), 0);
    struct file *file = open_file(&scene, "full", FILES_WRITE);
    const struct files_piece piece = {"x", 1};
    ck_assert_int_eq(file->operations->write(file, 0, &piece, 1, &error), ERR_FULL);
    ck_assert_ptr_nonnull(strstr(error.text, "full"));
    file->operations->give(&file);
}
END_TEST

/* ---- Threads ------------------------------------------------------------------------------- */

enum {
    THREADS = 4,
    ROUNDS = 500,
};

struct share {
    struct scene *scene;
    struct file *file;
    int number;
};

static void *use(void *argument)
{
    struct share *share = argument;
    char path[32];

    for (int i = 0; i < ROUNDS; i++) {
        struct file *file = share->file;
        char bytes[5];
        size_t got;
        file->operations->take(file);
        if (file->operations->read(file, 0, bytes, 5, &got, NULL) != ERR_OK || got != 5)
            return argument;
        file->operations->give(&file);
    }
    (void)snprintf(path, sizeof path, "of-%d", share->number);
    struct files *files = share->scene->files;
    struct file *own;
    if (files->operations->open(files, path, FILES_CREATE, &own, NULL) != ERR_OK)
        return argument;
    own->operations->give(&own);
    files->operations->discard(files, path);
    return NULL;
}

START_TEST(threads_share_a_file_and_its_folder)
{
    AUTO(scene_done) struct scene scene;
    pthread_t threads[THREADS];
    struct share shares[THREADS];

    scene_init(&scene, false);
    write_text(&scene, "a", "hello");
    struct file *file = open_file(&scene, "a", FILES_READ);
    for (int i = 0; i < THREADS; i++) {
        shares[i] = (struct share){&scene, file, i};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use, &shares[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *result = &scene;
        ck_assert_int_eq(pthread_join(threads[i], &result), 0);
        ck_assert_ptr_null(result);
    }
    expect(file, 0, "hello", 5);
    file->operations->give(&file);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        pieces_are_written_one_behind_the_other,
        large_writes_arrive_whole,
        room_that_is_reserved_does_not_change_the_size,
        files_exist_or_not_as_they_are_asked_for,
        a_file_stays_open_until_the_last_reference_is_given,
        folders_are_made_listed_and_synced,
        a_renamed_file_replaces_another,
        what_is_discarded_is_gone_at_once_and_removed_later,
        what_a_crash_left_of_the_discarded_comes_again,
        a_folder_that_is_not_there_cannot_be_opened,
        free_bytes_are_told,
        a_full_disk_is_told_from_a_broken_one,
        threads_share_a_file_and_its_folder,
    };
    return suite_run("disk_files", tests, COUNT_OF(tests));
}
