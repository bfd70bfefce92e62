/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever a client says is compressed is read within its limit, or refused with words; and what was read
 * comes back when it is compressed. The first byte of the input is the codec, the second chooses the limit.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/log/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(codec_buffer_done) struct codec_buffer plain = {0};
    AUTO(codec_buffer_done) struct codec_buffer packed = {0};
    AUTO(codec_buffer_done) struct codec_buffer again = {0};
    struct error error = {.text = ""};

    if (size < 2)
        return 0;
    enum batch_codec codec = (enum batch_codec)(data[0] & 7);
    size_t limit = data[1] < 128 ? (size_t)data[1] * 16 : codec_limit(size - 2);
    enum err err = codec_decompress(codec, data + 2, size - 2, limit, &plain, &error);
    ASSERT((err == ERR_OK) == (error.text[0] == '\0'));
    ASSERT(plain.size <= limit);
    if (err != ERR_OK)
        return 0;
    err = codec_compress(codec, plain.bytes, plain.size, &packed, NULL);
    ASSERT(err == ERR_OK);
    err = codec_decompress(codec, packed.bytes, packed.size, plain.size, &again, NULL);
    ASSERT(err == ERR_OK && again.size == plain.size);
    ASSERT(plain.size == 0 || memcmp(plain.bytes, again.bytes, plain.size) == 0);
    return 0;
}
