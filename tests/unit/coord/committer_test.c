/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/io/committer.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parker.h"
#include "tests/support/suite.h"

/* A store that notes what it is asked. All of it happens on the committer's thread, and is looked
 * at while nothing is under way or after the thread has ended. */
struct fake_store {
    struct store store;
    int64_t committed; /* zxid */
    enum err verdict;
    int busy_tidyings;
    _Atomic int idle_tidyings;
};

static enum err fake_commit(struct store *base, const struct batch *batch, struct error *error)
{
    struct fake_store *store = CONTAINER_OF(base, struct fake_store, store);

    store->committed = batch->zxid;
    if (store->verdict != ERR_OK)
        return error_set(error, store->verdict, "as told");
    return ERR_OK;
}

static void fake_tidy(struct store *base, enum store_hurry hurry)
{
    struct fake_store *store = CONTAINER_OF(base, struct fake_store, store);

    if (hurry == STORE_BUSY)
        store->busy_tidyings++;
    else
        atomic_fetch_add(&store->idle_tidyings, 1);
}

static const struct store_operations OPERATIONS = {.commit = fake_commit, .tidy = fake_tidy};
static const struct store_operations UNTIDY_OPERATIONS = {.commit = fake_commit};

/* The loop's side: it sleeps until it is woken. */
struct sleeper {
    struct parker parker;
    _Atomic int wakes;
};

static void sleeper_init(struct sleeper *sleeper)
{
    parker_init(&sleeper->parker);
    atomic_init(&sleeper->wakes, 0);
}

static void wake(void *owner)
{
    struct sleeper *sleeper = owner;

    atomic_fetch_add(&sleeper->wakes, 1);
    parker_wake(&sleeper->parker);
}

/* For tests in which nothing is committed on the loop's thread. */
static void must_not_come(void *owner)
{
    (void)owner;
    ck_abort_msg("nothing was to be stood in for");
}

static struct committer *sleeper_committer(struct sleeper *sleeper, struct fake_store *store)
{
    const struct committer_loop loop = {
        .owner = sleeper, .wake = wake, .stand_in = must_not_come, .relieve = must_not_come};

    return committer_new(&store->store, &loop);
}

static void wait_for_wakes(struct sleeper *sleeper, int count)
{
    while (atomic_load(&sleeper->wakes) < count) {
        parker_prepare(&sleeper->parker);
        if (atomic_load(&sleeper->wakes) < count)
            parker_sleep(&sleeper->parker, UINT64_MAX);
        else
            parker_cancel(&sleeper->parker);
    }
}

START_TEST(each_batch_has_one_outcome)
{
    struct fake_store store = {.store.operations = &OPERATIONS};
    struct committer_outcome outcome;
    struct sleeper sleeper;
    struct batch batch = {.changes = 0};

    sleeper_init(&sleeper);
    AUTO(committer_destroy)
    struct committer *committer = sleeper_committer(&sleeper, &store);
    ck_assert(!committer_take(committer, &outcome));
    for (int i = 1; i <= 2000; i++) {
        batch.zxid = i;
        committer_submit(committer, &batch);
        wait_for_wakes(&sleeper, i);
        ck_assert(committer_take(committer, &outcome));
        ck_assert_int_eq(outcome.result, ERR_OK);
        ck_assert_int_eq(store.committed, i);
        ck_assert(!committer_take(committer, &outcome));
    }
    committer_destroy(&committer);
    ck_assert_int_eq(atomic_load(&sleeper.wakes), 2000);
    ck_assert_int_eq(store.busy_tidyings, 2000);
}
END_TEST

