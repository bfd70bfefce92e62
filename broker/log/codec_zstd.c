/* SPDX-License-Identifier: Apache-2.0 */
#include <zstd.h>

#include "base/assert.h"
#include "broker/log/codec_kinds.h"

enum {
    LEVEL = 3, /* zstd's own default */
};

static const char name[] = "zstd";

/* Frame behind frame, until there is nothing left. */
static enum err decompress_with(ZSTD_DStream *stream, const void *bytes, size_t size,
                                size_t size_max, struct codec_buffer *out, struct error *error)
{
    ZSTD_inBuffer input = {.src = bytes, .size = size};
    size_t from = out->size;
    size_t hint = 1; /* 0: a frame is complete */
    bool has_filled = false;

    while (input.pos < input.size || (hint != 0 && has_filled)) {
        struct codec_room room;
        codec_find_room(&room, out, from, size_max);
        size_t consumed = input.pos;
        ZSTD_outBuffer output = {.dst = room.bytes, .size = room.size};
        hint = ZSTD_decompressStream(stream, &output, &input);
        if (ZSTD_isError(hint))
            return codec_damaged(name, ZSTD_getErrorName(hint), error);
        if (!codec_use_room(&room, out, output.pos))
            return codec_too_large(name, size_max, error);
        if (input.pos == consumed && output.pos == 0)
            break; /* it wants more than there is */
        has_filled = output.pos == output.size;
    }
    return hint == 0 ? ERR_OK : codec_damaged(name, "it ends early", error);
}

enum err codec_zstd_decompress(const void *bytes, size_t size, size_t size_max,
                               struct codec_buffer *out, struct error *error)
{
    ZSTD_DStream *stream = ZSTD_createDStream();

    if (stream == NULL)
        return error_set(error, ERR_FULL, "no memory for zstd");
    enum err err = decompress_with(stream, bytes, size, size_max, out, error);
    (void)ZSTD_freeDStream(stream);
    return err;
}

enum err codec_zstd_compress(const void *bytes, size_t size, struct codec_buffer *out,
                             struct error *error)
{
    size_t bound = ZSTD_compressBound(size);

    codec_buffer_reserve(out, bound);
    size_t length = ZSTD_compress(out->bytes + out->size, bound, bytes, size, LEVEL);
    if (ZSTD_isError(length))
        return error_set(error, ERR_FULL, "cannot compress with zstd: %s",
                         ZSTD_getErrorName(length));
    out->size += length;
    return ERR_OK;
}
