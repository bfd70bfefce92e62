/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/apis.h"

#include "broker/protocol/schemas.h"

/* A row; from version `first_` to `last_` is advertised, from `served_` on answered. */
#define ROW(key_, name_, first_, last_, served_, stem)                                         \
    {                                                                                          \
        .key = (key_), .name = (name_), .advertised_min = (first_), .advertised_max = (last_), \
        .served_min = (served_), .request = &kafka_##stem##_request_schema,                    \
        .response = &kafka_##stem##_response_schema,                                           \
    }

/*
 * Old minimums cost nothing, and clients look at them: librdkafka takes compression from Produce 0, groups from
 * FindCoordinator 0 and JoinGroup 0.
 */
static const struct kafka_api apis[] = {
    ROW(KAFKA_PRODUCE, "Produce", 0, 8, 3, produce),
    ROW(KAFKA_FETCH, "Fetch", 4, 11, 4, fetch),
    ROW(KAFKA_LIST_OFFSETS, "ListOffsets", 1, 5, 1, list_offsets),
    ROW(KAFKA_METADATA, "Metadata", 0, 8, 0, metadata),
    ROW(KAFKA_OFFSET_COMMIT, "OffsetCommit", 2, 7, 2, offset_commit),
    ROW(KAFKA_OFFSET_FETCH, "OffsetFetch", 1, 7, 1, offset_fetch),
    ROW(KAFKA_FIND_COORDINATOR, "FindCoordinator", 0, 2, 0, find_coordinator),
    ROW(KAFKA_JOIN_GROUP, "JoinGroup", 0, 5, 0, join_group),
    ROW(KAFKA_HEARTBEAT, "Heartbeat", 0, 3, 0, heartbeat),
    ROW(KAFKA_LEAVE_GROUP, "LeaveGroup", 0, 3, 0, leave_group),
    ROW(KAFKA_SYNC_GROUP, "SyncGroup", 0, 3, 0, sync_group),
    ROW(KAFKA_DESCRIBE_GROUPS, "DescribeGroups", 0, 4, 0, describe_groups),
    ROW(KAFKA_LIST_GROUPS, "ListGroups", 0, 4, 0, list_groups),
    ROW(KAFKA_API_VERSIONS, "ApiVersions", 0, 3, 0, api_versions),
    ROW(KAFKA_CREATE_TOPICS, "CreateTopics", 0, 4, 0, create_topics),
    ROW(KAFKA_DELETE_TOPICS, "DeleteTopics", 1, 3, 1, delete_topics),
    ROW(KAFKA_DELETE_RECORDS, "DeleteRecords", 0, 1, 0, delete_records),
    ROW(KAFKA_INIT_PRODUCER_ID, "InitProducerId", 0, 1, 0, init_producer_id),
    ROW(KAFKA_OFFSET_FOR_LEADER_EPOCH, "OffsetForLeaderEpoch", 2, 3, 2, offset_for_leader_epoch),
    ROW(KAFKA_DESCRIBE_CONFIGS, "DescribeConfigs", 1, 3, 1, describe_configs),
    ROW(KAFKA_ALTER_CONFIGS, "AlterConfigs", 0, 1, 0, alter_configs),
    ROW(KAFKA_DESCRIBE_LOG_DIRS, "DescribeLogDirs", 0, 1, 0, describe_log_dirs),
    ROW(KAFKA_CREATE_PARTITIONS, "CreatePartitions", 0, 1, 0, create_partitions),
    ROW(KAFKA_DELETE_GROUPS, "DeleteGroups", 0, 1, 0, delete_groups),
    ROW(KAFKA_ELECT_LEADERS, "ElectLeaders", 0, 1, 0, elect_leaders),
    ROW(KAFKA_INCREMENTAL_ALTER_CONFIGS, "IncrementalAlterConfigs", 0, 0, 0,
        incremental_alter_configs),
    ROW(KAFKA_OFFSET_DELETE, "OffsetDelete", 0, 0, 0, offset_delete),
    ROW(KAFKA_DESCRIBE_CLUSTER, "DescribeCluster", 0, 0, 0, describe_cluster),
};

_Static_assert(sizeof apis / sizeof *apis == KAFKA_API_COUNT, "a row for each key");

const struct kafka_api *kafka_api_find(int16_t key)
{
    size_t begin = 0;
    size_t end = KAFKA_API_COUNT;

    while (begin < end) {
        size_t middle = (begin + end) / 2;
        if (apis[middle].key == key)
            return &apis[middle];
        if (apis[middle].key < key)
            begin = middle + 1;
        else
            end = middle;
    }
    return NULL;
}

const struct kafka_api *kafka_api_all(void)
{
    return apis;
}

bool kafka_api_is_advertised(const struct kafka_api *api, int16_t version)
{
    return version >= api->advertised_min && version <= api->advertised_max;
}

void kafka_api_advertise(struct kafka_api_versions_response_api_key *ret_keys)
{
    for (size_t i = 0; i < KAFKA_API_COUNT; i++)
        ret_keys[i] = (struct kafka_api_versions_response_api_key){
            .api_key = apis[i].key,
            .min_version = apis[i].advertised_min,
            .max_version = apis[i].advertised_max,
        };
}
