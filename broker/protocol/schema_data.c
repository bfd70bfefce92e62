/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/schema_rows.h"

/* ---- produce request ---- */

static const struct kafka_field produce_request_partition_fields[] = {
    {FIELD(produce_request_partition, partition)},
    {FIELD(produce_request_partition, records), NULLABLE},
};
static const struct kafka_struct produce_request_partition = TABLE(produce_request_partition);

static const struct kafka_field produce_request_topic_fields[] = {
    {FIELD(produce_request_topic, name), .gone = 13},
    {FIELD(produce_request_topic, topic_id), .first = 13},
    {STRUCTS(produce_request_topic, partitions, partition_count, produce_request_partition)},
};
static const struct kafka_struct produce_request_topic = TABLE(produce_request_topic);

static const struct kafka_field produce_request_fields[] = {
    {FIELD(produce_request, transactional_id), .first = 3, NULLABLE, .default_value = KAFKA_NULL},
    {FIELD(produce_request, acks)},
    {FIELD(produce_request, timeout_ms)},
    {STRUCTS(produce_request, topics, topic_count, produce_request_topic)},
};

const struct kafka_schema kafka_produce_request_schema = {
    .name = "produce request",
    .first = 0,
    .last = 13,
    .flexible_first = 9,
    .body = TABLE(produce_request),
};

/* ---- produce response ---- */

static const struct kafka_field produce_response_record_error_fields[] = {
    {FIELD(produce_response_record_error, batch_index)},
    {FIELD(produce_response_record_error, batch_index_error_message), NULLABLE,
     .default_value = KAFKA_NULL},
};
static const struct kafka_struct produce_response_record_error =
    TABLE(produce_response_record_error);

static const struct kafka_field produce_response_current_leader_fields[] = {
    {FIELD(produce_response_current_leader, leader_id), .default_value = -1},
    {FIELD(produce_response_current_leader, leader_epoch), .default_value = -1},
};
static const struct kafka_struct produce_response_current_leader =
    TABLE(produce_response_current_leader);

static const struct kafka_field produce_response_partition_fields[] = {
    {FIELD(produce_response_partition, partition)},
    {FIELD(produce_response_partition, error_code)},
    {FIELD(produce_response_partition, base_offset)},
    {FIELD(produce_response_partition, log_append_time_ms), .first = 2, .default_value = -1},
    {FIELD(produce_response_partition, log_start_offset), .first = 5, .default_value = -1},
    {STRUCTS(produce_response_partition, record_errors, record_error_count,
             produce_response_record_error),
     .first = 8},
    {FIELD(produce_response_partition, error_message), .first = 8, NULLABLE,
     .default_value = KAFKA_NULL},
    {STRUCT(produce_response_partition, current_leader, produce_response_current_leader),
     .first = 10, TAGGED(0)},
};
static const struct kafka_struct produce_response_partition = TABLE(produce_response_partition);

static const struct kafka_field produce_response_topic_fields[] = {
    {FIELD(produce_response_topic, name), .gone = 13},
    {FIELD(produce_response_topic, topic_id), .first = 13},
    {STRUCTS(produce_response_topic, partitions, partition_count, produce_response_partition)},
};
static const struct kafka_struct produce_response_topic = TABLE(produce_response_topic);

static const struct kafka_field produce_response_node_endpoint_fields[] = {
    {FIELD(produce_response_node_endpoint, node_id)},
    {FIELD(produce_response_node_endpoint, host)},
    {FIELD(produce_response_node_endpoint, port)},
    {FIELD(produce_response_node_endpoint, rack), NULLABLE, .default_value = KAFKA_NULL},
};
static const struct kafka_struct produce_response_node_endpoint =
    TABLE(produce_response_node_endpoint);

static const struct kafka_field produce_response_fields[] = {
    {STRUCTS(produce_response, topics, topic_count, produce_response_topic)},
    {FIELD(produce_response, throttle_time_ms), .first = 1},
    {STRUCTS(produce_response, node_endpoints, node_endpoint_count, produce_response_node_endpoint),
     .first = 10, TAGGED(0)},
};

const struct kafka_schema kafka_produce_response_schema = {
    .name = "produce response",
    .first = 0,
    .last = 13,
    .flexible_first = 9,
    .body = TABLE(produce_response),
};

