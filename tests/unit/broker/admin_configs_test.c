/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "broker/server/catalog.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/admin_rig.h"

enum {
    DESCRIBE_VERSION_MAX = 4,
    ALTER_VERSION_MAX = 2,
    CHANGE_VERSION_MAX = 1,
};

static const struct kafka_describe_configs_response_result *describe(struct rig *rig,
                                                                     int16_t version, int8_t type,
                                                                     const char *name)
{
    struct kafka_describe_configs_request_resource resource = {type, rig_text(name), NULL,
                                                               KAFKA_NULL};
    struct kafka_describe_configs_request request = {
        .resources = &resource,
        .resource_count = 1,
        .include_synonyms = true,
        .include_documentation = true,
    };
    const struct kafka_describe_configs_response *response =
        rig_ask(rig, KAFKA_DESCRIBE_CONFIGS, version, &request, admin_describe_configs);

    ck_assert_int_eq(response->result_count, 1);
    return &response->results[0];
}

static const struct kafka_describe_configs_response_config *find(
    const struct kafka_describe_configs_response_result *result, const char *name)
{
    for (int32_t i = 0; i < result->config_count; i++) {
        if (rig_says(result->configs[i].name, name))
            return &result->configs[i];
    }
    ck_abort_msg("there is no '%s'", name);
    return NULL;
}

static const struct kafka_alter_configs_response_response *alter(
    struct rig *rig, int16_t version, const char *topic,
    struct kafka_alter_configs_request_config *configs, int32_t count)
{
    struct kafka_alter_configs_request_resource resource = {KAFKA_RESOURCE_TOPIC, rig_text(topic),
                                                            configs, count};
    struct kafka_alter_configs_request request = {.resources = &resource, .resource_count = 1};
    const struct kafka_alter_configs_response *response =
        rig_ask(rig, KAFKA_ALTER_CONFIGS, version, &request, admin_alter_configs);

    ck_assert_int_eq(response->response_count, 1);
    return &response->responses[0];
}

static const struct kafka_incremental_alter_configs_response_response *change(
    struct rig *rig, const char *topic, int8_t operation, const char *key, const char *value)
{
    struct kafka_incremental_alter_configs_request_config config = {
        rig_text(key), operation, value == NULL ? KAFKA_STRING_NULL : rig_text(value)};
    struct kafka_incremental_alter_configs_request_resource resource = {
        KAFKA_RESOURCE_TOPIC, rig_text(topic), &config, 1};
    struct kafka_incremental_alter_configs_request request = {.resources = &resource,
                                                              .resource_count = 1};
    const struct kafka_incremental_alter_configs_response *response = NULL;

    for (int16_t version = 0; version <= CHANGE_VERSION_MAX; version++)
        response = rig_ask(rig, KAFKA_INCREMENTAL_ALTER_CONFIGS, version, &request,
                           admin_incremental_alter_configs);
    ck_assert_int_eq(response->response_count, 1);
    return &response->responses[0];
}

static const struct partition_options *options_of(struct rig *rig, const char *topic)
{
    return &service_find_topic(rig->service, rig_text(topic))->options;
}

