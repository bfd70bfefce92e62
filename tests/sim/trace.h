/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens in a simulated run, as numbers: hashed always, printed if asked for. Two runs of one
 * seed must have the same hash.
 */
#ifndef TESTS_SIM_TRACE_H
#define TESTS_SIM_TRACE_H

#include <stdbool.h>
#include <stdint.h>

enum trace_event {
    TRACE_TURN,    /* a loop, whether it did anything */
    TRACE_SLEEP,   /* a loop, until when */
    TRACE_WAKE,    /* a loop */
    TRACE_STALL,   /* a loop, until when */
    TRACE_TIME,    /* how far the clock jumped */
    TRACE_PHASE,   /* of the conductor */
    TRACE_STOP,    /* how many ms it may drain */
    TRACE_ACTIVE,  /* whether spouts are to run */
    TRACE_CRASH,   /* a loop, a component */
    TRACE_DROP,    /* a loop, the kind of the block, its records */
    TRACE_EMIT,    /* a message, an emit */
    TRACE_EXECUTE, /* an emit, a slot */
    TRACE_DONE,    /* an emit, a slot */
    TRACE_REFUSE,  /* an emit, a slot: what happened there was made to fail */
    TRACE_ACKED,   /* a message, an emit */
    TRACE_FAILED,  /* a message, an emit, the kind of failure */
    /* on several workers */
    TRACE_PROCESS, /* whose turn it is */
    TRACE_BORN,    /* a process, its place, its incarnation */
    TRACE_GONE,    /* a process, why */
    TRACE_PAUSE,   /* a process, until when */
    TRACE_CUT,     /* from a process, to an address, for how long */
    TRACE_FRAME,   /* a kind, from a process, a sequence */
    TRACE_ASSIGN,  /* a version, its workers */
    TRACE_STATUS,  /* of the topology */
    TRACE_HEARD,   /* a kind of news, which */
    TRACE_LINK,    /* to a place, the news */
};

struct trace {
    uint64_t hash;
    uint64_t now_ns;
    bool is_printed;
};

void trace_init(struct trace *trace, bool is_printed);
void trace_add(struct trace *trace, enum trace_event event, uint64_t a, uint64_t b, uint64_t c);

#endif
