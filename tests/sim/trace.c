/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/trace.h"

#include <inttypes.h>
#include <stdio.h>

void trace_init(struct trace *trace, bool is_printed)
{
    *trace = (struct trace){.hash = UINT64_C(0xCBF29CE484222325), .is_printed = is_printed};
}

static void mix(struct trace *trace, uint64_t value)
{
    trace->hash = (trace->hash ^ value) * UINT64_C(0x100000001B3);
    trace->hash ^= trace->hash >> 29;
}

static void print(const struct trace *trace, enum trace_event event, uint64_t a, uint64_t b,
                  uint64_t c)
{
    static const char *const forms[] = {
        [TRACE_TURN] = "loop %" PRIu64 " turns, did %" PRIu64,
        [TRACE_SLEEP] = "loop %" PRIu64 " sleeps until %" PRIu64,
        [TRACE_WAKE] = "loop %" PRIu64 " wakes",
        [TRACE_STALL] = "loop %" PRIu64 " stalls until %" PRIu64,
        [TRACE_TIME] = "all wait: %" PRIu64 " ns pass",
        [TRACE_PHASE] = "conductor enters phase %" PRIu64,
        [TRACE_STOP] = "stop, %" PRIu64 " ms to drain",
        [TRACE_ACTIVE] = "spouts active: %" PRIu64,
        [TRACE_CRASH] = "loop %" PRIu64 ": component %" PRIu64 " crashes",
        [TRACE_DROP] = "loop %" PRIu64 " loses a block of kind %" PRIu64 ", %" PRIu64 " records",
        [TRACE_EMIT] = "message %" PRIx64 " is emit %" PRIu64,
        [TRACE_EXECUTE] = "emit %" PRIu64 " is executed in slot %" PRIu64,
        [TRACE_DONE] = "emit %" PRIu64 " is done in slot %" PRIu64,
        [TRACE_REFUSE] = "emit %" PRIu64 " is made to fail in slot %" PRIu64,
        [TRACE_ACKED] = "message %" PRIx64 " acked, emit %" PRIu64,
        [TRACE_FAILED] = "message %" PRIx64 " failed, emit %" PRIu64 ", kind %" PRIu64,
        [TRACE_PROCESS] = "process %" PRIu64,
        [TRACE_BORN] = "process %" PRIu64 " is born in place %" PRIu64 ", incarnation %" PRIu64,
        [TRACE_GONE] = "process %" PRIu64 " is gone, end %" PRIu64,
        [TRACE_PAUSE] = "process %" PRIu64 " pauses until %" PRIu64,
        [TRACE_CUT] = "way from %" PRIu64 " to %" PRIu64 " is cut for %" PRIu64,
        [TRACE_FRAME] = "frame of kind %" PRIu64 " from process %" PRIu64 ", sequence %" PRIu64,
        [TRACE_ASSIGN] = "assignment %" PRIu64 ", %" PRIu64 " workers",
        [TRACE_STATUS] = "status %" PRIu64,
        [TRACE_HEARD] = "hears news of kind %" PRIu64 ", view %" PRIu64,
        [TRACE_LINK] = "link to %" PRIu64 ": news %" PRIu64,
    };

    fprintf(stderr, "%12" PRIu64 "  ", trace->now_ns / 1000);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
    fprintf(stderr, forms[event], a, b, c);
#pragma GCC diagnostic pop
    fputc('\n', stderr);
}

void trace_add(struct trace *trace, enum trace_event event, uint64_t a, uint64_t b, uint64_t c)
{
    mix(trace, (uint64_t)event);
    mix(trace, trace->now_ns);
    mix(trace, a);
    mix(trace, b);
    mix(trace, c);
    if (trace->is_printed)
        print(trace, event, a, b, c);
}
