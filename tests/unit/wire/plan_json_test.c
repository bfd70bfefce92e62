/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/plans.h"
#include "tests/support/suite.h"

/* The good plan with `find` replaced by `put`, and what is said of it. */
struct malformed {
    const char *find;
    const char *put;
    enum err err;
    const char *text;
};

static void expect_malformed(const struct malformed rows[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO(mem_free_text) char *text = plan_text_edit(PLAN_WORD_COUNT, rows[i].find, rows[i].put);
        struct plan *plan = NULL;
        struct error error = {.code = ERR_OK};

        enum err err = plan_text_decode(text, &plan, &error);
        ck_assert_msg(err == rows[i].err, "row %zu: %s: %s", i, err_name(err), error.text);
        ck_assert_str_eq(error.text, rows[i].text);
        ck_assert_ptr_null(plan);
    }
}

START_TEST(every_member_is_decoded)
{
    AUTO(plan_destroy) struct plan *plan = plan_text_plan(PLAN_WORD_COUNT);
    const struct plan_component *reader = &plan->components[0];
    const struct plan_component *counter = &plan->components[2];

    ck_assert_str_eq(plan->name, "word-count");
    ck_assert_uint_eq(plan->component_count, 3);
    ck_assert_str_eq(plan->settings.items[0].key, "language");
    ck_assert_str_eq(plan->settings.items[0].value, "English");
    ck_assert_ptr_null(plan->settings.items[0].help);

    ck_assert_int_eq(reader->role, PLAN_SPOUT);
    ck_assert_uint_eq(reader->max_pending, 1000);
    ck_assert_str_eq(reader->streams[0].fields[1].name, "line");
    ck_assert_int_eq(reader->streams[0].fields[1].kind, KIND_U64);
    ck_assert_str_eq(reader->settings.items[0].help, "what to read");
    ck_assert_ptr_null(reader->settings.items[1].value);

    ck_assert_str_eq(counter->name, "counter");
    ck_assert_int_eq(counter->role, PLAN_BOLT);
    ck_assert_uint_eq(counter->tasks, 6);
    ck_assert_uint_eq(counter->executors, 2);
    ck_assert_uint_eq(counter->tick_ms, 500);
    ck_assert(counter->own_loop);
    ck_assert_str_eq(counter->inputs[0].from, "splitter");
    ck_assert_str_eq(counter->inputs[0].stream, "words");
    ck_assert_int_eq(counter->inputs[0].by, PLAN_FIELDS);
    ck_assert_str_eq(counter->inputs[0].keys[0], "text");
    ck_assert_uint_eq(counter->inputs[0].reserve_bytes, 0);
    ck_assert_int_eq(plan->components[1].streams[0].fields[1].kind, KIND_I64 | KIND_NULLABLE);
}
END_TEST

START_TEST(what_is_encoded_is_decoded_to_the_same)
{
    AUTO(plan_destroy) struct plan *plan = plan_text_plan(PLAN_WORD_COUNT);
    AUTO(plan_destroy) struct plan *again = NULL;

    AUTO(mem_free_text) char *first = plan_encode(plan);
    ck_assert_int_eq(plan_decode(first, strlen(first), &again, NULL), ERR_OK);
    AUTO(mem_free_text) char *second = plan_encode(again);
    ck_assert_str_eq(first, second);
    ck_assert_int_eq(plan_check(again, NULL), ERR_OK);
}
END_TEST

