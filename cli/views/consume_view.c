/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/consume_view.h"

#include <jansson.h>
#include <stdio.h>

#include "base/base64.h"
#include "cli/answer.h"

static void add_bytes(const void *bytes, size_t size, struct text *text)
{
    if (bytes == NULL)
        text_add(text, "null");
    else
        text_add_bytes(text, bytes, size);
}

void consume_view_line(const struct console_record *record, enum consume_view_key key,
                       struct text *text)
{
    if (key == CONSUME_VIEW_WITH_KEY) {
        add_bytes(record->key, record->key_size, text);
        text_add(text, "\t");
    }
    add_bytes(record->value, record->value_size, text);
    text_add(text, "\n");
}

/* Sets the member, and its mark if it is base64. */
static void set_bytes(json_t *object, const char *member, const char *mark, const void *bytes,
                      size_t size)
{
    json_t *value = bytes == NULL ? json_null() : json_stringn(bytes, size);
    struct text base64;

    if (value == NULL) { /* it is no UTF-8 */
        text_init(&base64);
        base64_add(&base64, bytes, size);
        value = json_string(text_data(&base64));
        text_done(&base64);
        json_object_set_new(object, mark, json_true());
    }
    json_object_set_new(object, member, value);
}

static json_t *list_headers(const struct console_record *record)
{
    json_t *list = json_array();

    for (size_t i = 0; i < record->header_count; i++) {
        const struct console_header *header = &record->headers[i];
        json_t *name = json_string(header->name);
        json_t *one = json_pack("{s:o}", "name", name != NULL ? name : json_string("?"));

        set_bytes(one, "value", "value_base64", header->value, header->size);
        json_array_append_new(list, one);
    }
    return list;
}

void consume_view_json(const struct console_record *record, struct text *text)
{
    json_t *object = json_pack("{s:s, s:i, s:I}", "topic", record->topic, "partition",
                               (int)record->partition, "offset", (json_int_t)record->offset);

    json_object_set_new(object, "timestamp_ms",
                        record->timestamp_ms < 0 ? json_null()
                                                 : json_integer(record->timestamp_ms));
    set_bytes(object, "key", "key_base64", record->key, record->key_size);
    set_bytes(object, "value", "value_base64", record->value, record->value_size);
    json_object_set_new(object, "headers", list_headers(record));
    answer_add_json(object, text);
    json_decref(object);
}
