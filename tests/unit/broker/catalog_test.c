/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/catalog.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "broker/server/catalog_folders.h"
#include "broker/server/topic_name.h"
#include "tests/support/sim_files.h"
#include "tests/support/suite.h"

static const struct kafka_uuid cluster = {{1, 2, 3}};
static const struct catalog_limits limits = {.topics_max = 5, .partitions_max = 20};

struct scene {
    struct sim_files *sim;
    struct files *files;
    struct catalog *catalog;
    struct error error;
    int strays;
    char stray[CATALOG_FOLDER_MAX]; /* the last one */
};

static struct kafka_string text(const char *words)
{
    return (struct kafka_string){words, (int32_t)strlen(words)};
}

static void scene_init(struct scene *scene)
{
    *scene = (struct scene){.sim = sim_files_new(1)};
    scene->files = sim_files_of(scene->sim);
}

static void scene_done(struct scene *scene)
{
    catalog_destroy(&scene->catalog);
    sim_files_destroy(&scene->sim);
}

static void open_catalog(struct scene *scene)
{
    catalog_destroy(&scene->catalog);
    enum err err = catalog_open(scene->files, &limits, &cluster, &scene->catalog, &scene->error);
    ck_assert_msg(err == ERR_OK, "%s", scene->error.text);
}

/* As after a power cut. */
static void reopen(struct scene *scene)
{
    catalog_destroy(&scene->catalog);
    sim_files_restart(scene->sim);
    open_catalog(scene);
}

static void expect(struct scene *scene, enum err err, enum err expected)
{
    ck_assert_msg(err == expected, "%s: %s", err_name(err), scene->error.text);
}

static enum err stage(struct scene *scene, const char *name, unsigned char id, int32_t partitions)
{
    struct catalog_new_topic topic = {
        .name = text(name), .id = {{id}}, .partition_count = partitions};

    return catalog_stage_create(scene->catalog, &topic, &scene->error);
}

static void create(struct scene *scene, const char *name, unsigned char id, int32_t partitions)
{
    expect(scene, stage(scene, name, id, partitions), ERR_OK);
    expect(scene, catalog_commit(scene->catalog, &scene->error), ERR_OK);
}

static void make_folder(struct scene *scene, const char *name)
{
    struct files *files = scene->files;

    expect(scene, files->operations->make_folder(files, name, &scene->error), ERR_OK);
    expect(scene, files->operations->sync_folder(files, "", &scene->error), ERR_OK);
}

static const struct catalog_topic *find(struct scene *scene, const char *name)
{
    return catalog_find(scene->catalog, text(name));
}

static void note_stray(void *context, const char *folder)
{
    struct scene *scene = context;

    scene->strays++;
    (void)snprintf(scene->stray, sizeof scene->stray, "%s", folder);
}

static void sweep(struct scene *scene)
{
    scene->strays = 0;
    expect(scene,
           catalog_sweep_folders(scene->catalog, scene->files, note_stray, scene, &scene->error),
           ERR_OK);
}

START_TEST(an_empty_folder_is_an_empty_catalog)
{
    AUTO(scene_done) struct scene scene;

    scene_init(&scene);
    open_catalog(&scene);
    ck_assert_uint_eq(catalog_topic_count(scene.catalog), 0);
    ck_assert_int_eq(catalog_life(scene.catalog), 0);
    ck_assert_str_eq(catalog_cluster_id(scene.catalog), "AQIDAAAAAAAAAAAAAAAAAA");
    ck_assert_ptr_null(catalog_failure(scene.catalog));
    expect(&scene, catalog_begin_life(scene.catalog, &scene.error), ERR_OK);
    ck_assert_int_eq(catalog_life(scene.catalog), 1);
    reopen(&scene);
    ck_assert_int_eq(catalog_life(scene.catalog), 1);
    expect(&scene, catalog_begin_life(scene.catalog, &scene.error), ERR_OK);
    ck_assert_int_eq(catalog_life(scene.catalog), 2);
}
END_TEST

START_TEST(the_cluster_keeps_the_id_of_its_first_start)
{
    AUTO(scene_done) struct scene scene;
    const struct kafka_uuid other = {{9}};

    scene_init(&scene);
    open_catalog(&scene);
    expect(&scene, catalog_begin_life(scene.catalog, &scene.error), ERR_OK);
    catalog_destroy(&scene.catalog);
    expect(&scene, catalog_open(scene.files, &limits, &other, &scene.catalog, &scene.error),
           ERR_OK);
    ck_assert_str_eq(catalog_cluster_id(scene.catalog), "AQIDAAAAAAAAAAAAAAAAAA");
}
END_TEST

