/* SPDX-License-Identifier: Apache-2.0 */
/* Linux: signalfd. */
#include "cli/io/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum err interrupt_open(int *ret_fd, struct error *error)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    int fd = signalfd(-1, &signals, SFD_CLOEXEC);
    if (fd < 0)
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
        return error_set(error, ERR_IO, "cannot wait for signals: %s", strerror(errno));
    *ret_fd = fd;
    return ERR_OK;
}

void interrupt_close(int fd)
{
    (void)close(fd);
}

bool interrupt_await(int interrupt_fd, int fd)
{
    struct pollfd watched[] = {{.fd = interrupt_fd, .events = POLLIN},
                               {.fd = fd, .events = POLLIN}};

    while (poll(watched, 2, -1) < 0 && errno == EINTR)
        continue;
    return watched[0].revents != 0;
}
