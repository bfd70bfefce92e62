/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of a daemon that waits for many things at a gentle rate: file descriptors, times, and
 * (through net/control_server.h and net/control_client.h) ZeroMQ sockets. One thread; handlers are
 * called one after the other, never within each other, and may add and remove whatever they like,
 * themselves too.
 *
 * Everything belongs to the thread that runs it, but for reactor_stop() and reactor_wake().
 */
#ifndef NET_REACTOR_H
#define NET_REACTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attribute.h"

struct reactor;

enum {
    REACTOR_WATCHES_MAX = 8192,
    REACTOR_TIMERS_MAX = 8192,
};

struct reactor *reactor_new(void) MUST_USE;

/* What is still watched is forgotten, not closed. Control servers and clients are closed first. */
void reactor_destroy(struct reactor **reactor);

/* Until reactor_stop(). May be called again. */
void reactor_run(struct reactor *reactor);

/* Ends reactor_run() after the handler that runs now, without a turn; any thread, and signal
 * handlers. Before reactor_run(): that run ends at once. */
void reactor_stop(struct reactor *reactor);

/* The `turn` handler is called once after each round of handlers, and before the loop first sleeps:
 * the place where a daemon does what the round has made necessary. NULL for none. */
void reactor_on_turn(struct reactor *reactor, void (*turn)(void *context, uint64_t now_ns),
                     void *context);

/* A round comes soon, even if nothing happens; any thread. */
void reactor_wake(struct reactor *reactor);

struct reactor_watch;

/* Calls `ready` whenever the descriptor can be read (or is at its end, or has failed), until
 * reactor_unwatch(). NULL if there are REACTOR_WATCHES_MAX. */
struct reactor_watch *reactor_watch(struct reactor *reactor, int fd,
                                    void (*ready)(void *context, int fd), void *context) MUST_USE;
void reactor_unwatch(struct reactor_watch **watch);

/* Also when it can be written; back to reading alone with false. */
void reactor_want_write(struct reactor_watch *watch, bool wanted);

struct reactor_timer;

/* A timer that is not set. There are fewer than REACTOR_TIMERS_MAX. */
struct reactor_timer *reactor_timer_new(struct reactor *reactor,
                                        void (*due)(void *context, uint64_t now_ns),
                                        void *context) MUST_USE;
void reactor_timer_destroy(struct reactor_timer **timer);

/* Calls `due` once, at deadline_ns of clock_now_ns() or soon after; replaces what was set before.
 * UINT64_MAX unsets it. */
void reactor_timer_set(struct reactor_timer *timer, uint64_t deadline_ns);

uint64_t reactor_now_ns(const struct reactor *reactor); /* of this round */

#endif
