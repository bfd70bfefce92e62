/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A number of a topology over the last 15 minutes, as 60 means of 15 seconds: what a sparkline is drawn from, of many
 * topologies at once. Means begin at ticks that are multiples of 15, so that they stay what they are while time goes
 * on; the last one is of what has been seen of it. Zero is empty.
 *
 * Pure; belongs to its owner's thread.
 */
#ifndef NIMBUS_FIGURES_SPARK_H
#define NIMBUS_FIGURES_SPARK_H

#include <stdint.h>

enum {
    SPARK_POINTS = 60,
    SPARK_SECONDS = 15,
};

struct spark_point {
    uint64_t number; /* of its 15 seconds */
    uint64_t sum;
    uint32_t count; /* seconds that have a value */
};

struct spark {
    struct spark_point points[SPARK_POINTS];
};

/* The value of a tick. Ticks grow; those without a value are left out. */
void spark_put(struct spark *spark, uint64_t tick, uint64_t value);

/* The means until this tick, oldest first. NAN: nothing is known. */
void spark_read(const struct spark *spark, uint64_t tick, double ret_means[SPARK_POINTS]);

#endif
