/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/handwritten/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench/fatal.h"

void lines_open(struct lines *lines, const char *path)
{
    *lines = (struct lines){
        .path = path, .fd = open(path, O_RDONLY | O_CLOEXEC), .data = mem_alloc(LINE_MAX)};
    if (lines->fd < 0)
        fatal(path, strerror(errno));
}

void lines_close(struct lines *lines)
{
    (void)close(lines->fd);
    free(lines->data);
}

/* Moves the torn line at the end to the front and reads behind it. False at the end of the file. */
static bool fill(struct lines *lines)
{
    size_t kept = lines->end - lines->start;

    if (kept == LINE_MAX)
        fatal(lines->path, "a line is too long");
    memmove(lines->data, lines->data + lines->start, kept);
    ssize_t got = read(lines->fd, lines->data + kept, LINE_MAX - kept);
    if (got < 0)
        fatal(lines->path, strerror(errno));
    lines->start = 0;
    lines->end = kept + (size_t)got;
    return got > 0;
}

bool lines_next(struct lines *lines, struct gale_str *ret_line)
{
    for (bool has_more = true;; has_more = fill(lines)) {
        char *from = lines->data + lines->start;
        size_t left = lines->end - lines->start;
        const char *newline = memchr(from, '\n', left);

        if (newline == NULL && has_more)
            continue;
        *ret_line = gale_str_of(from, newline != NULL ? (size_t)(newline - from) : left);
        lines->start += newline != NULL ? ret_line->length + 1 : left;
        return newline != NULL || left > 0;
    }
}

void lines_rewind(struct lines *lines)
{
    if (lseek(lines->fd, 0, SEEK_SET) != 0)
        fatal(lines->path, strerror(errno));
}
