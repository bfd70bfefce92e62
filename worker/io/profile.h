/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the threads of a worker are doing: the stack of each at this moment, or for a while at so many
 * times a second of processor time. A thread is interrupted by SIGPROF, and its handler writes down
 * where it was: it takes no memory and waits for nothing. While nobody asks there is no signal and no
 * handler. Of a process that writes a report of a crash nothing is written down.
 *
 * SIGPROF is ours: user code that uses it, or blocks it, is not seen. Calls of the system in user code
 * that the system does not begin again by itself, such as sleep, may end early.
 *
 * Threads of the runtime are seen, and not those that user code has started. One thread asks.
 */
#ifndef WORKER_IO_PROFILE_H
#define WORKER_IO_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "worker/crash_context.h"
#include "worker/stack_table.h"

enum {
    PROFILE_THREADS_MAX = 128, /* further ones are not seen */
    PROFILE_MEMBER = -1,       /* the thread beside the loops */
};

/* Makes the calling thread one of those that are seen, until profile_leave(). The context, NULL for
 * none, must outlive that. */
void profile_enter(int32_t number, const struct crash_context *context);
void profile_leave(void);

/* Asks each thread for its stack. They come within microseconds from threads that run. */
void profile_ask_stacks(void);
bool profile_has_stacks(void);

/* Those that have come, PROFILE_THREADS_MAX at most, and who has not; returns how many. A thread
 * without an answer has a stack of no frames. */
size_t profile_take_stacks(struct stack *ret_stacks);

/* Begins to look at each thread `hz` times in each second of its processor time. ERR_IO if the system
 * has no timers left; then nothing was begun. */
enum err profile_begin(uint32_t hz, struct error *error) MUST_USE;

/* Ends it; the caller frees the table. `dropped` of it counts what could not be kept for any reason. */
struct stack_table *profile_end(void) MUST_USE;

#endif
