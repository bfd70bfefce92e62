/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topics and replicas: what the catalog has, opened.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/log/checkpoint.h"
#include "broker/log/cleaner.h"
#include "broker/protocol/errors.h"
#include "broker/server/catalog_folders.h"
#include "broker/server/service_parts.h"
#include "broker/server/topic_name.h"

enum {
    OFFSETS_SEGMENT_BYTES = 100 * 1024 * 1024,
};

/* ---- looking ---- */

static uint64_t hash_of(struct kafka_string name)
{
    return XXH3_64bits(name.data, (size_t)name.length);
}

static bool is_called(const struct hosted *topic, struct kafka_string name)
{
    return strncmp(topic->name, name.data, (size_t)name.length) == 0 &&
           topic->name[name.length] == '\0';
}

struct hosted *service_find_topic(const struct service *service, struct kafka_string name)
{
    if (name.length <= 0)
        return NULL;
    const uint64_t *found = idmap_find(&service->hosts, hash_of(name));
    struct hosted *topic = found == NULL ? NULL : (struct hosted *)(uintptr_t)*found;

    while (topic != NULL && !is_called(topic, name))
        topic = topic->same_hash;
    return topic;
}

struct replica *service_find_replica(const struct service *service, struct kafka_string topic,
                                     int32_t number)
{
    const struct hosted *hosted = service_find_topic(service, topic);

    if (hosted == NULL || number < 0 || number >= hosted->replica_count)
        return NULL;
    return hosted->replicas[number];
}

int16_t replica_check_epoch(const struct replica *replica, int32_t asked)
{
    int32_t epoch = partition_leader_epoch(replica->log);

    if (asked < 0 || asked == epoch)
        return KAFKA_NONE;
    return asked < epoch ? KAFKA_FENCED_LEADER_EPOCH : KAFKA_UNKNOWN_LEADER_EPOCH;
}

/* ---- opening ---- */

static void read_options(struct service *service, struct hosted *hosted,
                         const struct catalog_topic *topic)
{
    struct topic_settings settings = topic_config_merge(&topic->config, &service->defaults);
    int64_t records = settings.values[TOPIC_KEY_FLUSH_MESSAGES].whole;

    hosted->options = service->options->partition;
    topic_settings_to_options(&settings, &hosted->options);
    hosted->flush_ms = (uint64_t)settings.values[TOPIC_KEY_FLUSH_MS].whole;
    hosted->flush_records = records == INT64_MAX ? 0 : (uint64_t)records;
}

/* Finds the topic, or makes room for it. */
static struct hosted *ensure_hosted(struct service *service, const struct catalog_topic *topic)
{
    struct hosted *hosted = service_find_topic(service, topic->name);

    if (hosted != NULL)
        return hosted;
    hosted = NEW(struct hosted);
    hosted->name = mem_copy_text(topic->name.data);
    hosted->id = topic->id;
    hosted->is_internal = topic->is_internal;
    read_options(service, hosted, topic);

    uint64_t hash = hash_of(topic->name);
    const uint64_t *found = idmap_find(&service->hosts, hash);
    hosted->same_hash = found == NULL ? NULL : (struct hosted *)(uintptr_t)*found;
    idmap_put(&service->hosts, hash, (uint64_t)(uintptr_t)hosted);
    service->counts.topics++;
    return hosted;
}

static void tell_recovery(struct service *service, const char *folder,
                          const struct partition_recovery *recovery)
{
    if (recovery->bytes_cut > 0)
        service_tell(service, SERVICE_WARN, "log.repaired",
                     "folder=%s cut_bytes=%" PRIu64 " at_offset=%" PRId64 ": %s", folder,
                     recovery->bytes_cut, recovery->cut_at_offset, recovery->text);
    else if (recovery->text[0] != '\0')
        service_tell(service, SERVICE_WARN, "log.repaired", "folder=%s: %s", folder,
                     recovery->text);
    else if (recovery->bytes_checked > 0)
        service_tell(service, SERVICE_DEBUG, "log.checked", "folder=%s bytes=%" PRIu64, folder,
                     recovery->bytes_checked);
}

