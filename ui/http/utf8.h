/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether bytes are UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF. Pure.
 */
#ifndef UI_HTTP_UTF8_H
#define UI_HTTP_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The size of the character that begins there, 1 to 4; 0 if none does. */
size_t utf8_size(const void *bytes, size_t size);

bool utf8_is_valid(const void *bytes, size_t size);

#endif
