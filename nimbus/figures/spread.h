/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A histogram (base/histogram.h) of which only the buckets are kept that are not empty: of a latency
 * these are some dozens of 1,920. In it are sums and differences of what workers say; the largest value
 * of a difference is exact if it is larger than all before, else that of its highest bucket.
 *
 * Pure; belongs to its owner's thread. Zero is empty.
 */
#ifndef NIMBUS_FIGURES_SPREAD_H
#define NIMBUS_FIGURES_SPREAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "base/text.h"

struct spread_bucket {
    uint32_t bucket;
    uint64_t count; /* not 0 */
};

struct spread {
    uint64_t count;
    uint64_t sum;
    uint64_t max;
    uint32_t used;
    uint32_t capacity;
    struct spread_bucket *buckets; /* ascending */
};

void spread_done(struct spread *spread);
void spread_clear(struct spread *spread); /* and keeps the memory */

void spread_add(struct spread *into, const struct spread *from);

/* Takes away what was added before. */
void spread_subtract(struct spread *from, const struct spread *what);

/* The same histogram, said again and later: `known` becomes what is said, where that is more, and
 * the difference is added to `ret_more`. What is said twice, or late, changes nothing. */
void spread_raise(struct spread *known, const struct histogram *said, struct spread *ret_more);

/* As histogram_quantile(), with `max` for the largest value. */
uint64_t spread_quantile(const struct spread *spread, double q, uint64_t max);

/* Adds all of it. */
void spread_merge(const struct spread *spread, struct histogram *into);

/* In few bytes; and added again. */
void spread_pack(const struct spread *spread, struct text *out);
void spread_unpack(const void *packed, size_t size, struct spread *into);

#endif
