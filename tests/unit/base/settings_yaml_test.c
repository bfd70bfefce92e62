/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "tests/support/suite.h"

static void load(struct settings *settings, const char *yaml)
{
    struct error error = {.text = ""};
    enum err err = settings_load_yaml(settings, yaml, strlen(yaml), "f", &error);

    ck_assert_msg(err == ERR_OK, "%s", error.text);
}

/* One line "key=value@origin" for each setting. */
static char *describe(const struct settings *settings)
{
    AUTO(text_done) struct text text;

    text_init(&text);
    for (size_t i = 0; i < settings_count(settings); i++) {
        const struct setting *setting = settings_at(settings, i);
        text_add(&text, "%s=%s@%s\n", setting->key, setting->value, setting->origin);
    }
    return text_take(&text);
}

struct good {
    const char *yaml;
    const char *settings;
};

START_TEST(yaml_becomes_flat_settings_that_know_their_place)
{
    static const struct good cases[] = {
        {"", ""},
        {"# nothing\n", ""},
        {"---\n", ""},
        {"--- ~\n...\n", ""},
        {"{}\n", ""},
        {"a: {}\n", ""},
        {"a: 1\n", "a=1@f:1:4\n"},
        {"\xEF\xBB\xBF"
         "a: 1\n",
         "a=1@f:1:5\n"},
        {"%YAML 1.1\n---\na: 1\n", "a=1@f:3:4\n"},
        {"a: 1\r\nb: 2\r\n", "a=1@f:1:4\nb=2@f:2:4\n"},
        {"nimbus:\n  port: 6627\n  host: h\n", "nimbus.port=6627@f:2:9\nnimbus.host=h@f:3:9\n"},
        {"a.b: 1\na.c:\n  d.e: 2\nf: 3\n", "a.b=1@f:1:6\na.c.d.e=2@f:3:8\nf=3@f:4:4\n"},
        {"{a: {b: 1}, c: 2}", "a.b=1@f:1:9\nc=2@f:1:16\n"},
        {"a: ''\nb: \"\"\n", "a=@f:1:4\nb=@f:2:4\n"},
        {"a: 'null'\nb: \"~\"\n", "a=null@f:1:4\nb=~@f:2:4\n"},
        {"null: 1\n", "null=1@f:1:7\n"},
        {"a: \"x\\ty\"\n", "a=x\ty@f:1:4\n"},
        {"a: |\n  one\n  two\n", "a=one\ntwo\n@f:1:4\n"},
        {"a: true\nb: 0x10\nc: 1e3\n", "a=true@f:1:4\nb=0x10@f:2:4\nc=1e3@f:3:4\n"},
        {"a: [x, 'y', 3]\n", "a=x,y,3@f:1:4\n"},
        {"a:\n  - x\n  - y\nb: 1\n", "a=x,y@f:2:3\nb=1@f:4:4\n"},
        {"a: []\n", "a=@f:1:4\n"},
        {"a: [only]\n", "a=only@f:1:4\n"},
        {"a: ['', x, '']\n", "a=,x,@f:1:4\n"},
        {"a: \xC3\xA9\xC3\xA9 # x\nb: 1\n", "a=\xC3\xA9\xC3\xA9@f:1:4\nb=1@f:2:4\n"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(settings_destroy) struct settings *settings = settings_new();
        load(settings, cases[i].yaml);
        AUTO(mem_free_text) char *described = describe(settings);
        ck_assert_str_eq(described, cases[i].settings);
    }
}
END_TEST

struct bad {
    const char *yaml;
    const char *text;
};

START_TEST(errors_name_the_exact_place)
{
    static const struct bad cases[] = {
        /* No value. */
        {"a:\n", "f:1:1: 'a' has no value; give one, or \"\" for an empty text"},
        {"x: 1\na:\n  b:\n  c: 1\n",
         "f:3:3: 'a.b' has no value; give one, or \"\" for an empty text"},
        {"a: ~\n", "f:1:1: 'a' has no value; give one, or \"\" for an empty text"},
        {"a: null\n", "f:1:1: 'a' has no value; give one, or \"\" for an empty text"},
        {"a: [x, null]\n", "f:1:8: 'a' has no value; give one, or \"\" for an empty text"},

        /* Given twice. */
        {"a: 1\nb: 2\na: 3\n", "f:3:1: 'a' was already given at f:1:1"},
        {"a.b: 1\nc: 1\na:\n  b: 2\n", "f:4:3: 'a.b' was already given at f:1:1"},
        {"a:\n  b: 1\na:\n  c: 1\n", "f:3:1: 'a' was already given at f:1:1"},
        {"{a: 1, a: 1}", "f:1:8: 'a' was already given at f:1:2"},

        /* What settings do without. */
        {"a: &x 1\n", "f:1:4: anchors ('&') are not supported"},
        {"a: &x {}\n", "f:1:4: anchors ('&') are not supported"},
        {"a: &x []\n", "f:1:4: anchors ('&') are not supported"},
        {"&x a: 1\n", "f:1:1: anchors ('&') are not supported"},
        {"a: 1\nb: *x\n", "f:2:4: aliases ('*') are not supported"},
        {"a: !!str 1\n", "f:1:4: tags ('!') are not supported"},
        {"a: !x {}\n", "f:1:4: tags ('!') are not supported"},
        {"a: ! [1]\n", "f:1:4: tags ('!') are not supported"},
        {"a: 1\n---\nb: 2\n", "f:2:1: a second document is not supported"},
        {"---\n---\n", "f:2:1: a second document is not supported"},
        {"<<: {a: 1}\n", "f:1:1: key '<<' has a character other than a letter, a digit, '_', '-' "
                         "and '.'"},

        /* Shapes. */
        {"just text\n", "f:1:1: settings must be a map of 'key: value'"},
        {"''\n", "f:1:1: settings must be a map of 'key: value'"},
        {"# c\n- a\n- b\n", "f:2:1: settings must be a map of 'key: value'"},
        {"a: [x, [y]]\n", "f:1:8: a list may hold plain values only"},
        {"a:\n  - b: 1\n", "f:2:5: a list may hold plain values only"},
        {"? [a]\n: 1\n", "f:1:3: a key must be a plain word"},
        {"? {a: 1}\n: 1\n", "f:1:3: a key must be a plain word"},
        {"a: [x, 'y,z']\n", "f:1:8: an item of a list must not contain ',', which joins the items"},

        /* Keys and values. */
        {"a:\n  '': 1\n", "f:2:3: a key is missing"},
        {"? # nothing\n: 1\n", "f:1:2: a key is missing"},
        {"a b: 1\n", "f:1:1: key 'a b' has a character other than a letter, a digit, '_', '-' and "
                     "'.'"},
        {"a:\n  b c: 1\n", "f:2:3: key 'a.b c' has a character other than a letter, a digit, '_', "
                           "'-' and '.'"},
        {"a..b: 1\n", "f:1:1: key 'a..b' has an empty part between dots"},
        {"a:\n  .b: 1\n", "f:2:3: key 'a..b' has an empty part between dots"},
        {"\"a\\0b\": 1\n", "f:1:1: a key must not contain a NUL character"},
        {"a: \"x\\0y\"\n", "f:1:4: a value must not contain a NUL character"},

        /* Not YAML; the words are libyaml's. */
        {"a: 1\n b: 2\n", "f:2:3: mapping values are not allowed in this context"},
        {"a: [1, 2\n", "f:2:1: while parsing a flow sequence did not find expected ',' or ']'"},
        {"a: 'x\n", "f:2:1: while scanning a quoted scalar found unexpected end of stream"},
        {"a:\n\tb: 1\n",
         "f:2:1: while scanning for the next token found character that cannot start any token"},
        {"a: 1\nb: \xC3\xA9\xFF\n", "f:2:5: invalid leading UTF-8 octet"},
        {"a: \x01\n", "f:1:4: control characters are not allowed"},
        {"\xFF\xFE"
         "a\n",
         "f:1:1: invalid leading UTF-8 octet"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(settings_destroy) struct settings *settings = settings_new();
        struct error error = {.text = "nothing"};
        enum err err =
            settings_load_yaml(settings, cases[i].yaml, strlen(cases[i].yaml), "f", &error);
        ck_assert_str_eq(error.text, cases[i].text);
        ck_assert_int_eq(err, ERR_INVALID);
        ck_assert_uint_eq(settings_count(settings), 0);
    }
}
END_TEST

START_TEST(an_error_changes_nothing)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();

    load(settings, "a: 1\n");
    ck_assert_int_eq(settings_load_yaml(settings, "a: 2\nb: 3\nc:\n", 13, "g", NULL), ERR_INVALID);
    AUTO(mem_free_text) char *described = describe(settings);
    ck_assert_str_eq(described, "a=1@f:1:4\n");
}
END_TEST

START_TEST(a_later_file_wins)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();

    load(settings, "a: 1\nb: 2\n");
    ck_assert_int_eq(settings_load_yaml(settings, "c: 3\na: 4\n", 10, "g", NULL), ERR_OK);
    AUTO(mem_free_text) char *described = describe(settings);
    ck_assert_str_eq(described, "a=4@g:2:4\nb=2@f:2:4\nc=3@g:1:4\n");
}
END_TEST

