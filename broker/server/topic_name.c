/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/topic_name.h"

#include <stddef.h>
#include <string.h>

static bool is_allowed(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

static bool equals(struct kafka_string name, const char *text)
{
    size_t length = strlen(text);

    return name.length >= 0 && (size_t)name.length == length &&
           memcmp(name.data, text, length) == 0;
}

const char *topic_name_fault(struct kafka_string name)
{
    if (name.length <= 0)
        return "is empty";
    if (name.length > TOPIC_NAME_MAX)
        return "is longer than 249 characters";
    if (equals(name, ".") || equals(name, ".."))
        return "cannot be '.' or '..'";
    for (int32_t i = 0; i < name.length; i++) {
        if (!is_allowed(name.data[i]))
            return "has a character that is none of letters, digits, '.', '_' and '-'";
    }
    return NULL;
}

bool topic_name_is_internal(struct kafka_string name)
{
    return equals(name, TOPIC_NAME_OFFSETS);
}

static int32_t shorter_of(struct kafka_string one, struct kafka_string other)
{
    return one.length < other.length ? one.length : other.length;
}

int topic_name_compare_loosely(struct kafka_string one, struct kafka_string other)
{
    int32_t length = shorter_of(one, other);

    for (int32_t i = 0; i < length; i++) {
        char left = one.data[i] == '.' ? '_' : one.data[i];
        char right = other.data[i] == '.' ? '_' : other.data[i];

        if (left != right)
            return (unsigned char)left < (unsigned char)right ? -1 : 1;
    }
    return (one.length > other.length) - (one.length < other.length);
}

int topic_name_compare(struct kafka_string one, struct kafka_string other)
{
    int order = topic_name_compare_loosely(one, other);

    if (order != 0 || one.length <= 0)
        return order;
    return memcmp(one.data, other.data, (size_t)one.length);
}
