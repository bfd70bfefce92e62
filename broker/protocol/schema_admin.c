/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/schema_rows.h"

/* ---- create topics request ---- */

static const struct kafka_field create_topics_request_assignment_fields[] = {
    {FIELD(create_topics_request_assignment, partition)},
    {LIST(create_topics_request_assignment, broker_ids, broker_id_count)},
};
static const struct kafka_struct create_topics_request_assignment =
    TABLE(create_topics_request_assignment);

static const struct kafka_field create_topics_request_config_fields[] = {
    {FIELD(create_topics_request_config, name)},
    {FIELD(create_topics_request_config, value), NULLABLE},
};
static const struct kafka_struct create_topics_request_config = TABLE(create_topics_request_config);

static const struct kafka_field create_topics_request_topic_fields[] = {
    {FIELD(create_topics_request_topic, name)},
    {FIELD(create_topics_request_topic, num_partitions)},
    {FIELD(create_topics_request_topic, replication_factor)},
    {STRUCTS(create_topics_request_topic, assignments, assignment_count,
             create_topics_request_assignment)},
    {STRUCTS(create_topics_request_topic, configs, config_count, create_topics_request_config)},
};
static const struct kafka_struct create_topics_request_topic = TABLE(create_topics_request_topic);

static const struct kafka_field create_topics_request_fields[] = {
    {STRUCTS(create_topics_request, topics, topic_count, create_topics_request_topic)},
    {FIELD(create_topics_request, timeout_ms), .default_value = 60000},
    {FIELD(create_topics_request, validate_only), .first = 1},
};

const struct kafka_schema kafka_create_topics_request_schema = {
    .name = "create topics request",
    .first = 0,
    .last = 7,
    .flexible_first = 5,
    .body = TABLE(create_topics_request),
};

/* ---- create topics response ---- */

static const struct kafka_field create_topics_response_config_fields[] = {
    {FIELD(create_topics_response_config, name)},
    {FIELD(create_topics_response_config, value), NULLABLE},
    {FIELD(create_topics_response_config, read_only)},
    {FIELD(create_topics_response_config, config_source), .default_value = -1},
    {FIELD(create_topics_response_config, is_sensitive)},
};
static const struct kafka_struct create_topics_response_config =
    TABLE(create_topics_response_config);

static const struct kafka_field create_topics_response_topic_fields[] = {
    {FIELD(create_topics_response_topic, name)},
    {FIELD(create_topics_response_topic, topic_id), .first = 7},
    {FIELD(create_topics_response_topic, error_code)},
    {FIELD(create_topics_response_topic, error_message), .first = 1, NULLABLE,
     .default_value = KAFKA_NULL},
    {FIELD(create_topics_response_topic, topic_config_error_code), .first = 5, TAGGED(0)},
    {FIELD(create_topics_response_topic, num_partitions), .first = 5, .default_value = -1},
    {FIELD(create_topics_response_topic, replication_factor), .first = 5, .default_value = -1},
    {STRUCTS(create_topics_response_topic, configs, config_count, create_topics_response_config),
     .first = 5, NULLABLE},
};
static const struct kafka_struct create_topics_response_topic = TABLE(create_topics_response_topic);

static const struct kafka_field create_topics_response_fields[] = {
    {FIELD(create_topics_response, throttle_time_ms), .first = 2},
    {STRUCTS(create_topics_response, topics, topic_count, create_topics_response_topic)},
};

const struct kafka_schema kafka_create_topics_response_schema = {
    .name = "create topics response",
    .first = 0,
    .last = 7,
    .flexible_first = 5,
    .body = TABLE(create_topics_response),
};

/* ---- delete topics request ---- */

static const struct kafka_field delete_topics_request_topic_fields[] = {
    {FIELD(delete_topics_request_topic, name), NULLABLE, .default_value = KAFKA_NULL},
    {FIELD(delete_topics_request_topic, topic_id)},
};
static const struct kafka_struct delete_topics_request_topic = TABLE(delete_topics_request_topic);