START_TEST(an_error_comes_with_its_story)
{
    struct fake_store store = {.store.operations = &UNTIDY_OPERATIONS, .verdict = ERR_FULL};
    struct committer_outcome outcome;
    struct sleeper sleeper;
    struct batch batch = {.zxid = 1};

    sleeper_init(&sleeper);
    AUTO(committer_destroy)
    struct committer *committer = sleeper_committer(&sleeper, &store);
    committer_submit(committer, &batch);
    wait_for_wakes(&sleeper, 1);
    ck_assert(committer_take(committer, &outcome));
    ck_assert_int_eq(outcome.result, ERR_FULL);
    ck_assert_str_eq(outcome.error.text, "as told");

    store.verdict = ERR_OK;
    committer_submit(committer, &batch);
    wait_for_wakes(&sleeper, 2);
    ck_assert(committer_take(committer, &outcome));
    ck_assert_int_eq(outcome.result, ERR_OK);
    ck_assert_int_eq(outcome.error.code, ERR_OK);
}
END_TEST

START_TEST(the_batch_under_way_is_committed_before_the_end)
{
    for (int i = 1; i <= 200; i++) {
        struct fake_store store = {.store.operations = &OPERATIONS};
        struct sleeper sleeper;
        struct batch batch = {.zxid = i};

        sleeper_init(&sleeper);
        struct committer *committer = sleeper_committer(&sleeper, &store);
        committer_submit(committer, &batch);
        committer_destroy(&committer);
        ck_assert_ptr_null(committer);
        ck_assert_int_eq(store.committed, i);
        ck_assert_int_eq(atomic_load(&sleeper.wakes), 1);
    }
}
END_TEST

START_TEST(the_store_may_tidy_up_once_when_nothing_comes)
{
    struct fake_store store = {.store.operations = &OPERATIONS};
    struct sleeper sleeper;

    sleeper_init(&sleeper);
    AUTO(committer_destroy)
    struct committer *committer = sleeper_committer(&sleeper, &store);
    while (atomic_load(&store.idle_tidyings) == 0) {
        parker_prepare(&sleeper.parker);
        parker_sleep(&sleeper.parker, 0);
    }
    committer_destroy(&committer);
    ck_assert_int_eq(atomic_load(&store.idle_tidyings), 1);
    ck_assert_int_eq(store.busy_tidyings, 0);
}
END_TEST

/* ---- Commits on the loop's thread ---- */

/*
 * A loop that counts its turns, and a disk that stalls: a commit on the loop's thread goes on until
 * the stand-in has taken some turns. `turns` is deliberately not atomic: whoever is in the loop has
 * it.
 */
struct stalled {
    struct store store;
    pthread_t loop;
    enum err verdict;
    struct parker disk;
    _Atomic bool has_stalled; /* the stand-in has taken its turns */
    struct parker rest;       /* of the stand-in, until it is relieved */
    _Atomic bool is_relieved;
    struct parker bell; /* of the loop, until an outcome is ready or all is tidied up */
    _Atomic bool is_rung;
    bool must_stall;
    bool is_stopped; /* the stand-in leaves by itself, as for a signal */
    int turns;
    int stand_ins;
    int relieves;
    int tidyings;
    _Atomic bool is_tidy;
    bool was_here; /* the last commit was on the loop's thread */
};

enum {
    STAND_IN_TURNS = 1000,
};

static void wait_until(struct parker *parker, _Atomic bool *is_true)
{
    while (!atomic_load(is_true)) {
        parker_prepare(parker);
        if (atomic_load(is_true))
            parker_cancel(parker);
        else
            parker_sleep(parker, UINT64_MAX);
    }
}

static void make_true(struct parker *parker, _Atomic bool *is_true)
{
    atomic_store(is_true, true);
    parker_wake(parker);
}

static enum err stalled_commit(struct store *base, const struct batch *batch, struct error *error)
{
    struct stalled *stalled = CONTAINER_OF(base, struct stalled, store);

    (void)batch;
    stalled->was_here = pthread_equal(pthread_self(), stalled->loop) != 0;
    if (stalled->must_stall && stalled->was_here)
        wait_until(&stalled->disk, &stalled->has_stalled);
    if (stalled->verdict != ERR_OK)
        return error_set(error, stalled->verdict, "as told");
    return ERR_OK;
}

