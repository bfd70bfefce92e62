/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/schema_rows.h"

/* ---- find coordinator request ---- */

static const struct kafka_field find_coordinator_request_fields[] = {
    {FIELD(find_coordinator_request, key), .gone = 4},
    {FIELD(find_coordinator_request, key_type), .first = 1},
    {LIST(find_coordinator_request, coordinator_keys, coordinator_key_count), .first = 4},
};

const struct kafka_schema kafka_find_coordinator_request_schema = {
    .name = "find coordinator request",
    .first = 0,
    .last = 6,
    .flexible_first = 3,
    .body = TABLE(find_coordinator_request),
};

/* ---- find coordinator response ---- */

static const struct kafka_field find_coordinator_response_coordinator_fields[] = {
    {FIELD(find_coordinator_response_coordinator, key)},
    {FIELD(find_coordinator_response_coordinator, node_id)},
    {FIELD(find_coordinator_response_coordinator, host)},
    {FIELD(find_coordinator_response_coordinator, port)},
    {FIELD(find_coordinator_response_coordinator, error_code)},
    {FIELD(find_coordinator_response_coordinator, error_message), NULLABLE,
     .default_value = KAFKA_NULL},
};
static const struct kafka_struct find_coordinator_response_coordinator =
    TABLE(find_coordinator_response_coordinator);

static const struct kafka_field find_coordinator_response_fields[] = {
    {FIELD(find_coordinator_response, throttle_time_ms), .first = 1},
    {FIELD(find_coordinator_response, error_code), .gone = 4},
    {FIELD(find_coordinator_response, error_message), .first = 1, .gone = 4, NULLABLE,
     .default_value = KAFKA_NULL},
    {FIELD(find_coordinator_response, node_id), .gone = 4},
    {FIELD(find_coordinator_response, host), .gone = 4},
    {FIELD(find_coordinator_response, port), .gone = 4},
    {STRUCTS(find_coordinator_response, coordinators, coordinator_count,
             find_coordinator_response_coordinator),
     .first = 4},
};

const struct kafka_schema kafka_find_coordinator_response_schema = {
    .name = "find coordinator response",
    .first = 0,
    .last = 6,
    .flexible_first = 3,
    .body = TABLE(find_coordinator_response),
};

/* ---- join group request ---- */

static const struct kafka_field join_group_request_protocol_fields[] = {
    {FIELD(join_group_request_protocol, name)},
    {FIELD(join_group_request_protocol, metadata)},
};
static const struct kafka_struct join_group_request_protocol = TABLE(join_group_request_protocol);

static const struct kafka_field join_group_request_fields[] = {
    {FIELD(join_group_request, group_id)},
    {FIELD(join_group_request, session_timeout_ms)},
    {FIELD(join_group_request, rebalance_timeout_ms), .first = 1, .default_value = -1},
    {FIELD(join_group_request, member_id)},
    {FIELD(join_group_request, group_instance_id), .first = 5, NULLABLE,
     .default_value = KAFKA_NULL},
    {FIELD(join_group_request, protocol_type)},
    {STRUCTS(join_group_request, protocols, protocol_count, join_group_request_protocol)},
    {FIELD(join_group_request, reason), .first = 8, NULLABLE, .default_value = KAFKA_NULL},
};

const struct kafka_schema kafka_join_group_request_schema = {
    .name = "join group request",
    .first = 0,
    .last = 9,
    .flexible_first = 6,
    .body = TABLE(join_group_request),
};

/* ---- join group response ---- */

static const struct kafka_field join_group_response_member_fields[] = {
    {FIELD(join_group_response_member, member_id)},
    {FIELD(join_group_response_member, group_instance_id), .first = 5, NULLABLE,
     .default_value = KAFKA_NULL},
    {FIELD(join_group_response_member, metadata)},
};
static const struct kafka_struct join_group_response_member = TABLE(join_group_response_member);

