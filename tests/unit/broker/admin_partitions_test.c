/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "broker/server/catalog.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/admin_rig.h"

static struct kafka_delete_records_response_partition delete_before(
    struct rig *rig, int16_t version, const char *topic, int32_t partition, int64_t offset)
{
    struct kafka_delete_records_request_partition part = {partition, offset};
    struct kafka_delete_records_request_topic asked = {rig_text(topic), &part, 1};
    struct kafka_delete_records_request request = {.topics = &asked, .topic_count = 1};
    const struct kafka_delete_records_response *response =
        rig_ask(rig, KAFKA_DELETE_RECORDS, version, &request, admin_delete_records);

    ck_assert_int_eq(response->topic_count, 1);
    ck_assert_int_eq(response->topics[0].partition_count, 1);
    ck_assert_int_eq(response->topics[0].partitions[0].partition, partition);
    return response->topics[0].partitions[0];
}

START_TEST(records_go_up_to_an_offset_or_all)
{
    AUTO(rig_done) struct rig rig;

    rig_init(&rig);
    rig_make_topic(&rig, "a", 1);
    rig_append(&rig, "a", 10);
    ck_assert_int_eq(delete_before(&rig, 0, "a", 0, 3).low_watermark, 3);
    ck_assert_int_eq(delete_before(&rig, 1, "a", 0, 2).low_watermark, 3);
    ck_assert_int_eq(delete_before(&rig, 2, "a", 0, 11).error_code, KAFKA_OFFSET_OUT_OF_RANGE);
    ck_assert_int_eq(delete_before(&rig, 2, "a", 0, -2).error_code, KAFKA_OFFSET_OUT_OF_RANGE);
    ck_assert_int_eq(delete_before(&rig, 2, "a", 0, -2).low_watermark, -1);
    ck_assert_int_eq(delete_before(&rig, 2, "a", 0, -1).low_watermark, 10);
    ck_assert(rig.service->checkpoint_at_ms != UINT64_MAX);
}
END_TEST