static const struct kafka_field delete_topics_request_fields[] = {
    {STRUCTS(delete_topics_request, topics, topic_count, delete_topics_request_topic), .first = 6},
    {LIST(delete_topics_request, topic_names, topic_name_count), .gone = 6},
    {FIELD(delete_topics_request, timeout_ms)},
};

const struct kafka_schema kafka_delete_topics_request_schema = {
    .name = "delete topics request",
    .first = 0,
    .last = 6,
    .flexible_first = 4,
    .body = TABLE(delete_topics_request),
};

/* ---- delete topics response ---- */

static const struct kafka_field delete_topics_response_topic_fields[] = {
    {FIELD(delete_topics_response_topic, name), NULLABLE, .null_first = 6},
    {FIELD(delete_topics_response_topic, topic_id), .first = 6},
    {FIELD(delete_topics_response_topic, error_code)},
    {FIELD(delete_topics_response_topic, error_message), .first = 5, NULLABLE,
     .default_value = KAFKA_NULL},
};
static const struct kafka_struct delete_topics_response_topic = TABLE(delete_topics_response_topic);

static const struct kafka_field delete_topics_response_fields[] = {
    {FIELD(delete_topics_response, throttle_time_ms), .first = 1},
    {STRUCTS(delete_topics_response, topics, topic_count, delete_topics_response_topic)},
};

const struct kafka_schema kafka_delete_topics_response_schema = {
    .name = "delete topics response",
    .first = 0,
    .last = 6,
    .flexible_first = 4,
    .body = TABLE(delete_topics_response),
};

/* ---- delete records request ---- */

static const struct kafka_field delete_records_request_partition_fields[] = {
    {FIELD(delete_records_request_partition, partition)},
    {FIELD(delete_records_request_partition, offset)},
};
static const struct kafka_struct delete_records_request_partition =
    TABLE(delete_records_request_partition);

static const struct kafka_field delete_records_request_topic_fields[] = {
    {FIELD(delete_records_request_topic, name)},
    {STRUCTS(delete_records_request_topic, partitions, partition_count,
             delete_records_request_partition)},
};
static const struct kafka_struct delete_records_request_topic = TABLE(delete_records_request_topic);

static const struct kafka_field delete_records_request_fields[] = {
    {STRUCTS(delete_records_request, topics, topic_count, delete_records_request_topic)},
    {FIELD(delete_records_request, timeout_ms)},
};

const struct kafka_schema kafka_delete_records_request_schema = {
    .name = "delete records request",
    .first = 0,
    .last = 2,
    .flexible_first = 2,
    .body = TABLE(delete_records_request),
};

/* ---- delete records response ---- */

static const struct kafka_field delete_records_response_partition_fields[] = {
    {FIELD(delete_records_response_partition, partition)},
    {FIELD(delete_records_response_partition, low_watermark)},
    {FIELD(delete_records_response_partition, error_code)},
};
static const struct kafka_struct delete_records_response_partition =
    TABLE(delete_records_response_partition);

static const struct kafka_field delete_records_response_topic_fields[] = {
    {FIELD(delete_records_response_topic, name)},
    {STRUCTS(delete_records_response_topic, partitions, partition_count,
             delete_records_response_partition)},
};
static const struct kafka_struct delete_records_response_topic =
    TABLE(delete_records_response_topic);

static const struct kafka_field delete_records_response_fields[] = {
    {FIELD(delete_records_response, throttle_time_ms)},
    {STRUCTS(delete_records_response, topics, topic_count, delete_records_response_topic)},
};

const struct kafka_schema kafka_delete_records_response_schema = {
    .name = "delete records response",
    .first = 0,
    .last = 2,
    .flexible_first = 2,
    .body = TABLE(delete_records_response),
};

/* ---- describe configs request ---- */

static const struct kafka_field describe_configs_request_resource_fields[] = {
    {FIELD(describe_configs_request_resource, resource_type)},
    {FIELD(describe_configs_request_resource, resource_name)},
    {LIST(describe_configs_request_resource, configuration_keys, configuration_key_count),
     NULLABLE},
};
static const struct kafka_struct describe_configs_request_resource =
    TABLE(describe_configs_request_resource);

