/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and responses that write and read records, and those that clients begin with: versions, metadata,
 * producer ids, leader epochs. See messages.h.
 */
#ifndef BROKER_PROTOCOL_MESSAGES_DATA_H
#define BROKER_PROTOCOL_MESSAGES_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/protocol/types.h"

/* ---- produce request, api 0, versions 0..13, flexible from 9 ---- */

struct kafka_produce_request_partition {
    int32_t partition;
    struct kafka_records records; /* or null */
};

struct kafka_produce_request_topic {
    struct kafka_string name;   /* 0-12 */
    struct kafka_uuid topic_id; /* 13+ */
    struct kafka_produce_request_partition *partitions;
    int32_t partition_count;
};

struct kafka_produce_request {
    struct kafka_string transactional_id; /* 3+, or null */
    int16_t acks;                         /* 0: no answer at all, 1, or -1: all */
    int32_t timeout_ms;
    struct kafka_produce_request_topic *topics;
    int32_t topic_count;
};

/* ---- produce response, api 0, versions 0..13, flexible from 9 ---- */

struct kafka_produce_response_record_error {
    int32_t batch_index;
    struct kafka_string batch_index_error_message; /* or null */
};

struct kafka_produce_response_current_leader {
    int32_t leader_id;
    int32_t leader_epoch;
};

struct kafka_produce_response_partition {
    int32_t partition;
    int16_t error_code;
    int64_t base_offset;
    int64_t log_append_time_ms; /* 2+; -1 unless the broker gives the time */
    int64_t log_start_offset;   /* 5+ */
    struct kafka_produce_response_record_error *record_errors; /* 8+ */
    int32_t record_error_count;
    struct kafka_string error_message;                           /* 8+, or null */
    struct kafka_produce_response_current_leader current_leader; /* 10+, tagged */
};

struct kafka_produce_response_topic {
    struct kafka_string name;   /* 0-12 */
    struct kafka_uuid topic_id; /* 13+ */
    struct kafka_produce_response_partition *partitions;
    int32_t partition_count;
};

struct kafka_produce_response_node_endpoint {
    int32_t node_id;
    struct kafka_string host;
    int32_t port;
    struct kafka_string rack; /* or null */
};

struct kafka_produce_response {
    struct kafka_produce_response_topic *topics;
    int32_t topic_count;
    int32_t throttle_time_ms; /* 1+; at the end, unlike nearly everywhere else */
    struct kafka_produce_response_node_endpoint *node_endpoints; /* 10+, tagged */
    int32_t node_endpoint_count;
};

/* ---- fetch request, api 1, versions 0..18, flexible from 12 ---- */

struct kafka_fetch_request_replica_state {
    int32_t replica_id;
    int64_t replica_epoch;
};

struct kafka_fetch_request_partition {
    int32_t partition;
    int32_t current_leader_epoch; /* 9+ */
    int64_t fetch_offset;
    int32_t last_fetched_epoch; /* 12+ */
    int64_t log_start_offset;   /* 5+ */
    int32_t partition_max_bytes;
    struct kafka_uuid replica_directory_id; /* 17+, tagged */
    int64_t high_watermark;                 /* 18+, tagged */
};

struct kafka_fetch_request_topic {
    struct kafka_string name;   /* 0-12 */
    struct kafka_uuid topic_id; /* 13+ */
    struct kafka_fetch_request_partition *partitions;
    int32_t partition_count;
};

struct kafka_fetch_request_forgotten_topic {
    struct kafka_string name;   /* 0-12 */
    struct kafka_uuid topic_id; /* 13+ */
    int32_t *partitions;
    int32_t partition_count;
};

struct kafka_fetch_request {
    struct kafka_string cluster_id;                         /* 12+, tagged, or null */
    int32_t replica_id;                                     /* 0-14 */
    struct kafka_fetch_request_replica_state replica_state; /* 15+, tagged */
    int32_t max_wait_ms;
    int32_t min_bytes;
    int32_t max_bytes;      /* 3+ */
    int8_t isolation_level; /* 4+; 1: committed only */
    int32_t session_id;     /* 7+ */
    int32_t session_epoch;  /* 7+ */
    struct kafka_fetch_request_topic *topics;
    int32_t topic_count;
    struct kafka_fetch_request_forgotten_topic *forgotten_topics; /* 7+ */
    int32_t forgotten_topic_count;
    struct kafka_string rack_id; /* 11+ */
};

