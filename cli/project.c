/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/project.h"

#include <string.h>

#include "base/mem.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* Targets that CMake or its generators have already. */
static bool is_taken(const char *name)
{
    static const char *const taken[] = {
        "all",     "clean",          "depend",     "edit_cache",    "help", "install",
        "package", "package_source", "preinstall", "rebuild_cache", "test", "gale",
    };

    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        if (strcmp(name, taken[i]) == 0)
            return true;
    }
    return false;
}

enum err project_check_name(const char *name, struct error *error)
{
    size_t length = strlen(name);

    if (length > PROJECT_NAME_MAX)
        return error_set(error, ERR_LIMIT, "the name has %zu bytes: at most %d", length,
                         PROJECT_NAME_MAX);
    if (length == 0 || strchr(LETTERS, name[0]) == NULL ||
        name[strspn(name, LETTERS "0123456789_-")] != '\0')
        return error_set(error, ERR_INVALID,
                         "'%s' is not a name: it begins with a letter, and letters, digits, '_' "
                         "and '-' follow",
                         name);
    if (is_taken(name))
        return error_set(error, ERR_INVALID,
                         "'%s' means something else to CMake: take another "
                         "name",
                         name);
    return ERR_OK;
}

/* Appends `size` bytes with each `mark` replaced by `name`. */
static void expand(const char *bytes, size_t size, const char *mark, const char *name,
                   struct text *text)
{
    size_t length = strlen(mark);
    size_t start = 0;

    for (size_t i = 0; i + length <= size;) {
        if (memcmp(bytes + i, mark, length) != 0) {
            i++;
            continue;
        }
        text_add_bytes(text, bytes + start, i - start);
        text_add(text, "%s", name);
        i += length;
        start = i;
    }
    text_add_bytes(text, bytes + start, size - start);
}

void project_path(const struct project_file *file, const char *name, struct text *path)
{
    expand(file->path, strlen(file->path), "NAME", name, path);
}

void project_content(const struct project_file *file, const char *name, struct text *content)
{
    expand((const char *)file->content, file->size, "@NAME@", name, content);
}
