/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who holds a blob (a plan, a .so): the node paths_blob(), named by the hash of the content. Each
 * nimbus that has fetched it adds itself, by compare-and-set; the leader deletes it, through its
 * fence. Pure; any thread.
 */
#ifndef COORD_STATE_BLOB_STATE_H
#define COORD_STATE_BLOB_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/call.h"
#include "coord/fence.h"

#define BLOB_STATE_VERSION 1

enum {
    BLOB_STATE_HOLDERS_MAX = 32,
};

struct blob_state {
    char *hash;
    uint64_t size_bytes;
    size_t holder_count;
    char *holders[BLOB_STATE_HOLDERS_MAX]; /* ids of nimbuses */
};

void blob_state_done(struct blob_state *blob);

bool blob_state_is_held_by(const struct blob_state *blob, const char *nimbus);

/* Adds a holder, or takes one out; false if nothing changes. A list that is full takes no more. */
bool blob_state_add_holder(struct blob_state *blob, const char *nimbus);
bool blob_state_remove_holder(struct blob_state *blob, const char *nimbus);

/* JSON; the caller frees it. */
char *blob_state_encode(const struct blob_state *blob) MUST_USE;

/* Errors: ERR_CORRUPT, ERR_LIMIT, ERR_VERSION. */
enum err blob_state_decode(const char *data, size_t size, struct blob_state *ret_blob,
                           struct error *error) MUST_USE;

/* Writes of any nimbus. */
void blob_state_create(const struct blob_state *blob, uint64_t tag, struct coord_calls *calls);
void blob_state_set(const struct blob_state *blob, int32_t version, uint64_t tag,
                    struct coord_calls *calls);

/* Of the leader. */
void blob_state_delete(const struct fence *fence, const char *hash, int32_t version, uint64_t tag,
                       struct coord_calls *calls);

#endif
