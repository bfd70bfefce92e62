/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of one group that come, go, stall and die, and what each of them is told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/group_rig.h"

#define JOIN(...) ((struct rig_joining){__VA_ARGS__})

static void expect_told(struct rig *rig, const char *text)
{
    ck_assert_msg(strstr(text_data(&rig->told), text) != NULL, "'%s' was not told, but: %s", text,
                  text_data(&rig->told));
}

/* A member of version 0, which needs no id to join. */
static const struct rig_answer *join_alone(struct rig *rig)
{
    return rig_answer(rig, rig_join(rig, JOIN(.version = 3)));
}

/* Two members, "one" leads, in generation 2, stable. */
struct couple {
    char one[RIG_NAME_MAX];
    char two[RIG_NAME_MAX];
    int32_t generation;
};

static struct couple make_couple(struct rig *rig)
{
    struct couple couple = {.generation = 2};

    (void)snprintf(couple.one, sizeof couple.one, "%s", join_alone(rig)->member);
    ck_assert_int_eq(rig_error(rig, rig_sync(rig, couple.one, 1, "")), 0);
    uint64_t second = rig_join(rig, JOIN(.version = 3));
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, couple.one, 1)),
                     KAFKA_REBALANCE_IN_PROGRESS);
    uint64_t first = rig_join(rig, JOIN(.member = couple.one));
    (void)snprintf(couple.two, sizeof couple.two, "%s", rig_answer(rig, second)->member);
    ck_assert_int_eq(rig_answer(rig, first)->generation, 2);
    ck_assert_uint_eq(rig_answer(rig, first)->count, 2);

    char assignments[4 * RIG_NAME_MAX];
    (void)snprintf(assignments, sizeof assignments, "%s=A,%s=B", couple.one, couple.two);
    uint64_t waiting = rig_sync(rig, couple.two, 2, NULL);
    ck_assert_ptr_null(rig_find(rig, waiting));
    uint64_t leader = rig_sync(rig, couple.one, 2, assignments);
    ck_assert_str_eq(rig_answer(rig, leader)->assignment, "A");
    ck_assert_str_eq(rig_answer(rig, waiting)->assignment, "B");
    ck_assert_str_eq(rig_state(rig, "g"), "Stable");
    return couple;
}

START_TEST(a_first_join_without_an_id_is_given_one)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    const struct rig_answer *refused = rig_answer(rig, rig_join(rig, JOIN(.version = 4)));

    ck_assert_int_eq(refused->error, KAFKA_MEMBER_ID_REQUIRED);
    ck_assert_int_eq(strncmp(refused->member, "c-", 2), 0);
    ck_assert_uint_eq(strlen(refused->member), 2 + 36);

    uint64_t token = rig_join(rig, JOIN(.version = 4, .member = rig_answer(rig, 1)->member));
    const struct rig_answer *joined = rig_answer(rig, token);
    ck_assert_int_eq(joined->error, 0);
    ck_assert_int_eq(joined->generation, 1);
    ck_assert_str_eq(joined->leader, joined->member);
    ck_assert_str_eq(joined->protocol, "range");
    ck_assert_uint_eq(joined->count, 1);
    ck_assert_str_eq(rig_state(rig, "g"), "CompletingRebalance");
    expect_told(rig, "because=member c-");
}
END_TEST

START_TEST(old_versions_join_without_an_id)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    for (int16_t version = 0; version <= 3; version++) {
        uint64_t token = rig_join(rig, JOIN(.version = version == 0 ? -1 : version, .group = "h"));
        if (version == 0)
            ck_assert_int_eq(rig_error(rig, token), 0);
        else
            ck_assert_ptr_null(rig_find(rig, token)); /* waits for the first to join again */
    }
}
END_TEST

