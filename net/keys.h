/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of a process: its own pair for CURVE, and the one that the servers have which it connects
 * to. Whoever opens a server, a client or a post gives them; without any, all is plain, and a server
 * listens on loopback alone.
 *
 *   the cluster   nimbus and supervisors share one pair. Servers let it in, and the clients whose
 *                 public keys lie in a folder.
 *   a client      has a pair of its own and knows the cluster's public key.
 *   a topology    its workers share a pair that is made from the cluster's secret and the topology's
 *                 id: it opens nothing but their own links.
 *
 * Files of keys: net/key_files.h. Pure but for libzmq's arithmetic; any thread.
 */
#ifndef NET_KEYS_H
#define NET_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
    KEY_BYTES = 32,
    KEY_TEXT_SIZE = 41, /* Z85, with the final NUL */
    KEYS_FOLDER_MAX = 4096,
};

struct key {
    uint8_t bytes[KEY_BYTES];
};

struct keys {
    struct key own;    /* public */
    struct key secret; /* never written anywhere but to files of keys */
    struct key server; /* public: of those that we connect to */
    char clients
        [KEYS_FOLDER_MAX]; /* folder of public keys that may come in beside our own; "": none */
};

/* In a time that does not tell where they differ. */
bool key_is_same(const struct key *one, const struct key *other);

void key_write(const struct key *key, char ret_text[KEY_TEXT_SIZE]);

/* False if that is no key. */
bool key_read(const char *text, struct key *ret_key) MUST_USE;

/* The pair of a topology: secret = HMAC-SHA256(secret of the cluster, "topology " + id). */
void keys_derive(const struct keys *cluster, const char *topology, struct keys *ret_keys);

/* Overwrites the secret. */
void keys_wipe(struct keys *keys);

#endif