/* ---- fetch response, api 1, versions 0..18, flexible from 12 ---- */

struct kafka_fetch_response_diverging_epoch {
    int32_t epoch;
    int64_t end_offset;
};

struct kafka_fetch_response_current_leader {
    int32_t leader_id;
    int32_t leader_epoch;
};

struct kafka_fetch_response_snapshot_id {
    int64_t end_offset;
    int32_t epoch;
};

struct kafka_fetch_response_aborted_transaction {
    int64_t producer_id;
    int64_t first_offset;
};

struct kafka_fetch_response_partition {
    int32_t partition;
    int16_t error_code;
    int64_t high_watermark;
    int64_t last_stable_offset;                                            /* 4+ */
    int64_t log_start_offset;                                              /* 5+ */
    struct kafka_fetch_response_diverging_epoch diverging_epoch;           /* 12+, tagged */
    struct kafka_fetch_response_current_leader current_leader;             /* 12+, tagged */
    struct kafka_fetch_response_snapshot_id snapshot_id;                   /* 12+, tagged */
    struct kafka_fetch_response_aborted_transaction *aborted_transactions; /* 4+, or null */
    int32_t aborted_transaction_count;
    int32_t preferred_read_replica; /* 11+ */
    struct kafka_records records;   /* or null */
};

struct kafka_fetch_response_topic {
    struct kafka_string name;   /* 0-12 */
    struct kafka_uuid topic_id; /* 13+ */
    struct kafka_fetch_response_partition *partitions;
    int32_t partition_count;
};

struct kafka_fetch_response_node_endpoint {
    int32_t node_id;
    struct kafka_string host;
    int32_t port;
    struct kafka_string rack; /* or null */
};

struct kafka_fetch_response {
    int32_t throttle_time_ms; /* 1+ */
    int16_t error_code;       /* 7+ */
    int32_t session_id;       /* 7+ */
    struct kafka_fetch_response_topic *topics;
    int32_t topic_count;
    struct kafka_fetch_response_node_endpoint *node_endpoints; /* 16+, tagged */
    int32_t node_endpoint_count;
};

/* ---- list offsets request, api 2, versions 0..11, flexible from 6 ---- */

struct kafka_list_offsets_request_partition {
    int32_t partition;
    int32_t current_leader_epoch; /* 4+ */
    int64_t timestamp;            /* -1: latest, -2: earliest */
    int32_t max_num_offsets;      /* 0 only */
};

struct kafka_list_offsets_request_topic {
    struct kafka_string name;
    struct kafka_list_offsets_request_partition *partitions;
    int32_t partition_count;
};

struct kafka_list_offsets_request {
    int32_t replica_id;
    int8_t isolation_level; /* 2+ */
    struct kafka_list_offsets_request_topic *topics;
    int32_t topic_count;
    int32_t timeout_ms; /* 10+ */
};

/* ---- list offsets response, api 2, versions 0..11, flexible from 6 ---- */

struct kafka_list_offsets_response_partition {
    int32_t partition;
    int16_t error_code;
    int64_t *old_style_offsets; /* 0 only */
    int32_t old_style_offset_count;
    int64_t timestamp;    /* 1+ */
    int64_t offset;       /* 1+ */
    int32_t leader_epoch; /* 4+ */
};

struct kafka_list_offsets_response_topic {
    struct kafka_string name;
    struct kafka_list_offsets_response_partition *partitions;
    int32_t partition_count;
};

struct kafka_list_offsets_response {
    int32_t throttle_time_ms; /* 2+ */
    struct kafka_list_offsets_response_topic *topics;
    int32_t topic_count;
};

/* ---- metadata request, api 3, versions 0..13, flexible from 9 ---- */

struct kafka_metadata_request_topic {
    struct kafka_uuid topic_id; /* 10+ */
    struct kafka_string name;   /* null in 10+ */
};

struct kafka_metadata_request {
    struct kafka_metadata_request_topic *topics; /* null, in version 0 none: all */
    int32_t topic_count;
    bool allow_auto_topic_creation;             /* 4+ */
    bool include_cluster_authorized_operations; /* 8-10 */
    bool include_topic_authorized_operations;   /* 8+ */
};

/* ---- metadata response, api 3, versions 0..13, flexible from 9 ---- */

struct kafka_metadata_response_broker {
    int32_t node_id;
    struct kafka_string host;
    int32_t port;
    struct kafka_string rack; /* 1+, or null */
};

