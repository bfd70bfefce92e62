/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "broker/server/catalog_file.h"
#include "broker/server/catalog_folders.h"
#include "broker/server/catalog_state.h"
#include "broker/server/topic_name.h"

static const char new_file[] = CATALOG_FILE ".new";

enum change_kind {
    CREATED,
    DELETED,
    GREW,
    CONFIGURED,
};

/* What was staged, with what it takes to have it undone. */
struct change {
    enum change_kind kind;
    struct catalog_topic *topic; /* of a deletion: the change's own; else in the state */
    int32_t partition_count;     /* GREW: before */
    struct topic_config config;  /* CONFIGURED: before */
};

struct catalog {
    struct files *files;
    struct catalog_limits limits;
    struct catalog_state state; /* with what is staged */
    struct change *changes;     /* in their order */
    size_t change_count;
    size_t change_capacity;
    int64_t producer_id; /* the next to be given out; none is left if it is the state's */
    char cluster_id[CATALOG_ID_LENGTH + 1];
    char failure[ERROR_TEXT_MAX]; /* "": none */
};

/* ---- the file ---- */

static enum err read_all(struct file *file, struct text *text, struct error *error)
{
    uint64_t size = 0;
    enum err err = file->operations->size(file, &size, error);

    if (err == ERR_OK && size > CATALOG_FILE_SIZE_MAX)
        err = error_set(error, ERR_LIMIT, "it has %llu bytes, which are too many",
                        (unsigned long long)size);
    if (err != ERR_OK)
        return err;

    char *bytes = mem_alloc((size_t)size);
    size_t got = 0;
    err = file->operations->read(file, 0, bytes, (size_t)size, &got, error);
    if (err == ERR_OK)
        text_add_bytes(text, bytes, got);
    free(bytes);
    return err;
}

static enum err load(struct catalog *catalog, struct file *file, struct error *error)
{
    AUTO(text_done) struct text text = {0};
    enum err err = read_all(file, &text, error);

    if (err == ERR_OK)
        err = catalog_file_decode(text_data(&text), text_size(&text), &catalog->limits,
                                  &catalog->state, error);
    return err;
}

struct look {
    char folder[CATALOG_FOLDER_MAX]; /* one of a partition; "": there is none */
};

static void look_at(void *context, const char *name, bool is_folder)
{
    struct look *look = context;
    struct kafka_string topic;
    int32_t partition = 0;

    if (is_folder && catalog_folder_parse(name, &topic, &partition))
        (void)snprintf(look->folder, sizeof look->folder, "%s", name);
}

/* Nothing is the right start for an empty folder only: else all that is in it would be forgotten. */
static enum err begin_with_nothing(struct catalog *catalog, const struct kafka_uuid *cluster_id,
                                   struct error *error)
{
    struct look look = {.folder = ""};
    struct files *files = catalog->files;
    enum err err = files->operations->list(files, "", look_at, &look, error);

    if (err != ERR_OK)
        return err;
    if (look.folder[0] != '\0')
        return error_set(error, ERR_CORRUPT,
                         "it is missing, but there are logs of topics, as '%s': put back the file, "
                         "or move these folders away to begin with nothing",
                         look.folder);
    catalog->state = (struct catalog_state){.cluster_id = *cluster_id};
    return ERR_OK;
}

static enum err load_or_begin(struct catalog *catalog, const struct kafka_uuid *cluster_id,
                              struct error *error)
{
    struct files *files = catalog->files;
    struct file *file = NULL;
    enum err err = files->operations->open(files, CATALOG_FILE, FILES_READ, &file, error);

    if (err == ERR_NOT_FOUND)
        return begin_with_nothing(catalog, cluster_id, error);
    if (err != ERR_OK)
        return err;
    err = load(catalog, file, error);
    file->operations->give(&file);
    return err;
}

enum err catalog_open(struct files *files, const struct catalog_limits *limits,
                      const struct kafka_uuid *cluster_id, struct catalog **ret_catalog,
                      struct error *error)
{
    AUTO(catalog_destroy) struct catalog *catalog = NEW(struct catalog);
    struct error story = {.code = ERR_OK};

    ASSERT(!catalog_id_is_zero(cluster_id));
    catalog->files = files;
    catalog->limits = *limits;
    enum err err = load_or_begin(catalog, cluster_id, &story);
    if (err != ERR_OK)
        return error_set(error, err, "%s: %s", CATALOG_FILE, story.text);
    catalog->producer_id = catalog->state.next_producer_id;
    memcpy(catalog->cluster_id, catalog_id_write(&catalog->state.cluster_id).text,
           sizeof catalog->cluster_id);
    *ret_catalog = TAKE(catalog);
    return ERR_OK;
}