/* ---- fetch request ---- */

static const struct kafka_field fetch_request_replica_state_fields[] = {
    {FIELD(fetch_request_replica_state, replica_id), .default_value = -1},
    {FIELD(fetch_request_replica_state, replica_epoch), .default_value = -1},
};
static const struct kafka_struct fetch_request_replica_state = TABLE(fetch_request_replica_state);

static const struct kafka_field fetch_request_partition_fields[] = {
    {FIELD(fetch_request_partition, partition)},
    {FIELD(fetch_request_partition, current_leader_epoch), .first = 9, .default_value = -1},
    {FIELD(fetch_request_partition, fetch_offset)},
    {FIELD(fetch_request_partition, last_fetched_epoch), .first = 12, .default_value = -1},
    {FIELD(fetch_request_partition, log_start_offset), .first = 5, .default_value = -1},
    {FIELD(fetch_request_partition, partition_max_bytes)},
    {FIELD(fetch_request_partition, replica_directory_id), .first = 17, TAGGED(0)},
    {FIELD(fetch_request_partition, high_watermark), .first = 18, TAGGED(1),
     .default_value = INT64_MAX},
};
static const struct kafka_struct fetch_request_partition = TABLE(fetch_request_partition);

static const struct kafka_field fetch_request_topic_fields[] = {
    {FIELD(fetch_request_topic, name), .gone = 13},
    {FIELD(fetch_request_topic, topic_id), .first = 13},
    {STRUCTS(fetch_request_topic, partitions, partition_count, fetch_request_partition)},
};
static const struct kafka_struct fetch_request_topic = TABLE(fetch_request_topic);

static const struct kafka_field fetch_request_forgotten_topic_fields[] = {
    {FIELD(fetch_request_forgotten_topic, name), .gone = 13},
    {FIELD(fetch_request_forgotten_topic, topic_id), .first = 13},
    {LIST(fetch_request_forgotten_topic, partitions, partition_count)},
};
static const struct kafka_struct fetch_request_forgotten_topic =
    TABLE(fetch_request_forgotten_topic);

static const struct kafka_field fetch_request_fields[] = {
    {FIELD(fetch_request, cluster_id), .first = 12, NULLABLE, TAGGED(0),
     .default_value = KAFKA_NULL},
    {FIELD(fetch_request, replica_id), .gone = 15, .default_value = -1},
    {STRUCT(fetch_request, replica_state, fetch_request_replica_state), .first = 15, TAGGED(1)},
    {FIELD(fetch_request, max_wait_ms)},
    {FIELD(fetch_request, min_bytes)},
    {FIELD(fetch_request, max_bytes), .first = 3, .default_value = INT32_MAX},
    {FIELD(fetch_request, isolation_level), .first = 4},
    {FIELD(fetch_request, session_id), .first = 7},
    {FIELD(fetch_request, session_epoch), .first = 7, .default_value = -1},
    {STRUCTS(fetch_request, topics, topic_count, fetch_request_topic)},
    {STRUCTS(fetch_request, forgotten_topics, forgotten_topic_count, fetch_request_forgotten_topic),
     .first = 7},
    {FIELD(fetch_request, rack_id), .first = 11},
};

const struct kafka_schema kafka_fetch_request_schema = {
    .name = "fetch request",
    .first = 0,
    .last = 18,
    .flexible_first = 12,
    .body = TABLE(fetch_request),
};

/* ---- fetch response ---- */

static const struct kafka_field fetch_response_diverging_epoch_fields[] = {
    {FIELD(fetch_response_diverging_epoch, epoch), .default_value = -1},
    {FIELD(fetch_response_diverging_epoch, end_offset), .default_value = -1},
};
static const struct kafka_struct fetch_response_diverging_epoch =
    TABLE(fetch_response_diverging_epoch);

static const struct kafka_field fetch_response_current_leader_fields[] = {
    {FIELD(fetch_response_current_leader, leader_id), .default_value = -1},
    {FIELD(fetch_response_current_leader, leader_epoch), .default_value = -1},
};
static const struct kafka_struct fetch_response_current_leader =
    TABLE(fetch_response_current_leader);

