/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/acl_scheme.h"

#include <string.h>

#include "base/mem.h"
#include "coord/server/acl.h"
#include "coord/server/address.h"

bool acl_bytes_are(struct jute_bytes bytes, const char *text)
{
    return bytes.size == strlen(text) && memcmp(bytes.data, text, bytes.size) == 0;
}

static bool is_same(struct jute_bytes left, struct jute_bytes right)
{
    if (left.data == NULL || right.data == NULL)
        return left.data == right.data;
    return left.size == right.size && memcmp(left.data, right.data, left.size) == 0;
}

struct jute_bytes acl_bytes_of(const char *text)
{
    return (struct jute_bytes){.data = text, .size = strlen(text)};
}

/* "user:hash". ZooKeeper splits at each colon and forgets empty parts at the end: exactly two must
 * be left, of which the first may be empty. */
static bool is_digest(struct jute_bytes id)
{
    size_t size = id.size;

    while (size > 0 && id.data[size - 1] == ':')
        size--;
    const char *colon = size == 0 ? NULL : memchr(id.data, ':', size);
    if (colon == NULL)
        return false;
    size_t after = (size_t)(colon - id.data) + 1;
    return memchr(id.data + after, ':', size - after) == NULL;
}

static bool is_anyone(struct jute_bytes id)
{
    return acl_bytes_are(id, "anyone");
}

static bool is_address(struct jute_bytes id)
{
    struct address address;

    return address_read(id.data, id.size, &address);
}

static bool matches_address(struct jute_bytes identity, struct jute_bytes id)
{
    struct address address;
    struct address pattern;

    return address_read(identity.data, identity.size, &address) &&
           address_read(id.data, id.size, &pattern) && address_matches(&address, &pattern);
}

/* Nobody has an identity of the scheme `world`: that is acl_item_is_everybody()'s matter. */
static const struct acl_scheme schemes[] = {
    {.name = "world", .is_valid = is_anyone, .matches = is_same},
    {.name = "digest", .is_valid = is_digest, .matches = is_same},
    {.name = "ip", .is_valid = is_address, .matches = matches_address},
};

const struct acl_scheme *acl_scheme_find(struct jute_bytes name)
{
    for (size_t i = 0; i < COUNT_OF(schemes); i++)
        if (acl_bytes_are(name, schemes[i].name))
            return &schemes[i];
    return NULL;
}

bool acl_item_is_everybody(const struct request_acl *item)
{
    return acl_bytes_are(item->scheme, "world") && is_anyone(item->id);
}

bool acl_item_is_short(const struct request_acl *item)
{
    return item->scheme.size <= ACL_TEXT_MAX && item->id.size <= ACL_TEXT_MAX;
}

bool acl_item_is_same(const struct request_acl *left, const struct request_acl *right)
{
    return left->permissions == right->permissions && is_same(left->scheme, right->scheme) &&
           is_same(left->id, right->id);
}

void acl_item_put(struct text *out, const struct request_acl *item)
{
    jute_put_int(out, item->permissions);
    jute_put_bytes(out, item->scheme);
    jute_put_bytes(out, item->id);
}
