/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/latch.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

#define PATH    "/latches/l"
#define PARTIES 3
#define USERS   5

struct user {
    struct latch latch;
    struct coord_model *model;
    size_t client;
    size_t counted;
    size_t opened;
};

static void step(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    struct user *user = actor;

    switch (latch_step(&user->latch, event, calls)) {
    case LATCH_NO_NEWS:
        break;
    case LATCH_COUNTED:
        user->counted++;
        break;
    case LATCH_OPEN:
        ck_assert_uint_ge(coord_model_children(user->model, PATH), PARTIES);
        user->opened++;
        break;
    case LATCH_FAILED:
        latch_retry(&user->latch, calls);
        break;
    }
}

static struct coord_model *set_up(uint64_t seed, struct user *users)
{
    struct coord_model *model = coord_model_new(seed);

    for (size_t i = 0; i < USERS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "user%zu", i);
        users[i] = (struct user){.model = model};
        latch_init(&users[i].latch, 3, PATH, name, PARTIES);
        users[i].client = coord_model_add(model, step, &users[i]);
    }
    return model;
}

static void order(struct user *user, void (*what)(struct latch *, struct coord_calls *))
{
    struct coord_calls calls = {.items = NULL};

    what(&user->latch, &calls);
    coord_model_send(user->model, user->client, &calls);
    coord_calls_done(&calls);
}

START_TEST(it_opens_when_all_have_counted_down)
{
    struct user users[USERS];
    struct coord_model *model = set_up(1, users);

    order(&users[4], latch_wait);
    for (size_t i = 0; i < PARTIES; i++) {
        ck_assert(coord_model_calm(model, 1000));
        ck_assert_uint_eq(users[4].opened, 0);
        order(&users[i], latch_count_down);
        order(&users[i], latch_count_down); /* counts once */
    }
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(users[4].opened, 1);
    order(&users[3], latch_wait); /* it stays open */
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(users[3].opened, 1);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(who_stops_hears_no_more)
{
    struct user users[USERS];
    struct coord_model *model = set_up(2, users);

    order(&users[4], latch_wait);
    ck_assert(coord_model_calm(model, 1000));
    latch_stop(&users[4].latch);
    for (size_t i = 0; i < PARTIES; i++)
        order(&users[i], latch_count_down);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(users[4].opened, 0);
    coord_model_destroy(&model);
}
END_TEST

static void live_through(uint64_t seed)
{
    struct user users[USERS];
    struct coord_model *model = set_up(seed, users);
    size_t ordered = 0;

    for (size_t i = 0; i < USERS; i++)
        order(&users[i], latch_wait);
    for (size_t turn = 0; turn < 1000; turn++) {
        (void)coord_model_turn(model, 50);
        if (turn % 250 == 200 && ordered < PARTIES)
            order(&users[ordered++], latch_count_down);
    }
    ck_assert(coord_model_calm(model, 1000));
    for (size_t i = 0; i < USERS; i++)
        ck_assert_msg(users[i].opened == 1 && users[i].counted == (i < PARTIES),
                      "seed %" PRIu64 " user %zu", seed, i);
    coord_model_destroy(&model);
}

START_TEST(with_random_faults_it_opens_once_and_never_early)
{
    for (uint64_t seed = 1; seed <= 100; seed++)
        live_through(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        it_opens_when_all_have_counted_down,
        who_stops_hears_no_more,
        with_random_faults_it_opens_once_and_never_early,
    };
    return suite_run("latch", tests, sizeof tests / sizeof *tests);
}
