/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "broker/server/admin_parts.h"
#include "broker/server/catalog.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/admin_rig.h"

START_TEST(this_broker_coordinates_every_group)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_string keys[] = {rig_text("g"), rig_text("h")};
    struct kafka_find_coordinator_request request = {
        .key = rig_text("g"), .coordinator_keys = keys, .coordinator_key_count = 2};

    rig_init(&rig);
    for (int16_t version = 0; version <= 3; version++) {
        const struct kafka_find_coordinator_response *response =
            rig_ask(&rig, KAFKA_FIND_COORDINATOR, version, &request, admin_find_coordinator);
        ck_assert_int_eq(response->error_code, KAFKA_NONE);
        ck_assert_int_eq(response->node_id, RIG_ID);
        ck_assert(rig_says(response->host, RIG_HOST));
        ck_assert_int_eq(response->port, RIG_PORT);
    }
    const struct kafka_find_coordinator_response *response =
        rig_ask(&rig, KAFKA_FIND_COORDINATOR, 4, &request, admin_find_coordinator);
    ck_assert_int_eq(response->coordinator_count, 2);
    ck_assert(rig_says(response->coordinators[1].key, "h"));
    ck_assert_int_eq(response->coordinators[1].node_id, RIG_ID);
    ck_assert(rig_says(response->coordinators[1].host, RIG_HOST));
}
END_TEST

START_TEST(transactions_are_refused_for_good)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_find_coordinator_request find = {.key = rig_text("t"), .key_type = 1};
    struct kafka_init_producer_id_request init = {.transactional_id = rig_text("t")};

    rig_init(&rig);
    for (int16_t version = 1; version <= 3; version++) {
        const struct kafka_find_coordinator_response *response =
            rig_ask(&rig, KAFKA_FIND_COORDINATOR, version, &find, admin_find_coordinator);
        ck_assert_int_eq(response->error_code, KAFKA_TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        ck_assert(rig_mentions(response->error_message, "without transactional.id"));
        ck_assert_int_eq(response->node_id, -1);
        ck_assert(!kafka_error_is_retryable(response->error_code));
    }
    find.key_type = 2;
    ck_assert_int_eq(((const struct kafka_find_coordinator_response *)rig_ask(
                          &rig, KAFKA_FIND_COORDINATOR, 2, &find, admin_find_coordinator))
                         ->error_code,
                     KAFKA_INVALID_REQUEST);
    for (int16_t version = 0; version <= 4; version++) {
        const struct kafka_init_producer_id_response *response =
            rig_ask(&rig, KAFKA_INIT_PRODUCER_ID, version, &init, admin_init_producer_id);
        ck_assert_int_eq(response->error_code, KAFKA_TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        ck_assert_int_eq(response->producer_id, -1);
        ck_assert_int_eq(response->producer_epoch, -1);
    }
}
END_TEST

START_TEST(producers_get_ids_that_nobody_had)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_init_producer_id_request request = {
        .transactional_id = KAFKA_STRING_NULL, .producer_id = 5, .producer_epoch = 2};
    int64_t last = -1;

    rig_init(&rig);
    for (int round = 0; round < 2; round++) {
        for (int16_t version = 0; version <= 4; version++) {
            const struct kafka_init_producer_id_response *response =
                rig_ask(&rig, KAFKA_INIT_PRODUCER_ID, version, &request, admin_init_producer_id);
            ck_assert_int_eq(response->error_code, KAFKA_NONE);
            ck_assert_int_gt(response->producer_id, last);
            ck_assert_int_eq(response->producer_epoch, 0);
            last = response->producer_id;
        }
        rig_restart(&rig);
    }
    sim_files_plan(rig.sim, SIM_FILES_FULL, 0);
    const struct kafka_init_producer_id_response *response =
        rig_ask(&rig, KAFKA_INIT_PRODUCER_ID, 1, &request, admin_init_producer_id);
    ck_assert(kafka_error_is_retryable(response->error_code));
    ck_assert_int_eq(response->producer_id, -1);
}
END_TEST

START_TEST(the_cluster_is_one_broker)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_describe_cluster_request request = {.endpoint_type = 1};

    rig_init(&rig);
    for (int16_t version = 0; version <= 2; version++) {
        request.include_cluster_authorized_operations = version == 1;
        const struct kafka_describe_cluster_response *response =
            rig_ask(&rig, KAFKA_DESCRIBE_CLUSTER, version, &request, admin_describe_cluster);
        ck_assert_int_eq(response->error_code, KAFKA_NONE);
        ck_assert(rig_says(response->cluster_id, "AQIDAAAAAAAAAAAAAAAAAA"));
        ck_assert_int_eq(response->controller_id, RIG_ID);
        ck_assert_int_eq(response->broker_count, 1);
        ck_assert_int_eq(response->brokers[0].broker_id, RIG_ID);
        ck_assert(rig_says(response->brokers[0].host, RIG_HOST));
        ck_assert_int_eq(response->brokers[0].port, RIG_PORT);
        ck_assert_int_eq(response->cluster_authorized_operations,
                         version == 1 ? ADMIN_CLUSTER_OPERATIONS : INT32_MIN);
    }
    request.endpoint_type = 2;
    ck_assert_int_eq(((const struct kafka_describe_cluster_response *)rig_ask(
                          &rig, KAFKA_DESCRIBE_CLUSTER, 1, &request, admin_describe_cluster))
                         ->error_code,
                     KAFKA_MISMATCHED_ENDPOINT_TYPE);
    request.endpoint_type = 3;
    ck_assert_int_eq(((const struct kafka_describe_cluster_response *)rig_ask(
                          &rig, KAFKA_DESCRIBE_CLUSTER, 1, &request, admin_describe_cluster))
                         ->error_code,
                     KAFKA_UNSUPPORTED_ENDPOINT_TYPE);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        this_broker_coordinates_every_group,
        transactions_are_refused_for_good,
        producers_get_ids_that_nobody_had,
        the_cluster_is_one_broker,
    };

    return suite_run("admin_cluster", tests, sizeof tests / sizeof *tests);
}
