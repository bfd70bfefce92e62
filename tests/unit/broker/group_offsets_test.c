/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offsets that groups commit, fetch, lose by age and by order; groups that are looked at and deleted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/group_rig.h"

#define JOIN(...) ((struct rig_joining){__VA_ARGS__})

/* Topics of a consumer: two bytes of version, four of a count, then texts. */
static void join_consumer(struct rig *rig, const char *topic, char ret_member[RIG_NAME_MAX])
{
    unsigned char metadata[64] = {0, 0, 0, 0, 0, 1, 0, (unsigned char)strlen(topic)};

    memcpy(metadata + 8, topic, strlen(topic));
    struct kafka_join_group_request_protocol protocol = {
        .name = {"range", 5}, .metadata = {metadata, 8 + (int32_t)strlen(topic)}};
    struct kafka_join_group_request body = {.group_id = {"g", 1},
                                            .session_timeout_ms = 1800000,
                                            .rebalance_timeout_ms = RIG_REBALANCE_MS,
                                            .member_id = {"", 0},
                                            .group_instance_id = KAFKA_STRING_NULL,
                                            .protocol_type = {"consumer", 8},
                                            .protocols = &protocol,
                                            .protocol_count = 1,
                                            .reason = KAFKA_STRING_NULL};
    uint64_t token = rig_request(rig, KAFKA_JOIN_GROUP, 3, &body);
    (void)snprintf(ret_member, RIG_NAME_MAX, "%s", rig_answer(rig, token)->member);
    int32_t generation = rig_answer(rig, token)->generation;
    ck_assert_int_eq(rig_error(rig, rig_sync(rig, ret_member, generation, NULL)), 0);
}

START_TEST(what_was_committed_is_fetched)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    ck_assert_int_eq(rig_offset(rig, "s", "t", 3), -1);
    ck_assert_int_eq(rig_error(rig, rig_commit(rig, "s", "", -1, "t", 3, 42)), 0);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 3), 42);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 4), -1);
    ck_assert_int_eq(rig_offset(rig, "s", "u", 3), -1);
    const struct rig_answer *fetched = rig_answer(rig, rig_fetch(rig, "s", "t", 3));
    ck_assert_str_eq(fetched->results[0].metadata, "note");
    ck_assert_int_eq(fetched->results[0].leader_epoch, 4);
    ck_assert_str_eq(rig_state(rig, "s"), "Empty");
}
END_TEST

START_TEST(all_offsets_are_fetched_by_topic_and_partition)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    for (int32_t i = 9; i >= 0; i--)
        (void)rig_commit(rig, "s", "", -1, i % 2 == 0 ? "a" : "ab", i, 100 + i);
    const struct rig_answer *fetched = rig_answer(rig, rig_fetch_all(rig, "s"));
    ck_assert_uint_eq(fetched->count, 10);
    for (size_t i = 0; i < 10; i++) {
        ck_assert_str_eq(fetched->results[i].topic, i < 5 ? "a" : "ab");
        ck_assert_int_eq(fetched->results[i].offset, 100 + fetched->results[i].partition);
        if (i % 5 > 0)
            ck_assert_int_gt(fetched->results[i].partition, fetched->results[i - 1].partition);
    }
    ck_assert_uint_eq(rig_answer(rig, rig_fetch_all(rig, "nobody"))->count, 0);
}
END_TEST

START_TEST(members_commit_in_their_generation_and_others_do_not)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    char id[RIG_NAME_MAX];

    join_consumer(rig, "t", id);
    ck_assert_int_eq(rig_error(rig, rig_commit(rig, "g", id, 1, "t", 0, 5)), 0);
    ck_assert_int_eq(rig_error(rig, rig_commit(rig, "g", id, 0, "t", 0, 6)),
                     KAFKA_ILLEGAL_GENERATION);
    ck_assert_int_eq(rig_error(rig, rig_commit(rig, "g", "x", 1, "t", 0, 6)),
                     KAFKA_UNKNOWN_MEMBER_ID);
    ck_assert_int_eq(rig_error(rig, rig_commit(rig, "g", "", -1, "t", 0, 6)),
                     KAFKA_UNKNOWN_MEMBER_ID);
    ck_assert_int_eq(rig_error(rig, rig_commit(rig, "h", "x", 1, "t", 0, 6)),
                     KAFKA_ILLEGAL_GENERATION);
    ck_assert_int_eq(rig_offset(rig, "g", "t", 0), 5);

    /* While all are asked to join again, what was done is still taken. */
    uint64_t second = rig_join(rig, JOIN(.version = 3, .protocols = "range"));
    ck_assert_int_eq(rig_error(rig, rig_commit(rig, "g", id, 1, "t", 0, 7)), 0);
    uint64_t first = rig_join(rig, JOIN(.member = id));
    ck_assert_int_eq(rig_answer(rig, first)->generation, 2);
    ck_assert_int_eq(rig_answer(rig, second)->generation, 2);
    ck_assert_int_eq(rig_error(rig, rig_commit(rig, "g", id, 2, "t", 0, 8)),
                     KAFKA_REBALANCE_IN_PROGRESS);
    ck_assert_int_eq(rig_error(rig, rig_commit(rig, "g", id, 1, "t", 0, 8)),
                     KAFKA_ILLEGAL_GENERATION);
    ck_assert_int_eq(rig_offset(rig, "g", "t", 0), 7);
}
END_TEST