static const struct kafka_field join_group_response_fields[] = {
    {FIELD(join_group_response, throttle_time_ms), .first = 2},
    {FIELD(join_group_response, error_code)},
    {FIELD(join_group_response, generation_id), .default_value = -1},
    {FIELD(join_group_response, protocol_type), .first = 7, NULLABLE, .default_value = KAFKA_NULL},
    {FIELD(join_group_response, protocol_name), NULLABLE, .null_first = 7},
    {FIELD(join_group_response, leader)},
    {FIELD(join_group_response, skip_assignment), .first = 9},
    {FIELD(join_group_response, member_id)},
    {STRUCTS(join_group_response, members, member_count, join_group_response_member)},
};

const struct kafka_schema kafka_join_group_response_schema = {
    .name = "join group response",
    .first = 0,
    .last = 9,
    .flexible_first = 6,
    .body = TABLE(join_group_response),
};

/* ---- heartbeat request ---- */

static const struct kafka_field heartbeat_request_fields[] = {
    {FIELD(heartbeat_request, group_id)},
    {FIELD(heartbeat_request, generation_id)},
    {FIELD(heartbeat_request, member_id)},
    {FIELD(heartbeat_request, group_instance_id), .first = 3, NULLABLE,
     .default_value = KAFKA_NULL},
};

const struct kafka_schema kafka_heartbeat_request_schema = {
    .name = "heartbeat request",
    .first = 0,
    .last = 4,
    .flexible_first = 4,
    .body = TABLE(heartbeat_request),
};

/* ---- heartbeat response ---- */

static const struct kafka_field heartbeat_response_fields[] = {
    {FIELD(heartbeat_response, throttle_time_ms), .first = 1},
    {FIELD(heartbeat_response, error_code)},
};

const struct kafka_schema kafka_heartbeat_response_schema = {
    .name = "heartbeat response",
    .first = 0,
    .last = 4,
    .flexible_first = 4,
    .body = TABLE(heartbeat_response),
};

/* ---- leave group request ---- */

static const struct kafka_field leave_group_request_member_fields[] = {
    {FIELD(leave_group_request_member, member_id)},
    {FIELD(leave_group_request_member, group_instance_id), NULLABLE, .default_value = KAFKA_NULL},
    {FIELD(leave_group_request_member, reason), .first = 5, NULLABLE, .default_value = KAFKA_NULL},
};
static const struct kafka_struct leave_group_request_member = TABLE(leave_group_request_member);

static const struct kafka_field leave_group_request_fields[] = {
    {FIELD(leave_group_request, group_id)},
    {FIELD(leave_group_request, member_id), .gone = 3},
    {STRUCTS(leave_group_request, members, member_count, leave_group_request_member), .first = 3},
};

const struct kafka_schema kafka_leave_group_request_schema = {
    .name = "leave group request",
    .first = 0,
    .last = 5,
    .flexible_first = 4,
    .body = TABLE(leave_group_request),
};

/* ---- leave group response ---- */

static const struct kafka_field leave_group_response_member_fields[] = {
    {FIELD(leave_group_response_member, member_id)},
    {FIELD(leave_group_response_member, group_instance_id), NULLABLE},
    {FIELD(leave_group_response_member, error_code)},
};
static const struct kafka_struct leave_group_response_member = TABLE(leave_group_response_member);

static const struct kafka_field leave_group_response_fields[] = {
    {FIELD(leave_group_response, throttle_time_ms), .first = 1},
    {FIELD(leave_group_response, error_code)},
    {STRUCTS(leave_group_response, members, member_count, leave_group_response_member), .first = 3},
};

const struct kafka_schema kafka_leave_group_response_schema = {
    .name = "leave group response",
    .first = 0,
    .last = 5,
    .flexible_first = 4,
    .body = TABLE(leave_group_response),
};

/* ---- sync group request ---- */

static const struct kafka_field sync_group_request_assignment_fields[] = {
    {FIELD(sync_group_request_assignment, member_id)},
    {FIELD(sync_group_request_assignment, assignment)},
};
static const struct kafka_struct sync_group_request_assignment =
    TABLE(sync_group_request_assignment);

