/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folders of partitions, as their names tell:
 *
 *     <topic>-<number>                        the log of a partition
 *     <topic>-<number>.<id of 22>-delete      of a topic that was deleted: rubbish
 *
 * A deletion is first in the catalog; then the folders are marked as rubbish, which makes room for a topic of the same
 * name, and discarded. Pure over broker/log/files.h.
 */
#ifndef BROKER_SERVER_CATALOG_FOLDERS_H
#define BROKER_SERVER_CATALOG_FOLDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "broker/log/files.h"
#include "broker/protocol/types.h"
#include "broker/server/catalog.h"

enum {
    CATALOG_FOLDER_MAX = 256, /* a folder's name with its NUL */
};

struct catalog_folder {
    char name[CATALOG_FOLDER_MAX];
};

struct catalog_folder catalog_folder_of(struct kafka_string topic, int32_t partition);

/* What it is called when it is rubbish; of a long name the end of the topic's part is missing. */
struct catalog_folder catalog_folder_marked(struct kafka_string topic, int32_t partition,
                                            const struct kafka_uuid *id);

/* Which partition's it is, the topic borrowed from `name`; false if no partition's can be called so. */
bool catalog_folder_parse(const char *name, struct kafka_string *ret_topic,
                          int32_t *ret_partition) MUST_USE;

bool catalog_folder_is_marked(const char *name);

/* ERR_CONFLICT, naming it, if one of the folders of partitions first .. end-1 is there: it would be taken for that of a
 * partition that is to be created, with all that is in it. */
enum err catalog_check_folders(struct files *files, struct kafka_string topic, int32_t first,
                               int32_t end, struct error *error) MUST_USE;

/* Marks and discards the folders of a topic that was deleted, and has the catalog forget it. Its logs are closed, but
 * files of it may be in use. After an error it is as before, and may be called again. */
enum err catalog_drop_folders(struct catalog *catalog, struct files *files,
                              const struct kafka_uuid *id, struct error *error) MUST_USE;

/* At start: finishes deletions, and discards what is marked. Tells of each folder that looks like a partition's which the
 * catalog does not have; these stay as they are, and no topic can be created over them. */
enum err catalog_sweep_folders(struct catalog *catalog, struct files *files,
                               void (*stray)(void *context, const char *folder), void *context,
                               struct error *error) MUST_USE;

#endif
