/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/src/conf.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/settings.h"
#include "tests/support/plans.h"
#include "tests/support/suite.h"

/* Settings of the word count plan, with what is given on top. */
struct fixture {
    struct plan *plan;
    struct settings *settings;
    struct config *config;
    struct conf conf;
};

static void start(struct fixture *fixture, const char *component, const char *line)
{
    struct error error;

    fixture->plan = plan_text_plan(PLAN_WORD_COUNT);
    fixture->settings = settings_new();
    fixture->config = NULL;
    ck_assert_int_eq(plan_check(fixture->plan, NULL), ERR_OK);
    if (line != NULL)
        ck_assert_int_eq(settings_put_line(fixture->settings, line, "-c", NULL), ERR_OK);
    ck_assert_msg(config_make(fixture->plan, fixture->settings, &fixture->config, &error) == ERR_OK,
                  "%s", error.text);
    conf_init(&fixture->conf, fixture->config, component);
}

static void stop(struct fixture *fixture)
{
    config_destroy(&fixture->config);
    settings_destroy(&fixture->settings);
    plan_destroy(&fixture->plan);
}

START_TEST(a_setting_that_is_not_set_has_its_fallback)
{
    struct fixture f;

    start(&f, "reader", NULL);
    ck_assert_str_eq(conf_str(&f.conf, "limit", "none"), "none");
    ck_assert_ptr_null(conf_str(&f.conf, "limit", NULL));
    ck_assert_uint_eq(conf_u64(&f.conf, "limit", 5), 5);
    ck_assert(conf_f64(&f.conf, "limit", 0.5) == 0.5);
    ck_assert(conf_bool(&f.conf, "limit", true));
    ck_assert(!f.conf.has_failed);
    stop(&f);
}
END_TEST

START_TEST(the_components_own_value_comes_first)
{
    struct fixture f;

    start(&f, "counter", "counter.language=Latin");
    ck_assert_str_eq(conf_str(&f.conf, "language", "none"), "Latin");
    conf_init(&f.conf, f.config, "reader");
    ck_assert_str_eq(conf_str(&f.conf, "language", "none"), "English");
    ck_assert_str_eq(conf_str(&f.conf, "path", "none"), "in.txt");
    conf_init(&f.conf, f.config, "counter");
    ck_assert_str_eq(conf_str(&f.conf, "path", "none"), "none"); /* another's */
    stop(&f);
}
END_TEST

START_TEST(values_are_read_as_what_they_are)
{
    struct fixture f;

    start(&f, "reader", "reader.limit=18446744073709551615");
    ck_assert_uint_eq(conf_u64(&f.conf, "limit", 0), UINT64_MAX);
    ck_assert(conf_f64(&f.conf, "limit", 0) > 1e19);
    stop(&f);
    start(&f, "reader", "reader.limit=true");
    ck_assert(conf_bool(&f.conf, "limit", false));
    ck_assert_str_eq(conf_str(&f.conf, "limit", ""), "true");
    ck_assert(!f.conf.has_failed);
    stop(&f);
    start(&f, "reader", "reader.limit=-2.5e3");
    ck_assert(conf_f64(&f.conf, "limit", 0) == -2500);
    stop(&f);
}
END_TEST

START_TEST(a_value_of_another_type_is_a_failure_with_its_place)
{
    static const char *const numbers[] = {"", "x", "-1", "1.5", "1 ", "18446744073709551616"};
    struct fixture f;

    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "reader.limit=%s", numbers[i]);
        start(&f, "reader", line);
        ck_assert_uint_eq(conf_u64(&f.conf, "limit", 3), 3);
        ck_assert_msg(f.conf.has_failed, "'%s'", numbers[i]);
        char why[128];
        (void)snprintf(why, sizeof why,
                       "-c: setting 'reader.limit' is '%s', but must be a whole number",
                       numbers[i]);
        ck_assert_str_eq(f.conf.why, why);
        stop(&f);
    }
    start(&f, "reader", "reader.limit=yes");
    ck_assert(!conf_bool(&f.conf, "limit", false));
    ck_assert_str_eq(f.conf.why, "-c: setting 'reader.limit' is 'yes', but must be true or false");
    stop(&f);
    start(&f, "reader", "reader.limit=1,5");
    ck_assert(conf_f64(&f.conf, "limit", 2) == 2);
    ck_assert_str_eq(f.conf.why, "-c: setting 'reader.limit' is '1,5', but must be a number");
    stop(&f);
}
END_TEST

START_TEST(the_first_failure_is_the_one_that_is_told)
{
    struct fixture f;

    start(&f, "reader", "reader.limit=x");
    (void)conf_require(&f.conf, "nothing");
    (void)conf_u64(&f.conf, "limit", 0);
    ck_assert_ptr_nonnull(strstr(f.conf.why, "reader.nothing"));
    stop(&f);
}
END_TEST

START_TEST(what_is_required_is_never_null)
{
    struct fixture f;

    start(&f, "reader", NULL);
    ck_assert_str_eq(conf_require(&f.conf, "path"), "in.txt");
    ck_assert(!f.conf.has_failed);
    ck_assert_str_eq(conf_require(&f.conf, "limit"), "");
    ck_assert(f.conf.has_failed);
    ck_assert_str_eq(f.conf.why,
                     "setting 'reader.limit' is required: give it with -c reader.limit=VALUE");
    stop(&f);
}
END_TEST

START_TEST(a_long_value_does_not_break_the_message)
{
    char line[600] = "reader.limit=";
    struct fixture f;

    memset(line + 13, 'x', sizeof line - 14);
    start(&f, "reader", line);
    (void)conf_u64(&f.conf, "limit", 0);
    ck_assert(f.conf.has_failed);
    ck_assert_uint_lt(strlen(f.conf.why), sizeof f.conf.why);
    stop(&f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_setting_that_is_not_set_has_its_fallback,
        the_components_own_value_comes_first,
        values_are_read_as_what_they_are,
        a_value_of_another_type_is_a_failure_with_its_place,
        the_first_failure_is_the_one_that_is_told,
        what_is_required_is_never_null,
        a_long_value_does_not_break_the_message,
    };
    return suite_run("conf", tests, sizeof tests / sizeof *tests);
}
