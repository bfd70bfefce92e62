/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A notation for the layout of a message on the wire, written by hand in tests: the fields in the order of the wire,
 * each with its type and value. It says the bytes, without the help of any schema, and what they mean.
 *
 *     name=b1 h2 i3 l4       numbers of 1, 2, 4, 8 bytes (also: bool)
 *     name=s't' s~           text with a length of 2 bytes, null; S't' S~: with a variable one
 *     name=y'abc' y~         bytes with a length of 4 bytes, null; Y'abc' Y~: with a variable one
 *     name=u7                uuid: 16 bytes 7
 *     name=i[ ... ] i~       list with a count of 4 bytes, null; v[ ... ] v~: with a variable one
 *     ( ... )                struct as element of a list
 *     t                      the section of tags of a struct, empty
 *     t{ 0:name=i3 1:... }   the section of tags: tag, size, value; a value may be ( ... )
 *
 * Words are parted by single spaces and hold none. Tests fail on what is not in the notation.
 */
#ifndef TESTS_KAFKA_LAYOUT_H
#define TESTS_KAFKA_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "broker/protocol/schema.h"

/* A layout that some versions of a message share. */
struct kafka_layout_row {
    const struct kafka_schema *schema;
    int16_t first;
    int16_t last;
    const char *layout;
};

/* Appends the bytes. */
void kafka_layout_bytes(const char *layout, struct text *out);

/* Appends what the bytes mean, as kafka_messages_print() writes it. */
void kafka_layout_meaning(const char *layout, struct text *out);

/* Tests, for each row and each of its versions, that the bytes are decoded to what they mean and this is encoded to
 * the bytes; and that the rows leave out no version of the messages that are in them. */
void kafka_layout_check(const struct kafka_layout_row *rows, size_t count);

#endif
