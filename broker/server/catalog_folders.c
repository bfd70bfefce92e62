/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/catalog_folders.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/server/topic_name.h"

enum {
    MARKED_TOPIC_MAX =
        200, /* characters of a topic that a marked name keeps: 255 are not exceeded */
    DIGITS_MAX = 10,
};

static const char mark[] = "-delete";

/* ---- names ---- */

struct catalog_folder catalog_folder_of(struct kafka_string topic, int32_t partition)
{
    struct catalog_folder folder;
    int size = snprintf(folder.name, sizeof folder.name, "%.*s-%" PRId32, topic.length, topic.data,
                        partition);

    ASSERT(size > 0 && (size_t)size < sizeof folder.name);
    return folder;
}

struct catalog_folder catalog_folder_marked(struct kafka_string topic, int32_t partition,
                                            const struct kafka_uuid *id)
{
    int kept = topic.length < MARKED_TOPIC_MAX ? topic.length : MARKED_TOPIC_MAX;
    struct catalog_folder folder;
    int size = snprintf(folder.name, sizeof folder.name, "%.*s-%" PRId32 ".%s%s", kept, topic.data,
                        partition, catalog_id_write(id).text, mark);

    ASSERT(size > 0 && (size_t)size < sizeof folder.name);
    return folder;
}

/* As it is written: no sign, no leading zero. */
static bool read_partition(const char *digits, int32_t *ret_partition)
{
    size_t length = strlen(digits);

    if (length == 0 || length > DIGITS_MAX || digits[strspn(digits, "0123456789")] != '\0' ||
        (digits[0] == '0' && length > 1))
        return false;
    long long value = strtoll(digits, NULL, 10);
    if (value > INT32_MAX)
        return false;
    *ret_partition = (int32_t)value;
    return true;
}

bool catalog_folder_parse(const char *name, struct kafka_string *ret_topic, int32_t *ret_partition)
{
    const char *dash = strrchr(name, '-');

    if (dash == NULL || dash - name > TOPIC_NAME_MAX)
        return false;
    struct kafka_string topic = {name, (int32_t)(dash - name)};
    if (topic_name_fault(topic) != NULL || !read_partition(dash + 1, ret_partition))
        return false;
    *ret_topic = topic;
    return true;
}

bool catalog_folder_is_marked(const char *name)
{
    const size_t mark_size = sizeof mark - 1;
    const size_t end_size = 1 + CATALOG_ID_LENGTH + mark_size;
    size_t size = strlen(name);
    struct kafka_uuid id;
    struct catalog_folder folder;
    struct kafka_string topic;
    int32_t partition = 0;

    if (size <= end_size || size >= sizeof folder.name ||
        strcmp(name + size - mark_size, mark) != 0 || name[size - end_size] != '.')
        return false;
    memcpy(folder.name, name, size - end_size);
    folder.name[size - end_size] = '\0';
    return catalog_id_read((struct kafka_string){name + size - end_size + 1, CATALOG_ID_LENGTH},
                           &id) &&
           catalog_folder_parse(folder.name, &topic, &partition);
}

/* ---- folders in the way ---- */

static void pass_over(void *context, const char *name, bool is_folder)
{
    (void)context;
    (void)name;
    (void)is_folder;
}

enum err catalog_check_folders(struct files *files, struct kafka_string topic, int32_t first,
                               int32_t end, struct error *error)
{
    for (int32_t i = first; i < end; i++) {
        struct catalog_folder folder = catalog_folder_of(topic, i);
        enum err err = files->operations->list(files, folder.name, pass_over, NULL, error);

        if (err == ERR_OK)
            return error_set(error, ERR_CONFLICT,
                             "the folder '%s' of a topic that the broker does not know is in the "
                             "way: move it out of the data folder",
                             folder.name);
        if (err != ERR_NOT_FOUND)
            return err;
    }
    return ERR_OK;
}

/* ---- deletion ---- */

