/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long to wait before trying again: a random pause below a bound that doubles with each
 * failure. So many who failed at the same moment do not come back at the same moment. Pure; belongs
 * to one thread.
 */
#ifndef COORD_BACKOFF_H
#define COORD_BACKOFF_H

#include <stdint.h>

#include "base/rng.h"

enum {
    BACKOFF_FIRST_MS = 200,
};

struct backoff {
    uint32_t max_ms;
    uint32_t bound_ms;
};

void backoff_init(struct backoff *backoff, uint32_t max_ms);

/* 1 .. the bound, which doubles then up to max_ms. */
uint32_t backoff_next_ms(struct backoff *backoff, struct rng *rng);

/* It worked: the next pause is a short one again. */
void backoff_reset(struct backoff *backoff);

#endif
