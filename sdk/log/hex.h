/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as hexadecimal digits, which is how they stand in JSON. Pure.
 */
#ifndef SDK_LOG_HEX_H
#define SDK_LOG_HEX_H

#include <stdbool.h>
#include <stddef.h>

/* Writes 2 * size digits. */
void hex_encode(const unsigned char *bytes, size_t size, char *ret_digits);

/* Writes length / 2 bytes; false if that is not what the text is. */
bool hex_decode(const char *digits, size_t length, char *ret_bytes);

#endif
