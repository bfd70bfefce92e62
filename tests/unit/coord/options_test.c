/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/options.h"

#include "base/mem.h"
#include "tests/support/suite.h"

static enum err read_line(const char *line, struct settings *settings,
                          struct coord_options *ret_options, struct error *error)
{
    if (line != NULL)
        ck_assert_int_eq(settings_put_line(settings, line, "-c", NULL), ERR_OK);
    return coord_options_read(settings, ret_options, error);
}

/* The schema has them too, for the manual page. */
START_TEST(without_settings_they_are_the_defaults)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct coord_options defaults = coord_options_default();
    struct coord_options options;
    struct error error;

    ck_assert_int_eq(read_line(NULL, settings, &options, &error), ERR_OK);
    ck_assert_str_eq(options.servers, defaults.servers);
    ck_assert_str_eq(options.root, defaults.root);
    ck_assert_uint_eq(options.session_timeout_ms, defaults.session_timeout_ms);
    ck_assert_uint_eq(options.reconnect_max_ms, defaults.reconnect_max_ms);
    ck_assert_uint_eq(options.calls_max, defaults.calls_max);
    ck_assert_uint_eq(options.inbox_max, defaults.inbox_max);
}
END_TEST

START_TEST(settings_beat_the_defaults)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct coord_options options;
    struct error error;

    ck_assert_int_eq(settings_put(settings, "coord.servers", "a:1,b:2", "x", NULL), ERR_OK);
    ck_assert_int_eq(settings_put(settings, "coord.root", "/", "x", NULL), ERR_OK);
    ck_assert_int_eq(settings_put(settings, "coord.session_timeout_ms", "4000", "x", NULL), ERR_OK);
    ck_assert_int_eq(read_line("coord.reconnect_max_ms=7", settings, &options, &error), ERR_OK);
    ck_assert_str_eq(options.servers, "a:1,b:2");
    ck_assert_str_eq(options.root, "/");
    ck_assert_uint_eq(options.session_timeout_ms, 4000);
    ck_assert_uint_eq(options.reconnect_max_ms, 7);
}
END_TEST

START_TEST(each_mistake_names_its_origin)
{
    static const char *const rows[][2] = {
        {"coord.servers=a:x",
         "-c: setting 'coord.servers': server 'a:x' has no port from 1 to 65535 behind ':'"},
        {"coord.root=gale", "-c: setting 'coord.root' is 'gale', which does not start with '/'"},
        {"coord.session_timeout_ms=9",
         "-c: setting 'coord.session_timeout_ms' is '9', but must be a whole number from 100 to "
         "3600000"},
        {"coord.reconnect_max_ms=soon",
         "-c: setting 'coord.reconnect_max_ms' is 'soon', but must be a whole number from 1 to "
         "3600000"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO(settings_destroy) struct settings *settings = settings_new();
        struct coord_options options = {.calls_max = 77};
        struct error error;

        ck_assert_int_eq(read_line(rows[i][0], settings, &options, &error), ERR_INVALID);
        ck_assert_str_eq(error.text, rows[i][1]);
        ck_assert_uint_eq(options.calls_max, 77);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        without_settings_they_are_the_defaults,
        settings_beat_the_defaults,
        each_mistake_names_its_origin,
    };
    return suite_run("options", tests, sizeof tests / sizeof *tests);
}