START_TEST(a_commit_is_a_sign_of_life)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    uint64_t token = rig_join(rig, JOIN(.version = 3));
    const char *id = rig_answer(rig, token)->member;

    (void)rig_sync(rig, id, 1, NULL);
    for (size_t i = 0; i < 5; i++) {
        rig_pass(rig, RIG_SESSION_MS - 1);
        ck_assert_int_eq(rig_error(rig, rig_commit(rig, "g", id, 1, "t", 0, 1)), 0);
    }
}
END_TEST

START_TEST(a_commit_that_cannot_be_is_refused_for_its_partition_alone)
{
    struct groups_options options = rig_options();
    options.offsets_max = 2;
    options.metadata_bytes_max = 3;
    AUTO(rig_destroy) struct rig *rig = rig_new_with(&options);
    struct kafka_offset_commit_request_partition of_t[] = {
        {.partition = 0, .committed_offset = 1, .committed_metadata = {"abc", 3}},
        {.partition = 1, .committed_offset = 2, .committed_metadata = {"abcd", 4}},
        {.partition = 2, .committed_offset = 3, .committed_metadata = KAFKA_STRING_NULL},
        {.partition = 3, .committed_offset = 4, .committed_metadata = KAFKA_STRING_NULL},
        {.partition = -1, .committed_offset = 4, .committed_metadata = KAFKA_STRING_NULL},
        {.partition = 0, .committed_offset = 9, .committed_metadata = KAFKA_STRING_NULL},
    };
    const int16_t errors[] = {0,
                              KAFKA_OFFSET_METADATA_TOO_LARGE,
                              0,
                              KAFKA_INVALID_COMMIT_OFFSET_SIZE,
                              KAFKA_UNKNOWN_TOPIC_OR_PARTITION,
                              0,
                              KAFKA_UNKNOWN_TOPIC_OR_PARTITION};
    struct kafka_offset_commit_request_topic topics[] = {
        {.name = {"t", 1}, .partitions = of_t, .partition_count = COUNT_OF(of_t)},
        {.name = {"lost", 4}, .partitions = of_t, .partition_count = 1},
    };
    struct kafka_offset_commit_request body = {.group_id = {"s", 1},
                                               .generation_id = -1,
                                               .member_id = {"", 0},
                                               .group_instance_id = KAFKA_STRING_NULL,
                                               .topics = topics,
                                               .topic_count = 2};

    (void)snprintf(rig->unknown_topic, sizeof rig->unknown_topic, "lost");
    const struct rig_answer *answer =
        rig_answer(rig, rig_request(rig, KAFKA_OFFSET_COMMIT, 7, &body));
    ck_assert_uint_eq(answer->count, COUNT_OF(errors));
    for (size_t i = 0; i < COUNT_OF(errors); i++)
        ck_assert_int_eq(answer->results[i].error, errors[i]);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), 9); /* the later of two in one request */
    ck_assert_int_eq(rig_offset(rig, "s", "t", 2), 3);
}
END_TEST

START_TEST(a_commit_is_answered_and_seen_when_it_is_stored)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    rig->storing = RIG_STORES_LATER;
    uint64_t first = rig_commit(rig, "s", "", -1, "t", 0, 1);
    uint64_t second = rig_commit(rig, "s", "", -1, "t", 0, 2);
    ck_assert_ptr_null(rig_find(rig, first));
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), -1);
    ck_assert(rig_complete(rig, 0));
    ck_assert_int_eq(rig_error(rig, first), 0);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), 1);
    rig_forget(rig, second);
    ck_assert(rig_complete(rig, 0));
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), 2);
}
END_TEST

