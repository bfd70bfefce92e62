/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service as its own files see it; the shell sees broker/server/service.h.
 *
 *     service         peers, requests and their answers, in order
 *     service_hosts   topics and replicas: opened, made, dropped
 *     service_disk    flushes, checkpoints, retention, compaction, room
 *     service_groups  the coordinator's records in __consumer_offsets
 *     produce, fetch, list_offsets, admin_*   handlers
 */
#ifndef BROKER_SERVER_SERVICE_PARTS_H
#define BROKER_SERVER_SERVICE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/idmap.h"
#include "base/list.h"
#include "base/rng.h"
#include "base/timers.h"
#include "broker/group/groups.h"
#include "broker/log/files.h"
#include "broker/log/partition.h"
#include "broker/log/records.h"
#include "broker/server/catalog.h"
#include "broker/server/catalog_folders.h"
#include "broker/server/catalog_id.h"
#include "broker/server/options.h"
#include "broker/server/request.h"
#include "broker/server/service.h"

/* The log of one partition here, and who waits for it. */
struct replica {
    struct hosted *topic;
    int32_t number;
    struct partition *log;
    struct list fetches;       /* fetch_part: want more bytes */
    struct list writes;        /* disk_part: want what was appended to be durable; by offset */
    struct list_node in_dirty; /* while there is something that is not durable */
    struct list_node in_eager; /* and that should be at once */
    struct list_node in_used;  /* while it has files open */
    uint32_t open_files;
    uint64_t dirty_since_ms;
    bool is_flushing;
    bool is_failed;              /* and that was told */
    bool is_unsettled;           /* at the end: it could not be closed in order */
    struct clean_plan *cleaning; /* under way; borrowed from its job; NULL: none */
    uint64_t clean_from_ms;      /* not before: it has failed */
    bool is_gone;                /* dropped, and kept for a job that is under way */
};

/* A topic that is here. */
struct hosted {
    char *name;
    struct kafka_uuid id;
    struct hosted *same_hash; /* the next one in `hosts` */
    struct partition_options options;
    uint64_t flush_ms;
    uint64_t flush_records; /* 0: any number */
    struct replica **replicas;
    int32_t replica_count;
    bool is_internal;
};

/* Somebody who waits for the disk: told once, when everything up to `offset` is durable, or failed. */
struct disk_part {
    struct list_node in_replica;
    int64_t offset; /* the last one that matters */
    void (*done)(struct service *service, struct disk_part *part, int16_t error);
};

struct service {
    const struct broker_options *options;
    struct files *files;
    struct service_shell shell;
    struct service_now now; /* of the call that is running */
    struct rng rng;
    struct catalog *catalog;
    struct groups *groups;
    struct topic_settings defaults; /* of topics */

    struct idmap hosts; /* hash of the name -> struct hosted *, a chain */
    struct list dirty;  /* replicas, those that are dirty for the longest time first */
    struct list used;   /* replicas with open files, the one that rested longest first */
    uint64_t open_files;
    struct list eager;    /* those of them that are to be flushed in this turn */
    struct timers timers; /* of requests that wait */

    struct idmap slots; /* token -> struct slot * */
    uint64_t next_token;
    struct list answered; /* peers with answers that were not handed out yet */
    struct list stirred;  /* fetches whose replicas got something in this turn */

    struct list storing;            /* records of groups that wait for the disk */
    struct records_reader reader;   /* scratch, for batches that are looked into */
    struct records_builder builder; /* scratch, for the records of groups */

    uint64_t room; /* bytes, as of the last look, less what was written since */
    uint64_t room_looked_ms;
    uint64_t flush_at_ms; /* UINT64_MAX: nothing is dirty */
    uint64_t retain_at_ms;
    uint64_t clean_at_ms;
    uint64_t checkpoint_at_ms;     /* UINT64_MAX: nothing has changed */
    struct checkpoint *checkpoint; /* what the folder had at start; NULL when all is open */
    size_t jobs;                   /* under way */
    bool is_checkpointing;
    bool is_cleaning;
    bool is_full;
    bool is_refused;     /* writes found no room of late, whatever the system says */
    uint64_t refused_ms; /* the last of them */
    struct service_counts counts;
};

/* ---- requests ---- */

/* Zeroed memory that lives until the request is answered. */
void *service_alloc(struct service *service, struct request_token token, size_t count, size_t size);