static void stalled_tidy(struct store *base, enum store_hurry hurry)
{
    struct stalled *stalled = CONTAINER_OF(base, struct stalled, store);

    if (hurry == STORE_BUSY)
        stalled->tidyings++;
    else
        make_true(&stalled->bell, &stalled->is_tidy);
}

static void stalled_stand_in(void *owner)
{
    struct stalled *stalled = owner;

    stalled->stand_ins++;
    for (int i = 0; i < STAND_IN_TURNS; i++)
        stalled->turns++;
    make_true(&stalled->disk, &stalled->has_stalled);
    if (!stalled->is_stopped)
        wait_until(&stalled->rest, &stalled->is_relieved);
    atomic_store(&stalled->is_relieved, false);
    stalled->turns++;
}

static void stalled_relieve(void *owner)
{
    struct stalled *stalled = owner;

    stalled->relieves++;
    make_true(&stalled->rest, &stalled->is_relieved);
}

static void stalled_wake(void *owner)
{
    struct stalled *stalled = owner;

    make_true(&stalled->bell, &stalled->is_rung);
}

static struct committer *stalled_start(struct stalled *stalled)
{
    static const struct store_operations operations = {.commit = stalled_commit,
                                                       .tidy = stalled_tidy};
    const struct committer_loop loop = {.owner = stalled,
                                        .wake = stalled_wake,
                                        .stand_in = stalled_stand_in,
                                        .relieve = stalled_relieve};

    stalled->store.operations = &operations;
    stalled->loop = pthread_self();
    parker_init(&stalled->disk);
    parker_init(&stalled->rest);
    parker_init(&stalled->bell);
    return committer_new(&stalled->store, &loop);
}

static struct committer_outcome take_one(struct stalled *stalled, struct committer *committer)
{
    struct committer_outcome outcome;

    while (!committer_take(committer, &outcome)) {
        wait_until(&stalled->bell, &stalled->is_rung);
        atomic_store(&stalled->is_rung, false);
    }
    ck_assert(!committer_take(committer, &outcome));
    return outcome;
}

/* By either thread. */
static struct committer_outcome commit_one(struct stalled *stalled, struct committer *committer)
{
    struct batch batch = {.changes = 1};

    committer_commit(committer, &batch);
    return take_one(stalled, committer);
}

/* A machine may be so busy that a fast commit takes long, or that spells end: but not each. */
START_TEST(fast_commits_wake_nobody_but_at_the_beginning_of_a_spell)
{
    enum {
        COMMITS = 20000
    };
    struct stalled stalled = {.turns = 0};
    AUTO(committer_destroy) struct committer *committer = stalled_start(&stalled);

    for (int i = 0; i < COMMITS; i++)
        ck_assert_int_eq(commit_one(&stalled, committer).result, ERR_OK);
    ck_assert_uint_lt(committer_wakes(committer), COMMITS / 20);
    committer_destroy(&committer);
    ck_assert_int_lt(stalled.stand_ins, COMMITS / 20);
    ck_assert_int_ge(stalled.tidyings, COMMITS / COMMITTER_RUN_MAX - 1);
}
END_TEST

/* Commits until one has stalled: it may be the thread's turn. */
static void stall_one(struct stalled *stalled, struct committer *committer)
{
    int before = stalled->stand_ins;

    atomic_store(&stalled->has_stalled, false);
    stalled->must_stall = true;
    while (stalled->stand_ins == before)
        ck_assert_int_eq(commit_one(stalled, committer).result, ERR_OK);
    stalled->must_stall = false;
}

/* As many quick commits as make up for a slow one. */
static void make_up(struct stalled *stalled, struct committer *committer)
{
    for (int i = 0; i < 4 * COMMITTER_DETOUR_MIN; i++)
        (void)commit_one(stalled, committer);
}

