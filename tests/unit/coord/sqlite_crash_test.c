/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store on a disk that fails at any one of its operations. A scenario commits a fixed series of
 * batches; after whatever happened, the store must hold the state after the last commit that was
 * acknowledged, or after the one that was under way: nothing older, nothing newer, no mixture.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rng.h"
#include "coord/server/io/sqlite_store.h"
#include "tests/support/disk.h"
#include "tests/support/store_model.h"
#include "tests/support/suite.h"

enum {
    COMMITS = 9,
    CHANGES_MAX = 8,
};

struct scene {
    struct disk *disk;
    char folder[64]; /* real, and empty but for a name: the content is on the disk in memory */
    struct store *store;
    struct store_model *states[COMMITS + 1]; /* after so many commits */
    struct batch batches[COMMITS];           /* from one to the next */
    size_t acknowledged;
    bool is_under_way; /* a commit was begun and has no answer, or a bad one */
    bool was_full;
    struct error error;
};

static void scene_init(struct scene *scene, uint64_t seed)
{
    struct rng rng;

    *scene = (struct scene){.disk = disk_new(seed)};
    rng_init(&rng, 1);
    (void)snprintf(scene->folder, sizeof scene->folder, "/tmp/gale-crash-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(scene->folder));
    scene->states[0] = store_model_new();
    for (size_t i = 0; i < COMMITS; i++) {
        batch_init(&scene->batches[i]);
        scene->states[i + 1] = store_model_new();
        store_model_copy(scene->states[i + 1], scene->states[i]);
        store_model_step(scene->states[i + 1], &rng, CHANGES_MAX, &scene->batches[i]);
    }
}

static void close_store(struct scene *scene)
{
    if (scene->store != NULL)
        scene->store->operations->close(&scene->store);
}

static void scene_done(struct scene *scene)
{
    char path[96];

    close_store(scene);
    for (size_t i = 0; i < COMMITS; i++)
        batch_done(&scene->batches[i]);
    for (size_t i = 0; i <= COMMITS; i++)
        store_model_destroy(&scene->states[i]);
    disk_destroy(&scene->disk);
    (void)snprintf(path, sizeof path, "%s/coord.db", scene->folder);
    (void)unlink(path);
    ck_assert_int_eq(rmdir(scene->folder), 0);
}

/* Opens and loads; NULL, and the store is closed, if that fails. */
static struct store_model *open_store(struct scene *scene)
{
    if (sqlite_store_open(scene->folder, &scene->store, &scene->error) != ERR_OK)
        return NULL;

    struct store_model *model = store_model_new();
    struct store_sink sink = store_model_sink(model);
    if (scene->store->operations->load(scene->store, &sink, &scene->error) == ERR_OK)
        return model;
    close_store(scene);
    store_model_destroy(&model);
    return NULL;
}

static enum err commit_next(struct scene *scene)
{
    scene->is_under_way = true;
    enum err err = scene->store->operations->commit(
        scene->store, &scene->batches[scene->acknowledged], &scene->error);
    if (err == ERR_OK) {
        scene->acknowledged++;
        scene->is_under_way = false;
    }
    return err;
}

/* Works as a fine disk's must; tells which of the states it was. */
static void expect_whole(struct scene *scene, uint64_t at)
{
    AUTO(store_model_destroy) struct store_model *model = open_store(scene);
    ck_assert_msg(model != NULL, "operation %d: %s", (int)at, scene->error.text);

    size_t state = (size_t)model->zxid;
    ck_assert_msg(
        state == scene->acknowledged || (scene->is_under_way && state == scene->acknowledged + 1),
        "operation %d: %zu were acknowledged, %zu are there", (int)at, scene->acknowledged, state);
    ck_assert_msg(store_model_equals(model, scene->states[state]), "operation %d", (int)at);
    scene->acknowledged = state;
    scene->is_under_way = false;
}

/* Commits what is left, with a checkpoint and a restart of the server within; false if the disk
 * failed on the way, and then the store is closed. */
static bool work(struct scene *scene)
{
    AUTO(store_model_destroy) struct store_model *model = open_store(scene);
    if (model == NULL)
        return false;

    while (scene->acknowledged < COMMITS) {
        if (commit_next(scene) != ERR_OK) {
            close_store(scene);
            return false;
        }
        if (scene->acknowledged == COMMITS / 3)
            scene->store->operations->tidy(scene->store, STORE_IDLE);
        if (scene->acknowledged == COMMITS / 2) {
            AUTO(store_model_destroy) struct store_model *again = NULL;
            close_store(scene);
            again = open_store(scene);
            if (again == NULL)
                return false;
        }
    }
    close_store(scene);
    return true;
}

/* ---- Power ---------------------------------------------------------------------------------- */

/* Cuts the power at the operation, and perhaps again during the recovery. False if there are no
 * more operations. */
static bool cut_at(uint64_t at, uint64_t seed)
{
    AUTO(scene_done) struct scene scene;
    struct rng rng;

    rng_init(&rng, seed * 100000 + at);
    scene_init(&scene, seed * 100000 + at);
    disk_plan(scene.disk, DISK_POWER_CUT, at);
    bool is_finished = work(&scene);
    bool has_struck = disk_has_struck(scene.disk);
    ck_assert(is_finished || has_struck);
    disk_restart(scene.disk);

    if (rng_below(&rng, 2) == 0) {
        disk_plan(scene.disk, DISK_POWER_CUT, rng_below(&rng, 6));
        struct store_model *model = open_store(&scene);
        store_model_destroy(&model);
        close_store(&scene);
        disk_restart(scene.disk);
    }
    expect_whole(&scene, at);
    close_store(&scene);
    ck_assert_msg(work(&scene), "operation %d: %s", (int)at, scene.error.text);
    disk_restart(scene.disk);
    expect_whole(&scene, at);
    ck_assert_uint_eq(scene.acknowledged, COMMITS);
    return has_struck;
}

START_TEST(power_may_fail_at_any_operation)
{
    for (uint64_t seed = 0; seed < 2; seed++) {
        uint64_t at = 0;
        while (cut_at(at, seed))
            at++;
        ck_assert_uint_gt(at, 100);
    }
}
END_TEST

/* ---- Errors --------------------------------------------------------------------------------- */

/* An error is final: whatever the disk says afterwards is not believed. */
static bool err_at(uint64_t at)
{
    AUTO(scene_done) struct scene scene;
    scene_init(&scene, at);
    disk_plan(scene.disk, DISK_ERROR, at);

    AUTO(store_model_destroy) struct store_model *model = open_store(&scene);
    enum err err = model == NULL ? scene.error.code : ERR_OK;
    while (err == ERR_OK && scene.acknowledged < COMMITS) {
        bool was_broken = disk_has_struck(scene.disk);
        err = commit_next(&scene);
        ck_assert_msg(err != ERR_OK || !was_broken, "operation %d", (int)at);
        if (err == ERR_OK && scene.acknowledged % 4 == 0)
            scene.store->operations->tidy(scene.store, STORE_IDLE);
    }
    bool has_struck = disk_has_struck(scene.disk);
    ck_assert(err == ERR_OK || has_struck);
    ck_assert_msg(err == ERR_OK || err == ERR_IO, "operation %d: %s", (int)at, scene.error.text);
    if (err != ERR_OK && scene.store != NULL) {
        ck_assert_int_eq(commit_next(&scene), ERR_IO);
        scene.store->operations->tidy(scene.store, STORE_IDLE);
        ck_assert_int_eq(commit_next(&scene), ERR_IO);
    }
    close_store(&scene);
    disk_restart(scene.disk);
    expect_whole(&scene, at);
    return has_struck;
}

START_TEST(an_error_of_the_disk_is_final_and_loses_nothing)
{
    uint64_t at = 0;

    while (err_at(at))
        at++;
    ck_assert_uint_gt(at, 50);
}
END_TEST

/* ---- A full disk ---------------------------------------------------------------------------- */

static void make_room(struct scene *scene)
{
    scene->was_full = scene->was_full || disk_has_struck(scene->disk);
    disk_plan(scene->disk, DISK_FINE, 0);
}

/* A commit with ERR_FULL has changed nothing, and works when there is room again. */
static void commit_with_little_room(struct scene *scene, uint64_t at)
{
    enum err err = commit_next(scene);
    if (err == ERR_OK)
        return;
    ck_assert_msg(err == ERR_FULL, "operation %d: %s", (int)at, scene->error.text);
    scene->is_under_way = false;
    err = commit_next(scene); /* the disk may have been full for a moment only */
    ck_assert(err == ERR_OK || err == ERR_FULL);
    if (err == ERR_OK)
        return;
    scene->is_under_way = false;
    make_room(scene);
    if (at % 2 == 0) {
        close_store(scene);
        disk_restart(scene->disk);
        expect_whole(scene, at);
    }
    ck_assert_msg(commit_next(scene) == ERR_OK, "operation %d: %s", (int)at, scene->error.text);
}

static bool fill_at(uint64_t at, enum disk_fault fault)
{
    AUTO(scene_done) struct scene scene;
    scene_init(&scene, at);
    disk_plan(scene.disk, fault, at);

    AUTO(store_model_destroy) struct store_model *model = open_store(&scene);
    if (model == NULL) {
        ck_assert_msg(scene.error.code == ERR_FULL, "operation %d: %s", (int)at, scene.error.text);
        make_room(&scene);
        model = open_store(&scene);
        ck_assert_msg(model != NULL, "operation %d: %s", (int)at, scene.error.text);
    }
    while (scene.acknowledged < COMMITS) {
        commit_with_little_room(&scene, at);
        if (scene.acknowledged % 3 == 0)
            scene.store->operations->tidy(scene.store, STORE_IDLE);
    }
    make_room(&scene);
    close_store(&scene);
    disk_restart(scene.disk);
    expect_whole(&scene, at);
    ck_assert_uint_eq(scene.acknowledged, COMMITS);
    return scene.was_full;
}

static void fill_everywhere(enum disk_fault fault)
{
    uint64_t at = 0;

    while (fill_at(at, fault))
        at++;
    ck_assert_uint_gt(at, 40);
}

START_TEST(a_disk_may_be_full_for_a_while_at_any_operation)
{
    fill_everywhere(DISK_FULL);
}
END_TEST

START_TEST(any_single_write_may_find_no_room)
{
    fill_everywhere(DISK_FULL_ONCE);
}
END_TEST

START_TEST(a_quota_is_a_full_disk)
{
    fill_everywhere(DISK_QUOTA);
}
END_TEST

/* A server that refuses writes since the disk was full asks by committing nothing. */
START_TEST(an_empty_commit_asks_the_disk_as_well)
{
    AUTO(scene_done) struct scene scene;
    struct batch batch = {.changes = 0};

    scene_init(&scene, 1);
    AUTO(store_model_destroy) struct store_model *model = open_store(&scene);
    ck_assert_ptr_nonnull(model);
    for (int i = 0; i < 3; i++) {
        uint64_t before = disk_operations(scene.disk);
        ck_assert_int_eq(scene.store->operations->commit(scene.store, &batch, NULL), ERR_OK);
        ck_assert_uint_gt(disk_operations(scene.disk), before);
    }
}
END_TEST

/* Rows that fit where rows are: after the first checkpoint nothing needs to grow. */
START_TEST(a_full_disk_takes_changes_that_need_no_room)
{
    AUTO(scene_done) struct scene scene;
    AUTO(batch_done) struct batch batch;
    struct batch_node node = {.slot = 1, .name = "n", .name_size = 1, .data = "1", .data_size = 1};

    scene_init(&scene, 1);
    AUTO(store_model_destroy) struct store_model *model = open_store(&scene);
    ck_assert_ptr_nonnull(model);
    batch_init(&batch);
    batch_put_node(&batch, &node);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(scene.store->operations->commit(scene.store, &batch, NULL), ERR_OK);
    scene.store->operations->tidy(scene.store, STORE_IDLE);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(scene.store->operations->commit(scene.store, &batch, NULL), ERR_OK);
    disk_plan(scene.disk, DISK_FULL, 0);
    for (int i = 0; i < 1000; i++) {
        batch.zxid = i;
        ck_assert_int_eq(scene.store->operations->commit(scene.store, &batch, NULL), ERR_OK);
    }
    ck_assert(disk_has_struck(scene.disk));
}
END_TEST

/* ---- Damage --------------------------------------------------------------------------------- */

/* Flips a bit, looks, and flips it back. */
static void flip_a_bit(struct scene *scene, size_t place, unsigned bit)
{
    size_t size;
    unsigned char *bytes = disk_bytes(scene->disk, "coord.db", &size);
    unsigned char before = bytes[place % size];

    bytes[place % size] ^= (unsigned char)(1U << bit);
    scene->error.text[0] = '\0';
    AUTO(store_model_destroy) struct store_model *model = open_store(scene);
    if (model == NULL)
        ck_assert_str_ne(scene->error.text, "");
    else
        ck_assert_msg(store_model_equals(model, scene->states[COMMITS]), "byte %zu bit %u",
                      place % size, bit);
    close_store(scene);
    bytes = disk_bytes(scene->disk, "coord.db", &size);
    bytes[place % size] = before;
}

START_TEST(a_flipped_bit_is_never_taken_for_the_truth)
{
    AUTO(scene_done) struct scene scene;
    struct rng rng;

    scene_init(&scene, 1);
    rng_init(&rng, 1);
    ck_assert(work(&scene));
    for (int i = 0; i < 1500; i++)
        flip_a_bit(&scene, rng_below(&rng, UINT32_MAX), rng_below(&rng, 8));
    expect_whole(&scene, 0);
}
END_TEST

/* ---- Size ----------------------------------------------------------------------------------- */

START_TEST(the_files_do_not_grow_with_the_number_of_commits)
{
    AUTO(scene_done) struct scene scene;
    AUTO(batch_done) struct batch batch;
    struct rng rng;
    size_t wal_size = 0;
    size_t db_size = 0;

    scene_init(&scene, 1);
    rng_init(&rng, 5);
    batch_init(&batch);
    AUTO(store_model_destroy) struct store_model *model = open_store(&scene);
    ck_assert_ptr_nonnull(model);
    for (int i = 0; i < 4000; i++) {
        batch_clear(&batch);
        store_model_step(model, &rng, 3, &batch);
        ck_assert_int_eq(scene.store->operations->commit(scene.store, &batch, NULL), ERR_OK);
        scene.store->operations->tidy(scene.store, STORE_BUSY);
    }
    ck_assert_ptr_nonnull(disk_bytes(scene.disk, "-wal", &wal_size));
    ck_assert_ptr_nonnull(disk_bytes(scene.disk, "coord.db", &db_size));
    ck_assert_uint_lt(wal_size, 5 << 20);
    ck_assert_uint_lt(db_size, 1 << 20);
    scene.store->operations->tidy(scene.store, STORE_IDLE);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        power_may_fail_at_any_operation,
        an_error_of_the_disk_is_final_and_loses_nothing,
        a_disk_may_be_full_for_a_while_at_any_operation,
        any_single_write_may_find_no_room,
        a_quota_is_a_full_disk,
        an_empty_commit_asks_the_disk_as_well,
        a_full_disk_takes_changes_that_need_no_room,
        a_flipped_bit_is_never_taken_for_the_truth,
        the_files_do_not_grow_with_the_number_of_commits,
    };

    return suite_run("sqlite_crash", tests, sizeof tests / sizeof *tests);
}
