/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The little cryptography that the server needs, and the only place that knows the library it comes
 * from: SHA-1 in base64, which the scheme `digest` prescribes, and a keyed hash for passwords of
 * sessions. Pure; any thread.
 */
#ifndef COORD_SERVER_DIGEST_H
#define COORD_SERVER_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum {
    DIGEST_SHA1_SIZE = 20,
    DIGEST_HMAC_SIZE = 32,
};

struct digest_bytes {
    const void *data;
    size_t size;
};

void digest_sha1(struct digest_bytes message, unsigned char ret_hash[DIGEST_SHA1_SIZE]);

/* HMAC with SHA-256. */
void digest_hmac(struct digest_bytes key, struct digest_bytes message,
                 unsigned char ret_hash[DIGEST_HMAC_SIZE]);

/* Appends the bytes in base64, with padding and on one line. */
void digest_put_base64(struct digest_bytes bytes, struct text *out);

/* Whether both are the same, in a time that depends on their size alone. */
bool digest_is_equal(const void *left, const void *right, size_t size);

#endif
