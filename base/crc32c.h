/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRC-32C (Castagnoli), as record batches have it: with the instruction of the processor where there
 * is one, else with a table; the result is the same. Pure; any thread.
 */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The CRC of what `crc` is the CRC of, followed by these bytes. Begin with 0. */
uint32_t crc32c_extend(uint32_t crc, const void *bytes, size_t size);

static inline uint32_t crc32c_of(const void *bytes, size_t size)
{
    return crc32c_extend(0, bytes, size);
}

/* The same with the table, whatever the processor can do. */
uint32_t crc32c_extend_by_table(uint32_t crc, const void *bytes, size_t size);

#endif
