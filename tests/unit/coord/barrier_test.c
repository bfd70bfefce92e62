/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/barrier.h"

#include <inttypes.h>

#include "base/mem.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

#define PATH    "/barriers/start"
#define WAITERS 3

struct user {
    struct barrier barrier;
    struct coord_model *model;
    size_t client;
    enum barrier_verdict last;
    size_t passed;
};

static void step(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    struct user *user = actor;
    enum barrier_verdict verdict = barrier_step(&user->barrier, event, calls);

    if (verdict != BARRIER_NO_NEWS)
        user->last = verdict;
    user->passed += verdict == BARRIER_PASSED;
    if (verdict == BARRIER_FAILED)
        barrier_retry(&user->barrier, calls);
}

static struct coord_model *set_up(uint64_t seed, struct user *users, size_t count)
{
    struct coord_model *model = coord_model_new(seed);

    for (size_t i = 0; i < count; i++) {
        users[i] = (struct user){.model = model};
        barrier_init(&users[i].barrier, 3, PATH);
        users[i].client = coord_model_add(model, step, &users[i]);
    }
    return model;
}

static void order(struct user *user, void (*what)(struct barrier *, struct coord_calls *))
{
    struct coord_calls calls = {.items = NULL};

    user->last = BARRIER_NO_NEWS;
    what(&user->barrier, &calls);
    coord_model_send(user->model, user->client, &calls);
    coord_calls_done(&calls);
}

START_TEST(it_holds_back_until_it_is_lowered)
{
    struct user users[2];
    struct coord_model *model = set_up(1, users, 2);

    order(&users[0], barrier_raise);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_int_eq(users[0].last, BARRIER_RAISED);
    order(&users[1], barrier_wait);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(users[1].passed, 0);
    order(&users[0], barrier_lower);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_int_eq(users[0].last, BARRIER_LOWERED);
    ck_assert_uint_eq(users[1].passed, 1);
    order(&users[1], barrier_wait); /* there is none: pass at once */
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(users[1].passed, 2);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(who_stops_waiting_does_not_pass)
{
    struct user users[2];
    struct coord_model *model = set_up(2, users, 2);

    order(&users[0], barrier_raise);
    order(&users[1], barrier_wait);
    ck_assert(coord_model_calm(model, 1000));
    users[1].passed = 0;
    order(&users[1], barrier_wait);
    ck_assert(coord_model_calm(model, 1000));
    barrier_stop(&users[1].barrier);
    order(&users[0], barrier_lower);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(users[1].passed, 0);
    coord_model_destroy(&model);
}
END_TEST

/* The barrier goes up once, before anybody waits, and down once. */
static void live_through(uint64_t seed)
{
    struct user users[WAITERS + 1];
    struct coord_model *model = set_up(seed, users, WAITERS + 1);
    struct user *keeper = &users[WAITERS];

    order(keeper, barrier_raise);
    ck_assert(coord_model_calm(model, 1000));
    for (size_t i = 0; i < WAITERS; i++)
        order(&users[i], barrier_wait);
    for (size_t turn = 0; turn < 1000; turn++) {
        (void)coord_model_turn(model, 50);
        if (turn == 500)
            order(keeper, barrier_lower);
        for (size_t i = 0; i < WAITERS; i++)
            ck_assert(users[i].passed == 0 || coord_model_stat(model, PATH) == NULL);
    }
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_int_eq(keeper->last, BARRIER_LOWERED);
    for (size_t i = 0; i < WAITERS; i++)
        ck_assert_msg(users[i].passed == 1, "seed %" PRIu64, seed);
    coord_model_destroy(&model);
}

START_TEST(with_random_faults_nobody_passes_early_and_all_pass)
{
    for (uint64_t seed = 1; seed <= 100; seed++)
        live_through(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        it_holds_back_until_it_is_lowered,
        who_stops_waiting_does_not_pass,
        with_random_faults_nobody_passes_early_and_all_pass,
    };
    return suite_run("barrier", tests, sizeof tests / sizeof *tests);
}
