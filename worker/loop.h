/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One turn of a loop, with the time passed in: the shell around it is a thread (io/local.c) or a
 * simulator. A turn takes what came from other loops, obeys the conductor, lets each stage do a
 * bounded amount of work, upstream first, and hands over what was emitted.
 *
 * The shell calls loop_turn() until it returns false, then rests as loop_rest_begin() says:
 *
 *     while (loop_turn(loop, now_ns)) continue;
 *     if (loop_rest_begin(loop)) sleep until woken or loop_deadline_ns();
 *     loop_rest_end(loop);
 */
#ifndef WORKER_LOOP_H
#define WORKER_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

/* Returns whether anything was done; if so there may be more. */
bool loop_turn(struct loop *loop, uint64_t now_ns);

/* Whether a block, a credit or an order has come. Any time; only the loop's own thread. */
bool loop_has_input(const struct loop *loop);

/* Announces the rest. True if the loop may sleep: nothing has come in the meantime. */
bool loop_rest_begin(struct loop *loop);

/* The loop is awake again, whether it slept or not. */
void loop_rest_end(struct loop *loop);

/* Until when it may sleep; UINT64_MAX if only news can wake it. */
uint64_t loop_deadline_ns(const struct loop *loop);

/* Whether ORDER_CLOSE was done: the thread may end. */
bool loop_is_closed(const struct loop *loop);

#endif
