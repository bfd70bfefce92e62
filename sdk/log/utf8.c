/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/log/utf8.h"

#include <stdint.h>
#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* By the first byte: how long, and what the second may be. */
static size_t judge(unsigned char first, unsigned char *ret_low, unsigned char *ret_high)
{
    *ret_low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    *ret_high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

size_t utf8_char(const unsigned char *at, size_t left)
{
    unsigned char low;
    unsigned char high;

    if (left == 0)
        return 0;
    if (at[0] < 0x80)
        return 1;
    size_t length = judge(at[0], &low, &high);
    if (length == 0 || length > left || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if (at[i] < 0x80 || at[i] > 0xBF)
            return 0;
    }
    return length;
}

/* How many bytes at the front are ASCII, in steps of eight. */
static size_t skip_ascii(const unsigned char *at, size_t left)
{
    size_t skipped = 0;
    uint64_t word;

    for (; left - skipped >= sizeof word; skipped += sizeof word) {
        memcpy(&word, at + skipped, sizeof word);
        if ((word & HIGH_BITS) != 0)
            break;
    }
    return skipped;
}

bool utf8_is_valid(const char *data, size_t size)
{
    const unsigned char *at = (const unsigned char *)data;
    const unsigned char *end = at + size;

    while ((at += skip_ascii(at, (size_t)(end - at))) < end) {
        size_t length = utf8_char(at, (size_t)(end - at));
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}
