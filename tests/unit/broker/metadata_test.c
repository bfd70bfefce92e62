/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "broker/server/admin_parts.h"
#include "broker/server/catalog.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/admin_rig.h"

enum {
    VERSION_MAX = 12,
};

static const struct kafka_metadata_response *ask(struct rig *rig, int16_t version,
                                                 const char *const *names, int32_t count,
                                                 bool may_create)
{
    struct kafka_metadata_request_topic topics[8] = {{.name = KAFKA_STRING_NULL}};
    struct kafka_metadata_request request = {
        .topics = topics, .topic_count = count, .allow_auto_topic_creation = may_create};

    for (int32_t i = 0; i < count; i++)
        topics[i] = (struct kafka_metadata_request_topic){.name = rig_text(names[i])};
    return rig_ask(rig, KAFKA_METADATA, version, &request, metadata_handle);
}

static const struct kafka_metadata_response *ask_one(struct rig *rig, int16_t version,
                                                     const char *name, bool may_create)
{
    return ask(rig, version, &name, 1, may_create);
}

START_TEST(every_version_tells_of_brokers_topics_and_leaders)
{
    AUTO(rig_done) struct rig rig;

    rig_init(&rig);
    rig_make_topic(&rig, "lines", 3);
    for (int16_t version = 0; version <= VERSION_MAX; version++) {
        const struct kafka_metadata_response *response = ask_one(&rig, version, "lines", false);

        ck_assert_int_eq(response->broker_count, 1);
        ck_assert_int_eq(response->brokers[0].node_id, RIG_ID);
        ck_assert(rig_says(response->brokers[0].host, RIG_HOST));
        ck_assert_int_eq(response->brokers[0].port, RIG_PORT);
        ck_assert_int_eq(response->topic_count, 1);

        const struct kafka_metadata_response_topic *topic = &response->topics[0];
        ck_assert_int_eq(topic->error_code, KAFKA_NONE);
        ck_assert(rig_says(topic->name, "lines"));
        ck_assert(!topic->is_internal);
        ck_assert_int_eq(topic->partition_count, 3);
        for (int32_t i = 0; i < 3; i++) {
            const struct kafka_metadata_response_partition *partition = &topic->partitions[i];
            ck_assert_int_eq(partition->error_code, KAFKA_NONE);
            ck_assert_int_eq(partition->partition, i);
            ck_assert_int_eq(partition->leader_id, RIG_ID);
            ck_assert_int_eq(partition->replica_node_count, 1);
            ck_assert_int_eq(partition->replica_nodes[0], RIG_ID);
            ck_assert_int_eq(partition->isr_node_count, 1);
            ck_assert_int_eq(partition->isr_nodes[0], RIG_ID);
            ck_assert_int_eq(partition->offline_replica_count, 0);
            ck_assert_int_eq(partition->leader_epoch, version >= 7 ? 1 : -1);
        }
        if (version >= 1)
            ck_assert_int_eq(response->controller_id, RIG_ID);
        if (version >= 2)
            ck_assert(rig_says(response->cluster_id, "AQIDAAAAAAAAAAAAAAAAAA"));
        if (version >= 10)
            ck_assert(!catalog_id_is_zero(&topic->topic_id));
    }
}
END_TEST

START_TEST(all_topics_are_asked_for_by_nothing_or_by_null)
{
    AUTO(rig_done) struct rig rig;

    rig_init(&rig);
    rig_make_topic(&rig, "b", 1);
    rig_make_topic(&rig, "a", 1);
    ck_assert_int_eq(ask(&rig, 0, NULL, 0, false)->topic_count, 2);
    for (int16_t version = 1; version <= VERSION_MAX; version++) {
        ck_assert_int_eq(ask(&rig, version, NULL, 0, true)->topic_count, 0);

        struct kafka_metadata_request all = {.topic_count = KAFKA_NULL};
        const struct kafka_metadata_response *response =
            rig_ask(&rig, KAFKA_METADATA, version, &all, metadata_handle);
        ck_assert_int_eq(response->topic_count, 2);
        ck_assert(rig_says(response->topics[0].name, "a"));
        ck_assert(rig_says(response->topics[1].name, "b"));
    }
    ck_assert_int_eq(rig.changes, 0);
}
END_TEST

