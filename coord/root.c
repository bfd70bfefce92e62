/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/root.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "coord/protocol/path.h"

char *root_new(const char *text)
{
    return mem_copy_text(text == NULL || strcmp(text, "/") == 0 ? "" : text);
}

char *root_join(const char *root, const char *path)
{
    struct text joined;

    text_init(&joined);
    text_add(&joined, "%s%s", root, root[0] != '\0' && strcmp(path, "/") == 0 ? "" : path);
    return text_take(&joined);
}

const char *root_strip(const char *root, const char *path)
{
    size_t size = strlen(root);

    if (strncmp(path, root, size) != 0)
        return path;
    if (path[size] == '\0')
        return "/";
    return path[size] == '/' ? path + size : path;
}

size_t root_next(const char *root, size_t *position)
{
    size_t size;

    return path_next(root, strlen(root), position, &size) == NULL ? 0 : *position;
}