struct kafka_metadata_response_partition {
    int16_t error_code;
    int32_t partition;
    int32_t leader_id;
    int32_t leader_epoch; /* 7+ */
    int32_t *replica_nodes;
    int32_t replica_node_count;
    int32_t *isr_nodes;
    int32_t isr_node_count;
    int32_t *offline_replicas; /* 5+ */
    int32_t offline_replica_count;
};

struct kafka_metadata_response_topic {
    int16_t error_code;
    struct kafka_string name;   /* null in 12+ */
    struct kafka_uuid topic_id; /* 10+ */
    bool is_internal;           /* 1+ */
    struct kafka_metadata_response_partition *partitions;
    int32_t partition_count;
    int32_t topic_authorized_operations; /* 8+ */
};

struct kafka_metadata_response {
    int32_t throttle_time_ms; /* 3+ */
    struct kafka_metadata_response_broker *brokers;
    int32_t broker_count;
    struct kafka_string cluster_id; /* 2+, or null */
    int32_t controller_id;          /* 1+ */
    struct kafka_metadata_response_topic *topics;
    int32_t topic_count;
    int32_t cluster_authorized_operations; /* 8-10 */
    int16_t error_code;                    /* 13+ */
};

/* ---- api versions request, api 18, versions 0..4, flexible from 3 ---- */

struct kafka_api_versions_request {
    struct kafka_string client_software_name;    /* 3+ */
    struct kafka_string client_software_version; /* 3+ */
};

/* ---- api versions response, api 18, versions 0..4, flexible from 3 ---- */

struct kafka_api_versions_response_api_key {
    int16_t api_key;
    int16_t min_version;
    int16_t max_version;
};

struct kafka_api_versions_response_supported_feature {
    struct kafka_string name;
    int16_t min_version;
    int16_t max_version;
};

struct kafka_api_versions_response_finalized_feature {
    struct kafka_string name;
    int16_t max_version_level;
    int16_t min_version_level;
};

struct kafka_api_versions_response {
    int16_t error_code;
    struct kafka_api_versions_response_api_key *api_keys;
    int32_t api_key_count;
    int32_t throttle_time_ms;                                                 /* 1+ */
    struct kafka_api_versions_response_supported_feature *supported_features; /* 3+, tagged */
    int32_t supported_feature_count;
    int64_t finalized_features_epoch;                                         /* 3+, tagged */
    struct kafka_api_versions_response_finalized_feature *finalized_features; /* 3+, tagged */
    int32_t finalized_feature_count;
    bool zk_migration_ready; /* 3+, tagged */
};

/* ---- init producer id request, api 22, versions 0..5, flexible from 2 ---- */

struct kafka_init_producer_id_request {
    struct kafka_string transactional_id; /* or null */
    int32_t transaction_timeout_ms;
    int64_t producer_id;    /* 3+ */
    int16_t producer_epoch; /* 3+ */
};

/* ---- init producer id response, api 22, versions 0..5, flexible from 2 ---- */

struct kafka_init_producer_id_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    int64_t producer_id;
    int16_t producer_epoch;
};

/* ---- offset for leader epoch request, api 23, versions 0..4, flexible from 4 ---- */

struct kafka_offset_for_leader_epoch_request_partition {
    int32_t partition;
    int32_t current_leader_epoch; /* 2+ */
    int32_t leader_epoch;
};

struct kafka_offset_for_leader_epoch_request_topic {
    struct kafka_string name;
    struct kafka_offset_for_leader_epoch_request_partition *partitions;
    int32_t partition_count;
};

struct kafka_offset_for_leader_epoch_request {
    int32_t replica_id; /* 3+ */
    struct kafka_offset_for_leader_epoch_request_topic *topics;
    int32_t topic_count;
};

/* ---- offset for leader epoch response, api 23, versions 0..4, flexible from 4 ---- */

struct kafka_offset_for_leader_epoch_response_partition {
    int16_t error_code;
    int32_t partition;
    int32_t leader_epoch; /* 1+ */
    int64_t end_offset;
};

struct kafka_offset_for_leader_epoch_response_topic {
    struct kafka_string name;
    struct kafka_offset_for_leader_epoch_response_partition *partitions;
    int32_t partition_count;
};

struct kafka_offset_for_leader_epoch_response {
    int32_t throttle_time_ms; /* 2+ */
    struct kafka_offset_for_leader_epoch_response_topic *topics;
    int32_t topic_count;
};

#endif
