/* SPDX-License-Identifier: Apache-2.0 */
#include "base/settings_schema.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(a_bool_is_one_of_two_words)
{
    static const char *const bad[] = {"", "yes", "True", "1", "true ", "falsee"};
    bool value = false;

    ck_assert(setting_parse_bool("true", &value));
    ck_assert(value);
    ck_assert(setting_parse_bool("false", &value));
    ck_assert(!value);
    value = true;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        ck_assert_msg(!setting_parse_bool(bad[i], &value), "%s", bad[i]);
    ck_assert(value);
}
END_TEST

struct whole {
    const char *text;
    uint64_t value;
};

START_TEST(a_whole_number_is_decimal_digits)
{
    static const struct whole good[] = {
        {"0", 0},
        {"7", 7},
        {"007", 7},
        {"18446744073709551615", UINT64_MAX},
    };
    static const char *const bad[] = {
        "",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1.0",
        "0x10",
        "1e3",
        "18446744073709551616",
        "99999999999999999999",
        "1KiB",
    };
    uint64_t value = 0;

    for (size_t i = 0; i < COUNT_OF(good); i++) {
        ck_assert(setting_parse_u64(good[i].text, &value));
        ck_assert_uint_eq(value, good[i].value);
    }
    value = 99;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        ck_assert_msg(!setting_parse_u64(bad[i], &value), "%s", bad[i]);
    ck_assert_uint_eq(value, 99);
}
END_TEST

START_TEST(a_size_may_have_a_binary_unit)
{
    static const struct whole good[] = {
        {"0", 0},
        {"4096", 4096},
        {"64KiB", 65536},
        {"1MiB", 1048576},
        {"2GiB", UINT64_C(2147483648)},
        {"17179869183GiB", UINT64_C(17179869183) << 30},
    };
    static const char *const bad[] = {
        "", "KiB", "1kB", "1 KiB", "1KiBs", "1.5MiB", "-1KiB", "17179869184GiB", "64K",
    };
    uint64_t value = 0;

    for (size_t i = 0; i < COUNT_OF(good); i++) {
        ck_assert(setting_parse_bytes(good[i].text, &value));
        ck_assert_uint_eq(value, good[i].value);
    }
    value = 99;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        ck_assert_msg(!setting_parse_bytes(bad[i], &value), "%s", bad[i]);
    ck_assert_uint_eq(value, 99);
}
END_TEST

struct decimal {
    const char *text;
    double value;
};

START_TEST(a_number_is_decimal_with_an_exponent)
{
    static const struct decimal good[] = {
        {"0", 0}, {"-1", -1}, {"0.5", 0.5}, {"1e3", 1000}, {"-2.5E-1", -0.25}, {"1e+2", 100},
    };
    static const char *const bad[] = {
        "",    "-",    ".5", "1.", "1e",    "1e+", "+1",  "nan",
        "inf", "0x10", " 1", "1 ", "1e999", "1,5", "--1",
    };
    double value = 0;

    for (size_t i = 0; i < COUNT_OF(good); i++) {
        ck_assert(setting_parse_f64(good[i].text, &value));
        ck_assert_double_eq(value, good[i].value);
    }
    value = 99;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        ck_assert_msg(!setting_parse_f64(bad[i], &value), "%s", bad[i]);
    ck_assert_double_eq(value, 99);
}
END_TEST

START_TEST(a_duration_is_decimal_seconds)
{
    static const struct decimal good[] = {{"0", 0}, {"30", 30}, {"0.25", 0.25}};
    static const char *const bad[] = {"", "-1", "1s", "1e3", "1.", ".5", "inf"};
    double value = 0;

    for (size_t i = 0; i < COUNT_OF(good); i++) {
        ck_assert(setting_parse_duration_s(good[i].text, &value));
        ck_assert_double_eq(value, good[i].value);
    }
    value = 99;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        ck_assert_msg(!setting_parse_duration_s(bad[i], &value), "%s", bad[i]);
    ck_assert_double_eq(value, 99);
}
END_TEST

