/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be measured. Each mode does its work, checks that the server did it, and prints one
 * JSON object; an answer that is wrong ends the program with status 1.
 */
#ifndef BENCH_COORD_MODES_H
#define BENCH_COORD_MODES_H

#include "bench/coord/options.h"

enum {
    MODES_TIMEOUT_MS = 30000, /* asked for by sessions that are not to expire */
};

/* Rate and latency of create, set, get, exists, children and delete, one after the other. */
void load_run(const struct options *options);

/* From sending a change until the last of the watchers has been told. */
void fanout_run(const struct options *options);

/* Sessions opened and closed, one by one and then many at once. */
void sessions_run(const struct options *options);

/* Nodes of 100 bytes, a thousand below each parent. */
void fill_run(const struct options *options);

/* Many sessions with ephemeral nodes fall silent at once. */
void expire_run(const struct options *options);

/* Waits until the server answers a request, and tells when that was and how many nodes it has. */
void ready_run(const struct options *options);

#endif
