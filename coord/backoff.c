/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/backoff.h"

#include "base/assert.h"

void backoff_init(struct backoff *backoff, uint32_t max_ms)
{
    ASSERT(max_ms > 0);
    backoff->max_ms = max_ms;
    backoff_reset(backoff);
}

uint32_t backoff_next_ms(struct backoff *backoff, struct rng *rng)
{
    uint32_t pause_ms = 1 + rng_below(rng, backoff->bound_ms);

    backoff->bound_ms =
        backoff->bound_ms > backoff->max_ms / 2 ? backoff->max_ms : 2 * backoff->bound_ms;
    return pause_ms;
}

void backoff_reset(struct backoff *backoff)
{
    backoff->bound_ms = backoff->max_ms < BACKOFF_FIRST_MS ? backoff->max_ms : BACKOFF_FIRST_MS;
}
