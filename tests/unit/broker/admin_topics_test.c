/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "broker/server/catalog.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/admin_rig.h"

enum {
    CREATE_VERSION_MAX = 7,
    DELETE_VERSION_MAX = 6,
    GROW_VERSION_MAX = 3,
};

static int32_t self[] = {RIG_ID};
static int32_t stranger[] = {RIG_ID + 1};
static int32_t both[] = {RIG_ID, RIG_ID + 1};

static const struct kafka_create_topics_response *create(
    struct rig *rig, int16_t version, const struct kafka_create_topics_request *request)
{
    return rig_ask(rig, KAFKA_CREATE_TOPICS, version, request, admin_create_topics);
}

static const struct kafka_create_topics_response_topic *create_one(
    struct rig *rig, int16_t version, struct kafka_create_topics_request_topic topic)
{
    struct kafka_create_topics_request request = {.topics = &topic, .topic_count = 1};

    return &create(rig, version, &request)->topics[0];
}

static const struct catalog_topic *find(const struct rig *rig, const char *name)
{
    return catalog_find(rig->service->catalog, rig_text(name));
}

static bool is_served(const struct rig *rig, const char *name, int32_t partition)
{
    return service_find_replica(rig->service, rig_text(name), partition) != NULL;
}

START_TEST(topics_are_created_in_every_version)
{
    AUTO(rig_done) struct rig rig;

    rig_init(&rig);
    for (int16_t version = 0; version <= CREATE_VERSION_MAX; version++) {
        char name[] = "topic-0";
        name[6] = (char)('0' + version);
        struct kafka_create_topics_request_config config = {rig_text("retention.ms"),
                                                            rig_text("5000")};
        struct kafka_create_topics_request_topic topic = {
            .name = rig_text(name),
            .num_partitions = 3,
            .replication_factor = 1,
            .configs = &config,
            .config_count = 1,
        };
        const struct kafka_create_topics_response_topic *answer = create_one(&rig, version, topic);

        ck_assert_int_eq(answer->error_code, KAFKA_NONE);
        ck_assert(rig_says(answer->name, name));
        ck_assert(rig_says(answer->error_message, NULL));
        ck_assert(is_served(&rig, name, 2) && !is_served(&rig, name, 3));
        ck_assert_int_eq(rig.changes, version + 1);
        if (version >= 5) {
            ck_assert_int_eq(answer->num_partitions, 3);
            ck_assert_int_eq(answer->replication_factor, 1);
            ck_assert_int_eq(answer->config_count, TOPIC_KEYS);
            ck_assert(rig_says(answer->configs[TOPIC_KEY_RETENTION_MS].name, "retention.ms"));
            ck_assert(rig_says(answer->configs[TOPIC_KEY_RETENTION_MS].value, "5000"));
            ck_assert_int_eq(answer->configs[TOPIC_KEY_RETENTION_MS].config_source,
                             KAFKA_CONFIG_SOURCE_TOPIC);
        }
        if (version >= 7)
            ck_assert(catalog_id_equals(&answer->topic_id, &find(&rig, name)->id));
    }
    rig_restart(&rig);
    ck_assert_uint_eq(catalog_topic_count(rig.service->catalog), CREATE_VERSION_MAX + 1);
    ck_assert(is_served(&rig, "topic-0", 2));
    ck_assert_int_eq(service_find_topic(rig.service, rig_text("topic-0"))->options.retention_ms,
                     5000);
}
END_TEST

START_TEST(numbers_that_are_not_said_are_the_brokers)
{
    AUTO(rig_done) struct rig rig;

    rig_init(&rig);
    const struct kafka_create_topics_response_topic *answer =
        create_one(&rig, 5,
                   (struct kafka_create_topics_request_topic){
                       .name = rig_text("a"), .num_partitions = -1, .replication_factor = -1});
    ck_assert_int_eq(answer->error_code, KAFKA_NONE);
    ck_assert_int_eq(answer->num_partitions, RIG_DEFAULT_PARTITIONS);
    ck_assert_int_eq(answer->replication_factor, 1);
}
END_TEST

