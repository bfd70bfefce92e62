/* SPDX-License-Identifier: Apache-2.0 */
#include "base/parker.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/ring.h"
#include "tests/support/suite.h"

/* Nothing here has a time limit of its own: a lost wake-up hangs, and the test runner ends it. */

START_TEST(a_wake_between_prepare_and_sleep_is_not_lost)
{
    struct parker parker;

    parker_init(&parker);
    parker_prepare(&parker);
    parker_wake(&parker);
    parker_sleep(&parker, UINT64_MAX);
    ck_assert_uint_eq(atomic_load(&parker.state), PARKER_AWAKE);
}
END_TEST

START_TEST(a_wake_of_the_awake_leaves_no_trace)
{
    struct parker parker;

    parker_init(&parker);
    parker_wake(&parker);
    ck_assert_uint_eq(atomic_load(&parker.state), PARKER_AWAKE);
    parker_prepare(&parker);
    ck_assert_uint_eq(atomic_load(&parker.state), PARKER_ASLEEP);
    parker_cancel(&parker);
    ck_assert_uint_eq(atomic_load(&parker.state), PARKER_AWAKE);
}
END_TEST

static void sleep_until(struct parker *parker, uint64_t deadline_ns)
{
    while (clock_now_ns() < deadline_ns) {
        parker_prepare(parker);
        parker_sleep(parker, deadline_ns);
    }
}

START_TEST(a_sleep_ends_at_its_deadline)
{
    struct parker parker;

    parker_init(&parker);
    uint64_t deadline_ns = clock_now_ns() + 1000000;
    sleep_until(&parker, deadline_ns);
    ck_assert_uint_ge(clock_now_ns(), deadline_ns);
    ck_assert_uint_eq(atomic_load(&parker.state), PARKER_AWAKE);
}
END_TEST

START_TEST(a_deadline_in_the_past_does_not_sleep)
{
    struct parker parker;

    parker_init(&parker);
    parker_prepare(&parker);
    parker_sleep(&parker, 0);
    parker_prepare(&parker);
    parker_sleep(&parker, clock_now_ns());
    ck_assert_uint_eq(atomic_load(&parker.state), PARKER_AWAKE);
}
END_TEST

START_TEST(parkers_do_not_share_a_cache_line)
{
    struct parker parkers[2];

    ck_assert_uint_eq((uintptr_t)&parkers[0] % 64, 0);
    ck_assert_uint_ge(sizeof parkers[0], 64);
}
END_TEST

/* One side of a game: a ring to receive from and a place to sleep. */
struct player {
    struct parker parker;
    struct ring inbox;
};

struct game {
    struct player players[2];
};

enum {
    ROUNDS = 20000,
    STREAM = 100000
};

static void give(struct player *to, void *ball)
{
    bool has_room = ring_push(&to->inbox, ball);

    ASSERT(has_room);
    parker_wake(&to->parker);
}

static void *receive(struct player *player)
{
    void *ball;

    while ((ball = ring_pop(&player->inbox)) == NULL) {
        parker_prepare(&player->parker);
        if (ring_is_empty(&player->inbox))
            parker_sleep(&player->parker, UINT64_MAX);
        else
            parker_cancel(&player->parker);
    }
    return ball;
}

static void *return_balls(void *context)
{
    struct game *game = context;

    for (int i = 0; i < ROUNDS; i++)
        give(&game->players[0], receive(&game->players[1]));
    return NULL;
}

static void init_game(struct game *game, uint32_t capacity)
{
    for (size_t i = 0; i < 2; i++) {
        parker_init(&game->players[i].parker);
        ring_init(&game->players[i].inbox, capacity);
    }
}

static void done_game(struct game *game)
{
    for (size_t i = 0; i < 2; i++)
        ring_done(&game->players[i].inbox);
}

START_TEST(two_threads_play_ping_pong_without_losing_the_ball)
{
    struct game game;
    pthread_t other;
    int ball = 0;

    init_game(&game, 1);
    ck_assert_int_eq(pthread_create(&other, NULL, return_balls, &game), 0);
    for (int i = 0; i < ROUNDS; i++) {
        give(&game.players[1], &ball);
        ck_assert_ptr_eq(receive(&game.players[0]), &ball);
    }
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    done_game(&game);
}
END_TEST

/* Counts what arrives and gives every credit back, so that both sides fall asleep now and then. */
static void *drain(void *context)
{
    struct game *game = context;

    for (uintptr_t i = 1; i <= STREAM; i++) {
        void *item = receive(&game->players[1]);
        ASSERT((uintptr_t)item == i);
        give(&game->players[0], item);
    }
    return NULL;
}