static const struct setting_spec specs[] = {
    {"topology.message.timeout.secs", SETTING_DURATION_S, "30", 0.1, 3600, "age of a lost tree"},
    {"topology.name", SETTING_TEXT, NULL, 1, 8, "shown everywhere"},
    {"topology.note", SETTING_TEXT, "", 0, 0, "free text"},
    {"worker.tasks", SETTING_U64, "1", 1, 1000, "tasks"},
    {"worker.block", SETTING_BYTES, "64KiB", 4096, 1048576, "size of a block"},
    {"worker.odd", SETTING_BYTES, "1000", 1000, 0, "uneven bound"},
    {"worker.trace", SETTING_BOOL, "false", 0, 0, "says more"},
    {"worker.offset", SETTING_F64, "0", -1, 0, "a range that ends at zero"},
    {"worker.ratio", SETTING_F64, "0.5", 0, 0, "no bounds"},
    {"worker.retries", SETTING_U64, "3", 2, 0, "no upper bound"},
};

struct check {
    const char *line;
    const char *text; /* NULL: accepted */
};

static const struct check checks[] = {
    {"topology.message.timeout.secs=0.1", NULL},
    {"topology.message.timeout.secs=3600", NULL},
    {"topology.message.timeout.secs=3600.5",
     "-c: setting 'topology.message.timeout.secs' is '3600.5', but must be a number of seconds "
     "from 0.1 to 3600"},
    {"topology.mesage.timeout.secs=1",
     "-c: unknown setting 'topology.mesage.timeout.secs'; did you mean "
     "'topology.message.timeout.secs'?"},
    {"something.else=1", "-c: unknown setting 'something.else'"},
    {"topology.name=12345678", NULL},
    {"topology.name=", "-c: setting 'topology.name' is '', but must be a text from 1 to 8 bytes"},
    {"topology.name=123456789",
     "-c: setting 'topology.name' is '123456789', but must be a text from 1 to 8 bytes"},
    {"topology.note=", NULL},
    {"worker.tasks=1", NULL},
    {"worker.tasks=1000", NULL},
    {"worker.tasks=0",
     "-c: setting 'worker.tasks' is '0', but must be a whole number from 1 to 1000"},
    {"worker.tasks=1001",
     "-c: setting 'worker.tasks' is '1001', but must be a whole number from 1 to 1000"},
    {"worker.tasks=abc",
     "-c: setting 'worker.tasks' is 'abc', but must be a whole number from 1 to 1000"},
    {"worker.block=1MiB", NULL},
    {"worker.block=2MiB", "-c: setting 'worker.block' is '2MiB', but must be a size such as 4096, "
                          "64KiB or 1MiB from 4KiB to 1MiB"},
    {"worker.odd=999", "-c: setting 'worker.odd' is '999', but must be a size such as 4096, 64KiB "
                       "or 1MiB from 1000 on"},
    {"worker.trace=true", NULL},
    {"worker.trace=yes", "-c: setting 'worker.trace' is 'yes', but must be true or false"},
    {"worker.offset=-1", NULL},
    {"worker.offset=0", NULL},
    {"worker.offset=0.1",
     "-c: setting 'worker.offset' is '0.1', but must be a number from -1 to 0"},
    {"worker.ratio=-1e300", NULL},
    {"worker.ratio=x", "-c: setting 'worker.ratio' is 'x', but must be a number"},
    {"worker.retries=18446744073709551615", NULL},
    {"worker.retries=1",
     "-c: setting 'worker.retries' is '1', but must be a whole number from 2 on"},
};

START_TEST(each_setting_is_checked_by_its_spec)
{
    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        AUTO(settings_destroy) struct settings *settings = settings_new();
        struct error error = {.text = ""};
        ck_assert_int_eq(settings_put_line(settings, checks[i].line, "-c", NULL), ERR_OK);
        enum err err = settings_check(settings, specs, COUNT_OF(specs), &error);
        ck_assert_int_eq(err, checks[i].text == NULL ? ERR_OK : ERR_INVALID);
        ck_assert_str_eq(error.text, checks[i].text == NULL ? "" : checks[i].text);
    }
}
END_TEST

START_TEST(the_first_wrong_setting_is_reported)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct error error;

    ck_assert_int_eq(settings_check(settings, specs, COUNT_OF(specs), &error), ERR_OK);
    ck_assert_int_eq(settings_put(settings, "worker.tasks", "3", "a:1:1", NULL), ERR_OK);
    ck_assert_int_eq(settings_put(settings, "worker.trace", "?", "a:2:1", NULL), ERR_OK);
    ck_assert_int_eq(settings_put(settings, "worker.block", "?", "a:3:1", NULL), ERR_OK);
    ck_assert_int_eq(settings_check(settings, specs, COUNT_OF(specs), &error), ERR_INVALID);
    ck_assert_str_eq(error.text, "a:2:1: setting 'worker.trace' is '?', but must be true or false");
    ck_assert_int_eq(settings_check(settings, specs, COUNT_OF(specs), NULL), ERR_INVALID);
}
END_TEST

