/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/lock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

#define PATH  "/locks/disk"
#define USERS 5

struct user {
    struct lock lock;
    struct coord_model *model;
    size_t client;
    enum lock_verdict last;
    uint64_t greatest; /* epoch it held the lock in */
    size_t times;      /* it was taken */
};

static void follow(struct user *user, enum lock_verdict verdict, struct coord_calls *calls)
{
    if (verdict != LOCK_NO_NEWS)
        user->last = verdict;
    if (verdict == LOCK_TAKEN) {
        user->times++;
        ck_assert_uint_gt(lock_fence(&user->lock)->epoch, user->greatest);
        user->greatest = lock_fence(&user->lock)->epoch;
    }
    if (verdict == LOCK_FAILED)
        lock_retry(&user->lock, calls);
}

static void step(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    struct user *user = actor;

    follow(user, lock_step(&user->lock, event, calls), calls);
}

/* Users with an odd index share. */
static struct coord_model *set_up(uint64_t seed, struct user *users, size_t count)
{
    struct coord_model *model = coord_model_new(seed);

    for (size_t i = 0; i < count; i++) {
        users[i] = (struct user){.model = model};
        lock_init(&users[i].lock, (uint32_t)i + 1, PATH, i % 2 == 0 ? SEAT_EXCLUSIVE : SEAT_SHARED,
                  "test", coord_model_rng(model));
        users[i].client = coord_model_add(model, step, &users[i]);
    }
    return model;
}

static void take(struct user *user)
{
    struct coord_calls calls = {.items = NULL};

    lock_take(&user->lock, &calls);
    coord_model_send(user->model, user->client, &calls);
    coord_calls_done(&calls);
}

static bool release(struct user *user)
{
    struct coord_calls calls = {.items = NULL};
    bool is_done = lock_release(&user->lock, &calls);

    coord_model_send(user->model, user->client, &calls);
    coord_calls_done(&calls);
    return is_done;
}

static void settle(struct coord_model *model)
{
    ck_assert(coord_model_calm(model, 5000));
}

START_TEST(an_exclusive_lock_excludes_until_it_is_released)
{
    struct user users[3];
    struct coord_model *model = set_up(1, users, 3);

    settle(model);
    take(&users[0]);
    settle(model);
    take(&users[2]);
    settle(model);
    ck_assert(lock_is_held(&users[0].lock));
    ck_assert(!lock_is_held(&users[2].lock));
    ck_assert(!release(&users[0]));
    ck_assert(!lock_is_held(&users[0].lock));
    settle(model);
    ck_assert_int_eq(users[0].last, LOCK_RELEASED);
    ck_assert(lock_is_held(&users[2].lock));
    coord_model_destroy(&model);
}
END_TEST

START_TEST(shared_ones_hold_together_and_exclude_the_exclusive)
{
    struct user users[4];
    struct coord_model *model = set_up(2, users, 4);

    settle(model);
    take(&users[1]);
    settle(model);
    take(&users[3]);
    settle(model);
    take(&users[0]);
    settle(model);
    ck_assert(lock_is_held(&users[1].lock) && lock_is_held(&users[3].lock));
    ck_assert(!lock_is_held(&users[0].lock));
    (void)release(&users[3]);
    settle(model);
    ck_assert(!lock_is_held(&users[0].lock));
    (void)release(&users[1]);
    settle(model);
    ck_assert(lock_is_held(&users[0].lock));
    take(&users[1]); /* behind the exclusive one */
    settle(model);
    ck_assert(!lock_is_held(&users[1].lock));
    coord_model_destroy(&model);
}
END_TEST

START_TEST(a_wait_can_be_given_up_at_any_moment)
{
    for (size_t turns = 0; turns < 20; turns++) {
        struct user users[3];
        struct coord_model *model = set_up(3, users, 3);

        settle(model);
        take(&users[0]);
        settle(model);
        take(&users[2]);
        for (size_t i = 0; i < turns; i++)
            (void)coord_model_turn(model, 0);
        bool is_done = release(&users[2]);
        settle(model);
        ck_assert(is_done != (users[2].last == LOCK_RELEASED));
        ck_assert_uint_eq(coord_model_children(model, PATH), 1);
        ck_assert(release(&users[2]));
        coord_model_destroy(&model);
    }
}
END_TEST

