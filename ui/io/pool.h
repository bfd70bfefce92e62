/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that answer requests: what waits for nimbus, a supervisor or a broker waits here, and not on the thread
 * of the sockets. Jobs begin in the order in which they were put; so many run at a time as there are threads. Any
 * thread may put.
 */
#ifndef UI_IO_POOL_H
#define UI_IO_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/list.h"

struct pool;

/* Lives in whatever it is about, which may go as soon as run() was called. */
struct pool_job {
    void (*run)(struct pool_job *job);
    struct list_node in_queue; /* zero at first */
};

struct pool_options {
    size_t threads;
    size_t waiting_max;
};

enum err pool_start(const struct pool_options *options, struct pool **ret_pool,
                    struct error *error) MUST_USE;

/* What waits is run first; nobody puts any more. */
void pool_stop(struct pool **pool);

/* False if as many wait as may; then nothing has happened. */
bool pool_put(struct pool *pool, struct pool_job *job) MUST_USE;

#endif
