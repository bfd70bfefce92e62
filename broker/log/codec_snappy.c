/* SPDX-License-Identifier: Apache-2.0 */
#include <snappy-c.h>
#include <string.h>

#include "base/assert.h"
#include "broker/log/codec_kinds.h"

/*
 * The frame of the Java clients: a head of 16 bytes, then blocks, each with its size in four bytes,
 * big-endian, before it. Streams that were put one behind the other have a head in the middle.
 */
enum {
    HEAD_SIZE = 16,
    MAGIC_SIZE = 8,
    SIZE_SIZE = 4,
    BLOCK_BYTES = 32 * 1024, /* in a block that we write, before it is compressed */
};

/* With version 1, readable from version 1 on. */
static const unsigned char head[HEAD_SIZE] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0,
                                              0,    0,   0,   1,   0,   0,   0,   1};

static const char name[] = "snappy";

static bool has_head(const unsigned char *bytes, size_t size)
{
    return size >= HEAD_SIZE && memcmp(bytes, head, MAGIC_SIZE) == 0;
}

/* `left` is what may still come. */
static enum err decompress_block(const unsigned char *bytes, size_t size, size_t left,
                                 struct codec_buffer *out, struct error *error)
{
    size_t length;

    if (snappy_uncompressed_length((const char *)bytes, size, &length) != SNAPPY_OK)
        return codec_damaged(name, "a block without a length", error);
    if (length > left)
        return codec_too_large(name, left, error);
    codec_buffer_reserve(out, length + 1); /* so that there is an address, if it is empty */
    if (snappy_uncompress((const char *)bytes, size, (char *)out->bytes + out->size, &length) !=
        SNAPPY_OK)
        return codec_damaged(name, "a block that does not fit its length", error);
    out->size += length;
    return ERR_OK;
}

static enum err decompress_framed(const unsigned char *bytes, size_t size, size_t size_max,
                                  struct codec_buffer *out, struct error *error)
{
    size_t from = out->size;
    size_t at = 0;

    while (at < size) {
        if (has_head(bytes + at, size - at)) {
            at += HEAD_SIZE;
            continue;
        }
        if (size - at < SIZE_SIZE)
            return codec_damaged(name, "it ends early", error);
        const unsigned char *four = bytes + at;
        size_t length =
            (size_t)four[0] << 24 | (size_t)four[1] << 16 | (size_t)four[2] << 8 | (size_t)four[3];
        at += SIZE_SIZE;
        if (length > size - at)
            return codec_damaged(name, "it ends early", error);
        enum err err =
            decompress_block(bytes + at, length, size_max - (out->size - from), out, error);
        if (err != ERR_OK)
            return err;
        at += length;
    }
    return ERR_OK;
}

enum err codec_snappy_decompress(const void *bytes, size_t size, size_t size_max,
                                 struct codec_buffer *out, struct error *error)
{
    if (has_head(bytes, size))
        return decompress_framed(bytes, size, size_max, out, error);
    return decompress_block(bytes, size, size_max, out, error);
}

static void compress_block(const unsigned char *bytes, size_t size, struct codec_buffer *out)
{
    size_t length = snappy_max_compressed_length(size);

    codec_buffer_reserve(out, SIZE_SIZE + length);
    unsigned char *four = out->bytes + out->size;
    snappy_status status =
        snappy_compress((const char *)bytes, size, (char *)four + SIZE_SIZE, &length);
    ASSERT(status == SNAPPY_OK); /* there is room */
    for (size_t i = 0; i < SIZE_SIZE; i++)
        four[i] = (unsigned char)(length >> (8 * (SIZE_SIZE - 1 - i)));
    out->size += SIZE_SIZE + length;
}

enum err codec_snappy_compress(const void *bytes, size_t size, struct codec_buffer *out,
                               struct error *error)
{
    const unsigned char *from = bytes;

    (void)error; /* as the others have one */
    codec_buffer_add(out, head, HEAD_SIZE);
    for (size_t at = 0; at < size; at += BLOCK_BYTES)
        compress_block(from + at, size - at < BLOCK_BYTES ? size - at : BLOCK_BYTES, out);
    return ERR_OK;
}
