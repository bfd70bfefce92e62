/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/utf8.h"

#include <stdint.h>

#include "base/mem.h"

/* The forms of a character by its first byte; the bounds of its second tell overlong forms, surrogates and what is
 * too large apart. */
static const struct form {
    uint8_t first_min, first_max;
    uint8_t second_min, second_max;
    uint8_t size;
} forms[] = {
    {0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static bool fits(const struct form *form, const uint8_t *at, size_t size)
{
    if (at[0] < form->first_min || at[0] > form->first_max || size < form->size)
        return false;
    if (form->size > 1 && (at[1] < form->second_min || at[1] > form->second_max))
        return false;
    for (size_t i = 2; i < form->size; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return false;
    }
    return true;
}

size_t utf8_size(const void *bytes, size_t size)
{
    if (size == 0)
        return 0;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (fits(&forms[i], bytes, size))
            return forms[i].size;
    }
    return 0;
}

bool utf8_is_valid(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    while (size > 0) {
        size_t step = utf8_size(at, size);

        if (step == 0)
            return false;
        at += step;
        size -= step;
    }
    return true;
}
