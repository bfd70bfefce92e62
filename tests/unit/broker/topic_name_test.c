/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/topic_name.h"

#include <string.h>

#include "tests/support/suite.h"

static struct kafka_string text(const char *words)
{
    return (struct kafka_string){words, (int32_t)strlen(words)};
}

START_TEST(letters_digits_and_three_signs_make_a_name)
{
    static const char *const names[] = {"a", "A.b_c-9", "__consumer_offsets", "...", "-", "0"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_ptr_null(topic_name_fault(text(names[i])));
}
END_TEST

START_TEST(other_names_are_told_what_is_wrong_with_them)
{
    static const char *const names[] = {"",    ".",        "..",  "a b", "a/b", "a\\",
                                        "a\n", "\xc3\xa4", "a,b", "a:b", "*",   "~"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_msg(topic_name_fault(text(names[i])) != NULL, "'%s' was taken", names[i]);
    ck_assert_ptr_nonnull(topic_name_fault(KAFKA_STRING_NULL));
    ck_assert_ptr_nonnull(topic_name_fault((struct kafka_string){"a\0b", 3}));
}
END_TEST

START_TEST(a_name_has_249_characters_at_most)
{
    char name[TOPIC_NAME_MAX + 1];

    memset(name, 'x', sizeof name);
    ck_assert_ptr_null(topic_name_fault((struct kafka_string){name, TOPIC_NAME_MAX}));
    ck_assert_ptr_nonnull(topic_name_fault((struct kafka_string){name, TOPIC_NAME_MAX + 1}));
}
END_TEST

START_TEST(only_the_topic_of_the_offsets_is_internal)
{
    ck_assert(topic_name_is_internal(text("__consumer_offsets")));
    ck_assert(!topic_name_is_internal(text("__consumer_offset")));
    ck_assert(!topic_name_is_internal(text("consumer_offsets")));
    ck_assert(!topic_name_is_internal(text("")));
    ck_assert(!topic_name_is_internal(KAFKA_STRING_NULL));
}
END_TEST

START_TEST(names_that_collide_stand_side_by_side)
{
    ck_assert_int_eq(topic_name_compare_loosely(text("a.b"), text("a_b")), 0);
    ck_assert_int_ne(topic_name_compare(text("a.b"), text("a_b")), 0);
    ck_assert_int_eq(topic_name_compare(text("a.b"), text("a.b")), 0);
    ck_assert_int_lt(topic_name_compare(text("a.b"), text("a.ba")), 0);
    ck_assert_int_lt(topic_name_compare(text("a_b"), text("a.ba")), 0);
    ck_assert_int_gt(topic_name_compare(text("ab"), text("a.b")), 0);
    ck_assert_int_lt(topic_name_compare(text(""), text("a")), 0);
    ck_assert_int_eq(topic_name_compare(text(""), text("")), 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        letters_digits_and_three_signs_make_a_name, other_names_are_told_what_is_wrong_with_them,
        a_name_has_249_characters_at_most,          only_the_topic_of_the_offsets_is_internal,
        names_that_collide_stand_side_by_side,
    };

    return suite_run("topic_name", tests, sizeof tests / sizeof *tests);
}
