/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes from a text of letters, digits, '+' and '/' (RFC 4648), as base/base64.h writes it. Pure.
 */
#ifndef UI_API_BASE64_READ_H
#define UI_API_BASE64_READ_H

#include <stdbool.h>

#include "base/attribute.h"
#include "base/text.h"

/* Appends the bytes; false, and perhaps some of them, if it is no such text. */
bool base64_read(const char *base64, struct text *bytes) MUST_USE;

#endif
