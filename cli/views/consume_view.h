/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record of the log on a line of its own. Pure.
 */
#ifndef CLI_VIEWS_CONSUME_VIEW_H
#define CLI_VIEWS_CONSUME_VIEW_H

#include "base/text.h"
#include "broker/client/console.h"

enum consume_view_key {
    CONSUME_VIEW_WITHOUT_KEY,
    CONSUME_VIEW_WITH_KEY, /* and a tab before the value */
};

/* The bytes as they are; "null" for null. */
void consume_view_line(const struct console_record *record, enum consume_view_key key,
                       struct text *text);

/* An object: {"v", "topic", "partition", "offset", "timestamp_ms", "key", "value", "headers": [{"name",
 * "value"}]}. Bytes that are no UTF-8 are a text of base64, and a mark stands beside them:
 * "key_base64" or "value_base64", which is true. */
void consume_view_json(const struct console_record *record, struct text *text);

#endif
