/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text that grows while it is written. Always ends in NUL, which does not count; may hold any
 * bytes. All zero bytes are an empty text. Pure; a text belongs to one thread.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

#include "base/attribute.h"

/* Larger than any text we write; beyond it the process aborts as if out of memory. */
#define TEXT_SIZE_MAX ((size_t)1 << 30)

struct text {
    char *data; /* NULL while empty and never written */
    size_t size;
    size_t capacity;
};

void text_init(struct text *text);
void text_done(struct text *text);

/* Appends; the arguments must not point into the text itself. */
void text_add(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_add_bytes(struct text *text, const void *bytes, size_t size);

/* Makes it empty and keeps the memory. */
void text_clear(struct text *text);

/* Borrowed until the next change; never NULL. */
const char *text_data(const struct text *text);
size_t text_size(const struct text *text);

/* Hands out the content, never NULL, to be freed by the caller, and leaves the text empty. */
char *text_take(struct text *text) MUST_USE;

#endif
