/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searching logs: the first byte says how large the pieces are, the second how long the needle is, which comes
 * next; the rest is the file. What is found in pieces is what is found in the whole, and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "ui/logs/lines.h"
#include "ui/logs/piece.h"
#include "ui/logs/places.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How many lines have the needle, in pieces of `piece` bytes. */
static size_t count_lines(const struct needle *needle, const char *file, size_t size, size_t piece)
{
    struct lines lines;
    struct lines_match match;
    size_t count = 0;
    size_t at = 0;

    lines_init(&lines, needle, 0);
    do {
        size_t now = size - at < piece ? size - at : piece;
        lines_feed(&lines, file + at, now, at + now == size);
        at += now;
        while (lines_take(&lines, &match)) {
            ASSERT(match.offset + match.size <= size);
            ASSERT(memcmp(file + match.offset, match.line, match.size) == 0);
            ASSERT(match.offset == 0 || file[match.offset - 1] == '\n');
            ASSERT(match.column + needle->size <= match.size);
            (void)piece_time(match.line, match.size);
            (void)piece_level(match.line, match.size);
            count++;
        }
    } while (at < size);
    ASSERT(lines_next(&lines) == size);
    lines_done(&lines);
    return count;
}

static size_t count_places(const struct needle *needle, const char *file, size_t size, size_t piece)
{
    struct places places;
    struct places_match match;
    size_t count = 0;
    size_t at = 0;

    places_init(&places, needle, 0);
    do {
        size_t now = size - at < piece ? size - at : piece;
        places_feed(&places, file + at, now, at + now == size);
        at += now;
        while (places_take(&places, &match)) {
            ASSERT(memcmp(file + match.offset, match.match, match.match_size) == 0);
            ASSERT(match.after_size == PLACES_AROUND ||
                   match.offset + match.match_size + match.after_size == size);
            ASSERT(match.before_size == PLACES_AROUND || match.before_size == match.offset);
            count++;
        }
    } while (at < size);
    places_done(&places);
    return count;
}

static void show(const char *file, size_t size)
{
    struct text html = {.data = NULL};
    json_t *json = piece_json(file, size);

    ASSERT(json != NULL);
    json_decref(json);
    piece_html(file, size, &html);
    ASSERT(memchr(text_data(&html), '<', text_size(&html)) == NULL);
    text_done(&html);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct needle needle;
    char text[17] = {0};

    if (size < 2 || size > LINES_LINE_MAX)
        return 0;
    size_t length = data[1] % 16;
    if (size < 2 + length)
        return 0;
    memcpy(text, data + 2, length);
    if (!needle_init(&needle, text, data[0] % 2 == 0) || strchr(text, '\n') != NULL)
        return 0;
    char *file = mem_alloc(size);
    size_t left = size - 2 - length;
    memcpy(file, data + 2 + length, left);
    size_t piece = (size_t)1 + data[0];
    ASSERT(count_lines(&needle, file, left, piece) == count_lines(&needle, file, left, size));
    ASSERT(count_places(&needle, file, left, piece) == count_places(&needle, file, left, size));
    show(file, left);
    free(file);
    return 0;
}
