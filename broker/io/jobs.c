/* SPDX-License-Identifier: Apache-2.0 */
/* POSIX threads. */
#include "broker/io/jobs.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mailbox.h"
#include "base/mem.h"

/* One thread with its queue. */
struct lane {
    const struct jobs *jobs;
    struct mailbox *queue; /* NULL: was not opened */
    size_t under_way;      /* the loop's */
    pthread_t thread;
    bool has_thread;
};

struct jobs {
    struct jobs_options options;
    struct lane lanes[JOBS_KIND_COUNT];
    struct mailbox *done;
};

/* ---- on the threads ---- */

static void *run(void *argument)
{
    const struct lane *lane = argument;
    const struct jobs *jobs = lane->jobs;

    for (;;) {
        struct list_node *node = mailbox_take(lane->queue, -1);
        struct job *job = CONTAINER_OF(node, struct job, in_queue);
        if (job->run == NULL)
            return NULL;
        job->run(job);
        bool wakes = job->done != NULL; /* afterwards the job is not ours to look at */
        bool is_put = mailbox_put_now(jobs->done, node);
        ASSERT(is_put); /* as it is never shut */
        if (wakes)
            jobs->options.wake(jobs->options.context);
    }
}

/* ---- life ---- */

static int start_thread(struct lane *lane)
{
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(&lane->thread, NULL, run, lane);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    lane->has_thread = status == 0;
    return status;
}

static enum err start_lane(struct jobs *jobs, struct lane *lane, struct error *error)
{
    lane->jobs = jobs;
    /* Puts never wait: jobs_max bounds what is under way. */
    enum err err = mailbox_open(SIZE_MAX, &lane->queue, error);
    if (err == ERR_OK && start_thread(lane) != 0)
        err = error_set(error, ERR_IO, "cannot start a thread for work in the background");
    return err;
}

/* A job without anything to run ends the thread. */
static void end_lane(struct lane *lane)
{
    struct job end = {.run = NULL};

    if (lane->has_thread) {
        bool is_put = mailbox_put_now(lane->queue, &end.in_queue);
        ASSERT(is_put);
        (void)pthread_join(lane->thread, NULL);
    }
    mailbox_close(&lane->queue);
}

enum err jobs_start(const struct jobs_options *options, struct jobs **ret_jobs, struct error *error)
{
    ASSERT(options->jobs_max > 0);

    struct jobs *jobs = NEW(struct jobs);
    jobs->options = *options;
    enum err err = mailbox_open(SIZE_MAX, &jobs->done, error);
    for (size_t i = 0; i < JOBS_KIND_COUNT && err == ERR_OK; i++)
        err = start_lane(jobs, &jobs->lanes[i], error);
    if (err != ERR_OK) {
        jobs_destroy(&jobs);
        return err;
    }
    *ret_jobs = jobs;
    return ERR_OK;
}

void jobs_destroy(struct jobs **jobs)
{
    if (*jobs == NULL)
        return;
    for (size_t i = 0; i < JOBS_KIND_COUNT; i++) {
        ASSERT((*jobs)->lanes[i].under_way == 0);
        end_lane(&(*jobs)->lanes[i]);
    }
    mailbox_close(&(*jobs)->done);
    free(*jobs);
    *jobs = NULL;
}

/* ---- on the loop ---- */

bool jobs_put(struct jobs *jobs, enum jobs_kind kind, struct job *job)
{
    struct lane *lane = &jobs->lanes[kind];

    ASSERT(job->run != NULL);
    if (lane->under_way >= jobs->options.jobs_max)
        return false;
    job->kind = kind;
    lane->under_way++;
    bool is_put = mailbox_put_now(lane->queue, &job->in_queue);
    ASSERT(is_put);
    return true;
}

static bool is_idle(const struct jobs *jobs)
{
    for (size_t i = 0; i < JOBS_KIND_COUNT; i++)
        if (jobs->lanes[i].under_way > 0)
            return false;
    return true;
}

static bool take(struct jobs *jobs, int64_t timeout_ms)
{
    struct list_node *node = mailbox_take(jobs->done, timeout_ms);

    if (node == NULL)
        return false;
    struct job *job = CONTAINER_OF(node, struct job, in_queue);
    jobs->lanes[job->kind].under_way--;
    if (job->done != NULL)
        job->done(job, jobs->options.context);
    return true;
}

void jobs_take(struct jobs *jobs)
{
    if (is_idle(jobs))
        return;
    for (size_t left = mailbox_count(jobs->done); left > 0; left--)
        (void)take(jobs, 0);
}

static void await_all(struct jobs *jobs)
{
    while (!is_idle(jobs))
        (void)take(jobs, -1);
}

static void do_nothing(struct job *job)
{
    (void)job;
}

/* A thread wakes after it has handed over what it did. So it is asked for one thing more. */
void jobs_finish(struct jobs *jobs)
{
    struct job last[JOBS_KIND_COUNT];

    await_all(jobs);
    for (size_t i = 0; i < JOBS_KIND_COUNT; i++) {
        last[i] = (struct job){.run = do_nothing};
        bool is_put = jobs_put(jobs, (enum jobs_kind)i, &last[i]);
        ASSERT(is_put); /* as nothing is under way */
    }
    await_all(jobs);
}

size_t jobs_under_way(const struct jobs *jobs, enum jobs_kind kind)
{
    return jobs->lanes[kind].under_way;
}
