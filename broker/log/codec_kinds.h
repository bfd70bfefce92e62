/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each codec in its own file; for codec.c alone. The rules are those of codec.h.
 */
#ifndef BROKER_LOG_CODEC_KINDS_H
#define BROKER_LOG_CODEC_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#include "broker/log/codec.h"

enum err codec_gzip_decompress(const void *bytes, size_t size, size_t size_max,
                               struct codec_buffer *out, struct error *error) MUST_USE;
enum err codec_gzip_compress(const void *bytes, size_t size, struct codec_buffer *out,
                             struct error *error) MUST_USE;

enum err codec_snappy_decompress(const void *bytes, size_t size, size_t size_max,
                                 struct codec_buffer *out, struct error *error) MUST_USE;
enum err codec_snappy_compress(const void *bytes, size_t size, struct codec_buffer *out,
                               struct error *error) MUST_USE;

enum err codec_lz4_decompress(const void *bytes, size_t size, size_t size_max,
                              struct codec_buffer *out, struct error *error) MUST_USE;
enum err codec_lz4_compress(const void *bytes, size_t size, struct codec_buffer *out,
                            struct error *error) MUST_USE;

enum err codec_zstd_decompress(const void *bytes, size_t size, size_t size_max,
                               struct codec_buffer *out, struct error *error) MUST_USE;
enum err codec_zstd_compress(const void *bytes, size_t size, struct codec_buffer *out,
                             struct error *error) MUST_USE;

/* For codecs that are read piece by piece: where the next piece goes. */
struct codec_room {
    unsigned char *bytes; /* at the end of the output; or, if there is no room any more, `spare` */
    size_t size;
    unsigned char spare;
};

/* Of the output, `from` bytes were there before. */
void codec_find_room(struct codec_room *room, struct codec_buffer *out, size_t from,
                     size_t size_max);

/* So many bytes were put there. False: there was no room for them. */
bool codec_use_room(const struct codec_room *room, struct codec_buffer *out, size_t size);

/* ERR_CORRUPT and ERR_LIMIT, in words. */
enum err codec_damaged(const char *codec, const char *why, struct error *error);
enum err codec_too_large(const char *codec, size_t size_max, struct error *error);

#endif
