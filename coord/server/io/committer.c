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

#define PATIENCE_NS ((uint64_t)COMMITTER_PATIENCE_MS * 1000000)
#define QUICK_NS    ((uint64_t)COMMITTER_QUICK_US * 1000)
#define SPELL_NS    ((uint64_t)COMMITTER_SPELL_MS * 1000000)
#define IDLE_NS     ((uint64_t)COMMITTER_IDLE_MS * 1000000)

/*
 * Who has the store, and who is in the loop:
 *
 *                 submit()            done, tidied
 *          FREE ------------> THERE -----------------> FREE     the committer's thread commits
 *          FREE ------------> THERE -----------------> FREE     it tidies up
 *
 *                 commit()            done
 *          FREE ------------> HERE ------------------> FREE     the loop's thread commits
 *                              |
 *                              | takes long
 *                              v      done, relieve()
 *                          STANDING_IN --------------> BACK --> FREE
 *
 * Into and out of THERE goes the committer's thread; into STANDING_IN and BACK it as well; into
 * HERE, and out of HERE and BACK, the loop's. Where both could (FREE, HERE), it is a compare and
 * exchange. While a submitted batch waits the loop's thread changes nothing.
 */
enum state {
    STATE_FREE,
    STATE_THERE,
    STATE_HERE,
    STATE_STANDING_IN,
    STATE_BACK, /* it has left the loop, and the loop's own thread does not know yet */
};

/*
 * What is submitted goes through two cells, each with one writer at a time:
 *
 *   loop      submitted = batch -----> thread   takes it out, commits
 *   loop      takes it out   <-------- thread   outcome = ..., is_ready = true, wake()
 *
 * The outcome is written while is_ready is false and read while it is true. Both threads sleep by
 * the protocol of base/parker.h, so what they look at before sleeping is stored and loaded seq_cst.
 *
 * A commit on the loop's thread wakes the other only if that does not watch by itself. The loop's
 * stores began_ns and HERE and then looks at is_watching and the parker; the other lowers
 * is_watching, prepares to sleep, and then looks at began_ns and HERE. So one of them sees it.
 */
struct committer {
    struct store *store;
    struct committer_loop loop;
    pthread_t thread;

    /* The loop's own. */
    bool is_under_way; /* submitted or committed, and not yet taken */
    uint32_t run;      /* commits since the thread had the store */
    uint32_t detour;   /* commits to be submitted before the next is tried on the loop's thread */
    uint32_t slowness; /* how long the next detour will be, roughly */
    uint64_t wakes;

    /* The thread's own. */
    uint64_t seen_ns;   /* of began_ns */
    uint64_t active_ns; /* when it committed last */
    uint64_t tidied_ns; /* the last activity, if all was tidied up after it */

    struct parker parker;      /* the thread's */
    struct parker loop_parker; /* where the loop's thread waits for the loop */
    _Atomic enum state state;
    _Atomic uint64_t began_ns; /* the last commit on the loop's thread */
    atomic_bool is_watching;
    _Atomic(const struct batch *) submitted;
    atomic_bool is_stopping;
    atomic_bool is_ready;
    struct committer_outcome outcome;
};

static bool move(struct committer *committer, enum state from, enum state to)
{
    return atomic_compare_exchange_strong(&committer->state, &from, to);
}

static void perform(struct committer *committer, const struct batch *batch)
{
    struct committer_outcome *outcome = &committer->outcome;
    uint64_t began_ns = clock_now_ns();

    outcome->error = (struct error){.code = ERR_OK};
    outcome->result =
        committer->store->operations->commit(committer->store, batch, &outcome->error);
    outcome->duration_ns = clock_now_ns() - began_ns;
}

/* ---- The thread ---------------------------------------------------------------------------- */

static bool has_work(struct committer *committer)
{
    return atomic_load(&committer->submitted) != NULL || atomic_load(&committer->is_stopping);
}

static bool has_more_to_watch(struct committer *committer)
{
    return !atomic_load_explicit(&committer->is_watching, memory_order_relaxed) &&
           (atomic_load(&committer->state) == STATE_HERE ||
            atomic_load(&committer->began_ns) != committer->seen_ns);
}

static void sleep_until(struct committer *committer, uint64_t deadline_ns)
{
    parker_prepare(&committer->parker);
    if (has_work(committer) || has_more_to_watch(committer))
        parker_cancel(&committer->parker);
    else
        parker_sleep(&committer->parker, deadline_ns);
}

static void tidy(struct committer *committer, enum store_hurry hurry)
{
    if (committer->store->operations->tidy != NULL)
        committer->store->operations->tidy(committer->store, hurry);
}

/* Another commit may have begun since the state was looked at: then it has a stand-in early. */
static void stand_in(struct committer *committer)
{
    if (!move(committer, STATE_HERE, STATE_STANDING_IN))
        return;
    committer->loop.stand_in(committer->loop.owner);
    atomic_store(&committer->state, STATE_BACK);
    parker_wake(&committer->loop_parker);
}

/* True if commits on the loop's thread are to be expected: then the next look is due at
 * *ret_look_ns. */
static bool must_watch(struct committer *committer, uint64_t *ret_look_ns)
{
    bool is_here = atomic_load(&committer->state) == STATE_HERE;
    uint64_t began_ns = atomic_load(&committer->began_ns);
    uint64_t now_ns = clock_now_ns();

    committer->seen_ns = began_ns;
    *ret_look_ns = (is_here ? began_ns : now_ns) + PATIENCE_NS;
    return is_here || now_ns < began_ns + SPELL_NS;
}

