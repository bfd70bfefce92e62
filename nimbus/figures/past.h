/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How one latency was spread, by age: of the last 10 seconds, of windows up to a day, and since the
 * topology was submitted. What has come between two ticks belongs to the later one. A window of more
 * than 10 s begins at a half minute, one of more than 15 min at a half hour, of the ticks' count: it is
 * the longer of the two that come into question. Within its window a percentile is that of all values
 * together, true to the width of a bucket.
 *
 *     more --tick--> ten seconds, one by one --> (gone)
 *         '--------> half minute --30 ticks--> 31 of them --> (gone)
 *                        '-----> half hour --60 half minutes--> 49 of them --> (gone)
 *
 * Pure; belongs to its owner's thread.
 */
#ifndef NIMBUS_FIGURES_PAST_H
#define NIMBUS_FIGURES_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "nimbus/figures/spread.h"

enum {
    PAST_RECENT = 10,       /* ticks */
    PAST_MINUTE = 30,       /* ticks of a half minute */
    PAST_HOUR = 1800,       /* ticks of a half hour */
    PAST_MINUTES = 31,      /* half minutes that are kept: 15 minutes, and one */
    PAST_HOURS = 49,        /* half hours: a day, and one */
    PAST_DAY = 24 * 3600,   /* ticks */
    PAST_QUARTER = 15 * 60, /* ticks */
};

struct past_piece {
    uint64_t tick; /* its last */
    uint64_t max;
    size_t size;
    char *packed; /* NULL: empty */
};

struct past {
    struct spread more;   /* since the last tick: not shown yet */
    struct spread early;  /* ..., of before there were ticks: of `all` alone */
    struct spread all;    /* up to the last tick */
    struct spread recent; /* of the ten seconds; its maximum is in them */
    struct spread minute; /* since it began */
    struct spread hour;   /* ..., without `minute` */
    struct spread closed; /* the last half minute that has ended */
    uint64_t closed_tick; /* ..., by this tick */
    uint64_t tick;        /* the last */
    struct past_piece seconds[PAST_RECENT];
    struct past_piece minutes[PAST_MINUTES];
    struct past_piece hours[PAST_HOURS];
    size_t bytes; /* of what is packed */
};

void past_destroy(struct past **past);

/* A tick ends what has come. Ticks grow; they may be left out. */
void past_freeze(struct past *past, uint64_t tick);

/* The largest value of the last ten seconds. */
uint64_t past_recent_max(const struct past *past);

/* Adds all of a window that ends with `tick`, the last; 0: since the submission. */
void past_window(const struct past *past, uint64_t tick, uint64_t seconds, struct histogram *into);

/* Makes room: drops the older half of the pieces of a day. */
void past_thin(struct past *past);

#endif