START_TEST(an_id_that_is_not_used_is_forgotten_and_so_is_its_group)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    uint64_t refused = rig_join(rig, JOIN(.version = 4));

    ck_assert_str_eq(rig_answer(rig, rig_list(rig, NULL))->text, "g:Empty");
    rig_pass(rig, RIG_SESSION_MS);
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, NULL))->text, "");
    uint64_t late = rig_join(rig, JOIN(.member = rig_answer(rig, refused)->member));
    ck_assert_int_eq(rig_error(rig, late), KAFKA_UNKNOWN_MEMBER_ID);
}
END_TEST

START_TEST(ids_that_are_not_used_are_bounded)
{
    struct groups_options options = rig_options();
    options.members_max = 3;
    AUTO(rig_destroy) struct rig *rig = rig_new_with(&options);
    uint64_t first = rig_join(rig, JOIN(.version = 4));
    uint64_t last = first;

    for (size_t i = 0; i < 3; i++)
        last = rig_join(rig, JOIN(.version = 4));
    uint64_t late = rig_join(rig, JOIN(.member = rig_answer(rig, first)->member));
    ck_assert_int_eq(rig_error(rig, late), KAFKA_UNKNOWN_MEMBER_ID);
    uint64_t known = rig_join(rig, JOIN(.member = rig_answer(rig, last)->member));
    ck_assert_ptr_null(rig_find(rig, known)); /* two ids are still out */
    rig_pass(rig, RIG_SESSION_MS);
    ck_assert_int_eq(rig_error(rig, known), 0);
}
END_TEST

START_TEST(a_request_that_cannot_be_is_refused_with_its_reason)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    const struct {
        struct rig_joining joining;
        int16_t error;
    } cases[] = {
        {{.group = "", .version = 3}, KAFKA_INVALID_GROUP_ID},
        {{.session_ms = 5999, .version = 3}, KAFKA_INVALID_SESSION_TIMEOUT},
        {{.session_ms = 1800001, .version = 3}, KAFKA_INVALID_SESSION_TIMEOUT},
        {{.session_ms = -1, .version = 3}, KAFKA_INVALID_SESSION_TIMEOUT},
        {{.type = "", .version = 3}, KAFKA_INCONSISTENT_GROUP_PROTOCOL},
        {{.protocols = "", .version = 3}, KAFKA_INCONSISTENT_GROUP_PROTOCOL},
        {{.protocols = "1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,g,h", .version = 3}, KAFKA_INVALID_REQUEST},
        {{.member = "nobody", .version = 3}, KAFKA_UNKNOWN_MEMBER_ID},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        ck_assert_int_eq(rig_error(rig, rig_join(rig, cases[i].joining)), cases[i].error);
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, NULL))->text, "");
}
END_TEST

START_TEST(every_member_gets_its_part_and_no_other)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);

    /* A second sync of the same generation is answered the same. */
    ck_assert_str_eq(rig_answer(rig, rig_sync(rig, couple.two, 2, NULL))->assignment, "B");
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, couple.one, 2)), 0);
    ck_assert_str_eq(rig_answer(rig, rig_describe(rig, "g"))->text,
                     "g Stable type=consumer protocol=range "
                     "[- c /127.0.0.1 metadata= assignment=A] "
                     "[- c /127.0.0.1 metadata= assignment=B]");
}
END_TEST

START_TEST(a_stranger_and_an_old_generation_are_turned_away)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);

    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, "x", 2)), KAFKA_UNKNOWN_MEMBER_ID);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, couple.one, 1)), KAFKA_ILLEGAL_GENERATION);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, couple.one, 3)), KAFKA_ILLEGAL_GENERATION);
    ck_assert_int_eq(rig_error(rig, rig_sync(rig, "x", 2, NULL)), KAFKA_UNKNOWN_MEMBER_ID);
    ck_assert_int_eq(rig_error(rig, rig_sync(rig, couple.one, 1, NULL)), KAFKA_ILLEGAL_GENERATION);
    ck_assert_int_eq(rig_error(rig, rig_leave(rig, "x")), KAFKA_UNKNOWN_MEMBER_ID);
    ck_assert_int_eq(rig_error(rig, rig_join(rig, JOIN(.member = "x"))), KAFKA_UNKNOWN_MEMBER_ID);
}
END_TEST

