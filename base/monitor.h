/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lock, and a way to wait inside of it until somebody says that something has changed. For state that several
 * threads have in common and none of them owns; what goes from one to the other is a mailbox (base/mailbox.h). Any
 * thread.
 */
#ifndef BASE_MONITOR_H
#define BASE_MONITOR_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct monitor {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

void monitor_init(struct monitor *monitor);
void monitor_done(struct monitor *monitor);

void monitor_enter(struct monitor *monitor);
void monitor_leave(struct monitor *monitor);

/* Inside: leaves, waits for monitor_tell() or until a time of clock_now_ns() (UINT64_MAX: for ever), and enters
 * again. It may come back without either, so whoever waits looks again. False: the time is up. */
bool monitor_wait(struct monitor *monitor, uint64_t until_ns);

/* Inside: all who wait look again. */
void monitor_tell(struct monitor *monitor);

/* A thread that no signal is delivered to. ERR_IO if there cannot be one more. */
enum err monitor_start_thread(void *(*run)(void *context), void *context, pthread_t *ret_thread,
                              struct error *error) MUST_USE;

#endif
