/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/answer.h"

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(what_is_missing_or_of_another_kind_is_empty)
{
    json_t *object =
        json_loads("{\"text\":5,\"count\":\"x\",\"minus\":-1,\"list\":{},\"flag\":1}", 0, NULL);
    const json_t *objects[] = {object, NULL};

    for (size_t i = 0; i < COUNT_OF(objects); i++) {
        ck_assert_str_eq(answer_text(objects[i], "text"), "");
        ck_assert_uint_eq(answer_count(objects[i], "count"), 0);
        ck_assert_uint_eq(answer_count(objects[i], "minus"), 0);
        ck_assert(!answer_flag(objects[i], "flag"));
        ck_assert_uint_eq(answer_size(objects[i], "list"), 0);
        ck_assert_ptr_null(answer_item(objects[i], "list", 0));
    }
    json_decref(object);
}
END_TEST

START_TEST(what_is_there_is_read)
{
    json_t *object =
        json_loads("{\"text\":\"a\",\"count\":7,\"list\":[1,2],\"flag\":true}", 0, NULL);

    ck_assert_str_eq(answer_text(object, "text"), "a");
    ck_assert_uint_eq(answer_count(object, "count"), 7);
    ck_assert(answer_flag(object, "flag"));
    ck_assert_uint_eq(answer_size(object, "list"), 2);
    ck_assert_int_eq(json_integer_value(answer_item(object, "list", 1)), 2);
    ck_assert_ptr_null(answer_item(object, "list", 2));
    json_decref(object);
}
END_TEST

START_TEST(words_of_others_keep_their_letters_and_lose_what_commands_a_terminal)
{
    static const char *const rows[][2] = {
        {"plain", "plain"},
        {"\x1b[31mred\x1b[0m\n\t\x7f", "?[31mred?[0m???"},
        {"sm\xc3\xb8rrebr\xc3\xb8"
         "d",
         "sm\xc3\xb8rrebr\xc3\xb8"
         "d"},
        {"\xc2\x9b"
         "31m\xc2\xa0",
         "?31m\xc2\xa0"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text text;

        text_init(&text);
        answer_add_words(rows[i][0], &text);
        ck_assert_str_eq(text_data(&text), rows[i][1]);
        text_done(&text);
    }
}
END_TEST

START_TEST(an_object_gets_its_version_first_and_keeps_its_members)
{
    json_t *object = json_loads("{\"b\":[1],\"v\":9}", 0, NULL);
    struct text text;

    text_init(&text);
    answer_add_json(object, &text);
    ck_assert_str_eq(text_data(&text), "{\"v\":1,\"b\":[1]}\n");
    text_done(&text);
    json_decref(object);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_missing_or_of_another_kind_is_empty,
        what_is_there_is_read,
        words_of_others_keep_their_letters_and_lose_what_commands_a_terminal,
        an_object_gets_its_version_first_and_keeps_its_members,
    };
    return suite_run("answer", tests, sizeof tests / sizeof *tests);
}
