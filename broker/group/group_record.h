/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of __consumer_offsets, in Kafka's own layout, big-endian, texts with a length of two bytes, bytes with
 * one of four, null as -1:
 *
 *     key    0, 1: group topic partition:i32           2: group
 *     value of an offset    0: offset:i64 metadata time:i64     1: the same, expiry:i64
 *                           2: as 0                             3: offset:i64 epoch:i32 metadata time:i64
 *     value of a group      protocol_type generation:i32 protocol? leader? state_time:i64 (2+) [members]
 *                  a member: id instance? (3) client_id client_host rebalance_ms:i32 (1+) session_ms:i32
 *                            subscription:bytes assignment:bytes
 *
 * All versions are read; written are key 1 and 2, value 3, and 1 for an offset with an expiry of its own. What
 * was decoded borrows from the record. Pure; any thread.
 */
#ifndef BROKER_GROUP_GROUP_RECORD_H
#define BROKER_GROUP_GROUP_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "base/text.h"
#include "broker/protocol/types.h"

struct group_record_key {
    bool is_offset; /* else of the group itself */
    struct kafka_string group;
    struct kafka_string topic; /* of an offset */
    int32_t partition;
};

struct group_record_offset {
    int64_t offset;
    int32_t leader_epoch; /* -1: not known */
    struct kafka_string metadata;
    int64_t commit_ms; /* wall clock */
    int64_t expire_ms; /* -1: by the broker's settings */
};

struct group_record_member {
    struct kafka_string id;
    struct kafka_string instance_id; /* or null */
    struct kafka_string client_id;
    struct kafka_string client_host;
    int32_t rebalance_ms;
    int32_t session_ms;
    struct kafka_bytes subscription;
    struct kafka_bytes assignment;
};

struct group_record_group {
    struct kafka_string protocol_type;
    int32_t generation;
    struct kafka_string protocol; /* or null */
    struct kafka_string leader;   /* or null */
    int64_t state_ms;             /* wall clock, since when it is in its state; -1: not known */
    struct group_record_member *members;
    int32_t member_count;
};

/* Each returns false for what it cannot read; bytes that are left over count as such. */
bool group_record_decode_key(struct kafka_bytes key, struct group_record_key *ret_key) MUST_USE;
bool group_record_decode_offset(struct kafka_bytes value,
                                struct group_record_offset *ret_offset) MUST_USE;

/* The caller frees ret_group->members. */
bool group_record_decode_group(struct kafka_bytes value,
                               struct group_record_group *ret_group) MUST_USE;

/* Each appends to `out`. */
void group_record_encode_key(struct text *out, const struct group_record_key *key);
void group_record_encode_offset(struct text *out, const struct group_record_offset *offset);
void group_record_encode_group(struct text *out, const struct group_record_group *group);

#endif
