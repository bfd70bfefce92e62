/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/logs/lines.h"

#include <string.h>

void lines_init(struct lines *lines, const struct needle *needle, uint64_t offset)
{
    *lines = (struct lines){.needle = needle, .offset = offset};
}

void lines_done(struct lines *lines)
{
    text_done(&lines->bytes);
}

void lines_feed(struct lines *lines, const void *bytes, size_t size, bool is_last)
{
    struct text rest = {.data = NULL};

    text_add_bytes(&rest, text_data(&lines->bytes) + lines->from,
                   text_size(&lines->bytes) - lines->from);
    text_add_bytes(&rest, bytes, size);
    text_done(&lines->bytes);
    lines->bytes = rest;
    lines->offset += lines->from;
    lines->from = 0;
    lines->is_last = is_last;
}

/* How much of what is there may be looked at: whole lines, or all of it if none ends in it for long. */
static size_t whole(const struct lines *lines)
{
    const char *bytes = text_data(&lines->bytes);
    size_t size = text_size(&lines->bytes);

    if (lines->is_last)
        return size;
    for (size_t end = size; end > lines->from; end--) {
        if (bytes[end - 1] == '\n')
            return end;
    }
    return size - lines->from > LINES_LINE_MAX ? size : lines->from;
}

static size_t begin_of_line(const struct lines *lines, size_t at)
{
    const char *bytes = text_data(&lines->bytes);
    size_t begin = at;

    while (begin > lines->from && bytes[begin - 1] != '\n' && at - begin < LINES_LINE_MAX)
        begin--;
    return begin;
}

static size_t end_of_line(const struct lines *lines, size_t at, size_t limit)
{
    const char *bytes = text_data(&lines->bytes);
    size_t most = limit - at < LINES_LINE_MAX ? limit - at : LINES_LINE_MAX;
    const char *newline = memchr(bytes + at, '\n', most);

    return newline == NULL ? at + most : (size_t)(newline - bytes);
}

/* Nothing more is in it. Of a line that goes on, the match may have begun. */
static bool give_up(struct lines *lines, size_t limit)
{
    size_t overlap = lines->needle->size - 1;
    bool goes_on =
        limit > lines->from && !lines->is_last && text_data(&lines->bytes)[limit - 1] != '\n';

    if (!goes_on)
        lines->from = limit;
    else if (limit - lines->from > overlap)
        lines->from = limit - overlap;
    return false;
}

bool lines_take(struct lines *lines, struct lines_match *ret_match)
{
    size_t limit = whole(lines);
    const char *bytes = text_data(&lines->bytes);

    if (limit == lines->from)
        return false;
    size_t at = needle_find(lines->needle, bytes, limit, lines->from);
    if (at == limit)
        return give_up(lines, limit);
    size_t begin = begin_of_line(lines, at);
    size_t end = end_of_line(lines, at + lines->needle->size, limit);
    *ret_match = (struct lines_match){
        .offset = lines->offset + begin,
        .line = bytes + begin,
        .size = end - begin,
        .column = at - begin,
    };
    lines->from = end < limit ? end + 1 : end;
    return true;
}

uint64_t lines_next(const struct lines *lines)
{
    return lines->offset + lines->from;
}
