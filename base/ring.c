/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ring.h"

#include <stdlib.h>

#include "base/mem.h"

static uint32_t round_up(uint32_t capacity)
{
    uint32_t power = 1;

    while (power < capacity)
        power *= 2;
    return power;
}

void ring_init(struct ring *ring, uint32_t capacity)
{
    ASSERT(capacity > 0 && capacity <= RING_CAPACITY_MAX);

    uint32_t rounded = round_up(capacity);
    ring->slots = NEW_ARRAY(void *, rounded);
    ring->mask = rounded - 1;
    atomic_init(&ring->tail, 0);
    atomic_init(&ring->head, 0);
    ring->head_seen = 0;
    ring->tail_seen = 0;
}

void ring_done(struct ring *ring)
{
    free(ring->slots);
    ring->slots = NULL;
}