START_TEST(an_expired_holder_has_lost_it_and_does_not_take_it_by_itself)
{
    struct user user;
    struct coord_model *model = set_up(4, &user, 1);

    settle(model);
    take(&user);
    settle(model);
    struct fence fence = *lock_fence(&user.lock);
    ck_assert_ptr_nonnull(coord_model_stat(model, fence.path));
    coord_model_cut(model, 0);
    while (coord_model_turn(model, 0))
        continue;
    ck_assert_int_eq(user.last, LOCK_SUSPENDED);
    ck_assert_ptr_null(lock_fence(&user.lock));
    settle(model);
    ck_assert_int_eq(user.last, LOCK_RESUMED);
    coord_model_expire(model, 0);
    settle(model);
    ck_assert_int_eq(user.last, LOCK_LOST);
    ck_assert_uint_eq(coord_model_children(model, PATH), 0);
    ck_assert_ptr_null(coord_model_stat(model, fence.path)); /* fenced writes are refused */
    take(&user);
    settle(model);
    ck_assert(lock_is_held(&user.lock));
    coord_model_destroy(&model);
}
END_TEST

START_TEST(a_create_whose_answer_is_lost_is_found_even_if_it_comes_late)
{
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct user users[1];
        struct coord_model *model = set_up(seed, users, 1);

        settle(model);
        take(&users[0]);
        settle(model);
        (void)release(&users[0]);
        settle(model); /* the directory exists now */
        take(&users[0]);
        coord_model_cut(model, 0);
        settle(model);
        ck_assert(lock_is_held(&users[0].lock));
        ck_assert_msg(coord_model_children(model, PATH) == 1, "seed %" PRIu64, seed);
        coord_model_destroy(&model);
    }
}
END_TEST

START_TEST(a_create_that_slips_into_the_next_session_is_found)
{
    struct user user;
    struct coord_model *model = set_up(5, &user, 1);

    settle(model);
    take(&user);
    settle(model);
    (void)release(&user);
    settle(model); /* the directory exists now */
    coord_model_expire(model, 0);
    coord_model_connect(model, 0);
    take(&user); /* it has not heard of the end of its session */
    settle(model);
    ck_assert(lock_is_held(&user.lock));
    ck_assert_uint_eq(coord_model_children(model, PATH), 1);
    coord_model_destroy(&model);
}
END_TEST

static void expect_exclusion(const struct coord_model *model, const struct user *users)
{
    size_t exclusive = 0;
    size_t shared = 0;

    for (size_t i = 0; i < USERS; i++) {
        if (coord_model_session(model, i) == 0 || !lock_is_held(&users[i].lock))
            continue;
        struct coord_model *same = users[i].model;
        if (coord_model_stat(same, lock_fence(&users[i].lock)->path) == NULL)
            continue; /* the end of its session is on its way to it */
        if (i % 2 == 0)
            exclusive++;
        else
            shared++;
    }
    ck_assert_uint_le(exclusive, 1);
    ck_assert(exclusive == 0 || shared == 0);
}

static void live_through(uint64_t seed)
{
    struct user users[USERS];
    struct coord_model *model = set_up(seed, users, USERS);

    for (size_t turn = 0; turn < 3000; turn++) {
        struct user *any = &users[rng_below(coord_model_rng(model), USERS)];
        uint32_t what = rng_below(coord_model_rng(model), 100);

        (void)coord_model_turn(model, 30);
        if (what < 5)
            take(any);
        else if (what < 10)
            (void)release(any);
        expect_exclusion(model, users);
    }
    settle(model);
    for (size_t i = 0; i < USERS; i++) { /* everyone gets it once the ones before let go */
        for (size_t j = 0; j < USERS; j++)
            (void)release(&users[j]);
        settle(model);
        ck_assert_uint_eq(coord_model_children(model, PATH), 0);
        size_t before = users[i].times;
        take(&users[i]);
        settle(model);
        ck_assert_msg(users[i].times == before + 1, "seed %" PRIu64 " user %zu", seed, i);
    }
    coord_model_destroy(&model);
}

START_TEST(with_random_faults_it_excludes_and_everyone_gets_it)
{
    for (uint64_t seed = 1; seed <= 100; seed++)
        live_through(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_exclusive_lock_excludes_until_it_is_released,
        shared_ones_hold_together_and_exclude_the_exclusive,
        a_wait_can_be_given_up_at_any_moment,
        an_expired_holder_has_lost_it_and_does_not_take_it_by_itself,
        a_create_whose_answer_is_lost_is_found_even_if_it_comes_late,
        a_create_that_slips_into_the_next_session_is_found,
        with_random_faults_it_excludes_and_everyone_gets_it,
    };
    return suite_run("lock", tests, sizeof tests / sizeof *tests);
}
