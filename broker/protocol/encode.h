/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encodes any message of any version by its schema. Pure; any thread.
 */
#ifndef BROKER_PROTOCOL_ENCODE_H
#define BROKER_PROTOCOL_ENCODE_H

#include <stdint.h>

#include "base/attribute.h"
#include "base/err.h"
#include "broker/protocol/schema.h"
#include "broker/protocol/writer.h"

/* Appends the message. Fields that the version does not have are not looked at; null is sent as empty where the
 * version knows no null; tagged fields are sent unless they have their defaults. Fails with ERR_LIMIT (a text of more
 * than INT16_MAX bytes) or ERR_VERSION; then the writer is as it was, and files are still the caller's. On success
 * their references belong to the writer's parts. `error` may be NULL. */
enum err kafka_encode(const struct kafka_schema *schema, int16_t version, const void *message,
                      struct kafka_writer *writer, struct error *error) MUST_USE;

#endif
