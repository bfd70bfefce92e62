/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks, as the handshake has shown, and what an operation says of who may. Each table of operations
 * has a column of these, without a default: an operation that names nobody is for nobody. Pure.
 */
#ifndef WIRE_ROLE_H
#define WIRE_ROLE_H

#include <stdbool.h>

enum role {
    ROLE_NONE,    /* nobody: may nothing */
    ROLE_LOCAL,   /* there are no keys: whoever is on this machine, and may do everything */
    ROLE_CLUSTER, /* a nimbus or a supervisor: it has the cluster's key */
    ROLE_CLIENT,  /* a person: it has a key of its own, which the cluster lists */
};

/* Who may ask for an operation where there are keys; added up. */
enum roles {
    ROLES_CLUSTER = 1 << ROLE_CLUSTER,
    ROLES_CLIENT = 1 << ROLE_CLIENT,
};

static inline bool role_may(enum role role, unsigned roles)
{
    if (role == ROLE_LOCAL)
        return roles != 0;
    return role != ROLE_NONE && (roles >> role & 1u) != 0;
}

#endif
