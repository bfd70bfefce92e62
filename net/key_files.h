/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys on disk, as czmq's certificates:
 *
 *   FOLDER/cluster.key        the cluster's pair, for nimbus and the supervisors
 *   FOLDER/NAME.key           a client's pair and the cluster's public key, for gale
 *   FOLDER/clients/NAME.pub   its public part: who lies here may ask nimbus and the supervisors
 *
 * The folder has mode 0700, what holds a secret 0600; a secret that others may read is not used, and
 * nothing is ever overwritten. The first client is called "client". Of czmq nothing but its
 * certificates is used: no context is made, no signal handled, no thread started.
 *
 * Blocks; any thread, but key_files_make() and key_files_add(), which change the umask for a moment.
 */
#ifndef NET_KEY_FILES_H
#define NET_KEY_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "net/keys.h"

#define KEY_FILES_CLIENT "client" /* the first one */

enum {
    KEY_FILES_NAME_MAX = 64, /* of a client, with the final NUL */
    KEY_FILES_CLIENTS_MAX = 256,
};

/* Letters, digits, '-' and '_', and not "cluster". */
bool key_files_name_is_good(const char *name);

/* Makes the folder with the cluster's pair and the first client's. ERR_EXISTS if there are keys. */
enum err key_files_make(const char *folder, struct error *error) MUST_USE;

/* A further client. ERR_EXISTS, ERR_INVALID for its name, ERR_NOT_FOUND without a cluster's key. */
enum err key_files_add(const char *folder, const char *name, struct error *error) MUST_USE;

/* For nimbus and supervisors. ERR_DENIED if others can read it or may change the folder. */
enum err key_files_load_cluster(const char *folder, struct keys *ret_keys,
                                struct error *error) MUST_USE;

/* For gale. ERR_NOT_FOUND, ERR_DENIED, ERR_CORRUPT. */
enum err key_files_load_client(const char *path, struct keys *ret_keys,
                               struct error *error) MUST_USE;

/* A topology's pair, for its workers: replaces what was there, of mode 0600. */
enum err key_files_save_topology(const char *path, const struct keys *keys,
                                 struct error *error) MUST_USE;
enum err key_files_load_topology(const char *path, struct keys *ret_keys,
                                 struct error *error) MUST_USE;

struct key_client {
    char name[KEY_FILES_NAME_MAX];
    struct key key; /* public */
};

/* The clients that a folder of public keys lists, at most KEY_FILES_CLIENTS_MAX. ERR_DENIED if others
 * may change the folder, ERR_LIMIT if there are too many. What is no key is passed over: it opens
 * nothing. The caller frees them. */
enum err key_files_list(const char *clients, struct key_client **ret_clients, size_t *ret_count,
                        struct error *error) MUST_USE;

#endif
