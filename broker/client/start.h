/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a task begins to read a partition.
 *
 * What this run of the topology has committed itself counts before all else: a worker that was started
 * again goes on where it was, wherever the run began. Then `start` decides, and where that is the
 * group's committed offset and there is none, `fallback`. A partition that came to be during the run
 * is read from its beginning: none of its records may have been read before.
 *
 * Pure.
 */
#ifndef BROKER_CLIENT_START_H
#define BROKER_CLIENT_START_H

#include <stdbool.h>
#include <stdint.h>

enum start_kind {
    START_COMMITTED = 1,
    START_EARLIEST,
    START_LATEST,
    START_TIME,   /* the first record that is not older */
    START_OFFSET, /* as an answer: here */
};

struct start {
    enum start_kind kind;
    int64_t at; /* START_TIME: milliseconds since 1970; START_OFFSET: the offset */
};

/* "committed", "earliest", "latest", or milliseconds since 1970. */
bool start_parse(const char *text, struct start *ret_start);

/* What is known of a partition. */
struct start_facts {
    int64_t committed;  /* by the group; < 0: nothing */
    bool is_of_run;     /* by this very run */
    bool is_late_comer; /* it was not there when the run began */
};

struct start start_choose(struct start start, struct start fallback,
                          const struct start_facts *facts);

#endif