static const struct kafka_field fetch_response_snapshot_id_fields[] = {
    {FIELD(fetch_response_snapshot_id, end_offset), .default_value = -1},
    {FIELD(fetch_response_snapshot_id, epoch), .default_value = -1},
};
static const struct kafka_struct fetch_response_snapshot_id = TABLE(fetch_response_snapshot_id);

static const struct kafka_field fetch_response_aborted_transaction_fields[] = {
    {FIELD(fetch_response_aborted_transaction, producer_id)},
    {FIELD(fetch_response_aborted_transaction, first_offset)},
};
static const struct kafka_struct fetch_response_aborted_transaction =
    TABLE(fetch_response_aborted_transaction);

static const struct kafka_field fetch_response_partition_fields[] = {
    {FIELD(fetch_response_partition, partition)},
    {FIELD(fetch_response_partition, error_code)},
    {FIELD(fetch_response_partition, high_watermark)},
    {FIELD(fetch_response_partition, last_stable_offset), .first = 4, .default_value = -1},
    {FIELD(fetch_response_partition, log_start_offset), .first = 5, .default_value = -1},
    {STRUCT(fetch_response_partition, diverging_epoch, fetch_response_diverging_epoch), .first = 12,
     TAGGED(0)},
    {STRUCT(fetch_response_partition, current_leader, fetch_response_current_leader), .first = 12,
     TAGGED(1)},
    {STRUCT(fetch_response_partition, snapshot_id, fetch_response_snapshot_id), .first = 12,
     TAGGED(2)},
    {STRUCTS(fetch_response_partition, aborted_transactions, aborted_transaction_count,
             fetch_response_aborted_transaction),
     .first = 4, NULLABLE},
    {FIELD(fetch_response_partition, preferred_read_replica), .first = 11, .default_value = -1},
    {FIELD(fetch_response_partition, records), NULLABLE},
};
static const struct kafka_struct fetch_response_partition = TABLE(fetch_response_partition);

static const struct kafka_field fetch_response_topic_fields[] = {
    {FIELD(fetch_response_topic, name), .gone = 13},
    {FIELD(fetch_response_topic, topic_id), .first = 13},
    {STRUCTS(fetch_response_topic, partitions, partition_count, fetch_response_partition)},
};
static const struct kafka_struct fetch_response_topic = TABLE(fetch_response_topic);

static const struct kafka_field fetch_response_node_endpoint_fields[] = {
    {FIELD(fetch_response_node_endpoint, node_id)},
    {FIELD(fetch_response_node_endpoint, host)},
    {FIELD(fetch_response_node_endpoint, port)},
    {FIELD(fetch_response_node_endpoint, rack), NULLABLE, .default_value = KAFKA_NULL},
};
static const struct kafka_struct fetch_response_node_endpoint = TABLE(fetch_response_node_endpoint);

static const struct kafka_field fetch_response_fields[] = {
    {FIELD(fetch_response, throttle_time_ms), .first = 1},
    {FIELD(fetch_response, error_code), .first = 7},
    {FIELD(fetch_response, session_id), .first = 7},
    {STRUCTS(fetch_response, topics, topic_count, fetch_response_topic)},
    {STRUCTS(fetch_response, node_endpoints, node_endpoint_count, fetch_response_node_endpoint),
     .first = 16, TAGGED(0)},
};

const struct kafka_schema kafka_fetch_response_schema = {
    .name = "fetch response",
    .first = 0,
    .last = 18,
    .flexible_first = 12,
    .body = TABLE(fetch_response),
};

/* ---- list offsets request ---- */

static const struct kafka_field list_offsets_request_partition_fields[] = {
    {FIELD(list_offsets_request_partition, partition)},
    {FIELD(list_offsets_request_partition, current_leader_epoch), .first = 4, .default_value = -1},
    {FIELD(list_offsets_request_partition, timestamp)},
    {FIELD(list_offsets_request_partition, max_num_offsets), .gone = 1, .default_value = 1},
};
static const struct kafka_struct list_offsets_request_partition =
    TABLE(list_offsets_request_partition);

static const struct kafka_field list_offsets_request_topic_fields[] = {
    {FIELD(list_offsets_request_topic, name)},
    {STRUCTS(list_offsets_request_topic, partitions, partition_count,
             list_offsets_request_partition)},
};
static const struct kafka_struct list_offsets_request_topic = TABLE(list_offsets_request_topic);

