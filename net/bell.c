/* SPDX-License-Identifier: Apache-2.0 */
/* Linux: eventfd. */
#include "net/bell.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/assert.h"

void bell_init(struct bell *bell)
{
    bell->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    ASSERT(bell->fd >= 0);
    atomic_init(&bell->is_ringing, false);
}

void bell_done(struct bell *bell)
{
    (void)close(bell->fd);
    bell->fd = -1;
}

void bell_ring(const struct bell *bell)
{
    uint64_t one = 1;
    int saved_errno = errno;
    ssize_t written = write(bell->fd, &one, sizeof one);

    (void)written; /* fails only if it rings already, 2^64 times */
    errno = saved_errno;
}

void bell_wake(struct bell *bell)
{
    if (!atomic_exchange(&bell->is_ringing, true))
        bell_ring(bell);
}

/* The flag is lowered after the bell is silenced: in between, a wake finds it raised and does not
 * ring, and is served by the turn that follows. An exchange, not a store: it must see what that
 * thread did before. */
void bell_hear(struct bell *bell)
{
    uint64_t rings;
    ssize_t got = read(bell->fd, &rings, sizeof rings);

    (void)got;
    (void)atomic_exchange(&bell->is_ringing, false);
}
