/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/io/blob_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

enum {
    HASH_SIZE = 64, /* digits */
    BUFFER_BYTES = 256 * 1024,
};

struct incoming {
    char hash[HASH_SIZE + 1]; /* "": free */
    int fd;
    uint64_t have;
    struct sha256_ctx digest;
};

struct blob_store {
    char *blobs;   /* folder */
    char *uploads; /* ... */
    struct incoming incoming[BLOB_STORE_INCOMING_MAX];
};

/* ---- Paths --------------------------------------------------------------------------------- */

static char *join(const char *folder, const char *name)
{
    struct text text;

    text_init(&text);
    text_add(&text, "%s/%s", folder, name);
    return text_take(&text);
}

static enum err make_folder(const char *path, struct error *error)
{
    if (mkdir(path, 0755) == 0 || errno == EEXIST)
        return ERR_OK;
    return error_set(error, ERR_IO, "cannot make the folder '%s': %s", path, strerror(errno));
}

static enum err complain(struct error *error, const char *what, const char *path, int number)
{
    if (number == ENOSPC || number == EDQUOT)
        return error_set(error, ERR_FULL, "there is no room on nimbus' disk to %s '%s'", what,
                         path);
    return error_set(error, number == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot %s '%s': %s", what,
                     path, strerror(number));
}

static void put_hex(const uint8_t digest[SHA256_DIGEST_SIZE], char ret_hash[HASH_SIZE + 1])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < SHA256_DIGEST_SIZE; i++) {
        ret_hash[2 * i] = digits[digest[i] >> 4];
        ret_hash[2 * i + 1] = digits[digest[i] & 15];
    }
    ret_hash[HASH_SIZE] = '\0';
}

/* ---- What is there ------------------------------------------------------------------------- */

/* Whether the file is what its name says. */
static bool verify(const char *path, const char *hash, uint64_t *ret_size_bytes)
{
    AUTO(mem_free_text) char *buffer = mem_alloc(BUFFER_BYTES);
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    char found[HASH_SIZE + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = 0;

    if (fd < 0)
        return false;
    sha256_init(&context);
    *ret_size_bytes = 0;
    while ((size = read(fd, buffer, BUFFER_BYTES)) > 0) {
        sha256_update(&context, (size_t)size, (const uint8_t *)buffer);
        *ret_size_bytes += (uint64_t)size;
    }
    (void)close(fd);
    sha256_digest(&context, sizeof digest, digest);
    put_hex(digest, found);
    return size == 0 && strcmp(found, hash) == 0;
}

typedef void visit_fn(struct blob_store *store, const char *path, const char *name, void *context);

static enum err visit_folder(struct blob_store *store, const char *folder, visit_fn *visit,
                             void *context, struct error *error)
{
    DIR *stream = opendir(folder);

    if (stream == NULL)
        return error_set(error, ERR_IO, "cannot read the folder '%s': %s", folder, strerror(errno));
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        AUTO(mem_free_text) char *path = join(folder, entry->d_name);
        if (entry->d_name[0] != '.')
            visit(store, path, entry->d_name, context);
    }
    (void)closedir(stream);
    return ERR_OK;
}

struct held {
    void (*tell)(void *context, const char *hash, uint64_t size_bytes);
    void *context;
};

static void find_blob(struct blob_store *store, const char *path, const char *name, void *context)
{
    const struct held *held = context;
    uint64_t size_bytes = 0;

    (void)store;
    if (verify(path, name, &size_bytes)) {
        held->tell(held->context, name, size_bytes);
        return;
    }
    log_warn("blob.damaged", "file=%s action=deleted", path);
    (void)unlink(path);
}

static void drop_upload(struct blob_store *store, const char *path, const char *name, void *context)
{
    (void)store;
    (void)name;
    (void)context;
    (void)unlink(path);
}

enum err blob_store_open(const char *data,
                         void (*held)(void *context, const char *hash, uint64_t size_bytes),
                         void *context, struct blob_store **ret_store, struct error *error)
{
    AUTO(blob_store_close) struct blob_store *store = NEW(struct blob_store);
    struct held who = {.tell = held, .context = context};

    store->blobs = join(data, "blobs");
    store->uploads = join(data, "uploads");
    enum err err = make_folder(store->blobs, error);
    if (err == ERR_OK)
        err = make_folder(store->uploads, error);
    if (err == ERR_OK)
        err = visit_folder(store, store->uploads, drop_upload, NULL, error);
    if (err == ERR_OK)
        err = visit_folder(store, store->blobs, find_blob, &who, error);
    if (err == ERR_OK)
        *ret_store = TAKE(store);
    return err;
}

/* ---- What comes in ------------------------------------------------------------------------- */

static void end(struct incoming *incoming)
{
    (void)close(incoming->fd);
    incoming->hash[0] = '\0';
}

void blob_store_close(struct blob_store **store)
{
    if (*store == NULL)
        return;
    for (size_t i = 0; i < BLOB_STORE_INCOMING_MAX; i++)
        if ((*store)->incoming[i].hash[0] != '\0')
            end(&(*store)->incoming[i]);
    free((*store)->blobs);
    free((*store)->uploads);
    free(*store);
    *store = NULL;
}

static struct incoming *find(struct blob_store *store, const char *hash)
{
    for (size_t i = 0; i < BLOB_STORE_INCOMING_MAX; i++)
        if (strcmp(store->incoming[i].hash, hash) == 0)
            return &store->incoming[i];
    return NULL;
}

static enum err begin(struct blob_store *store, const char *hash, struct incoming **ret_incoming,
                      struct error *error)
{
    AUTO(mem_free_text) char *path = join(store->uploads, hash);
    struct incoming *incoming = find(store, "");