struct refusal {
    struct kafka_create_topics_request_topic topic;
    int16_t code;
    const char *says;
};

START_TEST(what_cannot_be_created_is_refused_with_the_reason)
{
    static struct kafka_create_topics_request_assignment gap[] = {{0, self, 1}, {2, self, 1}};
    static struct kafka_create_topics_request_assignment twice[] = {{0, self, 1}, {0, self, 1}};
    static struct kafka_create_topics_request_assignment elsewhere[] = {{0, stranger, 1}};
    static struct kafka_create_topics_request_assignment copies[] = {{0, both, 2}};
    static struct kafka_create_topics_request_assignment nowhere[] = {{0, NULL, 0}};
    struct kafka_create_topics_request_config unknown[] = {
        {rig_text("retention.sm"), rig_text("1")}};
    struct kafka_create_topics_request_config wrong[] = {{rig_text("retention.ms"), rig_text("x")}};
    struct kafka_create_topics_request_config null[] = {
        {rig_text("retention.ms"), KAFKA_STRING_NULL}};
    char long_name[300];
    memset(long_name, 'x', sizeof long_name);
    const struct refusal refusals[] = {
        {{.name = rig_text("there"), .num_partitions = 1, .replication_factor = 1},
         KAFKA_TOPIC_ALREADY_EXISTS,
         "'there' is there already"},
        {{.name = rig_text("a.b"), .num_partitions = 1, .replication_factor = 1},
         KAFKA_INVALID_TOPIC,
         "differ from 'a_b' only"},
        {{.name = rig_text("a b"), .num_partitions = 1, .replication_factor = 1},
         KAFKA_INVALID_TOPIC,
         "has a character"},
        {{.name = rig_text(""), .num_partitions = 1, .replication_factor = 1},
         KAFKA_INVALID_TOPIC,
         "is empty"},
        {{.name = {long_name, 250}, .num_partitions = 1, .replication_factor = 1},
         KAFKA_INVALID_TOPIC,
         "longer than 249"},
        {{.name = rig_text("__consumer_offsets"), .num_partitions = 1, .replication_factor = 1},
         KAFKA_INVALID_TOPIC,
         "broker's own"},
        {{.name = rig_text("x"), .num_partitions = 0, .replication_factor = 1},
         KAFKA_INVALID_PARTITIONS,
         "1 or more"},
        {{.name = rig_text("x"), .num_partitions = -2, .replication_factor = 1},
         KAFKA_INVALID_PARTITIONS,
         "1 or more"},
        {{.name = rig_text("x"), .num_partitions = 1, .replication_factor = 3},
         KAFKA_INVALID_REPLICATION_FACTOR,
         "must be 1: there is one broker"},
        {{.name = rig_text("x"), .num_partitions = 1, .replication_factor = 0},
         KAFKA_INVALID_REPLICATION_FACTOR,
         "must be 1"},
        {{.name = rig_text("x"), .num_partitions = INT32_MAX, .replication_factor = 1},
         KAFKA_POLICY_VIOLATION,
         "broker.partitions.max"},
        {{.name = rig_text("x"),
          .num_partitions = 1,
          .replication_factor = 1,
          .configs = unknown,
          .config_count = 1},
         KAFKA_INVALID_CONFIG,
         "did you mean 'retention.ms'?"},
        {{.name = rig_text("x"),
          .num_partitions = 1,
          .replication_factor = 1,
          .configs = wrong,
          .config_count = 1},
         KAFKA_INVALID_CONFIG,
         "'retention.ms' is 'x', but must be"},
        {{.name = rig_text("x"),
          .num_partitions = 1,
          .replication_factor = 1,
          .configs = null,
          .config_count = 1},
         KAFKA_INVALID_CONFIG,
         "has no value"},
        {{.name = rig_text("x"),
          .num_partitions = 1,
          .replication_factor = -1,
          .assignments = elsewhere,
          .assignment_count = 1},
         KAFKA_INVALID_REQUEST,
         "must be -1"},
        {{.name = rig_text("x"),
          .num_partitions = -1,
          .replication_factor = -1,
          .assignments = gap,
          .assignment_count = 2},
         KAFKA_INVALID_REPLICA_ASSIGNMENT,
         "from 0 to 1 once"},
        {{.name = rig_text("x"),
          .num_partitions = -1,
          .replication_factor = -1,
          .assignments = twice,
          .assignment_count = 2},
         KAFKA_INVALID_REPLICA_ASSIGNMENT,
         "from 0 to 1 once"},
        {{.name = rig_text("x"),
          .num_partitions = -1,
          .replication_factor = -1,
          .assignments = elsewhere,
          .assignment_count = 1},
         KAFKA_INVALID_REPLICA_ASSIGNMENT,
         "broker 7 alone"},
        {{.name = rig_text("x"),
          .num_partitions = -1,
          .replication_factor = -1,
          .assignments = copies,
          .assignment_count = 1},
         KAFKA_INVALID_REPLICA_ASSIGNMENT,
         "broker 7 alone"},
        {{.name = rig_text("x"),
          .num_partitions = -1,
          .replication_factor = -1,
          .assignments = nowhere,
          .assignment_count = 1},
         KAFKA_INVALID_REPLICA_ASSIGNMENT,
         "broker 7 alone"},
    };
    AUTO(rig_done) struct rig rig;

    rig_init(&rig);
    rig_make_topic(&rig, "there", 1);
    rig_make_topic(&rig, "a_b", 1);
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        for (int16_t version = 0; version <= CREATE_VERSION_MAX; version++) {
            const struct kafka_create_topics_response_topic *answer =
                create_one(&rig, version, refusals[i].topic);

            ck_assert_msg(answer->error_code == refusals[i].code, "%s: %d", refusals[i].says,
                          answer->error_code);
            ck_assert_msg(version < 1 || rig_mentions(answer->error_message, refusals[i].says),
                          "'%.*s' does not say '%s'", answer->error_message.length,
                          answer->error_message.data, refusals[i].says);
            if (version >= 5)
                ck_assert_int_eq(answer->config_count, KAFKA_NULL);
        }
    }
    ck_assert_uint_eq(catalog_topic_count(rig.service->catalog), 2);
    ck_assert_int_eq(rig.changes, 0);
}
END_TEST

