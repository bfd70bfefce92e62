/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which paths a znode may have, by ZooKeeper's rules (its PathUtils): it starts with '/', does not
 * end in '/' unless it is the root, has no empty, "." or ".." component, is UTF-8 without NUL,
 * U+0001-001F, U+007F-009F, U+D800-F8FF, U+FFF0-FFFF and without anything beyond the basic plane.
 * One rule is ours: it has at most MESSAGE_PATH_MAX bytes. Pure; any thread.
 */
#ifndef COORD_PROTOCOL_PATH_H
#define COORD_PROTOCOL_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* NULL if the path is good, otherwise what is wrong with it, for people: "ends in '/'". `path` may
 * be NULL if size is 0: that is an empty path, which is not good. */
const char *path_fault(const char *path, size_t size);

/* Whether a node may have the path. */
bool path_is_valid(const char *path, size_t size);

/* Length of the parent's path: 1 for "/a" (the parent is "/"), 2 for "/a/b" and for "/a/" (a
 * sequential node whose name is the number alone), 0 for "/" and for what has no '/'. The path need
 * not be valid. */
size_t path_parent_size(const char *path, size_t size);

/* Where the last component begins: 3 for "/a/b"; 0 for what has no '/'. The path need not be
 * valid. */
size_t path_name_begin(const char *path, size_t size);

/* Walks the components: returns the next one from *position on and moves it past; NULL at the end.
 * *position is 0 at the start. The path is valid. */
const char *path_next(const char *path, size_t size, size_t *position, size_t *ret_size);

#endif