START_TEST(a_member_that_leaves_makes_the_others_join_again)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);

    ck_assert_int_eq(rig_error(rig, rig_leave(rig, couple.one)), 0);
    expect_told(rig, "left\n");
    ck_assert_str_eq(rig_state(rig, "g"), "PreparingRebalance");
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, couple.two, 2)),
                     KAFKA_REBALANCE_IN_PROGRESS);
    ck_assert_int_eq(rig_error(rig, rig_sync(rig, couple.two, 2, NULL)),
                     KAFKA_REBALANCE_IN_PROGRESS);
    uint64_t token = rig_join(rig, JOIN(.member = couple.two));
    ck_assert_int_eq(rig_answer(rig, token)->generation, 3);
    ck_assert_str_eq(rig_answer(rig, token)->leader, couple.two);
}
END_TEST

START_TEST(the_last_one_leaves_an_empty_group_with_a_further_generation)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);

    ck_assert_int_eq(rig_error(rig, rig_leave(rig, couple.one)), 0);
    ck_assert_int_eq(rig_error(rig, rig_leave(rig, couple.two)), 0);
    ck_assert_str_eq(rig_state(rig, "g"), "Empty");
    expect_told(rig, "group.empty group=g generation=3");
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, couple.two, 3)), KAFKA_UNKNOWN_MEMBER_ID);
    ck_assert_int_eq(join_alone(rig)->generation, 4);
}
END_TEST

START_TEST(a_silent_member_is_removed_when_its_session_ends_and_not_before)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);

    rig_pass(rig, RIG_SESSION_MS - 1);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, couple.one, 2)), 0);
    rig_pass(rig, 1);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, couple.two, 2)), KAFKA_UNKNOWN_MEMBER_ID);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, couple.one, 2)),
                     KAFKA_REBALANCE_IN_PROGRESS);
    expect_told(rig, "was silent for 10000 ms");
}
END_TEST

START_TEST(a_member_that_does_not_join_again_in_time_is_removed)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);
    uint64_t third = rig_join(rig, JOIN(.version = 3, .rebalance_ms = 1000));
    uint64_t one = rig_join(rig, JOIN(.member = couple.one));

    /* Two goes on with heartbeats, and does not join: the longest rebalance timeout counts. */
    for (uint64_t passed = 0; passed < RIG_REBALANCE_MS; passed += 5000) {
        ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, couple.two, 2)),
                         KAFKA_REBALANCE_IN_PROGRESS);
        ck_assert_ptr_null(rig_find(rig, one));
        ck_assert_ptr_null(rig_find(rig, third));
        rig_pass(rig, 5000);
    }
    ck_assert_int_eq(rig_answer(rig, one)->generation, 3);
    ck_assert_uint_eq(rig_answer(rig, one)->count, 2);
    ck_assert_int_eq(rig_answer(rig, third)->generation, 3);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, couple.two, 2)), KAFKA_UNKNOWN_MEMBER_ID);
    expect_told(rig, "members=2 removed=1");
}
END_TEST

START_TEST(a_leader_that_dies_before_it_syncs_holds_nobody_up_for_ever)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);
    uint64_t one = rig_join(rig, JOIN(.member = couple.one));
    uint64_t two = rig_join(rig, JOIN(.member = couple.two));

    ck_assert_int_eq(rig_answer(rig, one)->generation, 3);
    ck_assert_int_eq(rig_answer(rig, two)->generation, 3);
    uint64_t sync = rig_sync(rig, couple.two, 3, NULL);
    rig_pass(rig, RIG_SESSION_MS - 1);
    ck_assert_ptr_null(rig_find(rig, sync));
    rig_pass(rig, 1);
    ck_assert_int_eq(rig_error(rig, sync), KAFKA_REBALANCE_IN_PROGRESS);
    uint64_t again = rig_join(rig, JOIN(.member = couple.two));
    ck_assert_str_eq(rig_answer(rig, again)->leader, couple.two);
    ck_assert_int_eq(rig_answer(rig, again)->generation, 4);
}
END_TEST

