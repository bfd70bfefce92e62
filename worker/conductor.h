/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides what a run does next: open, run, end. One conductor for a worker; the loops obey its
 * orders and publish what it needs to know.
 *
 *     opening bolts -> opening spouts -> running -> finishing, rank by rank -> closing -> ended
 *                                         |   ^
 *                                         v   |   bolts hold tuples and nothing else moves
 *                                        flushing
 *
 * A run ends by itself when all spouts are done, no tree is open and nothing moves. "Nothing moves"
 * is found as Mattern counts messages (Algorithms for distributed termination detection, 1987): all
 * loops rest, as many blocks were received as were sent, and a second look at the same figures, in
 * which nothing has changed, says the same.
 *
 * Pure but for the loops' atomics. One thread steps it.
 */
#ifndef WORKER_CONDUCTOR_H
#define WORKER_CONDUCTOR_H

#include <stdbool.h>
#include <stdint.h>

struct worker;

enum conductor_phase {
    CONDUCTOR_OPENING_BOLTS,
    CONDUCTOR_OPENING_SPOUTS,
    CONDUCTOR_STARTING,
    CONDUCTOR_RUNNING,
    CONDUCTOR_FLUSHING,
    CONDUCTOR_FINISHING,
    CONDUCTOR_CLOSING,
    CONDUCTOR_ENDED,
};

struct conductor {
    struct worker *worker;
    enum conductor_phase phase;
    uint64_t number; /* of the last order given */
    uint32_t rank;   /* being finished */
    uint32_t rank_max;
    uint64_t started_ns;   /* when the spouts began to run */
    uint64_t ended_ns;     /* when nothing moved any more */
    uint64_t drain_end_ns; /* of a stop: what is open then is abandoned */
    bool is_stopping;
    bool is_abandoned; /* trees were open, or something still moved, when it closed */
};

void conductor_init(struct conductor *conductor, struct worker *worker);

/* Looks at the loops and gives the next order if it is time. Call whenever a loop has news, and at
 * conductor_deadline_ns(). Returns false once the run has ended. */
bool conductor_step(struct conductor *conductor, uint64_t now_ns);

/* No more `next`; ends when the open trees are settled, or after drain_ms. */
void conductor_stop(struct conductor *conductor, uint64_t now_ns, uint64_t drain_ms);

uint64_t conductor_deadline_ns(const struct conductor *conductor);

#endif