START_TEST(partitions_may_be_assigned_to_this_broker)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_create_topics_request_assignment assignments[] = {
        {1, self, 1}, {0, self, 1}, {2, self, 1}};

    rig_init(&rig);
    ck_assert_int_eq(
        create_one(&rig, 2,
                   (struct kafka_create_topics_request_topic){.name = rig_text("a"),
                                                              .num_partitions = -1,
                                                              .replication_factor = -1,
                                                              .assignments = assignments,
                                                              .assignment_count = 3})
            ->error_code,
        KAFKA_NONE);
    ck_assert_int_eq(find(&rig, "a")->partition_count, 3);
}
END_TEST

START_TEST(topics_of_one_request_are_answered_one_by_one_and_written_once)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_create_topics_request_topic topics[] = {
        {.name = rig_text("a"), .num_partitions = 1, .replication_factor = 1},
        {.name = rig_text("twice"), .num_partitions = 1, .replication_factor = 1},
        {.name = rig_text("b"), .num_partitions = 1, .replication_factor = 9},
        {.name = rig_text("twice"), .num_partitions = 2, .replication_factor = 1},
        {.name = rig_text("c.d"), .num_partitions = 1, .replication_factor = 1},
        {.name = rig_text("c_d"), .num_partitions = 1, .replication_factor = 1},
    };
    static const int16_t codes[] = {
        KAFKA_NONE, KAFKA_INVALID_REQUEST, KAFKA_INVALID_REPLICATION_FACTOR, KAFKA_INVALID_REQUEST,
        KAFKA_NONE, KAFKA_INVALID_TOPIC,
    };
    struct kafka_create_topics_request request = {.topics = topics, .topic_count = 6};

    rig_init(&rig);
    const struct kafka_create_topics_response *response = create(&rig, 4, &request);
    ck_assert_int_eq(response->topic_count, 6);
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(response->topics[i].error_code, codes[i]);
    ck_assert_uint_eq(catalog_topic_count(rig.service->catalog), 2);
}
END_TEST

