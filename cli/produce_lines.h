/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records from lines: bytes come in as they are read, lines go out, each of which is a record. Pure.
 */
#ifndef CLI_PRODUCE_LINES_H
#define CLI_PRODUCE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attribute.h"
#include "broker/client/console.h"

/* All zero is one that has nothing. */
struct produce_lines {
    char *bytes;
    size_t begin; /* of what was not given out */
    size_t end;
    size_t capacity;
    size_t looked; /* there is no newline before */
};

void produce_lines_done(struct produce_lines *lines);

/* A place for at least `size` bytes, which produce_lines_added() then says to be there. */
char *produce_lines_room(struct produce_lines *lines, size_t size);
void produce_lines_added(struct produce_lines *lines, size_t size);

/* The next whole line without its newline, borrowed until room is asked for. At the end of the input,
 * `is_end`, what is left is a line, too. */
MUST_USE bool produce_lines_take(struct produce_lines *lines, bool is_end, const char **ret_line,
                                 size_t *ret_size);

/* How much there is of a line that is not whole. */
size_t produce_lines_pending(const struct produce_lines *lines);

/* Parts a line at the first separator into key and value. False if it has none. The record borrows. */
MUST_USE bool produce_lines_split(const char *line, size_t size, const char *separator,
                                  struct console_record *record);

#endif
