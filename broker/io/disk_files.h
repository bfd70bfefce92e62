/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a data folder on the machine's disk (broker/log/files.h).
 *
 * What is discarded is put aside at once, into the folder ".discarded" of the data folder, where
 * nobody lists it, and removed when the owner has the time: freeing the blocks of a large file may
 * take the file system a while. What a crash left there is handed to the owner at the next opening.
 *
 * Any thread, as files.h says; the calls block.
 */
#ifndef BROKER_IO_DISK_FILES_H
#define BROKER_IO_DISK_FILES_H

#include <stdint.h>

#include "base/err.h"
#include "broker/log/files.h"

struct disk_files;

struct disk_files_options {
    /* What was discarded lies at `path`, which is copied if it is kept; on some thread, or later,
     * disk_files_remove() is to be called with it. If it never is, it comes again at the next
     * opening. NULL: it is removed on the spot. Called by the thread that discards or opens. */
    void (*later)(void *context, const char *path);
    void *context;
};

/* The folder exists. */
enum err disk_files_open(const char *folder, const struct disk_files_options *options,
                         struct disk_files **ret_disk, struct error *error) MUST_USE;

/* All references to files were given back. */
void disk_files_close(struct disk_files **disk);

/* Borrowed. */
struct files *disk_files_of(struct disk_files *disk);

/* Removes what `later` was told of. Any thread. */
enum err disk_files_remove(const struct disk_files *disk, const char *path,
                           struct error *error) MUST_USE;

/* What a process without privileges may still write. */
enum err disk_files_free_bytes(const struct disk_files *disk, uint64_t *ret_bytes,
                               struct error *error) MUST_USE;

#endif
