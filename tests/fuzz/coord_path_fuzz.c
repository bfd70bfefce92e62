/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are a good path or have a fault; a good one is '/' and a component, again and again,
 * and its parent is a good path too. Of any bytes the parent and the name lie inside.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/protocol/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_components(const char *path, size_t size)
{
    size_t position = 0;
    size_t length = 0;
    const char *name;

    while ((name = path_next(path, size, &position, &length)) != NULL) {
        ASSERT(length > 0 && name[-1] == '/');
        ASSERT(memchr(name, '/', length) == NULL);
        ASSERT(name + length == path + position);
    }
    ASSERT(size == 1 ? position == 0 : position == size);
}

static void check_good(const char *path, size_t size)
{
    size_t parent_size = path_parent_size(path, size);

    check_components(path, size);
    ASSERT((parent_size == 0) == (size == 1));
    ASSERT(parent_size == 0 || path_is_valid(path, parent_size));
    ASSERT(memchr(path, '\0', size) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = mem_alloc(size); /* not a byte more */

    if (size > 0)
        memcpy(path, data, size);
    size_t name_begin = path_name_begin(path, size);
    ASSERT(name_begin <= size && path_parent_size(path, size) <= name_begin);
    ASSERT(name_begin == 0 || path[name_begin - 1] == '/');
    if (path_is_valid(path, size))
        check_good(path, size);
    else
        ASSERT(path_fault(path, size) != NULL);
    free(path);
    return 0;
}
