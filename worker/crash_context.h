/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What user code a loop is in, for the report of a crash. Written by the loop with plain stores,
 * read by the handler on the same thread.
 */
#ifndef WORKER_CRASH_CONTEXT_H
#define WORKER_CRASH_CONTEXT_H

#include <stdint.h>

struct crash_context {
    const char *component; /* NULL while no user code runs */
    const char *doing;     /* "next", "execute", "ack", ... */
    uint32_t task_index;
};

#endif
