/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes any message of any version by its schema. Texts, bytes and records borrow from the reader's bytes; arrays
 * are in the arena. Nothing in the input makes it take more than the arena allows, or go deeper than the tables say.
 * Pure; any thread.
 */
#ifndef BROKER_PROTOCOL_DECODE_H
#define BROKER_PROTOCOL_DECODE_H

#include <stdint.h>

#include "base/attribute.h"
#include "base/err.h"
#include "broker/protocol/arena.h"
#include "broker/protocol/reader.h"
#include "broker/protocol/schema.h"

/* Fills the struct of the message: fields that the version does not have get their defaults. The reader is left
 * behind the message; what follows is not looked at. Fails with ERR_CORRUPT, ERR_LIMIT (more than the arena gives)
 * or ERR_VERSION (no such version), and "produce request v7: 'records' at byte 34 is cut off"; then the struct holds
 * nothing of use. `error` may be NULL. */
enum err kafka_decode(const struct kafka_schema *schema, int16_t version,
                      struct kafka_reader *reader, struct kafka_arena *arena, void *ret_message,
                      struct error *error) MUST_USE;

#endif
