/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What consumers put into the bytes that a group hands around: the metadata of a join (subscription) and what the
 * leader gives each member (assignment). Opaque to the coordinator; `gale group describe` looks inside. See messages.h.
 */
#ifndef BROKER_PROTOCOL_MESSAGES_CONSUMER_H
#define BROKER_PROTOCOL_MESSAGES_CONSUMER_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/protocol/types.h"

/* ---- consumer subscription, versions 0..3 ---- */

struct kafka_consumer_subscription_owned_partition {
    struct kafka_string name;
    int32_t *partitions;
    int32_t partition_count;
};

struct kafka_consumer_subscription {
    struct kafka_string *topics;
    int32_t topic_count;
    struct kafka_bytes user_data;                                         /* or null */
    struct kafka_consumer_subscription_owned_partition *owned_partitions; /* 1+ */
    int32_t owned_partition_count;
    int32_t generation_id;       /* 2+ */
    struct kafka_string rack_id; /* 3+, or null */
};

/* ---- consumer assignment, versions 0..3 ---- */

struct kafka_consumer_assignment_assigned_partition {
    struct kafka_string name;
    int32_t *partitions;
    int32_t partition_count;
};

struct kafka_consumer_assignment {
    struct kafka_consumer_assignment_assigned_partition *assigned_partitions;
    int32_t assigned_partition_count;
    struct kafka_bytes user_data; /* or null */
};

#endif
