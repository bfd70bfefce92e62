/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides how many trees of a spout stage may be open, when the user has not set a number.
 *
 * What is open must drain well inside the timeout, or overload turns into timeouts and timeouts
 * into replays. So the limit follows what is measured. It starts at one and, while it holds the
 * spout back, grows by one with each completed tree, which doubles it in each round trip and keeps
 * the time to drain below the time that has passed. (What a spout completes without being held back
 * says nothing of more.) And it never exceeds what the last window completed, extrapolated to a
 * quarter of the timeout:
 *
 *     1 <= limit <= completed per ns in the last window x timeout / 4 <= PACER_MAX
 *
 * A bolt that holds tuples until it has a batch completes nothing before. So a spout that has been
 * held back for PACER_STUCK_NS without one completion asks whether everything else is at rest and
 * tuples are held; then more must come for anything to move, and the limit doubles.
 *
 * Pure. A pacer belongs to one loop.
 */
#ifndef WORKER_PACER_H
#define WORKER_PACER_H

#include <stdbool.h>
#include <stdint.h>

#define PACER_MAX             65536u
#define PACER_STUCK_NS        UINT64_C(5000000) /* doubled each time that somebody was at work ... */
#define PACER_PATIENCE_NS_MAX (32 * PACER_STUCK_NS) /* ... up to this */

struct pacer {
    uint64_t timeout_ns;
    uint64_t window_ns; /* the least time that one measurement takes */
    uint64_t window_start_ns;
    uint64_t completed;   /* in this window */
    uint64_t patience_ns; /* how long to be held back before the question is asked */
    uint64_t moved_ns;    /* when something was completed last, or nothing held the spout back */
    bool has_moved;       /* something was completed since the last step */
    uint32_t limit;
    uint32_t ceiling; /* from the last window */
    bool is_binding;  /* as many trees as may be were open at the last step */
};

void pacer_init(struct pacer *pacer, uint64_t timeout_ns, uint64_t now_ns);

/* Trees were completed. */
void pacer_completed(struct pacer *pacer, uint32_t count);

/* Closes the window when it is time. `open_count` trees are open now. Call once per turn. */
void pacer_step(struct pacer *pacer, uint64_t now_ns, uint32_t open_count);

/* When the spout will have been held back without a completion for long enough to ask; UINT64_MAX
 * if it is not held back. */
uint64_t pacer_stuck_ns(const struct pacer *pacer);

/* What the question had for an answer: more must come for anything to move, and the limit doubles;
 * or somebody is at work, and it is asked again after twice as long. */
void pacer_boost(struct pacer *pacer, uint64_t now_ns);
void pacer_go_on(struct pacer *pacer, uint64_t now_ns);

static inline uint32_t pacer_limit(const struct pacer *pacer)
{
    return pacer->limit;
}

#endif