START_TEST(a_trial_changes_nothing)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_create_topics_request_topic topics[] = {
        {.name = rig_text("a"), .num_partitions = 4, .replication_factor = 1},
        {.name = rig_text("there"), .num_partitions = 1, .replication_factor = 1},
    };
    struct kafka_create_topics_request request = {
        .topics = topics, .topic_count = 2, .validate_only = true};

    rig_init(&rig);
    rig_make_topic(&rig, "there", 1);
    sim_files_plan(rig.sim, SIM_FILES_FINE, 0);
    for (int16_t version = 1; version <= CREATE_VERSION_MAX; version++) {
        const struct kafka_create_topics_response *response = create(&rig, version, &request);
        ck_assert_int_eq(response->topics[0].error_code, KAFKA_NONE);
        ck_assert_int_eq(response->topics[1].error_code, KAFKA_TOPIC_ALREADY_EXISTS);
        ck_assert(catalog_id_is_zero(&response->topics[0].topic_id));
        if (version >= 5)
            ck_assert_int_eq(response->topics[0].num_partitions, 4);
        ck_assert_ptr_null(find(&rig, "a"));
    }
    ck_assert_uint_eq(sim_files_operations(rig.sim), 0);
    ck_assert_int_eq(rig.changes, 0);
}
END_TEST

START_TEST(a_disk_that_fails_at_any_operation_leaves_no_half_of_a_topic)
{
    static const enum sim_files_fault faults[] = {SIM_FILES_ERROR, SIM_FILES_FULL,
                                                  SIM_FILES_FULL_ONCE};
    const struct kafka_create_topics_request_topic topic = {
        .name = rig_text("a"), .num_partitions = 2, .replication_factor = 1};

    for (size_t f = 0; f < COUNT_OF(faults); f++) {
        bool has_struck = true;
        for (uint64_t at = 0; has_struck; at++) {
            AUTO(rig_done) struct rig rig;

            rig_init(&rig);
            sim_files_plan(rig.sim, faults[f], at);
            int16_t code = create_one(&rig, 4, topic)->error_code;
            has_struck = sim_files_has_struck(rig.sim);
            /* On a disk that stays full even the removal may fail: then it is there, but not served. */
            ck_assert(code != KAFKA_NONE || find(&rig, "a") != NULL);
            ck_assert_int_eq(code == KAFKA_NONE, is_served(&rig, "a", 1));
            ck_assert_int_eq(code == KAFKA_NONE, is_served(&rig, "a", 0));
            ck_assert(code == KAFKA_NONE || code == KAFKA_STORAGE_ERROR);
            ck_assert(code == KAFKA_NONE || has_struck);
            rig_restart(&rig);
            ck_assert(code != KAFKA_NONE || is_served(&rig, "a", 1));
            code = create_one(&rig, 4, topic)->error_code;
            ck_assert(code == KAFKA_NONE || code == KAFKA_TOPIC_ALREADY_EXISTS);
            ck_assert(is_served(&rig, "a", 1));
        }
    }
}
END_TEST

/* ---- deletion ---- */

static int16_t delete_one(struct rig *rig, int16_t version, const char *name)
{
    struct kafka_string text = rig_text(name);
    struct kafka_delete_topics_request_topic topic = {.name = text};
    struct kafka_delete_topics_request request = {
        .topics = &topic, .topic_count = 1, .topic_names = &text, .topic_name_count = 1};
    const struct kafka_delete_topics_response *response =
        rig_ask(rig, KAFKA_DELETE_TOPICS, version, &request, admin_delete_topics);

    ck_assert_int_eq(response->topic_count, 1);
    ck_assert(rig_says(response->topics[0].name, name));
    return response->topics[0].error_code;
}

