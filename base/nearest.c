/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <string.h>

#include "base/assert.h"

enum {
    SHORT_WORD = 4,
    TOO_FAR = 3, /* one more than the most mistakes that are ever allowed */
};

static unsigned lesser(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* One row of the classic table: row[j] is the distance of the first i letters of `a` from the
 * first j of `b`. `above` is the row before it, `higher` the one before that. */
static void fill_row(const char *a, size_t i, const char *b, unsigned *row,
                     const unsigned *const rows_before[static 2])
{
    const unsigned *above = rows_before[0];
    const unsigned *higher = rows_before[1];

    row[0] = (unsigned)i;
    for (size_t j = 1; b[j - 1] != '\0'; j++) {
        unsigned replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
        unsigned best = lesser(replaced, lesser(above[j], row[j - 1]) + 1);

        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            best = lesser(best, higher[j - 2] + 1);
        row[j] = best;
    }
}

/* The number of mistakes between two words; any number >= TOO_FAR just means far. */
static unsigned distance(const char *a, const char *b)
{
    size_t a_size = strlen(a);
    size_t b_size = strlen(b);
    size_t gap = a_size > b_size ? a_size - b_size : b_size - a_size;

    if (gap >= TOO_FAR || a_size > NEAREST_WORD_MAX || b_size > NEAREST_WORD_MAX)
        return TOO_FAR;

    unsigned rows[3][NEAREST_WORD_MAX + 1] = {{0}};
    for (size_t j = 0; j <= b_size; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_size; i++) {
        const unsigned *const before[2] = {rows[(i + 2) % 3], rows[(i + 1) % 3]};
        fill_row(a, i, b, rows[i % 3], before);
    }
    return rows[a_size % 3][b_size];
}

const char *nearest(const char *word, const char *const *candidates, size_t count)
{
    const char *best = NULL;
    unsigned fewest = strlen(word) <= SHORT_WORD ? TOO_FAR - 1 : TOO_FAR;

    for (size_t i = 0; i < count; i++) {
        unsigned mistakes = distance(word, candidates[i]);
        if (mistakes < fewest) {
            fewest = mistakes;
            best = candidates[i];
        }
    }
    return best;
}
