/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/schema_rows.h"

/* ---- consumer subscription ---- */

static const struct kafka_field consumer_subscription_owned_partition_fields[] = {
    {FIELD(consumer_subscription_owned_partition, name)},
    {LIST(consumer_subscription_owned_partition, partitions, partition_count)},
};
static const struct kafka_struct consumer_subscription_owned_partition =
    TABLE(consumer_subscription_owned_partition);

static const struct kafka_field consumer_subscription_fields[] = {
    {LIST(consumer_subscription, topics, topic_count)},
    {FIELD(consumer_subscription, user_data), NULLABLE, .default_value = KAFKA_NULL},
    {STRUCTS(consumer_subscription, owned_partitions, owned_partition_count,
             consumer_subscription_owned_partition),
     .first = 1},
    {FIELD(consumer_subscription, generation_id), .first = 2, .default_value = -1},
    {FIELD(consumer_subscription, rack_id), .first = 3, NULLABLE, .default_value = KAFKA_NULL},
};

const struct kafka_schema kafka_consumer_subscription_schema = {
    .name = "consumer subscription",
    .first = 0,
    .last = 3,
    .flexible_first = KAFKA_NEVER_FLEXIBLE,
    .body = TABLE(consumer_subscription),
};

/* ---- consumer assignment ---- */

static const struct kafka_field consumer_assignment_assigned_partition_fields[] = {
    {FIELD(consumer_assignment_assigned_partition, name)},
    {LIST(consumer_assignment_assigned_partition, partitions, partition_count)},
};
static const struct kafka_struct consumer_assignment_assigned_partition =
    TABLE(consumer_assignment_assigned_partition);

static const struct kafka_field consumer_assignment_fields[] = {
    {STRUCTS(consumer_assignment, assigned_partitions, assigned_partition_count,
             consumer_assignment_assigned_partition)},
    {FIELD(consumer_assignment, user_data), NULLABLE, .default_value = KAFKA_NULL},
};

const struct kafka_schema kafka_consumer_assignment_schema = {
    .name = "consumer assignment",
    .first = 0,
    .last = 3,
    .flexible_first = KAFKA_NEVER_FLEXIBLE,
    .body = TABLE(consumer_assignment),
};
