/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether bytes are UTF-8: shortest forms, no surrogates, nothing above U+10FFFF. Pure.
 */
#ifndef SDK_LOG_UTF8_H
#define SDK_LOG_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_is_valid(const char *data, size_t size);

/* The length of the character at the front; 0 if there is none that is valid. */
size_t utf8_char(const unsigned char *at, size_t left);

#endif
