/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The paths below a root: the owner of a client sees "/topologies", the server "/gale/topologies".
 * A root is "" for none, or a path without '/' at its end. Pure; any thread.
 */
#ifndef COORD_ROOT_H
#define COORD_ROOT_H

#include <stddef.h>

#include "base/attribute.h"

/* From what people write: NULL, "" and "/" are none. A copy. */
char *root_new(const char *text) MUST_USE;

/* The server's path for the owner's; "/" is the root itself. A copy. */
char *root_join(const char *root, const char *path) MUST_USE;

/* The owner's path for the server's. Borrows from `path`; what is not below the root stays as it
 * is. */
const char *root_strip(const char *root, const char *path);

/* How many bytes of the root name its first, second, ... component with all before it: 5 and 8 for
 * "/gale/eu". *position is 0 at the start; 0 at the end. */
size_t root_next(const char *root, size_t *position);

#endif
