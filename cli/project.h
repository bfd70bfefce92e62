/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `gale new` makes: the templates of sdk/templates, which are compiled into the program, with
 * the project's name filled in. Pure; any thread.
 */
#ifndef CLI_PROJECT_H
#define CLI_PROJECT_H

#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

enum {
    PROJECT_NAME_MAX = 64,
};

/* A file of the project; "NAME" in its path and "@NAME@" in its content stand for the name. */
struct project_file {
    const char *path; /* "src/NAME.c" */
    const unsigned char *content;
    size_t size;
};

/* Made by cli/embed.cmake. */
const struct project_file *project_files(size_t *ret_count);

/* It becomes a file, a CMake target and a topology. */
MUST_USE enum err project_check_name(const char *name, struct error *error);

/* Appends the file's path and content in a project of that name. */
void project_path(const struct project_file *file, const char *name, struct text *path);
void project_content(const struct project_file *file, const char *name, struct text *content);

#endif
