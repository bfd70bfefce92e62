/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of the log as JSON: text where it is text, base64 where it is not, and no more of a large one than
 * people read. Pure; any thread.
 */
#ifndef UI_MESSAGES_RECORD_VIEW_H
#define UI_MESSAGES_RECORD_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attribute.h"
#include "broker/client/console.h"
#include "ui/logs/needle.h"

enum {
    RECORD_VIEW_BYTES_MAX = 16 * 1024, /* of a key or a value */
    RECORD_VIEW_HEADER_MAX = 1024,     /* bytes of a header's value */
    RECORD_VIEW_HEADERS_MAX = 64,      /* of a record; the rest is left out */
};

/* RecordBytes of ui/api/schema.json; null for NULL. The caller owns it. */
json_t *record_view_bytes(const void *bytes, size_t size, size_t max) MUST_USE;

/* LogRecord; the caller owns it. */
json_t *record_view(const struct console_record *record) MUST_USE;

/* About how many bytes it takes as JSON. */
size_t record_view_size(const struct console_record *record);

/* Whether key or value has the text. */
bool record_view_has(const struct console_record *record, const struct needle *needle) MUST_USE;

/* Sorts a list of LogRecords by time, but those of a partition by their offsets, and keeps the last `max`. The caller owns
 * the result. */
json_t *record_view_last(const json_t *records, size_t max) MUST_USE;

#endif
