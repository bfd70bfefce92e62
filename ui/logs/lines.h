/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the lines of a file in which a text stands, while the file comes in pieces of any size:
 *
 *     feed a piece; take matches until there is none; feed the next one, ...
 *
 * A line that is not whole yet waits for the next piece. A line longer than LINES_LINE_MAX is looked at in parts that
 * overlap, so that nothing in it is missed. Pure; belongs to one thread.
 */
#ifndef UI_LOGS_LINES_H
#define UI_LOGS_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "ui/logs/needle.h"

enum {
    LINES_LINE_MAX = 64 * 1024,
};

struct lines {
    const struct needle *needle;
    struct text bytes; /* what was fed and not yet looked at */
    uint64_t offset;   /* of its first byte in the file */
    size_t from;       /* looked at up to here */
    bool is_last;
};

struct lines_match {
    uint64_t offset;  /* of the line in the file */
    const char *line; /* borrowed until the next call; without its newline */
    size_t size;
    size_t column; /* of the match in the line */
};

/* `offset` is where in the file the first piece begins, which is taken for the begin of a line. */
void lines_init(struct lines *lines, const struct needle *needle, uint64_t offset);
void lines_done(struct lines *lines);

/* After all matches were taken. `is_last`: the file ends there. */
void lines_feed(struct lines *lines, const void *bytes, size_t size, bool is_last);

/* The next line with a match; each line once. */
bool lines_take(struct lines *lines, struct lines_match *ret_match) MUST_USE;

/* Where in the file to go on later: nothing before it has to be looked at again. */
uint64_t lines_next(const struct lines *lines);

#endif