static const struct kafka_field list_offsets_request_fields[] = {
    {FIELD(list_offsets_request, replica_id)},
    {FIELD(list_offsets_request, isolation_level), .first = 2},
    {STRUCTS(list_offsets_request, topics, topic_count, list_offsets_request_topic)},
    {FIELD(list_offsets_request, timeout_ms), .first = 10},
};

const struct kafka_schema kafka_list_offsets_request_schema = {
    .name = "list offsets request",
    .first = 0,
    .last = 11,
    .flexible_first = 6,
    .body = TABLE(list_offsets_request),
};

/* ---- list offsets response ---- */

static const struct kafka_field list_offsets_response_partition_fields[] = {
    {FIELD(list_offsets_response_partition, partition)},
    {FIELD(list_offsets_response_partition, error_code)},
    {LIST(list_offsets_response_partition, old_style_offsets, old_style_offset_count), .gone = 1},
    {FIELD(list_offsets_response_partition, timestamp), .first = 1, .default_value = -1},
    {FIELD(list_offsets_response_partition, offset), .first = 1, .default_value = -1},
    {FIELD(list_offsets_response_partition, leader_epoch), .first = 4, .default_value = -1},
};
static const struct kafka_struct list_offsets_response_partition =
    TABLE(list_offsets_response_partition);

static const struct kafka_field list_offsets_response_topic_fields[] = {
    {FIELD(list_offsets_response_topic, name)},
    {STRUCTS(list_offsets_response_topic, partitions, partition_count,
             list_offsets_response_partition)},
};
static const struct kafka_struct list_offsets_response_topic = TABLE(list_offsets_response_topic);

static const struct kafka_field list_offsets_response_fields[] = {
    {FIELD(list_offsets_response, throttle_time_ms), .first = 2},
    {STRUCTS(list_offsets_response, topics, topic_count, list_offsets_response_topic)},
};

const struct kafka_schema kafka_list_offsets_response_schema = {
    .name = "list offsets response",
    .first = 0,
    .last = 11,
    .flexible_first = 6,
    .body = TABLE(list_offsets_response),
};

/* ---- metadata request ---- */

static const struct kafka_field metadata_request_topic_fields[] = {
    {FIELD(metadata_request_topic, topic_id), .first = 10},
    {FIELD(metadata_request_topic, name), NULLABLE, .null_first = 10},
};
static const struct kafka_struct metadata_request_topic = TABLE(metadata_request_topic);

static const struct kafka_field metadata_request_fields[] = {
    {STRUCTS(metadata_request, topics, topic_count, metadata_request_topic), NULLABLE,
     .null_first = 1},
    {FIELD(metadata_request, allow_auto_topic_creation), .first = 4, .default_value = 1},
    {FIELD(metadata_request, include_cluster_authorized_operations), .first = 8, .gone = 11},
    {FIELD(metadata_request, include_topic_authorized_operations), .first = 8},
};

const struct kafka_schema kafka_metadata_request_schema = {
    .name = "metadata request",
    .first = 0,
    .last = 13,
    .flexible_first = 9,
    .body = TABLE(metadata_request),
};

/* ---- metadata response ---- */

static const struct kafka_field metadata_response_broker_fields[] = {
    {FIELD(metadata_response_broker, node_id)},
    {FIELD(metadata_response_broker, host)},
    {FIELD(metadata_response_broker, port)},
    {FIELD(metadata_response_broker, rack), .first = 1, NULLABLE, .default_value = KAFKA_NULL},
};
static const struct kafka_struct metadata_response_broker = TABLE(metadata_response_broker);

static const struct kafka_field metadata_response_partition_fields[] = {
    {FIELD(metadata_response_partition, error_code)},
    {FIELD(metadata_response_partition, partition)},
    {FIELD(metadata_response_partition, leader_id)},
    {FIELD(metadata_response_partition, leader_epoch), .first = 7, .default_value = -1},
    {LIST(metadata_response_partition, replica_nodes, replica_node_count)},
    {LIST(metadata_response_partition, isr_nodes, isr_node_count)},
    {LIST(metadata_response_partition, offline_replicas, offline_replica_count), .first = 5},
};
static const struct kafka_struct metadata_response_partition = TABLE(metadata_response_partition);

