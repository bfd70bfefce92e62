/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/io/committer.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/parker.h"

#define IDLE_NS ((uint64_t)COMMITTER_IDLE_MS * 1000000)

/*
 * Two cells, each with one writer at a time, pass a batch there and its outcome back:
 *
 *   loop      submitted = batch -----> thread   takes it out, commits
 *   loop      takes it out   <-------- thread   outcome = ..., is_ready = true, wake()
 *
 * The outcome is written while is_ready is false and read while it is true. The thread sleeps by
 * the protocol of base/parker.h, so what it looks at before sleeping is stored and loaded seq_cst.
 */
struct committer {
    struct store *store;
    void (*wake)(void *wake_owner);
    void *wake_owner;
    pthread_t thread;
    bool is_under_way; /* the loop's own: submitted and not yet taken */
    struct parker parker;
    _Atomic(const struct batch *) submitted;
    atomic_bool is_stopping;
    atomic_bool is_ready;
    struct committer_outcome outcome;
};

static bool has_work(struct committer *committer)
{
    return atomic_load(&committer->submitted) != NULL || atomic_load(&committer->is_stopping);
}

static void sleep_until(struct committer *committer, uint64_t deadline_ns)
{
    parker_prepare(&committer->parker);
    if (has_work(committer))
        parker_cancel(&committer->parker);
    else
        parker_sleep(&committer->parker, deadline_ns);
}

static void tidy(struct committer *committer, enum store_hurry hurry)
{
    if (committer->store->operations->tidy != NULL)
        committer->store->operations->tidy(committer->store, hurry);
}

/* NULL when there will be none. One that was submitted before the stop is still returned. */
static const struct batch *wait_for_batch(struct committer *committer)
{
    uint64_t idle_from_ns = clock_now_ns() + IDLE_NS;

    while (!has_work(committer)) {
        if (clock_now_ns() >= idle_from_ns) {
            tidy(committer, STORE_IDLE);
            idle_from_ns = UINT64_MAX;
        }
        sleep_until(committer, idle_from_ns);
    }
    return atomic_exchange(&committer->submitted, NULL);
}

static void commit(struct committer *committer, const struct batch *batch)
{
    struct committer_outcome *outcome = &committer->outcome;
    uint64_t began_ns = clock_now_ns();

    outcome->error = (struct error){.code = ERR_OK};
    outcome->result =
        committer->store->operations->commit(committer->store, batch, &outcome->error);
    outcome->duration_ns = clock_now_ns() - began_ns;
    atomic_store_explicit(&committer->is_ready, true, memory_order_release);
    committer->wake(committer->wake_owner);
}

static void *run(void *argument)
{
    struct committer *committer = argument;
    const struct batch *batch;

    while ((batch = wait_for_batch(committer)) != NULL) {
        commit(committer, batch);
        tidy(committer, STORE_BUSY);
    }
    return NULL;
}

struct committer *committer_new(struct store *store, void (*wake)(void *wake_owner),
                                void *wake_owner)
{
    struct committer *committer = NEW(struct committer);
    sigset_t all;
    sigset_t before;

    committer->store = store;
    committer->wake = wake;
    committer->wake_owner = wake_owner;
    parker_init(&committer->parker);
    atomic_init(&committer->submitted, NULL);
    atomic_init(&committer->is_stopping, false);
    atomic_init(&committer->is_ready, false);

    /* The new thread inherits the mask. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(&committer->thread, NULL, run, committer);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    ASSERT(status == 0);
    return committer;
}

void committer_destroy(struct committer **committer)
{
    if (*committer == NULL)
        return;
    atomic_store(&(*committer)->is_stopping, true);
    parker_wake(&(*committer)->parker);
    int status = pthread_join((*committer)->thread, NULL);
    ASSERT(status == 0);
    free(*committer);
    *committer = NULL;
}

void committer_submit(struct committer *committer, const struct batch *batch)
{
    ASSERT(!committer->is_under_way);
    committer->is_under_way = true;
    atomic_store(&committer->submitted, batch);
    parker_wake(&committer->parker);
}

bool committer_take(struct committer *committer, struct committer_outcome *ret_outcome)
{
    if (!atomic_load_explicit(&committer->is_ready, memory_order_acquire))
        return false;
    *ret_outcome = committer->outcome;
    atomic_store_explicit(&committer->is_ready, false, memory_order_relaxed);
    committer->is_under_way = false;
    return true;
}
