/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as a text of letters, digits, '+' and '/', four for three of them (RFC 4648). Pure.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

#include "base/text.h"

void base64_add(struct text *text, const void *bytes, size_t size);

#endif
