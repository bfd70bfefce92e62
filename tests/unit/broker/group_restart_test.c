/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a coordinator knows after a restart, from its records alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/group_rig.h"

#define JOIN(...) ((struct rig_joining){__VA_ARGS__})

/* A member alone in generation 1, stable, with the part A. */
static void join_alone(struct rig *rig, char ret_member[RIG_NAME_MAX])
{
    uint64_t token = rig_join(rig, JOIN(.version = 3, .protocols = "range=meta,other=x"));
    char assignments[2 * RIG_NAME_MAX];

    (void)snprintf(ret_member, RIG_NAME_MAX, "%s", rig_answer(rig, token)->member);
    (void)snprintf(assignments, sizeof assignments, "%s=A", ret_member);
    ck_assert_int_eq(rig_error(rig, rig_sync(rig, ret_member, 1, assignments)), 0);
}

START_TEST(members_go_on_in_their_generation)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    char id[RIG_NAME_MAX];

    join_alone(rig, id);
    (void)rig_commit(rig, "g", id, 1, "t", 0, 11);
    rig_restart(rig);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, id, 1)), 0);
    ck_assert_int_eq(rig_error(rig, rig_commit(rig, "g", id, 1, "t", 0, 12)), 0);
    ck_assert_str_eq(rig_answer(rig, rig_sync(rig, id, 1, NULL))->assignment, "A");
    ck_assert_str_eq(rig_answer(rig, rig_describe(rig, "g"))->text,
                     "g Stable type=consumer protocol=range "
                     "[- c /127.0.0.1 metadata=meta assignment=A]");
    ck_assert_int_eq(rig_offset(rig, "g", "t", 0), 12);
}
END_TEST

START_TEST(sessions_begin_when_all_is_loaded)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    char id[RIG_NAME_MAX];

    join_alone(rig, id);
    rig_pass(rig, RIG_SESSION_MS - 1);
    rig_begin_restart(rig);
    ck_assert_uint_eq(groups_due_ms(rig->groups), UINT64_MAX);
    rig->now_ms += 100000;
    groups_loaded(rig->groups, rig->now_ms);
    rig_pass(rig, RIG_SESSION_MS - 1);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, id, 1)), 0);
    rig_pass(rig, RIG_SESSION_MS);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, id, 1)), KAFKA_UNKNOWN_MEMBER_ID);
    ck_assert_str_eq(rig_state(rig, "g"), "Empty");
}
END_TEST

START_TEST(while_it_loads_clients_are_told_to_wait)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    char id[RIG_NAME_MAX];

    join_alone(rig, id);
    rig_begin_restart(rig);
    ck_assert_int_eq(rig_error(rig, rig_join(rig, JOIN(.member = id))),
                     KAFKA_COORDINATOR_LOAD_IN_PROGRESS);
    ck_assert_int_eq(rig_error(rig, rig_leave(rig, id)), KAFKA_COORDINATOR_LOAD_IN_PROGRESS);
    ck_assert_int_eq(rig_error(rig, rig_commit(rig, "g", id, 1, "t", 0, 1)),
                     KAFKA_COORDINATOR_LOAD_IN_PROGRESS);
    const struct rig_answer *fetched = rig_answer(rig, rig_fetch(rig, "g", "t", 0));
    ck_assert_int_eq(fetched->error, KAFKA_COORDINATOR_LOAD_IN_PROGRESS);
    ck_assert_int_eq(fetched->results[0].error, KAFKA_COORDINATOR_LOAD_IN_PROGRESS);
    ck_assert_int_eq(rig_error(rig, rig_fetch_all(rig, "g")), KAFKA_COORDINATOR_LOAD_IN_PROGRESS);
    ck_assert_int_eq(rig_error(rig, rig_describe(rig, "g")), KAFKA_COORDINATOR_LOAD_IN_PROGRESS);
    ck_assert_int_eq(rig_error(rig, rig_list(rig, NULL)), KAFKA_COORDINATOR_LOAD_IN_PROGRESS);
    ck_assert_int_eq(rig_error(rig, rig_delete(rig, "g")), KAFKA_COORDINATOR_LOAD_IN_PROGRESS);
    ck_assert_int_eq(rig_error(rig, rig_delete_offset(rig, "g", "t", 0)),
                     KAFKA_COORDINATOR_LOAD_IN_PROGRESS);
    /* These two know no such answer. */
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, id, 1)), 0);
    ck_assert_int_eq(rig_error(rig, rig_sync(rig, id, 1, NULL)), KAFKA_REBALANCE_IN_PROGRESS);
    groups_loaded(rig->groups, rig->now_ms);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, id, 1)), 0);
}
END_TEST

