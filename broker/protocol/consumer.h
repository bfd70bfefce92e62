/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes that consumers hand each other through a group: a version, then a body of the classic form. A version
 * that is newer than ours is read as our newest: what is new stands at the end. Pure; any thread.
 */
#ifndef BROKER_PROTOCOL_CONSUMER_H
#define BROKER_PROTOCOL_CONSUMER_H

#include "base/attribute.h"
#include "base/err.h"
#include "broker/protocol/arena.h"
#include "broker/protocol/messages_consumer.h"
#include "broker/protocol/writer.h"

/* Both borrow from the bytes. ERR_CORRUPT if they are not what they should be; ERR_LIMIT as kafka_decode(). */
enum err kafka_decode_subscription(struct kafka_bytes bytes, struct kafka_arena *arena,
                                   struct kafka_consumer_subscription *ret_subscription,
                                   struct error *error) MUST_USE;
enum err kafka_decode_assignment(struct kafka_bytes bytes, struct kafka_arena *arena,
                                 struct kafka_consumer_assignment *ret_assignment,
                                 struct error *error) MUST_USE;

/* Fail as kafka_encode() does. */
enum err kafka_encode_subscription(const struct kafka_consumer_subscription *subscription,
                                   int16_t version, struct kafka_writer *writer,
                                   struct error *error) MUST_USE;
enum err kafka_encode_assignment(const struct kafka_consumer_assignment *assignment,
                                 int16_t version, struct kafka_writer *writer,
                                 struct error *error) MUST_USE;

#endif
