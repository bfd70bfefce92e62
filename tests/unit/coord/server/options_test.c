/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/options.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "tests/support/suite.h"
#include "wire/coord_schema.h"

static struct settings *settings_of(const char *key, const char *value)
{
    struct settings *settings = settings_new();
    enum err err = settings_put(settings, key, value, "gale.yaml:3:7", NULL);

    ck_assert_int_eq(err, ERR_OK);
    return settings;
}

static void expect_refusal(const char *key, const char *value, enum err code, const char *words)
{
    AUTO(settings_destroy) struct settings *settings = settings_of(key, value);
    struct options options;
    struct error error;

    ck_assert_msg(options_make(settings, &options, &error) == code, "%s=%s: %s", key, value,
                  error.text);
    ck_assert_msg(strncmp(error.text, "gale.yaml:3:7: ", 15) == 0, "%s", error.text);
    ck_assert_msg(strstr(error.text, words) != NULL, "%s", error.text);
    ck_assert_int_eq(options_make(settings, &options, NULL), code);
}

static struct options make(const struct settings *settings)
{
    struct options options;
    struct error error;

    ck_assert_msg(options_make(settings, &options, &error) == ERR_OK, "%s", error.text);
    return options;
}

START_TEST(without_settings_all_is_as_the_table_says)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct options options = make(settings);
    struct service_options service = service_options_default();

    ck_assert_str_eq(options.listen, "127.0.0.1:2181");
    ck_assert_str_eq(options.data, "");
    ck_assert_str_eq(options.words, "*");
    ck_assert_uint_eq(options.log_level, LOG_INFO);
    ck_assert_uint_eq(options.connections_max, 50000);
    ck_assert_uint_eq(options.connections_per_address_max, 0);
    ck_assert_uint_eq(options.output_max_bytes, 64 * 1024 * 1024);
    ck_assert_uint_eq(options.handshake_timeout_ms, 10000);

    /* The service has defaults of its own, for tests; they are the same. */
    ck_assert_uint_eq(options.service.tick_ms, service.tick_ms);
    ck_assert_uint_eq(options.service.session_timeout_min_ms, service.session_timeout_min_ms);
    ck_assert_uint_eq(options.service.session_timeout_max_ms, service.session_timeout_max_ms);
    ck_assert_uint_eq(options.service.frame_max_bytes, service.frame_max_bytes);
    ck_assert_uint_eq(options.service.sessions_max, service.sessions_max);
    ck_assert_uint_eq(options.service.nodes_max, service.nodes_max);
    ck_assert_uint_eq(options.service.watches_max, service.watches_max);
    ck_assert_uint_eq(options.service.acls_max, service.acls_max);
    ck_assert_uint_eq(options.service.batch_max_rows, service.batch_max_rows);
    ck_assert_uint_eq(options.service.batch_max_bytes, service.batch_max_bytes);
    ck_assert_uint_eq(options.service.container_check_ms, service.container_check_ms);
    ck_assert_int_eq(options.service.extended_types, service.extended_types);
    ck_assert_ptr_null(options.service.super_digest);
}
END_TEST

START_TEST(settings_come_through)
{
    AUTO(settings_destroy) struct settings *settings = settings_of("coord.tick_ms", "500");
    const char *const lines[] = {
        "coord.data=/var/lib/gale",
        "coord.log.level=error",
        "coord.data_max_bytes=4MiB",
        "coord.sessions_max=7",
        "coord.connections_max=8",
        "coord.connections_per_address_max=9",
        "coord.nodes_max=1000",
        "coord.watches_max=11",
        "coord.acls_max=12",
        "coord.output_max_bytes=8MiB",
        "coord.handshake_timeout_ms=13000",
        "coord.container_check_ms=14",
        "coord.extended_types=false",
        "coord.super_digest=super:0123456789012345678901234567",
        "coord.words=ruok,srvr",
    };

    for (size_t i = 0; i < COUNT_OF(lines); i++)
        ck_assert_int_eq(settings_put_line(settings, lines[i], "command line", NULL), ERR_OK);
    struct options options = make(settings);
    ck_assert_uint_eq(options.service.tick_ms, 500);
    ck_assert_uint_eq(options.service.session_timeout_min_ms, 1000);
    ck_assert_uint_eq(options.service.session_timeout_max_ms, 10000);
    ck_assert_str_eq(options.data, "/var/lib/gale");
    ck_assert_uint_eq(options.log_level, LOG_ERROR);
    ck_assert_uint_eq(options.service.frame_max_bytes, 4 * 1024 * 1024);
    ck_assert_uint_eq(options.service.sessions_max, 7);
    ck_assert_uint_eq(options.connections_max, 8);
    ck_assert_uint_eq(options.connections_per_address_max, 9);
    ck_assert_uint_eq(options.service.nodes_max, 1000);
    ck_assert_uint_eq(options.service.watches_max, 11);
    ck_assert_uint_eq(options.service.acls_max, 12);
    ck_assert_uint_eq(options.output_max_bytes, 8 * 1024 * 1024);
    ck_assert_uint_eq(options.handshake_timeout_ms, 13000);
    ck_assert_uint_eq(options.service.container_check_ms, 14);
    ck_assert(!options.service.extended_types);
    ck_assert_str_eq(options.service.super_digest, "super:0123456789012345678901234567");
    ck_assert_str_eq(options.words, "ruok,srvr");
}
END_TEST

