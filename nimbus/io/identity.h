/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a nimbus is: its id, made once and kept in its folder, and that the folder is its alone. Blocks;
 * at start-up.
 */
#ifndef NIMBUS_IO_IDENTITY_H
#define NIMBUS_IO_IDENTITY_H

#include "base/err.h"

/* Holds the folder until it is given back, or the process ends. ERR_EXISTS if another one holds
 * it. */
enum err identity_lock(const char *folder, int *ret_file, struct error *error) MUST_USE;
void identity_unlock(const char *folder, int *file); /* -1: it is not held */

/* The id in `folder`/id, made if it is missing; or `named`, unless that is "". The caller frees
 * it. */
enum err identity_get(const char *folder, const char *named, char **ret_id,
                      struct error *error) MUST_USE;

#endif