START_TEST(what_was_committed_is_there_after_a_power_cut)
{
    AUTO(scene_done) struct scene scene;
    struct topic_config config = {0};

    scene_init(&scene);
    open_catalog(&scene);
    create(&scene, "b", 2, 3);
    create(&scene, "a", 1, 1);
    create(&scene, "c", 3, 1);
    expect(&scene, topic_config_set(&config, TOPIC_KEY_RETENTION_MS, text("5"), &scene.error),
           ERR_OK);
    expect(&scene, catalog_stage_config(scene.catalog, text("a"), &config, &scene.error), ERR_OK);
    expect(&scene, catalog_stage_grow(scene.catalog, text("b"), 4, &scene.error), ERR_OK);
    expect(&scene, catalog_stage_delete(scene.catalog, text("c"), &scene.error), ERR_OK);
    expect(&scene, catalog_commit(scene.catalog, &scene.error), ERR_OK);
    reopen(&scene);

    ck_assert_uint_eq(catalog_topic_count(scene.catalog), 2);
    ck_assert_uint_eq(catalog_partition_count(scene.catalog), 5);
    ck_assert_str_eq(catalog_topic_at(scene.catalog, 0)->name.data, "a");
    ck_assert(topic_config_has(&find(&scene, "a")->config, TOPIC_KEY_RETENTION_MS));
    ck_assert_int_eq(find(&scene, "b")->partition_count, 4);
    ck_assert_int_eq(find(&scene, "b")->id.bytes[0], 2);
    ck_assert_ptr_null(find(&scene, "c"));
    ck_assert_ptr_eq(catalog_find_id(scene.catalog, &(struct kafka_uuid){{2}}), find(&scene, "b"));
    ck_assert_uint_eq(catalog_deleted_count(scene.catalog), 1);
}
END_TEST

START_TEST(what_is_reverted_never_was)
{
    AUTO(scene_done) struct scene scene;
    struct topic_config config = {0};

    scene_init(&scene);
    open_catalog(&scene);
    create(&scene, "a", 1, 1);
    create(&scene, "b", 2, 1);
    create(&scene, "c", 3, 1);
    const struct catalog_topic *kept = find(&scene, "a");
    expect(&scene, topic_config_set(&config, TOPIC_KEY_RETENTION_MS, text("5"), &scene.error),
           ERR_OK);
    expect(&scene, catalog_stage_delete(scene.catalog, text("a"), &scene.error), ERR_OK);
    expect(&scene, catalog_stage_grow(scene.catalog, text("b"), 9, &scene.error), ERR_OK);
    expect(&scene, catalog_stage_config(scene.catalog, text("c"), &config, &scene.error), ERR_OK);
    expect(&scene, stage(&scene, "d", 4, 2), ERR_OK);
    ck_assert_uint_eq(catalog_partition_count(scene.catalog), 12);
    catalog_revert(scene.catalog);

    ck_assert_uint_eq(catalog_topic_count(scene.catalog), 3);
    ck_assert_uint_eq(catalog_partition_count(scene.catalog), 3);
    ck_assert_ptr_eq(find(&scene, "a"), kept);
    ck_assert(!kept->is_staged);
    ck_assert_int_eq(find(&scene, "b")->partition_count, 1);
    ck_assert_uint_eq(find(&scene, "c")->config.overrides, 0);
    ck_assert_ptr_null(find(&scene, "d"));
    ck_assert_uint_eq(catalog_deleted_count(scene.catalog), 0);
}
END_TEST

