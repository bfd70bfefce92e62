/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of the scheme `ip`, as text: IPv4, IPv6, or either with "/bits". Pure; any thread.
 */
#ifndef COORD_SERVER_ADDRESS_H
#define COORD_SERVER_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    ADDRESS_SIZE_MAX = 16,
};

struct address {
    unsigned char bytes[ADDRESS_SIZE_MAX];
    size_t size;   /* 4 or 16 */
    unsigned bits; /* that count: all of them unless the text says how many */
};

/* False if the text is no address. Numbers of IPv4 and of bits are read as ZooKeeper reads them:
 * a sign and leading zeros are allowed. */
bool address_read(const char *text, size_t size, struct address *ret_address);

/* Whether the first bits of the address are those of the pattern, and both are of one kind. */
bool address_matches(const struct address *address, const struct address *pattern);

/* Length of the prefix of an IPv4 address that is written as one of IPv6, "::ffff:10.0.0.1": what
 * follows it is the address. 0 for any other. */
size_t address_mapped_prefix(const char *text);

#endif
