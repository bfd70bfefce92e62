/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "worker/io/local.h"

#define STOPS_HEEDED 2 /* drain, give up; then user code blocks, and the process is ended */

/* The signal waits, blocked, until the handler returns. */
static void end_by(int signal_number)
{
    struct sigaction action = {.sa_handler = SIG_DFL};

    (void)sigaction(signal_number, &action, NULL);
    (void)raise(signal_number);
}

static void handle(int signal_number)
{
    int saved_errno = errno;

    if (signal_number == SIGUSR1)
        local_set_active(false);
    else if (signal_number == SIGUSR2)
        local_set_active(true);
    else if (local_stop() > STOPS_HEEDED)
        end_by(signal_number);
    errno = saved_errno;
}

void signals_install(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};

    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        (void)sigaction(signals[i], &action, NULL);
}