START_TEST(what_cannot_be_is_refused_and_changes_nothing)
{
    AUTO(scene_done) struct scene scene;

    scene_init(&scene);
    open_catalog(&scene);
    create(&scene, "a.b", 1, 15);
    expect(&scene, stage(&scene, "a.b", 2, 1), ERR_EXISTS);
    expect(&scene, stage(&scene, "a_b", 2, 1), ERR_CONFLICT);
    ck_assert_msg(strstr(scene.error.text, "'a.b'") != NULL, "%s", scene.error.text);
    expect(&scene, stage(&scene, "c", 2, 6), ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(scene.error.text, "broker.partitions.max"));
    expect(&scene, stage(&scene, "c", 2, INT32_MAX), ERR_LIMIT);
    expect(&scene, catalog_stage_delete(scene.catalog, text("x"), &scene.error), ERR_NOT_FOUND);
    expect(&scene, catalog_stage_delete(scene.catalog, KAFKA_STRING_NULL, &scene.error),
           ERR_NOT_FOUND);
    expect(&scene, catalog_stage_grow(scene.catalog, text("x"), 3, &scene.error), ERR_NOT_FOUND);
    expect(&scene, catalog_stage_grow(scene.catalog, text("a.b"), 15, &scene.error), ERR_INVALID);
    expect(&scene, catalog_stage_grow(scene.catalog, text("a.b"), -1, &scene.error), ERR_INVALID);
    expect(&scene, catalog_stage_grow(scene.catalog, text("a.b"), 21, &scene.error), ERR_LIMIT);
    expect(&scene, catalog_stage_grow(scene.catalog, text("a.b"), 16, &scene.error), ERR_OK);
    expect(&scene, catalog_stage_delete(scene.catalog, text("a.b"), &scene.error), ERR_CONFLICT);
    catalog_revert(scene.catalog);
    for (unsigned char i = 0; i < 4; i++)
        create(&scene, (const char[]){(char)('k' + i), '\0'}, (unsigned char)(i + 2), 1);
    expect(&scene, stage(&scene, "z", 9, 1), ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(scene.error.text, "broker.topics.max"));
    ck_assert_uint_eq(catalog_topic_count(scene.catalog), 5);
}
END_TEST

START_TEST(no_producer_id_is_given_out_twice)
{
    AUTO(scene_done) struct scene scene;
    int64_t last = -1;

    scene_init(&scene);
    open_catalog(&scene);
    for (int restart = 0; restart < 3; restart++) {
        sim_files_plan(scene.sim, SIM_FILES_FINE, 0);
        for (int i = 0; i < CATALOG_PRODUCER_BLOCK; i++) {
            int64_t id = -1;
            expect(&scene, catalog_take_producer_id(scene.catalog, &id, &scene.error), ERR_OK);
            ck_assert_int_gt(id, last);
            last = id;
        }
        ck_assert_uint_lt(sim_files_operations(scene.sim), 10); /* one write for all of them */
        reopen(&scene);
    }
    ck_assert_int_eq(last, 3 * CATALOG_PRODUCER_BLOCK - 1);
}
END_TEST

START_TEST(a_damaged_file_is_an_error_and_stays)
{
    AUTO(scene_done) struct scene scene;
    size_t size = 0;

    scene_init(&scene);
    open_catalog(&scene);
    create(&scene, "a", 1, 1);
    catalog_destroy(&scene.catalog);
    sim_files_damage(scene.sim, CATALOG_FILE, 4, "?", 1);
    expect(&scene, catalog_open(scene.files, &limits, &cluster, &scene.catalog, &scene.error),
           ERR_CORRUPT);
    ck_assert_msg(strncmp(scene.error.text, "catalog.json: line 2, column", 28) == 0, "%s",
                  scene.error.text);
    ck_assert_ptr_null(scene.catalog);
    ck_assert_int_eq(sim_files_bytes(scene.sim, CATALOG_FILE, &size)[4], '?');

    sim_files_resize(scene.sim, CATALOG_FILE, 0);
    expect(&scene, catalog_open(scene.files, &limits, &cluster, &scene.catalog, &scene.error),
           ERR_CORRUPT);
}
END_TEST

START_TEST(a_missing_file_beside_logs_is_an_error)
{
    AUTO(scene_done) struct scene scene;

    scene_init(&scene);
    make_folder(&scene, "other");
    open_catalog(&scene);
    make_folder(&scene, "lines-0");
    catalog_destroy(&scene.catalog);
    expect(&scene, catalog_open(scene.files, &limits, &cluster, &scene.catalog, &scene.error),
           ERR_CORRUPT);
    ck_assert_msg(strstr(scene.error.text, "'lines-0'") != NULL, "%s", scene.error.text);
}
END_TEST

START_TEST(a_read_that_fails_is_an_error)
{
    AUTO(scene_done) struct scene scene;

    scene_init(&scene);
    open_catalog(&scene);
    create(&scene, "a", 1, 1);
    catalog_destroy(&scene.catalog);
    sim_files_plan(scene.sim, SIM_FILES_READ_ERROR, 0);
    expect(&scene, catalog_open(scene.files, &limits, &cluster, &scene.catalog, &scene.error),
           ERR_IO);
    open_catalog(&scene);
    ck_assert_ptr_nonnull(find(&scene, "a"));
}
END_TEST

