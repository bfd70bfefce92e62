/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells the service manager that started us how we are: systemd's protocol, a datagram to the socket
 * that $NOTIFY_SOCKET names. Any thread.
 */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

#include <stdbool.h>

/* "READY=1", "STOPPING=1", "STATUS=...". False if nobody wants to know, or it could not be told;
 * nothing depends on it. Never waits. */
bool notify_send(const char *state);

#endif
