/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a file line by line, pass by pass.
 */
#ifndef BENCH_HANDWRITTEN_LINES_H
#define BENCH_HANDWRITTEN_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include <gale/gale.h>

#define LINE_MAX 262144u /* bytes; a longer line ends the program */

struct lines {
    const char *path;
    int fd;
    char *data; /* LINE_MAX bytes, of which start .. end are to be read */
    size_t start;
    size_t end;
};

void lines_open(struct lines *lines, const char *path);
void lines_close(struct lines *lines);

/* The next line without its newline, borrowed until the next call. False at the end of the file. */
bool lines_next(struct lines *lines, struct gale_str *ret_line);

/* Back to the first line. */
void lines_rewind(struct lines *lines);

#endif