static enum err write_text(struct file *file, const struct text *text, struct error *error)
{
    struct files_piece piece = {text_data(text), text_size(text)};
    enum err err = file->operations->write(file, 0, &piece, 1, error);

    if (err == ERR_OK)
        err = file->operations->sync(file, error);
    return err;
}

/* The new file, whole and durable, beside the old one. What a crash left of another goes. */
static enum err write_new(struct catalog *catalog, struct error *error)
{
    AUTO(text_done) struct text text = {0};
    struct files *files = catalog->files;
    struct file *file = NULL;
    enum err err = files->operations->remove(files, new_file, error);

    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return err;
    err = files->operations->open(files, new_file, FILES_CREATE, &file, error);
    if (err != ERR_OK)
        return err;
    catalog_file_encode(&catalog->state, &text);
    err = write_text(file, &text, error);
    file->operations->give(&file);
    if (err != ERR_OK)
        (void)files->operations->remove(files, new_file, NULL);
    return err;
}

static enum err replace(struct catalog *catalog, struct error *error)
{
    struct files *files = catalog->files;
    enum err err = files->operations->rename(files, new_file, CATALOG_FILE, error);

    if (err == ERR_OK)
        err = files->operations->sync_folder(files, "", error);
    return err;
}

/* After an error the disk has the old state, or, if the catalog has failed by then, one of the two. */
static enum err save(struct catalog *catalog, struct error *error)
{
    struct error story = {.code = ERR_OK};
    enum err err = write_new(catalog, &story);

    if (err != ERR_OK)
        return error_set(error, err, "cannot write %s: %s", new_file, story.text);
    err = replace(catalog, &story);
    if (err == ERR_OK)
        return ERR_OK;
    (void)snprintf(catalog->failure, sizeof catalog->failure,
                   "%s could not be replaced, and topics cannot be changed until the broker is "
                   "started anew: %.200s",
                   CATALOG_FILE, story.text);
    return error_set(error, err, "%s", catalog->failure);
}

static enum err check_failure(const struct catalog *catalog, struct error *error)
{
    if (catalog->failure[0] == '\0')
        return ERR_OK;
    return error_set(error, ERR_IO, "%s", catalog->failure);
}

const char *catalog_failure(const struct catalog *catalog)
{
    return catalog->failure[0] == '\0' ? NULL : catalog->failure;
}

/* ---- the staged changes ---- */

static void push_change(struct catalog *catalog, const struct change *change)
{
    enum {
        CAPACITY_FIRST = 8,
    };

    if (catalog->change_count == catalog->change_capacity) {
        catalog->change_capacity =
            catalog->change_capacity == 0 ? CAPACITY_FIRST : 2 * catalog->change_capacity;
        catalog->changes =
            mem_resize(catalog->changes, catalog->change_capacity, sizeof *catalog->changes);
    }
    catalog->changes[catalog->change_count++] = *change;
    change->topic->is_staged = true;
}

static void undo(struct catalog *catalog, struct change *change)
{
    struct catalog_state *state = &catalog->state;
    struct catalog_topic *topic = change->topic;

    topic->is_staged = false;
    switch (change->kind) {
    case CREATED:
        topic = catalog_state_take(state, topic->name);
        catalog_topic_destroy(&topic);
        return;
    case DELETED:
        catalog_state_remove_deleted(state, &topic->id);
        catalog_state_put(state, topic);
        return;
    case GREW:
        catalog_state_resize(state, topic, change->partition_count);
        return;
    case CONFIGURED:
        topic->config = change->config;
        return;
    }
    UNREACHABLE();
}

static void finish(struct change *change)
{
    change->topic->is_staged = false;
    if (change->kind == DELETED)
        catalog_topic_destroy(&change->topic);
}

void catalog_revert(struct catalog *catalog)
{
    while (catalog->change_count > 0)
        undo(catalog, &catalog->changes[--catalog->change_count]);
}

/* It is not known whether the disk has the changes. A topic that may be gone is not served any more, and one that may
 * not be there is not served yet. */
static void settle_for_less(struct catalog *catalog)
{
    while (catalog->change_count > 0) {
        struct change *change = &catalog->changes[--catalog->change_count];

        if (change->kind == DELETED)
            finish(change);
        else
            undo(catalog, change);
    }
}

enum err catalog_commit(struct catalog *catalog, struct error *error)
{
    if (catalog->change_count == 0)
        return ERR_OK;

    enum err err = save(catalog, error);
    if (err != ERR_OK) {
        if (catalog->failure[0] == '\0')
            catalog_revert(catalog);
        else
            settle_for_less(catalog);
        return err;
    }
    for (size_t i = 0; i < catalog->change_count; i++)
        finish(&catalog->changes[i]);
    catalog->change_count = 0;
    return ERR_OK;
}

