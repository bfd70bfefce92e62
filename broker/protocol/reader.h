/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads Kafka's primitive types: big-endian numbers, texts and bytes with their lengths in the classic form (fixed
 * width, -1 is null) and the flexible one (a variable-length number, one more than the length, 0 is null).
 *
 * Reading never fails in the middle: a read past the end, or a length that lies, makes the reader fail. From then on
 * it yields zeros and nulls; `problem` is asked for when it suits. Nothing is copied. Pure; any thread.
 */
#ifndef BROKER_PROTOCOL_READER_H
#define BROKER_PROTOCOL_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "base/bytes.h"
#include "broker/protocol/types.h"

enum kafka_problem {
    KAFKA_PROBLEM_NONE = 0,
    KAFKA_PROBLEM_CUT,     /* the bytes end before the value does */
    KAFKA_PROBLEM_LENGTH,  /* a length or count that no value has */
    KAFKA_PROBLEM_NULL,    /* null where null is not allowed */
    KAFKA_PROBLEM_TAGGED,  /* a tagged field is not as long as it says */
    KAFKA_PROBLEM_TOO_BIG, /* needs more memory than a message may take */
};

enum kafka_form {
    KAFKA_CLASSIC,
    KAFKA_FLEXIBLE,
};

struct kafka_reader {
    const unsigned char *begin;
    const unsigned char *at;
    const unsigned char *end;
    enum kafka_problem problem; /* the first one */
};

void kafka_reader_init(struct kafka_reader *reader, const void *bytes, size_t size);

/* Notes the problem, if it is the first one, and takes all that is left. */
COLD void kafka_reader_fail(struct kafka_reader *reader, enum kafka_problem problem);

static inline size_t kafka_reader_left(const struct kafka_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

/* Takes `size` bytes; NULL, and the reader has failed, if there are not as many. */
static inline const unsigned char *kafka_get(struct kafka_reader *reader, size_t size)
{
    const unsigned char *at = reader->at;

    if (kafka_reader_left(reader) < size) {
        kafka_reader_fail(reader, KAFKA_PROBLEM_CUT);
        return NULL;
    }
    reader->at = at + size;
    return at;
}

static inline int8_t kafka_get_i8(struct kafka_reader *reader)
{
    const unsigned char *at = kafka_get(reader, 1);
    return at == NULL ? 0 : (int8_t)*at;
}

static inline int16_t kafka_get_i16(struct kafka_reader *reader)
{
    const unsigned char *at = kafka_get(reader, sizeof(int16_t));
    return at == NULL ? 0 : (int16_t)__builtin_bswap16(bytes_get_u16(at));
}

static inline int32_t kafka_get_i32(struct kafka_reader *reader)
{
    const unsigned char *at = kafka_get(reader, sizeof(int32_t));
    return at == NULL ? 0 : (int32_t)__builtin_bswap32(bytes_get_u32(at));
}

static inline int64_t kafka_get_i64(struct kafka_reader *reader)
{
    const unsigned char *at = kafka_get(reader, sizeof(int64_t));
    return at == NULL ? 0 : (int64_t)__builtin_bswap64(bytes_get_u64(at));
}

struct kafka_uuid kafka_get_uuid(struct kafka_reader *reader);

/* At most 32 bits in at most five bytes. */
uint32_t kafka_get_uvarint(struct kafka_reader *reader);

/* KAFKA_NULL for null. A text is at most INT16_MAX bytes long in either form. */
struct kafka_string kafka_get_string(struct kafka_reader *reader, enum kafka_form form);
struct kafka_bytes kafka_get_bytes(struct kafka_reader *reader, enum kafka_form form);

/* The count of a list whose elements take at least `size_min` bytes each; KAFKA_NULL for null. */
int32_t kafka_get_count(struct kafka_reader *reader, enum kafka_form form, size_t size_min);

/* Passes over a section of tagged fields. */
void kafka_skip_tags(struct kafka_reader *reader);

#endif
