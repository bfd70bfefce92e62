/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and responses of consumer groups: coordinators, membership, committed offsets. See messages.h.
 */
#ifndef BROKER_PROTOCOL_MESSAGES_GROUP_H
#define BROKER_PROTOCOL_MESSAGES_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/protocol/types.h"

/* ---- find coordinator request, api 10, versions 0..6, flexible from 3 ---- */

struct kafka_find_coordinator_request {
    struct kafka_string key;               /* 0-3 */
    int8_t key_type;                       /* 1+; 0: group, 1: transaction */
    struct kafka_string *coordinator_keys; /* 4+ */
    int32_t coordinator_key_count;
};

/* ---- find coordinator response, api 10, versions 0..6, flexible from 3 ---- */

struct kafka_find_coordinator_response_coordinator {
    struct kafka_string key;
    int32_t node_id;
    struct kafka_string host;
    int32_t port;
    int16_t error_code;
    struct kafka_string error_message; /* or null */
};

struct kafka_find_coordinator_response {
    int32_t throttle_time_ms;                                         /* 1+ */
    int16_t error_code;                                               /* 0-3 */
    struct kafka_string error_message;                                /* 1-3, or null */
    int32_t node_id;                                                  /* 0-3 */
    struct kafka_string host;                                         /* 0-3 */
    int32_t port;                                                     /* 0-3 */
    struct kafka_find_coordinator_response_coordinator *coordinators; /* 4+ */
    int32_t coordinator_count;
};

/* ---- join group request, api 11, versions 0..9, flexible from 6 ---- */

struct kafka_join_group_request_protocol {
    struct kafka_string name;
    struct kafka_bytes metadata;
};

struct kafka_join_group_request {
    struct kafka_string group_id;
    int32_t session_timeout_ms;
    int32_t rebalance_timeout_ms; /* 1+; version 0 means the session's */
    struct kafka_string member_id;
    struct kafka_string group_instance_id; /* 5+, or null */
    struct kafka_string protocol_type;
    struct kafka_join_group_request_protocol *protocols; /* the one preferred most comes first */
    int32_t protocol_count;
    struct kafka_string reason; /* 8+, or null */
};

/* ---- join group response, api 11, versions 0..9, flexible from 6 ---- */

struct kafka_join_group_response_member {
    struct kafka_string member_id;
    struct kafka_string group_instance_id; /* 5+, or null */
    struct kafka_bytes metadata;
};

struct kafka_join_group_response {
    int32_t throttle_time_ms; /* 2+ */
    int16_t error_code;
    int32_t generation_id;
    struct kafka_string protocol_type; /* 7+, or null */
    struct kafka_string protocol_name; /* null in 7+ */
    struct kafka_string leader;
    bool skip_assignment; /* 9+ */
    struct kafka_string member_id;
    struct kafka_join_group_response_member *members; /* for the leader alone */
    int32_t member_count;
};

/* ---- heartbeat request, api 12, versions 0..4, flexible from 4 ---- */

struct kafka_heartbeat_request {
    struct kafka_string group_id;
    int32_t generation_id;
    struct kafka_string member_id;
    struct kafka_string group_instance_id; /* 3+, or null */
};

/* ---- heartbeat response, api 12, versions 0..4, flexible from 4 ---- */

struct kafka_heartbeat_response {
    int32_t throttle_time_ms; /* 1+ */
    int16_t error_code;
};

/* ---- leave group request, api 13, versions 0..5, flexible from 4 ---- */

struct kafka_leave_group_request_member {
    struct kafka_string member_id;
    struct kafka_string group_instance_id; /* or null */
    struct kafka_string reason;            /* 5+, or null */
};

struct kafka_leave_group_request {
    struct kafka_string group_id;
    struct kafka_string member_id;                    /* 0-2 */
    struct kafka_leave_group_request_member *members; /* 3+ */
    int32_t member_count;
};

/* ---- leave group response, api 13, versions 0..5, flexible from 4 ---- */

struct kafka_leave_group_response_member {
    struct kafka_string member_id;
    struct kafka_string group_instance_id; /* or null */
    int16_t error_code;
};