START_TEST(who_sends_heartbeats_and_never_syncs_is_removed)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);

    (void)rig_join(rig, JOIN(.member = couple.one));
    (void)rig_join(rig, JOIN(.member = couple.two));
    uint64_t sync = rig_sync(rig, couple.two, 3, NULL);
    for (uint64_t passed = 0; passed < RIG_REBALANCE_MS; passed += 5000) {
        ck_assert_ptr_null(rig_find(rig, sync));
        ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, couple.one, 3)), 0);
        rig_pass(rig, 5000);
    }
    ck_assert_int_eq(rig_error(rig, sync), KAFKA_REBALANCE_IN_PROGRESS);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, couple.one, 3)), KAFKA_UNKNOWN_MEMBER_ID);
    expect_told(rig, "did not sync in time");
}
END_TEST

START_TEST(a_follower_that_joins_again_unchanged_gets_the_same_generation)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);
    uint64_t token = rig_join(rig, JOIN(.member = couple.two));

    ck_assert_int_eq(rig_answer(rig, token)->generation, 2);
    ck_assert_uint_eq(rig_answer(rig, token)->count, 0);
    ck_assert_str_eq(rig_state(rig, "g"), "Stable");
    ck_assert_str_eq(rig_answer(rig, rig_sync(rig, couple.two, 2, NULL))->assignment, "B");
}
END_TEST

START_TEST(a_leader_that_joins_again_and_a_new_subscription_rebalance)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);
    uint64_t two = rig_join(rig, JOIN(.member = couple.two, .protocols = "range=more"));

    ck_assert_ptr_null(rig_find(rig, two));
    expect_told(rig, "changed its subscription");
    uint64_t one = rig_join(rig, JOIN(.member = couple.one));
    ck_assert_int_eq(rig_answer(rig, one)->generation, 3);
    (void)rig_sync(rig, couple.two, 3, NULL);
    ck_assert_int_eq(rig_error(rig, rig_sync(rig, couple.one, 3, NULL)), 0);
    one = rig_join(rig, JOIN(.member = couple.one, .reason = "topics changed", .version = 8));
    ck_assert_ptr_null(rig_find(rig, one));
    expect_told(rig, "leads and joined again: topics changed");
}
END_TEST

START_TEST(a_member_that_missed_its_answer_gets_it_again_before_the_assignment)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);

    (void)rig_join(rig, JOIN(.member = couple.one));
    (void)rig_join(rig, JOIN(.member = couple.two));
    uint64_t leader = rig_join(rig, JOIN(.member = couple.one));
    ck_assert_int_eq(rig_answer(rig, leader)->generation, 3);
    ck_assert_uint_eq(rig_answer(rig, leader)->count, 2);
    uint64_t changed = rig_join(rig, JOIN(.member = couple.two, .protocols = "range=more"));
    ck_assert_ptr_null(rig_find(rig, changed));
    ck_assert_str_eq(rig_state(rig, "g"), "PreparingRebalance");
}
END_TEST

START_TEST(a_join_that_is_sent_twice_answers_both)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);
    uint64_t first = rig_join(rig, JOIN(.member = couple.one));
    uint64_t second = rig_join(rig, JOIN(.member = couple.one));

    ck_assert_int_eq(rig_error(rig, first), KAFKA_REBALANCE_IN_PROGRESS);
    ck_assert_ptr_null(rig_find(rig, second));
    (void)rig_join(rig, JOIN(.member = couple.two));
    ck_assert_int_eq(rig_error(rig, second), 0);
    uint64_t sync = rig_sync(rig, couple.two, 3, NULL);
    uint64_t again = rig_sync(rig, couple.two, 3, NULL);
    ck_assert_int_eq(rig_error(rig, sync), KAFKA_REBALANCE_IN_PROGRESS);
    (void)rig_sync(rig, couple.one, 3, NULL);
    ck_assert_int_eq(rig_error(rig, again), 0);
}
END_TEST

