/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ZeroMQ's question whether a peer may come in (ZAP, RFC 27), and the answer. Whoever has our own
 * key may, and whoever is listed; everybody else, and everything that is not such a question, may
 * not. Pure; any thread.
 */
#ifndef NET_ZAP_H
#define NET_ZAP_H

#include <stdbool.h>
#include <stddef.h>

#include "net/key_files.h"
#include "net/keys.h"
#include "wire/role.h"

#define ZAP_DOMAIN  "gale"
#define ZAP_USER_ID "User-Id" /* the property of a message that holds the role */

enum {
    ZAP_FRAMES = 7, /* version, request, domain, address, identity, mechanism, key */
    ZAP_ADDRESS_MAX = 64,
};

struct zap_frame {
    const void *bytes;
    size_t size;
};

/* Who may come in. */
struct zap_list {
    struct key own;
    const struct key_client *clients;
    size_t client_count;
};

struct zap_answer {
    bool is_allowed;
    enum role role;                /* if it is */
    const char *name;              /* of a client; borrowed from the list */
    const char *why_not;           /* if it is not */
    char address[ZAP_ADDRESS_MAX]; /* of the peer, in printable characters */
};

struct zap_answer zap_decide(const struct zap_list *list, const struct zap_frame *frames,
                             size_t count);

/* What ZeroMQ keeps with each message of the peer, "cluster" or "client", and back. NULL, and what
 * is neither, is nobody: then false. */
const char *zap_role_name(enum role role);
bool zap_read_role(const char *name, enum role *ret_role) MUST_USE;

#endif
