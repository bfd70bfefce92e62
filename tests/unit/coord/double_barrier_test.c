/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/double_barrier.h"

#include <inttypes.h>

#include "base/mem.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

#define PATH    "/barriers/b"
#define MEMBERS "/barriers/b/members"
#define READY   "/barriers/b/ready"
#define PARTIES 3

struct party {
    struct double_barrier *barrier;
    struct coord_model *model;
    size_t client;
    bool is_in;
    int64_t round; /* czxid of the round it entered by */
    size_t entered;
    size_t left;
    enum double_barrier_verdict last;
};

/* Its own node stood there when the round began. */
static void expect_in_time(const struct party *party)
{
    const struct message_stat *ready = coord_model_stat(party->model, READY);
    int64_t own = coord_model_owned(party->model, party->client);

    if (own != 0 && ready != NULL)
        ck_assert_int_lt(own, ready->czxid);
}

static void follow(struct party *party, enum double_barrier_verdict verdict,
                   struct coord_calls *calls)
{
    if (verdict != DOUBLE_BARRIER_NO_NEWS)
        party->last = verdict;
    switch (verdict) {
    case DOUBLE_BARRIER_NO_NEWS:
        break;
    case DOUBLE_BARRIER_ENTERED:
        ck_assert(!party->is_in);
        expect_in_time(party);
        party->is_in = true;
        party->entered++;
        break;
    case DOUBLE_BARRIER_LEFT:
        party->left++;
        break;
    case DOUBLE_BARRIER_LOST:
        ck_assert(party->is_in);
        party->is_in = false;
        break;
    case DOUBLE_BARRIER_FAILED:
        double_barrier_retry(party->barrier, calls);
        break;
    }
}

static void step(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    struct party *party = actor;

    follow(party, double_barrier_step(party->barrier, event, calls), calls);
}

static struct coord_model *set_up(uint64_t seed, struct party *parties, size_t count)
{
    struct coord_model *model = coord_model_new(seed);

    for (size_t i = 0; i < count; i++) {
        parties[i] = (struct party){.model = model};
        parties[i].barrier = double_barrier_new(9, PATH, PARTIES, coord_model_rng(model));
        parties[i].client = coord_model_add(model, step, &parties[i]);
    }
    return model;
}

static void tear_down(struct coord_model **model, struct party *parties, size_t count)
{
    for (size_t i = 0; i < count; i++)
        double_barrier_destroy(&parties[i].barrier);
    coord_model_destroy(model);
}

static void enter(struct party *party)
{
    struct coord_calls calls = {.items = NULL};

    double_barrier_enter(party->barrier, &calls);
    coord_model_send(party->model, party->client, &calls);
    coord_calls_done(&calls);
}

static bool leave(struct party *party)
{
    struct coord_calls calls = {.items = NULL};
    bool is_out = double_barrier_leave(party->barrier, &calls);

    party->is_in = false;
    coord_model_send(party->model, party->client, &calls);
    coord_calls_done(&calls);
    return is_out;
}

static void settle(struct coord_model *model)
{
    ck_assert(coord_model_calm(model, 20000));
}

START_TEST(they_enter_together_and_leave_together_again_and_again)
{
    struct party parties[PARTIES];
    struct coord_model *model = set_up(1, parties, PARTIES);

    settle(model);
    for (size_t round = 1; round <= 3; round++) {
        for (size_t i = 0; i < PARTIES; i++) {
            ck_assert_uint_eq(parties[0].entered, round - 1);
            enter(&parties[i]);
            settle(model);
        }
        for (size_t i = 0; i < PARTIES; i++)
            ck_assert_uint_eq(parties[i].entered, round);
        for (size_t i = 0; i < PARTIES; i++) {
            ck_assert_uint_eq(parties[0].left, round - 1);
            ck_assert(!leave(&parties[i]));
            settle(model);
        }
        for (size_t i = 0; i < PARTIES; i++)
            ck_assert_uint_eq(parties[i].left, round);
        ck_assert_ptr_null(coord_model_stat(model, READY));
    }
    tear_down(&model, parties, PARTIES);
}
END_TEST

START_TEST(a_party_that_dies_is_not_waited_for)
{
    struct party parties[PARTIES];
    struct coord_model *model = set_up(2, parties, PARTIES);

    settle(model);
    for (size_t i = 0; i < PARTIES; i++)
        enter(&parties[i]);
    settle(model);
    (void)leave(&parties[0]);
    (void)leave(&parties[1]);
    settle(model);
    ck_assert_uint_eq(parties[0].left, 0);
    coord_model_expire(model, 2);
    settle(model);
    ck_assert_uint_eq(parties[0].left, 1);
    ck_assert_uint_eq(parties[1].left, 1);
    ck_assert_int_eq(parties[2].last, DOUBLE_BARRIER_LOST);
    tear_down(&model, parties, PARTIES);
}
END_TEST

START_TEST(what_a_round_has_left_behind_lets_nobody_in)
{
    struct party parties[PARTIES];
    struct coord_model *model = set_up(3, parties, PARTIES);

    settle(model);
    for (size_t i = 0; i < PARTIES; i++)
        enter(&parties[i]);
    settle(model);
    for (size_t i = 0; i < PARTIES; i++)
        coord_model_expire(model, i);
    settle(model);
    ck_assert_ptr_nonnull(coord_model_stat(model, READY));
    enter(&parties[0]);
    settle(model);
    ck_assert_uint_eq(parties[0].entered, 1);
    ck_assert_ptr_null(coord_model_stat(model, READY));
    enter(&parties[1]);
    enter(&parties[2]);
    settle(model);
    for (size_t i = 0; i < PARTIES; i++)
        ck_assert_uint_eq(parties[i].entered, 2);
    tear_down(&model, parties, PARTIES);
}
END_TEST