START_TEST(a_topics_settings_are_shown_with_their_sources)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_alter_configs_request_config configs[] = {
        {rig_text("retention.ms"), rig_text("5000")}};

    rig_init(&rig);
    rig.service->defaults.values[TOPIC_KEY_SEGMENT_MS].whole = 77;
    rig_make_topic(&rig, "a", 1);
    ck_assert_int_eq(alter(&rig, 0, "a", configs, 1)->error_code, KAFKA_NONE);
    for (int16_t version = 0; version <= DESCRIBE_VERSION_MAX; version++) {
        const struct kafka_describe_configs_response_result *result =
            describe(&rig, version, KAFKA_RESOURCE_TOPIC, "a");
        const struct kafka_describe_configs_response_config *own = find(result, "retention.ms");
        const struct kafka_describe_configs_response_config *brokers = find(result, "segment.ms");
        const struct kafka_describe_configs_response_config *builtin =
            find(result, "cleanup.policy");

        ck_assert_int_eq(result->error_code, KAFKA_NONE);
        ck_assert_int_eq(result->resource_type, KAFKA_RESOURCE_TOPIC);
        ck_assert(rig_says(result->resource_name, "a"));
        ck_assert_int_eq(result->config_count, TOPIC_KEYS);
        ck_assert(rig_says(own->value, "5000"));
        ck_assert(rig_says(brokers->value, "77"));
        ck_assert(rig_says(builtin->value, "delete"));
        ck_assert(!own->read_only && !own->is_sensitive);
        if (version == 0) {
            ck_assert(!own->is_default && !brokers->is_default && builtin->is_default);
            continue;
        }
        ck_assert_int_eq(own->config_source, KAFKA_CONFIG_SOURCE_TOPIC);
        ck_assert_int_eq(brokers->config_source, KAFKA_CONFIG_SOURCE_STATIC);
        ck_assert_int_eq(builtin->config_source, KAFKA_CONFIG_SOURCE_DEFAULT);
        ck_assert_int_eq(own->synonym_count, 2);
        ck_assert(rig_says(own->synonyms[0].name, "retention.ms"));
        ck_assert(rig_says(own->synonyms[1].name, "log.retention.ms"));
        ck_assert(rig_says(own->synonyms[1].value, "604800000"));
        ck_assert_int_eq(own->synonyms[1].source, KAFKA_CONFIG_SOURCE_DEFAULT);
        ck_assert_int_eq(brokers->synonym_count, 2);
        ck_assert_int_eq(brokers->synonyms[0].source, KAFKA_CONFIG_SOURCE_STATIC);
        ck_assert(rig_says(brokers->synonyms[0].value, "77"));
        ck_assert_int_eq(builtin->synonym_count, 1);
        if (version < 3)
            continue;
        ck_assert_int_eq(own->config_type, KAFKA_CONFIG_LONG);
        ck_assert_int_eq(builtin->config_type, KAFKA_CONFIG_LIST);
        ck_assert_int_eq(find(result, "preallocate")->config_type, KAFKA_CONFIG_BOOLEAN);
        ck_assert(rig_mentions(own->documentation, "-1: never"));
    }
}
END_TEST

START_TEST(only_what_is_asked_for_is_shown)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_string keys[] = {rig_text("segment.ms"), rig_text("colour"),
                                  rig_text("log.roll.ms")};
    struct kafka_describe_configs_request_resource resources[] = {
        {KAFKA_RESOURCE_TOPIC, rig_text("a"), keys, 3},
        {KAFKA_RESOURCE_BROKER, rig_text("7"), keys, 3}};
    struct kafka_describe_configs_request request = {.resources = resources, .resource_count = 2};

    rig_init(&rig);
    rig_make_topic(&rig, "a", 1);
    const struct kafka_describe_configs_response *response =
        rig_ask(&rig, KAFKA_DESCRIBE_CONFIGS, 3, &request, admin_describe_configs);
    ck_assert_int_eq(response->results[0].config_count, 1);
    ck_assert_int_eq(response->results[0].configs[0].synonym_count, 0);
    ck_assert(rig_says(response->results[0].configs[0].documentation, NULL));
    ck_assert_int_eq(response->results[1].config_count, 1);
    ck_assert(rig_says(response->results[1].configs[0].name, "log.roll.ms"));
}
END_TEST

