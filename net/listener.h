/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket that connections arrive at: name to socket, and accept() with its many errors sorted
 * into three. Touches sockets and, for names of hosts, the resolver. Any thread.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

/* Binds and listens. "*" is every address of the machine, IPv6 and IPv4, or IPv4 alone where there
 * is no IPv6; of the addresses of a name the first that can be bound. The errors name the address
 * and the remedy; `error` may be NULL. The caller closes the descriptor. */
enum err listener_open(const char *text, int *ret_fd, uint16_t *ret_port,
                       struct error *error) MUST_USE;

enum listener_result {
    LISTENER_ACCEPTED, /* both `ret_` are set */
    LISTENER_GONE,     /* one gave up before it was accepted; there may be more */
    LISTENER_NOBODY,   /* waits at the moment */
    LISTENER_FULL,     /* no descriptor or memory for one more; it goes on waiting */
};

/* The new socket does not block, is closed by exec(), sends small writes at once and notices in
 * the end when its peer is no more. */
enum listener_result listener_accept(int fd, int *ret_fd, struct sockaddr_storage *ret_peer);

#endif
