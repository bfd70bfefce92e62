/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is at the other end of a socket. An IPv4 peer has one form, whether it came through an IPv4
 * or an IPv6 socket. Pure; any thread.
 */
#ifndef NET_PEER_H
#define NET_PEER_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

struct peer_address {
    uint8_t bytes[16]; /* IPv6, or IPv4 mapped into it (::ffff:0:0/96) */
};

struct peer {
    struct peer_address address;
    char text[INET6_ADDRSTRLEN]; /* "127.0.0.1", "::1" */
    uint16_t port;
};

/* Of a socket of AF_INET or AF_INET6. */
struct peer peer_of(const struct sockaddr_storage *storage);

#endif
