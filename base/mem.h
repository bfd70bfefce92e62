/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is there or the process is not: nothing here returns NULL. Running out aborts,
 * because processes are supervised and every size is checked against a limit beforehand.
 * Everything is given back with free(). Any thread.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#include "base/attribute.h"

/* One zeroed `type`, or an array of them, also where the type is aligned to a cache line. */
#define NEW(type)              ((type *)mem_alloc_aligned(1, sizeof(type), _Alignof(type)))
#define NEW_ARRAY(type, count) ((type *)mem_alloc_aligned((count), sizeof(type), _Alignof(type)))

/* Calls `destroy(&variable)` when the variable goes out of scope: AUTO(x_destroy) struct x *x. */
#define AUTO(destroy) __attribute__((cleanup(destroy)))

/* Yields the pointer and leaves NULL in the variable: the way out of an AUTO scope. */
#define TAKE(pointer)                                \
    __extension__({                                  \
        __typeof__(pointer) *take_from = &(pointer); \
        __typeof__(pointer) take_value = *take_from; \
        *take_from = NULL;                           \
        take_value;                                  \
    })

/* The struct that holds `member` at `pointer`. */
#define CONTAINER_OF(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* The number of elements of an array (not of a pointer). */
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* `size` zeroed bytes; 0 is allowed and gives a pointer that is only good for free(). */
void *mem_alloc(size_t size) MUST_USE;

/* `count` zeroed elements of `size` bytes. The alignment is a power of two that divides size. */
void *mem_alloc_aligned(size_t count, size_t size, size_t alignment) MUST_USE;

/* Takes `old` (NULL for none) and returns an array of `count` elements of `size` bytes with the
 * old content; what is new is not zeroed. Not for types aligned beyond max_align_t. */
void *mem_resize(void *old, size_t count, size_t size) MUST_USE;

/* A copy of the text; the caller owns it. */
char *mem_copy_text(const char *text) MUST_USE;

/* Frees the text and sets it to NULL, so that AUTO(mem_free_text) char *text works. */
void mem_free_text(char **text);

#endif
