/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/log/codec_kinds.h"

enum {
    BUFFER_LEAST = 4096,
};

/* ---- Buffers ------------------------------------------------------------------------------- */

void codec_buffer_done(struct codec_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct codec_buffer){.size = 0};
}

void codec_buffer_reserve(struct codec_buffer *buffer, size_t size)
{
    ASSERT(size <= SIZE_MAX / 4 && buffer->size <= SIZE_MAX / 4);
    size_t needed = buffer->size + size;
    if (needed <= buffer->capacity)
        return;
    size_t capacity = buffer->capacity < BUFFER_LEAST ? BUFFER_LEAST : buffer->capacity * 2;
    buffer->capacity = capacity < needed ? needed : capacity;
    buffer->bytes = mem_resize(buffer->bytes, buffer->capacity, 1);
}

void codec_buffer_add(struct codec_buffer *buffer, const void *bytes, size_t size)
{
    codec_buffer_reserve(buffer, size);
    if (size > 0)
        memcpy(buffer->bytes + buffer->size, bytes, size);
    buffer->size += size;
}

void codec_find_room(struct codec_room *room, struct codec_buffer *out, size_t from,
                     size_t size_max)
{
    size_t left = size_max - (out->size - from);

    if (left == 0) {
        room->bytes = &room->spare;
        room->size = 1;
        return;
    }
    if (out->capacity == out->size)
        codec_buffer_reserve(out, 1);
    size_t there = out->capacity - out->size;
    room->bytes = out->bytes + out->size;
    room->size = there < left ? there : left;
}

bool codec_use_room(const struct codec_room *room, struct codec_buffer *out, size_t size)
{
    if (room->bytes == &room->spare)
        return size == 0;
    out->size += size;
    return true;
}

/* ---- Errors -------------------------------------------------------------------------------- */

enum err codec_damaged(const char *codec, const char *why, struct error *error)
{
    return error_set(error, ERR_CORRUPT, "damaged %s: %s", codec, why);
}

enum err codec_too_large(const char *codec, size_t size_max, struct error *error)
{
    return error_set(error, ERR_LIMIT, "%s that would be more than %zu bytes", codec, size_max);
}

static enum err unknown(struct error *error)
{
    return error_set(error, ERR_UNSUPPORTED, "no such codec");
}

/* ---- Codecs -------------------------------------------------------------------------------- */

size_t codec_limit(size_t size)
{
    if (size >= CODEC_BYTES_MAX / CODEC_RATIO_MAX)
        return CODEC_BYTES_MAX;
    size_t limit = size * CODEC_RATIO_MAX;
    return limit < CODEC_BYTES_LEAST ? CODEC_BYTES_LEAST : limit;
}

static enum err copy(const void *bytes, size_t size, size_t size_max, struct codec_buffer *out,
                     struct error *error)
{
    if (size > size_max)
        return codec_too_large("plain", size_max, error);
    codec_buffer_add(out, bytes, size);
    return ERR_OK;
}

enum err codec_decompress(enum batch_codec codec, const void *bytes, size_t size, size_t size_max,
                          struct codec_buffer *out, struct error *error)
{
    switch (codec) {
    case BATCH_PLAIN:
        return copy(bytes, size, size_max, out, error);
    case BATCH_GZIP:
        return codec_gzip_decompress(bytes, size, size_max, out, error);
    case BATCH_SNAPPY:
        return codec_snappy_decompress(bytes, size, size_max, out, error);
    case BATCH_LZ4:
        return codec_lz4_decompress(bytes, size, size_max, out, error);
    case BATCH_ZSTD:
        return codec_zstd_decompress(bytes, size, size_max, out, error);
    }
    return unknown(error); /* three bits from a client hold more than there are codecs */
}

enum err codec_compress(enum batch_codec codec, const void *bytes, size_t size,
                        struct codec_buffer *out, struct error *error)
{
    switch (codec) {
    case BATCH_PLAIN:
        return copy(bytes, size, size, out, error);
    case BATCH_GZIP:
        return codec_gzip_compress(bytes, size, out, error);
    case BATCH_SNAPPY:
        return codec_snappy_compress(bytes, size, out, error);
    case BATCH_LZ4:
        return codec_lz4_compress(bytes, size, out, error);
    case BATCH_ZSTD:
        return codec_zstd_compress(bytes, size, out, error);
    }
    return unknown(error);
}