/* Tidies up if it is time; returns when it will be. */
static uint64_t tidy_if_idle(struct committer *committer)
{
    uint64_t last_ns =
        committer->seen_ns > committer->active_ns ? committer->seen_ns : committer->active_ns;

    if (last_ns == committer->tidied_ns)
        return UINT64_MAX;
    if (clock_now_ns() < last_ns + IDLE_NS)
        return last_ns + IDLE_NS;
    if (!move(committer, STATE_FREE, STATE_THERE))
        return 0;
    tidy(committer, STORE_IDLE);
    committer->tidied_ns = last_ns;
    atomic_store(&committer->state, STATE_FREE);
    return UINT64_MAX;
}

static void watch_or_sleep(struct committer *committer)
{
    uint64_t look_ns;
    bool is_watching = must_watch(committer, &look_ns);

    atomic_store(&committer->is_watching, is_watching);
    if (!is_watching)
        sleep_until(committer, tidy_if_idle(committer));
    else if (look_ns <= clock_now_ns())
        stand_in(committer);
    else
        sleep_until(committer, look_ns);
}

/* NULL when there will be none. One that was submitted before the stop is still returned. */
static const struct batch *wait_for_batch(struct committer *committer)
{
    while (!has_work(committer))
        watch_or_sleep(committer);
    return atomic_exchange(&committer->submitted, NULL);
}

static void *run(void *argument)
{
    struct committer *committer = argument;
    const struct batch *batch;

    while ((batch = wait_for_batch(committer)) != NULL) {
        atomic_store(&committer->state, STATE_THERE);
        perform(committer, batch);
        committer->active_ns = clock_now_ns();
        atomic_store_explicit(&committer->is_ready, true, memory_order_release);
        committer->loop.wake(committer->loop.owner);
        tidy(committer, STORE_BUSY);
        atomic_store(&committer->state, STATE_FREE);
    }
    return NULL;
}

/* ---- The loop's side ----------------------------------------------------------------------- */

/* With all signals blocked: returns the mask that was. */
static sigset_t block_signals(void)
{
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    return before;
}

static void restore_signals(const sigset_t *before)
{
    (void)pthread_sigmask(SIG_SETMASK, before, NULL);
}

struct committer *committer_new(struct store *store, const struct committer_loop *loop)
{
    struct committer *committer = NEW(struct committer);

    committer->store = store;
    committer->loop = *loop;
    committer->active_ns = clock_now_ns();
    parker_init(&committer->parker);
    parker_init(&committer->loop_parker);
    atomic_init(&committer->state, STATE_FREE);
    atomic_init(&committer->began_ns, 0);
    atomic_init(&committer->is_watching, false);
    atomic_init(&committer->submitted, NULL);
    atomic_init(&committer->is_stopping, false);
    atomic_init(&committer->is_ready, false);

    sigset_t before = block_signals(); /* the new thread inherits that */
    int status = pthread_create(&committer->thread, NULL, run, committer);
    restore_signals(&before);
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
    committer->run = 0;
    atomic_store(&committer->submitted, batch);
    parker_wake(&committer->parker);
}

static void take_loop_back(struct committer *committer)
{
    if (move(committer, STATE_HERE, STATE_FREE))
        return;
    committer->loop.relieve(committer->loop.owner);
    while (atomic_load(&committer->state) != STATE_BACK) {
        parker_prepare(&committer->loop_parker);
        if (atomic_load(&committer->state) == STATE_BACK)
            parker_cancel(&committer->loop_parker);
        else
            parker_sleep(&committer->loop_parker, UINT64_MAX);
    }
    atomic_store(&committer->state, STATE_FREE);
}

static void have_it_watched(struct committer *committer)
{
    if (atomic_load(&committer->is_watching))
        return;
    committer->wakes++;
    parker_wake(&committer->parker);
}

/* The time comes first: who sees HERE sees when it began. */
static bool take_store(struct committer *committer)
{
    atomic_store(&committer->began_ns, clock_now_ns());
    return move(committer, STATE_FREE, STATE_HERE);
}

static bool prefers_thread(struct committer *committer)
{
    if (committer->detour > 0) {
        committer->detour--;
        return true;
    }
    return committer->run + 1 >= COMMITTER_RUN_MAX;
}

/* One slow commit among hundreds of quick ones is soon forgotten. */
static void note_duration(struct committer *committer)
{
    uint32_t *slowness = &committer->slowness;

    if (committer->outcome.duration_ns <= QUICK_NS) {
        *slowness -= *slowness > 0;
        return;
    }
    *slowness = *slowness < COMMITTER_DETOUR_MIN       ? COMMITTER_DETOUR_MIN
                : *slowness > COMMITTER_DETOUR_MAX / 2 ? COMMITTER_DETOUR_MAX
                                                       : *slowness * 2;
    committer->detour = *slowness;
}

void committer_commit(struct committer *committer, const struct batch *batch)
{
    ASSERT(!committer->is_under_way);
    if (prefers_thread(committer) || !take_store(committer)) {
        committer_submit(committer, batch);
        return;
    }
    committer->is_under_way = true;
    committer->run++;
    have_it_watched(committer);
    sigset_t before = block_signals();
    perform(committer, batch);
    restore_signals(&before);
    take_loop_back(committer);
    note_duration(committer);
    atomic_store_explicit(&committer->is_ready, true, memory_order_relaxed);
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

uint64_t committer_wakes(const struct committer *committer)
{
    return committer->wakes;
}