static const struct kafka_field describe_configs_request_fields[] = {
    {STRUCTS(describe_configs_request, resources, resource_count,
             describe_configs_request_resource)},
    {FIELD(describe_configs_request, include_synonyms), .first = 1},
    {FIELD(describe_configs_request, include_documentation), .first = 3},
};

const struct kafka_schema kafka_describe_configs_request_schema = {
    .name = "describe configs request",
    .first = 0,
    .last = 4,
    .flexible_first = 4,
    .body = TABLE(describe_configs_request),
};

/* ---- describe configs response ---- */

static const struct kafka_field describe_configs_response_synonym_fields[] = {
    {FIELD(describe_configs_response_synonym, name)},
    {FIELD(describe_configs_response_synonym, value), NULLABLE},
    {FIELD(describe_configs_response_synonym, source)},
};
static const struct kafka_struct describe_configs_response_synonym =
    TABLE(describe_configs_response_synonym);

static const struct kafka_field describe_configs_response_config_fields[] = {
    {FIELD(describe_configs_response_config, name)},
    {FIELD(describe_configs_response_config, value), NULLABLE},
    {FIELD(describe_configs_response_config, read_only)},
    {FIELD(describe_configs_response_config, is_default), .gone = 1},
    {FIELD(describe_configs_response_config, config_source), .first = 1, .default_value = -1},
    {FIELD(describe_configs_response_config, is_sensitive)},
    {STRUCTS(describe_configs_response_config, synonyms, synonym_count,
             describe_configs_response_synonym),
     .first = 1},
    {FIELD(describe_configs_response_config, config_type), .first = 3},
    {FIELD(describe_configs_response_config, documentation), .first = 3, NULLABLE,
     .default_value = KAFKA_NULL},
};
static const struct kafka_struct describe_configs_response_config =
    TABLE(describe_configs_response_config);

static const struct kafka_field describe_configs_response_result_fields[] = {
    {FIELD(describe_configs_response_result, error_code)},
    {FIELD(describe_configs_response_result, error_message), NULLABLE},
    {FIELD(describe_configs_response_result, resource_type)},
    {FIELD(describe_configs_response_result, resource_name)},
    {STRUCTS(describe_configs_response_result, configs, config_count,
             describe_configs_response_config)},
};
static const struct kafka_struct describe_configs_response_result =
    TABLE(describe_configs_response_result);

static const struct kafka_field describe_configs_response_fields[] = {
    {FIELD(describe_configs_response, throttle_time_ms)},
    {STRUCTS(describe_configs_response, results, result_count, describe_configs_response_result)},
};

const struct kafka_schema kafka_describe_configs_response_schema = {
    .name = "describe configs response",
    .first = 0,
    .last = 4,
    .flexible_first = 4,
    .body = TABLE(describe_configs_response),
};

/* ---- alter configs request ---- */

static const struct kafka_field alter_configs_request_config_fields[] = {
    {FIELD(alter_configs_request_config, name)},
    {FIELD(alter_configs_request_config, value), NULLABLE},
};
static const struct kafka_struct alter_configs_request_config = TABLE(alter_configs_request_config);

static const struct kafka_field alter_configs_request_resource_fields[] = {
    {FIELD(alter_configs_request_resource, resource_type)},
    {FIELD(alter_configs_request_resource, resource_name)},
    {STRUCTS(alter_configs_request_resource, configs, config_count, alter_configs_request_config)},
};
static const struct kafka_struct alter_configs_request_resource =
    TABLE(alter_configs_request_resource);

static const struct kafka_field alter_configs_request_fields[] = {
    {STRUCTS(alter_configs_request, resources, resource_count, alter_configs_request_resource)},
    {FIELD(alter_configs_request, validate_only)},
};

const struct kafka_schema kafka_alter_configs_request_schema = {
    .name = "alter configs request",
    .first = 0,
    .last = 2,
    .flexible_first = 2,
    .body = TABLE(alter_configs_request),
};

/* ---- alter configs response ---- */

static const struct kafka_field alter_configs_response_response_fields[] = {
    {FIELD(alter_configs_response_response, error_code)},
    {FIELD(alter_configs_response_response, error_message), NULLABLE},
    {FIELD(alter_configs_response_response, resource_type)},
    {FIELD(alter_configs_response_response, resource_name)},
};
static const struct kafka_struct alter_configs_response_response =
    TABLE(alter_configs_response_response);

