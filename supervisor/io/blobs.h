/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blobs of a supervisor: <folder>/<hash>, fetched from those nimbuses that there are, one after
 * the other. Nothing gets its name before its content was found to be what the name says, and is on
 * disk. Belongs to the reactor's thread; writing blocks it for as long as the disk needs.
 */
#ifndef SUPERVISOR_IO_BLOBS_H
#define SUPERVISOR_IO_BLOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/keys.h"
#include "net/reactor.h"
#include "supervisor/io/user.h"

struct blobs;

enum {
    BLOBS_FETCHES_MAX = 8, /* at a time; others wait */
    BLOBS_WAITING_MAX = 2048,
    BLOBS_SOURCES_MAX = 32,
    BLOBS_CHUNK_TIMEOUT_MS = 10 * 1000,
};

struct blobs_options {
    struct reactor *reactor;
    const char *folder;      /* there already */
    uint64_t bytes_max;      /* of a blob */
    const struct keys *keys; /* borrowed; NULL: none */
    const struct user *user; /* borrowed: who reads them, unless it is we */

    /* A fetch is over: `fault` is NULL, or says why it failed. Not called within blobs_fetch(). */
    void (*fetched)(void *context, const char *hash, const char *fault);
    void *context;
};

/* Deletes what an earlier life left unfinished. */
enum err blobs_open(const struct blobs_options *options, struct blobs **ret_blobs,
                    struct error *error) MUST_USE;
void blobs_close(struct blobs **blobs);

/* Whom to ask, in this order; copied. */
void blobs_set_sources(struct blobs *blobs, const char *const addresses[], size_t count);

/* Reads it all: one that was spoilt since it was fetched is deleted, and so fetched anew. */
bool blobs_has(const struct blobs *blobs, const char *hash);

/* Begins to fetch, if nobody does already. */
void blobs_fetch(struct blobs *blobs, const char *hash);

/* Begins what waits, and gives up what takes too long; to be called in each turn. Returns when it
 * wants to be called again. */
uint64_t blobs_tick(struct blobs *blobs, uint64_t now_ns);

/* Deletes those that nobody needs. */
void blobs_collect(struct blobs *blobs, bool (*is_needed)(void *context, const char *hash),
                   void *context);

#endif