START_TEST(only_the_given_bytes_are_read)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(mem_free_text) char *bytes = mem_alloc(6);

    memcpy(bytes, "a: 123", 6);
    ck_assert_int_eq(settings_load_yaml(settings, bytes, 4, "f", NULL), ERR_OK);
    ck_assert_str_eq(settings_find(settings, "a")->value, "1");
    ck_assert_int_eq(settings_load_yaml(settings, "a: 1\0", 5, "f", NULL), ERR_INVALID);
}
END_TEST

static void nest(struct text *yaml, int depth, const char *innermost)
{
    for (int i = 0; i < depth; i++)
        text_add(yaml, "{a: ");
    text_add(yaml, "%s", innermost);
    for (int i = 0; i < depth; i++)
        text_add(yaml, "}");
}

static enum err load_text(struct settings *settings, const struct text *yaml, struct error *error)
{
    return settings_load_yaml(settings, text_data(yaml), text_size(yaml), "f", error);
}

START_TEST(sixteen_levels_are_enough_and_seventeen_too_many)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(text_done) struct text yaml;
    struct error error;

    text_init(&yaml);
    nest(&yaml, SETTINGS_DEPTH_MAX, "1");
    ck_assert_int_eq(load_text(settings, &yaml, NULL), ERR_OK);
    ck_assert_str_eq(settings_at(settings, 0)->key, "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a");

    text_clear(&yaml);
    nest(&yaml, SETTINGS_DEPTH_MAX + 1, "1");
    ck_assert_int_eq(load_text(settings, &yaml, &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "f:1:65: nested deeper than 16 levels");

    text_clear(&yaml);
    nest(&yaml, SETTINGS_DEPTH_MAX, "[]");
    ck_assert_int_eq(load_text(settings, &yaml, &error), ERR_LIMIT);

    text_clear(&yaml);
    nest(&yaml, 100000, "1");
    ck_assert_int_eq(load_text(settings, &yaml, &error), ERR_LIMIT);
}
END_TEST

