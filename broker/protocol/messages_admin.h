/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and responses that manage topics, records, settings and the cluster. See messages.h.
 */
#ifndef BROKER_PROTOCOL_MESSAGES_ADMIN_H
#define BROKER_PROTOCOL_MESSAGES_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/protocol/types.h"

enum kafka_resource {
    KAFKA_RESOURCE_TOPIC = 2,
    KAFKA_RESOURCE_BROKER = 4,
};

enum kafka_config_source {
    KAFKA_CONFIG_SOURCE_TOPIC = 1,
    KAFKA_CONFIG_SOURCE_DYNAMIC_BROKER = 2,
    KAFKA_CONFIG_SOURCE_DYNAMIC_DEFAULT = 3,
    KAFKA_CONFIG_SOURCE_STATIC = 4,
    KAFKA_CONFIG_SOURCE_DEFAULT = 5,
};

enum kafka_config_operation {
    KAFKA_CONFIG_SET = 0,
    KAFKA_CONFIG_DELETE = 1,
    KAFKA_CONFIG_APPEND = 2,
    KAFKA_CONFIG_SUBTRACT = 3,
};

enum kafka_config_type {
    KAFKA_CONFIG_BOOLEAN = 1,
    KAFKA_CONFIG_STRING = 2,
    KAFKA_CONFIG_INT = 3,
    KAFKA_CONFIG_SHORT = 4,
    KAFKA_CONFIG_LONG = 5,
    KAFKA_CONFIG_DOUBLE = 6,
    KAFKA_CONFIG_LIST = 7,
    KAFKA_CONFIG_CLASS = 8,
    KAFKA_CONFIG_PASSWORD = 9,
};

/* ---- create topics request, api 19, versions 0..7, flexible from 5 ---- */

struct kafka_create_topics_request_assignment {
    int32_t partition;
    int32_t *broker_ids;
    int32_t broker_id_count;
};

struct kafka_create_topics_request_config {
    struct kafka_string name;
    struct kafka_string value; /* or null */
};

struct kafka_create_topics_request_topic {
    struct kafka_string name;
    int32_t num_partitions;     /* -1: as the broker has it, or as the assignments say */
    int16_t replication_factor; /* the same */
    struct kafka_create_topics_request_assignment *assignments;
    int32_t assignment_count;
    struct kafka_create_topics_request_config *configs;
    int32_t config_count;
};

struct kafka_create_topics_request {
    struct kafka_create_topics_request_topic *topics;
    int32_t topic_count;
    int32_t timeout_ms;
    bool validate_only; /* 1+ */
};

/* ---- create topics response, api 19, versions 0..7, flexible from 5 ---- */

struct kafka_create_topics_response_config {
    struct kafka_string name;
    struct kafka_string value; /* or null */
    bool read_only;
    int8_t config_source; /* enum kafka_config_source */
    bool is_sensitive;
};

struct kafka_create_topics_response_topic {
    struct kafka_string name;
    struct kafka_uuid topic_id; /* 7+ */
    int16_t error_code;
    struct kafka_string error_message;                   /* 1+, or null */
    int16_t topic_config_error_code;                     /* 5+, tagged */
    int32_t num_partitions;                              /* 5+ */
    int16_t replication_factor;                          /* 5+ */
    struct kafka_create_topics_response_config *configs; /* 5+, or null */
    int32_t config_count;
};

struct kafka_create_topics_response {
    int32_t throttle_time_ms; /* 2+ */
    struct kafka_create_topics_response_topic *topics;
    int32_t topic_count;
};

/* ---- delete topics request, api 20, versions 0..6, flexible from 4 ---- */

struct kafka_delete_topics_request_topic {
    struct kafka_string name; /* or null */
    struct kafka_uuid topic_id;
};

struct kafka_delete_topics_request {
    struct kafka_delete_topics_request_topic *topics; /* 6+ */
    int32_t topic_count;
    struct kafka_string *topic_names; /* 0-5 */
    int32_t topic_name_count;
    int32_t timeout_ms;
};

/* ---- delete topics response, api 20, versions 0..6, flexible from 4 ---- */

struct kafka_delete_topics_response_topic {
    struct kafka_string name;   /* null in 6+ */
    struct kafka_uuid topic_id; /* 6+ */
    int16_t error_code;
    struct kafka_string error_message; /* 5+, or null */
};

struct kafka_delete_topics_response {
    int32_t throttle_time_ms; /* 1+ */
    struct kafka_delete_topics_response_topic *topics;
    int32_t topic_count;
};

/* ---- delete records request, api 21, versions 0..2, flexible from 2 ---- */

