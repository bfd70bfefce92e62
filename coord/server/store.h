/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the tree is durable: load once, then commit, then close. Written behind this interface so
 * that tests put memory there, and a replicated log may stand there one day.
 *
 * A commit is all or nothing, and durable (it would survive the loss of power) when it returns
 * ERR_OK. ERR_FULL: the disk has no room, nothing was changed, and trying again later is right,
 * with this batch or another. Any other error: what is on disk is not known, all later commits fail
 * as well, and the process must end rather than answer.
 */
#ifndef COORD_SERVER_STORE_H
#define COORD_SERVER_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/server/batch.h"
#include "coord/server/session.h"

/* Who gets what was stored: first the meta data, then ACLs, sessions, nodes, in no order within a
 * kind. An error from `change` ends the loading with that error. */
struct store_sink {
    void *owner;
    void (*meta)(void *owner, int64_t zxid, const unsigned char secret[SESSION_SECRET_SIZE]);
    enum err (*change)(void *owner, const struct batch_change *change, struct error *error);
};

struct store; /* starts with its operations: see store_operations */

/* How much time there is for tidying up. */
enum store_hurry {
    STORE_BUSY, /* commits are coming: only what must not be put off */
    STORE_IDLE, /* none came for a while: all there is */
};

struct store_operations {
    enum err (*load)(struct store *store, const struct store_sink *sink, struct error *error);
    enum err (*commit)(struct store *store, const struct batch *batch, struct error *error);

    /* Housekeeping between commits, when nobody waits for one; changes nothing that is stored. May
     * be NULL. What goes wrong is tried again later or comes out of the next commit. */
    void (*tidy)(struct store *store, enum store_hurry hurry);

    void (*close)(struct store **store);
};

/* Each kind of store has this as its first member. */
struct store {
    const struct store_operations *operations;
};

#endif
