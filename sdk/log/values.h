/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a tuple's values to the bytes of a record of the log: one field as it is (text and bytes) or as
 * text (numbers, true and false), or all fields as a JSON object. Pure.
 */
#ifndef SDK_LOG_VALUES_H
#define SDK_LOG_VALUES_H

#include <gale/host.h>

#include "base/text.h"

/* The bytes of one value: borrowed from it, or written to `scratch`. Null has none: data is NULL. */
struct gale_str values_bytes(const struct gale_value *value, struct text *scratch);

/* Adds one member, with the brace or comma before it; values_end_object() closes. Text that is not UTF-8
 * gets U+FFFD where it is not; bytes are hexadecimal digits; a number that is none is null. */
void values_add_member(struct text *text, const char *name, const struct gale_value *value);
void values_end_object(struct text *text);

#endif
