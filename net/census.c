/* SPDX-License-Identifier: Apache-2.0 */
#include "net/census.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/list.h"
#include "base/mem.h"

#define BUCKETS_MAX ((size_t)4096)

struct resident {
    struct list_node in_bucket;
    struct peer_address address;
    size_t count; /* never 0 */
};

struct census {
    size_t per_address_max;
    size_t bucket_count; /* a power of two */
    struct list *buckets;
};

struct census *census_new(size_t connections_max, size_t per_address_max)
{
    struct census *census = NEW(struct census);

    census->per_address_max = per_address_max;
    census->bucket_count = 1;
    while (census->bucket_count < connections_max && census->bucket_count < BUCKETS_MAX)
        census->bucket_count *= 2;
    census->buckets = NEW_ARRAY(struct list, census->bucket_count);
    for (size_t i = 0; i < census->bucket_count; i++)
        list_init(&census->buckets[i]);
    return census;
}

void census_destroy(struct census **census)
{
    if (*census == NULL)
        return;
    for (size_t i = 0; i < (*census)->bucket_count; i++) {
        struct list *bucket = &(*census)->buckets[i];
        struct list_node *next;
        for (struct list_node *node = list_first(bucket); node != NULL; node = next) {
            next = list_next(bucket, node);
            free(CONTAINER_OF(node, struct resident, in_bucket));
        }
    }
    free((*census)->buckets);
    free(*census);
    *census = NULL;
}

/* Neighbours differ in the last bytes only, so these must reach the bits that choose. */
static struct list *bucket_of(const struct census *census, const struct peer_address *address)
{
    uint64_t halves[2];

    memcpy(halves, address->bytes, sizeof halves);
    uint64_t hash =
        (halves[0] ^ (halves[1] * UINT64_C(0x9e3779b97f4a7c15))) * UINT64_C(0xbf58476d1ce4e5b9);
    return &census->buckets[(hash ^ hash >> 32) & (census->bucket_count - 1)];
}

static struct resident *find(const struct list *bucket, const struct peer_address *address)
{
    for (struct list_node *node = list_first(bucket); node != NULL;
         node = list_next(bucket, node)) {
        struct resident *resident = CONTAINER_OF(node, struct resident, in_bucket);
        if (memcmp(&resident->address, address, sizeof *address) == 0)
            return resident;
    }
    return NULL;
}

bool census_enter(struct census *census, const struct peer_address *address)
{
    if (census->per_address_max == 0)
        return true;

    struct list *bucket = bucket_of(census, address);
    struct resident *resident = find(bucket, address);
    if (resident == NULL) {
        resident = NEW(struct resident);
        resident->address = *address;
        list_push_first(bucket, &resident->in_bucket);
    }
    if (resident->count >= census->per_address_max)
        return false;
    resident->count++;
    return true;
}

void census_leave(struct census *census, const struct peer_address *address)
{
    if (census->per_address_max == 0)
        return;

    struct resident *resident = find(bucket_of(census, address), address);
    ASSERT(resident != NULL);
    resident->count--;
    if (resident->count == 0) {
        list_remove(&resident->in_bucket);
        free(resident);
    }
}
