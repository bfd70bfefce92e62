/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/group/value.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    SHOWN_MAX = 128,
};

size_t value_size(int32_t length)
{
    return length > 0 ? (size_t)length : 0;
}

static void *copy(const void *data, int32_t length)
{
    void *memory = mem_alloc(value_size(length));

    if (length > 0)
        memcpy(memory, data, (size_t)length);
    return memory;
}

static bool is_same(const void *one, int32_t length, const void *other, int32_t other_length)
{
    if (length < 0 || other_length < 0)
        return length < 0 && other_length < 0;
    return length == other_length && (length == 0 || memcmp(one, other, (size_t)length) == 0);
}

struct kafka_string value_copy_string(struct kafka_string from)
{
    if (from.length < 0)
        return KAFKA_STRING_NULL;
    return (struct kafka_string){copy(from.data, from.length), from.length};
}

struct kafka_bytes value_copy_bytes(struct kafka_bytes from)
{
    if (from.length < 0)
        return (struct kafka_bytes){NULL, KAFKA_NULL};
    return (struct kafka_bytes){copy(from.data, from.length), from.length};
}

void value_drop_string(struct kafka_string *string)
{
    free((void *)(uintptr_t)string->data); /* ours: a copy */
    *string = KAFKA_STRING_NULL;
}

void value_drop_bytes(struct kafka_bytes *bytes)
{
    free((void *)(uintptr_t)bytes->data);
    *bytes = (struct kafka_bytes){NULL, KAFKA_NULL};
}

bool value_same_string(struct kafka_string one, struct kafka_string other)
{
    return is_same(one.data, one.length, other.data, other.length);
}

bool value_same_bytes(struct kafka_bytes one, struct kafka_bytes other)
{
    return is_same(one.data, one.length, other.data, other.length);
}

bool value_is_empty(struct kafka_string string)
{
    return string.length <= 0;
}

struct kafka_string value_of_text(const char *text)
{
    return (struct kafka_string){text, (int32_t)strlen(text)};
}

int value_shown_size(struct kafka_string string)
{
    return (int)(string.length < SHOWN_MAX ? value_size(string.length) : SHOWN_MAX);
}

const char *value_shown(struct kafka_string string)
{
    return string.length > 0 ? string.data : "";
}
