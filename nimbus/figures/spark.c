/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/spark.h"

#include <math.h>

/* Number 0 is that of no tick: they count from 1, and the first 15 seconds are number 1. */
static uint64_t number_of(uint64_t tick)
{
    return tick / SPARK_SECONDS + 1;
}

void spark_put(struct spark *spark, uint64_t tick, uint64_t value)
{
    uint64_t number = number_of(tick);
    struct spark_point *point = &spark->points[number % SPARK_POINTS];

    if (point->number != number)
        *point = (struct spark_point){.number = number};
    point->sum += value;
    point->count++;
}

void spark_read(const struct spark *spark, uint64_t tick, double ret_means[SPARK_POINTS])
{
    uint64_t last = number_of(tick);

    for (uint64_t i = 0; i < SPARK_POINTS; i++) {
        uint64_t number = last + i + 1 - SPARK_POINTS; /* wraps where there was no time yet */
        const struct spark_point *point = &spark->points[number % SPARK_POINTS];

        ret_means[i] = point->number == number && point->count > 0
                           ? (double)point->sum / point->count
                           : (double)NAN;
    }
}