START_TEST(the_protocol_with_the_most_votes_wins_among_those_all_speak)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    uint64_t one = rig_join(rig, JOIN(.version = 3, .protocols = "x,range,sticky"));
    uint64_t two = rig_join(rig, JOIN(.version = 3, .protocols = "sticky,range"));
    uint64_t three = rig_join(rig, JOIN(.version = 3, .protocols = "sticky,y,range"));
    uint64_t four = rig_join(rig, JOIN(.version = 3, .protocols = "y,x"));

    ck_assert_str_eq(rig_answer(rig, one)->protocol, "x");
    ck_assert_int_eq(rig_error(rig, four), KAFKA_INCONSISTENT_GROUP_PROTOCOL);
    uint64_t again =
        rig_join(rig, JOIN(.member = rig_answer(rig, one)->member, .protocols = "x,range,sticky"));
    ck_assert_str_eq(rig_answer(rig, again)->protocol, "sticky");
    ck_assert_str_eq(rig_answer(rig, two)->protocol, "sticky");
    ck_assert_str_eq(rig_answer(rig, three)->protocol, "sticky");
    uint64_t other = rig_join(rig, JOIN(.version = 3, .type = "connect", .protocols = "range"));
    ck_assert_int_eq(rig_error(rig, other), KAFKA_INCONSISTENT_GROUP_PROTOCOL);
}
END_TEST

START_TEST(a_member_that_is_alone_may_change_its_protocol)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    const struct rig_answer *first = join_alone(rig);
    uint64_t token = rig_join(rig, JOIN(.member = first->member, .protocols = "sticky"));

    ck_assert_str_eq(rig_answer(rig, token)->protocol, "sticky");
}
END_TEST

START_TEST(an_empty_group_waits_for_more_members_as_long_as_they_come)
{
    struct groups_options options = rig_options();
    options.initial_delay_ms = 3000;
    AUTO(rig_destroy) struct rig *rig = rig_new_with(&options);
    uint64_t one = rig_join(rig, JOIN(.version = 3));

    rig_pass(rig, 2000);
    uint64_t two = rig_join(rig, JOIN(.version = 3));
    rig_pass(rig, 1000); /* extended once, since one came */
    ck_assert_ptr_null(rig_find(rig, one));
    rig_pass(rig, 2999);
    ck_assert_ptr_null(rig_find(rig, one));
    rig_pass(rig, 1);
    ck_assert_int_eq(rig_answer(rig, one)->generation, 1);
    ck_assert_int_eq(rig_answer(rig, two)->generation, 1);
}
END_TEST

START_TEST(the_wait_for_more_members_ends_with_the_rebalance_timeout)
{
    struct groups_options options = rig_options();
    options.initial_delay_ms = 3000;
    AUTO(rig_destroy) struct rig *rig = rig_new_with(&options);
    uint64_t one = rig_join(rig, JOIN(.version = 3, .rebalance_ms = 7000));

    for (size_t i = 0; i < 7; i++) {
        ck_assert_ptr_null(rig_find(rig, one));
        (void)rig_join(rig, JOIN(.version = 3, .rebalance_ms = 7000));
        rig_pass(rig, 1000);
    }
    ck_assert_uint_eq(rig_answer(rig, one)->count, 8);
}
END_TEST

