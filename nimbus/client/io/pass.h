/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key that a client shows to nimbus and the supervisors: the file of cluster.client, or else client.key
 * in the folder of cluster.keys. Without both there is none, and all is plain. Reads the file.
 */
#ifndef NIMBUS_CLIENT_IO_PASS_H
#define NIMBUS_CLIENT_IO_PASS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/settings.h"
#include "net/keys.h"

struct pass {
    bool has_keys;
    struct keys keys;
};

/* What is named must be there and be right. */
MUST_USE enum err pass_load(const struct settings *settings, struct pass *ret_pass,
                            struct error *error);

/* Whether the key of a setting is one of these. */
bool pass_is_setting(const char *key);

/* NULL if there are none. */
const struct keys *pass_keys(const struct pass *pass);

#endif