START_TEST(a_stream_with_credits_arrives_whole_and_in_order)
{
    enum {
        CREDITS = 8
    };
    struct game game;
    pthread_t other;
    uintptr_t in_flight = 0;

    init_game(&game, CREDITS);
    ck_assert_int_eq(pthread_create(&other, NULL, drain, &game), 0);
    for (uintptr_t i = 1; i <= STREAM; i++) {
        if (in_flight == CREDITS) {
            ck_assert_uint_eq((uintptr_t)receive(&game.players[0]), i - CREDITS);
            in_flight--;
        }
        give(&game.players[1], (void *)i);
        in_flight++;
    }
    for (; in_flight > 0; in_flight--)
        ck_assert_uint_eq((uintptr_t)receive(&game.players[0]), STREAM - in_flight + 1);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    done_game(&game);
}
END_TEST

/* Two threads that start each round at the same moment. */
struct duel {
    struct player sleeper;
    _Atomic uint32_t arrived; /* counts both threads, round after round */
};

enum {
    DUELS = 20000
};

static void meet(struct duel *duel, uint32_t arrived_before)
{
    atomic_fetch_add(&duel->arrived, 1);
    for (uint32_t tries = 1; atomic_load(&duel->arrived) < arrived_before + 2; tries++)
        if (tries % 1000 == 0)
            (void)sched_yield(); /* the other one may be waiting for this processor */
}

static void *push_and_wake(void *context)
{
    struct duel *duel = context;

    for (uint32_t i = 0; i < DUELS; i++) {
        meet(duel, 4 * i);
        (void)atomic_load(&duel->sleeper.parker.state);
        give(&duel->sleeper, duel);
        meet(duel, 4 * i + 2);
    }
    return NULL;
}

/* The store-load protocol at its narrowest. Each side first reads what it will look at, so that its
 * look comes from its own cache while its store is still on the way out: with a weaker order than
 * seq_cst on either side, some of the rounds lose their wake-up. */
START_TEST(either_the_sleeper_sees_the_item_or_the_waker_sees_the_sleeper)
{
    struct duel duel;
    pthread_t waker;
    uint32_t lost = 0;

    parker_init(&duel.sleeper.parker);
    ring_init(&duel.sleeper.inbox, 1);
    atomic_init(&duel.arrived, 0);
    ck_assert_int_eq(pthread_create(&waker, NULL, push_and_wake, &duel), 0);
    for (uint32_t i = 0; i < DUELS; i++) {
        meet(&duel, 4 * i);
        (void)ring_is_empty(&duel.sleeper.inbox);
        parker_prepare(&duel.sleeper.parker);
        bool would_sleep = ring_is_empty(&duel.sleeper.inbox);
        meet(&duel, 4 * i + 2);
        lost += would_sleep && atomic_load(&duel.sleeper.parker.state) == PARKER_ASLEEP;
        parker_cancel(&duel.sleeper.parker);
        ck_assert_ptr_eq(ring_pop(&duel.sleeper.inbox), &duel);
    }
    ck_assert_int_eq(pthread_join(waker, NULL), 0);
    ck_assert_uint_eq(lost, 0);
    ring_done(&duel.sleeper.inbox);
}
END_TEST

struct wakers {
    struct parker parker;
    _Atomic uint32_t arrived;
};

static void *arrive(void *context)
{
    struct wakers *wakers = context;

    atomic_fetch_add(&wakers->arrived, 1);
    parker_wake(&wakers->parker);
    return NULL;
}

START_TEST(several_threads_may_wake_the_same_sleeper)
{
    struct wakers wakers;
    pthread_t threads[4];

    parker_init(&wakers.parker);
    atomic_init(&wakers.arrived, 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, arrive, &wakers), 0);
    while (atomic_load(&wakers.arrived) < COUNT_OF(threads)) {
        parker_prepare(&wakers.parker);
        if (atomic_load(&wakers.arrived) < COUNT_OF(threads))
            parker_sleep(&wakers.parker, UINT64_MAX);
        else
            parker_cancel(&wakers.parker);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_wake_between_prepare_and_sleep_is_not_lost,
        a_wake_of_the_awake_leaves_no_trace,
        a_sleep_ends_at_its_deadline,
        a_deadline_in_the_past_does_not_sleep,
        parkers_do_not_share_a_cache_line,
        two_threads_play_ping_pong_without_losing_the_ball,
        a_stream_with_credits_arrives_whole_and_in_order,
        either_the_sleeper_sees_the_item_or_the_waker_sees_the_sleeper,
        several_threads_may_wake_the_same_sleeper,
    };
    return suite_run("parker", tests, sizeof tests / sizeof *tests);
}
