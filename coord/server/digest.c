/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/digest.h"

#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/sha1.h>
#include <stdint.h>

_Static_assert((int)DIGEST_SHA1_SIZE == SHA1_DIGEST_SIZE, "a SHA-1 has 20 bytes");
_Static_assert((int)DIGEST_HMAC_SIZE == SHA256_DIGEST_SIZE, "a SHA-256 has 32 bytes");

void digest_sha1(struct digest_bytes message, unsigned char ret_hash[DIGEST_SHA1_SIZE])
{
    struct sha1_ctx context;

    sha1_init(&context);
    sha1_update(&context, message.size, message.data);
    sha1_digest(&context, DIGEST_SHA1_SIZE, ret_hash);
}

void digest_hmac(struct digest_bytes key, struct digest_bytes message,
                 unsigned char ret_hash[DIGEST_HMAC_SIZE])
{
    struct hmac_sha256_ctx context;

    hmac_sha256_set_key(&context, key.size, key.data);
    hmac_sha256_update(&context, message.size, message.data);
    hmac_sha256_digest(&context, DIGEST_HMAC_SIZE, ret_hash);
}

void digest_put_base64(struct digest_bytes bytes, struct text *out)
{
    const uint8_t *from = bytes.data;
    size_t left = bytes.size;

    while (left > 0) { /* three bytes make four characters, independent of the rest */
        char group[BASE64_ENCODE_RAW_LENGTH(3)];
        size_t size = left < 3 ? left : 3;
        base64_encode_raw(group, size, from);
        text_add_bytes(out, group, sizeof group);
        from += size;
        left -= size;
    }
}

bool digest_is_equal(const void *left, const void *right, size_t size)
{
    return memeql_sec(left, right, size) != 0;
}