START_TEST(completions_out_of_order_leave_what_the_log_has_last)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    rig->storing = RIG_STORES_LATER;
    uint64_t first = rig_commit(rig, "s", "", -1, "t", 0, 1);
    uint64_t second = rig_commit(rig, "s", "", -1, "t", 0, 2);
    uint64_t ticket = rig->tickets[0];
    rig->tickets[0] = rig->tickets[1];
    rig->tickets[1] = ticket;
    ck_assert(rig_complete(rig, 0));
    ck_assert(rig_complete(rig, 0));
    ck_assert_int_eq(rig_error(rig, first), 0);
    ck_assert_int_eq(rig_error(rig, second), 0);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), 2);
}
END_TEST

START_TEST(a_commit_that_fails_changes_nothing_and_leaves_no_group)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    rig->store_error = KAFKA_MESSAGE_TOO_LARGE;
    ck_assert_int_eq(rig_error(rig, rig_commit(rig, "s", "", -1, "t", 0, 1)),
                     KAFKA_INVALID_COMMIT_OFFSET_SIZE);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), -1);
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, NULL))->text, "");
}
END_TEST

START_TEST(offsets_of_a_simple_consumer_expire_after_their_commit)
{
    struct groups_options options = rig_options();
    options.offsets_retention_ms = 3600000;
    AUTO(rig_destroy) struct rig *rig = rig_new_with(&options);

    (void)rig_commit(rig, "s", "", -1, "t", 0, 1);
    rig_pass(rig, 1800000);
    (void)rig_commit(rig, "s", "", -1, "t", 1, 1);
    rig_pass(rig, 3000000);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), -1);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 1), 1);
    rig_pass(rig, 1800000);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 1), -1);
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, NULL))->text, "");
    rig_restart(rig);
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, NULL))->text, "");
}
END_TEST

START_TEST(offsets_of_members_expire_after_the_group_is_empty)
{
    struct groups_options options = rig_options();
    options.offsets_retention_ms = 3600000;
    AUTO(rig_destroy) struct rig *rig = rig_new_with(&options);
    char id[RIG_NAME_MAX];

    join_consumer(rig, "t", id);
    (void)rig_commit(rig, "g", id, 1, "t", 0, 1);
    (void)rig_commit(rig, "g", id, 1, "u", 0, 1);
    for (size_t i = 0; i < 10; i++) {
        rig_pass(rig, 1200000);
        ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, id, 1)), 0);
    }
    ck_assert_int_eq(rig_offset(rig, "g", "t", 0), 1);  /* subscribed to */
    ck_assert_int_eq(rig_offset(rig, "g", "u", 0), -1); /* not any more */
    (void)rig_leave(rig, id);
    rig_pass(rig, 3000000);
    ck_assert_int_eq(rig_offset(rig, "g", "t", 0), 1);
    rig_pass(rig, 1800000);
    ck_assert_int_eq(rig_offset(rig, "g", "t", 0), -1);
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, NULL))->text, "");
    rig_restart(rig);
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, NULL))->text, "");
}
END_TEST

START_TEST(a_tombstone_that_fails_is_stored_by_the_next_look)
{
    struct groups_options options = rig_options();
    options.offsets_retention_ms = 3600000;
    AUTO(rig_destroy) struct rig *rig = rig_new_with(&options);

    (void)rig_commit(rig, "s", "", -1, "t", 0, 1);
    rig->store_error = KAFKA_STORAGE_ERROR;
    rig_pass(rig, 3600000 + 600000);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), -1);
    rig->store_error = 0;
    rig_pass(rig, 600000);
    rig_restart(rig);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), -1);
}
END_TEST

START_TEST(a_client_may_say_how_long_an_offset_is_kept)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    struct kafka_offset_commit_request_partition one = {
        .partition = 0, .committed_offset = 7, .committed_metadata = KAFKA_STRING_NULL};
    struct kafka_offset_commit_request_topic topic = {
        .name = {"t", 1}, .partitions = &one, .partition_count = 1};
    struct kafka_offset_commit_request body = {.group_id = {"s", 1},
                                               .generation_id = -1,
                                               .member_id = {"", 0},
                                               .group_instance_id = KAFKA_STRING_NULL,
                                               .retention_time_ms = 1000000,
                                               .topics = &topic,
                                               .topic_count = 1};

    ck_assert_int_eq(rig_error(rig, rig_request(rig, KAFKA_OFFSET_COMMIT, 2, &body)), 0);
    rig_restart(rig);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), 7);
    rig_pass(rig, 1000000 + 600000);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), -1);
}
END_TEST