static const struct catalog_deleted *find_deleted(const struct catalog *catalog,
                                                  const struct kafka_uuid *id)
{
    for (size_t i = 0; i < catalog_deleted_count(catalog); i++) {
        const struct catalog_deleted *deleted = catalog_deleted_at(catalog, i);

        if (catalog_id_equals(&deleted->id, id))
            return deleted;
    }
    return NULL;
}

/* Those that are not there were marked before, or never made. */
static enum err mark_folders(struct files *files, const struct catalog_deleted *deleted,
                             struct error *error)
{
    for (int32_t i = 0; i < deleted->partition_count; i++) {
        struct catalog_folder from = catalog_folder_of(deleted->name, i);
        struct catalog_folder to = catalog_folder_marked(deleted->name, i, &deleted->id);
        enum err err = files->operations->rename(files, from.name, to.name, error);

        if (err != ERR_OK && err != ERR_NOT_FOUND)
            return err;
    }
    return files->operations->sync_folder(files, "", error);
}

enum err catalog_drop_folders(struct catalog *catalog, struct files *files,
                              const struct kafka_uuid *id, struct error *error)
{
    const struct catalog_deleted *deleted = find_deleted(catalog, id);

    if (deleted == NULL)
        return ERR_OK;
    enum err err = mark_folders(files, deleted, error);
    if (err != ERR_OK)
        return err;
    for (int32_t i = 0; i < deleted->partition_count; i++)
        files->operations->discard(files, catalog_folder_marked(deleted->name, i, id).name);
    catalog_forget_deleted(catalog, id);
    return ERR_OK;
}

/* ---- the start ---- */

struct sweep {
    const struct catalog *catalog;
    void (*stray)(void *context, const char *folder);
    void *context;
    struct catalog_folder *marked; /* discarded later: a folder is not changed while it is listed */
    size_t marked_count;
    size_t marked_capacity;
};

static void keep_marked(struct sweep *sweep, const char *name)
{
    enum {
        CAPACITY_FIRST = 16,
    };

    if (sweep->marked_count == sweep->marked_capacity) {
        sweep->marked_capacity =
            sweep->marked_capacity == 0 ? CAPACITY_FIRST : 2 * sweep->marked_capacity;
        sweep->marked = mem_resize(sweep->marked, sweep->marked_capacity, sizeof *sweep->marked);
    }
    (void)snprintf(sweep->marked[sweep->marked_count++].name, CATALOG_FOLDER_MAX, "%s", name);
}

static void sweep_name(void *context, const char *name, bool is_folder)
{
    struct sweep *sweep = context;
    struct kafka_string topic_name;
    int32_t partition = 0;

    if (!is_folder)
        return;
    if (catalog_folder_is_marked(name)) {
        keep_marked(sweep, name);
        return;
    }
    if (!catalog_folder_parse(name, &topic_name, &partition))
        return;
    const struct catalog_topic *topic = catalog_find(sweep->catalog, topic_name);
    if (topic == NULL || partition >= topic->partition_count)
        sweep->stray(sweep->context, name);
}

static enum err finish_deletions(struct catalog *catalog, struct files *files, struct error *error)
{
    enum err err = ERR_OK;

    while (err == ERR_OK && catalog_deleted_count(catalog) > 0) {
        struct kafka_uuid id = catalog_deleted_at(catalog, 0)->id;
        err = catalog_drop_folders(catalog, files, &id, error);
    }
    return err;
}

enum err catalog_sweep_folders(struct catalog *catalog, struct files *files,
                               void (*stray)(void *context, const char *folder), void *context,
                               struct error *error)
{
    struct sweep sweep = {.catalog = catalog, .stray = stray, .context = context};
    enum err err = finish_deletions(catalog, files, error);

    if (err == ERR_OK)
        err = files->operations->list(files, "", sweep_name, &sweep, error);
    if (err == ERR_OK) {
        for (size_t i = 0; i < sweep.marked_count; i++)
            files->operations->discard(files, sweep.marked[i].name);
    }
    free(sweep.marked);
    return err;
}
