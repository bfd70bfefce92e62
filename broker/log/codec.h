/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The codecs of record batches. What a client has compressed is read with a limit: no input, however
 * small, makes us hold more than codec_limit() of its size.
 *
 *     gzip    one or more members
 *     snappy  as the Java clients frame it ("\x82SNAPPY\0", versions, blocks with their size before),
 *             and one raw block, as others write it; written framed, which all can read
 *     lz4     frames; written with independent blocks, which Java insists on
 *     zstd    frames
 *
 * Pure; any thread.
 */
#ifndef BROKER_LOG_CODEC_H
#define BROKER_LOG_CODEC_H

#include <stddef.h>

#include "base/err.h"
#include "broker/log/batch.h"

enum {
    CODEC_BYTES_MAX = 128 * 1024 * 1024,  /* what a batch may decompress to */
    CODEC_BYTES_LEAST = 16 * 1024 * 1024, /* what a small one may, whatever the ratio, */
    CODEC_RATIO_MAX = 1000,               /* which beyond that is limited */
};

/* Bytes that are used again and again. All zero: empty. */
struct codec_buffer {
    unsigned char *bytes;
    size_t size;
    size_t capacity;
};

void codec_buffer_done(struct codec_buffer *buffer);

/* Makes room for so many bytes behind those that are there. */
void codec_buffer_reserve(struct codec_buffer *buffer, size_t size);
void codec_buffer_add(struct codec_buffer *buffer, const void *bytes, size_t size);

/* The most that `size` compressed bytes may become. */
size_t codec_limit(size_t size);

/* Appends what was compressed. ERR_CORRUPT; ERR_LIMIT: it would be more than `size_max` bytes;
 * ERR_UNSUPPORTED: no such codec. After an error what was appended is undefined. */
enum err codec_decompress(enum batch_codec codec, const void *bytes, size_t size, size_t size_max,
                          struct codec_buffer *out, struct error *error) MUST_USE;

/* Appends the bytes compressed. ERR_UNSUPPORTED: no such codec. */
enum err codec_compress(enum batch_codec codec, const void *bytes, size_t size,
                        struct codec_buffer *out, struct error *error) MUST_USE;

#endif
