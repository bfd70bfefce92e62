/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <stdint.h>

/* One to three bytes as four letters. */
static void add_group(struct text *text, const unsigned char *bytes, size_t size)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = (uint32_t)bytes[0] << 16;
    char group[4];

    if (size > 1)
        bits |= (uint32_t)bytes[1] << 8;
    if (size > 2)
        bits |= bytes[2];
    group[0] = letters[bits >> 18];
    group[1] = letters[bits >> 12 & 63];
    group[2] = letters[bits >> 6 & 63];
    group[3] = letters[bits & 63];
    if (size < 3)
        group[3] = '=';
    if (size < 2)
        group[2] = '=';
    text_add_bytes(text, group, sizeof group);
}

void base64_add(struct text *text, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < size; i += 3)
        add_group(text, at + i, size - i < 3 ? size - i : 3);
}