static const struct kafka_field sync_group_request_fields[] = {
    {FIELD(sync_group_request, group_id)},
    {FIELD(sync_group_request, generation_id)},
    {FIELD(sync_group_request, member_id)},
    {FIELD(sync_group_request, group_instance_id), .first = 3, NULLABLE,
     .default_value = KAFKA_NULL},
    {FIELD(sync_group_request, protocol_type), .first = 5, NULLABLE, .default_value = KAFKA_NULL},
    {FIELD(sync_group_request, protocol_name), .first = 5, NULLABLE, .default_value = KAFKA_NULL},
    {STRUCTS(sync_group_request, assignments, assignment_count, sync_group_request_assignment)},
};

const struct kafka_schema kafka_sync_group_request_schema = {
    .name = "sync group request",
    .first = 0,
    .last = 5,
    .flexible_first = 4,
    .body = TABLE(sync_group_request),
};

/* ---- sync group response ---- */

static const struct kafka_field sync_group_response_fields[] = {
    {FIELD(sync_group_response, throttle_time_ms), .first = 1},
    {FIELD(sync_group_response, error_code)},
    {FIELD(sync_group_response, protocol_type), .first = 5, NULLABLE, .default_value = KAFKA_NULL},
    {FIELD(sync_group_response, protocol_name), .first = 5, NULLABLE, .default_value = KAFKA_NULL},
    {FIELD(sync_group_response, assignment)},
};

const struct kafka_schema kafka_sync_group_response_schema = {
    .name = "sync group response",
    .first = 0,
    .last = 5,
    .flexible_first = 4,
    .body = TABLE(sync_group_response),
};

/* ---- offset commit request ---- */

static const struct kafka_field offset_commit_request_partition_fields[] = {
    {FIELD(offset_commit_request_partition, partition)},
    {FIELD(offset_commit_request_partition, committed_offset)},
    {FIELD(offset_commit_request_partition, committed_leader_epoch), .first = 6,
     .default_value = -1},
    {FIELD(offset_commit_request_partition, commit_timestamp), .first = 1, .gone = 2,
     .default_value = -1},
    {FIELD(offset_commit_request_partition, committed_metadata), NULLABLE},
};
static const struct kafka_struct offset_commit_request_partition =
    TABLE(offset_commit_request_partition);

static const struct kafka_field offset_commit_request_topic_fields[] = {
    {FIELD(offset_commit_request_topic, name), .gone = 10},
    {FIELD(offset_commit_request_topic, topic_id), .first = 10},
    {STRUCTS(offset_commit_request_topic, partitions, partition_count,
             offset_commit_request_partition)},
};
static const struct kafka_struct offset_commit_request_topic = TABLE(offset_commit_request_topic);

static const struct kafka_field offset_commit_request_fields[] = {
    {FIELD(offset_commit_request, group_id)},
    {FIELD(offset_commit_request, generation_id), .first = 1, .default_value = -1},
    {FIELD(offset_commit_request, member_id), .first = 1},
    {FIELD(offset_commit_request, group_instance_id), .first = 7, NULLABLE,
     .default_value = KAFKA_NULL},
    {FIELD(offset_commit_request, retention_time_ms), .first = 2, .gone = 5, .default_value = -1},
    {STRUCTS(offset_commit_request, topics, topic_count, offset_commit_request_topic)},
};

const struct kafka_schema kafka_offset_commit_request_schema = {
    .name = "offset commit request",
    .first = 0,
    .last = 10,
    .flexible_first = 8,
    .body = TABLE(offset_commit_request),
};

/* ---- offset commit response ---- */

static const struct kafka_field offset_commit_response_partition_fields[] = {
    {FIELD(offset_commit_response_partition, partition)},
    {FIELD(offset_commit_response_partition, error_code)},
};
static const struct kafka_struct offset_commit_response_partition =
    TABLE(offset_commit_response_partition);

