/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

static _Noreturn COLD void give_up(size_t count, size_t size)
{
    (void)fprintf(stderr, "out of memory: cannot get %zu x %zu bytes\n", count, size);
    abort();
}

/* Never 0: malloc(0) may return NULL, which must mean "no memory" and nothing else. */
static size_t total(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        give_up(count, size);
    return count * size == 0 ? 1 : count * size;
}

void *mem_alloc(size_t size)
{
    void *memory = calloc(1, total(1, size));

    if (memory == NULL)
        give_up(1, size);
    return memory;
}

void *mem_alloc_aligned(size_t count, size_t size, size_t alignment)
{
    ASSERT(alignment != 0 && (alignment & (alignment - 1)) == 0);
    ASSERT(size % alignment == 0);

    size_t bytes = total(count, size);
    if (alignment <= _Alignof(max_align_t))
        return mem_alloc(bytes);

    /* aligned_alloc() wants a multiple of the alignment; only an empty array is not one. */
    bytes = bytes < alignment ? alignment : bytes;
    void *memory = aligned_alloc(alignment, bytes);
    if (memory == NULL)
        give_up(count, size);
    return memset(memory, 0, bytes);
}

void *mem_resize(void *old, size_t count, size_t size)
{
    void *memory = realloc(old, total(count, size));

    if (memory == NULL)
        give_up(count, size);
    return memory;
}

char *mem_copy_text(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(mem_alloc(size), text, size);
}

void mem_free_text(char **text)
{
    free(*text);
    *text = NULL;
}
