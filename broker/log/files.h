/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a data folder, behind an interface: broker/io/disk_files.h has those of the machine, tests
 * have some in memory that lose power, run full and fail. So everything that decides about a log is
 * pure over this.
 *
 * Paths are relative to the data folder, with '/' between parts. A file is counted: whoever keeps it
 * takes a reference, so a segment that is deleted while a reader is being served stays readable.
 *
 * Errors: ERR_NOT_FOUND, ERR_EXISTS, ERR_FULL (no room: nothing was changed but, for a write, bytes
 * beyond the old end), ERR_IO (anything else: what is on the disk is not known). Files of one folder
 * may be used by several threads, one file by one at a time, but for sync, read, and the references.
 */
#ifndef BROKER_LOG_FILES_H
#define BROKER_LOG_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct files;
struct file;

enum files_open {
    FILES_READ,   /* exists */
    FILES_WRITE,  /* exists, to be read and written */
    FILES_CREATE, /* made anew, to be read and written; ERR_EXISTS if it is there */
};

struct files_piece {
    const void *bytes;
    size_t size;
};

enum {
    FILES_PATH_MAX = 512,
    FILES_PIECES_MAX = 16,
};

struct files_operations {
    enum err (*open)(struct files *files, const char *path, enum files_open how,
                     struct file **ret_file, struct error *error);

    /* Reads up to `size` bytes at `at`; fewer only at the end of the file. */
    enum err (*read)(struct file *file, uint64_t at, void *to, size_t size, size_t *ret_size,
                     struct error *error);

    /* Writes all pieces, one behind the other, from `at` on. */
    enum err (*write)(struct file *file, uint64_t at, const struct files_piece *pieces,
                      size_t piece_count, struct error *error);

    enum err (*size)(struct file *file, uint64_t *ret_size, struct error *error);
    enum err (*truncate)(struct file *file, uint64_t size, struct error *error);

    /* Room for the file to grow to `size` bytes, without changing its size. A hint: a file system
     * that cannot do it does nothing. ERR_FULL if there is none. */
    enum err (*reserve)(struct file *file, uint64_t size, struct error *error);

    /* Its bytes are durable when this returns ERR_OK. After an error they never will be: the file is
     * to be given up. */
    enum err (*sync)(struct file *file, struct error *error);

    /* For sendfile(2); -1 if the file is not of the machine. */
    int (*descriptor)(const struct file *file);

    void (*take)(struct file *file);  /* one more reference */
    void (*give)(struct file **file); /* one less; the last one closes */

    /* Replaces what is at `to`. Durable after sync_folder() of the folder of both. */
    enum err (*rename)(struct files *files, const char *from, const char *to, struct error *error);
    enum err (*remove)(struct files *files, const char *path, struct error *error);

    /* Removes a file, or a folder with all its files, some time soon, and without waiting for it. What
     * is not gone at a crash is there again afterwards. */
    void (*discard)(struct files *files, const char *path);

    enum err (*make_folder)(struct files *files, const char *path, struct error *error);
    enum err (*sync_folder)(struct files *files, const char *path, struct error *error);

    /* As sync() of every file and sync_folder() of every folder: for when there are many. It may take
     * along what others have written on the same file system. */
    enum err (*sync_all)(struct files *files, struct error *error);

    /* Calls `visit` with each name in the folder ("" for the data folder itself), in no order. */
    enum err (*list)(struct files *files, const char *path,
                     void (*visit)(void *context, const char *name, bool is_folder), void *context,
                     struct error *error);
};

/* Each kind has this as its first member. */
struct files {
    const struct files_operations *operations;
};

struct file {
    const struct files_operations *operations;
};

#endif
