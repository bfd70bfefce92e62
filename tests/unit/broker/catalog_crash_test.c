/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalog against a model, on a disk that fails at any one of its operations. After whatever happened it holds the
 * state after the last commit that was acknowledged, or after the one that was under way: nothing older, no mixture. No
 * producer id and no life is ever given out twice, and no folder of a deleted topic is left for the next of its name.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "broker/server/catalog.h"
#include "broker/server/catalog_folders.h"
#include "tests/support/sim_files.h"
#include "tests/support/suite.h"

enum {
    NAMES = 6,
    STEPS = 14,
    PARTITIONS_MAX = 3,
    IDS_AT_ONCE = 400,
};

/* Two of them collide. */
static const char *const names[NAMES] = {"a", "b.c", "b_c", "d", "d-0", "e"};
static const struct catalog_limits limits = {.topics_max = 4, .partitions_max = 9};

struct model_topic {
    bool is_there;
    uint32_t id;
    int32_t partitions;
    int64_t retention_ms; /* 0: not overridden */
};

struct model {
    struct model_topic topics[NAMES];
};

struct scene {
    struct sim_files *sim;
    struct files *files;
    struct catalog *catalog;
    struct rng rng;
    struct model now;
    struct model next; /* if is_under_way */
    bool is_under_way;
    uint32_t id;         /* the last that was drawn */
    int32_t life;        /* the last that was begun, or may be */
    int64_t producer_id; /* the last that was given out */
    enum sim_files_fault fault;
    uint64_t at; /* of the fault */
    struct error error;
};

static struct kafka_string name_of(size_t index)
{
    return (struct kafka_string){names[index], (int32_t)strlen(names[index])};
}

static struct kafka_uuid uuid_of(uint32_t id)
{
    struct kafka_uuid uuid = {{1}};

    memcpy(uuid.bytes + 4, &id, sizeof id);
    return uuid;
}

#define EXPECT(scene, condition)                                                   \
    ck_assert_msg(condition, "operation %d: %s: %s", (int)(scene)->at, #condition, \
                  (scene)->error.text)

/* ---- the model ---- */

static bool topic_equals(const struct catalog_topic *topic, const struct model_topic *model)
{
    struct kafka_uuid id = uuid_of(model->id);
    bool has_retention = topic_config_has(&topic->config, TOPIC_KEY_RETENTION_MS);
    int64_t retention =
        has_retention ? topic->config.settings.values[TOPIC_KEY_RETENTION_MS].whole : 0;

    return catalog_id_equals(&topic->id, &id) && topic->partition_count == model->partitions &&
           retention == model->retention_ms;
}

static bool equals(const struct catalog *catalog, const struct model *model)
{
    size_t count = 0;
    uint32_t partitions = 0;

    for (size_t i = 0; i < NAMES; i++) {
        const struct catalog_topic *topic = catalog_find(catalog, name_of(i));

        if ((topic != NULL) != model->topics[i].is_there)
            return false;
        if (topic == NULL)
            continue;
        if (!topic_equals(topic, &model->topics[i]))
            return false;
        count++;
        partitions += (uint32_t)topic->partition_count;
    }
    return catalog_topic_count(catalog) == count && catalog_partition_count(catalog) == partitions;
}

static size_t count_topics(const struct model *model)
{
    size_t count = 0;

    for (size_t i = 0; i < NAMES; i++)
        count += model->topics[i].is_there ? 1 : 0;
    return count;
}

static int32_t count_partitions(const struct model *model)
{
    int32_t count = 0;

    for (size_t i = 0; i < NAMES; i++)
        count += model->topics[i].is_there ? model->topics[i].partitions : 0;
    return count;
}

static enum err model_create(struct model *model, size_t index, struct model_topic topic)
{
    size_t twin = index == 1 ? 2 : index == 2 ? 1 : index;

    if (model->topics[twin].is_there)
        return ERR_CONFLICT;
    if (count_topics(model) >= limits.topics_max ||
        count_partitions(model) + topic.partitions > (int32_t)limits.partitions_max)
        return ERR_LIMIT;
    model->topics[index] = topic;
    return ERR_OK;
}

/* ---- changes ---- */

static enum err stage_create(struct scene *scene, size_t index, struct model *model)
{
    int32_t partitions = 1 + (int32_t)rng_below(&scene->rng, PARTITIONS_MAX);
    struct catalog_new_topic topic = {
        .name = name_of(index), .id = uuid_of(++scene->id), .partition_count = partitions};
    enum err expected = model_create(
        model, index,
        (struct model_topic){.is_there = true, .id = scene->id, .partitions = partitions});
    enum err err = catalog_stage_create(scene->catalog, &topic, &scene->error);

    EXPECT(scene, err == expected);
    return err;
}

static enum err stage_grow(struct scene *scene, size_t index, struct model *model)
{
    struct model_topic *topic = &model->topics[index];
    bool fits = count_partitions(model) < (int32_t)limits.partitions_max;
    enum err err =
        catalog_stage_grow(scene->catalog, name_of(index), topic->partitions + 1, &scene->error);

