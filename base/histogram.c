/* SPDX-License-Identifier: Apache-2.0 */
#include "base/histogram.h"

#include "base/assert.h"

_Static_assert(sizeof(struct histogram) < 16 * 1024, "the header promises 15 KiB");

static uint64_t load(const uint64_t *cell)
{
    return __atomic_load_n(cell, __ATOMIC_RELAXED);
}

static void store(uint64_t *cell, uint64_t value)
{
    __atomic_store_n(cell, value, __ATOMIC_RELAXED);
}

/* The largest value that belongs to the bucket. */
static uint64_t top_of(uint32_t bucket)
{
    uint32_t row = bucket >> HISTOGRAM_SUB_BITS;
    uint32_t shift = row == 0 ? 0 : row - 1;
    uint64_t leading = bucket - (shift << HISTOGRAM_SUB_BITS);

    return (leading << shift) + ((UINT64_C(1) << shift) - 1);
}

void histogram_init(struct histogram *histogram)
{
    *histogram = (struct histogram){0};
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        histogram_increase(&into->buckets[i], load(&from->buckets[i]));
    histogram_increase(&into->count, load(&from->count));
    histogram_increase(&into->sum, load(&from->sum));

    uint64_t max = load(&from->max);
    if (max > load(&into->max))
        store(&into->max, max);
}

/* How many values, in ascending order, the quantile reaches: 1 .. count. */
static uint64_t rank_of(double q, uint64_t count)
{
    double exact = q * (double)count;
    if (exact >= (double)count)
        return count;

    uint64_t rank = (uint64_t)exact;
    if ((double)rank < exact)
        rank++;
    return rank == 0 ? 1 : rank;
}

uint64_t histogram_quantile(const struct histogram *histogram, double q)
{
    ASSERT(q >= 0 && q <= 1);

    uint64_t count = histogram_count(histogram);
    if (count == 0)
        return 0;

    uint64_t rank = rank_of(q, count);
    uint64_t max = histogram_max(histogram);
    uint64_t passed = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        passed += load(&histogram->buckets[i]);
        if (passed >= rank)
            return top_of(i) < max ? top_of(i) : max;
    }
    return max; /* a writer is at work and the count is ahead of the buckets */
}

uint64_t histogram_count(const struct histogram *histogram)
{
    return load(&histogram->count);
}

uint64_t histogram_sum(const struct histogram *histogram)
{
    return load(&histogram->sum);
}

uint64_t histogram_max(const struct histogram *histogram)
{
    return load(&histogram->max);
}

double histogram_mean(const struct histogram *histogram)
{
    uint64_t count = histogram_count(histogram);

    return count == 0 ? 0 : (double)histogram_sum(histogram) / (double)count;
}
