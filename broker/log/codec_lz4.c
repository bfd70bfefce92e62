/* SPDX-License-Identifier: Apache-2.0 */
#include <lz4frame.h>
#include <string.h>

#include "base/assert.h"
#include "broker/log/codec_kinds.h"

static const char name[] = "lz4";

/* Frame behind frame, until there is nothing left. */
static enum err decompress_with(LZ4F_dctx *context, const unsigned char *bytes, size_t size,
                                size_t size_max, struct codec_buffer *out, struct error *error)
{
    size_t from = out->size;
    size_t hint = 1; /* 0: a frame is complete */
    size_t at = 0;
    bool has_filled = false; /* all the room there was: there may be more inside */

    while (at < size || (hint != 0 && has_filled)) {
        struct codec_room room;
        codec_find_room(&room, out, from, size_max);
        size_t produced = room.size;
        size_t consumed = size - at;
        hint = LZ4F_decompress(context, room.bytes, &produced, bytes + at, &consumed, NULL);
        if (LZ4F_isError(hint))
            return codec_damaged(name, LZ4F_getErrorName(hint), error);
        if (!codec_use_room(&room, out, produced))
            return codec_too_large(name, size_max, error);
        if (consumed == 0 && produced == 0)
            break; /* it wants more than there is */
        has_filled = produced == room.size;
        at += consumed;
    }
    return hint == 0 ? ERR_OK : codec_damaged(name, "it ends early", error);
}

enum err codec_lz4_decompress(const void *bytes, size_t size, size_t size_max,
                              struct codec_buffer *out, struct error *error)
{
    LZ4F_dctx *context;

    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
        return error_set(error, ERR_FULL, "no memory for lz4");
    enum err err = decompress_with(context, bytes, size, size_max, out, error);
    (void)LZ4F_freeDecompressionContext(context);
    return err;
}

enum err codec_lz4_compress(const void *bytes, size_t size, struct codec_buffer *out,
                            struct error *error)
{
    LZ4F_preferences_t preferences;

    memset(&preferences, 0, sizeof preferences);
    preferences.frameInfo.blockMode = LZ4F_blockIndependent;
    preferences.frameInfo.blockSizeID = LZ4F_max64KB;

    size_t bound = LZ4F_compressFrameBound(size, &preferences);
    codec_buffer_reserve(out, bound);
    size_t length = LZ4F_compressFrame(out->bytes + out->size, bound, bytes, size, &preferences);
    if (LZ4F_isError(length))
        return error_set(error, ERR_FULL, "cannot compress with lz4: %s",
                         LZ4F_getErrorName(length));
    out->size += length;
    return ERR_OK;
}
