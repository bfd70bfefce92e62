/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/protocol/path.h"

#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "coord/protocol/message.h"

#define EACH_BYTE UINT64_C(0x0101010101010101)

/* Of the characters that UTF-8 writes in two bytes only U+0080-009F are refused. */
static bool is_good_pair(const unsigned char *at, size_t left)
{
    return left >= 2 && (at[1] & 0xC0) == 0x80 && (at[0] > 0xC2 || at[1] >= 0xA0);
}

static bool is_good_triple(const unsigned char *at, size_t left)
{
    if (left < 3 || (at[1] & 0xC0) != 0x80 || (at[2] & 0xC0) != 0x80)
        return false;

    uint32_t point = (at[0] & 0x0FU) << 12 | (at[1] & 0x3FU) << 6 | (at[2] & 0x3FU);
    if (point < 0x800)
        return false; /* fits two bytes: another spelling of the same text */
    return point < 0xD800 || (point > 0xF8FF && point < 0xFFF0);
}

/* How many bytes the character takes that does not begin with a plain byte; 0 if it is refused. */
static size_t measure(const unsigned char *at, size_t left)
{
    if (at[0] >= 0xC2 && at[0] <= 0xDF)
        return is_good_pair(at, left) ? 2 : 0;
    if (at[0] >= 0xE0 && at[0] <= 0xEF)
        return is_good_triple(at, left) ? 3 : 0;
    return 0; /* control characters, stray bytes, and all that takes four bytes */
}

/* Whether all of eight bytes are U+0020-007E. Where a byte is smaller the difference borrows, where
 * it is U+007F the sum carries, and both leave its highest bit set. */
static bool are_plain(const unsigned char *at)
{
    uint64_t bytes = bytes_get_u64(at);
    uint64_t marks = (bytes - 0x20 * EACH_BYTE) | (bytes + EACH_BYTE) | bytes;

    return (marks & 0x80 * EACH_BYTE) == 0;
}

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7F;
}

static bool has_good_characters(const char *path, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)path;

    for (size_t i = 0; i < size;) {
        if (size - i >= 8 && are_plain(bytes + i)) {
            i += 8;
            continue;
        }
        size_t length = is_plain(bytes[i]) ? 1 : measure(bytes + i, size - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

static const char *name_fault(const char *name, size_t size)
{
    if (size == 0)
        return "has an empty component";
    if (size <= 2 && name[0] == '.' && name[size - 1] == '.')
        return "has a component '.' or '..'";
    return NULL;
}

static size_t find_slash(const char *path, size_t size, size_t begin)
{
    const char *slash = memchr(path + begin, '/', size - begin);
    return slash == NULL ? size : (size_t)(slash - path);
}

static const char *names_fault(const char *path, size_t size)
{
    for (size_t begin = 1; begin <= size;) {
        size_t end = find_slash(path, size, begin);
        const char *fault = name_fault(path + begin, end - begin);
        if (fault != NULL)
            return fault;
        begin = end + 1;
    }
    return NULL;
}

const char *path_fault(const char *path, size_t size)
{
    if (size == 0)
        return "is empty";
    if (size > MESSAGE_PATH_MAX)
        return "is longer than 8192 bytes";
    if (path[0] != '/')
        return "does not start with '/'";
    if (size == 1)
        return NULL;
    if (path[size - 1] == '/')
        return "ends in '/'";
    if (!has_good_characters(path, size))
        return "has a character that paths may not have";
    return names_fault(path, size);
}

bool path_is_valid(const char *path, size_t size)
{
    return path_fault(path, size) == NULL;
}

size_t path_name_begin(const char *path, size_t size)
{
    size_t begin = size;

    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    return begin;
}

size_t path_parent_size(const char *path, size_t size)
{
    size_t begin = path_name_begin(path, size);

    if (begin <= 1)
        return begin == 1 && size > 1 ? 1 : 0;
    return begin - 1;
}

const char *path_next(const char *path, size_t size, size_t *position, size_t *ret_size)
{
    size_t begin = *position + 1; /* past the '/' */
    if (begin >= size)
        return NULL;

    size_t end = find_slash(path, size, begin);
    *position = end;
    *ret_size = end - begin;
    return path + begin;
}