START_TEST(the_brokers_settings_are_shown_to_be_read)
{
    AUTO(rig_done) struct rig rig;

    rig_init(&rig);
    for (int16_t version = 0; version <= DESCRIBE_VERSION_MAX; version++) {
        const struct kafka_describe_configs_response_result *result =
            describe(&rig, version, KAFKA_RESOURCE_BROKER, version % 2 == 0 ? "7" : "");

        ck_assert_int_eq(result->error_code, KAFKA_NONE);
        for (int32_t i = 0; i < result->config_count; i++)
            ck_assert(result->configs[i].read_only);
        ck_assert(rig_says(find(result, "broker.id")->value, "7"));
        ck_assert(rig_says(find(result, "num.partitions")->value, "2"));
        ck_assert(rig_says(find(result, "auto.create.topics.enable")->value, "true"));
        ck_assert(rig_says(find(result, "log.segment.bytes")->value, "1073741824"));
        ck_assert(rig_says(find(result, "message.max.bytes")->value, "1048588"));
        ck_assert(rig_says(find(result, "log.dirs")->value, "/var/lib/broker"));
        ck_assert(rig_says(find(result, "advertised.listeners")->value,
                           "PLAINTEXT://broker.example:9099"));
    }
}
END_TEST

START_TEST(what_cannot_be_described_is_told_why)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_describe_configs_request_resource resources[] = {
        {KAFKA_RESOURCE_TOPIC, rig_text("x"), NULL, KAFKA_NULL},
        {KAFKA_RESOURCE_BROKER, rig_text("8"), NULL, KAFKA_NULL},
        {3, rig_text("x"), NULL, KAFKA_NULL},
        {KAFKA_RESOURCE_TOPIC, rig_text("7"), NULL, KAFKA_NULL},
        {KAFKA_RESOURCE_BROKER, rig_text("7"), NULL, KAFKA_NULL},
        {KAFKA_RESOURCE_TOPIC, rig_text("a"), NULL, KAFKA_NULL},
        {KAFKA_RESOURCE_TOPIC, rig_text("a"), NULL, KAFKA_NULL},
    };
    static const int16_t codes[] = {KAFKA_UNKNOWN_TOPIC_OR_PARTITION,
                                    KAFKA_INVALID_REQUEST,
                                    KAFKA_INVALID_REQUEST,
                                    KAFKA_NONE,
                                    KAFKA_NONE,
                                    KAFKA_INVALID_REQUEST,
                                    KAFKA_INVALID_REQUEST};
    struct kafka_describe_configs_request request = {.resources = resources, .resource_count = 7};

    rig_init(&rig);
    rig_make_topic(&rig, "a", 1);
    rig_make_topic(&rig, "7", 1);
    const struct kafka_describe_configs_response *response =
        rig_ask(&rig, KAFKA_DESCRIBE_CONFIGS, 1, &request, admin_describe_configs);
    for (int i = 0; i < 7; i++)
        ck_assert_int_eq(response->results[i].error_code, codes[i]);
    ck_assert(rig_mentions(response->results[1].error_message, "this is broker 7"));
    ck_assert(rig_mentions(response->results[6].error_message, "more than once"));
}
END_TEST

START_TEST(altering_replaces_all_that_was_overridden)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_alter_configs_request_config first[] = {
        {rig_text("retention.ms"), rig_text("5000")}, {rig_text("segment.ms"), rig_text("6000")}};
    struct kafka_alter_configs_request_config second[] = {
        {rig_text("segment.bytes"), rig_text("2048")}};

    rig_init(&rig);
    rig_make_topic(&rig, "a", 2);
    for (int16_t version = 0; version <= ALTER_VERSION_MAX; version++) {
        ck_assert_int_eq(alter(&rig, version, "a", first, 2)->error_code, KAFKA_NONE);
        ck_assert_int_eq(options_of(&rig, "a")->retention_ms, 5000);
        ck_assert_uint_eq(options_of(&rig, "a")->segment_ms, 6000);
        ck_assert_int_eq(alter(&rig, version, "a", second, 1)->error_code, KAFKA_NONE);
        ck_assert_int_eq(options_of(&rig, "a")->retention_ms, 604800000);
        ck_assert_uint_eq(options_of(&rig, "a")->segment_bytes, 2048);
    }
    ck_assert_int_eq(rig.changes, 2 * (ALTER_VERSION_MAX + 1));
    rig_restart(&rig);
    ck_assert_uint_eq(options_of(&rig, "a")->segment_bytes, 2048);
    ck_assert_int_eq(alter(&rig, 1, "a", NULL, 0)->error_code, KAFKA_NONE);
    ck_assert_uint_eq(options_of(&rig, "a")->segment_bytes, 1 << 30);
}
END_TEST

