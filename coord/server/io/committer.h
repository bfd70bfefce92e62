/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits, on one of two threads, so that nobody else waits for the disk:
 *
 * - committer_submit() hands the batch to the committer's own thread. The loop goes on at once and
 *   fills the next batch; it is woken when the outcome is there. Each handover costs what it takes
 *   to wake a core, so this is for batches that are worth it.
 * - committer_commit() commits on the loop's own thread. If that takes longer than
 *   COMMITTER_PATIENCE_MS, the committer's thread stands in and runs the loop, until the commit
 *   has ended: then the loop goes back to its own thread. At any time one thread is in the loop.
 *
 * On a machine or disk where commits on the loop's thread are not quick, the handovers are the smaller
 * evil, and what should be committed there is submitted for a while: the longer, the more often it
 * took longer than COMMITTER_QUICK_US.
 *
 * One batch is under way at a time. Between two batches the store may tidy up, on the committer's
 * thread: after each outcome that it handed out, and once when no batch came for COMMITTER_IDLE_MS.
 * So that the first comes about, every COMMITTER_RUN_MAX-th commit in a row that should have been on the
 * loop's thread is handed over.
 *
 * new, destroy, submit and commit belong to one thread, the loop's own; take to the one that is in
 * the loop. The store is called by either thread, one at a time, and is not interrupted by signals.
 */
#ifndef COORD_SERVER_IO_COMMITTER_H
#define COORD_SERVER_IO_COMMITTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/server/store.h"

enum {
    COMMITTER_PATIENCE_MS = 5,
    COMMITTER_SPELL_MS = 50, /* after a commit on the loop's thread, the other watches for more */
    COMMITTER_IDLE_MS = 200,
    COMMITTER_RUN_MAX = 128,
    COMMITTER_QUICK_US = 500,
    COMMITTER_DETOUR_MIN = 8, /* commits */
    COMMITTER_DETOUR_MAX = 4096,
};

struct committer;

/* What the loop lends. */
struct committer_loop {
    void *owner; /* comes with each call */

    /* The outcome of what was submitted is ready. On the committer's thread. */
    void (*wake)(void *owner);

    /* Runs the loop, on the committer's thread, until relieve() is called or the loop is to end for
     * good. It must neither submit nor commit. */
    void (*stand_in)(void *owner);

    /* Makes stand_in() return soon, even if it is only about to begin. On the loop's own thread. */
    void (*relieve)(void *owner);
};

struct committer_outcome {
    enum err result;
    uint64_t duration_ns;
    struct error error; /* if result is not ERR_OK */
};

/* Starts the thread. The store was loaded; it belongs to the committer until committer_destroy()
 * returns. */
struct committer *committer_new(struct store *store, const struct committer_loop *loop) MUST_USE;

/* Waits for the batch under way, then ends the thread. Does not close the store. */
void committer_destroy(struct committer **committer);

/* Hands a batch over. It must not be touched until its outcome was taken. None is under way. */
void committer_submit(struct committer *committer, const struct batch *batch);

/* Commits the batch before it returns; called outside of the loop, for that may be run by the other
 * thread meanwhile. Submits it instead while the store is being tidied, for that, and as said above. */
void committer_commit(struct committer *committer, const struct batch *batch);

/* True once per batch, when it is done. */
bool committer_take(struct committer *committer, struct committer_outcome *ret_outcome) MUST_USE;

/* How often the other thread was woken to watch over a commit on the loop's thread: once per spell.
 * For those who check that. */
uint64_t committer_wakes(const struct committer *committer);

#endif