START_TEST(topics_are_deleted_in_every_version_with_all_they_had)
{
    AUTO(rig_done) struct rig rig;

    rig_init(&rig);
    for (int16_t version = 0; version <= DELETE_VERSION_MAX; version++) {
        ck_assert_int_eq(delete_one(&rig, version, "a"), KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
        rig_make_topic(&rig, "a", 2);
        rig_append(&rig, "a", 3);
        ck_assert(sim_files_has(rig.sim, "a-0"));
        ck_assert_int_eq(delete_one(&rig, version, "a"), KAFKA_NONE);
        ck_assert(!is_served(&rig, "a", 0));
        ck_assert(!sim_files_has(rig.sim, "a-0") && !sim_files_has(rig.sim, "a-1"));
        ck_assert_uint_eq(sim_files_open_count(rig.sim), 0);

        /* The next of the name begins with nothing. */
        rig_make_topic(&rig, "a", 1);
        ck_assert_int_eq(
            partition_end_offset(service_find_replica(rig.service, rig_text("a"), 0)->log), 0);
        ck_assert_int_eq(delete_one(&rig, version, "a"), KAFKA_NONE);
    }
    ck_assert_int_eq(rig.changes, 2 * (DELETE_VERSION_MAX + 1));
}
END_TEST

START_TEST(several_are_deleted_at_once_and_none_twice)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_string names[] = {rig_text("a"), rig_text("b"), rig_text("x"),
                                   rig_text("b"), rig_text("c"), rig_text("__consumer_offsets")};
    static const int16_t codes[] = {KAFKA_NONE,
                                    KAFKA_INVALID_REQUEST,
                                    KAFKA_UNKNOWN_TOPIC_OR_PARTITION,
                                    KAFKA_INVALID_REQUEST,
                                    KAFKA_NONE,
                                    KAFKA_TOPIC_DELETION_DISABLED};
    struct kafka_delete_topics_request request = {.topic_names = names, .topic_name_count = 5};
    struct error error;

    rig_init(&rig);
    rig_make_topic(&rig, "a", 1);
    rig_make_topic(&rig, "b", 1);
    rig_make_topic(&rig, "c", 1);
    rig.options.groups.seed = 1;
    request.topic_name_count = 6;
    /* Its 50 partitions fit. */
    ck_assert(service_ensure_offsets_topic(rig.service, &error) == ERR_OK);
    const struct kafka_delete_topics_response *response =
        rig_ask(&rig, KAFKA_DELETE_TOPICS, 5, &request, admin_delete_topics);
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(response->topics[i].error_code, codes[i]);
    ck_assert(rig_mentions(response->topics[1].error_message, "more than once"));
    ck_assert(rig_mentions(response->topics[5].error_message, "broker's own"));
    ck_assert_ptr_nonnull(find(&rig, "b"));
    ck_assert_uint_eq(catalog_topic_count(rig.service->catalog), 2);
}
END_TEST

START_TEST(a_topic_is_deleted_by_its_id)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_delete_topics_request_topic topics[] = {
        {.name = KAFKA_STRING_NULL}, {.name = KAFKA_STRING_NULL, .topic_id = {{5}}}};
    struct kafka_delete_topics_request request = {.topics = topics, .topic_count = 2};

    rig_init(&rig);
    rig_make_topic(&rig, "a", 1);
    topics[0].topic_id = find(&rig, "a")->id;
    const struct kafka_delete_topics_response *response =
        rig_ask(&rig, KAFKA_DELETE_TOPICS, 6, &request, admin_delete_topics);
    ck_assert_int_eq(response->topics[0].error_code, KAFKA_NONE);
    ck_assert(rig_says(response->topics[0].name, "a"));
    ck_assert_int_eq(response->topics[1].error_code, KAFKA_UNKNOWN_TOPIC_ID);
    ck_assert(rig_says(response->topics[1].name, NULL));
    ck_assert_ptr_null(find(&rig, "a"));
}
END_TEST

