/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

void text_init(struct text *text)
{
    *text = (struct text){0};
}

void text_done(struct text *text)
{
    free(text->data);
    text_init(text);
}

/* Makes room for `size` more bytes and the NUL. Doubles, so that appending stays linear. */
static void reserve(struct text *text, size_t size)
{
    ASSERT(size < TEXT_SIZE_MAX && text->size < TEXT_SIZE_MAX - size);

    size_t wanted = text->size + size + 1;
    if (wanted <= text->capacity)
        return;
    size_t capacity = text->capacity < 32 ? 64 : text->capacity * 2;
    text->capacity = capacity < wanted ? wanted : capacity;
    text->data = mem_resize(text->data, text->capacity, 1);
    text->data[text->size] = '\0';
}

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_list again;
    va_start(arguments, format);
    va_copy(again, arguments);

    reserve(text, 0);
    size_t room = text->capacity - text->size;
    int size = vsnprintf(text->data + text->size, room, format, arguments);
    ASSERT(size >= 0);
    if ((size_t)size >= room) {
        text->data[text->size] = '\0';
        reserve(text, (size_t)size);
        size = vsnprintf(text->data + text->size, (size_t)size + 1, format, again);
        ASSERT(size >= 0);
    }
    text->size += (size_t)size;

    va_end(again);
    va_end(arguments);
}

void text_add_bytes(struct text *text, const void *bytes, size_t size)
{
    if (size == 0)
        return;
    reserve(text, size);
    memcpy(text->data + text->size, bytes, size);
    text->size += size;
    text->data[text->size] = '\0';
}

void text_clear(struct text *text)
{
    text->size = 0;
    if (text->data != NULL)
        text->data[0] = '\0';
}

const char *text_data(const struct text *text)
{
    return text->data == NULL ? "" : text->data;
}

size_t text_size(const struct text *text)
{
    return text->size;
}

char *text_take(struct text *text)
{
    reserve(text, 0);
    char *data = text->data;

    text_init(text);
    return data;
}
