/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The APIs that the broker serves: one row each. What is not in the table is not advertised; to serve more of what
 * the schemas know is to raise a number here. docs/protocol/kafka.md lists the same. Constant data; any thread.
 */
#ifndef BROKER_PROTOCOL_APIS_H
#define BROKER_PROTOCOL_APIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/protocol/messages_data.h"
#include "broker/protocol/schema.h"

enum kafka_api_key {
    KAFKA_PRODUCE = 0,
    KAFKA_FETCH = 1,
    KAFKA_LIST_OFFSETS = 2,
    KAFKA_METADATA = 3,
    KAFKA_OFFSET_COMMIT = 8,
    KAFKA_OFFSET_FETCH = 9,
    KAFKA_FIND_COORDINATOR = 10,
    KAFKA_JOIN_GROUP = 11,
    KAFKA_HEARTBEAT = 12,
    KAFKA_LEAVE_GROUP = 13,
    KAFKA_SYNC_GROUP = 14,
    KAFKA_DESCRIBE_GROUPS = 15,
    KAFKA_LIST_GROUPS = 16,
    KAFKA_API_VERSIONS = 18,
    KAFKA_CREATE_TOPICS = 19,
    KAFKA_DELETE_TOPICS = 20,
    KAFKA_DELETE_RECORDS = 21,
    KAFKA_INIT_PRODUCER_ID = 22,
    KAFKA_OFFSET_FOR_LEADER_EPOCH = 23,
    KAFKA_DESCRIBE_CONFIGS = 32,
    KAFKA_ALTER_CONFIGS = 33,
    KAFKA_DESCRIBE_LOG_DIRS = 35,
    KAFKA_CREATE_PARTITIONS = 37,
    KAFKA_DELETE_GROUPS = 42,
    KAFKA_ELECT_LEADERS = 43,
    KAFKA_INCREMENTAL_ALTER_CONFIGS = 44,
    KAFKA_OFFSET_DELETE = 47,
    KAFKA_DESCRIBE_CLUSTER = 60,
};

enum {
    KAFKA_API_COUNT = 28,
};

struct kafka_api {
    int16_t key;
    int16_t advertised_min;
    int16_t advertised_max;
    int16_t served_min; /* below it, though advertised: UNSUPPORTED_VERSION */
    const char *name;   /* "ListOffsets" */
    const struct kafka_schema *request;
    const struct kafka_schema *response;
};

/* NULL if there is no such API. */
const struct kafka_api *kafka_api_find(int16_t key);

/* All of them, KAFKA_API_COUNT, by key. */
const struct kafka_api *kafka_api_all(void);

/* Whether a request of that version can be decoded and its response be encoded, because it is advertised; it
 * may still be below served_min. */
bool kafka_api_is_advertised(const struct kafka_api *api, int16_t version);

/* For the response to ApiVersions: fills in KAFKA_API_COUNT rows. */
void kafka_api_advertise(struct kafka_api_versions_response_api_key *ret_keys);

#endif