START_TEST(a_deletion_on_a_disk_that_fails_never_serves_what_may_be_gone)
{
    bool has_struck = true;

    for (uint64_t at = 0; has_struck; at++) {
        AUTO(rig_done) struct rig rig;

        rig_init(&rig);
        rig_make_topic(&rig, "a", 2);
        rig_append(&rig, "a", 2);
        sim_files_plan(rig.sim, SIM_FILES_ERROR, at);
        int16_t code = delete_one(&rig, 4, "a");
        has_struck = sim_files_has_struck(rig.sim);
        ck_assert_int_eq(find(&rig, "a") != NULL, is_served(&rig, "a", 1));
        ck_assert(code == KAFKA_NONE || code == KAFKA_STORAGE_ERROR);
        ck_assert(code != KAFKA_NONE || find(&rig, "a") == NULL);
        if (find(&rig, "a") != NULL)
            ck_assert(sim_files_has(rig.sim, "a-0"));
        rig_restart(&rig);
        ck_assert(code != KAFKA_NONE || find(&rig, "a") == NULL);
        if (find(&rig, "a") == NULL)
            rig_make_topic(&rig, "a", 2); /* nothing is in its way */
        ck_assert(is_served(&rig, "a", 1));
    }
}
END_TEST

/* ---- growth ---- */

static const struct kafka_create_partitions_response_result *grow_one(
    struct rig *rig, int16_t version, struct kafka_create_partitions_request_topic topic,
    bool validate_only)
{
    struct kafka_create_partitions_request request = {
        .topics = &topic, .topic_count = 1, .validate_only = validate_only};
    const struct kafka_create_partitions_response *response =
        rig_ask(rig, KAFKA_CREATE_PARTITIONS, version, &request, admin_create_partitions);

    ck_assert_int_eq(response->result_count, 1);
    return &response->results[0];
}

START_TEST(topics_get_more_partitions_in_every_version)
{
    AUTO(rig_done) struct rig rig;

    rig_init(&rig);
    rig_make_topic(&rig, "a", 1);
    for (int16_t version = 0; version <= GROW_VERSION_MAX; version++) {
        const struct kafka_create_partitions_request_topic topic = {
            .name = rig_text("a"), .count = version + 2, .assignment_count = KAFKA_NULL};

        ck_assert_int_eq(grow_one(&rig, version, topic, true)->error_code, KAFKA_NONE);
        ck_assert(!is_served(&rig, "a", version + 1));
        ck_assert_int_eq(grow_one(&rig, version, topic, false)->error_code, KAFKA_NONE);
        ck_assert(is_served(&rig, "a", version + 1));
        ck_assert_int_eq(grow_one(&rig, version, topic, false)->error_code,
                         KAFKA_INVALID_PARTITIONS);
    }
    ck_assert_int_eq(rig.changes, GROW_VERSION_MAX + 1);
    rig_restart(&rig);
    ck_assert(is_served(&rig, "a", GROW_VERSION_MAX + 1));
}
END_TEST

