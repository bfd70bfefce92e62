/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever is in the file of a snapshot, it is read or refused with words; what was read is written as the same
 * bytes again. The sum at the end is made right first: otherwise nothing would get beyond it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/crc32c.h"
#include "base/mem.h"
#include "broker/log/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void seal(unsigned char *bytes, size_t size)
{
    uint32_t crc = crc32c_of(bytes, size - 4);

    for (size_t i = 0; i < 4; i++)
        bytes[size - 4 + i] = (unsigned char)(crc >> (8 * (3 - i)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(PRODUCERS_MAX);
    AUTO(text_done) struct text out = {0};
    struct error error = {.text = ""};
    unsigned char *copy = mem_alloc(size);
    int64_t offset = -1;

    if (size > 0)
        memcpy(copy, data, size);
    if (size >= 4)
        seal(copy, size);
    enum err err = snapshot_decode(copy, size, producers, &offset, &error);
    ASSERT((err == ERR_OK) == (error.text[0] == '\0'));
    ASSERT(err == ERR_OK || producers_count(producers) == 0);
    if (err == ERR_OK) {
        snapshot_encode(producers, offset, &out);
        ASSERT(text_size(&out) == size && memcmp(text_data(&out), copy, size) == 0);
    }
    free(copy);
    return 0;
}