START_TEST(too_many_members_are_turned_away)
{
    struct groups_options options = rig_options();
    options.members_max = 2;
    AUTO(rig_destroy) struct rig *rig = rig_new_with(&options);
    struct couple couple = make_couple(rig);

    ck_assert_int_eq(rig_error(rig, rig_join(rig, JOIN(.version = 3))),
                     KAFKA_GROUP_MAX_SIZE_REACHED);
    /* While all join again, those who come first have the places. */
    (void)rig_join(rig, JOIN(.member = couple.one));
    uint64_t third = rig_join(rig, JOIN(.version = 3));
    ck_assert_ptr_null(rig_find(rig, third));
    uint64_t two = rig_join(rig, JOIN(.member = couple.two));
    ck_assert_int_eq(rig_error(rig, two), KAFKA_GROUP_MAX_SIZE_REACHED);
    ck_assert_int_eq(rig_answer(rig, third)->generation, 3);
}
END_TEST

START_TEST(too_many_groups_are_refused_and_told_once)
{
    struct groups_options options = rig_options();
    options.groups_max = 1;
    AUTO(rig_destroy) struct rig *rig = rig_new_with(&options);

    (void)make_couple(rig);
    text_clear(&rig->told);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(rig_error(rig, rig_join(rig, JOIN(.group = "h", .version = 3))),
                         KAFKA_COORDINATOR_NOT_AVAILABLE);
    ck_assert_str_eq(text_data(&rig->told) + strlen(text_data(&rig->told)) -
                         strlen("because=too many groups\n"),
                     "because=too many groups\n");
    ck_assert_ptr_eq(strchr(text_data(&rig->told), '\n'), strrchr(text_data(&rig->told), '\n'));
}
END_TEST

START_TEST(memory_for_members_is_bounded)
{
    struct groups_options options = rig_options();
    options.bytes_max = 4000;
    AUTO(rig_destroy) struct rig *rig = rig_new_with(&options);
    size_t joined = 0;

    for (size_t i = 0; i < 20; i++) {
        uint64_t token = rig_join(rig, JOIN(.version = 3));
        if (rig_find(rig, token) == NULL || rig_error(rig, token) == 0)
            joined++;
        else
            ck_assert_int_eq(rig_error(rig, token), KAFKA_COORDINATOR_NOT_AVAILABLE);
    }
    ck_assert_uint_gt(joined, 0);
    ck_assert_uint_lt(joined, 20);
}
END_TEST

START_TEST(a_new_member_whose_peer_hangs_up_is_not_waited_for)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);
    uint64_t third = rig_join(rig, JOIN(.version = 3));

    rig_forget(rig, third);
    (void)rig_join(rig, JOIN(.member = couple.one));
    uint64_t two = rig_join(rig, JOIN(.member = couple.two));
    ck_assert_int_eq(rig_answer(rig, two)->generation, 3);
    expect_told(rig, "members=2 removed=0");
}
END_TEST

START_TEST(a_member_that_hangs_up_may_come_back_within_its_session)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);
    uint64_t one = rig_join(rig, JOIN(.member = couple.one));

    rig_forget(rig, one);
    uint64_t two = rig_join(rig, JOIN(.member = couple.two));
    ck_assert_ptr_null(rig_find(rig, two));
    one = rig_join(rig, JOIN(.member = couple.one));
    ck_assert_int_eq(rig_answer(rig, one)->generation, 3);
    ck_assert_int_eq(rig_answer(rig, two)->generation, 3);

    uint64_t sync = rig_sync(rig, couple.one, 3, NULL);
    ck_assert_int_eq(rig_error(rig, sync), 0);
    rig_pass(rig, RIG_SESSION_MS - 1);
    sync = rig_sync(rig, couple.two, 3, NULL);
    ck_assert_int_eq(rig_error(rig, sync), 0);
}
END_TEST

START_TEST(a_new_member_waits_at_most_five_minutes_for_its_first_generation)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);
    uint64_t third = rig_join(rig, JOIN(.version = 3, .rebalance_ms = 1000000));

    for (uint64_t passed = 0; passed < 300000; passed += 5000) {
        ck_assert_ptr_null(rig_find(rig, third));
        (void)rig_heartbeat(rig, couple.one, 2);
        (void)rig_heartbeat(rig, couple.two, 2);
        rig_pass(rig, 5000);
    }
    ck_assert_int_eq(rig_error(rig, third), KAFKA_UNKNOWN_MEMBER_ID);
}
END_TEST