/* The request waits. If its peer goes before it is answered, `abandon` is called, once, to undo what was set up for
 * that; it must not answer. */
void service_wait(struct service *service, struct request_token token,
                  void (*abandon)(struct service *service, void *waiting), void *waiting);

/* There is to be no answer (acks=0); a failure is told by closing the connection. */
void service_answer_silently(struct service *service, struct request_token token, bool is_failed);

/* One handler for each API. */
void produce_handle(struct service *service, const struct request *request);
void fetch_handle(struct service *service, const struct request *request);
void list_offsets_handle(struct service *service, const struct request *request);

/* Fetches that wait at the replica, told that it is being dropped. */
void fetch_drop(struct service *service, struct replica *replica);

/* The replica has got something. */
void fetch_stir(struct service *service, struct replica *replica);

/* Answers the fetches that have got what they waited for. */
void fetch_turn(struct service *service);

/* Whose timers they are. */
enum service_timer {
    SERVICE_TIMER_FETCH,
    SERVICE_TIMER_PRODUCE,
};

/* A request has waited for as long as its client said. */
void fetch_expire(struct service *service, struct timer *timer);
void produce_expire(struct service *service, struct timer *timer);

/* ---- hosts ---- */

/* NULL if it is not here. */
struct hosted *service_find_topic(const struct service *service, struct kafka_string name);
struct replica *service_find_replica(const struct service *service, struct kafka_string topic,
                                     int32_t number);

/* Whether a client knows the leader epoch that we have: KAFKA_NONE, or an error. */
int16_t replica_check_epoch(const struct replica *replica, int32_t asked);

/* What a replica is called in the checkpoint: with the id of its topic, because one that was deleted may be followed by
 * another one of its name before the next checkpoint is written. */
struct replica_key {
    char text[CATALOG_FOLDER_MAX + CATALOG_ID_LENGTH + 1];
};

struct replica_key replica_key_of(const struct hosted *topic, int32_t number);

/* Opens the logs of a topic that is in the catalog: all of its partitions that are not open yet. */
enum err service_host_topic(struct service *service, const struct catalog_topic *topic,
                            struct error *error) MUST_USE;

/* A topic that is in the catalog no more: its waiting requests are answered, its logs closed. Its folders stay: see
 * catalog_drop_folders(). */
void service_drop_topic(struct service *service, struct kafka_string name);

/* It is dropped, and no job has it any more. */
void replica_free(struct replica *replica);

void service_each_replica(const struct service *service,
                          void (*visit)(void *context, struct replica *replica), void *context);
void service_free_hosts(struct service *service);

/* The settings of a topic have changed. */
void service_set_topic_options(struct service *service, const struct catalog_topic *topic);

struct kafka_string service_offsets_topic(void);

/* Makes the topic of the groups' offsets, if it is not there. */
enum err service_ensure_offsets_topic(struct service *service, struct error *error) MUST_USE;

/* ---- disk ---- */

/* What is due; returns when something will be. */
uint64_t service_disk_turn(struct service *service);

/* Of all replicas; a clean one tells what will be so when they have been closed. */
struct checkpoint *service_gather_checkpoint(const struct service *service, bool is_clean) MUST_USE;

/* Whether `bytes` may be written; internal topics may take some of the reserve. */
bool service_has_room(struct service *service, uint64_t bytes, bool is_internal);

/* The replica was read or written: others close their files, if too many are open. */
void service_used(struct service *service, struct replica *replica);
void service_forget_files(struct service *service, struct replica *replica);

/* A write to the replica came to nothing: tells of it, once, if that is for want of room or a failed disk. */
void service_not_appended(struct service *service, struct replica *replica,
                          enum partition_verdict verdict, const struct error *error);

/* Something was appended to the replica: wakes who waits for it, and has it flushed in time. */
void service_appended(struct service *service, struct replica *replica, uint64_t bytes);

/* Calls part->done when the disk has what was appended up to part->offset: at once if it need not wait. */
void service_await_disk(struct service *service, struct replica *replica, struct disk_part *part);
void service_forget_disk(struct disk_part *part);

/* The start of a log has moved, or the like: the checkpoint is to be written. */
void service_note_checkpoint(struct service *service);

/* ---- telling ---- */

void service_tell(struct service *service, enum service_level level, const char *event,
                  const char *format, ...) PRINTF_LIKE(4, 5);

#endif