START_TEST(a_topic_that_goes_takes_its_offsets_along)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    (void)rig_commit(rig, "s", "", -1, "t", 0, 1);
    (void)rig_commit(rig, "s", "", -1, "u", 0, 2);
    (void)rig_commit(rig, "r", "", -1, "t", 5, 3);
    groups_topic_deleted(rig->groups, (struct kafka_string){"t", 1}, rig->wall_ms);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), -1);
    ck_assert_int_eq(rig_offset(rig, "s", "u", 0), 2);
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, NULL))->text, "s:Empty");
    rig_restart(rig);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), -1);
    ck_assert_int_eq(rig_offset(rig, "r", "t", 5), -1);
    ck_assert_int_eq(rig_offset(rig, "s", "u", 0), 2);
    /* One that went while nobody was there to say so. */
    (void)snprintf(rig->unknown_topic, sizeof rig->unknown_topic, "u");
    rig_pass(rig, 600000);
    ck_assert_int_eq(rig_offset(rig, "s", "u", 0), -1);
}
END_TEST

START_TEST(a_topic_that_goes_takes_commits_along_that_are_on_their_way)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    rig->storing = RIG_STORES_LATER;
    uint64_t token = rig_commit(rig, "s", "", -1, "t", 0, 1);
    groups_topic_deleted(rig->groups, (struct kafka_string){"t", 1}, rig->wall_ms);
    ck_assert(rig_complete(rig, 0));
    ck_assert_int_eq(rig_error(rig, token), 0);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), -1);
    ck_assert(rig_complete(rig, 0));
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, NULL))->text, "");
}
END_TEST

START_TEST(groups_are_listed_and_described_by_their_state)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    char id[RIG_NAME_MAX];

    join_consumer(rig, "t", id);
    (void)rig_commit(rig, "s", "", -1, "t", 0, 1);
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, NULL))->text, "g:Stable s:Empty");
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, "stable"))->text, "g:Stable");
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, "Dead"))->text, "");
    ck_assert_str_eq(rig_answer(rig, rig_describe(rig, "nobody"))->text,
                     "nobody Dead type= protocol=");
    ck_assert_int_eq(rig_error(rig, rig_describe(rig, "nobody")), 0);
}
END_TEST

START_TEST(an_empty_group_is_deleted_with_its_offsets)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    char id[RIG_NAME_MAX];

    join_consumer(rig, "t", id);
    (void)rig_commit(rig, "g", id, 1, "t", 0, 1);
    ck_assert_int_eq(rig_error(rig, rig_delete(rig, "g")), KAFKA_NON_EMPTY_GROUP);
    ck_assert_int_eq(rig_error(rig, rig_delete(rig, "nobody")), KAFKA_GROUP_ID_NOT_FOUND);
    (void)rig_leave(rig, id);
    ck_assert_int_eq(rig_error(rig, rig_delete(rig, "g")), 0);
    ck_assert_int_eq(rig_error(rig, rig_delete(rig, "g")), KAFKA_GROUP_ID_NOT_FOUND);
    rig_restart(rig);
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, NULL))->text, "");
    ck_assert_int_eq(rig_offset(rig, "g", "t", 0), -1);
}
END_TEST

START_TEST(a_group_that_is_being_deleted_is_not_used)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    (void)rig_commit(rig, "s", "", -1, "t", 0, 1);
    rig->storing = RIG_STORES_LATER;
    uint64_t deletion = rig_delete(rig, "s");
    ck_assert_ptr_null(rig_find(rig, deletion));
    ck_assert_str_eq(rig_state(rig, "s"), "Dead");
    ck_assert_int_eq(rig_error(rig, rig_delete(rig, "s")), KAFKA_COORDINATOR_NOT_AVAILABLE);
    ck_assert_int_eq(rig_error(rig, rig_commit(rig, "s", "", -1, "t", 0, 1)),
                     KAFKA_COORDINATOR_NOT_AVAILABLE);
    ck_assert_int_eq(rig_error(rig, rig_join(rig, JOIN(.group = "s", .version = 3))),
                     KAFKA_COORDINATOR_NOT_AVAILABLE);
    ck_assert(rig_complete(rig, KAFKA_STORAGE_ERROR));
    ck_assert_int_eq(rig_error(rig, deletion), KAFKA_NOT_COORDINATOR);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), 1);
    deletion = rig_delete(rig, "s");
    ck_assert(rig_complete(rig, 0));
    ck_assert_int_eq(rig_error(rig, deletion), 0);
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), -1);
}
END_TEST

