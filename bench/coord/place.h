/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single calls for before and after what is measured: nodes to work on, of a place of one's own.
 */
#ifndef BENCH_COORD_PLACE_H
#define BENCH_COORD_PLACE_H

#include <stdint.h>

#include "bench/coord/call.h"
#include "bench/coord/crowd.h"

struct place {
    char path[CALL_PATH_MAX]; /* "/load-0000000003" */
};

/* Makes a node that no other run has. */
struct place place_make(struct crowd *crowd, const char *name);

/* Creates a node and waits until it is there. */
void place_create(struct crowd *crowd, const char *path);

/* How many nodes are below it, at all depths. */
int32_t place_count(struct crowd *crowd, const char *path);

#endif
