/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All counters of a topology as they were at ticks of the past, so that the exact difference between two
 * ticks can be told: what was counted in a window. Each mark is the whole, in few bytes. They are kept
 * at four distances:
 *
 *     each second: 16    each 10 s: 66    each 5 min: 38    each half hour: 50
 *
 * so a window of 10 s begins at its tick, one of up to 10 min up to 10 s earlier, of up to 3 h up to 5
 * min earlier, of up to a day up to half an hour earlier: the answer says how long it really is, and
 * its counts are those between its two ticks.
 *
 * Pure; belongs to its owner's thread.
 */
#ifndef NIMBUS_FIGURES_MARKS_H
#define NIMBUS_FIGURES_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MARKS_LEVELS = 4,
    MARKS_MAX = 66, /* of a level */
};

/* Counters of a component: of `tasks` tasks, `width` of each. */
struct marks_table {
    size_t tasks;
    size_t width;
    uint64_t *values; /* tasks x width; NULL if there are none */
};

struct mark {
    uint64_t tick;
    size_t size;
    char *packed; /* NULL: there is none */
};

struct marks {
    struct mark levels[MARKS_LEVELS][MARKS_MAX];
    bool has_begun;
    uint64_t first; /* tick of the first mark, at which all was zero */
    size_t bytes;
};

void marks_done(struct marks *marks);

/* Everything was zero at this tick; before any other. */
void marks_begin(struct marks *marks, uint64_t tick);
void marks_put(struct marks *marks, uint64_t tick, const struct marks_table *tables, size_t count);

/* What was counted up to `tick`, the last that was put, in a window of about so many seconds: subtracts
 * the mark at its beginning from `tables`, which have what is now, and gives the seconds between; 0 if
 * there is no mark. Tables of now may have more tasks and columns than they had. */
uint64_t marks_subtract(const struct marks *marks, uint64_t tick, uint64_t seconds,
                        struct marks_table *tables, size_t count);

/* Makes room: drops the older half of the longest level that has any; false if there is nothing. */
bool marks_thin(struct marks *marks);

#endif
