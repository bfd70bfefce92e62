/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders and small files of a supervisor. What is written whole appears whole: to another name,
 * fsync, rename, fsync of the folder. Blocks; any thread.
 */
#ifndef SUPERVISOR_IO_FOLDER_H
#define SUPERVISOR_IO_FOLDER_H

#include <stddef.h>

#include "base/err.h"

/* With all above it that are missing. They are the user's alone. */
enum err folder_make(const char *path, struct error *error) MUST_USE;

/* ERR_FULL for a disk without room. */
enum err folder_write(const char *path, const void *bytes, size_t size,
                      struct error *error) MUST_USE;

/* "path/name", to be freed by the caller. */
char *folder_join(const char *path, const char *name) MUST_USE;

/* Makes what was renamed in it lasting. */
enum err folder_sync(const char *path, struct error *error) MUST_USE;

/* Of errno, with "what 'path': why". */
enum err folder_fault(const char *what, const char *path, int number, struct error *error);

#endif
