/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/log/hex.h"

void hex_encode(const unsigned char *bytes, size_t size, char *ret_digits)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        ret_digits[2 * i] = digits[bytes[i] >> 4];
        ret_digits[2 * i + 1] = digits[bytes[i] & 0xF];
    }
}

static int value_of(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

bool hex_decode(const char *digits, size_t length, char *ret_bytes)
{
    if (length % 2 != 0)
        return false;
    for (size_t i = 0; i < length; i += 2) {
        int high = value_of(digits[i]);
        int low = value_of(digits[i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret_bytes[i / 2] = (char)(high << 4 | low);
    }
    return true;
}