START_TEST(a_full_disk_changes_nothing_and_later_all_goes_on)
{
    AUTO(scene_done) struct scene scene;

    scene_init(&scene);
    open_catalog(&scene);
    create(&scene, "a", 1, 1);
    sim_files_plan(scene.sim, SIM_FILES_FULL, 0);
    expect(&scene, stage(&scene, "b", 2, 1), ERR_OK);
    expect(&scene, catalog_stage_delete(scene.catalog, text("a"), &scene.error), ERR_OK);
    expect(&scene, catalog_commit(scene.catalog, &scene.error), ERR_FULL);
    ck_assert_ptr_nonnull(find(&scene, "a"));
    ck_assert_ptr_null(find(&scene, "b"));
    ck_assert_ptr_null(catalog_failure(scene.catalog));
    sim_files_plan(scene.sim, SIM_FILES_FINE, 0);
    create(&scene, "b", 2, 1);
    reopen(&scene);
    ck_assert_uint_eq(catalog_topic_count(scene.catalog), 2);
}
END_TEST

/* The operations of a commit: remove, create, write, sync, rename, sync of the folder. */
START_TEST(a_disk_that_fails_at_the_end_stops_all_changes)
{
    AUTO(scene_done) struct scene scene;
    int64_t id = 0;

    scene_init(&scene);
    open_catalog(&scene);
    create(&scene, "a", 1, 1);
    create(&scene, "k", 5, 1);
    sim_files_plan(scene.sim, SIM_FILES_ERROR, 5);
    expect(&scene, stage(&scene, "b", 2, 1), ERR_OK);
    expect(&scene, catalog_stage_grow(scene.catalog, text("k"), 3, &scene.error), ERR_OK);
    expect(&scene, catalog_stage_delete(scene.catalog, text("a"), &scene.error), ERR_OK);
    expect(&scene, catalog_commit(scene.catalog, &scene.error), ERR_IO);
    ck_assert(sim_files_has_struck(scene.sim));
    ck_assert_ptr_nonnull(catalog_failure(scene.catalog));
    ck_assert_ptr_null(find(&scene, "a")); /* it may be gone */
    ck_assert_ptr_null(find(&scene, "b")); /* it may not be there */
    ck_assert_int_eq(find(&scene, "k")->partition_count, 1);
    expect(&scene, stage(&scene, "c", 3, 1), ERR_IO);
    expect(&scene, catalog_stage_delete(scene.catalog, text("k"), &scene.error), ERR_IO);
    expect(&scene, catalog_take_producer_id(scene.catalog, &id, &scene.error), ERR_IO);
    expect(&scene, catalog_begin_life(scene.catalog, &scene.error), ERR_IO);
    ck_assert_ptr_nonnull(strstr(scene.error.text, "started anew"));
}
END_TEST

START_TEST(a_deleted_topic_leaves_no_folder_for_the_next_of_its_name)
{
    AUTO(scene_done) struct scene scene;

    scene_init(&scene);
    open_catalog(&scene);
    create(&scene, "a", 1, 2);
    make_folder(&scene, "a-0");
    make_folder(&scene, "a-1");
    make_folder(&scene, "ab-1");
    expect(&scene, catalog_stage_delete(scene.catalog, text("a"), &scene.error), ERR_OK);
    expect(&scene, catalog_commit(scene.catalog, &scene.error), ERR_OK);

    /* Until the folders are marked the name is taken. */
    expect(&scene, stage(&scene, "a", 2, 1), ERR_CONFLICT);
    expect(
        &scene,
        catalog_drop_folders(scene.catalog, scene.files, &(struct kafka_uuid){{1}}, &scene.error),
        ERR_OK);
    ck_assert_uint_eq(catalog_deleted_count(scene.catalog), 0);
    ck_assert(!sim_files_has(scene.sim, "a-0") && !sim_files_has(scene.sim, "a-1"));
    ck_assert(sim_files_has(scene.sim, "ab-1"));
    create(&scene, "a", 2, 1);
}
END_TEST

START_TEST(a_deletion_that_a_crash_cut_short_is_finished_at_the_start)
{
    AUTO(scene_done) struct scene scene;

    scene_init(&scene);
    open_catalog(&scene);
    create(&scene, "a", 1, 2);
    make_folder(&scene, "a-0");
    make_folder(&scene, "a-1");
    expect(&scene, catalog_stage_delete(scene.catalog, text("a"), &scene.error), ERR_OK);
    expect(&scene, catalog_commit(scene.catalog, &scene.error), ERR_OK);
    reopen(&scene);
    ck_assert(sim_files_has(scene.sim, "a-0"));
    sweep(&scene);
    ck_assert_int_eq(scene.strays, 0);
    ck_assert(!sim_files_has(scene.sim, "a-0") && !sim_files_has(scene.sim, "a-1"));
    create(&scene, "a", 2, 2);
}
END_TEST

