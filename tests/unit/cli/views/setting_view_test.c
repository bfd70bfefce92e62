/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/setting_view.h"

#include <jansson.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static const struct setting_spec specs[] = {
    {"a.bytes", SETTING_BYTES, "1MiB", 256, 64.0 * 1024 * 1024, "how large"},
    {"a.seconds", SETTING_DURATION_S, "0.5", 0.01, 0, "how long"},
    {"a.flag", SETTING_BOOL, NULL, 0, 0, "whether"},
};

START_TEST(a_range_is_spelt_as_it_would_be_given)
{
    static const char *const ranges[] = {"256 to 64MiB", "at least 0.01", ""};

    for (size_t i = 0; i < COUNT_OF(specs); i++) {
        struct text text;

        text_init(&text);
        setting_view_range(&specs[i], &text);
        ck_assert_str_eq(text_data(&text), ranges[i]);
        text_done(&text);
    }
}
END_TEST

START_TEST(a_size_that_is_no_whole_number_of_units_keeps_its_digits)
{
    const struct setting_spec spec = {"a", SETTING_BYTES, "1", 1000, 1536, "x"};
    struct text text;

    text_init(&text);
    setting_view_range(&spec, &text);
    ck_assert_str_eq(text_data(&text), "1000 to 1536");
    text_done(&text);
}
END_TEST

START_TEST(the_table_has_a_row_for_each)
{
    struct text text;

    text_init(&text);
    setting_view_table(specs, COUNT_OF(specs), &text);
    ck_assert_str_eq(text_data(&text),
                     "setting    type           default  range          meaning\n"
                     "a.bytes    bytes          1MiB     256 to 64MiB   how large\n"
                     "a.seconds  seconds        0.5      at least 0.01  how long\n"
                     "a.flag     true or false                          whether\n");
    text_done(&text);
}
END_TEST

START_TEST(json_says_the_same)
{
    struct text text;

    text_init(&text);
    setting_view_json(specs, COUNT_OF(specs), &text);
    ck_assert_ptr_eq(strchr(text_data(&text), '\n'), text_data(&text) + text_size(&text) - 1);
    json_t *all = json_loads(text_data(&text), 0, NULL);
    json_t *settings = json_object_get(all, "settings");
    json_t *flag = json_array_get(settings, 2);

    ck_assert_uint_eq(json_array_size(settings), 3);
    ck_assert_str_eq(json_string_value(json_object_get(flag, "key")), "a.flag");
    ck_assert(json_is_null(json_object_get(flag, "default")));
    ck_assert(json_is_null(json_object_get(flag, "min")));
    ck_assert_double_eq(json_real_value(json_object_get(json_array_get(settings, 1), "min")), 0.01);
    ck_assert(json_is_null(json_object_get(json_array_get(settings, 1), "max")));
    json_decref(all);
    text_done(&text);
}
END_TEST

static void fill(struct settings *settings)
{
    ck_assert_int_eq(settings_put(settings, "a.seconds", "2", "g.yaml:1:1", NULL), ERR_OK);
    ck_assert_int_eq(settings_put(settings, "splitter.tasks", "3", "-c", NULL), ERR_OK);
}

START_TEST(values_in_force_are_those_that_were_set_or_the_defaults)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct text text;

    fill(settings);
    text_init(&text);
    setting_view_values(specs, COUNT_OF(specs), settings, SETTING_VIEW_ORIGINS, &text);
    ck_assert_str_eq(text_data(&text), "setting         value  origin\n"
                                       "a.bytes         1MiB   default\n"
                                       "a.seconds       2      g.yaml:1:1\n"
                                       "a.flag                 default\n"
                                       "splitter.tasks  3      -c\n");
    text_clear(&text);
    setting_view_values(specs, 1, settings, SETTING_VIEW_VALUES, &text);
    ck_assert_str_eq(text_data(&text), "setting         value\n"
                                       "a.bytes         1MiB\n"
                                       "a.seconds       2\n"
                                       "splitter.tasks  3\n");
    text_done(&text);
}
END_TEST

START_TEST(values_as_json_say_whether_they_are_known)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct text text;

    fill(settings);
    text_init(&text);
    setting_view_values_json(specs, 1, settings, &text);
    json_t *all = json_loads(text_data(&text), 0, NULL);
    json_t *values = json_object_get(all, "values");
    ck_assert_uint_eq(json_array_size(values), 3);
    ck_assert(json_is_true(json_object_get(json_array_get(values, 0), "known")));
    ck_assert(json_is_false(json_object_get(json_array_get(values, 2), "known")));
    json_decref(all);
    text_done(&text);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_range_is_spelt_as_it_would_be_given,
        a_size_that_is_no_whole_number_of_units_keeps_its_digits,
        the_table_has_a_row_for_each,
        json_says_the_same,
        values_in_force_are_those_that_were_set_or_the_defaults,
        values_as_json_say_whether_they_are_known,
    };
    return suite_run("setting_view", tests, sizeof tests / sizeof *tests);
}