struct replica_key replica_key_of(const struct hosted *topic, int32_t number)
{
    struct kafka_string name = {topic->name, (int32_t)strlen(topic->name)};
    struct catalog_folder folder = catalog_folder_of(name, number);
    struct catalog_id_text id = catalog_id_write(&topic->id);
    struct replica_key key;

    (void)snprintf(key.text, sizeof key.text, "%s %s", folder.name, id.text);
    return key;
}

static enum err open_replica(struct service *service, struct hosted *hosted, int32_t number,
                             struct error *error)
{
    struct kafka_string name = {hosted->name, (int32_t)strlen(hosted->name)};
    struct catalog_folder folder = catalog_folder_of(name, number);
    /* After the start there is none: a topic that is made then has nothing yet. */
    struct partition_checkpoint checkpoint = {.is_known = false};
    struct partition_recovery recovery = {0};
    struct partition *log = NULL;

    if (service->checkpoint != NULL)
        checkpoint = checkpoint_find(service->checkpoint, replica_key_of(hosted, number).text);
    enum err err = partition_open(service->files, folder.name, &hosted->options, &checkpoint,
                                  catalog_life(service->catalog), service->now.wall_ms, &log,
                                  &recovery, error);

    if (err != ERR_OK)
        return err;
    tell_recovery(service, folder.name, &recovery);
    struct replica *replica = NEW(struct replica);
    replica->topic = hosted;
    replica->number = number;
    replica->log = log;
    list_init(&replica->fetches);
    list_init(&replica->writes);
    hosted->replicas[number] = replica;
    hosted->replica_count = number + 1;
    service->counts.partitions++;
    return ERR_OK;
}

enum err service_host_topic(struct service *service, const struct catalog_topic *topic,
                            struct error *error)
{
    struct hosted *hosted = ensure_hosted(service, topic);
    enum err err = ERR_OK;

    hosted->replicas = mem_resize((void *)hosted->replicas, (size_t)topic->partition_count,
                                  sizeof(struct replica *));
    for (int32_t i = hosted->replica_count; err == ERR_OK && i < topic->partition_count; i++)
        err = open_replica(service, hosted, i, error);
    return err;
}

void service_set_topic_options(struct service *service, const struct catalog_topic *topic)
{
    struct hosted *hosted = service_find_topic(service, topic->name);

    if (hosted == NULL)
        return;
    read_options(service, hosted, topic);
    for (int32_t i = 0; i < hosted->replica_count; i++)
        partition_set_options(hosted->replicas[i]->log, &hosted->options);
    service->flush_at_ms = service->now.steady_ms; /* what is dirty may be due earlier now */
}

/* ---- dropping ---- */

void replica_free(struct replica *replica)
{
    partition_abandon(&replica->log);
    free(replica);
}