START_TEST(a_key_may_stand_in_any_of_several_tables)
{
    static const struct setting_spec more[] = {
        {"nimbus.port", SETTING_U64, "6627", 1, 65535, "port"},
        {"worker.trace", SETTING_U64, "1", 1, 9, "of what the first table has"},
    };
    const struct setting_table tables[] = {{specs, COUNT_OF(specs)}, {more, COUNT_OF(more)}};
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct error error;

    ck_assert_int_eq(settings_put(settings, "worker.trace", "true", "a:1:1", NULL), ERR_OK);
    ck_assert_int_eq(settings_put(settings, "nimbus.port", "1", "a:2:1", NULL), ERR_OK);
    ck_assert_int_eq(settings_check_tables(settings, tables, 2, &error), ERR_OK);
    ck_assert_int_eq(settings_check_tables(settings, tables, 1, &error), ERR_INVALID);
    ck_assert_int_eq(settings_put(settings, "nimbus.port", "0", "a:2:1", NULL), ERR_OK);
    ck_assert_int_eq(settings_check_tables(settings, tables, 2, &error), ERR_INVALID);
    ck_assert_str_eq(
        error.text,
        "a:2:1: setting 'nimbus.port' is '0', but must be a whole number from 1 to 65535");
    ck_assert_int_eq(settings_put(settings, "nimbus.port", "1", "a:2:1", NULL), ERR_OK);
    ck_assert_int_eq(settings_put(settings, "nimbus.prot", "1", "a:3:1", NULL), ERR_OK);
    ck_assert_int_eq(settings_check_tables(settings, tables, 2, &error), ERR_INVALID);
    ck_assert_str_eq(error.text,
                     "a:3:1: unknown setting 'nimbus.prot'; did you mean 'nimbus.port'?");
    ck_assert_ptr_eq(setting_table_find(&tables[1], "nimbus.port"), &more[0]);
    ck_assert_ptr_null(setting_table_find(&tables[0], "nimbus.port"));
}
END_TEST

START_TEST(a_log_level_is_one_of_four_words)
{
    static const char *const good[] = {"debug", "info", "warn", "error"};
    static const char *const bad[] = {"", "Info", "warning", "inf", "3"};
    uint32_t level = 99;

    for (uint32_t i = 0; i < COUNT_OF(good); i++) {
        ck_assert(setting_parse_log_level(good[i], &level));
        ck_assert_uint_eq(level, i);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        ck_assert_msg(!setting_parse_log_level(bad[i], &level), "%s", bad[i]);
    ck_assert_uint_eq(level, 3);
}
END_TEST

START_TEST(an_empty_schema_knows_nothing)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct error error;

    ck_assert_int_eq(settings_put(settings, "a", "1", "o", NULL), ERR_OK);
    ck_assert_int_eq(settings_check(settings, specs, 0, &error), ERR_INVALID);
    ck_assert_str_eq(error.text, "o: unknown setting 'a'");
}
END_TEST

START_TEST(a_long_value_is_shown_by_its_start)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct error error;
    char value[1001] = "";

    memset(value, 'v', sizeof value - 1);
    ck_assert_int_eq(settings_put(settings, "worker.trace", value, "o", NULL), ERR_OK);
    ck_assert_int_eq(settings_check(settings, specs, COUNT_OF(specs), &error), ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(error.text, "vvv...', but must be true or false"));
    ck_assert_uint_lt(strlen(error.text), 150);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_bool_is_one_of_two_words,          a_whole_number_is_decimal_digits,
        a_size_may_have_a_binary_unit,       a_number_is_decimal_with_an_exponent,
        a_duration_is_decimal_seconds,       each_setting_is_checked_by_its_spec,
        the_first_wrong_setting_is_reported, an_empty_schema_knows_nothing,
        a_long_value_is_shown_by_its_start,  a_key_may_stand_in_any_of_several_tables,
        a_log_level_is_one_of_four_words,
    };
    return suite_run("settings_schema", tests, sizeof tests / sizeof *tests);
}