static const struct kafka_field offset_commit_response_topic_fields[] = {
    {FIELD(offset_commit_response_topic, name), .gone = 10},
    {FIELD(offset_commit_response_topic, topic_id), .first = 10},
    {STRUCTS(offset_commit_response_topic, partitions, partition_count,
             offset_commit_response_partition)},
};
static const struct kafka_struct offset_commit_response_topic = TABLE(offset_commit_response_topic);

static const struct kafka_field offset_commit_response_fields[] = {
    {FIELD(offset_commit_response, throttle_time_ms), .first = 3},
    {STRUCTS(offset_commit_response, topics, topic_count, offset_commit_response_topic)},
};

const struct kafka_schema kafka_offset_commit_response_schema = {
    .name = "offset commit response",
    .first = 0,
    .last = 10,
    .flexible_first = 8,
    .body = TABLE(offset_commit_response),
};

/* ---- offset fetch request ---- */

static const struct kafka_field offset_fetch_request_topic_fields[] = {
    {FIELD(offset_fetch_request_topic, name), .gone = 10},
    {FIELD(offset_fetch_request_topic, topic_id), .first = 10},
    {LIST(offset_fetch_request_topic, partitions, partition_count)},
};
static const struct kafka_struct offset_fetch_request_topic = TABLE(offset_fetch_request_topic);

static const struct kafka_field offset_fetch_request_group_fields[] = {
    {FIELD(offset_fetch_request_group, group_id)},
    {FIELD(offset_fetch_request_group, member_id), .first = 9, NULLABLE,
     .default_value = KAFKA_NULL},
    {FIELD(offset_fetch_request_group, member_epoch), .first = 9, .default_value = -1},
    {STRUCTS(offset_fetch_request_group, topics, topic_count, offset_fetch_request_topic),
     NULLABLE},
};
static const struct kafka_struct offset_fetch_request_group = TABLE(offset_fetch_request_group);

static const struct kafka_field offset_fetch_request_fields[] = {
    {FIELD(offset_fetch_request, group_id), .gone = 8},
    {STRUCTS(offset_fetch_request, topics, topic_count, offset_fetch_request_topic), .gone = 8,
     NULLABLE, .null_first = 2},
    {STRUCTS(offset_fetch_request, groups, group_count, offset_fetch_request_group), .first = 8},
    {FIELD(offset_fetch_request, require_stable), .first = 7},
};

const struct kafka_schema kafka_offset_fetch_request_schema = {
    .name = "offset fetch request",
    .first = 1,
    .last = 10,
    .flexible_first = 6,
    .body = TABLE(offset_fetch_request),
};

/* ---- offset fetch response ---- */

static const struct kafka_field offset_fetch_response_partition_fields[] = {
    {FIELD(offset_fetch_response_partition, partition)},
    {FIELD(offset_fetch_response_partition, committed_offset)},
    {FIELD(offset_fetch_response_partition, committed_leader_epoch), .first = 5,
     .default_value = -1},
    {FIELD(offset_fetch_response_partition, metadata), NULLABLE},
    {FIELD(offset_fetch_response_partition, error_code)},
};
static const struct kafka_struct offset_fetch_response_partition =
    TABLE(offset_fetch_response_partition);

static const struct kafka_field offset_fetch_response_topic_fields[] = {
    {FIELD(offset_fetch_response_topic, name), .gone = 10},
    {FIELD(offset_fetch_response_topic, topic_id), .first = 10},
    {STRUCTS(offset_fetch_response_topic, partitions, partition_count,
             offset_fetch_response_partition)},
};
static const struct kafka_struct offset_fetch_response_topic = TABLE(offset_fetch_response_topic);

static const struct kafka_field offset_fetch_response_group_fields[] = {
    {FIELD(offset_fetch_response_group, group_id)},
    {STRUCTS(offset_fetch_response_group, topics, topic_count, offset_fetch_response_topic)},
    {FIELD(offset_fetch_response_group, error_code)},
};
static const struct kafka_struct offset_fetch_response_group = TABLE(offset_fetch_response_group);

