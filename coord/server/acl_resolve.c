/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client says: who it is, and what a node's list shall be. The table of lists is in acl.c.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/server/acl.h"
#include "coord/server/acl_scheme.h"
#include "coord/server/address.h"
#include "coord/server/digest.h"

/* ---- identities ----------------------------------------------------------------------------- */

static bool has_identity(const struct acl_identities *identities, const char *scheme,
                         const char *id)
{
    for (size_t i = 0; i < identities->count; i++) {
        const struct acl_identity *item = &identities->items[i];
        if (strcmp(item->scheme, scheme) == 0 && strcmp(item->id, id) == 0)
            return true;
    }
    return false;
}

static void add_identity(struct acl_identities *identities, const char *scheme, const char *id)
{
    if (has_identity(identities, scheme, id))
        return;
    identities->items =
        mem_resize(identities->items, identities->count + 1, sizeof *identities->items);
    identities->items[identities->count++] = (struct acl_identity){
        .scheme = mem_copy_text(scheme),
        .id = mem_copy_text(id),
    };
}

void acl_identities_init(struct acl_identities *identities, const char *address)
{
    *identities = (struct acl_identities){0};
    add_identity(identities, "ip", address + address_mapped_prefix(address));
}

void acl_identities_done(struct acl_identities *identities)
{
    for (size_t i = 0; i < identities->count; i++) {
        free(identities->items[i].scheme);
        free(identities->items[i].id);
    }
    free(identities->items);
    *identities = (struct acl_identities){0};
}

/* Appends "user:" and the hash of the whole token, in which a password follows the first colon. */
static void put_digest(struct text *out, struct jute_bytes token)
{
    const char *colon = memchr(token.data, ':', token.size);
    unsigned char hash[DIGEST_SHA1_SIZE];

    digest_sha1((struct digest_bytes){token.data, token.size}, hash);
    text_add_bytes(out, token.data, colon == NULL ? token.size : (size_t)(colon - token.data));
    text_add_bytes(out, ":", 1);
    digest_put_base64((struct digest_bytes){hash, sizeof hash}, out);
}

static bool is_super(const char *digest, const char *super_digest)
{
    size_t size = strlen(digest);

    return super_digest != NULL && strlen(super_digest) == size &&
           digest_is_equal(digest, super_digest, size);
}

static enum coord_error authenticate_digest(struct acl_identities *identities,
                                            struct jute_bytes token, const char *super_digest)
{
    AUTO(text_done) struct text digest = {0};

    put_digest(&digest, token);
    const char *id = text_data(&digest);
    if (strlen(id) != text_size(&digest))
        return COORD_AUTH_FAILED; /* a NUL in the user's name */

    bool wants_super = is_super(id, super_digest);
    size_t more = !has_identity(identities, "digest", id);
    more += wants_super && !has_identity(identities, "super", "");
    if (identities->count + more > ACL_IDENTITIES_MAX)
        return COORD_AUTH_FAILED;
    if (wants_super)
        add_identity(identities, "super", "");
    add_identity(identities, "digest", id);
    return COORD_OK;
}

enum coord_error acl_authenticate(struct acl_identities *identities, struct jute_bytes scheme,
                                  struct jute_bytes token, const char *super_digest)
{
    if (scheme.data == NULL)
        return COORD_AUTH_FAILED;
    if (acl_bytes_are(scheme, "ip"))
        return COORD_OK; /* known from the start */
    if (!acl_bytes_are(scheme, "digest") || token.data == NULL || token.size > ACL_TOKEN_MAX)
        return COORD_AUTH_FAILED;
    return authenticate_digest(identities, token, super_digest);
}

/* ---- checking the list of a request --------------------------------------------------------- */

/* A list without duplicates. */
struct draft {
    struct request_acl items[ACL_ENTRIES_MAX];
    size_t count;
};

static bool draft_has(const struct draft *draft, const struct request_acl *item)
{
    for (size_t i = 0; i < draft->count; i++)
        if (acl_item_is_same(&draft->items[i], item))
            return true;
    return false;
}

static bool fill_draft(struct draft *draft, struct request_list list)
{
    if (list.count == 0 || list.count > ACL_ENTRIES_MAX)
        return false;
    while (list.count > 0) {
        struct request_acl item = request_next_acl(&list);
        if (!acl_item_is_short(&item))
            return false;
        if (!draft_has(draft, &item))
            draft->items[draft->count++] = item;
    }
    return true;
}

/* Whether `auth` stands for it. The address of a connection proves nothing about who it is, and
 * super needs no list. */
static bool is_proved(const struct acl_identity *identity)
{
    return strcmp(identity->scheme, "digest") == 0;
}

static size_t count_proved(const struct acl_identities *identities)
{
    size_t count = 0;

    for (size_t i = 0; i < identities->count; i++)
        count += is_proved(&identities->items[i]);
    return count;
}

/* Counts the items that it becomes. */
static enum coord_error check_item(const struct request_acl *item,
                                   const struct acl_identities *identities, size_t *count)
{
    if (item->scheme.data == NULL)
        return COORD_INVALID_ACL;
    if (acl_bytes_are(item->scheme, "auth")) {
        size_t proved = count_proved(identities);
        *count += proved;
        return proved == 0 ? COORD_INVALID_ACL : COORD_OK;
    }
    const struct acl_scheme *scheme = acl_scheme_find(item->scheme);
    if (scheme == NULL)
        return COORD_INVALID_ACL;
    if (item->id.data == NULL)
        return COORD_MARSHALLING_ERROR; /* as ZooKeeper, which trips over it */
    *count += 1;
    return scheme->is_valid(item->id) ? COORD_OK : COORD_INVALID_ACL;
}

static void put_proved(struct text *out, int32_t permissions,
                       const struct acl_identities *identities)
{
    for (size_t i = 0; i < identities->count; i++) {
        const struct acl_identity *identity = &identities->items[i];
        struct request_acl item = {.permissions = permissions,
                                   .scheme = acl_bytes_of(identity->scheme),
                                   .id = acl_bytes_of(identity->id)};
        if (is_proved(identity))
            acl_item_put(out, &item);
    }
}

enum coord_error acl_resolve(struct request_list list, const struct acl_identities *identities,
                             struct text *ret_encoded)
{
    struct draft draft;
    size_t count = 0;

    draft.count = 0;
    if (!fill_draft(&draft, list))
        return COORD_INVALID_ACL;
    for (size_t i = 0; i < draft.count; i++) {
        enum coord_error error = check_item(&draft.items[i], identities, &count);
        if (error != COORD_OK)
            return error;
        if (count > ACL_ENTRIES_MAX)
            return COORD_INVALID_ACL;
    }

    jute_put_int(ret_encoded, (int32_t)count);
    for (size_t i = 0; i < draft.count; i++) {
        if (acl_bytes_are(draft.items[i].scheme, "auth"))
            put_proved(ret_encoded, draft.items[i].permissions, identities);
        else
            acl_item_put(ret_encoded, &draft.items[i]);
    }
    return COORD_OK;
}
