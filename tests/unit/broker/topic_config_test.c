/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/topic_config.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static struct kafka_string text(const char *words)
{
    return (struct kafka_string){words, (int32_t)strlen(words)};
}

static enum topic_key key_of(const char *name)
{
    enum topic_key key = TOPIC_KEYS;
    struct error error = {.code = ERR_OK};

    ck_assert_msg(topic_key_find(text(name), &key, &error), "%s", error.text);
    return key;
}

struct good {
    const char *key;
    const char *said;
    const char *shown;
};

START_TEST(good_values_are_taken_and_shown_in_one_form)
{
    static const struct good goods[] = {
        {"cleanup.policy", "delete", "delete"},
        {"cleanup.policy", "compact", "compact"},
        {"cleanup.policy", "compact,delete", "delete,compact"},
        {"cleanup.policy", " delete , compact ", "delete,compact"},
        {"cleanup.policy", "compact,compact", "compact"},
        {"cleanup.policy", "compact,", "compact"},
        {"retention.ms", "-1", "-1"},
        {"retention.ms", "0", "0"},
        {"retention.ms", " 604800000 ", "604800000"},
        {"retention.ms", "9223372036854775807", "9223372036854775807"},
        {"retention.bytes", "+5", "5"},
        {"segment.bytes", "1024", "1024"},
        {"segment.bytes", "2147483647", "2147483647"},
        {"segment.ms", "007", "7"},
        {"max.message.bytes", "1", "1"},
        {"flush.messages", "1", "1"},
        {"flush.ms", "0", "0"},
        {"index.interval.bytes", "0", "0"},
        {"delete.retention.ms", "1", "1"},
        {"min.compaction.lag.ms", "60000", "60000"},
        {"min.cleanable.dirty.ratio", "0.5", "0.5"},
        {"min.cleanable.dirty.ratio", "1", "1"},
        {"min.cleanable.dirty.ratio", "0.1", "0.1"},
        {"min.cleanable.dirty.ratio", "1e-3", "0.001"},
        {"message.timestamp.type", "CreateTime", "CreateTime"},
        {"message.timestamp.type", "LogAppendTime", "LogAppendTime"},
        {"compression.type", "producer", "producer"},
        {"min.insync.replicas", "1", "1"},
        {"preallocate", "true", "true"},
        {"preallocate", "FALSE", "false"},
    };

    for (size_t i = 0; i < COUNT_OF(goods); i++) {
        struct topic_config config = {0};
        struct error error = {.code = ERR_OK};
        enum topic_key key = key_of(goods[i].key);
        char shown[TOPIC_VALUE_MAX];

        enum err err = topic_config_set(&config, key, text(goods[i].said), &error);
        ck_assert_msg(err == ERR_OK, "%s", error.text);
        ck_assert(topic_config_has(&config, key));
        topic_value_write(key, config.settings.values[key], shown);
        ck_assert_str_eq(shown, goods[i].shown);
    }
}
END_TEST

struct bad {
    const char *key;
    const char *said; /* NULL: null */
    const char *rule; /* what the error says */
};

START_TEST(bad_values_are_refused_with_the_rule)
{
    static const struct bad bads[] = {
        {"cleanup.policy", "", "delete or compact"},
        {"cleanup.policy", ",", "delete or compact"},
        {"cleanup.policy", "remove", "'remove', but must be delete or compact"},
        {"cleanup.policy", NULL, "has no value"},
        {"retention.ms", "-2", "a whole number from -1 to 9223372036854775807"},
        {"retention.ms", "1.5", "whole number"},
        {"retention.ms", "9223372036854775808", "whole number"},
        {"retention.ms", "7d", "whole number"},
        {"retention.ms", "", "whole number"},
        {"retention.ms", NULL, "has no value"},
        {"retention.ms", "1111111111111111111111111111111111111111111111111111", "whole number"},
        {"segment.bytes", "1023", "from 1024 to 2147483647"},
        {"segment.bytes", "2147483648", "from 1024 to 2147483647"},
        {"segment.ms", "0", "from 1"},
        {"max.message.bytes", "0", "from 1"},
        {"flush.messages", "0", "from 1"},
        {"min.cleanable.dirty.ratio", "1.1", "a number from 0 to 1"},
        {"min.cleanable.dirty.ratio", "-0.1", "a number from 0 to 1"},
        {"min.cleanable.dirty.ratio", "nan", "a number from 0 to 1"},
        {"min.cleanable.dirty.ratio", "0x1p-1", "a number from 0 to 1"},
        {"min.cleanable.dirty.ratio", "1e999", "a number from 0 to 1"},
        {"message.timestamp.type", "createtime", "CreateTime or LogAppendTime"},
        {"compression.type", "gzip", "'gzip', but must be producer"},
        {"min.insync.replicas", "2", "'2', but must be 1"},
        {"preallocate", "1", "true or false"},
        {"preallocate", "a\001b", "'a?b', but must be true or false"},
    };

    for (size_t i = 0; i < COUNT_OF(bads); i++) {
        struct topic_config config = {0};
        struct error error = {.code = ERR_OK};
        struct kafka_string said = bads[i].said == NULL ? KAFKA_STRING_NULL : text(bads[i].said);

        ck_assert_int_eq(topic_config_set(&config, key_of(bads[i].key), said, &error), ERR_INVALID);
        ck_assert_msg(strstr(error.text, bads[i].rule) != NULL, "'%s' does not say '%s'",
                      error.text, bads[i].rule);
        ck_assert_msg(strstr(error.text, bads[i].key) != NULL, "%s", error.text);
        ck_assert_uint_eq(config.overrides, 0);
    }
}
END_TEST