static const struct kafka_field alter_configs_response_fields[] = {
    {FIELD(alter_configs_response, throttle_time_ms)},
    {STRUCTS(alter_configs_response, responses, response_count, alter_configs_response_response)},
};

const struct kafka_schema kafka_alter_configs_response_schema = {
    .name = "alter configs response",
    .first = 0,
    .last = 2,
    .flexible_first = 2,
    .body = TABLE(alter_configs_response),
};

/* ---- incremental alter configs request ---- */

static const struct kafka_field incremental_alter_configs_request_config_fields[] = {
    {FIELD(incremental_alter_configs_request_config, name)},
    {FIELD(incremental_alter_configs_request_config, config_operation)},
    {FIELD(incremental_alter_configs_request_config, value), NULLABLE},
};
static const struct kafka_struct incremental_alter_configs_request_config =
    TABLE(incremental_alter_configs_request_config);

static const struct kafka_field incremental_alter_configs_request_resource_fields[] = {
    {FIELD(incremental_alter_configs_request_resource, resource_type)},
    {FIELD(incremental_alter_configs_request_resource, resource_name)},
    {STRUCTS(incremental_alter_configs_request_resource, configs, config_count,
             incremental_alter_configs_request_config)},
};
static const struct kafka_struct incremental_alter_configs_request_resource =
    TABLE(incremental_alter_configs_request_resource);

static const struct kafka_field incremental_alter_configs_request_fields[] = {
    {STRUCTS(incremental_alter_configs_request, resources, resource_count,
             incremental_alter_configs_request_resource)},
    {FIELD(incremental_alter_configs_request, validate_only)},
};

const struct kafka_schema kafka_incremental_alter_configs_request_schema = {
    .name = "incremental alter configs request",
    .first = 0,
    .last = 1,
    .flexible_first = 1,
    .body = TABLE(incremental_alter_configs_request),
};

/* ---- incremental alter configs response ---- */

static const struct kafka_field incremental_alter_configs_response_response_fields[] = {
    {FIELD(incremental_alter_configs_response_response, error_code)},
    {FIELD(incremental_alter_configs_response_response, error_message), NULLABLE},
    {FIELD(incremental_alter_configs_response_response, resource_type)},
    {FIELD(incremental_alter_configs_response_response, resource_name)},
};
static const struct kafka_struct incremental_alter_configs_response_response =
    TABLE(incremental_alter_configs_response_response);

static const struct kafka_field incremental_alter_configs_response_fields[] = {
    {FIELD(incremental_alter_configs_response, throttle_time_ms)},
    {STRUCTS(incremental_alter_configs_response, responses, response_count,
             incremental_alter_configs_response_response)},
};

const struct kafka_schema kafka_incremental_alter_configs_response_schema = {
    .name = "incremental alter configs response",
    .first = 0,
    .last = 1,
    .flexible_first = 1,
    .body = TABLE(incremental_alter_configs_response),
};

/* ---- create partitions request ---- */

static const struct kafka_field create_partitions_request_assignment_fields[] = {
    {LIST(create_partitions_request_assignment, broker_ids, broker_id_count)},
};
static const struct kafka_struct create_partitions_request_assignment =
    TABLE(create_partitions_request_assignment);

static const struct kafka_field create_partitions_request_topic_fields[] = {
    {FIELD(create_partitions_request_topic, name)},
    {FIELD(create_partitions_request_topic, count)},
    {STRUCTS(create_partitions_request_topic, assignments, assignment_count,
             create_partitions_request_assignment),
     NULLABLE},
};
static const struct kafka_struct create_partitions_request_topic =
    TABLE(create_partitions_request_topic);

static const struct kafka_field create_partitions_request_fields[] = {
    {STRUCTS(create_partitions_request, topics, topic_count, create_partitions_request_topic)},
    {FIELD(create_partitions_request, timeout_ms)},
    {FIELD(create_partitions_request, validate_only)},
};

