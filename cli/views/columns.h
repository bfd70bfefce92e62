/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lays out a table of texts: each column as wide as its widest cell, two spaces between. Pure.
 */
#ifndef CLI_VIEWS_COLUMNS_H
#define CLI_VIEWS_COLUMNS_H

#include <stddef.h>

#include "base/attribute.h"
#include "base/text.h"

enum {
    COLUMNS_MAX = 16,
};

struct columns {
    const char *alignment; /* a letter for each column: 'l' or 'r'; borrowed */
    size_t count;          /* of columns */
    char **cells;          /* row by row */
    size_t cell_count;
};

/* `alignment` is a constant, "lrr" for three columns. */
void columns_init(struct columns *columns, const char *alignment);
void columns_done(struct columns *columns);

/* The next cell; rows follow each other without a mark. */
void columns_add(struct columns *columns, const char *format, ...) PRINTF_LIKE(2, 3);

/* As many next cells as there are columns. */
void columns_add_row(struct columns *columns, const char *const *cells);

/* Appends the rows. The last one is complete. No line ends in spaces. */
void columns_render(const struct columns *columns, struct text *text);

#endif
