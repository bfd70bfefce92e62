/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker's figures on their way to its supervisor: each second a set (worker/figures_build.h), part by part
 * as the connection takes them. A set that is not through yet is finished before the next is begun, so that a
 * large one gets through at all. Belongs to the thread of the connection.
 */
#ifndef WORKER_IO_FIGURE_FEED_H
#define WORKER_IO_FIGURE_FEED_H

#include <stdint.h>

#include "worker/figures_build.h"
#include "worker/io/leash.h"

struct figure_feed {
    const struct worker *worker;
    struct leash *leash;
    uint64_t started_ns; /* the worker was */
    uint64_t due_ns;     /* for the next set */
    uint64_t number;     /* of the set at hand */
    struct figures_set set;
    uint32_t next; /* part to be sent */
};

void figure_feed_init(struct figure_feed *feed, const struct worker *worker, struct leash *leash,
                      uint64_t started_ns);
void figure_feed_done(struct figure_feed *feed);

/* Begins a set if it is time to, and sends what can be sent. */
void figure_feed_step(struct figure_feed *feed, uint64_t now_ns);

/* When it has something to do. */
uint64_t figure_feed_deadline_ns(const struct figure_feed *feed, uint64_t now_ns);

/* The connection is a new one: what went over the old one may be lost. */
void figure_feed_restart(struct figure_feed *feed);

/* Sends a set of this moment, and waits until all of it is sent, but not longer than half a second. */
void figure_feed_flush(struct figure_feed *feed);

#endif
