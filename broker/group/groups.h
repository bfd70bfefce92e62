/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The group coordinator: members of consumer groups, who is given which part of the work, and the offsets that
 * groups have committed. Membership is in memory; offsets (and of each generation who is in it) go to the log, as
 * records of the compacted topic __consumer_offsets, in Kafka's own format.
 *
 *     EMPTY --join--> PREPARING_REBALANCE --all joined--> COMPLETING_REBALANCE --leader synced--> STABLE
 *       ^                    ^   |                                 |                                |
 *       '---- nobody left ---'---'<------ join, leave, silence ----'--------------------------------'
 *
 * Pure: requests and times come in; answers, and records to be stored, go out. What must be durable before it is
 * answered waits for groups_stored(). Belongs to the broker's loop.
 */
#ifndef BROKER_GROUP_GROUPS_H
#define BROKER_GROUP_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "broker/protocol/types.h"
#include "broker/server/request.h"

struct groups;

enum {
    GROUPS_PARTITIONS = 50, /* of __consumer_offsets */
};

struct groups_options {
    uint64_t session_min_ms;       /* group.min.session.timeout.ms = 6000 */
    uint64_t session_max_ms;       /* group.max.session.timeout.ms = 1800000 */
    uint64_t initial_delay_ms;     /* group.initial.rebalance.delay.ms: of an empty group's first */
    uint64_t offsets_retention_ms; /* offsets.retention.minutes: after the group is empty */
    uint32_t groups_max;           /* group.max.count: groups in all */
    uint32_t members_max;          /* group.max.size: members of a group */
    uint32_t offsets_max;          /* committed partitions of a group */
    uint32_t metadata_bytes_max;   /* offset.metadata.max.bytes = 4096 */
    uint64_t bytes_max;            /* of members and offsets of all groups in memory; 0: 256 MiB */
    uint64_t seed;                 /* for member ids */
};

struct groups_record {
    struct kafka_bytes key;
    struct kafka_bytes value; /* length KAFKA_NULL: a tombstone */
};

/* What the coordinator wants of its owner. None of these may call the coordinator back, but store() as it says. */
struct groups_owner {
    void *owner;

    /* As service_answer(): the response is that of the request's api (join, sync, commit, ...). */
    void (*answer)(void *owner, struct request_token token, const void *response);

    /* Appends the records, borrowed until it returns, to partition `partition` of __consumer_offsets. Once for each,
     * groups_stored() with the ticket follows, later or from within, in any order, with a Kafka error code, 0 if all
     * is durable as the broker's settings have it. Tickets go up in the order of the calls. */
    void (*store)(void *owner, uint64_t ticket, int32_t partition,
                  const struct groups_record *records, size_t count);

    /* "group.rebalanced", "group=g generation=3 because=member m-1 left": for the log lines. */
    void (*tell)(void *owner, const char *event, const char *text);

    /* Whether the topic has the partition; for commits and retention. */
    bool (*knows)(void *owner, struct kafka_string topic, int32_t partition);
};

struct groups *groups_new(const struct groups_options *options,
                          const struct groups_owner *owner) MUST_USE;
void groups_destroy(struct groups **groups);

/* One of the coordinator's requests (FindCoordinator is not): joins, syncs, heartbeats, leaves, commits,
 * fetches, describes, lists, deletes. Answered by now or later. `now_ms` is monotonic, wall_ms the time of day. */
void groups_request(struct groups *groups, const struct request *request, uint64_t now_ms,
                    int64_t wall_ms);

void groups_stored(struct groups *groups, uint64_t ticket, int16_t error, uint64_t now_ms);

/* The peer that asked is gone: its request needs no answer any more. */
void groups_forget(struct groups *groups, struct request_token token, uint64_t now_ms);

/* At start, each record of __consumer_offsets, in the order of the log. `offset` tells tombstones from values of
 * the same key. Records that cannot be read are counted and passed over. Then groups_loaded(). */
void groups_load(struct groups *groups, const struct groups_record *record, int64_t wall_ms);
void groups_loaded(struct groups *groups, uint64_t now_ms);

/* A topic is gone: its committed offsets go, too. */
void groups_topic_deleted(struct groups *groups, struct kafka_string topic, int64_t wall_ms);

/* Members that were silent, rebalances that have waited long enough, offsets that are too old. */
void groups_tick(struct groups *groups, uint64_t now_ms, int64_t wall_ms);

/* When groups_tick() has something to do; UINT64_MAX for never. */
uint64_t groups_due_ms(const struct groups *groups);

/* ---- for those who look: lag, metrics ---- */

struct groups_offset {
    struct kafka_string group;
    struct kafka_string topic;
    int32_t partition;
    int64_t offset;
    int64_t committed_ms; /* wall clock */
};

void groups_each_offset(const struct groups *groups,
                        void (*visit)(void *context, const struct groups_offset *offset),
                        void *context);

/* The partition of __consumer_offsets that keeps the group: Java's hash of its name, positive, modulo
 * GROUPS_PARTITIONS. */
int32_t groups_partition_of(struct kafka_string group);

#endif
