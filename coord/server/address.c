/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/address.h"

#include <stdint.h>
#include <string.h>

enum {
    V4_SIZE = 4,
    V6_SIZE = 16,
    GROUP_SIZE = 2, /* bytes of "ab12" in IPv6 */
    GROUP_DIGITS_MAX = 4,
};

struct span {
    const char *at;
    const char *end;
};

static bool is_at_end(const struct span *text)
{
    return text->at == text->end;
}

static bool take_char(struct span *text, char wanted)
{
    if (is_at_end(text) || *text->at != wanted)
        return false;
    text->at++;
    return true;
}

/* The text up to the character, or all of it; moves past the character. */
static struct span take_until(struct span *text, char stop, bool *ret_found)
{
    const char *found = memchr(text->at, stop, (size_t)(text->end - text->at));
    struct span part = {.at = text->at, .end = found == NULL ? text->end : found};

    text->at = found == NULL ? text->end : found + 1;
    *ret_found = found != NULL;
    return part;
}

/* The whole text is one decimal number up to `max`. */
static bool read_number(struct span text, unsigned max, unsigned *ret_number)
{
    bool is_negative = take_char(&text, '-');
    uint64_t number = 0;

    if (!is_negative)
        (void)take_char(&text, '+');
    if (is_at_end(&text))
        return false;
    for (; !is_at_end(&text); text.at++) {
        if (*text.at < '0' || *text.at > '9')
            return false;
        number = number * 10 + (uint64_t)(*text.at - '0');
        if (number > max)
            return false;
    }
    *ret_number = (unsigned)number;
    return !is_negative || number == 0;
}

static bool read_v4(struct span text, unsigned char *ret_bytes)
{
    bool has_dot = false;

    for (size_t i = 0; i < V4_SIZE; i++) {
        unsigned number = 0;
        if (!read_number(take_until(&text, '.', &has_dot), UINT8_MAX, &number))
            return false;
        if (has_dot != (i + 1 < V4_SIZE))
            return false;
        ret_bytes[i] = (unsigned char)number;
    }
    return true;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static bool read_group(struct span *text, unsigned char *ret_bytes)
{
    const char *begin = text->at;
    unsigned value = 0;

    while (!is_at_end(text) && hex_value(*text->at) >= 0) {
        if (text->at - begin == GROUP_DIGITS_MAX)
            return false;
        value = value << 4 | (unsigned)hex_value(*text->at++);
    }
    ret_bytes[0] = (unsigned char)(value >> 8);
    ret_bytes[1] = (unsigned char)value;
    return text->at > begin;
}

/* Either half of an IPv6 address: what stands before and after its "::". */
struct half {
    unsigned char bytes[V6_SIZE];
    size_t size;
};

/* Reads groups with single colons between them, up to "::" or the end. */
static bool read_half(struct span *text, struct half *ret_half)
{
    struct half half = {.size = 0};
    bool goes_on = true;

    while (goes_on) {
        if (half.size == V6_SIZE || !read_group(text, half.bytes + half.size))
            return false;
        half.size += GROUP_SIZE;
        goes_on = text->end - text->at >= 2 && text->at[0] == ':' && text->at[1] != ':';
        text->at += goes_on;
    }
    *ret_half = half;
    return true;
}

static bool take_gap(struct span *text)
{
    if (text->end - text->at < 2 || memcmp(text->at, "::", 2) != 0)
        return false;
    text->at += 2;
    return true;
}

static bool read_v6(struct span text, unsigned char *ret_bytes)
{
    struct half head = {.size = 0};
    struct half tail = {.size = 0};
    bool has_gap = take_gap(&text);

    if (!has_gap) {
        if (!read_half(&text, &head))
            return false;
        has_gap = take_gap(&text);
    }
    if (has_gap && !is_at_end(&text) && !read_half(&text, &tail))
        return false;
    size_t size = head.size + tail.size;
    if (!is_at_end(&text) || (has_gap ? size > V6_SIZE - GROUP_SIZE : size != V6_SIZE))
        return false;

    memset(ret_bytes, 0, V6_SIZE);
    memcpy(ret_bytes, head.bytes, head.size);
    memcpy(ret_bytes + V6_SIZE - tail.size, tail.bytes, tail.size);
    return true;
}

bool address_read(const char *text, size_t size, struct address *ret_address)
{
    struct span rest = {.at = text, .end = text + size};
    struct address address = {.size = V4_SIZE};
    bool has_bits = false;
    struct span number = take_until(&rest, '/', &has_bits);

    if (memchr(number.at, ':', (size_t)(number.end - number.at)) != NULL)
        address.size = V6_SIZE;
    if (!(address.size == V4_SIZE ? read_v4(number, address.bytes)
                                  : read_v6(number, address.bytes)))
        return false;
    address.bits = (unsigned)address.size * 8;
    if (has_bits && !read_number(rest, address.bits, &address.bits))
        return false;
    *ret_address = address;
    return true;
}

bool address_matches(const struct address *address, const struct address *pattern)
{
    size_t whole = pattern->bits / 8;
    unsigned rest = pattern->bits % 8;

    if (address->size != pattern->size || memcmp(address->bytes, pattern->bytes, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    return ((address->bytes[whole] ^ pattern->bytes[whole]) >> (8 - rest)) == 0;
}

size_t address_mapped_prefix(const char *text)
{
    static const char prefix[] = "::ffff:";
    size_t size = sizeof prefix - 1;
    unsigned char bytes[V4_SIZE];

    if (strncmp(text, prefix, size) != 0)
        return 0;
    struct span rest = {.at = text + size, .end = text + strlen(text)};
    return read_v4(rest, bytes) ? size : 0;
}
