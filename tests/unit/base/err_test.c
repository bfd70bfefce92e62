/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <string.h>

#include "tests/support/suite.h"

START_TEST(every_code_has_a_name_and_a_text_of_its_own)
{
    for (enum err a = ERR_OK; a <= ERR_INTERNAL; a++) {
        ck_assert_uint_gt(strlen(err_name(a)), 0);
        ck_assert_uint_gt(strlen(err_text(a)), 0);
        for (enum err b = ERR_OK; b < a; b++) {
            ck_assert_str_ne(err_name(a), err_name(b));
            ck_assert_str_ne(err_text(a), err_text(b));
        }
    }
    ck_assert_str_eq(err_name(ERR_NOT_FOUND), "not_found");
    ck_assert_str_eq(err_text(ERR_TIMEOUT), "timed out");
}
END_TEST

START_TEST(only_what_may_pass_by_itself_is_retryable)
{
    for (enum err err = ERR_OK; err <= ERR_INTERNAL; err++) {
        bool expected = err == ERR_FULL || err == ERR_TIMEOUT || err == ERR_CONFLICT;
        ck_assert_msg(err_is_retryable(err) == expected, "%s", err_name(err));
    }
}
END_TEST

START_TEST(setting_an_error_returns_its_code)
{
    struct error error;

    ck_assert_int_eq(error_set(&error, ERR_LIMIT, "%d is more than %s", 3, "two"), ERR_LIMIT);
    ck_assert_int_eq(error.code, ERR_LIMIT);
    ck_assert_str_eq(error.text, "3 is more than two");
}
END_TEST

START_TEST(nobody_needs_to_listen)
{
    ck_assert_int_eq(error_set(NULL, ERR_IO, "nobody reads %s", "this"), ERR_IO);
}
END_TEST

START_TEST(each_level_adds_what_it_was_about)
{
    struct error error;

    (void)error_set(&error, ERR_INVALID, "field '%s' is not a string", "word");
    ck_assert_int_eq(error_wrap(&error, "stream '%s'", "words"), ERR_INVALID);
    ck_assert_int_eq(error_wrap(&error, "cannot load topology 'wc'"), ERR_INVALID);
    ck_assert_str_eq(error.text,
                     "cannot load topology 'wc': stream 'words': field 'word' is not a string");
}
END_TEST

START_TEST(an_error_may_quote_itself)
{
    struct error error;

    (void)error_set(&error, ERR_IO, "disk");
    (void)error_set(&error, ERR_CORRUPT, "after '%s'", error.text);
    ck_assert_str_eq(error.text, "after 'disk'");
    ck_assert_int_eq(error.code, ERR_CORRUPT);
}
END_TEST

static void fill(char *text, size_t size)
{
    memset(text, 'a', size - 1);
    text[size - 1] = '\0';
}

START_TEST(the_longest_text_fits_and_a_longer_one_ends_in_dots)
{
    char text[ERROR_TEXT_MAX + 1];
    struct error error;

    fill(text, ERROR_TEXT_MAX);
    (void)error_set(&error, ERR_IO, "%s", text);
    ck_assert_str_eq(error.text, text);

    fill(text, ERROR_TEXT_MAX + 1);
    (void)error_set(&error, ERR_IO, "%s", text);
    ck_assert_uint_eq(strlen(error.text), ERROR_TEXT_MAX - 1);
    ck_assert_str_eq(error.text + ERROR_TEXT_MAX - 5, "a...");
}
END_TEST

START_TEST(wrapping_a_long_text_cuts_its_end)
{
    char text[ERROR_TEXT_MAX];
    struct error error;

    fill(text, ERROR_TEXT_MAX - 3);
    (void)error_set(&error, ERR_IO, "%s", text);
    (void)error_wrap(&error, "b");
    ck_assert_uint_eq(strlen(error.text), ERROR_TEXT_MAX - 1);
    ck_assert_str_eq(error.text + ERROR_TEXT_MAX - 4, "aaa");
    (void)error_wrap(&error, "c");
    ck_assert_uint_eq(strlen(error.text), ERROR_TEXT_MAX - 1);
    ck_assert_mem_eq(error.text, "c: b: a", 7);
    ck_assert_str_eq(error.text + ERROR_TEXT_MAX - 5, "a...");

    fill(text, ERROR_TEXT_MAX);
    (void)error_wrap(&error, "%sd", text);
    ck_assert_uint_eq(strlen(error.text), ERROR_TEXT_MAX - 1);
    ck_assert_str_eq(error.text + ERROR_TEXT_MAX - 5, "a...");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_code_has_a_name_and_a_text_of_its_own,
        only_what_may_pass_by_itself_is_retryable,
        setting_an_error_returns_its_code,
        nobody_needs_to_listen,
        each_level_adds_what_it_was_about,
        an_error_may_quote_itself,
        the_longest_text_fits_and_a_longer_one_ends_in_dots,
        wrapping_a_long_text_cuts_its_end,
    };
    return suite_run("err", tests, sizeof tests / sizeof *tests);
}
