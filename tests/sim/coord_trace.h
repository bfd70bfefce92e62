/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens in a simulated run of cluster state, as lines of text: hashed always, the last of
 * them kept, all of them kept for stories, printed if asked for. The first complaint counts. Two
 * runs of one seed must have the same hash.
 */
#ifndef TESTS_SIM_COORD_TRACE_H
#define TESTS_SIM_COORD_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attribute.h"
#include "base/text.h"

enum {
    COORD_TRACE_LINES = 60, /* that are printed with a complaint */
    COORD_TRACE_LINE_MAX = 200,
};

enum coord_trace_mode {
    COORD_TRACE_LAST, /* keeps the last lines */
    COORD_TRACE_ALL,
    COORD_TRACE_PRINT, /* to stderr, as they come */
};

struct coord_trace {
    enum coord_trace_mode mode;
    uint64_t now_us;
    uint64_t step; /* moments: of two things in one step neither is before the other */
    uint64_t hash;
    uint64_t count; /* of lines */
    char last[COORD_TRACE_LINES][COORD_TRACE_LINE_MAX];
    struct text all;
    bool has_complaint;
    char complaint[512];
};

void coord_trace_init(struct coord_trace *trace, enum coord_trace_mode mode);
void coord_trace_done(struct coord_trace *trace);

void coord_trace_add(struct coord_trace *trace, const char *format, ...) PRINTF_LIKE(2, 3);

/* Something that must never be. */
void coord_trace_complain(struct coord_trace *trace, const char *format, ...) PRINTF_LIKE(2, 3);

/* The last lines, to stderr. */
void coord_trace_print(const struct coord_trace *trace);

#endif
