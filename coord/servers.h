/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of servers as people write it: "coord1:2181,coord2,[::1]:2182". Without a port it is
 * 2181. Pure; any thread.
 */
#ifndef COORD_SERVERS_H
#define COORD_SERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

enum {
    SERVERS_MAX = 64,
    SERVERS_HOST_MAX = 256, /* bytes with the final NUL, as long as names of the DNS are */
    SERVERS_PORT = 2181,
};

struct server_address {
    char host[SERVERS_HOST_MAX]; /* a name or an address, without brackets */
    uint16_t port;
};

struct server_list {
    struct server_address items[SERVERS_MAX];
    size_t count; /* at least 1 */
};

/* ERR_INVALID or ERR_LIMIT with what is wrong with the list. */
enum err servers_parse(const char *text, struct server_list *ret_list,
                       struct error *error) MUST_USE;

/* "host:port", with brackets around an IPv6 address. */
void servers_name(const struct server_address *server, struct text *text);

#endif