START_TEST(while_a_commit_takes_long_somebody_else_is_in_the_loop)
{
    struct stalled stalled = {.turns = 0};
    AUTO(committer_destroy) struct committer *committer = stalled_start(&stalled);

    for (int i = 0; i < 20; i++) {
        stall_one(&stalled, committer);
        stalled.turns++; /* the loop is our own again */
        make_up(&stalled, committer);
    }
    ck_assert_int_eq(stalled.relieves, stalled.stand_ins);
    ck_assert_int_ge(stalled.turns, STAND_IN_TURNS * stalled.stand_ins);
}
END_TEST

/* Nobody watches any more when all is tidied up. */
START_TEST(a_commit_after_a_quiet_time_is_watched)
{
    struct stalled stalled = {.turns = 0};
    AUTO(committer_destroy) struct committer *committer = stalled_start(&stalled);

    for (int i = 0; i < 3; i++) {
        make_up(&stalled, committer);
        atomic_store(&stalled.is_tidy, false);
        (void)commit_one(&stalled, committer);
        wait_until(&stalled.bell, &stalled.is_tidy);
        stall_one(&stalled, committer);
    }
}
END_TEST

START_TEST(after_a_slow_commit_some_are_left_to_the_thread)
{
    struct stalled stalled = {.turns = 0};
    AUTO(committer_destroy) struct committer *committer = stalled_start(&stalled);

    for (int i = 0; i < 10; i++) {
        stall_one(&stalled, committer);
        for (int j = 0; j < COMMITTER_DETOUR_MIN; j++) {
            (void)commit_one(&stalled, committer);
            ck_assert(!stalled.was_here);
        }
        while (!stalled.was_here)
            (void)commit_one(&stalled, committer);
    }
}
END_TEST

START_TEST(a_stand_in_may_leave_by_itself)
{
    struct stalled stalled = {.is_stopped = true};
    AUTO(committer_destroy) struct committer *committer = stalled_start(&stalled);

    stalled.must_stall = true;
    while (stalled.stand_ins == 0)
        ck_assert_int_eq(commit_one(&stalled, committer).result, ERR_OK);
    ck_assert_int_eq(stalled.turns, STAND_IN_TURNS + 1);
}
END_TEST

START_TEST(an_error_on_the_loops_thread_comes_with_its_story)
{
    struct stalled stalled = {.verdict = ERR_FULL, .must_stall = true};
    AUTO(committer_destroy) struct committer *committer = stalled_start(&stalled);

    while (stalled.stand_ins == 0) {
        struct committer_outcome outcome = commit_one(&stalled, committer);
        ck_assert_int_eq(outcome.result, ERR_FULL);
        ck_assert_str_eq(outcome.error.text, "as told");
    }
}
END_TEST

START_TEST(both_ways_of_committing_mix)
{
    struct stalled stalled = {.turns = 0};
    AUTO(committer_destroy) struct committer *committer = stalled_start(&stalled);
    struct batch batch = {.changes = 100};
    int submitted = 0;

    for (int i = 0; i < 2000; i++) {
        for (int j = 0; j < i % 4; j++)
            (void)commit_one(&stalled, committer);
        committer_submit(committer, &batch);
        submitted++;
        (void)take_one(&stalled, committer);
    }
    committer_destroy(&committer);
    ck_assert_int_ge(stalled.tidyings, submitted);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        fast_commits_wake_nobody_but_at_the_beginning_of_a_spell,
        while_a_commit_takes_long_somebody_else_is_in_the_loop,
        a_commit_after_a_quiet_time_is_watched,
        after_a_slow_commit_some_are_left_to_the_thread,
        a_stand_in_may_leave_by_itself,
        an_error_on_the_loops_thread_comes_with_its_story,
        both_ways_of_committing_mix,
        each_batch_has_one_outcome,
        an_error_comes_with_its_story,
        the_batch_under_way_is_committed_before_the_end,
        the_store_may_tidy_up_once_when_nothing_comes,
    };

    return suite_run("committer", tests, sizeof tests / sizeof *tests);
}
