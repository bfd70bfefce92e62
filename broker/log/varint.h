/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole numbers of records: those of base/varint.h, with the sign in the lowest bit. Pure; any thread.
 */
#ifndef BROKER_LOG_VARINT_H
#define BROKER_LOG_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/varint.h"

/* How many bytes it has: 1 .. VARINT_SIZE_MAX. */
static inline size_t varint_put(int64_t value, unsigned char to[VARINT_SIZE_MAX])
{
    return varint_encode((uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0), to);
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
    uint64_t value;

    if (!varint_decode(bytes, size, &value))
        return false;
    *ret_value = (int64_t)(value >> 1 ^ (0 - (value & 1)));
    return true;
}

#endif
