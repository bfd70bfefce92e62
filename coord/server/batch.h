/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one commit makes durable: the state that a group of transactions left behind, row by row.
 * Not the transactions themselves: a node that was set a hundred times since the last commit is in
 * the batch once. So the store is always the tree as it was after some transaction, and neither
 * replay nor snapshots nor purging exist.
 *
 * A batch owns copies of all it holds, so that it can be written by another thread while the tree
 * goes on. Pure; one thread at a time.
 */
#ifndef COORD_SERVER_BATCH_H
#define COORD_SERVER_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
    BATCH_SLOTS_MAX = 1 << 26,      /* slots are below */
    BATCH_KEPT_BYTES_MAX = 4 << 20, /* what a cleared batch holds on to */
};

/* A node as it is stored. `slot` is its number in memory and its row id: parents are named by it.
 * Slots of deleted nodes are used again. */
struct batch_node {
    uint32_t slot;
    uint32_t parent; /* slot; of the root: 0, which is the root itself */
    uint32_t acl;    /* number of the list */
    int32_t version;
    int32_t aversion;
    int32_t creations; /* children ever created: the counter behind sequence suffixes */
    int64_t czxid;
    int64_t mzxid;
    int64_t pzxid;
    int64_t ctime_ms;
    int64_t mtime_ms;
    int64_t owner; /* session id; or container and TTL marks: coord/server/tree.h */
    const char *name;
    size_t name_size;
    const void *data; /* NULL: null data */
    size_t data_size;
};

enum batch_change_kind {
    BATCH_PUT_NODE,    /* the whole row, new or changed */
    BATCH_PUT_STAT,    /* a stored node; name, parent and data stay: only the numbers are set */
    BATCH_DELETE_NODE, /* slot; of a node that was never stored: nothing happens */
    BATCH_PUT_SESSION, /* id, timeout */
    BATCH_DELETE_SESSION,
    BATCH_PUT_ACL, /* acl_number, acl */
    BATCH_DELETE_ACL,
};

/* Borrowed from the batch until it is cleared. */
struct batch_change {
    enum batch_change_kind kind;
    struct batch_node node;
    int64_t session_id;
    uint32_t session_timeout_ms;
    uint32_t acl_number;
    const void *acl; /* encoded as the protocol does */
    size_t acl_size;
};

struct batch {
    struct text bytes; /* the changes, one after the other */
    size_t changes;
    int64_t zxid; /* of the last transaction; stored with it */
};

void batch_init(struct batch *batch);
void batch_done(struct batch *batch);

/* Makes it empty and keeps the memory, up to BATCH_KEPT_BYTES_MAX. */
void batch_clear(struct batch *batch);

void batch_put_node(struct batch *batch, const struct batch_node *node);
void batch_put_stat(struct batch *batch, const struct batch_node *node);
void batch_delete_node(struct batch *batch, uint32_t slot);
void batch_put_session(struct batch *batch, int64_t id, uint32_t timeout_ms);
void batch_delete_session(struct batch *batch, int64_t id);
void batch_put_acl(struct batch *batch, uint32_t number, const void *encoded, size_t size);
void batch_delete_acl(struct batch *batch, uint32_t number);

/* Walks the changes in their order; *position is 0 at the start. False at the end. */
bool batch_next(const struct batch *batch, size_t *position, struct batch_change *ret_change);

#endif
