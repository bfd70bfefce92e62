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

/* How many bits of its values a bucket does not know. */
static uint32_t shift_of(uint32_t bucket)
{
    uint32_t row = bucket >> HISTOGRAM_SUB_BITS;

    return row == 0 ? 0 : row - 1;
}

uint64_t histogram_bucket_first(uint32_t bucket)
{
    uint32_t shift = shift_of(bucket);

    ASSERT(bucket < HISTOGRAM_BUCKETS);
    return (uint64_t)(bucket - (shift << HISTOGRAM_SUB_BITS)) << shift;
}

uint64_t histogram_bucket_last(uint32_t bucket)
{
    return histogram_bucket_first(bucket) + ((UINT64_C(1) << shift_of(bucket)) - 1);
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

/* Counters that only grow, and a sum and count that go with them. */
static bool may_be_earlier(const struct histogram *earlier, const struct histogram *histogram)
{
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (load(&earlier->buckets[i]) > load(&histogram->buckets[i]))
            return false;
    }
    return load(&earlier->count) <= load(&histogram->count) &&
           load(&earlier->max) <= load(&histogram->max);
}

bool histogram_subtract(struct histogram *histogram, const struct histogram *earlier)
{
    if (!may_be_earlier(earlier, histogram))
        return false;
    uint32_t highest = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint64_t left = load(&histogram->buckets[i]) - load(&earlier->buckets[i]);
        store(&histogram->buckets[i], left);
        if (left > 0)
            highest = i;
    }
    store(&histogram->count, load(&histogram->count) - load(&earlier->count));
    store(&histogram->sum, load(&histogram->sum) - load(&earlier->sum));

    if (load(&histogram->count) == 0)
        store(&histogram->max, 0);
    else if (load(&histogram->max) == load(&earlier->max) &&
             histogram_bucket_last(highest) < load(&histogram->max))
        store(&histogram->max, histogram_bucket_last(highest));
    return true;
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
            return histogram_bucket_last(i) < max ? histogram_bucket_last(i) : max;
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

uint64_t histogram_bucket_count(const struct histogram *histogram, uint32_t bucket)
{
    ASSERT(bucket < HISTOGRAM_BUCKETS);
    return load(&histogram->buckets[bucket]);
}

void histogram_put_bucket(struct histogram *histogram, uint32_t bucket, uint64_t count)
{
    ASSERT(bucket < HISTOGRAM_BUCKETS);
    histogram_increase(&histogram->buckets[bucket], count);
    histogram_increase(&histogram->count, count);
}

void histogram_put_rest(struct histogram *histogram, uint64_t sum, uint64_t max)
{
    histogram_increase(&histogram->sum, sum);
    if (max > load(&histogram->max))
        store(&histogram->max, max);
}