static const struct kafka_field metadata_response_topic_fields[] = {
    {FIELD(metadata_response_topic, error_code)},
    {FIELD(metadata_response_topic, name), NULLABLE, .null_first = 12},
    {FIELD(metadata_response_topic, topic_id), .first = 10},
    {FIELD(metadata_response_topic, is_internal), .first = 1},
    {STRUCTS(metadata_response_topic, partitions, partition_count, metadata_response_partition)},
    {FIELD(metadata_response_topic, topic_authorized_operations), .first = 8,
     .default_value = INT32_MIN},
};
static const struct kafka_struct metadata_response_topic = TABLE(metadata_response_topic);

static const struct kafka_field metadata_response_fields[] = {
    {FIELD(metadata_response, throttle_time_ms), .first = 3},
    {STRUCTS(metadata_response, brokers, broker_count, metadata_response_broker)},
    {FIELD(metadata_response, cluster_id), .first = 2, NULLABLE, .default_value = KAFKA_NULL},
    {FIELD(metadata_response, controller_id), .first = 1, .default_value = -1},
    {STRUCTS(metadata_response, topics, topic_count, metadata_response_topic)},
    {FIELD(metadata_response, cluster_authorized_operations), .first = 8, .gone = 11,
     .default_value = INT32_MIN},
    {FIELD(metadata_response, error_code), .first = 13},
};

const struct kafka_schema kafka_metadata_response_schema = {
    .name = "metadata response",
    .first = 0,
    .last = 13,
    .flexible_first = 9,
    .body = TABLE(metadata_response),
};

/* ---- api versions request ---- */

static const struct kafka_field api_versions_request_fields[] = {
    {FIELD(api_versions_request, client_software_name), .first = 3},
    {FIELD(api_versions_request, client_software_version), .first = 3},
};

const struct kafka_schema kafka_api_versions_request_schema = {
    .name = "api versions request",
    .first = 0,
    .last = 4,
    .flexible_first = 3,
    .body = TABLE(api_versions_request),
};

/* ---- api versions response ---- */

static const struct kafka_field api_versions_response_api_key_fields[] = {
    {FIELD(api_versions_response_api_key, api_key)},
    {FIELD(api_versions_response_api_key, min_version)},
    {FIELD(api_versions_response_api_key, max_version)},
};
static const struct kafka_struct api_versions_response_api_key =
    TABLE(api_versions_response_api_key);

static const struct kafka_field api_versions_response_supported_feature_fields[] = {
    {FIELD(api_versions_response_supported_feature, name)},
    {FIELD(api_versions_response_supported_feature, min_version)},
    {FIELD(api_versions_response_supported_feature, max_version)},
};
static const struct kafka_struct api_versions_response_supported_feature =
    TABLE(api_versions_response_supported_feature);

static const struct kafka_field api_versions_response_finalized_feature_fields[] = {
    {FIELD(api_versions_response_finalized_feature, name)},
    {FIELD(api_versions_response_finalized_feature, max_version_level)},
    {FIELD(api_versions_response_finalized_feature, min_version_level)},
};
static const struct kafka_struct api_versions_response_finalized_feature =
    TABLE(api_versions_response_finalized_feature);

static const struct kafka_field api_versions_response_fields[] = {
    {FIELD(api_versions_response, error_code)},
    {STRUCTS(api_versions_response, api_keys, api_key_count, api_versions_response_api_key)},
    {FIELD(api_versions_response, throttle_time_ms), .first = 1},
    {STRUCTS(api_versions_response, supported_features, supported_feature_count,
             api_versions_response_supported_feature),
     .first = 3, TAGGED(0)},
    {FIELD(api_versions_response, finalized_features_epoch), .first = 3, TAGGED(1),
     .default_value = -1},
    {STRUCTS(api_versions_response, finalized_features, finalized_feature_count,
             api_versions_response_finalized_feature),
     .first = 3, TAGGED(2)},
    {FIELD(api_versions_response, zk_migration_ready), .first = 3, TAGGED(3)},
};

const struct kafka_schema kafka_api_versions_response_schema = {
    .name = "api versions response",
    .first = 0,
    .last = 4,
    .flexible_first = 3,
    .body = TABLE(api_versions_response),
};

/* ---- init producer id request ---- */

