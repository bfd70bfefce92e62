/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads that turn a worker's loops, one each.
 */
#ifndef WORKER_IO_THREADS_H
#define WORKER_IO_THREADS_H

#include <stdint.h>

#include <gale/host.h>

#include "base/err.h"

struct threads;
struct worker;

/* Cores that this process may run on, at least 1. */
uint32_t threads_cores(void);

/* Starts one for each loop. If that fails, some may run: the worker has failed then, and is to be closed
 * and joined as one that runs. */
enum err threads_start(struct worker *worker, struct threads **ret_threads,
                       struct error *error) MUST_USE;

/* Waits until each has done ORDER_CLOSE. Accepts NULL inside. */
void threads_join(struct threads **threads);

/* For worker_options.clock. */
uint64_t threads_clock(void *context);

/* A line of user code, for worker_options.log. */
void threads_log(enum gale_log_level level, const char *component, uint32_t task_index,
                 const char *message);

#endif
