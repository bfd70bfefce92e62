/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files, and the folders they are in. Touches the disk and may block: for start-up and the command line, not for loops.
 * Any thread.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/err.h"

/* Reads a file of at most `size_max` bytes. The caller frees *ret_bytes, which ends in a NUL that
 * *ret_size does not count. Fails with "cannot read 'x': ..." and ERR_NOT_FOUND, ERR_DENIED,
 * ERR_LIMIT (too large) or ERR_IO. `error` may be NULL. */
enum err file_read(const char *path, size_t size_max, char **ret_bytes, size_t *ret_size,
                   struct error *error) MUST_USE;

/* Makes the folder and those above it, where they are missing. Fails with "cannot make the folder 'x': ..."
 * and ERR_DENIED, ERR_NOT_FOUND (something above it is no folder) or ERR_IO. `error` may be NULL. */
enum err file_make_folder(const char *path, struct error *error) MUST_USE;

#endif
