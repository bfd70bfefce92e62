/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/api/base64_read.h"

#include <stdint.h>
#include <string.h>

static bool take_four(const char *four, bool is_last, struct text *bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t padding = !is_last || four[3] != '=' ? 0 : four[2] == '=' ? 2 : 1;
    uint32_t all = 0;

    for (size_t i = 0; i < 4; i++) {
        const char *digit = i >= 4 - padding ? digits : strchr(digits, four[i]);
        if (digit == NULL)
            return false;
        all = all << 6 | (uint32_t)(digit - digits);
    }
    char out[3] = {(char)(all >> 16), (char)(all >> 8), (char)all};
    text_add_bytes(bytes, out, 3 - padding);
    return true;
}

bool base64_read(const char *base64, struct text *bytes)
{
    size_t size = strlen(base64);

    if (size % 4 != 0)
        return false;
    for (size_t i = 0; i < size; i += 4) {
        if (!take_four(base64 + i, i + 4 == size, bytes))
            return false;
    }
    return true;
}