struct kafka_delete_records_request_partition {
    int32_t partition;
    int64_t offset; /* the first that stays; -1: the high watermark */
};

struct kafka_delete_records_request_topic {
    struct kafka_string name;
    struct kafka_delete_records_request_partition *partitions;
    int32_t partition_count;
};

struct kafka_delete_records_request {
    struct kafka_delete_records_request_topic *topics;
    int32_t topic_count;
    int32_t timeout_ms;
};

/* ---- delete records response, api 21, versions 0..2, flexible from 2 ---- */

struct kafka_delete_records_response_partition {
    int32_t partition;
    int64_t low_watermark;
    int16_t error_code;
};

struct kafka_delete_records_response_topic {
    struct kafka_string name;
    struct kafka_delete_records_response_partition *partitions;
    int32_t partition_count;
};

struct kafka_delete_records_response {
    int32_t throttle_time_ms;
    struct kafka_delete_records_response_topic *topics;
    int32_t topic_count;
};

/* ---- describe configs request, api 32, versions 0..4, flexible from 4 ---- */

struct kafka_describe_configs_request_resource {
    int8_t resource_type; /* enum kafka_resource */
    struct kafka_string resource_name;
    struct kafka_string *configuration_keys; /* null: all */
    int32_t configuration_key_count;
};

struct kafka_describe_configs_request {
    struct kafka_describe_configs_request_resource *resources;
    int32_t resource_count;
    bool include_synonyms;      /* 1+ */
    bool include_documentation; /* 3+ */
};

/* ---- describe configs response, api 32, versions 0..4, flexible from 4 ---- */

struct kafka_describe_configs_response_synonym {
    struct kafka_string name;
    struct kafka_string value; /* or null */
    int8_t source;
};

struct kafka_describe_configs_response_config {
    struct kafka_string name;
    struct kafka_string value; /* or null */
    bool read_only;
    bool is_default;      /* 0 only */
    int8_t config_source; /* 1+; enum kafka_config_source */
    bool is_sensitive;
    struct kafka_describe_configs_response_synonym *synonyms; /* 1+ */
    int32_t synonym_count;
    int8_t config_type;                /* 3+; enum kafka_config_type */
    struct kafka_string documentation; /* 3+, or null */
};

struct kafka_describe_configs_response_result {
    int16_t error_code;
    struct kafka_string error_message; /* or null */
    int8_t resource_type;
    struct kafka_string resource_name;
    struct kafka_describe_configs_response_config *configs;
    int32_t config_count;
};

struct kafka_describe_configs_response {
    int32_t throttle_time_ms;
    struct kafka_describe_configs_response_result *results;
    int32_t result_count;
};

/* ---- alter configs request, api 33, versions 0..2, flexible from 2 ---- */

struct kafka_alter_configs_request_config {
    struct kafka_string name;
    struct kafka_string value; /* or null */
};

struct kafka_alter_configs_request_resource {
    int8_t resource_type;
    struct kafka_string resource_name;
    struct kafka_alter_configs_request_config *configs;
    int32_t config_count;
};

struct kafka_alter_configs_request {
    struct kafka_alter_configs_request_resource *resources;
    int32_t resource_count;
    bool validate_only;
};

/* ---- alter configs response, api 33, versions 0..2, flexible from 2 ---- */

struct kafka_alter_configs_response_response {
    int16_t error_code;
    struct kafka_string error_message; /* or null */
    int8_t resource_type;
    struct kafka_string resource_name;
};

struct kafka_alter_configs_response {
    int32_t throttle_time_ms;
    struct kafka_alter_configs_response_response *responses;
    int32_t response_count;
};

/* ---- incremental alter configs request, api 44, versions 0..1, flexible from 1 ---- */

struct kafka_incremental_alter_configs_request_config {
    struct kafka_string name;
    int8_t config_operation;   /* enum kafka_config_operation */
    struct kafka_string value; /* or null */
};

struct kafka_incremental_alter_configs_request_resource {
    int8_t resource_type;
    struct kafka_string resource_name;
    struct kafka_incremental_alter_configs_request_config *configs;
    int32_t config_count;
};

struct kafka_incremental_alter_configs_request {
    struct kafka_incremental_alter_configs_request_resource *resources;
    int32_t resource_count;
    bool validate_only;
};

/* ---- incremental alter configs response, api 44, versions 0..1, flexible from 1 ---- */

struct kafka_incremental_alter_configs_response_response {
    int16_t error_code;
    struct kafka_string error_message; /* or null */
    int8_t resource_type;
    struct kafka_string resource_name;
};