    EXPECT(scene, err == (fits ? ERR_OK : ERR_LIMIT));
    topic->partitions += fits ? 1 : 0;
    return err;
}

static void stage_config(struct scene *scene, size_t index, struct model *model)
{
    struct topic_config config = {0};
    char text[16];

    model->topics[index].retention_ms = 1 + rng_below(&scene->rng, 1000);
    (void)snprintf(text, sizeof text, "%d", (int)model->topics[index].retention_ms);
    EXPECT(scene, topic_config_set(&config, TOPIC_KEY_RETENTION_MS,
                                   (struct kafka_string){text, (int32_t)strlen(text)},
                                   &scene->error) == ERR_OK);
    EXPECT(scene,
           catalog_stage_config(scene->catalog, name_of(index), &config, &scene->error) == ERR_OK);
}

static void stage_some(struct scene *scene, size_t index, struct model *model)
{
    if (!model->topics[index].is_there) {
        (void)stage_create(scene, index, model);
        return;
    }
    switch (rng_below(&scene->rng, 3)) {
    case 0:
        EXPECT(scene,
               catalog_stage_delete(scene->catalog, name_of(index), &scene->error) == ERR_OK);
        model->topics[index] = (struct model_topic){0};
        return;
    case 1:
        (void)stage_grow(scene, index, model);
        return;
    default:
        stage_config(scene, index, model);
    }
}

/* The folders of partitions that have come, each with something in it. */
static bool make_folders(struct scene *scene, size_t index, int32_t first, int32_t end)
{
    struct files *files = scene->files;

    for (int32_t i = first; i < end; i++) {
        struct catalog_folder folder = catalog_folder_of(name_of(index), i);
        char path[CATALOG_FOLDER_MAX + 8];
        struct file *file = NULL;

        (void)snprintf(path, sizeof path, "%s/log", folder.name);
        if (files->operations->make_folder(files, folder.name, NULL) != ERR_OK ||
            files->operations->open(files, path, FILES_CREATE, &file, NULL) != ERR_OK)
            return false;
        file->operations->give(&file);
        if (files->operations->sync_folder(files, folder.name, NULL) != ERR_OK)
            return false;
    }
    return files->operations->sync_folder(files, "", NULL) == ERR_OK;
}

/* What follows a commit: folders come and go. */
static bool follow(struct scene *scene, const struct model *before)
{
    for (size_t i = 0; i < NAMES; i++) {
        const struct model_topic *old = &before->topics[i];
        const struct model_topic *new = &scene->now.topics[i];
        struct kafka_uuid id = uuid_of(old->id);
        int32_t had = old->is_there && old->id == new->id ? old->partitions : 0;

        if (old->is_there && !new->is_there &&
            catalog_drop_folders(scene->catalog, scene->files, &id, &scene->error) != ERR_OK)
            return false;
        if (new->is_there &&new->partitions > had && !make_folders(scene, i, had, new->partitions))
            return false;
    }
    return true;
}

/* It may have stopped in an operation that tells nobody. */
static bool has_stopped(const struct scene *scene)
{
    return sim_files_has_struck(scene->sim) &&
           (scene->fault == SIM_FILES_POWER_CUT || scene->fault == SIM_FILES_KILL);
}

/* Changes one topic, or several, at once; false if the disk has failed. */
static bool change(struct scene *scene)
{
    struct model before = scene->now;
    struct model next = scene->now;
    uint32_t count = 1 + rng_below(&scene->rng, 3);
    uint32_t first = rng_below(&scene->rng, NAMES);

    if (has_stopped(scene))
        return false;
    for (uint32_t i = 0; i < count; i++)
        stage_some(scene, (first + i) % NAMES, &next);
    if (rng_below(&scene->rng, 8) == 0) {
        catalog_revert(scene->catalog);
        EXPECT(scene, equals(scene->catalog, &scene->now));
        return true;
    }
    scene->next = next;
    scene->is_under_way = true;
    enum err err = catalog_commit(scene->catalog, &scene->error);
    if (err != ERR_OK)
        return false;
    scene->now = next;
    scene->is_under_way = false;
    EXPECT(scene, equals(scene->catalog, &scene->now));
    return follow(scene, &before);
}

static bool take_ids(struct scene *scene)
{
    for (int i = 0; i < IDS_AT_ONCE; i++) {
        int64_t id = -1;

        if (catalog_take_producer_id(scene->catalog, &id, &scene->error) != ERR_OK)
            return false;
        EXPECT(scene, id > scene->producer_id);
        scene->producer_id = id;
    }
    return true;
}

/* ---- lives ---- */

static void note_stray(void *context, const char *folder)
{
    struct scene *scene = context;

    ck_assert_msg(false, "operation %d: '%s' is a stray", (int)scene->at, folder);
}

