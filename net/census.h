/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many connections each address has. Holds no more addresses than there are connections. Pure;
 * a census belongs to one thread.
 */
#ifndef NET_CENSUS_H
#define NET_CENSUS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attribute.h"
#include "net/peer.h"

struct census;

/* `per_address_max` 0 is no limit, and then nothing is counted. */
struct census *census_new(size_t connections_max, size_t per_address_max) MUST_USE;
void census_destroy(struct census **census);

/* Counts a connection; false, and nothing is counted, if the address has its share. */
bool census_enter(struct census *census, const struct peer_address *address) MUST_USE;

/* Takes back one census_enter() that was true. */
void census_leave(struct census *census, const struct peer_address *address);

#endif
