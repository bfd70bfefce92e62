/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/io/blob_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/support/suite.h"

/* Of "abc", and of nothing that is here. */
#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define OTHER "0000000000000000000000000000000000000000000000000000000000000000"

struct place {
    char folder[64];
    size_t held;
    uint64_t size_bytes; /* of the last one */
    struct blob_store *store;
};

static void hold(void *context, const char *hash, uint64_t size_bytes)
{
    struct place *place = context;

    ck_assert_str_eq(hash, ABC);
    place->held++;
    place->size_bytes = size_bytes;
}

static void open_place(struct place *place)
{
    place->held = 0;
    ck_assert_int_eq(blob_store_open(place->folder, hold, place, &place->store, NULL), ERR_OK);
}

static struct place set_up(void)
{
    struct place place = {.folder = "/tmp/gale-blobs-XXXXXX"};

    ck_assert_ptr_nonnull(mkdtemp(place.folder));
    open_place(&place);
    return place;
}

static char *path_of(const struct place *place, const char *folder, const char *hash)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s/%s/%s", place->folder, folder, hash);
    return path;
}

static void tear_down(struct place *place)
{
    blob_store_delete(place->store, ABC);
    blob_store_delete(place->store, OTHER);
    blob_store_close(&place->store);
    ck_assert_int_eq(rmdir(path_of(place, "blobs", "")), 0);
    ck_assert_int_eq(rmdir(path_of(place, "uploads", "")), 0);
    ck_assert_int_eq(rmdir(place->folder), 0);
}

static enum err put(struct place *place, const char *hash, uint64_t offset, const char *bytes,
                    bool *ret_done)
{
    struct blob_piece piece = {
        .hash = hash, .size_bytes = 3, .offset = offset, .bytes = bytes, .size = strlen(bytes)};

    return blob_store_put(place->store, &piece, ret_done, NULL);
}

START_TEST(a_blob_comes_in_pieces_and_is_there_after_the_last)
{
    struct place place = set_up();
    struct blob_bytes bytes;
    bool is_done = true;

    ck_assert_int_eq(put(&place, ABC, 0, "a", &is_done), ERR_OK);
    ck_assert(!is_done);
    ck_assert_int_ne(access(path_of(&place, "blobs", ABC), F_OK), 0);
    ck_assert_int_eq(put(&place, ABC, 1, "bc", &is_done), ERR_OK);
    ck_assert(is_done);
    ck_assert_int_eq(blob_store_read(place.store, ABC, (struct blob_span){1, 10}, &bytes, NULL),
                     ERR_OK);
    ck_assert_uint_eq(bytes.size, 2);
    ck_assert_uint_eq(bytes.size_bytes, 3);
    ck_assert_mem_eq(bytes.bytes, "bc", 2);
    free(bytes.bytes);
    ck_assert_int_eq(blob_store_read(place.store, ABC, (struct blob_span){9, 10}, &bytes, NULL),
                     ERR_OK);
    ck_assert_uint_eq(bytes.size, 0);
    free(bytes.bytes);
    tear_down(&place);
}
END_TEST

START_TEST(what_has_another_hash_leaves_nothing_behind)
{
    struct place place = set_up();
    bool is_done = false;

    ck_assert_int_eq(put(&place, OTHER, 0, "abc", &is_done), ERR_CORRUPT);
    ck_assert(!is_done);
    ck_assert_int_ne(access(path_of(&place, "blobs", OTHER), F_OK), 0);
    ck_assert_int_ne(access(path_of(&place, "uploads", OTHER), F_OK), 0);
    tear_down(&place);
}
END_TEST

START_TEST(a_piece_out_of_place_ends_it)
{
    struct place place = set_up();
    bool is_done = false;

    ck_assert_int_eq(put(&place, ABC, 1, "bc", &is_done), ERR_CONFLICT);
    ck_assert_int_eq(put(&place, ABC, 0, "a", &is_done), ERR_OK);
    ck_assert_int_eq(put(&place, ABC, 2, "c", &is_done), ERR_CONFLICT);
    ck_assert_int_eq(put(&place, ABC, 0, "a", &is_done), ERR_OK);
    ck_assert_int_eq(put(&place, ABC, 0, "ab", &is_done), ERR_OK); /* from the start */
    ck_assert_int_eq(put(&place, ABC, 2, "c", &is_done), ERR_OK);
    ck_assert(is_done);
    tear_down(&place);
}
END_TEST

START_TEST(blobs_survive_a_restart_and_uploads_do_not)
{
    struct place place = set_up();
    bool is_done = false;

    ck_assert_int_eq(put(&place, ABC, 0, "abc", &is_done), ERR_OK);
    ck_assert_int_eq(put(&place, OTHER, 0, "a", &is_done), ERR_OK);
    blob_store_close(&place.store);
    open_place(&place);
    ck_assert_uint_eq(place.held, 1);
    ck_assert_uint_eq(place.size_bytes, 3);
    ck_assert_int_ne(access(path_of(&place, "uploads", OTHER), F_OK), 0);
    tear_down(&place);
}
END_TEST

START_TEST(a_damaged_blob_is_none)
{
    struct place place = set_up();
    bool is_done = false;

    ck_assert_int_eq(put(&place, ABC, 0, "abc", &is_done), ERR_OK);
    blob_store_close(&place.store);
    FILE *file = fopen(path_of(&place, "blobs", ABC), "a");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fputc('d', file), 'd');
    ck_assert_int_eq(fclose(file), 0);
    open_place(&place);
    ck_assert_uint_eq(place.held, 0);
    ck_assert_int_ne(access(path_of(&place, "blobs", ABC), F_OK), 0);
    tear_down(&place);
}
END_TEST

START_TEST(there_is_a_limit_of_what_comes_in)
{
    struct place place = set_up();
    char hash[sizeof OTHER];
    bool is_done = false;

    for (int i = 0; i < BLOB_STORE_INCOMING_MAX; i++) {
        (void)snprintf(hash, sizeof hash, "%064d", i);
        ck_assert_int_eq(put(&place, hash, 0, "a", &is_done), ERR_OK);
    }
    ck_assert_int_eq(put(&place, ABC, 0, "a", &is_done), ERR_LIMIT);
    for (int i = 0; i < BLOB_STORE_INCOMING_MAX; i++) {
        (void)snprintf(hash, sizeof hash, "%064d", i);
        blob_store_delete(place.store, hash);
    }
    ck_assert_int_eq(put(&place, ABC, 0, "a", &is_done), ERR_OK);
    tear_down(&place);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_blob_comes_in_pieces_and_is_there_after_the_last,
        what_has_another_hash_leaves_nothing_behind,
        a_piece_out_of_place_ends_it,
        blobs_survive_a_restart_and_uploads_do_not,
        a_damaged_blob_is_none,
        there_is_a_limit_of_what_comes_in,
    };
    return suite_run("blob_store", tests, COUNT_OF(tests));
}