START_TEST(records_that_a_topic_is_to_keep_stay)
{
    AUTO(rig_done) struct rig rig;
    struct error error;

    rig_init(&rig);
    rig_make_topic(&rig, "a", 1);
    ck_assert(service_ensure_offsets_topic(rig.service, &error) == ERR_OK);
    ck_assert_int_eq(delete_before(&rig, 1, "x", 0, 0).error_code,
                     KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    ck_assert_int_eq(delete_before(&rig, 1, "a", 1, 0).error_code,
                     KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    ck_assert_int_eq(delete_before(&rig, 1, "a", -1, 0).error_code,
                     KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    ck_assert_int_eq(delete_before(&rig, 1, "__consumer_offsets", 0, 0).error_code,
                     KAFKA_INVALID_TOPIC);
    service_find_topic(rig.service, rig_text("a"))->options.deletes = false;
    ck_assert_int_eq(delete_before(&rig, 1, "a", 0, 0).error_code, KAFKA_POLICY_VIOLATION);
}
END_TEST

START_TEST(the_end_of_an_epoch_is_found)
{
    AUTO(rig_done) struct rig rig;
    struct {
        int32_t partition;
        int32_t current;
        int32_t asked;
        int16_t code;
        int32_t epoch;
        int64_t end;
    } cases[] = {
        {0, -1, 1, KAFKA_NONE, 1, 4},
        {0, -1, 2, KAFKA_NONE, 2, 6},
        {0, 2, 1, KAFKA_NONE, 1, 4},
        {0, 1, 1, KAFKA_FENCED_LEADER_EPOCH, -1, -1},
        {0, 3, 1, KAFKA_UNKNOWN_LEADER_EPOCH, -1, -1},
        {1, -1, 1, KAFKA_UNKNOWN_TOPIC_OR_PARTITION, -1, -1},
    };

    rig_init(&rig);
    rig_make_topic(&rig, "a", 1);
    rig_append(&rig, "a", 4);
    sim_files_plan(rig.sim, SIM_FILES_KILL, 0); /* nothing is lost */
    rig_restart(&rig);
    rig_append(&rig, "a", 2);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (int16_t version = 2; version <= 4; version++) {
            struct kafka_offset_for_leader_epoch_request_partition part = {
                cases[i].partition, cases[i].current, cases[i].asked};
            struct kafka_offset_for_leader_epoch_request_topic topic = {rig_text("a"), &part, 1};
            struct kafka_offset_for_leader_epoch_request request = {.topics = &topic,
                                                                    .topic_count = 1};
            const struct kafka_offset_for_leader_epoch_response *response =
                rig_ask(&rig, KAFKA_OFFSET_FOR_LEADER_EPOCH, version, &request,
                        admin_offset_for_leader_epoch);
            const struct kafka_offset_for_leader_epoch_response_partition *answer =
                &response->topics[0].partitions[0];
            ck_assert_int_eq(answer->error_code, cases[i].code);
            ck_assert_int_eq(answer->leader_epoch, cases[i].epoch);
            ck_assert_int_eq(answer->end_offset, cases[i].end);
        }
    }
}
END_TEST

START_TEST(no_leader_need_be_elected)
{
    AUTO(rig_done) struct rig rig;
    int32_t partitions[] = {0, 5};
    struct kafka_elect_leaders_request_topic topic = {rig_text("a"), partitions, 2};
    struct kafka_elect_leaders_request request = {.topics = &topic, .topic_count = 1};

    rig_init(&rig);
    rig_make_topic(&rig, "a", 1);
    for (int16_t version = 0; version <= 2; version++) {
        const struct kafka_elect_leaders_response *response =
            rig_ask(&rig, KAFKA_ELECT_LEADERS, version, &request, admin_elect_leaders);
        ck_assert_int_eq(response->error_code, KAFKA_NONE);
        ck_assert_int_eq(response->topics[0].partitions[0].error_code, KAFKA_ELECTION_NOT_NEEDED);
        ck_assert_int_eq(response->topics[0].partitions[1].error_code,
                         KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    }
    request.topic_count = KAFKA_NULL;
    ck_assert_int_eq(((const struct kafka_elect_leaders_response *)rig_ask(
                          &rig, KAFKA_ELECT_LEADERS, 1, &request, admin_elect_leaders))
                         ->topic_count,
                     0);
}
END_TEST

START_TEST(the_folder_is_told_with_the_sizes_of_logs)
{
    AUTO(rig_done) struct rig rig;
    int32_t partitions[] = {0, 1, 9};
    struct kafka_describe_log_dirs_request_topic topics[] = {{rig_text("a"), partitions, 3},
                                                             {rig_text("x"), partitions, 3}};
    struct kafka_describe_log_dirs_request request = {.topics = topics, .topic_count = 2};

    rig_init(&rig);
    rig_make_topic(&rig, "a", 2);
    rig_make_topic(&rig, "b", 1);
    rig_append(&rig, "a", 1);
    int64_t size =
        (int64_t)partition_size_bytes(service_find_replica(rig.service, rig_text("a"), 0)->log);
    ck_assert_int_gt(size, 61);
    for (int16_t version = 0; version <= 4; version++) {
        const struct kafka_describe_log_dirs_response *response =
            rig_ask(&rig, KAFKA_DESCRIBE_LOG_DIRS, version, &request, admin_describe_log_dirs);
        ck_assert_int_eq(response->result_count, 1);

        const struct kafka_describe_log_dirs_response_result *result = &response->results[0];
        ck_assert(rig_says(result->log_dir, "/var/lib/broker"));
        ck_assert_int_eq(result->topic_count, 1);
        ck_assert_int_eq(result->topics[0].partition_count, 2);
        ck_assert_int_eq(result->topics[0].partitions[0].partition_size, size);
        ck_assert_int_eq(result->topics[0].partitions[1].partition_size, 0);
    }
    request.topic_count = KAFKA_NULL;
    const struct kafka_describe_log_dirs_response *response =
        rig_ask(&rig, KAFKA_DESCRIBE_LOG_DIRS, 1, &request, admin_describe_log_dirs);
    ck_assert_int_eq(response->results[0].topic_count, 2);
    ck_assert(rig_says(response->results[0].topics[1].name, "b"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        records_go_up_to_an_offset_or_all,
        records_that_a_topic_is_to_keep_stay,
        the_end_of_an_epoch_is_found,
        no_leader_need_be_elected,
        the_folder_is_told_with_the_sizes_of_logs,
    };

    return suite_run("admin_partitions", tests, sizeof tests / sizeof *tests);
}
