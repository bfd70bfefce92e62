/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kafka's messages as C structs: struct kafka_<api>_request and _response, one for all versions. A field has
 * Kafka's name in snake_case, but for what Kafka names differently from message to message: here arrays of topics
 * and partitions are `topics` and `partitions`, a topic's name is `name`, a partition's number is `partition`.
 *
 * An array is a pointer and a count of the same name in the singular; count KAFKA_NULL is null, as is the length of
 * a text. A comment says in which versions a field is on the wire (none: in all), and whether it may be null. A field
 * that the version does not have is decoded to its default (0, empty, or what Kafka says), and is not looked
 * at when it is encoded. What is null where the version knows no null is sent as empty.
 *
 * Pure values; what they borrow is said in types.h.
 */
#ifndef BROKER_PROTOCOL_MESSAGES_H
#define BROKER_PROTOCOL_MESSAGES_H

#include "broker/protocol/messages_admin.h"
#include "broker/protocol/messages_consumer.h"
#include "broker/protocol/messages_data.h"
#include "broker/protocol/messages_group.h"

#endif
