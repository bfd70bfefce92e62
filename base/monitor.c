/* SPDX-License-Identifier: Apache-2.0 */
#include "base/monitor.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"

enum {
    NS_PER_S = 1000 * 1000 * 1000,
};

void monitor_init(struct monitor *monitor)
{
    pthread_condattr_t attributes;

    int status = pthread_condattr_init(&attributes);
    ASSERT(status == 0);
    status = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    ASSERT(status == 0);
    status = pthread_cond_init(&monitor->changed, &attributes);
    ASSERT(status == 0);
    (void)pthread_condattr_destroy(&attributes);
    status = pthread_mutex_init(&monitor->mutex, NULL);
    ASSERT(status == 0);
}

void monitor_done(struct monitor *monitor)
{
    (void)pthread_cond_destroy(&monitor->changed);
    (void)pthread_mutex_destroy(&monitor->mutex);
}

void monitor_enter(struct monitor *monitor)
{
    int status = pthread_mutex_lock(&monitor->mutex);

    ASSERT(status == 0);
}

void monitor_leave(struct monitor *monitor)
{
    int status = pthread_mutex_unlock(&monitor->mutex);

    ASSERT(status == 0);
}

bool monitor_wait(struct monitor *monitor, uint64_t until_ns)
{
    struct timespec until = {
        .tv_sec = (time_t)(until_ns / NS_PER_S),
        .tv_nsec = (long)(until_ns % NS_PER_S),
    };

    if (until_ns == UINT64_MAX)
        return pthread_cond_wait(&monitor->changed, &monitor->mutex) == 0;
    return pthread_cond_timedwait(&monitor->changed, &monitor->mutex, &until) == 0;
}

void monitor_tell(struct monitor *monitor)
{
    (void)pthread_cond_broadcast(&monitor->changed);
}

enum err monitor_start_thread(void *(*run)(void *context), void *context, pthread_t *ret_thread,
                              struct error *error)
{
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(ret_thread, NULL, run, context);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status != 0)
        return error_set(error, ERR_IO, "cannot start a thread: %s", strerror(status));
    return ERR_OK;
}