START_TEST(what_cannot_grow_is_refused_with_the_reason)
{
    static struct kafka_create_partitions_request_assignment here[] = {{self, 1}};
    static struct kafka_create_partitions_request_assignment there[] = {{stranger, 1}};
    struct {
        struct kafka_create_partitions_request_topic topic;
        int16_t code;
        const char *says;
    } refusals[] = {
        {{rig_text("x"), 2, NULL, KAFKA_NULL}, KAFKA_UNKNOWN_TOPIC_OR_PARTITION, "no such topic"},
        {{rig_text("a"), 2, NULL, KAFKA_NULL}, KAFKA_INVALID_PARTITIONS, "has 3 partitions"},
        {{rig_text("a"), 3, NULL, KAFKA_NULL}, KAFKA_INVALID_PARTITIONS, "has 3 partitions"},
        {{rig_text("a"), -1, NULL, KAFKA_NULL}, KAFKA_INVALID_PARTITIONS, "has 3 partitions"},
        {{rig_text("a"), INT32_MAX, NULL, KAFKA_NULL},
         KAFKA_POLICY_VIOLATION,
         "broker.partitions.max"},
        {{rig_text("a"), 5, here, 1}, KAFKA_INVALID_REPLICA_ASSIGNMENT, "2 partitions are new"},
        {{rig_text("a"), 4, there, 1}, KAFKA_INVALID_REPLICA_ASSIGNMENT, "broker 7 alone"},
        {{rig_text("__consumer_offsets"), 60, NULL, KAFKA_NULL},
         KAFKA_INVALID_TOPIC,
         "broker's own"},
    };
    AUTO(rig_done) struct rig rig;
    struct error error;

    rig_init(&rig);
    rig_make_topic(&rig, "a", 3);
    ck_assert(service_ensure_offsets_topic(rig.service, &error) == ERR_OK);
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        const struct kafka_create_partitions_response_result *result =
            grow_one(&rig, 1, refusals[i].topic, false);

        ck_assert_msg(result->error_code == refusals[i].code, "%s: %d", refusals[i].says,
                      result->error_code);
        ck_assert_msg(rig_mentions(result->error_message, refusals[i].says), "%.*s",
                      result->error_message.length, result->error_message.data);
    }
    ck_assert_int_eq(
        grow_one(&rig, 1, (struct kafka_create_partitions_request_topic){rig_text("a"), 4, here, 1},
                 false)
            ->error_code,
        KAFKA_NONE);
}
END_TEST

START_TEST(growth_on_a_disk_that_fails_is_told_and_done_at_the_next_start)
{
    bool has_struck = true;

    for (uint64_t at = 0; has_struck; at++) {
        AUTO(rig_done) struct rig rig;
        const struct kafka_create_partitions_request_topic topic = {
            .name = rig_text("a"), .count = 3, .assignment_count = KAFKA_NULL};

        rig_init(&rig);
        rig_make_topic(&rig, "a", 1);
        sim_files_plan(rig.sim, SIM_FILES_ERROR, at);
        int16_t code = grow_one(&rig, 1, topic, false)->error_code;
        has_struck = sim_files_has_struck(rig.sim);
        ck_assert(code == KAFKA_NONE || code == KAFKA_STORAGE_ERROR);
        ck_assert(is_served(&rig, "a", 0));
        ck_assert(code != KAFKA_NONE || is_served(&rig, "a", 2));
        int32_t count = find(&rig, "a")->partition_count;
        rig_restart(&rig);
        ck_assert_int_ge(find(&rig, "a")->partition_count, count);
        ck_assert(is_served(&rig, "a", find(&rig, "a")->partition_count - 1));
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        topics_are_created_in_every_version,
        numbers_that_are_not_said_are_the_brokers,
        what_cannot_be_created_is_refused_with_the_reason,
        partitions_may_be_assigned_to_this_broker,
        topics_of_one_request_are_answered_one_by_one_and_written_once,
        a_trial_changes_nothing,
        a_disk_that_fails_at_any_operation_leaves_no_half_of_a_topic,
        topics_are_deleted_in_every_version_with_all_they_had,
        several_are_deleted_at_once_and_none_twice,
        a_topic_is_deleted_by_its_id,
        a_deletion_on_a_disk_that_fails_never_serves_what_may_be_gone,
        topics_get_more_partitions_in_every_version,
        what_cannot_grow_is_refused_with_the_reason,
        growth_on_a_disk_that_fails_is_told_and_done_at_the_next_start,
    };

    return suite_run("admin_topics", tests, sizeof tests / sizeof *tests);
}
