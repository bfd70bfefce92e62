/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/log/values.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sdk/log/hex.h"
#include "sdk/log/utf8.h"

#define F64_DIGITS 17 /* enough for every double to come back as it was */

static void add_number(struct text *text, const struct gale_value *value)
{
    if (value->kind == GALE_KIND_I64)
        text_add(text, "%" PRId64, value->as.i64);
    else if (value->kind == GALE_KIND_U64)
        text_add(text, "%" PRIu64, value->as.u64);
    else if (value->kind == GALE_KIND_F64)
        text_add(text, "%.*g", F64_DIGITS, value->as.f64);
    else
        text_add(text, "%s", value->as.b ? "true" : "false");
}

struct gale_str values_bytes(const struct gale_value *value, struct text *scratch)
{
    struct gale_str str = {.data = NULL};

    if (value->kind == GALE_KIND_NONE)
        return str;
    if (value->kind == GALE_KIND_STR) {
        str = value->as.str;
    } else if (value->kind == GALE_KIND_BYTES) {
        str.data = (const char *)value->as.bytes.data;
        str.length = value->as.bytes.length;
    } else {
        text_clear(scratch);
        add_number(scratch, value);
        str.data = text_data(scratch);
        str.length = text_size(scratch);
    }
    if (str.data == NULL)
        str.data = "";
    return str;
}

/* ---- JSON ---- */

static void add_char(struct text *text, const unsigned char *at, size_t length)
{
    static const char named[] = {'\b', 'b', '\f', 'f', '\n', 'n', '\r', 'r', '\t', 't'};

    if (length == 0) {
        text_add_bytes(text, "\xEF\xBF\xBD", 3);
        return;
    }
    if (*at == '"' || *at == '\\')
        text_add_bytes(text, "\\", 1);
    if (*at >= 0x20) {
        text_add_bytes(text, at, length);
        return;
    }
    for (size_t i = 0; i < sizeof named; i += 2) {
        if (named[i] == (char)*at) {
            text_add(text, "\\%c", named[i + 1]);
            return;
        }
    }
    text_add(text, "\\u%04x", *at);
}

/* What needs no escape is added in runs. */
static size_t plain_run(const unsigned char *at, size_t left)
{
    size_t run = 0;

    while (run < left && at[run] >= 0x20 && at[run] < 0x80 && at[run] != '"' && at[run] != '\\')
        run++;
    return run;
}

static void add_string(struct text *text, const char *data, size_t size)
{
    const unsigned char *at = (const unsigned char *)data;

    text_add_bytes(text, "\"", 1);
    while (size > 0) {
        size_t step = plain_run(at, size);
        if (step > 0) {
            text_add_bytes(text, at, step);
        } else {
            size_t length = utf8_char(at, size);
            add_char(text, at, length);
            step = length > 0 ? length : 1;
        }
        at += step;
        size -= step;
    }
    text_add_bytes(text, "\"", 1);
}

static void add_hex(struct text *text, struct gale_bytes bytes)
{
    char digits[2];

    text_add_bytes(text, "\"", 1);
    for (size_t i = 0; i < bytes.length; i++) {
        hex_encode(&bytes.data[i], 1, digits);
        text_add_bytes(text, digits, sizeof digits);
    }
    text_add_bytes(text, "\"", 1);
}

void values_add_member(struct text *text, const char *name, const struct gale_value *value)
{
    bool is_none = value->kind == GALE_KIND_F64 && !isfinite(value->as.f64);

    text_add_bytes(text, text_size(text) == 0 ? "{" : ",", 1);
    add_string(text, name, strlen(name));
    text_add_bytes(text, ":", 1);
    if (value->kind == GALE_KIND_NONE || is_none)
        text_add_bytes(text, "null", 4);
    else if (value->kind == GALE_KIND_STR)
        add_string(text, value->as.str.data, value->as.str.length);
    else if (value->kind == GALE_KIND_BYTES)
        add_hex(text, value->as.bytes);
    else
        add_number(text, value);
}

void values_end_object(struct text *text)
{
    text_add_bytes(text, text_size(text) == 0 ? "{}" : "}", text_size(text) == 0 ? 2 : 1);
}
