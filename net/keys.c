/* SPDX-License-Identifier: Apache-2.0 */
/* glibc: explicit_bzero(). */
#include "net/keys.h"

#include <nettle/hmac.h>
#include <string.h>
#include <zmq.h>

#include "base/assert.h"

#define TOPOLOGY_PREFIX "topology "

bool key_is_same(const struct key *one, const struct key *other)
{
    unsigned difference = 0;

    for (size_t i = 0; i < KEY_BYTES; i++)
        difference |= (unsigned)one->bytes[i] ^ other->bytes[i];
    return difference == 0;
}

void key_write(const struct key *key, char ret_text[KEY_TEXT_SIZE])
{
    const char *text = zmq_z85_encode(ret_text, key->bytes, KEY_BYTES);

    ASSERT(text != NULL); /* fails only for other sizes */
}

/* libzmq's decoder takes any byte for a digit, so that of its result is believed what comes out as
 * what went in. */
bool key_read(const char *text, struct key *ret_key)
{
    struct key key;
    char again[KEY_TEXT_SIZE];

    if (strlen(text) != KEY_TEXT_SIZE - 1 || zmq_z85_decode(key.bytes, text) == NULL)
        return false;
    key_write(&key, again);
    if (memcmp(again, text, KEY_TEXT_SIZE) != 0)
        return false;
    *ret_key = key;
    return true;
}

static void find_public(const struct key *secret, struct key *ret_public)
{
    char secret_text[KEY_TEXT_SIZE], public_text[KEY_TEXT_SIZE];

    key_write(secret, secret_text);
    int result = zmq_curve_public(public_text, secret_text);
    explicit_bzero(secret_text, sizeof secret_text);
    ASSERT(result == 0); /* fails only where libzmq was built without CURVE */
    bool is_key = key_read(public_text, ret_public);
    ASSERT(is_key);
}

void keys_derive(const struct keys *cluster, const char *topology, struct keys *ret_keys)
{
    struct hmac_sha256_ctx context;
    struct keys keys = {.clients = ""};

    hmac_sha256_set_key(&context, KEY_BYTES, cluster->secret.bytes);
    hmac_sha256_update(&context, sizeof TOPOLOGY_PREFIX - 1, (const uint8_t *)TOPOLOGY_PREFIX);
    hmac_sha256_update(&context, strlen(topology), (const uint8_t *)topology);
    hmac_sha256_digest(&context, KEY_BYTES, keys.secret.bytes);
    explicit_bzero(&context, sizeof context);
    find_public(&keys.secret, &keys.own);
    keys.server = keys.own;
    *ret_keys = keys;
    keys_wipe(&keys);
}

void keys_wipe(struct keys *keys)
{
    explicit_bzero(&keys->secret, sizeof keys->secret);
}