START_TEST(an_unknown_key_is_told_its_neighbour)
{
    enum topic_key key = TOPIC_KEYS;
    struct error error = {.code = ERR_OK};

    ck_assert(!topic_key_find(text("retention.sm"), &key, &error));
    ck_assert_str_eq(error.text,
                     "unknown topic setting 'retention.sm'; did you mean 'retention.ms'?");
    ck_assert(!topic_key_find(text("colour"), &key, &error));
    ck_assert_str_eq(error.text, "unknown topic setting 'colour'");
    ck_assert(!topic_key_find(text("unclean.leader.election.enable"), &key, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "does not heed"));
    ck_assert(!topic_key_find(KAFKA_STRING_NULL, &key, &error));
    ck_assert(!topic_key_find(text("retention.ms.and.so.on.and.so.on.and.so.on.and.so.on.and.so.on"
                                   ".and.so.on"),
                              &key, NULL));
    ck_assert_int_eq(key, TOPIC_KEYS);
}
END_TEST

START_TEST(what_is_built_in_passes_its_own_check)
{
    struct topic_settings builtin = topic_settings_builtin();

    for (int i = 0; i < TOPIC_KEYS; i++) {
        enum topic_key key = (enum topic_key)i;
        struct topic_config config = {0};
        struct error error = {.code = ERR_OK};
        char shown[TOPIC_VALUE_MAX];

        topic_value_write(key, builtin.values[i], shown);
        ck_assert_msg(topic_config_set(&config, key, text(shown), &error) == ERR_OK, "%s",
                      error.text);
        ck_assert(topic_value_equals(key, config.settings.values[i], builtin.values[i]));
        ck_assert_int_eq(key_of(topic_key_spec(key)->name), key);
        ck_assert_ptr_nonnull(topic_key_spec(key)->broker_name);
        ck_assert_ptr_nonnull(topic_key_spec(key)->help);
    }
}
END_TEST

START_TEST(any_ratio_is_shown_as_a_text_that_gives_it_back)
{
    struct rng rng;

    rng_init(&rng, 5);
    for (int i = 0; i < 2000; i++) {
        union topic_value value = {.real = (double)rng_next(&rng) / 18446744073709551616.0};
        struct topic_config config = {0};
        char shown[TOPIC_VALUE_MAX];

        topic_value_write(TOPIC_KEY_MIN_CLEANABLE_DIRTY_RATIO, value, shown);
        ck_assert_int_eq(
            topic_config_set(&config, TOPIC_KEY_MIN_CLEANABLE_DIRTY_RATIO, text(shown), NULL),
            ERR_OK);
        ck_assert(topic_value_equals(TOPIC_KEY_MIN_CLEANABLE_DIRTY_RATIO, value,
                                     config.settings.values[TOPIC_KEY_MIN_CLEANABLE_DIRTY_RATIO]));
    }
}
END_TEST

START_TEST(overrides_come_before_what_the_broker_has)
{
    struct topic_settings defaults = topic_settings_builtin();
    struct topic_config config = {0};

    defaults.values[TOPIC_KEY_RETENTION_MS].whole = 5000;
    ck_assert_int_eq(topic_config_set(&config, TOPIC_KEY_SEGMENT_MS, text("7"), NULL), ERR_OK);

    struct topic_settings merged = topic_config_merge(&config, &defaults);
    ck_assert_int_eq(merged.values[TOPIC_KEY_RETENTION_MS].whole, 5000);
    ck_assert_int_eq(merged.values[TOPIC_KEY_SEGMENT_MS].whole, 7);

    topic_config_unset(&config, TOPIC_KEY_SEGMENT_MS);
    const struct topic_config none = {0};
    ck_assert_mem_eq(&config, &none, sizeof none);
}
END_TEST

