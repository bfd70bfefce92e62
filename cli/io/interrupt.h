/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGINT and SIGTERM as something to wait for beside other descriptors.
 */
#ifndef CLI_IO_INTERRUPT_H
#define CLI_IO_INTERRUPT_H

#include <stdbool.h>

#include "base/err.h"

/* From now on the two signals end nothing any more. The calling thread is the only one that does
 * not block them. ERR_IO. */
MUST_USE enum err interrupt_open(int *ret_fd, struct error *error);
void interrupt_close(int fd);

/* Waits until `fd` is readable or a signal has come. True if it was a signal. */
bool interrupt_await(int interrupt_fd, int fd);

#endif
