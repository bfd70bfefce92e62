/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fast generator of random 64-bit numbers, about a nanosecond each: a counter that steps by an
 * odd constant, and a mixing of its bits (splitmix64). One generator yields each 64-bit value
 * exactly once in its period of 2^64, so its ids never repeat. The same seed gives the same
 * sequence on every machine. Not for secrets. A generator belongs to one thread.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

#include "base/assert.h"

struct rng {
    uint64_t state;
};

/* Any value, 0 included. */
static inline uint64_t rng_next(struct rng *rng)
{
    uint64_t value = rng->state += UINT64_C(0x9E3779B97F4A7C15);

    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

/* Every seed is a good one: neighbouring seeds start far apart. */
static inline void rng_init(struct rng *rng, uint64_t seed)
{
    rng->state = seed;
    rng->state = rng_next(rng);
}

/* 0 .. bound-1 by multiply and shift; no value is favoured by more than bound / 2^32. */
static inline uint32_t rng_below(struct rng *rng, uint32_t bound)
{
    ASSERT(bound > 0);
    return (uint32_t)(((rng_next(rng) >> 32) * bound) >> 32);
}

#endif
