/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/io/committer.h"

#include <stdatomic.h>

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
    struct committer *committer = committer_new(&store.store, wake, &sleeper);
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
    struct committer *committer = committer_new(&store.store, wake, &sleeper);
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
        struct committer *committer = committer_new(&store.store, wake, &sleeper);
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
    struct committer *committer = committer_new(&store.store, wake, &sleeper);
    while (atomic_load(&store.idle_tidyings) == 0) {
        parker_prepare(&sleeper.parker);
        parker_sleep(&sleeper.parker, 0);
    }
    committer_destroy(&committer);
    ck_assert_int_eq(atomic_load(&store.idle_tidyings), 1);
    ck_assert_int_eq(store.busy_tidyings, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_batch_has_one_outcome,
        an_error_comes_with_its_story,
        the_batch_under_way_is_committed_before_the_end,
        the_store_may_tidy_up_once_when_nothing_comes,
    };

    return suite_run("committer", tests, sizeof tests / sizeof *tests);
}
