/* SPDX-License-Identifier: Apache-2.0 */
#include "base/settings.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static void put(struct settings *settings, const char *key, const char *value, const char *origin)
{
    struct error error = {.text = ""};
    enum err err = settings_put(settings, key, value, origin, &error);

    ck_assert_msg(err == ERR_OK, "%s", error.text);
}

START_TEST(new_settings_are_empty)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();

    ck_assert_uint_eq(settings_count(settings), 0);
    ck_assert_ptr_null(settings_find(settings, "a"));
}
END_TEST

START_TEST(destroying_nothing_is_fine)
{
    struct settings *none = NULL;

    settings_destroy(&none);
    ck_assert_ptr_null(none);
}
END_TEST

START_TEST(a_setting_remembers_value_and_origin)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    char key[] = "nimbus.port";

    put(settings, key, "6627", "gale.yaml:2:9");
    key[0] = 'x'; /* the texts are copied */
    const struct setting *setting = settings_find(settings, "nimbus.port");
    ck_assert_ptr_nonnull(setting);
    ck_assert_str_eq(setting->key, "nimbus.port");
    ck_assert_str_eq(setting->value, "6627");
    ck_assert_str_eq(setting->origin, "gale.yaml:2:9");
    ck_assert_ptr_null(settings_find(settings, "nimbus"));
}
END_TEST

START_TEST(a_later_put_wins_and_keeps_the_place)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();

    put(settings, "a", "1", "file");
    put(settings, "b", "2", "file");
    put(settings, "a", "3", "command line");
    ck_assert_uint_eq(settings_count(settings), 2);
    ck_assert_str_eq(settings_at(settings, 0)->key, "a");
    ck_assert_str_eq(settings_at(settings, 0)->value, "3");
    ck_assert_str_eq(settings_at(settings, 0)->origin, "command line");
    ck_assert_str_eq(settings_at(settings, 1)->key, "b");
}
END_TEST

START_TEST(a_setting_may_be_put_onto_itself)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();

    put(settings, "a", "1", "file");
    const struct setting *setting = settings_find(settings, "a");
    put(settings, setting->key, setting->value, setting->origin);
    ck_assert_str_eq(settings_find(settings, "a")->value, "1");
    ck_assert_str_eq(settings_find(settings, "a")->origin, "file");
}
END_TEST

struct refusal {
    const char *line;
    const char *text;
};

START_TEST(a_bad_line_is_refused_with_its_origin)
{
    static const char bad_byte[] = "has a character other than a letter, a digit, '_', '-' and '.'";
    static const struct refusal refusals[] = {
        {"abc", "-c: 'abc' must be written as key=value"},
        {"", "-c: '' must be written as key=value"},
        {"=1", "-c: key '' is empty"},
        {"a b=1", "-c: key 'a b' "},
        {"a =1", "-c: key 'a ' "},
        {"\xC3\xA9=1", "-c: key '\xC3\xA9' "},
        {".a=1", "-c: key '.a' has an empty part between dots"},
        {"a.=1", "-c: key 'a.' has an empty part between dots"},
        {"a..b=1", "-c: key 'a..b' has an empty part between dots"},
    };

    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        AUTO(settings_destroy) struct settings *settings = settings_new();
        struct error error;
        char expected[200];
        size_t size = strlen(refusals[i].text);
        bool is_open = refusals[i].text[size - 1] == ' ';
        (void)snprintf(expected, sizeof expected, "%s%s", refusals[i].text,
                       is_open ? bad_byte : "");
        ck_assert_int_eq(settings_put_line(settings, refusals[i].line, "-c", &error), ERR_INVALID);
        ck_assert_str_eq(error.text, expected);
        ck_assert_uint_eq(settings_count(settings), 0);
    }
}
END_TEST

START_TEST(a_line_is_cut_at_its_first_equals_sign)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();

    ck_assert_int_eq(settings_put_line(settings, "a.b-c_9=x=y", "-c", NULL), ERR_OK);
    ck_assert_int_eq(settings_put_line(settings, "empty=", "-c", NULL), ERR_OK);
    ck_assert_str_eq(settings_find(settings, "a.b-c_9")->value, "x=y");
    ck_assert_str_eq(settings_find(settings, "empty")->value, "");
}
END_TEST

