/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/reader.h"

enum {
    UVARINT_BITS = 7,
    UVARINT_SHIFT_MAX = 28, /* of the fifth byte, which has four bits */
    UVARINT_MORE = 0x80,
};

void kafka_reader_init(struct kafka_reader *reader, const void *bytes, size_t size)
{
    /* Not NULL, so that empty messages need no care in arithmetic. */
    const unsigned char *begin = bytes == NULL ? (const unsigned char *)"" : bytes;

    *reader = (struct kafka_reader){.begin = begin, .at = begin, .end = begin + size};
}

void kafka_reader_fail(struct kafka_reader *reader, enum kafka_problem problem)
{
    if (reader->problem == KAFKA_PROBLEM_NONE)
        reader->problem = problem;
    reader->at = reader->end;
}

struct kafka_uuid kafka_get_uuid(struct kafka_reader *reader)
{
    const unsigned char *at = kafka_get(reader, KAFKA_UUID_SIZE);
    struct kafka_uuid uuid = {.bytes = {0}};

    if (at != NULL)
        memcpy(uuid.bytes, at, sizeof uuid.bytes);
    return uuid;
}

uint32_t kafka_get_uvarint(struct kafka_reader *reader)
{
    uint32_t value = 0;

    for (unsigned shift = 0; shift <= UVARINT_SHIFT_MAX; shift += UVARINT_BITS) {
        uint32_t byte = (uint8_t)kafka_get_i8(reader);
        if (shift == UVARINT_SHIFT_MAX && byte > UINT32_MAX >> UVARINT_SHIFT_MAX)
            break;
        value |= (byte & (UVARINT_MORE - 1)) << shift;
        if ((byte & UVARINT_MORE) == 0)
            return value;
    }
    kafka_reader_fail(reader, KAFKA_PROBLEM_LENGTH);
    return 0;
}

/* A length or count of the flexible form. */
static int32_t get_compact(struct kafka_reader *reader)
{
    uint32_t value = kafka_get_uvarint(reader);

    if (value > (uint32_t)INT32_MAX) {
        kafka_reader_fail(reader, KAFKA_PROBLEM_LENGTH);
        return 0;
    }
    /* What has failed is empty, not null: the first problem counts. */
    return reader->problem == KAFKA_PROBLEM_NONE ? (int32_t)value - 1 : 0;
}

/* Makes sure that the length is one, and that as many things of `size_min` bytes may follow. */
static int32_t check(struct kafka_reader *reader, int32_t length, size_t size_min)
{
    if (length == KAFKA_NULL)
        return KAFKA_NULL;
    if (length < 0) {
        kafka_reader_fail(reader, KAFKA_PROBLEM_LENGTH);
        return 0;
    }
    if ((size_t)length > kafka_reader_left(reader) / size_min) {
        kafka_reader_fail(reader, KAFKA_PROBLEM_CUT);
        return 0;
    }
    return length;
}

struct kafka_string kafka_get_string(struct kafka_reader *reader, enum kafka_form form)
{
    int32_t stored = form == KAFKA_FLEXIBLE ? get_compact(reader) : kafka_get_i16(reader);

    if (stored > INT16_MAX)
        kafka_reader_fail(reader, KAFKA_PROBLEM_LENGTH);
    int32_t length = check(reader, stored, 1);
    if (length == KAFKA_NULL)
        return KAFKA_STRING_NULL;
    return (struct kafka_string){(const char *)kafka_get(reader, (size_t)length), length};
}

struct kafka_bytes kafka_get_bytes(struct kafka_reader *reader, enum kafka_form form)
{
    int32_t length = kafka_get_count(reader, form, 1);

    if (length == KAFKA_NULL)
        return (struct kafka_bytes){NULL, KAFKA_NULL};
    return (struct kafka_bytes){kafka_get(reader, (size_t)length), length};
}

int32_t kafka_get_count(struct kafka_reader *reader, enum kafka_form form, size_t size_min)
{
    int32_t stored = form == KAFKA_FLEXIBLE ? get_compact(reader) : kafka_get_i32(reader);

    return check(reader, stored, size_min);
}

void kafka_skip_tags(struct kafka_reader *reader)
{
    uint32_t count = kafka_get_uvarint(reader);

    while (count-- > 0 && reader->problem == KAFKA_PROBLEM_NONE) {
        (void)kafka_get_uvarint(reader);
        (void)kafka_get(reader, kafka_get_uvarint(reader));
    }
}
