/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a supervisor is: its id, made once and kept in its folder, and that the folder is its alone.
 * Blocks; at start-up.
 */
#ifndef SUPERVISOR_IO_IDENTITY_H
#define SUPERVISOR_IO_IDENTITY_H

#include "base/err.h"

/* The id in `folder`/id, made if it is missing; or `named`, unless that is "". The caller frees
 * it. */
enum err identity_get(const char *folder, const char *named, char **ret_id,
                      struct error *error) MUST_USE;

/* Holds the folder as long as the descriptor is open, which workers do not inherit. ERR_EXISTS if
 * another process holds it. */
enum err identity_lock(const char *folder, int *ret_file, struct error *error) MUST_USE;

#endif
