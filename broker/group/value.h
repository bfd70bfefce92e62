/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts and bytes of messages that the coordinator keeps: copies that it owns. Pure; any thread.
 */
#ifndef BROKER_GROUP_VALUE_H
#define BROKER_GROUP_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attribute.h"
#include "broker/protocol/types.h"

/* Null stays null. */
struct kafka_string value_copy_string(struct kafka_string from) MUST_USE;
struct kafka_bytes value_copy_bytes(struct kafka_bytes from) MUST_USE;

/* Frees a copy and leaves null. */
void value_drop_string(struct kafka_string *string);
void value_drop_bytes(struct kafka_bytes *bytes);

/* Null is like null alone. */
bool value_same_string(struct kafka_string one, struct kafka_string other);
bool value_same_bytes(struct kafka_bytes one, struct kafka_bytes other);

/* Null or of no length. */
bool value_is_empty(struct kafka_string string);

/* Borrows the text. */
struct kafka_string value_of_text(const char *text);

/* For "%.*s" in texts to people: at most so many bytes, and where they are. */
int value_shown_size(struct kafka_string string);
const char *value_shown(struct kafka_string string);
#define VALUE_SHOWN(string) value_shown_size(string), value_shown(string)

/* The length of a text or of bytes in memory: 0 for null. */
size_t value_size(int32_t length);

#endif
