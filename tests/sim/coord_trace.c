/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/coord_trace.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void coord_trace_init(struct coord_trace *trace, enum coord_trace_mode mode)
{
    *trace = (struct coord_trace){.mode = mode, .hash = UINT64_C(0xCBF29CE484222325)};
}

void coord_trace_done(struct coord_trace *trace)
{
    text_done(&trace->all);
}

static void mix(struct coord_trace *trace, const char *line)
{
    for (; *line != '\0'; line++)
        trace->hash = (trace->hash ^ (unsigned char)*line) * UINT64_C(0x100000001B3);
}

static void keep(struct coord_trace *trace, const char *line)
{
    trace->count++;
    mix(trace, line);
    if (trace->mode == COORD_TRACE_ALL)
        text_add(&trace->all, "%s\n", line);
    if (trace->mode == COORD_TRACE_PRINT)
        fprintf(stderr, "%s\n", line);
}

void coord_trace_add(struct coord_trace *trace, const char *format, ...)
{
    char *line = trace->last[trace->count % COORD_TRACE_LINES];
    int begin = snprintf(line, COORD_TRACE_LINE_MAX, "%10.3f  ", (double)trace->now_us / 1000);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line + begin, COORD_TRACE_LINE_MAX - (size_t)begin, format, arguments);
    va_end(arguments);
    keep(trace, line);
}

void coord_trace_complain(struct coord_trace *trace, const char *format, ...)
{
    va_list arguments;

    if (trace->has_complaint)
        return;
    trace->has_complaint = true;
    va_start(arguments, format);
    (void)vsnprintf(trace->complaint, sizeof trace->complaint, format, arguments);
    va_end(arguments);
    coord_trace_add(trace, "COMPLAINT: %s", trace->complaint);
}

void coord_trace_print(const struct coord_trace *trace)
{
    uint64_t first = trace->count < COORD_TRACE_LINES ? 0 : trace->count - COORD_TRACE_LINES;

    for (uint64_t i = first; i < trace->count; i++)
        fprintf(stderr, "  %s\n", trace->last[i % COORD_TRACE_LINES]);
}
