/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/counter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

#define PATH  "/counters/c"
#define USERS 4

struct user {
    struct counter counter;
    struct coord_model *model;
    size_t client;
    int64_t added; /* in all, as reported */
    int64_t open;  /* under way */
    size_t conflicts;
};

static void step(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    struct user *user = actor;

    switch (counter_step(&user->counter, event, calls)) {
    case COUNTER_NO_NEWS:
        break;
    case COUNTER_ADDED:
        user->added += user->open;
        user->open = 0;
        break;
    case COUNTER_CONFLICT:
        user->conflicts++;
        counter_retry(&user->counter, calls);
        break;
    case COUNTER_FAILED:
        counter_retry(&user->counter, calls);
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
        counter_init(&users[i].counter, (uint32_t)i + 1, PATH, name, coord_model_rng(model));
        users[i].client = coord_model_add(model, step, &users[i]);
    }
    return model;
}

static bool add(struct user *user, int64_t delta)
{
    struct coord_calls calls = {.items = NULL};
    bool is_accepted = counter_add(&user->counter, delta, &calls);

    if (is_accepted)
        user->open = delta;
    coord_model_send(user->model, user->client, &calls);
    coord_calls_done(&calls);
    return is_accepted;
}

static int64_t value(const struct coord_model *model)
{
    const char *data = coord_model_data(model, PATH);

    return data == NULL ? 0 : strtoll(data, NULL, 10);
}

START_TEST(one_adds_after_the_other)
{
    struct user users[USERS];
    struct coord_model *model = set_up(1, users);

    ck_assert(add(&users[0], 5));
    ck_assert(!add(&users[0], 5)); /* one at a time */
    ck_assert(coord_model_calm(model, 1000));
    ck_assert(add(&users[1], -7));
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_int_eq(users[1].counter.value, -2);
    ck_assert_str_eq(coord_model_data(model, PATH), "-2");
    coord_model_destroy(&model);
}
END_TEST

START_TEST(what_is_no_number_is_left_alone)
{
    struct user users[USERS];
    struct coord_model *model = set_up(2, users);
    struct coord_call spoil = {
        .kind = COORD_SET, .path = PATH, .data = "12x", .size = 3, .version = COORD_ANY_VERSION};

    ck_assert(coord_model_calm(model, 1000));
    ck_assert_int_eq(coord_model_do(model, &spoil), COORD_OK);
    struct coord_calls calls = {.items = NULL};
    ck_assert(counter_add(&users[0].counter, 1, &calls));
    struct coord_call call;
    ck_assert(coord_calls_pop(&calls, &call));
    char data[] = "12x";
    struct coord_event event = {
        .kind = COORD_ANSWERED, .tag = call.tag, .call = COORD_GET, .data = data, .size = 3};
    ck_assert_int_eq(counter_step(&users[0].counter, &event, &calls), COUNTER_FAILED);
    ck_assert_int_eq(users[0].counter.error, COORD_DATA_INCONSISTENCY);
    coord_call_done(&call);
    coord_calls_done(&calls);
    ck_assert_str_eq(coord_model_data(model, PATH), "12x");
    coord_model_destroy(&model);
}
END_TEST

static size_t live_through(uint64_t seed)
{
    struct user users[USERS];
    struct coord_model *model = set_up(seed, users);
    struct rng *rng = coord_model_rng(model);
    size_t conflicts = 0;
    int64_t sum = 0;

    for (size_t turn = 0; turn < 2500; turn++) {
        (void)coord_model_turn(model, 40);
        if (rng_below(rng, 10) == 0)
            (void)add(&users[rng_below(rng, USERS)], 1 + rng_below(rng, 9));
    }
    ck_assert(coord_model_calm(model, 5000));
    for (size_t i = 0; i < USERS; i++) {
        ck_assert_msg(users[i].open == 0, "seed %" PRIu64, seed);
        sum += users[i].added;
        conflicts += users[i].conflicts;
    }
    ck_assert_msg(value(model) == sum, "seed %" PRIu64, seed);
    coord_model_destroy(&model);
    return conflicts;
}

START_TEST(with_random_faults_it_counts_exactly)
{
    size_t conflicts = 0;

    for (uint64_t seed = 1; seed <= 60; seed++)
        conflicts += live_through(seed);
    ck_assert_uint_gt(conflicts, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        one_adds_after_the_other,
        what_is_no_number_is_left_alone,
        with_random_faults_it_counts_exactly,
    };
    return suite_run("counter", tests, sizeof tests / sizeof *tests);
}