static const struct kafka_field init_producer_id_request_fields[] = {
    {FIELD(init_producer_id_request, transactional_id), NULLABLE, .default_value = KAFKA_NULL},
    {FIELD(init_producer_id_request, transaction_timeout_ms)},
    {FIELD(init_producer_id_request, producer_id), .first = 3, .default_value = -1},
    {FIELD(init_producer_id_request, producer_epoch), .first = 3, .default_value = -1},
};

const struct kafka_schema kafka_init_producer_id_request_schema = {
    .name = "init producer id request",
    .first = 0,
    .last = 5,
    .flexible_first = 2,
    .body = TABLE(init_producer_id_request),
};

/* ---- init producer id response ---- */

static const struct kafka_field init_producer_id_response_fields[] = {
    {FIELD(init_producer_id_response, throttle_time_ms)},
    {FIELD(init_producer_id_response, error_code)},
    {FIELD(init_producer_id_response, producer_id), .default_value = -1},
    {FIELD(init_producer_id_response, producer_epoch)},
};

const struct kafka_schema kafka_init_producer_id_response_schema = {
    .name = "init producer id response",
    .first = 0,
    .last = 5,
    .flexible_first = 2,
    .body = TABLE(init_producer_id_response),
};

/* ---- offset for leader epoch request ---- */

static const struct kafka_field offset_for_leader_epoch_request_partition_fields[] = {
    {FIELD(offset_for_leader_epoch_request_partition, partition)},
    {FIELD(offset_for_leader_epoch_request_partition, current_leader_epoch), .first = 2,
     .default_value = -1},
    {FIELD(offset_for_leader_epoch_request_partition, leader_epoch)},
};
static const struct kafka_struct offset_for_leader_epoch_request_partition =
    TABLE(offset_for_leader_epoch_request_partition);

static const struct kafka_field offset_for_leader_epoch_request_topic_fields[] = {
    {FIELD(offset_for_leader_epoch_request_topic, name)},
    {STRUCTS(offset_for_leader_epoch_request_topic, partitions, partition_count,
             offset_for_leader_epoch_request_partition)},
};
static const struct kafka_struct offset_for_leader_epoch_request_topic =
    TABLE(offset_for_leader_epoch_request_topic);

static const struct kafka_field offset_for_leader_epoch_request_fields[] = {
    {FIELD(offset_for_leader_epoch_request, replica_id), .first = 3, .default_value = -2},
    {STRUCTS(offset_for_leader_epoch_request, topics, topic_count,
             offset_for_leader_epoch_request_topic)},
};

const struct kafka_schema kafka_offset_for_leader_epoch_request_schema = {
    .name = "offset for leader epoch request",
    .first = 0,
    .last = 4,
    .flexible_first = 4,
    .body = TABLE(offset_for_leader_epoch_request),
};

/* ---- offset for leader epoch response ---- */

static const struct kafka_field offset_for_leader_epoch_response_partition_fields[] = {
    {FIELD(offset_for_leader_epoch_response_partition, error_code)},
    {FIELD(offset_for_leader_epoch_response_partition, partition)},
    {FIELD(offset_for_leader_epoch_response_partition, leader_epoch), .first = 1,
     .default_value = -1},
    {FIELD(offset_for_leader_epoch_response_partition, end_offset), .default_value = -1},
};
static const struct kafka_struct offset_for_leader_epoch_response_partition =
    TABLE(offset_for_leader_epoch_response_partition);

static const struct kafka_field offset_for_leader_epoch_response_topic_fields[] = {
    {FIELD(offset_for_leader_epoch_response_topic, name)},
    {STRUCTS(offset_for_leader_epoch_response_topic, partitions, partition_count,
             offset_for_leader_epoch_response_partition)},
};
static const struct kafka_struct offset_for_leader_epoch_response_topic =
    TABLE(offset_for_leader_epoch_response_topic);

static const struct kafka_field offset_for_leader_epoch_response_fields[] = {
    {FIELD(offset_for_leader_epoch_response, throttle_time_ms), .first = 2},
    {STRUCTS(offset_for_leader_epoch_response, topics, topic_count,
             offset_for_leader_epoch_response_topic)},
};

const struct kafka_schema kafka_offset_for_leader_epoch_response_schema = {
    .name = "offset for leader epoch response",
    .first = 0,
    .last = 4,
    .flexible_first = 4,
    .body = TABLE(offset_for_leader_epoch_response),
};