START_TEST(a_group_with_many_offsets_is_deleted_in_pieces)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    for (int32_t i = 0; i < 2500; i++)
        (void)rig_commit(rig, "s", "", -1, i < 900 ? "a" : i < 1800 ? "b" : "c", i % 900, i);
    rig->storing = RIG_STORES_LATER;
    uint64_t deletion = rig_delete(rig, "s");
    ck_assert_uint_eq(rig->ticket_count, 3);
    ck_assert(rig_complete(rig, 0));
    ck_assert(rig_complete(rig, 0));
    ck_assert_ptr_null(rig_find(rig, deletion));
    ck_assert(rig_complete(rig, 0));
    ck_assert_int_eq(rig_error(rig, deletion), 0);
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, NULL))->text, "");
}
END_TEST

START_TEST(offsets_are_deleted_unless_members_subscribe)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    char id[RIG_NAME_MAX];

    join_consumer(rig, "t", id);
    (void)rig_commit(rig, "g", id, 1, "t", 0, 1);
    (void)rig_commit(rig, "g", id, 1, "u", 0, 2);
    ck_assert_int_eq(rig_error(rig, rig_delete_offset(rig, "g", "t", 0)),
                     KAFKA_GROUP_SUBSCRIBED_TO_TOPIC);
    ck_assert_int_eq(rig_error(rig, rig_delete_offset(rig, "g", "u", 0)), 0);
    ck_assert_int_eq(rig_offset(rig, "g", "u", 0), -1);
    ck_assert_int_eq(rig_error(rig, rig_delete_offset(rig, "g", "u", 1)), 0);
    (void)snprintf(rig->unknown_topic, sizeof rig->unknown_topic, "x");
    ck_assert_int_eq(rig_error(rig, rig_delete_offset(rig, "g", "x", 0)),
                     KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    ck_assert_int_eq(rig_error(rig, rig_delete_offset(rig, "nobody", "t", 0)),
                     KAFKA_GROUP_ID_NOT_FOUND);
    (void)rig_leave(rig, id);
    ck_assert_int_eq(rig_error(rig, rig_delete_offset(rig, "g", "t", 0)), 0);
    rig_restart(rig);
    ck_assert_uint_eq(rig_answer(rig, rig_fetch_all(rig, "g"))->count, 0);
}
END_TEST

START_TEST(offsets_of_members_that_cannot_be_read_are_not_deleted)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    (void)rig_join(rig, JOIN(.version = 3, .type = "connect"));
    ck_assert_int_eq(rig_error(rig, rig_delete_offset(rig, "g", "t", 0)), KAFKA_NON_EMPTY_GROUP);
}
END_TEST

static void visit(void *context, const struct groups_offset *offset)
{
    text_add(context, "%.*s/%.*s/%d=%lld ", (int)offset->group.length, offset->group.data,
             (int)offset->topic.length, offset->topic.data, (int)offset->partition,
             (long long)offset->offset);
    ck_assert_int_eq(offset->committed_ms, RIG_WALL_MS);
}

START_TEST(whoever_measures_lag_sees_every_offset)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    AUTO(text_done) struct text text = {0};

    (void)rig_commit(rig, "s", "", -1, "t", 0, 1);
    (void)rig_commit(rig, "r", "", -1, "u", 7, 2);
    groups_each_offset(rig->groups, visit, &text);
    ck_assert_str_eq(text_data(&text), "s/t/0=1 r/u/7=2 ");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_was_committed_is_fetched,
        all_offsets_are_fetched_by_topic_and_partition,
        members_commit_in_their_generation_and_others_do_not,
        a_commit_is_a_sign_of_life,
        a_commit_that_cannot_be_is_refused_for_its_partition_alone,
        a_commit_is_answered_and_seen_when_it_is_stored,
        completions_out_of_order_leave_what_the_log_has_last,
        a_commit_that_fails_changes_nothing_and_leaves_no_group,
        offsets_of_a_simple_consumer_expire_after_their_commit,
        offsets_of_members_expire_after_the_group_is_empty,
        a_tombstone_that_fails_is_stored_by_the_next_look,
        a_client_may_say_how_long_an_offset_is_kept,
        a_topic_that_goes_takes_its_offsets_along,
        a_topic_that_goes_takes_commits_along_that_are_on_their_way,
        groups_are_listed_and_described_by_their_state,
        an_empty_group_is_deleted_with_its_offsets,
        a_group_that_is_being_deleted_is_not_used,
        a_group_with_many_offsets_is_deleted_in_pieces,
        offsets_are_deleted_unless_members_subscribe,
        offsets_of_members_that_cannot_be_read_are_not_deleted,
        whoever_measures_lag_sees_every_offset,
    };
    return suite_run("group_offsets", tests, COUNT_OF(tests));
}