START_TEST(a_topic_that_is_asked_for_is_made_if_that_is_wanted_and_allowed)
{
    AUTO(rig_done) struct rig rig;
    char name[2] = "a";

    rig_init(&rig);
    for (int16_t version = 0; version <= VERSION_MAX; version++) {
        /* Before version 4 there was no choice. */
        int16_t unwanted = version < 4 ? KAFKA_NONE : KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
        ck_assert_int_eq(ask_one(&rig, version, name, false)->topics[0].error_code, unwanted);

        const struct kafka_metadata_response *response = ask_one(&rig, version, name, true);
        ck_assert_int_eq(response->topics[0].error_code, KAFKA_NONE);
        ck_assert_int_eq(response->topics[0].partition_count, RIG_DEFAULT_PARTITIONS);
        ck_assert_int_eq(response->topics[0].partitions[1].leader_id, RIG_ID);
        ck_assert_int_eq(rig.changes, version + 1);
        name[0]++;
    }
    rig_restart(&rig);
    ck_assert_int_eq(ask_one(&rig, 8, "a", false)->topics[0].error_code, KAFKA_NONE);
    ck_assert_int_eq(ask_one(&rig, 8, "a", false)->topics[0].partitions[0].leader_epoch, 2);

    rig.options.auto_creates = false;
    ck_assert_int_eq(ask_one(&rig, 1, "z", true)->topics[0].error_code,
                     KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
}
END_TEST

START_TEST(bad_names_are_refused_and_the_others_answered)
{
    AUTO(rig_done) struct rig rig;
    static const char *const names[] = {"a b", "", "..", "good", "good", "go.od", "go_od"};

    rig_init(&rig);
    const struct kafka_metadata_response *response = ask(&rig, 8, names, 7, true);
    ck_assert_int_eq(response->topic_count, 6); /* what is asked for twice is answered once */
    ck_assert_int_eq(response->topics[0].error_code, KAFKA_INVALID_TOPIC);
    ck_assert_int_eq(response->topics[1].error_code, KAFKA_INVALID_TOPIC);
    ck_assert_int_eq(response->topics[2].error_code, KAFKA_INVALID_TOPIC);
    ck_assert_int_eq(response->topics[3].error_code, KAFKA_NONE);
    ck_assert_int_eq(response->topics[4].error_code, KAFKA_NONE);
    ck_assert_int_eq(response->topics[5].error_code, KAFKA_INVALID_TOPIC); /* collides */
    ck_assert_int_eq(ask_one(&rig, 8, "a b", false)->topics[0].error_code, KAFKA_INVALID_TOPIC);
    ck_assert(rig_says(ask_one(&rig, 8, "a b", false)->topics[0].name, "a b"));
}
END_TEST

START_TEST(the_topic_of_the_offsets_is_not_made_by_asking)
{
    AUTO(rig_done) struct rig rig;
    struct error error;

    rig_init(&rig);
    const struct kafka_metadata_response *response = ask_one(&rig, 4, "__consumer_offsets", true);
    ck_assert_int_eq(response->topics[0].error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    ck_assert(response->topics[0].is_internal);
    ck_assert(service_ensure_offsets_topic(rig.service, &error) == ERR_OK);
    response = ask_one(&rig, 4, "__consumer_offsets", true);
    ck_assert_int_eq(response->topics[0].error_code, KAFKA_NONE);
    ck_assert_int_eq(response->topics[0].partition_count, GROUPS_PARTITIONS);
    ck_assert(response->topics[0].is_internal);
}
END_TEST

START_TEST(a_topic_that_cannot_be_made_is_an_error_of_its_own)
{
    AUTO(rig_done) struct rig rig;
    static const char *const names[] = {"a", "here"};

    rig_init(&rig);
    rig_make_topic(&rig, "here", 1);
    sim_files_plan(rig.sim, SIM_FILES_FULL, 0);
    const struct kafka_metadata_response *response = ask(&rig, 8, names, 2, true);
    ck_assert_int_eq(response->topics[0].error_code, KAFKA_STORAGE_ERROR);
    ck_assert_int_eq(response->topics[1].error_code, KAFKA_NONE);
    ck_assert(strncmp(rig.told, "topic.not_created", 17) == 0);

    /* More partitions than all topics may have. */
    sim_files_plan(rig.sim, SIM_FILES_FINE, 0);
    rig.options.topic_partitions = RIG_PARTITIONS_MAX;
    ck_assert_int_eq(ask_one(&rig, 8, "a", true)->topics[0].error_code, KAFKA_POLICY_VIOLATION);
}
END_TEST

START_TEST(a_partition_whose_log_is_not_open_has_no_leader)
{
    AUTO(rig_done) struct rig rig;

    rig_init(&rig);
    rig_make_topic(&rig, "lines", 1);
    service_drop_topic(rig.service, rig_text("lines"));
    const struct kafka_metadata_response *response = ask_one(&rig, 8, "lines", true);
    ck_assert_int_eq(response->topics[0].error_code, KAFKA_NONE);

    const struct kafka_metadata_response_partition *partition = &response->topics[0].partitions[0];
    ck_assert_int_eq(partition->error_code, KAFKA_LEADER_NOT_AVAILABLE);
    ck_assert_int_eq(partition->leader_id, -1);
    ck_assert_int_eq(partition->isr_node_count, 0);
    ck_assert_int_eq(partition->replica_node_count, 1);
    ck_assert_int_eq(partition->offline_replica_count, 1);
}
END_TEST

START_TEST(topics_are_found_by_their_ids)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_metadata_request_topic topics[] = {
        {.name = KAFKA_STRING_NULL}, {.name = KAFKA_STRING_NULL, .topic_id = {{9, 9}}}};
    struct kafka_metadata_request request = {.topics = topics, .topic_count = 2};

    rig_init(&rig);
    rig_make_topic(&rig, "lines", 1);
    topics[0].topic_id = catalog_find(rig.service->catalog, rig_text("lines"))->id;
    const struct kafka_metadata_response *response =
        rig_ask(&rig, KAFKA_METADATA, 12, &request, metadata_handle);
    ck_assert_int_eq(response->topic_count, 2);
    ck_assert(rig_says(response->topics[0].name, "lines"));
    ck_assert_int_eq(response->topics[1].error_code, KAFKA_UNKNOWN_TOPIC_ID);
    ck_assert(rig_says(response->topics[1].name, NULL));
}
END_TEST

START_TEST(operations_are_told_to_those_who_ask)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_metadata_request request = {.topic_count = KAFKA_NULL};

    rig_init(&rig);
    rig_make_topic(&rig, "lines", 1);
    const struct kafka_metadata_response *response =
        rig_ask(&rig, KAFKA_METADATA, 8, &request, metadata_handle);
    ck_assert_int_eq(response->cluster_authorized_operations, INT32_MIN);
    ck_assert_int_eq(response->topics[0].topic_authorized_operations, INT32_MIN);

    request.include_cluster_authorized_operations = true;
    request.include_topic_authorized_operations = true;
    response = rig_ask(&rig, KAFKA_METADATA, 8, &request, metadata_handle);
    ck_assert_int_eq(response->cluster_authorized_operations, ADMIN_CLUSTER_OPERATIONS);
    ck_assert_int_eq(response->topics[0].topic_authorized_operations, ADMIN_TOPIC_OPERATIONS);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_version_tells_of_brokers_topics_and_leaders,
        all_topics_are_asked_for_by_nothing_or_by_null,
        a_topic_that_is_asked_for_is_made_if_that_is_wanted_and_allowed,
        bad_names_are_refused_and_the_others_answered,
        the_topic_of_the_offsets_is_not_made_by_asking,
        a_topic_that_cannot_be_made_is_an_error_of_its_own,
        a_partition_whose_log_is_not_open_has_no_leader,
        topics_are_found_by_their_ids,
        operations_are_told_to_those_who_ask,
    };

    return suite_run("metadata", tests, sizeof tests / sizeof *tests);
}
