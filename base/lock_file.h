/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that says, by being locked, that somebody uses the folder it lies in. The lock goes with the
 * process, however that ends; who ends in order takes the file away too. Any thread.
 */
#ifndef BASE_LOCK_FILE_H
#define BASE_LOCK_FILE_H

#include "base/err.h"

/* Makes the file if it is missing, and locks it. ERR_EXISTS if another process holds it. The
 * descriptor is closed on exec. */
enum err lock_file_take(const char *path, int *ret_file, struct error *error) MUST_USE;

/* Takes the file away while it is still locked. Nothing is done if *file is -1, which it is then. */
void lock_file_release(const char *path, int *file);

#endif
