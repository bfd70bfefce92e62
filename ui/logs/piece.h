/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a log as texts: what is not UTF-8 becomes U+FFFD, one for each byte. Pure; any thread.
 */
#ifndef UI_LOGS_PIECE_H
#define UI_LOGS_PIECE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Appends the bytes. A character that is cut off at the begin or the end counts as wrong bytes. */
void piece_repair(const void *bytes, size_t size, struct text *text);

/* The same as JSON; the caller owns it. */
json_t *piece_json(const void *bytes, size_t size) MUST_USE;

/* Appends with '&', '<', '>', '"' and '\'' as HTML has them, repaired. */
void piece_html(const void *bytes, size_t size, struct text *html);

/* Appends as part of a URL's query. */
void piece_url(const char *value, struct text *url);

/* When a line of a log was written (base/logfmt.h): milliseconds since 1970; -1 if it does not say. */
int64_t piece_time(const char *line, size_t size);

/* "debug", "info", "warn" or "error"; NULL if it does not say. */
const char *piece_level(const char *line, size_t size);

#endif
