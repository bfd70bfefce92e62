/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/beside.h"

#include <limits.h>
#include <unistd.h>

#include "base/text.h"

char *beside_path(const char *name)
{
    char self[PATH_MAX];
    struct text path;
    ssize_t size = readlink("/proc/self/exe", self, sizeof self);

    text_init(&path);
    while (size > 0 && self[size - 1] != '/')
        size--;
    if (size > 0)
        text_add_bytes(&path, self, (size_t)size);
    text_add(&path, "%s", name);
    return text_take(&path);
}
