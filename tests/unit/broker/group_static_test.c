/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members with an instance id: they come back under another member id without a rebalance, and whoever still uses the
 * old one is fenced.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/group_rig.h"

#define JOIN(...) ((struct rig_joining){__VA_ARGS__})

#define PAIR_SIZE (4 * RIG_NAME_MAX)

struct pair_of {
    char one[RIG_NAME_MAX];
    char two[RIG_NAME_MAX];
};

/* Instances "i1" (leads) and "i2" in generation 2, stable, with the parts A and B. */
static struct pair_of make_pair(struct rig *rig)
{
    struct pair_of pair;
    uint64_t one = rig_join(rig, JOIN(.instance = "i1"));
    const char *id = rig_answer(rig, one)->member;

    ck_assert_int_eq(strncmp(id, "i1-", 3), 0);
    uint64_t two = rig_join(rig, JOIN(.instance = "i2"));
    one = rig_join(rig, JOIN(.instance = "i1", .member = id));
    (void)snprintf(pair.one, sizeof pair.one, "%s", rig_answer(rig, one)->member);
    (void)snprintf(pair.two, sizeof pair.two, "%s", rig_answer(rig, two)->member);
    char assignments[PAIR_SIZE];
    (void)snprintf(assignments, sizeof assignments, "%s=A,%s=B", pair.one, pair.two);
    ck_assert_int_eq(rig_error(rig, rig_sync_as(rig, pair.one, "i1", 2, assignments)), 0);
    ck_assert_int_eq(rig_error(rig, rig_sync_as(rig, pair.two, "i2", 2, NULL)), 0);
    ck_assert_str_eq(rig_state(rig, "g"), "Stable");
    return pair;
}

START_TEST(a_static_member_comes_back_to_its_assignment_without_a_rebalance)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct pair_of pair = make_pair(rig);
    const struct rig_answer *back = rig_answer(rig, rig_join(rig, JOIN(.instance = "i2")));

    ck_assert_int_eq(back->error, 0);
    ck_assert_int_eq(back->generation, 2);
    ck_assert_str_ne(back->member, pair.two);
    ck_assert_str_eq(back->leader, pair.one);
    ck_assert_str_eq(rig_state(rig, "g"), "Stable");
    ck_assert_str_eq(rig_answer(rig, rig_sync_as(rig, back->member, "i2", 2, NULL))->assignment,
                     "B");
    ck_assert_int_eq(rig_error(rig, rig_heartbeat_as(rig, pair.one, "i1", 2)), 0);

    /* The old one is told that another took its place. */
    ck_assert_int_eq(rig_error(rig, rig_heartbeat_as(rig, pair.two, "i2", 2)),
                     KAFKA_FENCED_INSTANCE_ID);
    ck_assert_int_eq(rig_error(rig, rig_sync_as(rig, pair.two, "i2", 2, NULL)),
                     KAFKA_FENCED_INSTANCE_ID);
    ck_assert_int_eq(rig_error(rig, rig_join(rig, JOIN(.instance = "i2", .member = pair.two))),
                     KAFKA_FENCED_INSTANCE_ID);
    ck_assert_int_eq(rig_error(rig, rig_leave_as(rig, pair.two, "i2")), KAFKA_FENCED_INSTANCE_ID);
}
END_TEST

START_TEST(a_leader_that_comes_back_is_not_told_to_assign)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct pair_of pair = make_pair(rig);
    const struct rig_answer *back = rig_answer(rig, rig_join(rig, JOIN(.instance = "i1")));

    ck_assert_str_eq(back->leader, pair.one); /* its former self: so it does not lead */
    ck_assert_uint_eq(back->count, 0);
    ck_assert(!back->skips);

    back = rig_answer(rig, rig_join(rig, JOIN(.instance = "i1", .version = 9)));
    ck_assert_str_eq(back->leader, back->member); /* here it can be told what to skip */
    ck_assert_uint_eq(back->count, 2);
    ck_assert(back->skips);
}
END_TEST