struct kafka_leave_group_response {
    int32_t throttle_time_ms; /* 1+ */
    int16_t error_code;
    struct kafka_leave_group_response_member *members; /* 3+ */
    int32_t member_count;
};

/* ---- sync group request, api 14, versions 0..5, flexible from 4 ---- */

struct kafka_sync_group_request_assignment {
    struct kafka_string member_id;
    struct kafka_bytes assignment;
};

struct kafka_sync_group_request {
    struct kafka_string group_id;
    int32_t generation_id;
    struct kafka_string member_id;
    struct kafka_string group_instance_id; /* 3+, or null */
    struct kafka_string protocol_type;     /* 5+, or null */
    struct kafka_string protocol_name;     /* 5+, or null */
    struct kafka_sync_group_request_assignment *assignments;
    int32_t assignment_count;
};

/* ---- sync group response, api 14, versions 0..5, flexible from 4 ---- */

struct kafka_sync_group_response {
    int32_t throttle_time_ms; /* 1+ */
    int16_t error_code;
    struct kafka_string protocol_type; /* 5+, or null */
    struct kafka_string protocol_name; /* 5+, or null */
    struct kafka_bytes assignment;
};

/* ---- offset commit request, api 8, versions 0..10, flexible from 8 ---- */

struct kafka_offset_commit_request_partition {
    int32_t partition;
    int64_t committed_offset;
    int32_t committed_leader_epoch;         /* 6+ */
    int64_t commit_timestamp;               /* 1 only */
    struct kafka_string committed_metadata; /* or null */
};

struct kafka_offset_commit_request_topic {
    struct kafka_string name;   /* 0-9 */
    struct kafka_uuid topic_id; /* 10+ */
    struct kafka_offset_commit_request_partition *partitions;
    int32_t partition_count;
};

struct kafka_offset_commit_request {
    struct kafka_string group_id;
    int32_t generation_id;                 /* 1+ */
    struct kafka_string member_id;         /* 1+ */
    struct kafka_string group_instance_id; /* 7+, or null */
    int64_t retention_time_ms;             /* 2-4 */
    struct kafka_offset_commit_request_topic *topics;
    int32_t topic_count;
};

/* ---- offset commit response, api 8, versions 0..10, flexible from 8 ---- */

struct kafka_offset_commit_response_partition {
    int32_t partition;
    int16_t error_code;
};

struct kafka_offset_commit_response_topic {
    struct kafka_string name;   /* 0-9 */
    struct kafka_uuid topic_id; /* 10+ */
    struct kafka_offset_commit_response_partition *partitions;
    int32_t partition_count;
};

struct kafka_offset_commit_response {
    int32_t throttle_time_ms; /* 3+ */
    struct kafka_offset_commit_response_topic *topics;
    int32_t topic_count;
};

/* ---- offset fetch request, api 9, versions 1..10, flexible from 6 ---- */

struct kafka_offset_fetch_request_topic {
    struct kafka_string name;   /* 1-9 */
    struct kafka_uuid topic_id; /* 10+ */
    int32_t *partitions;
    int32_t partition_count;
};

struct kafka_offset_fetch_request_group {
    struct kafka_string group_id;
    struct kafka_string member_id;                   /* 9+, or null */
    int32_t member_epoch;                            /* 9+ */
    struct kafka_offset_fetch_request_topic *topics; /* null: all */
    int32_t topic_count;
};

struct kafka_offset_fetch_request {
    struct kafka_string group_id;                    /* 1-7 */
    struct kafka_offset_fetch_request_topic *topics; /* 1-7; null: all */
    int32_t topic_count;
    struct kafka_offset_fetch_request_group *groups; /* 8+ */
    int32_t group_count;
    bool require_stable; /* 7+ */
};

/* ---- offset fetch response, api 9, versions 1..10, flexible from 6 ---- */

struct kafka_offset_fetch_response_partition {
    int32_t partition;
    int64_t committed_offset;       /* -1: none */
    int32_t committed_leader_epoch; /* 5+ */
    struct kafka_string metadata;   /* or null */
    int16_t error_code;
};

struct kafka_offset_fetch_response_topic {
    struct kafka_string name;   /* 1-9 */
    struct kafka_uuid topic_id; /* 10+ */
    struct kafka_offset_fetch_response_partition *partitions;
    int32_t partition_count;
};

