/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this broker knows for good: its topics with their ids, partitions and settings, the number of its life, the
 * id of the cluster, and which producer ids were given out. One file of the data folder holds all of it:
 *
 *     catalog.json        JSON, with a checksum in its last line
 *     catalog.json.new    while it is being written; then it takes the place of the other one
 *
 * Changes are staged, any number of them, and then committed together: the commit returns when the disk has them,
 * or with an error, and then none of them has happened. What is staged is seen by those who look at once, so whoever
 * stages commits or reverts before anybody else has his turn.
 *
 * A topic that is deleted leaves an entry here until its folders are marked as rubbish, so that no crash leaves a
 * folder that a later topic of the same name would take for its own (broker/server/catalog_folders.h).
 *
 * When it is not known which of two states the disk has, the catalog has failed: it takes no more changes, topics that
 * were to be deleted are gone, and a restart finds out.
 *
 * Pure over broker/log/files.h. One thread.
 */
#ifndef BROKER_SERVER_CATALOG_H
#define BROKER_SERVER_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "broker/log/files.h"
#include "broker/protocol/types.h"
#include "broker/server/catalog_id.h"
#include "broker/server/topic_config.h"

struct catalog;

#define CATALOG_FILE "catalog.json"

enum {
    CATALOG_PRODUCER_BLOCK = 1000, /* ids that are given out for one write of the file */
};

struct catalog_limits {
    uint32_t topics_max;
    uint32_t partitions_max; /* of all topics */
};

/* Stays where it is until the topic is deleted. */
struct catalog_topic {
    struct kafka_string name; /* with a NUL behind it */
    struct kafka_uuid id;     /* never all zero */
    int32_t partition_count;  /* at least 1 */
    bool is_internal;
    bool is_staged; /* has a change that is not committed */
    struct topic_config config;
};

/* Reads the file, or begins with nothing if there is none; then `cluster_id` is the cluster's. A file that is damaged,
 * or says more than the limits allow, is an error that names the place, and stays as it is. */
enum err catalog_open(struct files *files, const struct catalog_limits *limits,
                      const struct kafka_uuid *cluster_id, struct catalog **ret_catalog,
                      struct error *error) MUST_USE;

/* What is staged is dropped. */
void catalog_destroy(struct catalog **catalog);

/* The next life begins: writes it down. Once, before anybody is served. */
enum err catalog_begin_life(struct catalog *catalog, struct error *error) MUST_USE;

/* The number of the present life, from 1: it is the leader epoch of all partitions. */
int32_t catalog_life(const struct catalog *catalog);

/* 22 characters. */
const char *catalog_cluster_id(const struct catalog *catalog);

/* NULL, or why it takes no more changes. */
const char *catalog_failure(const struct catalog *catalog);

/* ---- topics ---- */

/* NULL if there is none. */
const struct catalog_topic *catalog_find(const struct catalog *catalog, struct kafka_string name);

/* By its id; looks at all of them. */
const struct catalog_topic *catalog_find_id(const struct catalog *catalog,
                                            const struct kafka_uuid *id);

size_t catalog_topic_count(const struct catalog *catalog);
uint32_t catalog_partition_count(const struct catalog *catalog);

/* In the order of topic_name_compare(), index below the count. */
const struct catalog_topic *catalog_topic_at(const struct catalog *catalog, size_t index);

/* ---- changes ---- */

struct catalog_new_topic {
    struct kafka_string name; /* topic_name_fault() is NULL */
    struct kafka_uuid id;     /* random, not all zero */
    int32_t partition_count;  /* at least 1 */
    struct topic_config config;
};

/* All four change nothing if they fail. ERR_CONFLICT of any: the topic has another change that is not committed.
 *
 * ERR_EXISTS; ERR_CONFLICT: the name collides with another one's, or folders are in the way; ERR_LIMIT; ERR_IO. */
enum err catalog_stage_create(struct catalog *catalog, const struct catalog_new_topic *topic,
                              struct error *error) MUST_USE;

/* ERR_NOT_FOUND. */
enum err catalog_stage_delete(struct catalog *catalog, struct kafka_string name,
                              struct error *error) MUST_USE;

/* ERR_NOT_FOUND; ERR_INVALID: not more than there are; ERR_CONFLICT: folders are in the way; ERR_LIMIT; ERR_IO. */
enum err catalog_stage_grow(struct catalog *catalog, struct kafka_string name,
                            int32_t partition_count, struct error *error) MUST_USE;

/* ERR_NOT_FOUND. */
enum err catalog_stage_config(struct catalog *catalog, struct kafka_string name,
                              const struct topic_config *config, struct error *error) MUST_USE;

/* Makes durable what is staged. ERR_OK if that is nothing. */
enum err catalog_commit(struct catalog *catalog, struct error *error) MUST_USE;

/* Takes back what is staged. */
void catalog_revert(struct catalog *catalog);

/* An id that was never given out before. */
enum err catalog_take_producer_id(struct catalog *catalog, int64_t *ret_id,
                                  struct error *error) MUST_USE;

/* ---- topics that are deleted, but whose folders may still be there ---- */

struct catalog_deleted {
    struct kafka_string name;
    struct kafka_uuid id;
    int32_t partition_count;
};

size_t catalog_deleted_count(const struct catalog *catalog);
const struct catalog_deleted *catalog_deleted_at(const struct catalog *catalog, size_t index);

/* Its folders are marked, and the disk knows: the entry goes. The file forgets it with the next commit. */
void catalog_forget_deleted(struct catalog *catalog, const struct kafka_uuid *id);

#endif
