/* SPDX-License-Identifier: Apache-2.0 */
#include "base/settings_values.h"

#include "base/mem.h"
#include "tests/support/suite.h"

static const struct setting_spec specs[] = {
    {"name", SETTING_TEXT, "nobody", 0, 100, "whose it is"},
    {"count", SETTING_U64, "7", 0, 100, "how many there are"},
    {"size", SETTING_BYTES, "4KiB", 0, 1e9, "how large it is"},
    {"wait.secs", SETTING_DURATION_S, "0.25", 0, 100, "how long it takes"},
    {"on", SETTING_BOOL, "true", 0, 0, "whether it is on"},
    {"level", SETTING_TEXT, "info", 0, 0, "debug, info, warn or error"},
};

static struct settings_values values_of(const struct settings *settings)
{
    return (struct settings_values){.settings = settings, .table = {specs, COUNT_OF(specs)}};
}

START_TEST(what_nobody_sets_is_as_the_table_says)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct settings_values values = values_of(settings);
    uint32_t level = 9;

    ck_assert_str_eq(settings_text(&values, "name"), "nobody");
    ck_assert_str_eq(settings_origin(&values, "name"), "default");
    ck_assert_uint_eq(settings_u64(&values, "count"), 7);
    ck_assert_uint_eq(settings_u32(&values, "count"), 7);
    ck_assert_uint_eq(settings_bytes(&values, "size"), 4096);
    ck_assert_uint_eq(settings_ms(&values, "wait.secs"), 250);
    ck_assert(settings_truth(&values, "on"));
    ck_assert_int_eq(settings_log_level(&values, "level", &level, NULL), ERR_OK);
    ck_assert_uint_eq(level, 1);
}
END_TEST

START_TEST(what_is_set_counts_and_says_where)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct settings_values values = values_of(settings);
    struct error error;
    uint32_t level = 9;

    ck_assert_int_eq(settings_put(settings, "count", "8", "gale.yaml:1:2", NULL), ERR_OK);
    ck_assert_int_eq(settings_put(settings, "on", "false", "command line", NULL), ERR_OK);
    ck_assert_int_eq(settings_put(settings, "level", "loud", "gale.yaml:2:3", NULL), ERR_OK);
    ck_assert_uint_eq(settings_u64(&values, "count"), 8);
    ck_assert_str_eq(settings_value(&values, "count").origin, "gale.yaml:1:2");
    ck_assert(!settings_truth(&values, "on"));
    ck_assert_int_eq(settings_log_level(&values, "level", &level, &error), ERR_INVALID);
    ck_assert_str_eq(error.text, "gale.yaml:2:3: setting 'level' is 'loud', but must be debug, "
                                 "info, warn or error");
    ck_assert_uint_eq(level, 9);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_nobody_sets_is_as_the_table_says,
        what_is_set_counts_and_says_where,
    };
    return suite_run("settings_values", tests, COUNT_OF(tests));
}
