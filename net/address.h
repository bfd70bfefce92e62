/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of an address: "127.0.0.1:2181", "localhost:2181", "[::1]:0", "*:2181". Decides what is
 * a host and what is a port, not whether there is such a host. Pure; any thread.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
    ADDRESS_HOST_MAX = 256, /* with the final NUL; names of hosts are shorter */
};

struct address {
    char host[ADDRESS_HOST_MAX]; /* without brackets; "*" for every address of the machine */
    uint16_t port;
};

/* ERR_INVALID says what is wrong with the text and what it should look like. `error` may be
 * NULL. */
enum err address_parse(const char *text, struct address *ret_address, struct error *error) MUST_USE;

/* Whether the host, as text, is this machine to itself alone. Of names only localhost is: others may be any
 * address. */
bool address_is_loopback(const char *host);

#endif
