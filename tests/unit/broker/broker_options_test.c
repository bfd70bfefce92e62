/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/options.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "tests/support/suite.h"
#include "wire/broker_schema.h"

static struct settings *settings_of(const char *key, const char *value)
{
    struct settings *settings = settings_new();
    enum err err = settings_put(settings, key, value, "gale.yaml:3:7", NULL);

    ck_assert_int_eq(err, ERR_OK);
    return settings;
}

static struct broker_options make(const struct settings *settings)
{
    struct broker_options options;
    struct error error;

    ck_assert_msg(broker_options_make(settings, &options, &error) == ERR_OK, "%s", error.text);
    return options;
}

static void expect_refusal(const char *key, const char *value, enum err code, const char *words)
{
    AUTO(settings_destroy) struct settings *settings = settings_of(key, value);
    struct broker_options options;
    struct error error;

    ck_assert_msg(broker_options_make(settings, &options, &error) == code, "%s=%s: %s", key, value,
                  error.text);
    ck_assert_msg(strstr(error.text, "gale.yaml:3:7") != NULL, "%s", error.text);
    ck_assert_msg(strstr(error.text, words) != NULL, "%s", error.text);
    ck_assert_int_eq(broker_options_make(settings, &options, NULL), code);
}

START_TEST(without_settings_all_is_as_the_table_says)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct broker_options options = make(settings);

    ck_assert_str_eq(options.listen, "127.0.0.1:9092");
    ck_assert_str_eq(options.advertised, "");
    ck_assert_str_eq(options.data, "");
    ck_assert_int_eq(options.id, 0);
    ck_assert(options.registers);
    ck_assert(options.auto_creates);
    ck_assert_uint_eq(options.log_level, LOG_INFO);
    ck_assert_uint_eq(options.idle_max_ms, 600000);
    ck_assert_uint_eq(options.flush_ms, 1000);
    ck_assert_int_eq(options.partition.retention_ms, 604800000);
    ck_assert_int_eq(options.partition.retention_bytes, -1);
    ck_assert(!options.partition.flush_always);
    ck_assert_uint_eq(options.partition.segment_bytes, 1u << 30);
    ck_assert_uint_eq(options.groups.initial_delay_ms, 500);
    ck_assert_uint_eq(options.groups.offsets_retention_ms, UINT64_C(604800000));
}
END_TEST

START_TEST(what_is_wrong_is_said_with_its_place)
{
    expect_refusal("broker.listen", "0.0.0.0:9092", ERR_DENIED, "broker.public=true");
    expect_refusal("broker.listen", "nowhere", ERR_INVALID, "nowhere");
    expect_refusal("broker.advertised", "x:y:z", ERR_INVALID, "x:y:z");
    expect_refusal("broker.lisen", "127.0.0.1:1", ERR_INVALID, "broker.listen");
    expect_refusal("log.flush", "sometimes", ERR_INVALID, "always or interval");
    expect_refusal("log.retention.ms", "-2", ERR_INVALID, "-1 for no limit");
    expect_refusal("log.retention.bytes", "1x", ERR_INVALID, "-1 for no limit");
    expect_refusal("broker.log.level", "loud", ERR_INVALID, "debug, info, warn or error");
    expect_refusal("broker.inflight.bytes.max", "1MiB", ERR_INVALID, "broker.request.bytes.max");
    expect_refusal("broker.group.session.min.ms", "1800001", ERR_INVALID,
                   "broker.group.session.max.ms");
}
END_TEST

START_TEST(an_open_address_is_taken_if_that_is_meant)
{
    AUTO(settings_destroy) struct settings *settings = settings_of("broker.listen", "*:9092");

    ck_assert_int_eq(settings_put(settings, "broker.public", "true", "test", NULL), ERR_OK);
    ck_assert_str_eq(make(settings).listen, "*:9092");
}
END_TEST

START_TEST(topics_take_their_defaults_from_the_same_settings)
{
    AUTO(settings_destroy) struct settings *settings = settings_of("log.flush", "always");

    ck_assert_int_eq(settings_put(settings, "log.retention.ms", "-1", "test", NULL), ERR_OK);
    struct broker_options options = make(settings);
    struct topic_settings topic = broker_options_topic(&options);
    struct partition_options partition = options.partition;
    topic_settings_to_options(&topic, &partition);
    ck_assert(partition.flush_always);
    ck_assert_int_eq(partition.retention_ms, -1);
    ck_assert_uint_eq(partition.segment_bytes, options.partition.segment_bytes);
    ck_assert_uint_eq(partition.batch_bytes_max, options.partition.batch_bytes_max);
    ck_assert_uint_eq(partition.delete_retention_ms, options.partition.delete_retention_ms);
    ck_assert(partition.deletes && !partition.compacts);
    ck_assert(partition.preallocates);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        without_settings_all_is_as_the_table_says,
        what_is_wrong_is_said_with_its_place,
        an_open_address_is_taken_if_that_is_meant,
        topics_take_their_defaults_from_the_same_settings,
    };
    return suite_run("broker_options", tests, COUNT_OF(tests));
}
