/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock that user code reads for itself: the runtime's own is read once a turn, which is too
 * coarse to measure the runtime by.
 */
#ifndef BENCH_TOPOLOGIES_STOPWATCH_H
#define BENCH_TOPOLOGIES_STOPWATCH_H

#include <stdint.h>

/* CLOCK_MONOTONIC: the same for all processes of the machine. */
uint64_t stopwatch_now_ns(void);

#endif