START_TEST(a_joined_key_has_the_same_limit_as_any)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(text_done) struct text yaml;
    struct error error;
    char half[129] = "";

    memset(half, 'k', 127);
    text_init(&yaml);
    text_add(&yaml, "%s:\n  %s: 1\n", half, half);
    ck_assert_int_eq(load_text(settings, &yaml, NULL), ERR_OK);
    ck_assert_uint_eq(strlen(settings_at(settings, 0)->key), SETTINGS_KEY_MAX);

    text_clear(&yaml);
    text_add(&yaml, "%s:\n  %sk: 1\n", half, half);
    ck_assert_int_eq(load_text(settings, &yaml, &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "f:2:3: a key is longer than 255 bytes");
}
END_TEST

START_TEST(a_value_and_a_list_have_the_same_limit)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(text_done) struct text yaml;
    struct error error;

    text_init(&yaml);
    text_add(&yaml, "a: '%*s'\n", SETTINGS_VALUE_MAX, "");
    ck_assert_int_eq(load_text(settings, &yaml, NULL), ERR_OK);

    text_clear(&yaml);
    text_add(&yaml, "a: '%*s'\n", SETTINGS_VALUE_MAX + 1, "");
    ck_assert_int_eq(load_text(settings, &yaml, &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "f:1:4: the value of 'a' is longer than 65536 bytes");

    text_clear(&yaml);
    text_add(&yaml, "a: ['%*s', x]\n", SETTINGS_VALUE_MAX - 1, "");
    ck_assert_int_eq(load_text(settings, &yaml, &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "f:1:4: the value of 'a' is longer than 65536 bytes");
}
END_TEST

START_TEST(the_number_of_settings_is_checked_before_any_is_put)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(text_done) struct text yaml;
    struct error error;

    load(settings, "first: 1\n");
    text_init(&yaml);
    for (int i = 0; i < SETTINGS_MAX - 1; i++)
        text_add(&yaml, "k%d: 1\n", i);
    text_add(&yaml, "last: 1\n");
    ck_assert_int_eq(load_text(settings, &yaml, &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "f: more than 4096 settings");
    ck_assert_uint_eq(settings_count(settings), 1);

    text_add(&yaml, "more: 1\n");
    ck_assert_int_eq(load_text(settings, &yaml, &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "f:4097:1: more than 4096 settings");
}
END_TEST

START_TEST(a_file_beyond_its_limit_is_not_parsed)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(text_done) struct text yaml;
    struct error error;

    text_init(&yaml);
    text_add(&yaml, "a: 1\n#%*s", SETTINGS_YAML_MAX - 6, "");
    ck_assert_int_eq(load_text(settings, &yaml, NULL), ERR_OK);
    text_add(&yaml, " ");
    ck_assert_int_eq(load_text(settings, &yaml, &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "f: larger than 1048576 bytes");
}
END_TEST

START_TEST(a_long_file_name_is_no_obstacle)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    char name[2000] = "";
    struct error error;

    memset(name, 'n', sizeof name - 1);
    ck_assert_int_eq(settings_load_yaml(settings, "a: 1\n", 5, name, &error), ERR_OK);
    ck_assert_int_eq(settings_load_yaml(settings, "a: &x 1\n", 8, name, &error), ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(error.text, "n:1:4: anchors ('&') are not supported"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        yaml_becomes_flat_settings_that_know_their_place,
        errors_name_the_exact_place,
        an_error_changes_nothing,
        a_later_file_wins,
        only_the_given_bytes_are_read,
        sixteen_levels_are_enough_and_seventeen_too_many,
        a_joined_key_has_the_same_limit_as_any,
        a_value_and_a_list_have_the_same_limit,
        the_number_of_settings_is_checked_before_any_is_put,
        a_file_beyond_its_limit_is_not_parsed,
        a_long_file_name_is_no_obstacle,
    };
    return suite_run("settings_yaml", tests, sizeof tests / sizeof *tests);
}