START_TEST(errors_name_the_place_and_the_remedy)
{
    expect_refusal("coord.tick_sm", "2000", ERR_INVALID, "did you mean 'coord.tick_ms'?");
    expect_refusal("coord.listn", "x", ERR_INVALID, "did you mean 'coord.listen'?");
    expect_refusal("coord.tick_ms", "9", ERR_INVALID, "from 10 to 600000");
    expect_refusal("coord.tick_ms", "soon", ERR_INVALID, "'soon'");
    expect_refusal("coord.public", "yes", ERR_INVALID, "coord.public");
    expect_refusal("coord.log.level", "loud", ERR_INVALID, "debug, info, warn or error");
    expect_refusal("coord.data_max_bytes", "1000", ERR_INVALID, "coord.data_max_bytes");
    expect_refusal("coord.nodes_max", "67108865", ERR_INVALID, "coord.nodes_max");
    expect_refusal("coord.output_max_bytes", "1MiB", ERR_INVALID, "coord.output_max_bytes");
    expect_refusal("coord.words", "ruok,stta", ERR_INVALID, "'stta', which is no four-letter word");
    expect_refusal("coord.super_digest", "super:x", ERR_INVALID, "28 characters");
    expect_refusal("coord.listen", "127.0.0.1", ERR_INVALID, "127.0.0.1");
}
END_TEST

START_TEST(an_address_that_others_reach_must_be_meant)
{
    static const char *const far[] = {
        "0.0.0.0:2181",     "192.168.1.2:2181",     "[::]:2181",        "*:2181",
        "example.org:2181", "localhost.evil.org:1", "127.evil.org:2181"};
    static const char *const near[] = {"127.0.0.1:0", "127.1.2.3:2181", "localhost:2181",
                                       "[::1]:2181"};

    for (size_t i = 0; i < COUNT_OF(far); i++) {
        expect_refusal("coord.listen", far[i], ERR_DENIED, "coord.public=true");
        AUTO(settings_destroy) struct settings *meant = settings_of("coord.listen", far[i]);
        ck_assert_int_eq(settings_put(meant, "coord.public", "true", "command line", NULL), ERR_OK);
        ck_assert_str_eq(make(meant).listen, far[i]);
    }
    for (size_t i = 0; i < COUNT_OF(near); i++) {
        AUTO(settings_destroy) struct settings *settings = settings_of("coord.listen", near[i]);
        ck_assert_str_eq(make(settings).listen, near[i]);
    }
}
END_TEST

START_TEST(every_setting_has_a_good_default_and_a_line_of_help)
{
    size_t count;
    const struct setting_spec *specs = coord_schema_specs(&count);

    ck_assert_uint_gt(count, 0);
    for (size_t i = 0; i < count; i++) {
        ck_assert_ptr_nonnull(specs[i].fallback);
        ck_assert_uint_gt(strlen(specs[i].help), 10);
        if (specs[i].kind == SETTING_TEXT && specs[i].fallback[0] == '\0')
            continue;
        AUTO(settings_destroy)
        struct settings *settings = settings_of(specs[i].key, specs[i].fallback);
        (void)make(settings);
    }
}
END_TEST

START_TEST(the_file_of_the_whole_cluster_will_do)
{
    static const char yaml[] = "coord.listen: 127.0.0.1:4000\n"
                               "coord.servers: 127.0.0.1:4000\n"
                               "nimbus.listen: 127.0.0.1:6627\n"
                               "supervisor.labels: [fast, ssd]\n"
                               "topology.workers: 3\n";
    AUTO(settings_destroy) struct settings *settings = settings_new();

    ck_assert_int_eq(settings_load_yaml(settings, yaml, sizeof yaml - 1, "gale.yaml", NULL),
                     ERR_OK);
    ck_assert_str_eq(make(settings).listen, "127.0.0.1:4000");
    expect_refusal("nimbus.lisen", "x", ERR_INVALID, "did you mean 'nimbus.listen'?");
    expect_refusal("topology.workers", "none", ERR_INVALID, "must be a whole number");
    expect_refusal("split.tasks", "3", ERR_INVALID, "unknown setting 'split.tasks'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        without_settings_all_is_as_the_table_says,
        settings_come_through,
        errors_name_the_place_and_the_remedy,
        an_address_that_others_reach_must_be_meant,
        every_setting_has_a_good_default_and_a_line_of_help,
        the_file_of_the_whole_cluster_will_do,
    };

    return suite_run("server_options", tests, COUNT_OF(tests));
}
