/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks many at a time: supervisors, workers, nimbus about many topologies. Each question is a call that may wait, on
 * a thread of its own.
 */
#ifndef UI_API_GATHER_H
#define UI_API_GATHER_H

#include <stddef.h>

enum {
    GATHER_AT_A_TIME = 8,
};

/* Calls ask(context, 0), .. ask(context, count - 1), GATHER_AT_A_TIME at a time, and returns when all have returned. With
 * one, or where no thread can be had, they are called here, one after the other. */
void gather(size_t count, void (*ask)(void *context, size_t index), void *context);

#endif
