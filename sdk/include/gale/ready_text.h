/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing run of bytes, and values written into it as text: what the ready-made sinks share.
 *
 * A text that is all zeros is empty and owns nothing. It is bounded by what is put into it, and
 * that by the size of a tuple. Out of memory aborts.
 */
#ifndef GALE_READY_TEXT_H
#define GALE_READY_TEXT_H

#include <gale/tuple.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gale_text {
    char *data;
    size_t size;
    size_t capacity;
};

static inline void gale_text_done(struct gale_text *text)
{
    free(text->data);
    memset(text, 0, sizeof *text);
}

/* Makes room for `size` bytes more. */
static inline void gale_text_reserve(struct gale_text *text, size_t size)
{
    size_t capacity = text->capacity > 0 ? text->capacity : 256;

    if (text->capacity - text->size >= size)
        return;
    while (capacity - text->size < size)
        capacity *= 2;
    text->data = (char *)realloc(text->data, capacity);
    if (text->data == NULL)
        abort();
    text->capacity = capacity;
}

static inline void gale_text_add(struct gale_text *text, const void *data, size_t size)
{
    if (size == 0)
        return;
    gale_text_reserve(text, size);
    memcpy(text->data + text->size, data, size);
    text->size += size;
}

static inline void gale_text_add_char(struct gale_text *text, char c)
{
    gale_text_reserve(text, 1);
    text->data[text->size++] = c;
}

static inline void gale_text_add_word(struct gale_text *text, const char *word)
{
    gale_text_add(text, word, strlen(word));
}

static inline void gale_text_add_hex(struct gale_text *text, struct gale_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.length; i++) {
        gale_text_add_char(text, digits[bytes.data[i] >> 4]);
        gale_text_add_char(text, digits[bytes.data[i] & 15]);
    }
}

/* With as many digits as bring the same number back, and no more. */
static inline void gale_text_add_f64(struct gale_text *text, double value)
{
    char digits[32] = "";

    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    gale_text_add_word(text, digits);
}

/* A bool or a number; nothing for any other kind. */
static inline void gale_text_add_number(struct gale_text *text, const struct gale_value *value)
{
    char digits[32] = "";

    if (value->kind == GALE_KIND_BOOL)
        gale_text_add_word(text, value->as.b ? "true" : "false");
    else if (value->kind == GALE_KIND_F64)
        gale_text_add_f64(text, value->as.f64);
    else if (value->kind == GALE_KIND_I64)
        (void)snprintf(digits, sizeof digits, "%" PRId64, value->as.i64);
    else if (value->kind == GALE_KIND_U64)
        (void)snprintf(digits, sizeof digits, "%" PRIu64, value->as.u64);
    gale_text_add_word(text, digits);
}

/* The size that the first byte of a UTF-8 character promises; 0 if none begins with it. */
static inline size_t gale_utf8_promise(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* Whether the second byte makes no character that is longer than need be, half of a surrogate pair
 * or beyond the last one. */
static inline bool gale_utf8_fits(unsigned char lead, unsigned char second)
{
    unsigned char lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;

    return second >= lowest && second <= highest;
}

/* The size of the UTF-8 character that stands here; 0 if it is none. */
static inline size_t gale_utf8_size(const unsigned char *at, size_t left)
{
    size_t size = gale_utf8_promise(at[0]);

    if (size > left || (size > 1 && !gale_utf8_fits(at[0], at[1])))
        return 0;
    for (size_t i = 2; i < size; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    }
    return size;
}

static inline void gale_text_add_escaped(struct gale_text *text, unsigned char c)
{
    static const char from[] = "\"\\\n\r\t\b\f";
    static const char to[] = "\"\\nrtbf";
    const char *at = c == '\0' ? NULL : strchr(from, c);
    char code[8] = "";

    if (at != NULL)
        (void)snprintf(code, sizeof code, "\\%c", to[at - from]);
    else
        (void)snprintf(code, sizeof code, "\\u%04x", c);
    gale_text_add_word(text, code);
}

/* In quotes, as JSON has it. What is not UTF-8 becomes U+FFFD, byte by byte. */
static inline void gale_text_add_quoted(struct gale_text *text, struct gale_str str)
{
    const unsigned char *at = (const unsigned char *)str.data;
    size_t left = str.length;

    gale_text_add_char(text, '"');
    while (left > 0) {
        size_t size = gale_utf8_size(at, left);

        if (size == 0)
            gale_text_add_word(text, "\\ufffd");
        else if (*at < 0x20 || *at == '"' || *at == '\\')
            gale_text_add_escaped(text, *at);
        else
            gale_text_add(text, at, size);
        at += size > 0 ? size : 1;
        left -= size > 0 ? size : 1;
    }
    gale_text_add_char(text, '"');
}

#ifdef __cplusplus
}
#endif

#endif