START_TEST(a_static_member_with_another_subscription_rebalances)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct pair_of pair = make_pair(rig);
    uint64_t back = rig_join(rig, JOIN(.instance = "i2", .protocols = "range=more"));

    ck_assert_ptr_null(rig_find(rig, back));
    ck_assert_ptr_nonnull(strstr(text_data(&rig->told), "with another subscription"));
    uint64_t one = rig_join(rig, JOIN(.instance = "i1", .member = pair.one));
    ck_assert_int_eq(rig_answer(rig, back)->generation, 3);
    ck_assert_int_eq(rig_answer(rig, one)->generation, 3);
}
END_TEST

START_TEST(an_old_self_that_waits_is_fenced_at_once)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct pair_of pair = make_pair(rig);
    uint64_t third = rig_join(rig, JOIN(.instance = "i3"));
    uint64_t two = rig_join(rig, JOIN(.instance = "i2", .member = pair.two));
    uint64_t back = rig_join(rig, JOIN(.instance = "i2"));

    ck_assert_int_eq(rig_error(rig, two), KAFKA_FENCED_INSTANCE_ID);
    ck_assert_ptr_null(rig_find(rig, back));
    (void)rig_join(rig, JOIN(.instance = "i1", .member = pair.one));
    ck_assert_int_eq(rig_answer(rig, back)->generation, 3);
    ck_assert_int_eq(rig_answer(rig, third)->generation, 3);

    /* Before the assignment is there, the leader may know the old id alone: all join again. */
    uint64_t sync = rig_sync_as(rig, rig_answer(rig, back)->member, "i2", 3, NULL);
    uint64_t again = rig_join(rig, JOIN(.instance = "i2"));
    ck_assert_int_eq(rig_error(rig, sync), KAFKA_FENCED_INSTANCE_ID);
    ck_assert_ptr_null(rig_find(rig, again));
    ck_assert_str_eq(rig_state(rig, "g"), "PreparingRebalance");
}
END_TEST

START_TEST(a_static_member_that_is_away_stays_until_its_session_ends)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct pair_of pair = make_pair(rig);

    rig_pass(rig, RIG_SESSION_MS - 1000);
    (void)rig_heartbeat_as(rig, pair.one, "i1", 2);
    uint64_t third = rig_join(rig, JOIN(.version = 3, .rebalance_ms = 500));
    uint64_t one = rig_join(rig, JOIN(.instance = "i1", .member = pair.one, .rebalance_ms = 500));
    ck_assert_ptr_null(rig_find(rig, third));
    rig_pass(rig, 999);
    ck_assert_ptr_null(rig_find(rig, third)); /* two has a minute by its own account */
    rig_pass(rig, 1);
    ck_assert_int_eq(rig_answer(rig, third)->generation, 3);
    ck_assert_uint_eq(rig_answer(rig, one)->count, 2);
}
END_TEST

START_TEST(a_static_member_that_does_not_join_in_time_keeps_its_place)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    uint64_t one = rig_join(rig, JOIN(.instance = "i1", .rebalance_ms = 2000));
    uint64_t two = rig_join(rig, JOIN(.instance = "i2", .rebalance_ms = 2000));

    rig_pass(rig, 2000); /* one did not join again */
    ck_assert_int_eq(rig_answer(rig, two)->generation, 2);
    ck_assert_uint_eq(rig_answer(rig, two)->count, 2);
    ck_assert_str_eq(rig_answer(rig, two)->leader, rig_answer(rig, two)->member);
    ck_assert_int_eq(rig_error(rig, rig_sync_as(rig, rig_answer(rig, two)->member, "i2", 2, NULL)),
                     0);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat_as(rig, rig_answer(rig, one)->member, "i1", 1)),
                     KAFKA_ILLEGAL_GENERATION);
    rig_pass(rig, 2000); /* and it did not sync */
    ck_assert_int_eq(rig_error(rig, rig_heartbeat_as(rig, rig_answer(rig, one)->member, "i1", 2)),
                     KAFKA_UNKNOWN_MEMBER_ID);
}
END_TEST

