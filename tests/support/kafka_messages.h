/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any message of Kafka's protocol, by its schema: written as a line of text, so that messages can be compared and
 * read, or filled at random.
 *
 *     transactional_id=~ acks=-1 timeout_ms=100 topics=[ ( name='t' partitions=[ ( partition=5 records='ab' ) ] ) ]
 *
 * Only fields that the version has are written; ~ is null; tagged fields that do not have their defaults come last, in
 * braces; a uuid is # and 32 digits; bytes that cannot be read are written as \ and two digits.
 */
#ifndef TESTS_KAFKA_MESSAGES_H
#define TESTS_KAFKA_MESSAGES_H

#include <stdint.h>

#include "base/rng.h"
#include "base/text.h"
#include "broker/protocol/arena.h"
#include "broker/protocol/schema.h"

void kafka_messages_print(const struct kafka_schema *schema, int16_t version, const void *message,
                          struct text *out);

/* Fields that the version does not have get their defaults. What it needs is in the arena. */
void kafka_messages_fill(const struct kafka_schema *schema, int16_t version, struct rng *rng,
                         struct kafka_arena *arena, void *ret_message);

/* Calls `visit` with each schema that there is. */
void kafka_messages_each(void (*visit)(const struct kafka_schema *schema));

#endif
