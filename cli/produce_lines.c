/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/produce_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void produce_lines_done(struct produce_lines *lines)
{
    free(lines->bytes);
    *lines = (struct produce_lines){.bytes = NULL};
}

char *produce_lines_room(struct produce_lines *lines, size_t size)
{
    size_t pending = lines->end - lines->begin;

    if (lines->begin > 0 && pending > 0)
        memmove(lines->bytes, lines->bytes + lines->begin, pending);
    lines->looked -= lines->begin;
    lines->begin = 0;
    lines->end = pending;
    if (lines->capacity - pending < size) {
        lines->capacity = 2 * pending + size;
        lines->bytes = mem_resize(lines->bytes, lines->capacity, 1);
    }
    return lines->bytes + lines->end;
}

void produce_lines_added(struct produce_lines *lines, size_t size)
{
    lines->end += size;
}

bool produce_lines_take(struct produce_lines *lines, bool is_end, const char **ret_line,
                        size_t *ret_size)
{
    if (lines->begin == lines->end)
        return false;
    const char *newline = memchr(lines->bytes + lines->looked, '\n', lines->end - lines->looked);
    if (newline == NULL && !is_end) {
        lines->looked = lines->end;
        return false;
    }
    size_t stop = newline == NULL ? lines->end : (size_t)(newline - lines->bytes);
    *ret_line = lines->bytes + lines->begin;
    *ret_size = stop - lines->begin;
    lines->begin = newline == NULL ? stop : stop + 1;
    lines->looked = lines->begin;
    return true;
}

size_t produce_lines_pending(const struct produce_lines *lines)
{
    return lines->end - lines->begin;
}

/* A separator has few bytes, mostly one. */
bool produce_lines_split(const char *line, size_t size, const char *separator,
                         struct console_record *record)
{
    size_t length = strlen(separator);

    for (size_t i = 0; i + length <= size; i++) {
        if (memcmp(line + i, separator, length) != 0)
            continue;
        record->key = line;
        record->key_size = i;
        record->value = line + i + length;
        record->value_size = size - i - length;
        return true;
    }
    return false;
}