START_TEST(an_assignment_that_cannot_be_stored_is_not_given_out)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);

    (void)rig_join(rig, JOIN(.member = couple.one));
    (void)rig_join(rig, JOIN(.member = couple.two));
    uint64_t two = rig_sync(rig, couple.two, 3, NULL);
    rig->store_error = KAFKA_STORAGE_ERROR;
    uint64_t one = rig_sync(rig, couple.one, 3, NULL);
    ck_assert_int_eq(rig_error(rig, one), KAFKA_NOT_COORDINATOR);
    ck_assert_int_eq(rig_error(rig, two), KAFKA_NOT_COORDINATOR);
    ck_assert_str_eq(rig_state(rig, "g"), "PreparingRebalance");
    expect_told(rig, "the assignment could not be stored");
}
END_TEST

START_TEST(a_rebalance_while_the_assignment_is_stored_takes_it_back)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct couple couple = make_couple(rig);

    (void)rig_join(rig, JOIN(.member = couple.one));
    (void)rig_join(rig, JOIN(.member = couple.two));
    rig->storing = RIG_STORES_LATER;
    uint64_t one = rig_sync(rig, couple.one, 3, NULL);
    uint64_t third = rig_join(rig, JOIN(.version = 3));
    ck_assert_int_eq(rig_error(rig, one), KAFKA_REBALANCE_IN_PROGRESS);
    ck_assert(rig_complete(rig, 0));
    ck_assert_str_eq(rig_state(rig, "g"), "PreparingRebalance");
    ck_assert_ptr_null(rig_find(rig, third));
    (void)rig_join(rig, JOIN(.member = couple.one));
    (void)rig_join(rig, JOIN(.member = couple.two));
    ck_assert_int_eq(rig_answer(rig, third)->generation, 4);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_first_join_without_an_id_is_given_one,
        old_versions_join_without_an_id,
        an_id_that_is_not_used_is_forgotten_and_so_is_its_group,
        ids_that_are_not_used_are_bounded,
        a_request_that_cannot_be_is_refused_with_its_reason,
        every_member_gets_its_part_and_no_other,
        a_stranger_and_an_old_generation_are_turned_away,
        a_member_that_leaves_makes_the_others_join_again,
        the_last_one_leaves_an_empty_group_with_a_further_generation,
        a_silent_member_is_removed_when_its_session_ends_and_not_before,
        a_member_that_does_not_join_again_in_time_is_removed,
        a_leader_that_dies_before_it_syncs_holds_nobody_up_for_ever,
        who_sends_heartbeats_and_never_syncs_is_removed,
        a_follower_that_joins_again_unchanged_gets_the_same_generation,
        a_leader_that_joins_again_and_a_new_subscription_rebalance,
        a_member_that_missed_its_answer_gets_it_again_before_the_assignment,
        a_join_that_is_sent_twice_answers_both,
        the_protocol_with_the_most_votes_wins_among_those_all_speak,
        a_member_that_is_alone_may_change_its_protocol,
        an_empty_group_waits_for_more_members_as_long_as_they_come,
        the_wait_for_more_members_ends_with_the_rebalance_timeout,
        too_many_members_are_turned_away,
        too_many_groups_are_refused_and_told_once,
        memory_for_members_is_bounded,
        a_new_member_whose_peer_hangs_up_is_not_waited_for,
        a_member_that_hangs_up_may_come_back_within_its_session,
        a_new_member_waits_at_most_five_minutes_for_its_first_generation,
        an_assignment_that_cannot_be_stored_is_not_given_out,
        a_rebalance_while_the_assignment_is_stored_takes_it_back,
    };
    return suite_run("group_rebalance", tests, COUNT_OF(tests));
}