START_TEST(the_longest_key_fits_and_a_longer_one_does_not)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    char key[SETTINGS_KEY_MAX + 2];
    struct error error;

    memset(key, 'k', sizeof key);
    key[SETTINGS_KEY_MAX] = '\0';
    put(settings, key, "v", "o");
    key[SETTINGS_KEY_MAX] = 'k';
    key[SETTINGS_KEY_MAX + 1] = '\0';
    ck_assert_int_eq(settings_put(settings, key, "v", "o", &error), ERR_LIMIT);
    ck_assert_str_eq(error.text,
                     "o: key 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk...' is longer than "
                     "255 bytes");
}
END_TEST

START_TEST(the_longest_value_fits_and_a_longer_one_does_not)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(mem_free_text) char *value = mem_alloc(SETTINGS_VALUE_MAX + 2);
    struct error error;

    memset(value, 'v', SETTINGS_VALUE_MAX);
    put(settings, "k", value, "o");
    value[SETTINGS_VALUE_MAX] = 'v';
    ck_assert_int_eq(settings_put(settings, "k", value, "o2", &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "o2: the value of 'k' is longer than 65536 bytes");
    ck_assert_uint_eq(strlen(settings_find(settings, "k")->value), SETTINGS_VALUE_MAX);
    ck_assert_str_eq(settings_find(settings, "k")->origin, "o");
}
END_TEST

START_TEST(the_number_of_settings_has_a_limit)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct error error;
    char key[32];

    for (int i = 0; i < SETTINGS_MAX; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        put(settings, key, "v", "o");
    }
    ck_assert_int_eq(settings_put(settings, "another", "v", "o", &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "o: more than 4096 settings");
    put(settings, "k17", "changed", "o"); /* what is there can still change */
    ck_assert_uint_eq(settings_count(settings), SETTINGS_MAX);
    ck_assert_str_eq(settings_find(settings, "k17")->value, "changed");
    for (size_t i = 0; i < SETTINGS_MAX; i++) {
        (void)snprintf(key, sizeof key, "k%zu", i);
        ck_assert_ptr_eq(settings_find(settings, key), settings_at(settings, i));
    }
}
END_TEST

enum {
    KEYS = 40
};

START_TEST(it_behaves_like_an_array_of_values)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    uint32_t values[KEYS] = {0}; /* 0: not set */
    size_t order[KEYS];
    size_t count = 0;
    struct rng rng;
    char key[16];
    char value[16];

    rng_init(&rng, 9);
    for (int i = 0; i < 3000; i++) {
        size_t k = rng_below(&rng, KEYS);
        if (values[k] == 0)
            order[count++] = k;
        values[k] = 1 + rng_below(&rng, 1000);
        (void)snprintf(key, sizeof key, "k.%zu", k);
        (void)snprintf(value, sizeof value, "%u", (unsigned)values[k]);
        put(settings, key, value, "o");

        ck_assert_uint_eq(settings_count(settings), count);
        size_t at = rng_below(&rng, (uint32_t)count);
        (void)snprintf(key, sizeof key, "k.%zu", order[at]);
        (void)snprintf(value, sizeof value, "%u", (unsigned)values[order[at]]);
        ck_assert_str_eq(settings_at(settings, at)->key, key);
        ck_assert_str_eq(settings_at(settings, at)->value, value);
        ck_assert_ptr_eq(settings_find(settings, key), settings_at(settings, at));
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        new_settings_are_empty,
        destroying_nothing_is_fine,
        a_setting_remembers_value_and_origin,
        a_later_put_wins_and_keeps_the_place,
        a_setting_may_be_put_onto_itself,
        a_bad_line_is_refused_with_its_origin,
        a_line_is_cut_at_its_first_equals_sign,
        the_longest_key_fits_and_a_longer_one_does_not,
        the_longest_value_fits_and_a_longer_one_does_not,
        the_number_of_settings_has_a_limit,
        it_behaves_like_an_array_of_values,
    };
    return suite_run("settings", tests, sizeof tests / sizeof *tests);
}