START_TEST(static_members_that_are_all_away_end_with_their_sessions)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct pair_of pair = make_pair(rig);

    ck_assert_int_eq(rig_error(rig, rig_leave_as(rig, pair.one, "i1")), 0);
    ck_assert_str_eq(rig_state(rig, "g"), "PreparingRebalance");
    rig_pass(rig, RIG_SESSION_MS);
    ck_assert_str_eq(rig_state(rig, "g"), "Empty");
}
END_TEST

START_TEST(an_operator_removes_a_member_by_its_instance)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    (void)make_pair(rig);
    ck_assert_int_eq(rig_error(rig, rig_leave_as(rig, "", "i9")), KAFKA_UNKNOWN_MEMBER_ID);
    ck_assert_int_eq(rig_error(rig, rig_leave_as(rig, "", NULL)), KAFKA_UNKNOWN_MEMBER_ID);
    ck_assert_int_eq(rig_error(rig, rig_leave_as(rig, "", "i2")), 0);
    ck_assert_str_eq(rig_state(rig, "g"), "PreparingRebalance");
}
END_TEST

START_TEST(the_log_knows_the_new_id_before_the_member_does)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    (void)make_pair(rig);
    rig->storing = RIG_STORES_LATER;
    uint64_t back = rig_join(rig, JOIN(.instance = "i2"));
    ck_assert_ptr_null(rig_find(rig, back));
    ck_assert(rig_complete(rig, 0));
    ck_assert_int_eq(rig_error(rig, back), 0);
    rig->storing = RIG_STORES_AT_ONCE;
    rig_restart(rig);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat_as(rig, rig_answer(rig, back)->member, "i2", 2)),
                     0);
}
END_TEST

START_TEST(a_static_member_whose_new_id_cannot_be_stored_tries_again)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    (void)make_pair(rig);
    rig->store_error = KAFKA_NOT_ENOUGH_REPLICAS;
    uint64_t back = rig_join(rig, JOIN(.instance = "i2"));
    ck_assert_int_eq(rig_error(rig, back), KAFKA_COORDINATOR_NOT_AVAILABLE);
    rig->store_error = 0;
    back = rig_join(rig, JOIN(.instance = "i2"));
    ck_assert_int_eq(rig_answer(rig, back)->generation, 2);
}
END_TEST

START_TEST(a_rebalance_while_the_new_id_is_stored_answers_it)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct pair_of pair = make_pair(rig);

    rig->storing = RIG_STORES_LATER;
    uint64_t back = rig_join(rig, JOIN(.instance = "i2"));
    uint64_t one = rig_join(rig, JOIN(.instance = "i1", .member = pair.one)); /* leads */
    ck_assert_int_eq(rig_answer(rig, back)->generation, 3);
    ck_assert_int_eq(rig_answer(rig, one)->generation, 3);
    ck_assert(rig_complete(rig, 0));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_static_member_comes_back_to_its_assignment_without_a_rebalance,
        a_leader_that_comes_back_is_not_told_to_assign,
        a_static_member_with_another_subscription_rebalances,
        an_old_self_that_waits_is_fenced_at_once,
        a_static_member_that_is_away_stays_until_its_session_ends,
        a_static_member_that_does_not_join_in_time_keeps_its_place,
        static_members_that_are_all_away_end_with_their_sessions,
        an_operator_removes_a_member_by_its_instance,
        the_log_knows_the_new_id_before_the_member_does,
        a_static_member_whose_new_id_cannot_be_stored_tries_again,
        a_rebalance_while_the_new_id_is_stored_answers_it,
    };
    return suite_run("group_static", tests, COUNT_OF(tests));
}
