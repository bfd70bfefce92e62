/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole numbers in as few bytes as they need: seven bits in each, the lowest first, the highest bit set in all but the
 * last. What comes from elsewhere is decoded within the bytes that there are, and must fit into 64 bits. A number can
 * be written in more bytes than it needs; whoever allows one way only looks at the last byte, which is 0 then.
 * In the header, for they are read and written by the million. Pure; any thread.
 */
#ifndef BASE_VARINT_H
#define BASE_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/text.h"

enum {
    VARINT_SIZE_MAX = 10, /* bytes of one */
};

/* How many bytes it has: 1 .. VARINT_SIZE_MAX. */
static inline size_t varint_encode(uint64_t value, unsigned char to[VARINT_SIZE_MAX])
{
    size_t size = 0;

    while (value >= 0x80) {
        to[size++] = (unsigned char)(value | 0x80);
        value >>= 7;
    }
    to[size++] = (unsigned char)value;
    return size;
}

static inline void varint_add(struct text *out, uint64_t value)
{
    unsigned char bytes[VARINT_SIZE_MAX];
    size_t size = varint_encode(value, bytes);

    text_add_bytes(out, bytes, size);
}

/* Takes a number off the front. False, and nothing is taken: there is no whole one, or it has more than 64 bits. */
static inline bool varint_decode(const unsigned char **bytes, size_t *size, uint64_t *ret_value)
{
    uint64_t value = 0;

    for (size_t i = 0; i < *size && i < VARINT_SIZE_MAX; i++) {
        uint64_t bits = (*bytes)[i] & 0x7F;
        if (i == VARINT_SIZE_MAX - 1 && (*bytes)[i] > 1)
            return false;
        value |= bits << (7 * i);
        if ((*bytes)[i] < 0x80) {
            *ret_value = value;
            *bytes += i + 1;
            *size -= i + 1;
            return true;
        }
    }
    return false;
}

/* The same of bytes that this process has written itself: that there is none is a programmer's error. */
static inline uint64_t varint_take(const unsigned char **bytes, size_t *size)
{
    uint64_t value = 0;
    bool is_whole = varint_decode(bytes, size, &value);

    ASSERT(is_whole);
    return value;
}

#endif
