/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How numbers (latencies, sizes) are spread, in fixed memory of 15 KiB.
 *
 * Buckets are log-linear: 32 of equal width in every power of two, so a bucket is never wider than
 * 1/32 (3.1 %) of its values, and values below 64 have a bucket each. All 64-bit values fit.
 *
 *   bits of the value   1 x x x x x . . . .      the index is the position of the leading 1
 *                         \_______/ \_____/      and the five bits after it; the rest is cut
 *                          5 bits    shift
 *
 * One thread adds; any thread may read at the same time and sees values that are at most a moment
 * old. All zero bytes are an empty histogram. No system calls, no clock.
 */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attribute.h"

enum {
    HISTOGRAM_SUB_BITS = 5,
    HISTOGRAM_BUCKETS = (64 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS,
};

/* The fields are for the functions here: they are read and written atomically. */
struct histogram {
    uint64_t count;
    uint64_t sum; /* wraps at 2^64: 584 years of nanoseconds */
    uint64_t max;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* Empties it. Not while another thread reads. */
void histogram_init(struct histogram *histogram);

static inline uint32_t histogram_bucket(uint64_t value)
{
    uint32_t magnitude = 63 - (uint32_t)__builtin_clzll(value | 1);
    uint32_t shift = magnitude < HISTOGRAM_SUB_BITS ? 0 : magnitude - HISTOGRAM_SUB_BITS;

    return (shift << HISTOGRAM_SUB_BITS) + (uint32_t)(value >> shift);
}

/* A load and a store are enough for a single writer, and much cheaper than an atomic addition. */
static inline void histogram_increase(uint64_t *cell, uint64_t by)
{
    __atomic_store_n(cell, __atomic_load_n(cell, __ATOMIC_RELAXED) + by, __ATOMIC_RELAXED);
}

static inline void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram_increase(&histogram->buckets[histogram_bucket(value)], 1);
    histogram_increase(&histogram->count, 1);
    histogram_increase(&histogram->sum, value);
    if (value > __atomic_load_n(&histogram->max, __ATOMIC_RELAXED))
        __atomic_store_n(&histogram->max, value, __ATOMIC_RELAXED);
}

/* The same value `times` times; nothing if that is 0. */
static inline void histogram_add_many(struct histogram *histogram, uint64_t value, uint64_t times)
{
    if (times == 0)
        return;
    histogram_increase(&histogram->buckets[histogram_bucket(value)], times);
    histogram_increase(&histogram->count, times);
    histogram_increase(&histogram->sum, value * times);
    if (value > __atomic_load_n(&histogram->max, __ATOMIC_RELAXED))
        __atomic_store_n(&histogram->max, value, __ATOMIC_RELAXED);
}

/* Adds everything in `from`, which may have a writer; the caller is the writer of `into`. */
void histogram_merge(struct histogram *into, const struct histogram *from);

/* What was added since: takes away everything in `earlier`, which is an older state of `histogram`.
 * False, with nothing done, if it cannot be one. The maximum stays if it is a new one; else it is
 * the largest value of the highest bucket that is left. */
bool histogram_subtract(struct histogram *histogram, const struct histogram *earlier) MUST_USE;

/* The smallest value that the share `q` (0 .. 1) of all values does not exceed: 0.99 for the 99th
 * percentile. Never below the exact answer, above it by less than 1/32, never above the maximum.
 * 0 if empty. */
uint64_t histogram_quantile(const struct histogram *histogram, double q);

uint64_t histogram_count(const struct histogram *histogram);
uint64_t histogram_sum(const struct histogram *histogram);
uint64_t histogram_max(const struct histogram *histogram);

/* 0 if empty. */
double histogram_mean(const struct histogram *histogram);

/* ---- bucket by bucket, for those who write a histogram down and read it again ---- */

/* The smallest and the largest value that belong to it; bucket < HISTOGRAM_BUCKETS. */
uint64_t histogram_bucket_first(uint32_t bucket);
uint64_t histogram_bucket_last(uint32_t bucket);

/* How many values are in it. */
uint64_t histogram_bucket_count(const struct histogram *histogram, uint32_t bucket);

/* Adds `count` values to it, without their sum; those come by histogram_put_rest(). */
void histogram_put_bucket(struct histogram *histogram, uint32_t bucket, uint64_t count);
void histogram_put_rest(struct histogram *histogram, uint64_t sum, uint64_t max);

#endif