START_TEST(strange_folders_are_told_and_stay)
{
    AUTO(scene_done) struct scene scene;
    struct catalog_folder marked = catalog_folder_marked(text("old"), 3, &(struct kafka_uuid){{7}});

    scene_init(&scene);
    open_catalog(&scene);
    create(&scene, "a", 1, 2);
    make_folder(&scene, "a-0");
    make_folder(&scene, "a-1");
    make_folder(&scene, "lost+found");
    make_folder(&scene, "a-01");
    make_folder(&scene, marked.name);
    sweep(&scene);
    ck_assert_int_eq(scene.strays, 0);
    ck_assert(!sim_files_has(scene.sim, marked.name));
    make_folder(&scene, "a-2");
    sweep(&scene);
    ck_assert_int_eq(scene.strays, 1);
    ck_assert_str_eq(scene.stray, "a-2");
    ck_assert(sim_files_has(scene.sim, "a-2"));

    /* Nothing is made over it. */
    expect(&scene, catalog_stage_grow(scene.catalog, text("a"), 3, &scene.error), ERR_CONFLICT);
    ck_assert_ptr_nonnull(strstr(scene.error.text, "'a-2'"));
    make_folder(&scene, "b-0");
    expect(&scene, stage(&scene, "b", 2, 1), ERR_CONFLICT);
}
END_TEST

START_TEST(folders_are_named_after_partitions)
{
    char long_name[TOPIC_NAME_MAX + 1];
    struct kafka_string topic;
    struct kafka_uuid id = {{0xff, 0xff}};
    int32_t partition = -1;

    memset(long_name, 'x', TOPIC_NAME_MAX);
    struct kafka_string whole = {long_name, TOPIC_NAME_MAX};
    ck_assert_str_eq(catalog_folder_of(text("a-1"), 12).name, "a-1-12");
    ck_assert_uint_le(strlen(catalog_folder_of(whole, 99999).name), 255);
    ck_assert_uint_le(strlen(catalog_folder_marked(whole, INT32_MAX, &id).name), 255);
    ck_assert(catalog_folder_is_marked(catalog_folder_marked(whole, INT32_MAX, &id).name));
    ck_assert(catalog_folder_is_marked(catalog_folder_marked(text("a"), 0, &id).name));
    ck_assert(catalog_folder_parse("a-1-12", &topic, &partition));
    ck_assert_int_eq(partition, 12);
    ck_assert_int_eq(topic.length, 3);

    static const char *const others[] = {"a",    "a-",   "-1",           "a-01",
                                         "a-+1", "a- 1", "a-2147483648", "a b-1",
                                         "a-1x", "",     "..-1",         "a-99999999999999999999"};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        ck_assert_msg(!catalog_folder_parse(others[i], &topic, &partition), "%s", others[i]);
    static const char *const unmarked[] = {
        "a-0",
        "a-0-delete",
        "a-0.-delete",
        "-delete",
        "a.AQIDAAAAAAAAAAAAAAAAAA-delete",
        "a-0.AQIDAAAAAAAAAAAAAAAAA-delete",
        "a-0.AQIDAAAAAAAAAAAAAAAAAA-deleted",
    };
    for (size_t i = 0; i < COUNT_OF(unmarked); i++)
        ck_assert_msg(!catalog_folder_is_marked(unmarked[i]), "%s", unmarked[i]);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_empty_folder_is_an_empty_catalog,
        the_cluster_keeps_the_id_of_its_first_start,
        what_was_committed_is_there_after_a_power_cut,
        what_is_reverted_never_was,
        what_cannot_be_is_refused_and_changes_nothing,
        no_producer_id_is_given_out_twice,
        a_damaged_file_is_an_error_and_stays,
        a_missing_file_beside_logs_is_an_error,
        a_read_that_fails_is_an_error,
        a_full_disk_changes_nothing_and_later_all_goes_on,
        a_disk_that_fails_at_the_end_stops_all_changes,
        a_deleted_topic_leaves_no_folder_for_the_next_of_its_name,
        a_deletion_that_a_crash_cut_short_is_finished_at_the_start,
        strange_folders_are_told_and_stay,
        folders_are_named_after_partitions,
    };

    return suite_run("catalog", tests, sizeof tests / sizeof *tests);
}
