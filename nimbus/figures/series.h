/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of whole numbers at equal distances, the last ROWS of them: history. A row has a value for each
 * column, or none. Rows are kept in chunks of 60; in a chunk each value is written as its difference from
 * the one above it, and equal ones, of however many columns and rows, as one number. So what does not
 * change costs next to nothing, and what does about a byte or two a value.
 *
 *     chunk = tokens, row by row:   run of equal values << 1   or   zigzag(difference) << 1 | 1
 *
 * Grows only by series_put(). Pure; belongs to its owner's thread.
 */
#ifndef NIMBUS_FIGURES_SERIES_H
#define NIMBUS_FIGURES_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"

#define SERIES_NONE UINT64_MAX /* no value */

enum {
    SERIES_CHUNK_ROWS = 60,
};

struct series;

struct series *series_new(size_t columns, size_t rows_max) MUST_USE; /* both at least 1 */
void series_destroy(struct series **series);

/* The next row. Values from 2^62 on are kept as that. NULL: one without any. */
void series_put(struct series *series, const uint64_t *row);

/* Rows that are there; at least rows_max if so many were put, and fewer than two chunks more. */
size_t series_rows(const struct series *series);
size_t series_columns(const struct series *series);

/* The last `count` rows of `columns` columns from `first`, oldest first, row by row; those that are not
 * there have SERIES_NONE. */
void series_read(const struct series *series, size_t first, size_t columns, size_t count,
                 uint64_t *ret_values);

size_t series_bytes(const struct series *series);

/* Makes room: drops the oldest chunk; false if there is only the one that is being written. */
bool series_drop_oldest(struct series *series);

#endif
