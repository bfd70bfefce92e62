/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetches a blob from another nimbus, piece by piece, into the store: the first of the addresses that
 * has it all. Whoever does not answer for FETCHER_TIMEOUT_MS is left for the next. Belongs to its
 * reactor's thread.
 */
#ifndef NIMBUS_IO_FETCHER_H
#define NIMBUS_IO_FETCHER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attribute.h"
#include "net/keys.h"
#include "net/reactor.h"
#include "nimbus/io/blob_store.h"

enum {
    FETCHER_TIMEOUT_MS = 10000, /* for a piece */
};

struct fetcher;

struct fetcher_options { /* texts are copied */
    struct reactor *reactor;
    struct blob_store *store;
    const char *hash;
    uint64_t bytes_max;      /* a blob that says it is larger is refused */
    const char *addresses;   /* "127.0.0.1:6627,127.0.0.1:6628" */
    const struct keys *keys; /* borrowed for its life; NULL: none */
    /* Called once, from the reactor; the fetcher is to be destroyed then, but not within the call. */
    void (*ended)(void *context, struct fetcher *fetcher, bool is_good);
    void *context;
};

struct fetcher *fetcher_new(const struct fetcher_options *options) MUST_USE;
void fetcher_destroy(struct fetcher **fetcher);

const char *fetcher_hash(const struct fetcher *fetcher);

#endif
