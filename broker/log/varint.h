/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole numbers of records: seven bits in a byte, the lowest first, the sign in the lowest bit.
 * Pure; any thread.
 */
#ifndef BROKER_LOG_VARINT_H
#define BROKER_LOG_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VARINT_SIZE_MAX = 10,
};

/* How many bytes it has: 1 .. VARINT_SIZE_MAX. */
static inline size_t varint_put(int64_t value, unsigned char to[VARINT_SIZE_MAX])
{
    uint64_t left = (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
    size_t size = 0;

    while (left >= 0x80) {
        to[size++] = (unsigned char)(left | 0x80);
        left >>= 7;
    }
    to[size++] = (unsigned char)left;
    return size;
}

static inline size_t varint_size(int64_t value)
{
    unsigned char bytes[VARINT_SIZE_MAX];

    return varint_put(value, bytes);
}

/* Takes a number off the front. False, and nothing is taken: there is no whole one, or it has more than
 * 64 bits. */
static inline bool varint_get(const unsigned char **bytes, size_t *size, int64_t *ret_value)
{
    uint64_t value = 0;

    for (size_t i = 0; i < *size && i < VARINT_SIZE_MAX; i++) {
        uint64_t bits = (*bytes)[i] & 0x7f;
        if (i == VARINT_SIZE_MAX - 1 && (*bytes)[i] > 1)
            return false;
        value |= bits << (7 * i);
        if ((*bytes)[i] < 0x80) {
            *ret_value = (int64_t)(value >> 1 ^ (0 - (value & 1)));
            *bytes += i + 1;
            *size -= i + 1;
            return true;
        }
    }
    return false;
}

#endif