static bool start(struct scene *scene)
{
    const struct kafka_uuid cluster = {{7}};

    if (catalog_open(scene->files, &limits, &cluster, &scene->catalog, &scene->error) != ERR_OK)
        return false;
    EXPECT(scene, equals(scene->catalog, &scene->now) ||
                      (scene->is_under_way && equals(scene->catalog, &scene->next)));
    if (!equals(scene->catalog, &scene->now))
        scene->now = scene->next;
    scene->is_under_way = false;
    if (catalog_begin_life(scene->catalog, &scene->error) != ERR_OK)
        return false;
    EXPECT(scene, catalog_life(scene->catalog) > scene->life);
    scene->life = catalog_life(scene->catalog);
    return catalog_sweep_folders(scene->catalog, scene->files, note_stray, scene, &scene->error) ==
           ERR_OK;
}

/* What a partition has is there, but for what the crash kept from being made; and only that. */
static void expect_folders(struct scene *scene)
{
    EXPECT(scene, catalog_deleted_count(scene->catalog) == 0);
    for (size_t i = 0; i < NAMES; i++) {
        const struct model_topic *topic = &scene->now.topics[i];
        int32_t first = topic->is_there ? topic->partitions : 0;

        EXPECT(scene, catalog_check_folders(scene->files, name_of(i), first, PARTITIONS_MAX + STEPS,
                                            &scene->error) == ERR_OK);
    }
}

/* False if the disk failed on the way. */
static bool work(struct scene *scene)
{
    if (!start(scene))
        return false;
    for (int i = 0; i < STEPS; i++) {
        bool is_fine = i % 5 == 4 ? take_ids(scene) : change(scene);
        if (!is_fine)
            return false;
        if (i == STEPS / 2) {
            catalog_destroy(&scene->catalog);
            if (!start(scene))
                return false;
        }
    }
    return true;
}

/* What was served is no more than both states have, and nothing is changed any more if that is not known. */
static void expect_after_failure(struct scene *scene)
{
    if (scene->catalog == NULL)
        return;
    if (catalog_failure(scene->catalog) == NULL) {
        EXPECT(scene, equals(scene->catalog, &scene->now));
        return;
    }
    EXPECT(scene, catalog_stage_delete(scene->catalog, name_of(0), &scene->error) == ERR_IO);
    for (size_t i = 0; scene->is_under_way && i < NAMES; i++) {
        bool is_in_both = scene->now.topics[i].is_there && scene->next.topics[i].is_there;
        EXPECT(scene, (catalog_find(scene->catalog, name_of(i)) != NULL) == is_in_both);
    }
}

/* One run with the fault; false if it did not come any more. */
static bool run(uint64_t seed, enum sim_files_fault fault, uint64_t at)
{
    struct scene scene = {.sim = sim_files_new(seed + at),
                          .producer_id = -1,
                          .fault = fault,
                          .at = at,
                          .error = {.text = ""}};

    scene.files = sim_files_of(scene.sim);
    rng_init(&scene.rng, seed);
    sim_files_plan(scene.sim, fault, at);
    bool is_fine = work(&scene);
    bool has_struck = sim_files_has_struck(scene.sim);
    EXPECT(&scene, is_fine || has_struck);
    if (!is_fine)
        expect_after_failure(&scene);
    catalog_destroy(&scene.catalog);
    ck_assert_uint_eq(sim_files_open_count(scene.sim), 0);

    sim_files_restart(scene.sim);
    sim_files_plan(scene.sim, SIM_FILES_FINE, 0);
    scene.fault = SIM_FILES_FINE;
    EXPECT(&scene, start(&scene));
    expect_folders(&scene);
    EXPECT(&scene, take_ids(&scene));
    for (int i = 0; i < STEPS; i++)
        EXPECT(&scene, change(&scene));
    catalog_destroy(&scene.catalog);
    EXPECT(&scene, start(&scene));
    expect_folders(&scene);
    catalog_destroy(&scene.catalog);
    sim_files_destroy(&scene.sim);
    return has_struck;
}

static void run_all(enum sim_files_fault fault)
{
    for (uint64_t seed = 1; seed <= 2; seed++) {
        uint64_t at = 0;

        while (run(seed * 1000, fault, at))
            at++;
        ck_assert_uint_gt(at, 20);
    }
}

START_TEST(a_power_cut_at_any_operation_loses_nothing_acknowledged)
{
    run_all(SIM_FILES_POWER_CUT);
}
END_TEST

START_TEST(a_kill_at_any_operation_loses_nothing_acknowledged)
{
    run_all(SIM_FILES_KILL);
}
END_TEST

START_TEST(an_error_at_any_operation_is_survived)
{
    run_all(SIM_FILES_ERROR);
}
END_TEST

START_TEST(a_disk_that_runs_full_at_any_operation_is_survived)
{
    run_all(SIM_FILES_FULL);
    run_all(SIM_FILES_FULL_ONCE);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_power_cut_at_any_operation_loses_nothing_acknowledged,
        a_kill_at_any_operation_loses_nothing_acknowledged,
        an_error_at_any_operation_is_survived,
        a_disk_that_runs_full_at_any_operation_is_survived,
    };

    return suite_run("catalog_crash", tests, sizeof tests / sizeof *tests);
}