static const struct kafka_field offset_fetch_response_fields[] = {
    {FIELD(offset_fetch_response, throttle_time_ms), .first = 3},
    {STRUCTS(offset_fetch_response, topics, topic_count, offset_fetch_response_topic), .gone = 8},
    {FIELD(offset_fetch_response, error_code), .first = 2, .gone = 8},
    {STRUCTS(offset_fetch_response, groups, group_count, offset_fetch_response_group), .first = 8},
};

const struct kafka_schema kafka_offset_fetch_response_schema = {
    .name = "offset fetch response",
    .first = 1,
    .last = 10,
    .flexible_first = 6,
    .body = TABLE(offset_fetch_response),
};

/* ---- describe groups request ---- */

static const struct kafka_field describe_groups_request_fields[] = {
    {LIST(describe_groups_request, groups, group_count)},
    {FIELD(describe_groups_request, include_authorized_operations), .first = 3},
};

const struct kafka_schema kafka_describe_groups_request_schema = {
    .name = "describe groups request",
    .first = 0,
    .last = 6,
    .flexible_first = 5,
    .body = TABLE(describe_groups_request),
};

/* ---- describe groups response ---- */

static const struct kafka_field describe_groups_response_member_fields[] = {
    {FIELD(describe_groups_response_member, member_id)},
    {FIELD(describe_groups_response_member, group_instance_id), .first = 4, NULLABLE,
     .default_value = KAFKA_NULL},
    {FIELD(describe_groups_response_member, client_id)},
    {FIELD(describe_groups_response_member, client_host)},
    {FIELD(describe_groups_response_member, member_metadata)},
    {FIELD(describe_groups_response_member, member_assignment)},
};
static const struct kafka_struct describe_groups_response_member =
    TABLE(describe_groups_response_member);

static const struct kafka_field describe_groups_response_group_fields[] = {
    {FIELD(describe_groups_response_group, error_code)},
    {FIELD(describe_groups_response_group, error_message), .first = 6, NULLABLE,
     .default_value = KAFKA_NULL},
    {FIELD(describe_groups_response_group, group_id)},
    {FIELD(describe_groups_response_group, group_state)},
    {FIELD(describe_groups_response_group, protocol_type)},
    {FIELD(describe_groups_response_group, protocol_data)},
    {STRUCTS(describe_groups_response_group, members, member_count,
             describe_groups_response_member)},
    {FIELD(describe_groups_response_group, authorized_operations), .first = 3,
     .default_value = INT32_MIN},
};
static const struct kafka_struct describe_groups_response_group =
    TABLE(describe_groups_response_group);

static const struct kafka_field describe_groups_response_fields[] = {
    {FIELD(describe_groups_response, throttle_time_ms), .first = 1},
    {STRUCTS(describe_groups_response, groups, group_count, describe_groups_response_group)},
};

const struct kafka_schema kafka_describe_groups_response_schema = {
    .name = "describe groups response",
    .first = 0,
    .last = 6,
    .flexible_first = 5,
    .body = TABLE(describe_groups_response),
};

/* ---- list groups request ---- */

static const struct kafka_field list_groups_request_fields[] = {
    {LIST(list_groups_request, states_filter, states_filter_count), .first = 4},
    {LIST(list_groups_request, types_filter, types_filter_count), .first = 5},
};

const struct kafka_schema kafka_list_groups_request_schema = {
    .name = "list groups request",
    .first = 0,
    .last = 5,
    .flexible_first = 3,
    .body = TABLE(list_groups_request),
};

/* ---- list groups response ---- */

static const struct kafka_field list_groups_response_group_fields[] = {
    {FIELD(list_groups_response_group, group_id)},
    {FIELD(list_groups_response_group, protocol_type)},
    {FIELD(list_groups_response_group, group_state), .first = 4},
    {FIELD(list_groups_response_group, group_type), .first = 5},
};
static const struct kafka_struct list_groups_response_group = TABLE(list_groups_response_group);

