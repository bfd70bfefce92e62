/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What takes long and is not done on the loop: flushes, on one thread, and slow work (compaction), on
 * another, so that no flush waits for the latter.
 *
 *     loop: jobs_put --> [ flushes ] --> thread: run --.
 *           jobs_put --> [ slow ]    --> thread: run --+--> [ done ] --> loop: jobs_take: done
 *                                                      '--> wake()
 *
 * Jobs of one kind are run one after the other in the order in which they were put, and told as done
 * in that order. What was written before jobs_put() is seen by run(), and what run() wrote by
 * done(). Signals are for the owner's threads. At most jobs_max of each kind are under way, that is
 * put and not taken.
 *
 * Everything here belongs to one thread, the loop's.
 */
#ifndef BROKER_IO_JOBS_H
#define BROKER_IO_JOBS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/list.h"

struct jobs;

enum jobs_kind {
    JOBS_FLUSH,
    JOBS_SLOW,
    JOBS_KIND_COUNT,
};

/* Lives in whatever it is about, and stays there until done() was called. */
struct job {
    void (*run)(struct job *job);                 /* on the kind's thread */
    void (*done)(struct job *job, void *context); /* in jobs_take(), and the job may go */
    enum jobs_kind kind;                          /* set by jobs_put() */
    struct list_node in_queue;                    /* zero at first */
};

struct jobs_options {
    size_t jobs_max;             /* under way, of each kind */
    void (*wake)(void *context); /* on a kind's thread: jobs_take() has something to take */
    void *context;               /* of wake() and of done() */
};

/* Starts the threads. ERR_IO without a thread or descriptor left. */
enum err jobs_start(const struct jobs_options *options, struct jobs **ret_jobs,
                    struct error *error) MUST_USE;

/* Nothing is under way: jobs_finish() sees to that. Ends the threads. */
void jobs_destroy(struct jobs **jobs);

/* False if too many of its kind are under way; then nothing has happened. */
bool jobs_put(struct jobs *jobs, enum jobs_kind kind, struct job *job) MUST_USE;

/* Calls done() of those that were run by now; it may put others. Never waits. */
void jobs_take(struct jobs *jobs);

/* The same, waiting until nothing is under way, be it put by a done(). Afterwards wake() is not called
 * any more until something is put: only then may go what it touches. */
void jobs_finish(struct jobs *jobs);

size_t jobs_under_way(const struct jobs *jobs, enum jobs_kind kind);

#endif
