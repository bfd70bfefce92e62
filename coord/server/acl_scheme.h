/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The items of access control lists: which schemes there are, what their ids look like and whom
 * they mean. Of acl.c and acl_resolve.c alone. Pure; any thread.
 */
#ifndef COORD_SERVER_ACL_SCHEME_H
#define COORD_SERVER_ACL_SCHEME_H

#include <stdbool.h>

#include "base/text.h"
#include "coord/protocol/jute.h"
#include "coord/protocol/request.h"

enum {
    ACL_ITEM_SIZE_MIN = 12, /* encoded: permissions and two lengths */
};

struct acl_scheme {
    const char *name;
    bool (*is_valid)(struct jute_bytes id);
    bool (*matches)(struct jute_bytes identity, struct jute_bytes id);
};

/* Of those that stand in lists; NULL for any other. */
const struct acl_scheme *acl_scheme_find(struct jute_bytes name);

/* Whether neither text is longer than ACL_TEXT_MAX. */
bool acl_item_is_short(const struct request_acl *item);
bool acl_item_is_same(const struct request_acl *left, const struct request_acl *right);

/* Whether it is world:anyone. */
bool acl_item_is_everybody(const struct request_acl *item);

void acl_item_put(struct text *out, const struct request_acl *item);

bool acl_bytes_are(struct jute_bytes bytes, const char *text);
struct jute_bytes acl_bytes_of(const char *text);

#endif
