/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>
#include <zlib.h>

#include "base/assert.h"
#include "broker/log/codec_kinds.h"

enum {
    WINDOW_GZIP = MAX_WBITS + 16, /* with gzip's head and tail, not zlib's */
    MEMORY_LEVEL = 8,             /* zlib's own default */
};

static const char name[] = "gzip";

/* Of one member: Z_STREAM_END at its end. */
static int inflate_some(z_stream *stream, size_t from, size_t size_max, struct codec_buffer *out)
{
    int result = Z_OK;

    while (result == Z_OK) {
        struct codec_room room;
        codec_find_room(&room, out, from, size_max);
        stream->next_out = room.bytes;
        stream->avail_out = (uInt)room.size;
        result = inflate(stream, Z_NO_FLUSH);
        if (!codec_use_room(&room, out, room.size - stream->avail_out))
            return Z_MEM_ERROR;
    }
    return result;
}

static enum err inflate_all(z_stream *stream, size_t size_max, struct codec_buffer *out,
                            struct error *error)
{
    size_t from = out->size;
    int result;

    do {
        result = inflate_some(stream, from, size_max, out);
    } while (result == Z_STREAM_END && stream->avail_in > 0 &&
             (result = inflateReset(stream)) == Z_OK);

    switch (result) {
    case Z_STREAM_END:
        return ERR_OK;
    case Z_MEM_ERROR:
        return codec_too_large(name, size_max, error);
    case Z_BUF_ERROR:
        return codec_damaged(name, "it ends early", error);
    default:
        return codec_damaged(name, stream->msg != NULL ? stream->msg : "not its format", error);
    }
}

enum err codec_gzip_decompress(const void *bytes, size_t size, size_t size_max,
                               struct codec_buffer *out, struct error *error)
{
    z_stream stream;

    if (size > UINT_MAX)
        return codec_too_large(name, size_max, error);
    memset(&stream, 0, sizeof stream);
    if (inflateInit2(&stream, WINDOW_GZIP) != Z_OK)
        return error_set(error, ERR_FULL, "no memory for gzip");
    stream.next_in = (Bytef *)(uintptr_t)bytes; /* zlib does not write to it */
    stream.avail_in = (uInt)size;
    enum err err = inflate_all(&stream, size_max, out, error);
    (void)inflateEnd(&stream);
    return err;
}

enum err codec_gzip_compress(const void *bytes, size_t size, struct codec_buffer *out,
                             struct error *error)
{
    z_stream stream;

    memset(&stream, 0, sizeof stream);
    if (size > UINT_MAX)
        return error_set(error, ERR_LIMIT, "too much for one gzip block");
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_GZIP, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return error_set(error, ERR_FULL, "no memory for gzip");

    uLong bound = deflateBound(&stream, (uLong)size);
    codec_buffer_reserve(out, bound);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = out->bytes + out->size;
    stream.avail_out = (uInt)bound;
    int result = deflate(&stream, Z_FINISH);
    ASSERT(result == Z_STREAM_END); /* the bound is one */
    out->size += bound - stream.avail_out;
    (void)deflateEnd(&stream);
    return ERR_OK;
}