START_TEST(changes_are_set_deleted_appended_and_subtracted)
{
    AUTO(rig_done) struct rig rig;

    rig_init(&rig);
    rig_make_topic(&rig, "a", 1);
    ck_assert_int_eq(change(&rig, "a", KAFKA_CONFIG_SET, "retention.ms", "5000")->error_code,
                     KAFKA_NONE);
    ck_assert_int_eq(
        change(&rig, "a", KAFKA_CONFIG_APPEND, "cleanup.policy", "compact")->error_code,
        KAFKA_NONE);
    ck_assert(options_of(&rig, "a")->compacts && options_of(&rig, "a")->deletes);
    ck_assert_int_eq(options_of(&rig, "a")->retention_ms, 5000);
    ck_assert_int_eq(
        change(&rig, "a", KAFKA_CONFIG_SUBTRACT, "cleanup.policy", "delete")->error_code,
        KAFKA_NONE);
    ck_assert(options_of(&rig, "a")->compacts && !options_of(&rig, "a")->deletes);
    ck_assert_int_eq(change(&rig, "a", KAFKA_CONFIG_DELETE, "retention.ms", NULL)->error_code,
                     KAFKA_NONE);
    ck_assert_int_eq(options_of(&rig, "a")->retention_ms, 604800000);
    ck_assert(options_of(&rig, "a")->compacts);
}
END_TEST

START_TEST(bad_changes_are_refused_and_change_nothing)
{
    struct {
        const char *topic;
        int8_t operation;
        const char *key;
        const char *value;
        int16_t code;
        const char *says;
    } bads[] = {
        {"x", KAFKA_CONFIG_SET, "retention.ms", "1", KAFKA_UNKNOWN_TOPIC_OR_PARTITION,
         "no such topic"},
        {"a", KAFKA_CONFIG_SET, "retention.sm", "1", KAFKA_INVALID_CONFIG, "retention.ms"},
        {"a", KAFKA_CONFIG_SET, "retention.ms", "-2", KAFKA_INVALID_CONFIG, "from -1"},
        {"a", KAFKA_CONFIG_SET, "retention.ms", NULL, KAFKA_INVALID_CONFIG, "has no value"},
        {"a", KAFKA_CONFIG_APPEND, "retention.ms", "1", KAFKA_INVALID_CONFIG, "no list"},
        {"a", KAFKA_CONFIG_SUBTRACT, "cleanup.policy", "delete", KAFKA_INVALID_CONFIG,
         "nothing would be left"},
        {"a", 9, "retention.ms", "1", KAFKA_INVALID_CONFIG, "no operation 9"},
        {"__consumer_offsets", KAFKA_CONFIG_SET, "cleanup.policy", "delete", KAFKA_INVALID_CONFIG,
         "must be compact"},
        {"__consumer_offsets", KAFKA_CONFIG_DELETE, "cleanup.policy", NULL, KAFKA_INVALID_CONFIG,
         "must be compact"},
    };
    AUTO(rig_done) struct rig rig;
    struct error error;

    rig_init(&rig);
    rig_make_topic(&rig, "a", 1);
    ck_assert(service_ensure_offsets_topic(rig.service, &error) == ERR_OK);
    rig.changes = 0;
    for (size_t i = 0; i < COUNT_OF(bads); i++) {
        const struct kafka_incremental_alter_configs_response_response *response =
            change(&rig, bads[i].topic, bads[i].operation, bads[i].key, bads[i].value);

        ck_assert_msg(response->error_code == bads[i].code, "%s: %d", bads[i].says,
                      response->error_code);
        ck_assert_msg(rig_mentions(response->error_message, bads[i].says), "%.*s",
                      response->error_message.length, response->error_message.data);
    }
    ck_assert_int_eq(rig.changes, 0);
    ck_assert_uint_eq(catalog_find(rig.service->catalog, rig_text("a"))->config.overrides, 0);
}
END_TEST

