/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The figures of a run for people: a line while it goes on, tables at its end. Pure; any thread.
 */
#ifndef CLI_VIEWS_SUMMARY_VIEW_H
#define CLI_VIEWS_SUMMARY_VIEW_H

#include <stdint.h>

#include "base/text.h"
#include "cli/views/style.h"
#include "worker/summary.h"

/* What the previous line showed, so that rates are those since then. All zero before the first. */
struct summary_view {
    uint64_t elapsed_ns;
    uint64_t tuples_executed;
};

/* One line of less than 80 columns, without its end. */
void summary_view_progress(struct summary_view *view, const struct summary *summary,
                           struct text *text);

/* Components, metrics, totals. */
void summary_view_final(const struct summary *summary, struct text *text, enum style style);

/* 1234567 as "1,234,567". */
void summary_view_count(uint64_t count, struct text *text);

/* Nanoseconds as "850 ns", "1.2 ms", "3.1 s", "12 min 5 s". */
void summary_view_duration(uint64_t ns, struct text *text);

#endif