static const struct kafka_field list_groups_response_fields[] = {
    {FIELD(list_groups_response, throttle_time_ms), .first = 1},
    {FIELD(list_groups_response, error_code)},
    {STRUCTS(list_groups_response, groups, group_count, list_groups_response_group)},
};

const struct kafka_schema kafka_list_groups_response_schema = {
    .name = "list groups response",
    .first = 0,
    .last = 5,
    .flexible_first = 3,
    .body = TABLE(list_groups_response),
};

/* ---- delete groups request ---- */

static const struct kafka_field delete_groups_request_fields[] = {
    {LIST(delete_groups_request, groups, group_count)},
};

const struct kafka_schema kafka_delete_groups_request_schema = {
    .name = "delete groups request",
    .first = 0,
    .last = 2,
    .flexible_first = 2,
    .body = TABLE(delete_groups_request),
};

/* ---- delete groups response ---- */

static const struct kafka_field delete_groups_response_result_fields[] = {
    {FIELD(delete_groups_response_result, group_id)},
    {FIELD(delete_groups_response_result, error_code)},
};
static const struct kafka_struct delete_groups_response_result =
    TABLE(delete_groups_response_result);

static const struct kafka_field delete_groups_response_fields[] = {
    {FIELD(delete_groups_response, throttle_time_ms)},
    {STRUCTS(delete_groups_response, results, result_count, delete_groups_response_result)},
};

const struct kafka_schema kafka_delete_groups_response_schema = {
    .name = "delete groups response",
    .first = 0,
    .last = 2,
    .flexible_first = 2,
    .body = TABLE(delete_groups_response),
};

/* ---- offset delete request ---- */

static const struct kafka_field offset_delete_request_partition_fields[] = {
    {FIELD(offset_delete_request_partition, partition)},
};
static const struct kafka_struct offset_delete_request_partition =
    TABLE(offset_delete_request_partition);

static const struct kafka_field offset_delete_request_topic_fields[] = {
    {FIELD(offset_delete_request_topic, name)},
    {STRUCTS(offset_delete_request_topic, partitions, partition_count,
             offset_delete_request_partition)},
};
static const struct kafka_struct offset_delete_request_topic = TABLE(offset_delete_request_topic);

static const struct kafka_field offset_delete_request_fields[] = {
    {FIELD(offset_delete_request, group_id)},
    {STRUCTS(offset_delete_request, topics, topic_count, offset_delete_request_topic)},
};

const struct kafka_schema kafka_offset_delete_request_schema = {
    .name = "offset delete request",
    .first = 0,
    .last = 0,
    .flexible_first = KAFKA_NEVER_FLEXIBLE,
    .body = TABLE(offset_delete_request),
};

/* ---- offset delete response ---- */

static const struct kafka_field offset_delete_response_partition_fields[] = {
    {FIELD(offset_delete_response_partition, partition)},
    {FIELD(offset_delete_response_partition, error_code)},
};
static const struct kafka_struct offset_delete_response_partition =
    TABLE(offset_delete_response_partition);

static const struct kafka_field offset_delete_response_topic_fields[] = {
    {FIELD(offset_delete_response_topic, name)},
    {STRUCTS(offset_delete_response_topic, partitions, partition_count,
             offset_delete_response_partition)},
};
static const struct kafka_struct offset_delete_response_topic = TABLE(offset_delete_response_topic);

static const struct kafka_field offset_delete_response_fields[] = {
    {FIELD(offset_delete_response, error_code)},
    {FIELD(offset_delete_response, throttle_time_ms)},
    {STRUCTS(offset_delete_response, topics, topic_count, offset_delete_response_topic)},
};

const struct kafka_schema kafka_offset_delete_response_schema = {
    .name = "offset delete response",
    .first = 0,
    .last = 0,
    .flexible_first = KAFKA_NEVER_FLEXIBLE,
    .body = TABLE(offset_delete_response),
};
