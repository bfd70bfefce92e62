/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs as files: <data>/blobs/<hash>, and <data>/uploads/<hash> while one is coming in. What stands
 * in blobs/ was verified, flushed and renamed there, so a file is whole or is not there. Uploads do
 * not survive a restart. Belongs to one thread, and may wait for the disk.
 */
#ifndef NIMBUS_IO_BLOB_STORE_H
#define NIMBUS_IO_BLOB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    BLOB_STORE_INCOMING_MAX = 128, /* uploads and fetches at a time */
};

struct blob_store;

/* Makes the folders, drops uploads of before, and deletes files that are not what their names say; each
 * of the others is told. */
enum err blob_store_open(const char *data,
                         void (*held)(void *context, const char *hash, uint64_t size_bytes),
                         void *context, struct blob_store **ret_store,
                         struct error *error) MUST_USE;
void blob_store_close(struct blob_store **store);

struct blob_piece {
    const char *hash;
    uint64_t size_bytes; /* of the whole */
    uint64_t offset;     /* where the piece begins: 0, or as much as came before */
    const void *bytes;
    size_t size;
};

/* Appends a piece; after the last one the blob is verified and there. On an error nothing is left of
 * what came in: ERR_CORRUPT (the content has another hash), ERR_FULL (no room), ERR_CONFLICT (not the
 * piece that comes next), ERR_LIMIT (too many at a time), ERR_IO. */
enum err blob_store_put(struct blob_store *store, const struct blob_piece *piece, bool *ret_done,
                        struct error *error) MUST_USE;

struct blob_span {
    uint64_t offset;
    size_t length;
};

struct blob_bytes {
    void *bytes; /* the caller frees them */
    size_t size;
    uint64_t size_bytes; /* of the whole blob */
};

/* At most span.length bytes; fewer, or none, at the end. */
enum err blob_store_read(struct blob_store *store, const char *hash, struct blob_span span,
                         struct blob_bytes *ret_bytes, struct error *error) MUST_USE;

/* The whole of a blob of at most `size_max` bytes. */
enum err blob_store_load(struct blob_store *store, const char *hash, size_t size_max,
                         char **ret_bytes, size_t *ret_size, struct error *error) MUST_USE;

/* What there is of it, also if it is coming in. */
void blob_store_delete(struct blob_store *store, const char *hash);

#endif