START_TEST(every_kind_and_grouping_survives)
{
    AUTO(plan_destroy) struct plan *plan = plan_text_plan(PLAN_WORD_COUNT);
    struct plan_input *input = &plan->components[1].inputs[0];
    struct plan_field *field = &plan->components[0].streams[0].fields[0];

    for (unsigned i = 0; i < 2u * KIND_BYTES * PLAN_CUSTOM; i++) {
        AUTO(plan_destroy) struct plan *again = NULL;
        unsigned flag = i % 2 == 0 ? KIND_NONE : KIND_NULLABLE;

        field->kind = (enum kind)((1 + i / 2 % KIND_BYTES) | flag);
        input->by = (enum plan_grouping)(1 + i % PLAN_CUSTOM);
        input->reserve_bytes = i == 0 ? INT64_MAX : i;
        AUTO(mem_free_text) char *json = plan_encode(plan);
        ck_assert_int_eq(plan_decode(json, strlen(json), &again, NULL), ERR_OK);
        ck_assert_int_eq(again->components[0].streams[0].fields[0].kind, field->kind);
        ck_assert_int_eq(again->components[1].inputs[0].by, input->by);
        ck_assert_uint_eq(again->components[1].inputs[0].reserve_bytes, input->reserve_bytes);
    }
}
END_TEST

