/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/pacer.h"

#define WINDOW_MIN_NS UINT64_C(10000000)   /* 10 ms */
#define WINDOW_MAX_NS UINT64_C(1000000000) /* 1 s */
#define SAMPLE_MIN    8u                   /* completed trees that make a rate */

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
    return value < low ? low : value > high ? high : value;
}

void pacer_init(struct pacer *pacer, uint64_t timeout_ns, uint64_t now_ns)
{
    *pacer = (struct pacer){.timeout_ns = timeout_ns,
                            .window_ns = clamp(timeout_ns / 32, WINDOW_MIN_NS, WINDOW_MAX_NS),
                            .window_start_ns = now_ns,
                            .moved_ns = now_ns,
                            .patience_ns = PACER_STUCK_NS,
                            .limit = 1,
                            .ceiling = PACER_MAX};
}

void pacer_completed(struct pacer *pacer, uint32_t count)
{
    pacer->completed += count;
    pacer->has_moved = true;
    if (pacer->is_binding)
        pacer->limit = (uint32_t)clamp((uint64_t)pacer->limit + count, 1, pacer->ceiling);
}

static void measure(struct pacer *pacer, uint64_t passed_ns)
{
    double rate = (double)pacer->completed / (double)passed_ns;
    double bound = rate * (double)pacer->timeout_ns / 4;

    pacer->ceiling =
        bound >= PACER_MAX ? PACER_MAX : (uint32_t)clamp((uint64_t)bound, 1, PACER_MAX);
    if (pacer->limit > pacer->ceiling)
        pacer->limit = pacer->ceiling;
}

void pacer_step(struct pacer *pacer, uint64_t now_ns, uint32_t open_count)
{
    uint64_t passed_ns = now_ns - pacer->window_start_ns;

    pacer->is_binding = open_count >= pacer->limit;
    if (!pacer->is_binding || pacer->has_moved) {
        pacer->moved_ns = now_ns;
        pacer->patience_ns = PACER_STUCK_NS;
    }
    pacer->has_moved = false;
    if (passed_ns < pacer->window_ns)
        return;
    /* Only a spout that was held back says what drains; and too few trees say nothing yet, unless
     * a quarter of the timeout has gone by. */
    if (pacer->is_binding) {
        if (pacer->completed < SAMPLE_MIN && passed_ns < pacer->timeout_ns / 4)
            return;
        measure(pacer, passed_ns);
    }
    pacer->completed = 0;
    pacer->window_start_ns = now_ns;
}

uint64_t pacer_stuck_ns(const struct pacer *pacer)
{
    return pacer->is_binding ? pacer->moved_ns + pacer->patience_ns : UINT64_MAX;
}

void pacer_go_on(struct pacer *pacer, uint64_t now_ns)
{
    pacer->moved_ns = now_ns;
    if (pacer->patience_ns < PACER_PATIENCE_NS_MAX)
        pacer->patience_ns *= 2;
}

void pacer_boost(struct pacer *pacer, uint64_t now_ns)
{
    pacer->moved_ns = now_ns;
    pacer->patience_ns = PACER_STUCK_NS;
    pacer->limit = pacer->limit > PACER_MAX / 2 ? PACER_MAX : pacer->limit * 2;
    if (pacer->ceiling < pacer->limit)
        pacer->ceiling = pacer->limit;
}