void catalog_destroy(struct catalog **catalog)
{
    if (*catalog == NULL)
        return;
    catalog_revert(*catalog);
    free((*catalog)->changes);
    catalog_state_done(&(*catalog)->state);
    free(*catalog);
    *catalog = NULL;
}

/* ---- life and ids ---- */

enum err catalog_begin_life(struct catalog *catalog, struct error *error)
{
    enum err err = check_failure(catalog, error);

    ASSERT(catalog->change_count == 0);
    if (err == ERR_OK && catalog->state.life == INT32_MAX)
        err = error_set(error, ERR_LIMIT, "%s: the broker has no lives left", CATALOG_FILE);
    if (err != ERR_OK)
        return err;
    catalog->state.life++;
    err = save(catalog, error);
    if (err != ERR_OK)
        catalog->state.life--;
    return err;
}

int32_t catalog_life(const struct catalog *catalog)
{
    return catalog->state.life;
}

const char *catalog_cluster_id(const struct catalog *catalog)
{
    return catalog->cluster_id;
}

/* More than the file says may not be given out: the number in it moves first. */
static enum err reserve_producer_ids(struct catalog *catalog, struct error *error)
{
    enum err err = check_failure(catalog, error);

    ASSERT(catalog->change_count == 0);
    if (err == ERR_OK && catalog->state.next_producer_id > INT64_MAX - CATALOG_PRODUCER_BLOCK)
        err = error_set(error, ERR_LIMIT, "%s: no producer ids are left", CATALOG_FILE);
    if (err != ERR_OK)
        return err;
    catalog->state.next_producer_id += CATALOG_PRODUCER_BLOCK;
    err = save(catalog, error);
    if (err != ERR_OK)
        catalog->state.next_producer_id -= CATALOG_PRODUCER_BLOCK;
    return err;
}

enum err catalog_take_producer_id(struct catalog *catalog, int64_t *ret_id, struct error *error)
{
    if (catalog->producer_id == catalog->state.next_producer_id) {
        enum err err = reserve_producer_ids(catalog, error);
        if (err != ERR_OK)
            return err;
    }
    *ret_id = catalog->producer_id++;
    return ERR_OK;
}

/* ---- topics ---- */

static struct catalog_topic *find(const struct catalog *catalog, struct kafka_string name)
{
    size_t place = 0;

    if (name.length <= 0 || !catalog_state_find(&catalog->state, name, &place))
        return NULL;
    return catalog->state.topics[place];
}

const struct catalog_topic *catalog_find(const struct catalog *catalog, struct kafka_string name)
{
    return find(catalog, name);
}

const struct catalog_topic *catalog_find_id(const struct catalog *catalog,
                                            const struct kafka_uuid *id)
{
    for (size_t i = 0; i < catalog->state.topic_count; i++) {
        if (catalog_id_equals(&catalog->state.topics[i]->id, id))
            return catalog->state.topics[i];
    }
    return NULL;
}

size_t catalog_topic_count(const struct catalog *catalog)
{
    return catalog->state.topic_count;
}

uint32_t catalog_partition_count(const struct catalog *catalog)
{
    return catalog->state.partition_count;
}

const struct catalog_topic *catalog_topic_at(const struct catalog *catalog, size_t index)
{
    ASSERT(index < catalog->state.topic_count);
    return catalog->state.topics[index];
}

/* ---- staging ---- */

static enum err check_partitions(const struct catalog *catalog, int32_t more, struct error *error)
{
    uint32_t count = catalog->state.partition_count;
    uint32_t max = catalog->limits.partitions_max;

    if (count <= max && (uint32_t)more <= max - count)
        return ERR_OK;
    return error_set(error, ERR_LIMIT,
                     "%d partitions more would be too many: the broker has %u, and may have %u "
                     "(broker.partitions.max)",
                     more, count, max);
}

static enum err check_name(const struct catalog *catalog, struct kafka_string name,
                           struct error *error)
{
    if (find(catalog, name) != NULL)
        return error_set(error, ERR_EXISTS, "topic '%.*s' is there already", name.length,
                         name.data);
    const struct catalog_topic *other = catalog_state_find_colliding(&catalog->state, name);
    if (other != NULL)
        return error_set(error, ERR_CONFLICT,
                         "topic '%.*s' would differ from '%s' only in '.' and '_', which metrics "
                         "of clients take for the same",
                         name.length, name.data, other->name.data);
    if (catalog_state_find_deleted(&catalog->state, name) != NULL)
        return error_set(error, ERR_CONFLICT,
                         "a topic '%.*s' was deleted, and its folders are still in the way: start "
                         "the broker anew",
                         name.length, name.data);
    return ERR_OK;
}