START_TEST(what_is_not_json_is_refused_with_its_place)
{
    const struct malformed rows[] = {
        {"{'version'", "'version'", ERR_CORRUPT,
         "the plan is not JSON: line 1, column 9: '[' or '{' expected near '\"version\"'"},
        {"'English'}]}", "'English'}]}}", ERR_CORRUPT, NULL},
        {"'version': 1", "'version': 1, 'version': 1", ERR_CORRUPT, NULL},
        {"'English'", "'a\\u0000b'", ERR_CORRUPT, NULL},
        {"'English'", "'\xff'", ERR_CORRUPT, NULL},
        {"'tasks': 4", "'tasks': 99999999999999999999", ERR_CORRUPT, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO(mem_free_text) char *text = plan_text_edit(PLAN_WORD_COUNT, rows[i].find, rows[i].put);
        struct plan *plan = NULL;
        struct error error = {.code = ERR_OK};

        ck_assert_int_eq(plan_text_decode(text, &plan, &error), rows[i].err);
        ck_assert_ptr_eq(strstr(error.text, "the plan is not JSON: line 1, column "), error.text);
        if (rows[i].text != NULL)
            ck_assert_str_eq(error.text, rows[i].text);
    }
}
END_TEST

START_TEST(a_missing_member_is_named_by_its_path)
{
    const struct malformed rows[] = {
        {"'version': 1, ", "", ERR_CORRUPT, "version is missing"},
        {"'name': 'word-count', ", "", ERR_CORRUPT, "name is missing"},
        {"'tasks': 4, ", "", ERR_CORRUPT, "components[1].tasks is missing"},
        {", 'kind': 'u64'", "", ERR_CORRUPT, "components[0].streams[0].fields[1].kind is missing"},
        {", 'keys': []", "", ERR_CORRUPT, "components[1].inputs[0].keys is missing"},
        {"'key': 'limit'", "'value': 'limit'", ERR_CORRUPT,
         "components[0].settings[1].key is missing"},
        {", 'settings': [{'key': 'language', 'value': 'English'}]", "", ERR_CORRUPT,
         "settings is missing"},
    };
    expect_malformed(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(an_unknown_member_is_named_by_its_path)
{
    const struct malformed rows[] = {
        {"'version': 1", "'version': 1, 'nam': 1", ERR_CORRUPT,
         "the plan has the unknown member 'nam'; did you mean 'name'?"},
        {"'tick_ms': 500", "'tick_ms': 500, 'colour': null", ERR_CORRUPT,
         "components[2] has the unknown member 'colour'; there is: 'name', 'role', 'tasks', "
         "'executors', 'tick_ms', 'own_loop', 'streams', 'max_pending', 'inputs', 'settings'"},
        {"'kind': 'u64'", "'kind': 'u64', 'offset': 0", ERR_CORRUPT,
         "components[0].streams[0].fields[1] has the unknown member 'offset'; there is: 'name', "
         "'kind'"},
    };
    expect_malformed(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(a_value_of_the_wrong_type_is_named_by_its_path)
{
    const struct malformed rows[] = {
        {"'name': 'word-count'", "'name': 7", ERR_CORRUPT, "name must be a text"},
        {"'value': 'English'", "'value': null", ERR_CORRUPT, "settings[0].value must be a text"},
        {"'tasks': 4", "'tasks': '4'", ERR_CORRUPT,
         "components[1].tasks must be a whole number from 0 to 4294967295"},
        {"'tasks': 4", "'tasks': 4.0", ERR_CORRUPT,
         "components[1].tasks must be a whole number from 0 to 4294967295"},
        {"'own_loop': true", "'own_loop': 1", ERR_CORRUPT,
         "components[2].own_loop must be true or false"},
        {"['text']", "'text'", ERR_CORRUPT, "components[2].inputs[0].keys must be an array"},
        {"['text']", "[['text']]", ERR_CORRUPT, "components[2].inputs[0].keys[0] must be a text"},
        {"{'key': 'language', 'value': 'English'}", "'language'", ERR_CORRUPT,
         "settings[0] must be an object"},
        {"'by': 'shuffle'", "'by': 'shufle'", ERR_CORRUPT,
         "components[1].inputs[0].by is 'shufle'; did you mean 'shuffle'?"},
        {"'kind': 'u64'", "'kind': 'u65'", ERR_CORRUPT,
         "components[0].streams[0].fields[1].kind is 'u65'; did you mean 'u64'?"},
        {"'role': 'spout'", "'role': 'source'", ERR_CORRUPT,
         "components[0].role is 'source'; there is: 'spout', 'bolt'"},
    };
    expect_malformed(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(a_number_out_of_range_is_named_by_its_path)
{
    const struct malformed rows[] = {
        {"'tasks': 4", "'tasks': -1", ERR_CORRUPT,
         "components[1].tasks must be a whole number from 0 to 4294967295"},
        {"'tasks': 4", "'tasks': 4294967296", ERR_CORRUPT,
         "components[1].tasks must be a whole number from 0 to 4294967295"},
        {"'reserve_bytes': 0", "'reserve_bytes': -1", ERR_CORRUPT,
         "components[1].inputs[0].reserve_bytes must be a whole number from 0 to "
         "9223372036854775807"},
    };
    expect_malformed(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(the_first_fault_is_the_one_that_is_told)
{
    const struct malformed rows[] = {
        {"'name': 'splitter', 'role': 'bolt', 'tasks': 4", "'name': [], 'role': 1, 'tasks': true",
         ERR_CORRUPT, "components[1].name must be a text"},
    };
    expect_malformed(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(another_version_is_refused_before_all_else)
{
    const struct malformed rows[] = {
        {"'version': 1, 'name': 'word-count'", "'version': 2, 'title': 'word-count'", ERR_VERSION,
         "the plan has version 2, this gale reads 1: make it anew"},
    };
    expect_malformed(rows, COUNT_OF(rows));
}
END_TEST

/* "[", `item` so many times, "]". The caller owns it. */
static char *repeat(const char *item, size_t count)
{
    size_t size = strlen(item);
    char *text = mem_alloc(count * (size + 1) + 3);
    char *at = text;

    *at++ = '[';
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *at++ = ',';
        memcpy(at, item, size);
        at += size;
    }
    *at = ']';
    return text;
}

START_TEST(a_list_beyond_its_limit_is_named_by_its_path)
{
    const struct {
        const char *find;
        const char *item;
        size_t count;
        const char *text;
    } rows[] = {
        {"['text']", "'k'", PLAN_KEYS_MAX + 1,
         "components[2].inputs[0].keys has more than 8 elements"},
        {"[{'name': 'word', 'kind': 'str'}]", "{'name': 'word', 'kind': 'str'}",
         PLAN_FIELDS_MAX + 1, "components[2].streams[0].fields has more than 32 elements"},
        {"[{'key': 'language', 'value': 'English'}]", "{'key': 'a'}", PLAN_SETTINGS_MAX + 1,
         "settings has more than 64 elements"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO(mem_free_text) char *list = repeat(rows[i].item, rows[i].count);
        AUTO(mem_free_text) char *text = plan_text_edit(PLAN_WORD_COUNT, rows[i].find, list);
        struct plan *plan = NULL;
        struct error error;

        ck_assert_int_eq(plan_text_decode(text, &plan, &error), ERR_LIMIT);
        ck_assert_str_eq(error.text, rows[i].text);
    }
}
END_TEST

START_TEST(a_text_beyond_its_limit_is_named_by_its_path)
{
    char name[PLAN_NAME_MAX + 4] = "'";
    AUTO(mem_free_text) char *value = mem_alloc(PLAN_TEXT_MAX + 4);
    struct plan *plan = NULL;
    struct error error;

    memset(name + 1, 'a', PLAN_NAME_MAX + 1);
    name[PLAN_NAME_MAX + 2] = '\'';
    AUTO(mem_free_text) char *long_name = plan_text_edit(PLAN_WORD_COUNT, "'splitter'", name);
    ck_assert_int_eq(plan_text_decode(long_name, &plan, &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "components[1].name is longer than 64 bytes");

    memset(value, 'a', PLAN_TEXT_MAX + 3);
    value[0] = value[PLAN_TEXT_MAX + 2] = '\'';
    AUTO(mem_free_text) char *long_value = plan_text_edit(PLAN_WORD_COUNT, "'English'", value);
    ck_assert_int_eq(plan_text_decode(long_value, &plan, &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "settings[0].value is longer than 4096 bytes");
}
END_TEST

START_TEST(a_document_that_is_too_large_is_not_even_parsed)
{
    AUTO(mem_free_text) char *spaces = mem_alloc(PLAN_JSON_BYTES_MAX + 2);
    struct plan *plan = NULL;
    struct error error;

    memset(spaces, ' ', PLAN_JSON_BYTES_MAX + 1);
    ck_assert_int_eq(plan_decode(spaces, PLAN_JSON_BYTES_MAX + 1, &plan, &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "the plan has 4194305 bytes: at most 4194304");
    ck_assert_int_eq(plan_decode(spaces, PLAN_JSON_BYTES_MAX, &plan, &error), ERR_CORRUPT);
}
END_TEST

START_TEST(a_document_that_is_too_deep_is_refused)
{
    enum {
        DEPTH = 100000
    };
    AUTO(mem_free_text) char *brackets = mem_alloc(DEPTH + 1);
    struct plan *plan = NULL;
    struct error error;

    memset(brackets, '[', DEPTH);
    ck_assert_int_eq(plan_decode(brackets, DEPTH, &plan, &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "the plan is nested more than 2048 deep");
}
END_TEST

START_TEST(a_document_that_is_no_object_is_refused)
{
    struct plan *plan = NULL;
    struct error error;

    ck_assert_int_eq(plan_decode("[]", 2, &plan, &error), ERR_CORRUPT);
    ck_assert_str_eq(error.text, "the plan must be an object");
    ck_assert_int_eq(plan_decode("", 0, &plan, &error), ERR_CORRUPT);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_member_is_decoded,
        what_is_encoded_is_decoded_to_the_same,
        every_kind_and_grouping_survives,
        what_is_not_json_is_refused_with_its_place,
        a_missing_member_is_named_by_its_path,
        an_unknown_member_is_named_by_its_path,
        a_value_of_the_wrong_type_is_named_by_its_path,
        a_number_out_of_range_is_named_by_its_path,
        the_first_fault_is_the_one_that_is_told,
        another_version_is_refused_before_all_else,
        a_list_beyond_its_limit_is_named_by_its_path,
        a_text_beyond_its_limit_is_named_by_its_path,
        a_document_that_is_too_large_is_not_even_parsed,
        a_document_that_is_too_deep_is_refused,
        a_document_that_is_no_object_is_refused,
    };
    return suite_run("plan_json", tests, sizeof tests / sizeof *tests);
}
