/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times in ns, counted in buckets that are 1/64 of a power of two wide: a quantile is too high by
 * less than 1.6 %.
 */
#ifndef BENCH_TOPOLOGIES_QUANTILES_H
#define BENCH_TOPOLOGIES_QUANTILES_H

#include <stdint.h>

#define QUANTILES_BITS    6u
#define QUANTILES_STEPS   (1u << QUANTILES_BITS)
#define QUANTILES_BUCKETS ((64u - QUANTILES_BITS + 1) * QUANTILES_STEPS)

struct quantiles {
    uint64_t count;
    uint64_t max;
    uint64_t buckets[QUANTILES_BUCKETS];
};

static inline void quantiles_add(struct quantiles *quantiles, uint64_t value)
{
    uint32_t bucket = (uint32_t)value;

    if (value >= QUANTILES_STEPS) {
        uint32_t shift = 63u - (uint32_t)__builtin_clzll(value) - QUANTILES_BITS;
        bucket = shift * QUANTILES_STEPS + (uint32_t)(value >> shift);
    }
    quantiles->buckets[bucket]++;
    quantiles->count++;
    quantiles->max = value > quantiles->max ? value : quantiles->max;
}

/* The highest value that falls into the bucket. */
static inline uint64_t quantiles_bound(uint32_t bucket)
{
    if (bucket < 2 * QUANTILES_STEPS)
        return bucket;
    uint32_t shift = bucket / QUANTILES_STEPS - 1;
    uint64_t step = bucket % QUANTILES_STEPS + QUANTILES_STEPS;
    return ((step + 1) << shift) - 1;
}

/* 0 if there is no value. */
static inline uint64_t quantiles_at(const struct quantiles *quantiles, double share)
{
    uint64_t wanted = (uint64_t)((double)quantiles->count * share);
    uint64_t seen = 0;

    for (uint32_t i = 0; i < QUANTILES_BUCKETS; i++) {
        seen += quantiles->buckets[i];
        if (seen > wanted)
            return quantiles_bound(i) < quantiles->max ? quantiles_bound(i) : quantiles->max;
    }
    return quantiles->max;
}

#endif