const struct kafka_schema kafka_create_partitions_request_schema = {
    .name = "create partitions request",
    .first = 0,
    .last = 3,
    .flexible_first = 2,
    .body = TABLE(create_partitions_request),
};

/* ---- create partitions response ---- */

static const struct kafka_field create_partitions_response_result_fields[] = {
    {FIELD(create_partitions_response_result, name)},
    {FIELD(create_partitions_response_result, error_code)},
    {FIELD(create_partitions_response_result, error_message), NULLABLE,
     .default_value = KAFKA_NULL},
};
static const struct kafka_struct create_partitions_response_result =
    TABLE(create_partitions_response_result);

static const struct kafka_field create_partitions_response_fields[] = {
    {FIELD(create_partitions_response, throttle_time_ms)},
    {STRUCTS(create_partitions_response, results, result_count, create_partitions_response_result)},
};

const struct kafka_schema kafka_create_partitions_response_schema = {
    .name = "create partitions response",
    .first = 0,
    .last = 3,
    .flexible_first = 2,
    .body = TABLE(create_partitions_response),
};

/* ---- elect leaders request ---- */

static const struct kafka_field elect_leaders_request_topic_fields[] = {
    {FIELD(elect_leaders_request_topic, name)},
    {LIST(elect_leaders_request_topic, partitions, partition_count)},
};
static const struct kafka_struct elect_leaders_request_topic = TABLE(elect_leaders_request_topic);

static const struct kafka_field elect_leaders_request_fields[] = {
    {FIELD(elect_leaders_request, election_type), .first = 1},
    {STRUCTS(elect_leaders_request, topics, topic_count, elect_leaders_request_topic), NULLABLE},
    {FIELD(elect_leaders_request, timeout_ms), .default_value = 60000},
};

const struct kafka_schema kafka_elect_leaders_request_schema = {
    .name = "elect leaders request",
    .first = 0,
    .last = 2,
    .flexible_first = 2,
    .body = TABLE(elect_leaders_request),
};

/* ---- elect leaders response ---- */

static const struct kafka_field elect_leaders_response_partition_fields[] = {
    {FIELD(elect_leaders_response_partition, partition)},
    {FIELD(elect_leaders_response_partition, error_code)},
    {FIELD(elect_leaders_response_partition, error_message), NULLABLE},
};
static const struct kafka_struct elect_leaders_response_partition =
    TABLE(elect_leaders_response_partition);

static const struct kafka_field elect_leaders_response_topic_fields[] = {
    {FIELD(elect_leaders_response_topic, name)},
    {STRUCTS(elect_leaders_response_topic, partitions, partition_count,
             elect_leaders_response_partition)},
};
static const struct kafka_struct elect_leaders_response_topic = TABLE(elect_leaders_response_topic);

static const struct kafka_field elect_leaders_response_fields[] = {
    {FIELD(elect_leaders_response, throttle_time_ms)},
    {FIELD(elect_leaders_response, error_code), .first = 1},
    {STRUCTS(elect_leaders_response, topics, topic_count, elect_leaders_response_topic)},
};

const struct kafka_schema kafka_elect_leaders_response_schema = {
    .name = "elect leaders response",
    .first = 0,
    .last = 2,
    .flexible_first = 2,
    .body = TABLE(elect_leaders_response),
};

/* ---- describe log dirs request ---- */

static const struct kafka_field describe_log_dirs_request_topic_fields[] = {
    {FIELD(describe_log_dirs_request_topic, name)},
    {LIST(describe_log_dirs_request_topic, partitions, partition_count)},
};
static const struct kafka_struct describe_log_dirs_request_topic =
    TABLE(describe_log_dirs_request_topic);

static const struct kafka_field describe_log_dirs_request_fields[] = {
    {STRUCTS(describe_log_dirs_request, topics, topic_count, describe_log_dirs_request_topic),
     NULLABLE},
};

const struct kafka_schema kafka_describe_log_dirs_request_schema = {
    .name = "describe log dirs request",
    .first = 0,
    .last = 4,
    .flexible_first = 2,
    .body = TABLE(describe_log_dirs_request),
};

/* ---- describe log dirs response ---- */

