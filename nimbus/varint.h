/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole numbers in as few bytes as they need: seven bits in each, the lowest first, the highest bit set
 * in all but the last. For what nimbus keeps in its own memory: what is read was written here. Pure.
 */
#ifndef NIMBUS_VARINT_H
#define NIMBUS_VARINT_H

#include <stdint.h>

#include "base/text.h"

enum {
    VARINT_MAX = 10, /* bytes of one */
};

static inline void varint_put(struct text *out, uint64_t value)
{
    unsigned char bytes[VARINT_MAX];
    size_t size = 0;

    while (value >= 0x80) {
        bytes[size++] = (unsigned char)(value | 0x80);
        value >>= 7;
    }
    bytes[size++] = (unsigned char)value;
    text_add_bytes(out, bytes, size);
}

/* Moves `at` behind the number. */
static inline uint64_t varint_take(const unsigned char **at)
{
    uint64_t value = 0;
    unsigned shift = 0;

    while (**at >= 0x80) {
        value |= (uint64_t)(**at & 0x7F) << shift;
        shift += 7;
        (*at)++;
    }
    value |= (uint64_t) * *at << shift;
    (*at)++;
    return value;
}

#endif
