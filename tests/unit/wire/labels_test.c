/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/labels.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(a_text_is_taken_apart_at_the_commas)
{
    struct labels labels;

    ck_assert_int_eq(labels_parse("fast, ssd ,x.Y_1-z,fast", &labels, NULL), ERR_OK);
    ck_assert_uint_eq(labels.count, 3);
    ck_assert_str_eq(labels.items[0], "fast");
    ck_assert_str_eq(labels.items[1], "ssd");
    ck_assert_str_eq(labels.items[2], "x.Y_1-z");
    labels_done(&labels);
    ck_assert_uint_eq(labels.count, 0);
}
END_TEST

START_TEST(an_empty_text_is_no_labels)
{
    struct labels labels = {.count = 9};

    ck_assert_int_eq(labels_parse("", &labels, NULL), ERR_OK);
    ck_assert_uint_eq(labels.count, 0);
    labels.count = 9;
    ck_assert_int_eq(labels_parse("  ", &labels, NULL), ERR_OK);
    ck_assert_uint_eq(labels.count, 0);
}
END_TEST

START_TEST(what_is_no_label_is_refused)
{
    static const char *const bad[] = {",", "a,", ",a", "a,,b", "a b", "a/b", "\xc3\xa9", "a,\tb"};
    struct labels labels = {.count = 9};
    struct error error;

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        ck_assert_msg(labels_parse(bad[i], &labels, NULL) == ERR_INVALID, "%s", bad[i]);
    ck_assert_int_eq(labels_parse("a,b c", &labels, &error), ERR_INVALID);
    ck_assert_str_eq(error.text, "'b c' is not a label: one consists of letters, digits, '.', '_' "
                                 "and '-', and a ',' stands between two");
    ck_assert_uint_eq(labels.count, 9);
}
END_TEST

START_TEST(labels_have_limits)
{
    char text[LABELS_BYTES_MAX + 2] = "";
    char many[3 * LABELS_MAX + 4];
    struct labels labels;
    size_t size = 0;

    memset(text, 'a', LABELS_BYTES_MAX);
    ck_assert_int_eq(labels_parse(text, &labels, NULL), ERR_OK);
    labels_done(&labels);
    text[LABELS_BYTES_MAX] = 'a';
    ck_assert_int_eq(labels_parse(text, &labels, NULL), ERR_LIMIT);

    for (size_t i = 0; i <= LABELS_MAX; i++) {
        many[size++] = (char)('a' + i % 26);
        many[size++] = (char)('a' + i / 26);
        many[size++] = ',';
    }
    many[size - 1] = '\0';
    ck_assert_int_eq(labels_parse(many, &labels, NULL), ERR_LIMIT);
    many[size - 4] = '\0';
    ck_assert_int_eq(labels_parse(many, &labels, NULL), ERR_OK);
    ck_assert_uint_eq(labels.count, LABELS_MAX);
    labels_done(&labels);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_text_is_taken_apart_at_the_commas,
        an_empty_text_is_no_labels,
        what_is_no_label_is_refused,
        labels_have_limits,
    };
    return suite_run("labels", tests, sizeof tests / sizeof *tests);
}
