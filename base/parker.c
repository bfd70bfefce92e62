/* SPDX-License-Identifier: Apache-2.0 */
/* Linux: the futex system call, which glibc does not wrap. */
#include "base/parker.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"

_Static_assert(sizeof(((struct parker *)0)->state) == 4, "a futex is 32 bits wide");
_Static_assert(sizeof(time_t) == 8, "deadlines go beyond 2038");

static struct timespec timespec_of(uint64_t ns)
{
    return (struct timespec){
        .tv_sec = (time_t)(ns / 1000000000u),
        .tv_nsec = (long)(ns % 1000000000u),
    };
}

void parker_sleep(struct parker *parker, uint64_t deadline_ns)
{
    struct timespec deadline = timespec_of(deadline_ns);

    /* WAIT_BITSET takes an absolute time of CLOCK_MONOTONIC, plain WAIT a relative one. The kernel
     * compares the state once more and does not sleep if a waker was faster. */
    long result =
        syscall(SYS_futex, &parker->state, FUTEX_WAIT_BITSET_PRIVATE, PARKER_ASLEEP,
                deadline_ns == UINT64_MAX ? NULL : &deadline, NULL, FUTEX_BITSET_MATCH_ANY);

    ASSERT(result == 0 || errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT);
    parker_cancel(parker); /* nobody has told us so if it was the deadline or a signal */
}

void parker_settle(struct parker *parker)
{
    uint64_t count;

    parker_cancel(parker);
    /* A waker may be between its look at the state and its write: then the next poll() returns for
     * nothing, once. */
    (void)!read(parker->eventfd, &count, sizeof count);
}

/* The eventfd cannot be full: only one waker writes for each time that the sleeper lay down. */
static void write_event(int eventfd)
{
    uint64_t one = 1;
    ssize_t size = write(eventfd, &one, sizeof one);

    ASSERT(size == sizeof one);
}

void parker_rouse(struct parker *parker)
{
    if (atomic_exchange_explicit(&parker->state, PARKER_AWAKE, memory_order_seq_cst) ==
        PARKER_AWAKE)
        return; /* another waker was faster, or the sleeper woke by itself */

    if (parker->eventfd >= 0) {
        write_event(parker->eventfd);
        return;
    }
    long result = syscall(SYS_futex, &parker->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    ASSERT(result >= 0);
}