enum err catalog_stage_create(struct catalog *catalog, const struct catalog_new_topic *topic,
                              struct error *error)
{
    enum err err = check_failure(catalog, error);

    ASSERT(topic_name_fault(topic->name) == NULL);
    ASSERT(topic->partition_count >= 1);
    ASSERT(!catalog_id_is_zero(&topic->id));
    if (err == ERR_OK)
        err = check_name(catalog, topic->name, error);
    if (err == ERR_OK && catalog->state.topic_count >= catalog->limits.topics_max)
        err = error_set(error, ERR_LIMIT,
                        "the broker has %zu topics, and may not have more (broker.topics.max)",
                        catalog->state.topic_count);
    if (err == ERR_OK)
        err = check_partitions(catalog, topic->partition_count, error);
    if (err == ERR_OK)
        err = catalog_check_folders(catalog->files, topic->name, 0, topic->partition_count, error);
    if (err != ERR_OK)
        return err;

    struct change change = {.kind = CREATED, .topic = catalog_topic_new(topic)};
    catalog_state_put(&catalog->state, change.topic);
    push_change(catalog, &change);
    return ERR_OK;
}

/* The topic, if it may be changed. */
static enum err find_to_change(const struct catalog *catalog, struct kafka_string name,
                               struct catalog_topic **ret_topic, struct error *error)
{
    enum err err = check_failure(catalog, error);
    struct catalog_topic *topic = find(catalog, name);

    if (err != ERR_OK)
        return err;
    if (topic == NULL)
        return error_set(error, ERR_NOT_FOUND, "there is no topic '%.*s'",
                         name.length > 0 ? name.length : 0, name.data);
    if (topic->is_staged)
        return error_set(error, ERR_CONFLICT, "topic '%s' is to be changed twice at once",
                         topic->name.data);
    *ret_topic = topic;
    return ERR_OK;
}

enum err catalog_stage_delete(struct catalog *catalog, struct kafka_string name,
                              struct error *error)
{
    struct catalog_topic *topic = NULL;
    enum err err = find_to_change(catalog, name, &topic, error);

    if (err == ERR_OK && catalog->state.deleted_count >= catalog->limits.topics_max)
        err = error_set(error, ERR_LIMIT,
                        "too many topics were deleted whose folders cannot be removed: start the "
                        "broker anew");
    if (err != ERR_OK)
        return err;

    ASSERT(topic != NULL);
    struct change change = {.kind = DELETED};
    struct catalog_deleted deleted = {topic->name, topic->id, topic->partition_count};
    change.topic = catalog_state_take(&catalog->state, name);
    catalog_state_put_deleted(&catalog->state, &deleted);
    push_change(catalog, &change);
    return ERR_OK;
}

enum err catalog_stage_grow(struct catalog *catalog, struct kafka_string name,
                            int32_t partition_count, struct error *error)
{
    struct catalog_topic *topic = NULL;
    enum err err = find_to_change(catalog, name, &topic, error);

    if (err != ERR_OK)
        return err;
    ASSERT(topic != NULL);
    int32_t before = topic->partition_count;
    if (partition_count <= before)
        return error_set(error, ERR_INVALID,
                         "topic '%s' has %d partitions already, and can only get more",
                         topic->name.data, before);
    err = check_partitions(catalog, partition_count - before, error);
    if (err == ERR_OK)
        err = catalog_check_folders(catalog->files, topic->name, before, partition_count, error);
    if (err != ERR_OK)
        return err;

    struct change change = {.kind = GREW, .topic = topic, .partition_count = before};
    catalog_state_resize(&catalog->state, topic, partition_count);
    push_change(catalog, &change);
    return ERR_OK;
}

enum err catalog_stage_config(struct catalog *catalog, struct kafka_string name,
                              const struct topic_config *config, struct error *error)
{
    struct catalog_topic *topic = NULL;
    enum err err = find_to_change(catalog, name, &topic, error);

    if (err != ERR_OK)
        return err;
    ASSERT(topic != NULL);
    struct change change = {.kind = CONFIGURED, .topic = topic, .config = topic->config};
    topic->config = *config;
    push_change(catalog, &change);
    return ERR_OK;
}

/* ---- deletions ---- */

size_t catalog_deleted_count(const struct catalog *catalog)
{
    return catalog->state.deleted_count;
}

const struct catalog_deleted *catalog_deleted_at(const struct catalog *catalog, size_t index)
{
    ASSERT(index < catalog->state.deleted_count);
    return &catalog->state.deleted[index];
}

void catalog_forget_deleted(struct catalog *catalog, const struct kafka_uuid *id)
{
    ASSERT(catalog->change_count == 0);
    catalog_state_remove_deleted(&catalog->state, id);
}