START_TEST(keys_and_topics_are_named_once_and_brokers_not_at_all)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_alter_configs_request_config twice[] = {{rig_text("retention.ms"), rig_text("1")},
                                                         {rig_text("retention.ms"), rig_text("2")}};
    struct kafka_alter_configs_request_config once[] = {{rig_text("retention.ms"), rig_text("1")}};
    struct kafka_alter_configs_request_resource resources[] = {
        {KAFKA_RESOURCE_TOPIC, rig_text("a"), twice, 2},
        {KAFKA_RESOURCE_TOPIC, rig_text("b"), once, 1},
        {KAFKA_RESOURCE_TOPIC, rig_text("b"), once, 1},
        {KAFKA_RESOURCE_BROKER, rig_text("7"), once, 1},
        {KAFKA_RESOURCE_TOPIC, rig_text("c"), once, 1},
    };
    static const int16_t codes[] = {KAFKA_INVALID_REQUEST, KAFKA_INVALID_REQUEST,
                                    KAFKA_INVALID_REQUEST, KAFKA_INVALID_CONFIG, KAFKA_NONE};
    struct kafka_alter_configs_request request = {.resources = resources, .resource_count = 5};

    rig_init(&rig);
    rig_make_topic(&rig, "a", 1);
    rig_make_topic(&rig, "b", 1);
    rig_make_topic(&rig, "c", 1);
    const struct kafka_alter_configs_response *response =
        rig_ask(&rig, KAFKA_ALTER_CONFIGS, 1, &request, admin_alter_configs);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(response->responses[i].error_code, codes[i]);
    ck_assert(rig_mentions(response->responses[3].error_message, "those of its file"));
    ck_assert_int_eq(options_of(&rig, "c")->retention_ms, 1);
}
END_TEST

START_TEST(a_trial_or_a_full_disk_changes_nothing)
{
    AUTO(rig_done) struct rig rig;
    struct kafka_alter_configs_request_config once[] = {{rig_text("retention.ms"), rig_text("1")}};
    struct kafka_alter_configs_request_resource resource = {KAFKA_RESOURCE_TOPIC, rig_text("a"),
                                                            once, 1};
    struct kafka_alter_configs_request request = {
        .resources = &resource, .resource_count = 1, .validate_only = true};

    rig_init(&rig);
    rig_make_topic(&rig, "a", 1);
    const struct kafka_alter_configs_response *response =
        rig_ask(&rig, KAFKA_ALTER_CONFIGS, 1, &request, admin_alter_configs);
    ck_assert_int_eq(response->responses[0].error_code, KAFKA_NONE);
    ck_assert_int_eq(options_of(&rig, "a")->retention_ms, 604800000);

    sim_files_plan(rig.sim, SIM_FILES_FULL, 0);
    ck_assert_int_eq(alter(&rig, 1, "a", once, 1)->error_code, KAFKA_STORAGE_ERROR);
    ck_assert_int_eq(options_of(&rig, "a")->retention_ms, 604800000);
    ck_assert_uint_eq(catalog_find(rig.service->catalog, rig_text("a"))->config.overrides, 0);
    ck_assert_int_eq(rig.changes, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_topics_settings_are_shown_with_their_sources,
        only_what_is_asked_for_is_shown,
        the_brokers_settings_are_shown_to_be_read,
        what_cannot_be_described_is_told_why,
        altering_replaces_all_that_was_overridden,
        changes_are_set_deleted_appended_and_subtracted,
        bad_changes_are_refused_and_change_nothing,
        keys_and_topics_are_named_once_and_brokers_not_at_all,
        a_trial_or_a_full_disk_changes_nothing,
    };

    return suite_run("admin_configs", tests, sizeof tests / sizeof *tests);
}
