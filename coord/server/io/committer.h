/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that commits, so that the loop goes on reading and answering pings while the disk works.
 * One batch is under way at a time. Between two batches the store may tidy up: after each outcome
 * was handed out, and once when no batch came for COMMITTER_IDLE_MS.
 *
 * new, destroy, submit and take belong to one thread, the loop's. The committer's own thread takes
 * no signals.
 */
#ifndef COORD_SERVER_IO_COMMITTER_H
#define COORD_SERVER_IO_COMMITTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/server/store.h"

enum {
    COMMITTER_IDLE_MS = 200,
};

struct committer;

struct committer_outcome {
    enum err result;
    uint64_t duration_ns;
    struct error error; /* if result is not ERR_OK */
};

/* Starts the thread. `wake(wake_owner)` is called on it whenever an outcome is ready. The store was
 * loaded; it belongs to the committer's thread until committer_destroy() returns. */
struct committer *committer_new(struct store *store, void (*wake)(void *wake_owner),
                                void *wake_owner) MUST_USE;

/* Waits for the batch under way, then ends the thread. Does not close the store. */
void committer_destroy(struct committer **committer);

/* Hands a batch over. It must not be touched until its outcome was taken. None is under way. */
void committer_submit(struct committer *committer, const struct batch *batch);

/* True once per batch, when it is done. */
bool committer_take(struct committer *committer, struct committer_outcome *ret_outcome) MUST_USE;

#endif
