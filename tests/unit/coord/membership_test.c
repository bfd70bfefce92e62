/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/membership.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

#define PATH    "/supervisors"
#define MEMBERS 4

struct member {
    struct membership *membership;
    struct coord_model *model;
    size_t client;
    char path[64];
    char data[32];
    enum membership_verdict last;
};

static void step(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    struct member *member = actor;
    enum membership_verdict verdict = membership_step(member->membership, event, calls);

    if (verdict != MEMBERSHIP_NO_NEWS)
        member->last = verdict;
    if (verdict == MEMBERSHIP_FAILED)
        membership_retry(member->membership, calls);
}

static void order(struct member *member, void (*what)(struct member *, struct coord_calls *))
{
    struct coord_calls calls = {.items = NULL};

    what(member, &calls);
    coord_model_send(member->model, member->client, &calls);
    coord_calls_done(&calls);
}

static void join(struct member *member, struct coord_calls *calls)
{
    membership_join(member->membership, calls);
}

static void leave(struct member *member, struct coord_calls *calls)
{
    (void)membership_leave(member->membership, calls);
}

static void say(struct member *member, struct coord_calls *calls)
{
    membership_set(member->membership, member->data, strlen(member->data), calls);
}

static void add(struct coord_model *model, struct member *member, const char *name)
{
    *member = (struct member){.model = model, .data = "hello"};
    (void)snprintf(member->path, sizeof member->path, PATH "/%s", name);
    member->membership = membership_new(77, member->path);
    member->client = coord_model_add(model, step, member);
    order(member, say);
    order(member, join);
}

static void settle(struct coord_model *model)
{
    ck_assert(coord_model_calm(model, 5000));
}

START_TEST(a_member_is_there_with_its_data_and_parents_are_made)
{
    struct coord_model *model = coord_model_new(1);
    struct member member;

    add(model, &member, "s1");
    settle(model);
    ck_assert_int_eq(member.last, MEMBERSHIP_JOINED);
    ck_assert(membership_is_joined(member.membership));
    ck_assert_str_eq(coord_model_data(model, PATH "/s1"), "hello");
    ck_assert_int_eq(coord_model_stat(model, PATH "/s1")->ephemeral_owner,
                     coord_model_session(model, 0));
    (void)snprintf(member.data, sizeof member.data, "changed");
    order(&member, say);
    settle(model);
    ck_assert_str_eq(coord_model_data(model, PATH "/s1"), "changed");
    order(&member, leave);
    settle(model);
    ck_assert_int_eq(member.last, MEMBERSHIP_LEFT);
    ck_assert_ptr_null(coord_model_stat(model, PATH "/s1"));
    membership_destroy(&member.membership);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(the_node_of_a_former_life_is_replaced)
{
    struct coord_model *model = coord_model_new(2);
    struct member first;
    struct member second;

    add(model, &first, "s1");
    settle(model);
    coord_model_cut(model, 0); /* the process has died; its session still lives */
    add(model, &second, "s1");
    coord_model_connect(model, 1);
    while (coord_model_turn(model, 0))
        continue;
    ck_assert_int_eq(second.last, MEMBERSHIP_JOINED);
    ck_assert_int_eq(coord_model_stat(model, PATH "/s1")->ephemeral_owner,
                     coord_model_session(model, 1));
    coord_model_expire(model, 0);
    while (coord_model_turn(model, 0))
        continue;
    ck_assert_ptr_nonnull(coord_model_stat(model, PATH "/s1")); /* not the old session's any more */
    membership_destroy(&first.membership);
    membership_destroy(&second.membership);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(two_of_one_name_do_not_fight_for_ever)
{
    struct coord_model *model = coord_model_new(3);
    struct member first;
    struct member second;

    add(model, &first, "s1");
    settle(model);
    add(model, &second, "s1");
    settle(model);
    ck_assert_int_eq(first.last, MEMBERSHIP_DISPLACED);
    ck_assert(!membership_is_joined(first.membership));
    ck_assert_int_eq(second.last, MEMBERSHIP_JOINED);
    order(&first, leave); /* takes nothing away from the second */
    settle(model);
    ck_assert_ptr_nonnull(coord_model_stat(model, PATH "/s1"));
    membership_destroy(&first.membership);
    membership_destroy(&second.membership);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(after_the_end_of_a_session_it_joins_again)
{
    struct coord_model *model = coord_model_new(4);
    struct member member;

    add(model, &member, "s1");
    settle(model);
    coord_model_expire(model, 0);
    ck_assert_ptr_null(coord_model_stat(model, PATH "/s1"));
    settle(model);
    ck_assert_int_eq(member.last, MEMBERSHIP_JOINED);
    ck_assert_ptr_nonnull(coord_model_stat(model, PATH "/s1"));
    membership_destroy(&member.membership);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(who_leaves_is_gone_even_if_its_create_comes_late)
{
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct coord_model *model = coord_model_new(seed);
        struct member member;

        add(model, &member, "s1");
        settle(model);
        order(&member, leave);
        settle(model);        /* the parent exists now */
        order(&member, join); /* its create is under way */
        coord_model_cut(model, 0);
        order(&member, leave);
        settle(model);
        ck_assert_int_eq(member.last, MEMBERSHIP_LEFT);
        ck_assert_msg(coord_model_stat(model, member.path) == NULL, "seed %" PRIu64, seed);
        membership_destroy(&member.membership);
        coord_model_destroy(&model);
    }
}
END_TEST

static void live_through(uint64_t seed)
{
    struct coord_model *model = coord_model_new(seed);
    struct rng *rng = coord_model_rng(model);
    struct member members[MEMBERS];
    bool wants[MEMBERS] = {true, true, true, true};

    for (size_t i = 0; i < MEMBERS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "s%zu", i);
        add(model, &members[i], name);
    }
    for (size_t turn = 0; turn < 2000; turn++) {
        size_t any = rng_below(rng, MEMBERS);

        (void)coord_model_turn(model, 40);
        if (rng_below(rng, 40) == 0) {
            wants[any] = !wants[any];
            order(&members[any], wants[any] ? join : leave);
        }
        if (rng_below(rng, 40) == 0) {
            (void)snprintf(members[any].data, sizeof members[any].data, "%zu", turn);
            order(&members[any], say);
        }
        ck_assert_int_ne(members[any].last, MEMBERSHIP_DISPLACED);
    }
    settle(model);
    for (size_t i = 0; i < MEMBERS; i++) {
        const char *data = coord_model_data(model, members[i].path);
        ck_assert_msg((data != NULL) == wants[i], "seed %" PRIu64 " member %zu", seed, i);
        ck_assert(membership_is_joined(members[i].membership) == wants[i]);
        if (wants[i])
            ck_assert_str_eq(data, members[i].data);
        membership_destroy(&members[i].membership);
    }
    coord_model_destroy(&model);
}

START_TEST(with_random_faults_exactly_those_are_there_who_want_to)
{
    for (uint64_t seed = 1; seed <= 100; seed++)
        live_through(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_member_is_there_with_its_data_and_parents_are_made,
        the_node_of_a_former_life_is_replaced,
        two_of_one_name_do_not_fight_for_ever,
        after_the_end_of_a_session_it_joins_again,
        who_leaves_is_gone_even_if_its_create_comes_late,
        with_random_faults_exactly_those_are_there_who_want_to,
    };
    return suite_run("membership", tests, sizeof tests / sizeof *tests);
}