struct kafka_offset_fetch_response_group {
    struct kafka_string group_id;
    struct kafka_offset_fetch_response_topic *topics;
    int32_t topic_count;
    int16_t error_code;
};

struct kafka_offset_fetch_response {
    int32_t throttle_time_ms;                         /* 3+ */
    struct kafka_offset_fetch_response_topic *topics; /* 1-7 */
    int32_t topic_count;
    int16_t error_code;                               /* 2-7 */
    struct kafka_offset_fetch_response_group *groups; /* 8+ */
    int32_t group_count;
};

/* ---- describe groups request, api 15, versions 0..6, flexible from 5 ---- */

struct kafka_describe_groups_request {
    struct kafka_string *groups;
    int32_t group_count;
    bool include_authorized_operations; /* 3+ */
};

/* ---- describe groups response, api 15, versions 0..6, flexible from 5 ---- */

struct kafka_describe_groups_response_member {
    struct kafka_string member_id;
    struct kafka_string group_instance_id; /* 4+, or null */
    struct kafka_string client_id;
    struct kafka_string client_host;
    struct kafka_bytes member_metadata;
    struct kafka_bytes member_assignment;
};

struct kafka_describe_groups_response_group {
    int16_t error_code;
    struct kafka_string error_message; /* 6+, or null */
    struct kafka_string group_id;
    struct kafka_string
        group_state; /* "PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty" */
    struct kafka_string protocol_type;
    struct kafka_string protocol_data;
    struct kafka_describe_groups_response_member *members;
    int32_t member_count;
    int32_t authorized_operations; /* 3+ */
};

struct kafka_describe_groups_response {
    int32_t throttle_time_ms; /* 1+ */
    struct kafka_describe_groups_response_group *groups;
    int32_t group_count;
};

/* ---- list groups request, api 16, versions 0..5, flexible from 3 ---- */

struct kafka_list_groups_request {
    struct kafka_string *states_filter; /* 4+ */
    int32_t states_filter_count;
    struct kafka_string *types_filter; /* 5+ */
    int32_t types_filter_count;
};

/* ---- list groups response, api 16, versions 0..5, flexible from 3 ---- */

struct kafka_list_groups_response_group {
    struct kafka_string group_id;
    struct kafka_string protocol_type;
    struct kafka_string group_state; /* 4+ */
    struct kafka_string group_type;  /* 5+ */
};

struct kafka_list_groups_response {
    int32_t throttle_time_ms; /* 1+ */
    int16_t error_code;
    struct kafka_list_groups_response_group *groups;
    int32_t group_count;
};

/* ---- delete groups request, api 42, versions 0..2, flexible from 2 ---- */

struct kafka_delete_groups_request {
    struct kafka_string *groups;
    int32_t group_count;
};

/* ---- delete groups response, api 42, versions 0..2, flexible from 2 ---- */

struct kafka_delete_groups_response_result {
    struct kafka_string group_id;
    int16_t error_code;
};

struct kafka_delete_groups_response {
    int32_t throttle_time_ms;
    struct kafka_delete_groups_response_result *results;
    int32_t result_count;
};

/* ---- offset delete request, api 47, versions 0 ---- */

struct kafka_offset_delete_request_partition {
    int32_t partition;
};

struct kafka_offset_delete_request_topic {
    struct kafka_string name;
    struct kafka_offset_delete_request_partition *partitions;
    int32_t partition_count;
};

struct kafka_offset_delete_request {
    struct kafka_string group_id;
    struct kafka_offset_delete_request_topic *topics;
    int32_t topic_count;
};

/* ---- offset delete response, api 47, versions 0 ---- */

struct kafka_offset_delete_response_partition {
    int32_t partition;
    int16_t error_code;
};

struct kafka_offset_delete_response_topic {
    struct kafka_string name;
    struct kafka_offset_delete_response_partition *partitions;
    int32_t partition_count;
};

struct kafka_offset_delete_response {
    int16_t error_code;
    int32_t throttle_time_ms;
    struct kafka_offset_delete_response_topic *topics;
    int32_t topic_count;
};

#endif
