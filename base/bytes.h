/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as little-endian bytes at any address, and a copy for short lengths. Compiles to single
 * moves. Pure; any thread. The caller has checked the bounds.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Between the host's byte order and little-endian; the same operation both ways. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTES_LE16(value) (value)
#define BYTES_LE32(value) (value)
#define BYTES_LE64(value) (value)
#else
#define BYTES_LE16(value) __builtin_bswap16(value)
#define BYTES_LE32(value) __builtin_bswap32(value)
#define BYTES_LE64(value) __builtin_bswap64(value)
#endif

static inline void bytes_put_u16(void *to, uint16_t value)
{
    uint16_t stored = BYTES_LE16(value);
    memcpy(to, &stored, sizeof stored);
}

static inline void bytes_put_u32(void *to, uint32_t value)
{
    uint32_t stored = BYTES_LE32(value);
    memcpy(to, &stored, sizeof stored);
}

static inline void bytes_put_u64(void *to, uint64_t value)
{
    uint64_t stored = BYTES_LE64(value);
    memcpy(to, &stored, sizeof stored);
}

static inline uint16_t bytes_get_u16(const void *from)
{
    uint16_t stored;
    memcpy(&stored, from, sizeof stored);
    return BYTES_LE16(stored);
}

static inline uint32_t bytes_get_u32(const void *from)
{
    uint32_t stored;
    memcpy(&stored, from, sizeof stored);
    return BYTES_LE32(stored);
}

static inline uint64_t bytes_get_u64(const void *from)
{
    uint64_t stored;
    memcpy(&stored, from, sizeof stored);
    return BYTES_LE64(stored);
}

/* memcpy() without a call up to 32 bytes: two moves that may overlap, from either end. Like
 * memcpy() it wants areas that do not overlap; unlike it, size 0 may come with NULL. */
static inline void bytes_copy_short(void *to, const void *from, size_t size)
{
    unsigned char *target = to;
    const unsigned char *source = from;

    if (size > 32) {
        memcpy(target, source, size);
    } else if (size >= 16) {
        memcpy(target, source, 16);
        memcpy(target + size - 16, source + size - 16, 16);
    } else if (size >= 8) {
        memcpy(target, source, 8);
        memcpy(target + size - 8, source + size - 8, 8);
    } else if (size >= 4) {
        memcpy(target, source, 4);
        memcpy(target + size - 4, source + size - 4, 4);
    } else if (size > 0) {
        target[0] = source[0]; /* one to three bytes: first, middle, last */
        target[size / 2] = source[size / 2];
        target[size - 1] = source[size - 1];
    }
}

#endif
