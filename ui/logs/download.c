/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/logs/download.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct download {
    const struct backend *backend;
    struct store_file file;
    uint64_t size;
};

static long read_some(void *context, uint64_t offset, void *bytes, size_t size)
{
    const struct download *download = context;
    uint64_t left = offset < download->size ? download->size - offset : 0;
    size_t most = size < CONTROL_CHUNK_MAX ? size : CONTROL_CHUNK_MAX;
    struct store_piece piece;
    struct control_fault fault;

    if (left == 0)
        return 0;
    if (most > left)
        most = (size_t)left;
    if (store_read(download->backend, &download->file, (int64_t)offset, most, &piece, &fault) !=
        CONTROL_OK)
        return -1;
    bool is_right = piece.offset == offset && piece.size > 0 && piece.size <= most;
    if (is_right)
        memcpy(bytes, piece.bytes, piece.size);
    free(piece.bytes);
    return is_right ? (long)piece.size : -1;
}

static void end(void *context)
{
    free(context);
}

static char *name_of(const struct store_file *file)
{
    struct text name = {.data = NULL};

    text_add(&name, "%s-%s-%" PRIu64 "-%s", file->topology, file->supervisor, file->slot,
             file->name);
    return text_take(&name);
}

enum control_code download_answer(struct handling *handling, const struct store_file *file,
                                  struct control_fault *fault)
{
    struct store_piece piece;

    enum control_code code = store_read(handling->backend, file, 0, 1, &piece, fault);
    if (code != CONTROL_OK)
        return code;
    free(piece.bytes);
    struct download *download = NEW(struct download);
    *download = (struct download){handling->backend, *file, piece.file_size};
    handling->answer->type = "text/plain; charset=utf-8";
    handling->answer->file_name = name_of(file);
    handling->answer->source = (struct http_source){
        .context = download, .read = read_some, .done = end, .size = piece.file_size};
    return CONTROL_OK;
}