static void drop_replica(struct service *service, struct replica *replica)
{
    struct list_node *node;

    fetch_drop(service, replica);
    while ((node = list_pop_first(&replica->writes)) != NULL) {
        struct disk_part *part = CONTAINER_OF(node, struct disk_part, in_replica);
        part->done(service, part, KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    }
    if (list_has_node(&replica->in_dirty))
        list_remove(&replica->in_dirty);
    if (list_has_node(&replica->in_eager))
        list_remove(&replica->in_eager);
    service_forget_files(service, replica);
    service->counts.partitions--;
    replica->topic = NULL;
    replica->is_gone = true;
    if (replica->cleaning != NULL)
        clean_cancel(replica->cleaning);
    else if (!replica->is_flushing)
        replica_free(replica);
}

static void leave_hosts(struct service *service, struct hosted *topic)
{
    uint64_t hash = hash_of((struct kafka_string){topic->name, (int32_t)strlen(topic->name)});
    uint64_t *found = idmap_find(&service->hosts, hash);
    struct hosted *first = (struct hosted *)(uintptr_t)*found;

    if (first == topic) {
        if (topic->same_hash == NULL)
            (void)idmap_remove(&service->hosts, hash);
        else
            *found = (uint64_t)(uintptr_t)topic->same_hash;
        return;
    }
    while (first->same_hash != topic)
        first = first->same_hash;
    first->same_hash = topic->same_hash;
}

static void free_topic(struct hosted *topic)
{
    free((void *)topic->replicas);
    free(topic->name);
    free(topic);
}

void service_drop_topic(struct service *service, struct kafka_string name)
{
    struct hosted *topic = service_find_topic(service, name);

    if (topic == NULL)
        return;
    /* First of all nobody finds it any more: who is answered here may ask again at once. */
    leave_hosts(service, topic);
    for (int32_t i = 0; i < topic->replica_count; i++)
        drop_replica(service, topic->replicas[i]);
    service->counts.topics--;
    groups_topic_deleted(service->groups, name, service->now.wall_ms);
    free_topic(topic);
    service_note_checkpoint(service);
}

void service_each_replica(const struct service *service,
                          void (*visit)(void *context, struct replica *replica), void *context)
{
    for (size_t i = 0; i < service->hosts.capacity; i++) {
        const struct idmap_entry *entry = &service->hosts.entries[i];
        struct hosted *topic = entry->is_used ? (struct hosted *)(uintptr_t)entry->value : NULL;
        for (; topic != NULL; topic = topic->same_hash) {
            for (int32_t r = 0; r < topic->replica_count; r++)
                visit(context, topic->replicas[r]);
        }
    }
}

void service_free_hosts(struct service *service)
{
    for (size_t i = 0; i < service->hosts.capacity; i++) {
        const struct idmap_entry *entry = &service->hosts.entries[i];
        struct hosted *topic = entry->is_used ? (struct hosted *)(uintptr_t)entry->value : NULL;
        while (topic != NULL) {
            struct hosted *next = topic->same_hash;
            for (int32_t r = 0; r < topic->replica_count; r++)
                replica_free(topic->replicas[r]);
            free_topic(topic);
            topic = next;
        }
    }
    idmap_done(&service->hosts);
}

/* ---- the topic of the groups' offsets ---- */

struct kafka_string service_offsets_topic(void)
{
    return (struct kafka_string){TOPIC_NAME_OFFSETS, (int32_t)sizeof TOPIC_NAME_OFFSETS - 1};
}

enum err service_ensure_offsets_topic(struct service *service, struct error *error)
{
    struct catalog_new_topic topic = {
        .name = service_offsets_topic(),
        .partition_count = GROUPS_PARTITIONS,
    };

    const struct hosted *hosted = service_find_topic(service, topic.name);
    if (hosted != NULL && hosted->replica_count == GROUPS_PARTITIONS)
        return ERR_OK; /* else the disk had room for some of it only */
    topic.id = catalog_id_make(&service->rng);
    topic.config.overrides = 1u << TOPIC_KEY_CLEANUP_POLICY | 1u << TOPIC_KEY_SEGMENT_BYTES;
    topic.config.settings.values[TOPIC_KEY_CLEANUP_POLICY].whole = TOPIC_COMPACTS;
    topic.config.settings.values[TOPIC_KEY_SEGMENT_BYTES].whole = OFFSETS_SEGMENT_BYTES;
    enum err err = ERR_OK;
    if (catalog_find(service->catalog, topic.name) == NULL) {
        err = catalog_stage_create(service->catalog, &topic, error);
        if (err == ERR_OK)
            err = catalog_commit(service->catalog, error);
    }
    if (err == ERR_OK)
        err = service_host_topic(service, catalog_find(service->catalog, topic.name), error);
    if (err == ERR_OK)
        service->shell.changed(service->shell.shell);
    return err;
}