    if (strlen(hash) != HASH_SIZE)
        return error_set(error, ERR_INVALID, "'%s' is not a hash", hash);
    if (incoming == NULL)
        return error_set(error, ERR_LIMIT, "%d blobs are coming in already",
                         BLOB_STORE_INCOMING_MAX);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return complain(error, "write", path, errno);
    *incoming = (struct incoming){.fd = fd};
    memcpy(incoming->hash, hash, HASH_SIZE + 1);
    sha256_init(&incoming->digest);
    *ret_incoming = incoming;
    return ERR_OK;
}

static enum err append(const struct blob_store *store, struct incoming *incoming,
                       const struct blob_piece *piece, struct error *error)
{
    const char *bytes = piece->bytes;
    size_t left = piece->size;

    while (left > 0) {
        ssize_t size = write(incoming->fd, bytes, left);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return complain(error, "write", store->uploads, errno);
        bytes += size;
        left -= (size_t)size;
    }
    sha256_update(&incoming->digest, piece->size, piece->bytes);
    incoming->have += piece->size;
    return ERR_OK;
}

static enum err flush_folder(const char *path, struct error *error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return complain(error, "flush", path, errno);
    int status = fsync(fd);
    int number = errno;
    (void)close(fd);
    return status == 0 ? ERR_OK : complain(error, "flush", path, number);
}

static enum err keep(struct blob_store *store, struct incoming *incoming, struct error *error)
{
    AUTO(mem_free_text) char *from = join(store->uploads, incoming->hash);
    AUTO(mem_free_text) char *to = join(store->blobs, incoming->hash);
    uint8_t digest[SHA256_DIGEST_SIZE];
    char found[HASH_SIZE + 1];

    sha256_digest(&incoming->digest, sizeof digest, digest);
    put_hex(digest, found);
    if (strcmp(found, incoming->hash) != 0)
        return error_set(error, ERR_CORRUPT, "the content has the SHA-256 %s, not %s", found,
                         incoming->hash);
    if (fsync(incoming->fd) != 0)
        return complain(error, "flush", from, errno);
    if (rename(from, to) != 0)
        return complain(error, "rename", from, errno);
    return flush_folder(store->blobs, error);
}

static enum err put(struct blob_store *store, struct incoming *incoming,
                    const struct blob_piece *piece, bool *ret_done, struct error *error)
{
    if (piece->offset != incoming->have || piece->size > piece->size_bytes - incoming->have)
        return error_set(error, ERR_CONFLICT, "the piece at %llu is not the one that comes next",
                         (unsigned long long)piece->offset);
    enum err err = append(store, incoming, piece, error);
    bool is_done = incoming->have == piece->size_bytes;
    if (err == ERR_OK && is_done)
        err = keep(store, incoming, error);
    if (err == ERR_OK)
        *ret_done = is_done;
    return err;
}

enum err blob_store_put(struct blob_store *store, const struct blob_piece *piece, bool *ret_done,
                        struct error *error)
{
    struct incoming *incoming = find(store, piece->hash);
    enum err err = ERR_OK;
    bool is_done = false;

    if (incoming != NULL && piece->offset == 0)
        blob_store_delete(store, piece->hash); /* from the start */
    if (incoming == NULL || piece->offset == 0)
        err = begin(store, piece->hash, &incoming, error);
    if (err != ERR_OK)
        return err;
    err = put(store, incoming, piece, &is_done, error);
    if (err != ERR_OK)
        blob_store_delete(store, piece->hash);
    else if (is_done)
        end(incoming);
    if (err == ERR_OK)
        *ret_done = is_done;
    return err;
}

void blob_store_delete(struct blob_store *store, const char *hash)
{
    AUTO(mem_free_text) char *upload = join(store->uploads, hash);
    AUTO(mem_free_text) char *blob = join(store->blobs, hash);
    struct incoming *incoming = find(store, hash);

    if (incoming != NULL)
        end(incoming);
    (void)unlink(upload);
    (void)unlink(blob);
}

/* ---- What goes out ------------------------------------------------------------------------- */

static enum err read_piece(int fd, const char *path, uint64_t offset, void *bytes, size_t *size,
                           struct error *error)
{
    size_t length = *size;
    size_t have = 0;

    while (have < length) {
        ssize_t got = pread(fd, (char *)bytes + have, length - have, (off_t)(offset + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return complain(error, "read", path, errno);
        if (got == 0)
            break;
        have += (size_t)got;
    }
    *size = have;
    return ERR_OK;
}

enum err blob_store_read(struct blob_store *store, const char *hash, struct blob_span span,
                         struct blob_bytes *ret_bytes, struct error *error)
{
    AUTO(mem_free_text) char *path = join(store->blobs, hash);
    struct stat stat;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t size = span.length;

    if (fd < 0)
        return complain(error, "read", path, errno);
    void *bytes = mem_alloc(size);
    enum err err = fstat(fd, &stat) == 0 ? ERR_OK : complain(error, "read", path, errno);
    if (err == ERR_OK && span.offset >= (uint64_t)stat.st_size)
        size = 0;
    if (err == ERR_OK)
        err = read_piece(fd, path, span.offset, bytes, &size, error);
    (void)close(fd);
    if (err == ERR_OK)
        *ret_bytes = (struct blob_bytes){bytes, size, (uint64_t)stat.st_size};
    else
        free(bytes);
    return err;
}

enum err blob_store_load(struct blob_store *store, const char *hash, size_t size_max,
                         char **ret_bytes, size_t *ret_size, struct error *error)
{
    AUTO(mem_free_text) char *path = join(store->blobs, hash);

    return file_read(path, size_max, ret_bytes, ret_size, error);
}