START_TEST(words_join_a_list_and_leave_it)
{
    struct topic_settings defaults = topic_settings_builtin();
    struct topic_config config = {0};
    struct error error = {.code = ERR_OK};
    enum topic_key key = TOPIC_KEY_CLEANUP_POLICY;

    ck_assert_int_eq(topic_config_change_list(&config, &defaults, key, TOPIC_LIST_APPEND,
                                              text("compact"), &error),
                     ERR_OK);
    ck_assert_int_eq(config.settings.values[key].whole, TOPIC_DELETES | TOPIC_COMPACTS);
    ck_assert_int_eq(topic_config_change_list(&config, &defaults, key, TOPIC_LIST_SUBTRACT,
                                              text("delete"), &error),
                     ERR_OK);
    ck_assert_int_eq(config.settings.values[key].whole, TOPIC_COMPACTS);
    ck_assert_int_eq(topic_config_change_list(&config, &defaults, key, TOPIC_LIST_SUBTRACT,
                                              text("compact"), &error),
                     ERR_INVALID);
    ck_assert_int_eq(topic_config_change_list(&config, &defaults, key, TOPIC_LIST_APPEND,
                                              text("shrink"), &error),
                     ERR_INVALID);
    ck_assert_int_eq(topic_config_change_list(&config, &defaults, TOPIC_KEY_SEGMENT_MS,
                                              TOPIC_LIST_APPEND, text("5"), &error),
                     ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(error.text, "no list"));
    ck_assert_int_eq(config.settings.values[key].whole, TOPIC_COMPACTS);
}
END_TEST

/* What the log gets from settings that are all as they are built in. */
static struct partition_options plain(void)
{
    struct topic_settings builtin = topic_settings_builtin();
    struct partition_options options = {.producer_expiry_ms = 77};

    topic_settings_to_options(&builtin, &options);
    return options;
}

START_TEST(each_key_lands_where_the_log_looks)
{
    const struct partition_options options = plain();

    ck_assert_uint_eq(options.segment_bytes, 1 << 30);
    ck_assert_uint_eq(options.segment_ms, 604800000);
    ck_assert_uint_eq(options.index_interval_bytes, 4096);
    ck_assert_uint_eq(options.batch_bytes_max, 1048588);
    ck_assert_int_eq(options.retention_ms, 604800000);
    ck_assert_int_eq(options.retention_bytes, -1);
    ck_assert(options.deletes && !options.compacts && !options.stamps && !options.flush_always);
    ck_assert(options.preallocates);
    ck_assert_uint_eq(options.delete_retention_ms, 86400000);
    ck_assert_uint_eq(options.compaction_lag_ms, 0);
    ck_assert(options.dirty_ratio == 0.5);
    ck_assert_uint_eq(options.producer_expiry_ms, 77);

    static const char *const values[][2] = {
        {"segment.bytes", "2048"},
        {"segment.ms", "11"},
        {"index.interval.bytes", "12"},
        {"max.message.bytes", "13"},
        {"retention.ms", "14"},
        {"retention.bytes", "15"},
        {"cleanup.policy", "compact"},
        {"message.timestamp.type", "LogAppendTime"},
        {"flush.messages", "1"},
        {"preallocate", "false"},
        {"delete.retention.ms", "16"},
        {"min.compaction.lag.ms", "17"},
        {"min.cleanable.dirty.ratio", "0.25"},
    };
    struct topic_config config = {0};
    for (size_t i = 0; i < COUNT_OF(values); i++)
        ck_assert_int_eq(topic_config_set(&config, key_of(values[i][0]), text(values[i][1]), NULL),
                         ERR_OK);

    struct topic_settings builtin = topic_settings_builtin();
    struct topic_settings settings = topic_config_merge(&config, &builtin);
    struct partition_options changed = {.producer_expiry_ms = 78};
    topic_settings_to_options(&settings, &changed);
    ck_assert_uint_eq(changed.segment_bytes, 2048);
    ck_assert_uint_eq(changed.segment_ms, 11);
    ck_assert_uint_eq(changed.index_interval_bytes, 12);
    ck_assert_uint_eq(changed.batch_bytes_max, 13);
    ck_assert_int_eq(changed.retention_ms, 14);
    ck_assert_int_eq(changed.retention_bytes, 15);
    ck_assert(!changed.deletes && changed.compacts && changed.stamps && changed.flush_always);
    ck_assert(!changed.preallocates);
    ck_assert_uint_eq(changed.delete_retention_ms, 16);
    ck_assert_uint_eq(changed.compaction_lag_ms, 17);
    ck_assert(changed.dirty_ratio == 0.25);
    ck_assert_uint_eq(changed.producer_expiry_ms, 78);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        good_values_are_taken_and_shown_in_one_form,
        bad_values_are_refused_with_the_rule,
        an_unknown_key_is_told_its_neighbour,
        what_is_built_in_passes_its_own_check,
        any_ratio_is_shown_as_a_text_that_gives_it_back,
        overrides_come_before_what_the_broker_has,
        words_join_a_list_and_leave_it,
        each_key_lands_where_the_log_looks,
    };

    return suite_run("topic_config", tests, sizeof tests / sizeof *tests);
}
