/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ZeroMQ sockets on a reactor: for control_server.c and control_client.c alone. The reactor asks
 * each before it sleeps whether there is input, so that nobody else need know of the trap that
 * net/endpoint.h tells of. Reactor's thread only.
 */
#ifndef NET_REACTOR_SOCKET_H
#define NET_REACTOR_SOCKET_H

#include "net/endpoint.h"
#include "net/reactor.h"

enum {
    REACTOR_SOCKETS_MAX = 256, /* each is asked in every round */
};

struct reactor_socket;

/* Calls `readable` while a message waits; it takes at most one and may remove the socket. The
 * endpoint is borrowed. NULL if there are REACTOR_SOCKETS_MAX. */
struct reactor_socket *reactor_socket_add(struct reactor *reactor, const struct endpoint *endpoint,
                                          void (*readable)(void *context), void *context) MUST_USE;

/* Before the endpoint is closed. */
void reactor_socket_remove(struct reactor_socket **socket);

#endif
