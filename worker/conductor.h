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
 * In one worker of many a run is not ended here: the chorus (worker/chorus.h) of all workers says when
 * to flush, to finish and to close, and the spouts are not opened before the shell says that the links
 * are up. A change of the routing is an order as well, given between the others.
 *
 * Pure but for the loops' atomics. One thread steps it.
 */
#ifndef WORKER_CONDUCTOR_H
#define WORKER_CONDUCTOR_H

#include <stdbool.h>
#include <stdint.h>

struct chorus_voice;
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
    bool is_member;    /* of a chorus */
    bool is_linked;    /* member: spouts may be opened */
    bool must_route;   /* an order to go by worker.routing is to be given */
    bool is_abandoned; /* trees were open, or something still moved, when it closed */
};

void conductor_init(struct conductor *conductor, struct worker *worker);

/* Looks at the loops and gives the next order if it is time. Call whenever a loop has news, and at
 * conductor_deadline_ns(). Returns false once the run has ended. */
bool conductor_step(struct conductor *conductor, uint64_t now_ns);

/* No more `next`; ends when the open trees are settled, or after drain_ms. */
void conductor_stop(struct conductor *conductor, uint64_t now_ns, uint64_t drain_ms);

/* ---- of a member ---- */

/* Before the first step. */
void conductor_join(struct conductor *conductor);

/* Every bolt was opened; the spouts wait for conductor_link(). */
bool conductor_has_opened_bolts(const struct conductor *conductor);

/* The links are up, or were waited for long enough. */
void conductor_link(struct conductor *conductor);

/* The loops are to go by worker.routing, which was set. They all do when conductor_has_obeyed(). */
void conductor_route(struct conductor *conductor);

/* What the chorus says; only while conductor_is_free(). */
void conductor_flush(struct conductor *conductor);
void conductor_finish(struct conductor *conductor, uint32_t rank);
void conductor_close(struct conductor *conductor, uint64_t now_ns);

/* Every order that was given has been done, and none waits to be given. */
bool conductor_has_obeyed(const struct conductor *conductor);

/* It runs, and has obeyed: another order may be given. */
bool conductor_is_free(const struct conductor *conductor);

/* What the loops publish, as the chorus wants it. */
struct chorus_voice conductor_voice(const struct conductor *conductor);

uint64_t conductor_deadline_ns(const struct conductor *conductor);

#endif
