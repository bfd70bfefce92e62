/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/spread.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/varint.h"

enum {
    FIRST_CAPACITY = 8,
};

void spread_done(struct spread *spread)
{
    free(spread->buckets);
    *spread = (struct spread){.buckets = NULL};
}

void spread_clear(struct spread *spread)
{
    spread->count = spread->sum = spread->max = 0;
    spread->used = 0;
}

static void reserve(struct spread *spread, uint32_t used)
{
    uint32_t capacity = spread->capacity == 0 ? FIRST_CAPACITY : spread->capacity;

    while (capacity < used)
        capacity *= 2;
    if (capacity == spread->capacity)
        return;
    spread->buckets = mem_resize(spread->buckets, capacity, sizeof *spread->buckets);
    spread->capacity = capacity;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* From the end, so that everything moves at most once and no second array is needed. */
static void merge_buckets(struct spread *into, const struct spread_bucket *from, uint32_t count)
{
    uint32_t common = 0;
    uint32_t a = 0;

    for (uint32_t b = 0; b < count; b++) {
        while (a < into->used && into->buckets[a].bucket < from[b].bucket)
            a++;
        common += a < into->used && into->buckets[a].bucket == from[b].bucket;
    }
    uint32_t end = into->used + count - common;
    reserve(into, end);
    a = into->used;
    into->used = end;
    for (uint32_t b = count; b > 0;) {
        if (a > 0 && into->buckets[a - 1].bucket > from[b - 1].bucket) {
            into->buckets[--end] = into->buckets[--a];
        } else if (a > 0 && into->buckets[a - 1].bucket == from[b - 1].bucket) {
            a--;
            b--;
            into->buckets[--end] =
                (struct spread_bucket){from[b].bucket, into->buckets[a].count + from[b].count};
        } else {
            into->buckets[--end] = from[--b];
        }
    }
}

void spread_add(struct spread *into, const struct spread *from)
{
    if (from->count == 0)
        return;
    merge_buckets(into, from->buckets, from->used);
    into->count += from->count;
    into->sum += from->sum;
    into->max = larger(into->max, from->max);
}

void spread_subtract(struct spread *from, const struct spread *what)
{
    uint32_t kept = 0;
    uint32_t at = 0;

    for (uint32_t i = 0; i < from->used; i++) {
        struct spread_bucket bucket = from->buckets[i];
        while (at < what->used && what->buckets[at].bucket < bucket.bucket)
            at++;
        if (at < what->used && what->buckets[at].bucket == bucket.bucket)
            bucket.count -= what->buckets[at].count;
        if (bucket.count > 0)
            from->buckets[kept++] = bucket;
    }
    from->used = kept;
    from->count -= what->count;
    from->sum -= what->sum;
}

/* What is said beyond what is known, bucket by bucket. */
static struct spread find_more(const struct spread *known, const struct histogram *said)
{
    struct spread more = {.buckets = NULL};
    uint32_t at = 0;

    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint64_t count = histogram_bucket_count(said, i);
        uint64_t before = 0;
        if (count == 0)
            continue;
        while (at < known->used && known->buckets[at].bucket < i)
            at++;
        if (at < known->used && known->buckets[at].bucket == i)
            before = known->buckets[at].count;
        if (count <= before)
            continue;
        reserve(&more, more.used + 1);
        more.buckets[more.used++] = (struct spread_bucket){i, count - before};
        more.count += count - before;
    }
    return more;
}

void spread_raise(struct spread *known, const struct histogram *said, struct spread *ret_more)
{
    struct spread more = find_more(known, said);
    uint64_t sum = histogram_sum(said);
    uint64_t max = histogram_max(said);

    if (more.count == 0)
        return;
    more.sum = sum > known->sum ? sum - known->sum : 0;
    more.max = max;
    if (max <= known->max) {
        uint64_t top = histogram_bucket_last(more.buckets[more.used - 1].bucket);
        more.max = top < known->max ? top : known->max;
    }
    spread_add(known, &more);
    spread_add(ret_more, &more);
    spread_done(&more);
}

uint64_t spread_quantile(const struct spread *spread, double q, uint64_t max)
{
    double exact = q * (double)spread->count;
    uint64_t rank = exact >= (double)spread->count ? spread->count : (uint64_t)exact;
    uint64_t passed = 0;

    rank += (double)rank < exact && rank < spread->count;
    rank += rank == 0;
    for (uint32_t i = 0; i < spread->used; i++) {
        passed += spread->buckets[i].count;
        if (passed < rank)
            continue;
        uint64_t top = histogram_bucket_last(spread->buckets[i].bucket);
        return top < max ? top : max;
    }
    return spread->count == 0 ? 0 : max;
}

void spread_merge(const struct spread *spread, struct histogram *into)
{
    for (uint32_t i = 0; i < spread->used; i++)
        histogram_put_bucket(into, spread->buckets[i].bucket, spread->buckets[i].count);
    histogram_put_rest(into, spread->sum, spread->max);
}

/* ---- Packed: sum, max, number of buckets; of each the distance to the one before, and its count */

void spread_pack(const struct spread *spread, struct text *out)
{
    uint32_t before = 0;

    varint_add(out, spread->sum);
    varint_add(out, spread->max);
    varint_add(out, spread->used);
    for (uint32_t i = 0; i < spread->used; i++) {
        varint_add(out, spread->buckets[i].bucket - before);
        varint_add(out, spread->buckets[i].count);
        before = spread->buckets[i].bucket;
    }
}

void spread_unpack(const void *packed, size_t size, struct spread *into)
{
    const unsigned char *at = packed;
    uint32_t bucket = 0;
    struct spread one = {.sum = varint_take(&at, &size), .buckets = NULL};

    one.max = varint_take(&at, &size);
    one.used = (uint32_t)varint_take(&at, &size);
    one.capacity = one.used;
    one.buckets = NEW_ARRAY(struct spread_bucket, one.used);
    for (uint32_t i = 0; i < one.used; i++) {
        bucket += (uint32_t)varint_take(&at, &size);
        one.buckets[i] = (struct spread_bucket){bucket, varint_take(&at, &size)};
        one.count += one.buckets[i].count;
    }
    spread_add(into, &one);
    spread_done(&one);
}
