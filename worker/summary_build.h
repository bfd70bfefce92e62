/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a summary of a worker's counters, while it runs or afterwards. Any thread.
 */
#ifndef WORKER_SUMMARY_BUILD_H
#define WORKER_SUMMARY_BUILD_H

#include <stdint.h>

#include "worker/summary.h"

struct worker;

/* The caller owns the result. Times are nanoseconds. */
struct summary *summary_build(const struct worker *worker, uint64_t elapsed_ns, uint64_t cpu_ns);

#endif
