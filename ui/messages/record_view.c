/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/messages/record_view.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "ui/http/utf8.h"

enum {
    OVERHEAD = 256,    /* bytes of a record without its texts */
    CHARACTER_MAX = 4, /* bytes */
};

/* Where to cut, so that no character is cut in two; `max` if it is not text anyway. */
static size_t cut_at(const char *bytes, size_t size, size_t max)
{
    size_t end = max;

    if (size <= max)
        return size;
    while (end > 0 && max - end < CHARACTER_MAX && ((unsigned char)bytes[end] & 0xC0) == 0x80)
        end--;
    return utf8_is_valid(bytes, end) ? end : max;
}

static bool is_json(const char *bytes, size_t size)
{
    size_t blank = 0;

    while (blank < size && strchr(" \t\r\n", bytes[blank]) != NULL && bytes[blank] != '\0')
        blank++;
    if (blank == size || (bytes[blank] != '{' && bytes[blank] != '['))
        return false;
    json_t *json = json_loadb(bytes, size, 0, NULL);
    json_decref(json);
    return json != NULL;
}

json_t *record_view_bytes(const void *bytes, size_t size, size_t max)
{
    struct text base64 = {.data = NULL};

    if (bytes == NULL)
        return json_null();
    size_t shown = cut_at(bytes, size, max);
    bool is_text = utf8_is_valid(bytes, shown) && memchr(bytes, '\0', shown) == NULL;
    if (!is_text)
        base64_add(&base64, bytes, shown);
    const char *kind = !is_text                                 ? "bytes"
                       : shown == size && is_json(bytes, shown) ? "json"
                                                                : "text";
    json_t *view = json_pack("{s:o, s:o, s:s, s:I, s:b}", "text",
                             is_text ? json_stringn(bytes, shown) : json_null(), "base64",
                             is_text ? json_null() : json_string(text_data(&base64)), "kind", kind,
                             "size", (json_int_t)size, "cut", shown < size);
    text_done(&base64);
    return view;
}

static json_t *show_name(const char *name)
{
    json_t *json = json_string(name);

    return json != NULL ? json : json_string("(not valid UTF-8)");
}

static json_t *show_headers(const struct console_record *record)
{
    json_t *headers = json_array();

    for (size_t i = 0; i < record->header_count && i < RECORD_VIEW_HEADERS_MAX; i++) {
        const struct console_header *header = &record->headers[i];
        (void)json_array_append_new(
            headers,
            json_pack("{s:o, s:o}", "name", show_name(header->name), "value",
                      record_view_bytes(header->value, header->size, RECORD_VIEW_HEADER_MAX)));
    }
    return headers;
}

json_t *record_view(const struct console_record *record)
{
    return json_pack(
        "{s:i, s:I, s:o, s:o, s:o, s:o}", "partition", (int)record->partition, "offset",
        (json_int_t)record->offset, "timestamp_ms",
        record->timestamp_ms < 0 ? json_null() : json_integer((json_int_t)record->timestamp_ms),
        "key", record_view_bytes(record->key, record->key_size, RECORD_VIEW_BYTES_MAX), "value",
        record_view_bytes(record->value, record->value_size, RECORD_VIEW_BYTES_MAX), "headers",
        show_headers(record));
}

static size_t least(size_t size, size_t max)
{
    return size < max ? size : max;
}

size_t record_view_size(const struct console_record *record)
{
    size_t size = OVERHEAD + least(record->key_size, RECORD_VIEW_BYTES_MAX) +
                  least(record->value_size, RECORD_VIEW_BYTES_MAX);

    for (size_t i = 0; i < record->header_count && i < RECORD_VIEW_HEADERS_MAX; i++)
        size += OVERHEAD + least(record->headers[i].size, RECORD_VIEW_HEADER_MAX);
    return size;
}

static bool has(const struct needle *needle, const void *bytes, size_t size)
{
    return bytes != NULL && size > 0 && needle_find(needle, bytes, size, 0) < size;
}

bool record_view_has(const struct console_record *record, const struct needle *needle)
{
    return has(needle, record->key, record->key_size) ||
           has(needle, record->value, record->value_size);
}

/* ---- order ---- */

static json_int_t number_of(const json_t *record, const char *member)
{
    return json_integer_value(json_object_get(record, member));
}

struct timed {
    json_t *record; /* borrowed */
    json_int_t at;
    size_t index;
};

/* By partition and offset. */
static int compare_places(const void *left, const void *right)
{
    const json_t *a = ((const struct timed *)left)->record;
    const json_t *b = ((const struct timed *)right)->record;
    const char *member =
        number_of(a, "partition") == number_of(b, "partition") ? "offset" : "partition";
    json_int_t first = number_of(a, member);
    json_int_t second = number_of(b, member);

    return first == second ? 0 : first < second ? -1 : 1;
}

static int compare_times(const void *left, const void *right)
{
    const struct timed *a = left;
    const struct timed *b = right;

    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return a->index == b->index ? 0 : a->index < b->index ? -1 : 1;
}

/* Times of a partition may go back, and its order stays what it is. So a record counts as written no earlier than
 * those before it. */
static void set_times(struct timed *timed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *record = timed[i].record;
        bool is_first =
            i == 0 || number_of(timed[i - 1].record, "partition") != number_of(record, "partition");
        json_int_t at = number_of(record, "timestamp_ms");

        timed[i].index = i;
        timed[i].at = is_first || at > timed[i - 1].at ? at : timed[i - 1].at;
    }
}

json_t *record_view_last(const json_t *records, size_t max)
{
    size_t count = json_array_size(records);
    struct timed *timed = NEW_ARRAY(struct timed, count);
    json_t *last = json_array();

    for (size_t i = 0; i < count; i++)
        timed[i].record = json_array_get(records, i);
    if (count > 0) {
        qsort(timed, count, sizeof *timed, compare_places);
        set_times(timed, count);
        qsort(timed, count, sizeof *timed, compare_times);
    }
    for (size_t i = count > max ? count - max : 0; i < count; i++)
        (void)json_array_append(last, timed[i].record);
    free(timed);
    return last;
}
