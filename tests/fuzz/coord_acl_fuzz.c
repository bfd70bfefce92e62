/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are an access control list or none: from a store, and in a request. What is accepted
 * reads back as it was, can be asked and masked; what a request made can be stored, and resolving
 * it once more drops duplicates at most.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/server/acl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SUPER_DIGEST "super:0bX78nEegDzJM3ju0iLBEJdWzjg="

static void init_somebody(struct acl_identities *identities)
{
    static const char token[] = "u:p";
    struct jute_bytes scheme = {.data = "digest", .size = strlen("digest")};
    struct jute_bytes password = {.data = token, .size = strlen(token)};

    acl_identities_init(identities, "127.0.0.1");
    enum coord_error error = acl_authenticate(identities, scheme, password, SUPER_DIGEST);
    ASSERT(error == COORD_OK);
}

/* A stored list of that number answers every question. */
static void ask(const struct acls *acls, uint32_t number, const struct acl_identities *identities)
{
    AUTO(text_done) struct text plain = {0};
    AUTO(text_done) struct text masked = {0};
    AUTO(acls_destroy) struct acls *others = acls_new(1);

    (void)acls_allow(acls, number, MESSAGE_READ, identities);
    acls_put(acls, number, false, &plain);
    acls_put(acls, number, true, &masked);
    struct jute_bytes stored = acls_get(acls, number);
    ASSERT(text_size(&plain) == stored.size);
    ASSERT(memcmp(text_data(&plain), stored.data, stored.size) == 0);
    enum err err = acls_restore(others, 9, text_data(&masked), text_size(&masked));
    ASSERT(err == ERR_OK || err == ERR_EXISTS);
}

static void store(const void *encoded, size_t size, bool is_good,
                  const struct acl_identities *identities)
{
    AUTO(acls_destroy) struct acls *acls = acls_new(1);
    uint32_t number = 0;
    bool is_new = true;
    enum err err = acls_restore(acls, 5, encoded, size);

    ASSERT(!is_good || err == ERR_OK || err == ERR_EXISTS);
    if (err == ERR_CORRUPT)
        return;
    bool was_given = acls_intern(acls, encoded, size, &number, &is_new);
    ASSERT(was_given && !is_new);
    ASSERT(number == (err == ERR_OK ? 5 : ACL_OPEN) || number == ACL_READ_ONLY);
    ask(acls, number, identities);
}

/* Decodes a setACL whose list is these bytes. */
static enum coord_error resolve(const void *list, size_t size,
                                const struct acl_identities *identities, struct text *ret_encoded)
{
    AUTO(text_done) struct text frame = {0};
    struct request request;

    jute_put_int(&frame, 1);
    jute_put_int(&frame, MESSAGE_SET_ACL);
    jute_put_text(&frame, "/");
    text_add_bytes(&frame, list, size);
    jute_put_int(&frame, -1);
    if (request_decode(text_data(&frame), text_size(&frame), &request) != REQUEST_DECODED)
        return COORD_MARSHALLING_ERROR;
    return acl_resolve(request.acl, identities, ret_encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(acl_identities_done) struct acl_identities identities;
    AUTO(text_done) struct text first = {0};
    AUTO(text_done) struct text second = {0};
    AUTO(text_done) struct text third = {0};

    init_somebody(&identities);
    store(data, size, false, &identities);
    if (resolve(data, size, &identities, &first) != COORD_OK) {
        ASSERT(text_size(&first) == 0);
        return 0;
    }
    store(text_data(&first), text_size(&first), true, &identities);

    enum coord_error error = resolve(text_data(&first), text_size(&first), &identities, &second);
    ASSERT(error == COORD_OK);
    ASSERT(text_size(&second) <= text_size(&first));
    error = resolve(text_data(&second), text_size(&second), &identities, &third);
    ASSERT(error == COORD_OK);
    ASSERT(text_size(&third) == text_size(&second));
    ASSERT(memcmp(text_data(&third), text_data(&second), text_size(&third)) == 0);
    return 0;
}