START_TEST(a_generation_that_was_not_stored_is_begun_anew)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    char id[RIG_NAME_MAX];

    join_alone(rig, id);
    ck_assert_int_eq(rig_answer(rig, rig_join(rig, JOIN(.member = id)))->generation, 2);
    rig_restart(rig);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, id, 2)), KAFKA_ILLEGAL_GENERATION);
    ck_assert_int_eq(rig_answer(rig, rig_join(rig, JOIN(.member = id)))->generation, 2);
}
END_TEST

START_TEST(an_empty_group_keeps_its_generation)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    char id[RIG_NAME_MAX];

    join_alone(rig, id);
    (void)rig_leave(rig, id);
    rig_restart(rig);
    ck_assert_str_eq(rig_answer(rig, rig_list(rig, NULL))->text, "g:Empty");
    ck_assert_int_eq(rig_answer(rig, rig_join(rig, JOIN(.version = 3)))->generation, 3);
}
END_TEST

START_TEST(a_group_above_a_new_limit_rebalances)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    uint64_t one = rig_join(rig, JOIN(.instance = "1"));
    uint64_t two = rig_join(rig, JOIN(.instance = "2"));
    one = rig_join(rig, JOIN(.instance = "1", .member = rig_answer(rig, one)->member));

    ck_assert_int_eq(rig_error(rig, rig_sync_as(rig, rig_answer(rig, one)->member, "1", 2, NULL)),
                     0);
    rig->options.members_max = 1;
    rig_restart(rig);
    ck_assert_int_eq(rig_error(rig, rig_heartbeat(rig, rig_answer(rig, two)->member, 2)),
                     KAFKA_REBALANCE_IN_PROGRESS);
}
END_TEST

static void load(struct rig *rig, const void *key, size_t key_size, const void *value,
                 size_t value_size)
{
    struct groups_record record = {.key = {key, (int32_t)key_size},
                                   .value = {value, (int32_t)value_size}};

    groups_load(rig->groups, &record, rig->wall_ms);
}

START_TEST(records_of_other_brokers_are_read)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    static const char key[] = "\0\0" /* version 0 */
                              "\0\1g\0\1t\0\0\0\7";
    static const char value[] = "\0\0"             /* version 0 */
                                "\0\0\0\0\0\0\1\0" /* 256 */
                                "\0\2hi"
                                "\0\0\1\x8b\xcf\xe5\x68\0";

    rig_begin_restart(rig);
    load(rig, key, sizeof key - 1, value, sizeof value - 1);
    groups_loaded(rig->groups, rig->now_ms);
    const struct rig_answer *fetched = rig_answer(rig, rig_fetch(rig, "g", "t", 7));
    ck_assert_int_eq(fetched->results[0].offset, 256);
    ck_assert_str_eq(fetched->results[0].metadata, "hi");
    ck_assert_int_eq(fetched->results[0].leader_epoch, -1);
}
END_TEST

START_TEST(records_that_cannot_be_read_are_counted_and_passed_over)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();
    static const char key[] = "\0\1\0\1g\0\1t\0\0\0\7";

    (void)rig_commit(rig, "s", "", -1, "t", 0, 5);
    rig_begin_restart(rig);
    load(rig, "\0\x9", 2, "x", 1);
    load(rig, key, sizeof key - 1, "\0\3", 2);
    load(rig, key, sizeof key - 2, "\0\3", 2);
    groups_loaded(rig->groups, rig->now_ms);
    ck_assert_ptr_nonnull(
        strstr(text_data(&rig->told), "groups.loaded groups=1 offsets=1 skipped=3"));
    ck_assert_int_eq(rig_offset(rig, "s", "t", 0), 5);
}
END_TEST

START_TEST(each_groups_records_go_to_the_partition_of_its_name)
{
    AUTO(rig_destroy) struct rig *rig = rig_new();

    (void)rig_commit(rig, "console-consumer-1", "", -1, "t", 0, 5);
    ck_assert_uint_eq(rig->log_count, 1);
    ck_assert_int_eq(rig->log[0].partition,
                     groups_partition_of((struct kafka_string){"console-consumer-1", 18}));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        members_go_on_in_their_generation,
        sessions_begin_when_all_is_loaded,
        while_it_loads_clients_are_told_to_wait,
        a_generation_that_was_not_stored_is_begun_anew,
        an_empty_group_keeps_its_generation,
        a_group_above_a_new_limit_rebalances,
        records_of_other_brokers_are_read,
        records_that_cannot_be_read_are_counted_and_passed_over,
        each_groups_records_go_to_the_partition_of_its_name,
    };
    return suite_run("group_restart", tests, COUNT_OF(tests));
}