struct kafka_incremental_alter_configs_response {
    int32_t throttle_time_ms;
    struct kafka_incremental_alter_configs_response_response *responses;
    int32_t response_count;
};

/* ---- create partitions request, api 37, versions 0..3, flexible from 2 ---- */

struct kafka_create_partitions_request_assignment {
    int32_t *broker_ids;
    int32_t broker_id_count;
};

struct kafka_create_partitions_request_topic {
    struct kafka_string name;
    int32_t count; /* of all partitions, not of the new ones */
    struct kafka_create_partitions_request_assignment *assignments; /* or null */
    int32_t assignment_count;
};

struct kafka_create_partitions_request {
    struct kafka_create_partitions_request_topic *topics;
    int32_t topic_count;
    int32_t timeout_ms;
    bool validate_only;
};

/* ---- create partitions response, api 37, versions 0..3, flexible from 2 ---- */

struct kafka_create_partitions_response_result {
    struct kafka_string name;
    int16_t error_code;
    struct kafka_string error_message; /* or null */
};

struct kafka_create_partitions_response {
    int32_t throttle_time_ms;
    struct kafka_create_partitions_response_result *results;
    int32_t result_count;
};

/* ---- elect leaders request, api 43, versions 0..2, flexible from 2 ---- */

struct kafka_elect_leaders_request_topic {
    struct kafka_string name;
    int32_t *partitions;
    int32_t partition_count;
};

struct kafka_elect_leaders_request {
    int8_t election_type;                             /* 1+; 0: preferred, 1: unclean */
    struct kafka_elect_leaders_request_topic *topics; /* null: all */
    int32_t topic_count;
    int32_t timeout_ms;
};

/* ---- elect leaders response, api 43, versions 0..2, flexible from 2 ---- */

struct kafka_elect_leaders_response_partition {
    int32_t partition;
    int16_t error_code;
    struct kafka_string error_message; /* or null */
};

struct kafka_elect_leaders_response_topic {
    struct kafka_string name;
    struct kafka_elect_leaders_response_partition *partitions;
    int32_t partition_count;
};

struct kafka_elect_leaders_response {
    int32_t throttle_time_ms;
    int16_t error_code; /* 1+ */
    struct kafka_elect_leaders_response_topic *topics;
    int32_t topic_count;
};

/* ---- describe log dirs request, api 35, versions 0..4, flexible from 2 ---- */

struct kafka_describe_log_dirs_request_topic {
    struct kafka_string name;
    int32_t *partitions;
    int32_t partition_count;
};

struct kafka_describe_log_dirs_request {
    struct kafka_describe_log_dirs_request_topic *topics; /* null: all */
    int32_t topic_count;
};

/* ---- describe log dirs response, api 35, versions 0..4, flexible from 2 ---- */

struct kafka_describe_log_dirs_response_partition {
    int32_t partition;
    int64_t partition_size;
    int64_t offset_lag;
    bool is_future_key;
};

struct kafka_describe_log_dirs_response_topic {
    struct kafka_string name;
    struct kafka_describe_log_dirs_response_partition *partitions;
    int32_t partition_count;
};

struct kafka_describe_log_dirs_response_result {
    int16_t error_code;
    struct kafka_string log_dir;
    struct kafka_describe_log_dirs_response_topic *topics;
    int32_t topic_count;
    int64_t total_bytes;  /* 4+ */
    int64_t usable_bytes; /* 4+ */
};

struct kafka_describe_log_dirs_response {
    int32_t throttle_time_ms;
    int16_t error_code; /* 3+ */
    struct kafka_describe_log_dirs_response_result *results;
    int32_t result_count;
};

/* ---- describe cluster request, api 60, versions 0..2, flexible from 0 ---- */

struct kafka_describe_cluster_request {
    bool include_cluster_authorized_operations;
    int8_t endpoint_type;        /* 1+; 1: brokers */
    bool include_fenced_brokers; /* 2+ */
};

/* ---- describe cluster response, api 60, versions 0..2, flexible from 0 ---- */

struct kafka_describe_cluster_response_broker {
    int32_t broker_id;
    struct kafka_string host;
    int32_t port;
    struct kafka_string rack; /* or null */
    bool is_fenced;           /* 2+ */
};

struct kafka_describe_cluster_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    struct kafka_string error_message; /* or null */
    int8_t endpoint_type;              /* 1+ */
    struct kafka_string cluster_id;
    int32_t controller_id;
    struct kafka_describe_cluster_response_broker *brokers;
    int32_t broker_count;
    int32_t cluster_authorized_operations;
};

#endif