START_TEST(who_changes_its_mind_is_out)
{
    for (size_t turns = 0; turns < 30; turns++) {
        struct party parties[PARTIES];
        struct coord_model *model = set_up(4, parties, PARTIES);

        settle(model);
        enter(&parties[0]);
        for (size_t i = 0; i < turns; i++)
            (void)coord_model_turn(model, 0);
        bool is_out = leave(&parties[0]);
        settle(model);
        ck_assert(is_out != (parties[0].left == 1));
        ck_assert_uint_eq(coord_model_children(model, MEMBERS), 0);
        tear_down(&model, parties, PARTIES);
    }
}
END_TEST

START_TEST(who_comes_a_moment_too_late_waits_for_the_next_round)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct party parties[PARTIES + 1];
        struct coord_model *model = set_up(seed, parties, PARTIES + 1);
        size_t entered = 0;

        settle(model);
        for (size_t i = 0; i <= PARTIES; i++)
            enter(&parties[i]);
        settle(model);
        for (size_t i = 0; i <= PARTIES; i++)
            entered += parties[i].is_in;
        ck_assert_uint_ge(entered, PARTIES);
        tear_down(&model, parties, PARTIES + 1);
    }
}
END_TEST

START_TEST(a_create_that_slips_into_the_next_session_blocks_nobody)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct party party;
        struct coord_model *model = set_up(seed, &party, 1);

        settle(model);
        enter(&party);
        for (size_t turns = seed % 20; turns > 0; turns--)
            (void)coord_model_turn(model, 0);
        coord_model_expire(model, 0);
        coord_model_connect(model, 0); /* it hears of both later */
        settle(model);
        ck_assert_msg(coord_model_children(model, MEMBERS) == 1, "seed %" PRIu64, seed);
        (void)leave(&party);
        settle(model);
        ck_assert_msg(coord_model_children(model, MEMBERS) == 0, "seed %" PRIu64, seed);
        tear_down(&model, &party, 1);
    }
}
END_TEST

/* ---- property ---- */

#define CROWD 5 /* more than a round needs */

/* When a round begins, so many are there; nobody is let in but by a round. */
static void expect_full_rounds(const struct coord_model *model, int64_t *last_round)
{
    const struct message_stat *ready = coord_model_stat(model, READY);

    if (ready == NULL || ready->czxid == *last_round)
        return;
    *last_round = ready->czxid;
    ck_assert_uint_ge(coord_model_children(model, MEMBERS), PARTIES);
}

static void expect_entered_by_round(struct party *party, size_t entered_before, int64_t last_round)
{
    if (party->entered == entered_before)
        return;
    ck_assert_int_ne(last_round, 0);
    ck_assert_int_gt(last_round, party->round); /* a new one each time it enters */
    party->round = last_round;
}

static size_t live_through(uint64_t seed)
{
    struct party parties[CROWD];
    struct coord_model *model = set_up(seed, parties, CROWD);
    struct rng *rng = coord_model_rng(model);
    int64_t last_round = 0;
    size_t entered = 0;

    for (size_t turn = 0; turn < 4000; turn++) {
        size_t before[CROWD];
        struct party *any = &parties[rng_below(rng, CROWD)];

        for (size_t i = 0; i < CROWD; i++)
            before[i] = parties[i].entered;
        (void)coord_model_turn(model, 10);
        expect_full_rounds(model, &last_round);
        for (size_t i = 0; i < CROWD; i++)
            expect_entered_by_round(&parties[i], before[i], last_round);
        if (any->is_in && rng_below(rng, 4) == 0)
            (void)leave(any);
        else if (!any->is_in)
            enter(any);
        if (rng_below(rng, 100) == 0)
            (void)leave(any);
    }
    settle(model);
    for (size_t round = 0; round < 3; round++) /* until everybody is out */
        for (size_t i = 0; i < CROWD; i++) {
            (void)leave(&parties[i]);
            settle(model);
        }
    ck_assert_uint_eq(coord_model_children(model, MEMBERS), 0);
    for (size_t i = 0; i < PARTIES; i++) {
        entered += parties[i].entered;
        size_t before = parties[i].entered;
        enter(&parties[i]);
        settle(model);
        ck_assert_msg(i + 1 == PARTIES || parties[i].entered == before, "seed %" PRIu64, seed);
    }
    for (size_t i = 0; i < PARTIES; i++)
        ck_assert_msg(parties[i].is_in, "seed %" PRIu64 " party %zu", seed, i);
    tear_down(&model, parties, CROWD);
    return entered;
}

START_TEST(with_random_faults_nobody_enters_early_and_nobody_is_stuck)
{
    size_t entered = 0;

    for (uint64_t seed = 1; seed <= 40; seed++)
        entered += live_through(seed);
    ck_assert_uint_gt(entered, 100);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        they_enter_together_and_leave_together_again_and_again,
        a_party_that_dies_is_not_waited_for,
        what_a_round_has_left_behind_lets_nobody_in,
        who_changes_its_mind_is_out,
        who_comes_a_moment_too_late_waits_for_the_next_round,
        a_create_that_slips_into_the_next_session_blocks_nobody,
        with_random_faults_nobody_enters_early_and_nobody_is_stuck,
    };
    return suite_run("double_barrier", tests, sizeof tests / sizeof *tests);
}
