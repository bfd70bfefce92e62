/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How another thread, or a signal handler, gets a loop out of its sleep: a descriptor that can be
 * read once the bell was rung and until it was heard. bell_wake() and bell_ring() belong to any
 * thread, bell_ring() also to signal handlers; all else to the loop's thread.
 */
#ifndef NET_BELL_H
#define NET_BELL_H

#include <stdatomic.h>
#include <stdbool.h>

struct bell {
    int fd;                  /* an eventfd; belongs to the bell */
    _Atomic bool is_ringing; /* by bell_wake(), and not heard */
};

void bell_init(struct bell *bell);
void bell_done(struct bell *bell);

/* Rings, unless it rings already. What the caller did before is seen by whoever hears it. */
void bell_wake(struct bell *bell);

/* Rings in any case. Keeps errno. */
void bell_ring(const struct bell *bell);

/* Silences it. What was done before the rings so far is seen from now on. */
void bell_hear(struct bell *bell);

#endif