static const struct kafka_field describe_log_dirs_response_partition_fields[] = {
    {FIELD(describe_log_dirs_response_partition, partition)},
    {FIELD(describe_log_dirs_response_partition, partition_size)},
    {FIELD(describe_log_dirs_response_partition, offset_lag)},
    {FIELD(describe_log_dirs_response_partition, is_future_key)},
};
static const struct kafka_struct describe_log_dirs_response_partition =
    TABLE(describe_log_dirs_response_partition);

static const struct kafka_field describe_log_dirs_response_topic_fields[] = {
    {FIELD(describe_log_dirs_response_topic, name)},
    {STRUCTS(describe_log_dirs_response_topic, partitions, partition_count,
             describe_log_dirs_response_partition)},
};
static const struct kafka_struct describe_log_dirs_response_topic =
    TABLE(describe_log_dirs_response_topic);

static const struct kafka_field describe_log_dirs_response_result_fields[] = {
    {FIELD(describe_log_dirs_response_result, error_code)},
    {FIELD(describe_log_dirs_response_result, log_dir)},
    {STRUCTS(describe_log_dirs_response_result, topics, topic_count,
             describe_log_dirs_response_topic)},
    {FIELD(describe_log_dirs_response_result, total_bytes), .first = 4, .default_value = -1},
    {FIELD(describe_log_dirs_response_result, usable_bytes), .first = 4, .default_value = -1},
};
static const struct kafka_struct describe_log_dirs_response_result =
    TABLE(describe_log_dirs_response_result);

static const struct kafka_field describe_log_dirs_response_fields[] = {
    {FIELD(describe_log_dirs_response, throttle_time_ms)},
    {FIELD(describe_log_dirs_response, error_code), .first = 3},
    {STRUCTS(describe_log_dirs_response, results, result_count, describe_log_dirs_response_result)},
};

const struct kafka_schema kafka_describe_log_dirs_response_schema = {
    .name = "describe log dirs response",
    .first = 0,
    .last = 4,
    .flexible_first = 2,
    .body = TABLE(describe_log_dirs_response),
};

/* ---- describe cluster request ---- */

static const struct kafka_field describe_cluster_request_fields[] = {
    {FIELD(describe_cluster_request, include_cluster_authorized_operations)},
    {FIELD(describe_cluster_request, endpoint_type), .first = 1, .default_value = 1},
    {FIELD(describe_cluster_request, include_fenced_brokers), .first = 2},
};

const struct kafka_schema kafka_describe_cluster_request_schema = {
    .name = "describe cluster request",
    .first = 0,
    .last = 2,
    .flexible_first = 0,
    .body = TABLE(describe_cluster_request),
};

/* ---- describe cluster response ---- */

static const struct kafka_field describe_cluster_response_broker_fields[] = {
    {FIELD(describe_cluster_response_broker, broker_id)},
    {FIELD(describe_cluster_response_broker, host)},
    {FIELD(describe_cluster_response_broker, port)},
    {FIELD(describe_cluster_response_broker, rack), NULLABLE, .default_value = KAFKA_NULL},
    {FIELD(describe_cluster_response_broker, is_fenced), .first = 2},
};
static const struct kafka_struct describe_cluster_response_broker =
    TABLE(describe_cluster_response_broker);

static const struct kafka_field describe_cluster_response_fields[] = {
    {FIELD(describe_cluster_response, throttle_time_ms)},
    {FIELD(describe_cluster_response, error_code)},
    {FIELD(describe_cluster_response, error_message), NULLABLE, .default_value = KAFKA_NULL},
    {FIELD(describe_cluster_response, endpoint_type), .first = 1, .default_value = 1},
    {FIELD(describe_cluster_response, cluster_id)},
    {FIELD(describe_cluster_response, controller_id), .default_value = -1},
    {STRUCTS(describe_cluster_response, brokers, broker_count, describe_cluster_response_broker)},
    {FIELD(describe_cluster_response, cluster_authorized_operations), .default_value = INT32_MIN},
};

const struct kafka_schema kafka_describe_cluster_response_schema = {
    .name = "describe cluster response",
    .first = 0,
    .last = 2,
    .flexible_first = 0,
    .body = TABLE(describe_cluster_response),
};
